import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.sim.material import (
    Material,
    add_wishes,
    build_elements,
    make_scratch,
    make_turns,
)

MATERIAL = Material(young_kpa=100.0, poisson=0.3, density_kg_mm3=1e-6)
SHEAR = 100.0 / (2 * 1.3)  # Lamé's constants of it, kPa
LAME = 100.0 * 0.3 / (1.3 * 0.4)
TET = np.array([[0, 0, 0], [2, 0, 0], [0.5, 3, 0], [0.2, 0.4, 2.5]], float)
VOLUME = 2 * 3 * 2.5 / 6
ONE = np.array([[0, 1, 2, 3]], np.int32)


def find_forces(x: np.ndarray, rest: np.ndarray, tets: np.ndarray) -> np.ndarray:
    """Elastic forces (N, 3) mN at x, rotations brought all the way."""
    elements, stiffness, _ = build_elements(rest, tets, MATERIAL)
    turn, scratch = make_turns(len(tets)), make_scratch(len(tets))
    for _ in range(20):
        rhs = np.zeros_like(x)
        add_wishes(x, elements, turn, scratch, rhs)
    return rhs - stiffness @ x


def find_work(strain: np.ndarray) -> float:
    """Work per unit of strain, dE/de, of one tet stretched by F = I + e · strain at e = 1e-4."""
    e = 1e-4
    forces = find_forces(TET @ (np.eye(3) + e * strain).T, TET, ONE)
    return -float((forces * (TET @ strain.T)).sum()) / e


@pytest.mark.parametrize(
    "strain",
    [
        np.diag([1.0, 0, 0]),
        np.diag([0, 0, 1.0]),
        np.eye(3),
        np.diag([1.0, -1.0, 0]),
        np.array([[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]),
    ],
    ids=["along x", "along z", "all round", "pure shear", "shear xy"],
)
def test_small_strains_are_linear_elasticity(strain: np.ndarray) -> None:
    # E = V (mu e:e + lambda/2 tr(e)²)
    expected = VOLUME * (2 * SHEAR * (strain**2).sum() + LAME * np.trace(strain) ** 2)
    assert find_work(strain) == pytest.approx(expected, rel=2e-3)


def test_turning_costs_nothing() -> None:
    angle = 2.0
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    np.testing.assert_allclose(find_forces(TET @ turn.T + 5, TET, ONE), 0, atol=1e-6)


def test_forces_balance() -> None:
    x = TET + np.random.default_rng(0).normal(0, 0.4, TET.shape)
    forces = find_forces(x, TET, ONE)
    np.testing.assert_allclose(forces.sum(0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cross(x, forces).sum(0), 0, atol=1e-3)


def project_slowly(f: np.ndarray) -> np.ndarray:
    """Wished deformation, weighted, by singular values: rotation and one step towards volume 1."""
    u, _, vt = np.linalg.svd(f)
    if np.linalg.det(u @ vt) < 0:
        u[:, -1] *= -1
    cofactors = np.linalg.det(f) * np.linalg.inv(f).T
    far = np.clip((1 - np.linalg.det(f)) / (cofactors**2).sum(), -0.3, 0.3)
    return 2 * SHEAR * (u @ vt) + 3 * LAME * (f + far * cofactors)


def test_the_local_step_is_the_slow_one() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        x = TET + rng.normal(0, 0.35, TET.shape)
        rest_edges, edges = (TET[1:] - TET[0]).T, (x[1:] - x[0]).T
        f = edges @ np.linalg.inv(rest_edges)
        if np.linalg.det(f) < 0.3:
            continue
        wish = VOLUME * (project_slowly(f) - (2 * SHEAR + 3 * LAME) * f)
        corners = (wish @ np.linalg.inv(rest_edges).T).T  # (3, 3): corners 1 to 3
        forces = find_forces(x, TET, ONE)
        np.testing.assert_allclose(forces[1:], corners, rtol=1e-4, atol=1e-3)


def make_block(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A block of 2n × n × n mm, five tets a cell, mirrored from cell to cell."""
    shape = (2 * n + 1, n + 1, n + 1)
    nodes = np.stack(np.meshgrid(*[np.arange(k) for k in shape], indexing="ij"), -1)
    number = np.arange(nodes[..., 0].size).reshape(shape)
    tets = []
    for i, j, k in np.ndindex(2 * n, n, n):
        a, b, c, d = (number[i + p, j + q, k] for p, q in ((0, 0), (1, 0), (1, 1), (0, 1)))
        e, f, g, h = (number[i + p, j + q, k + 1] for p, q in ((0, 0), (1, 0), (1, 1), (0, 1)))
        if (i + j + k) % 2 == 0:
            tets += [(a, b, c, f), (a, c, d, h), (a, f, h, e), (c, h, f, g), (a, c, h, f)]
        else:
            tets += [(b, a, e, d), (b, d, g, c), (b, e, f, g), (d, e, g, h), (b, d, e, g)]
    tets = np.array(tets, np.int32)
    rest = nodes.reshape(-1, 3).astype(float)
    is_wrong = np.linalg.det(rest[tets[:, 1:]] - rest[tets[:, :1]]) < 0
    tets[is_wrong] = tets[is_wrong][:, [0, 2, 1, 3]]
    return rest, tets


def test_a_pulled_block_follows_young_and_poisson() -> None:
    rest, tets = make_block(2)
    elements, stiffness, mass = build_elements(rest, tets, MATERIAL)
    length, area, strain, hard = 4.0, 4.0, 0.01, 1e5
    hold = np.zeros_like(rest)
    hold[rest[:, 0] == 0, 0] = hold[rest[:, 0] == length, 0] = hard
    hold[:, 1:] = 1e-6
    target = rest.copy()
    target[rest[:, 0] == length, 0] += strain * length
    x, turn, scratch = target.copy(), make_turns(len(tets)), make_scratch(len(tets))
    for _ in range(400):
        rhs = hold * target
        add_wishes(x, elements, turn, scratch, rhs)
        for axis in range(3):
            x[:, axis] = np.linalg.solve(stiffness + np.diag(hold[:, axis]), rhs[:, axis])
    is_end = rest[:, 0] == length
    pull = float((hold * (target - x))[is_end, 0].sum())
    assert pull == pytest.approx(MATERIAL.young_kpa * area * strain, rel=0.03)
    width = np.ptp(x[rest[:, 0] == 2, 1])
    assert width / 2 - 1 == pytest.approx(-MATERIAL.poisson * strain, rel=0.05)
    assert mass.sum() == pytest.approx(length * area * 1e-6)


def test_a_tet_inside_out_is_refused() -> None:
    with pytest.raises(ValueError, match="rest tet 0 has volume"):
        build_elements(TET, ONE[:, [1, 0, 2, 3]], MATERIAL)
