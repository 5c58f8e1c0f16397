import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.sim.contact import (
    FIRST_NODE_ROW,
    FREE_COLUMN,
    LAST_NODE_ROW,
    find_corner_pairs,
    find_lip_pairs,
    find_teeth_pairs,
    weigh_nearest_point,
)
from lipmotion.face.sim.mesh import N_ANGLES, N_OUTER, N_ROWS, build_mesh
from lipmotion.face.sim.pairs import keep_closing, keep_near, make_pairs, measure_gap
from lipmotion.face.sim.press import add_forces, fill_compliance, find_forces
from lipmotion.face.sim.teeth import LOWER_FRONT_Z_MM, UPPER_FRONT_Z_MM

SOFTNESS = 2e-4  # mm/mN, as in press.py


def test_nearest_point_is_the_nearest() -> None:
    rng, weights = np.random.default_rng(0), np.zeros(3)
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 60)), -1).reshape(-1, 2)
    grid = grid[grid.sum(1) <= 1]
    for _ in range(50):
        p, a, b, c = rng.normal(0, 1, (4, 3))
        weigh_nearest_point(p, a, b, c, weights)
        assert weights.sum() == pytest.approx(1)
        assert weights.min() >= 0
        away = np.linalg.norm(p - weights @ np.stack([a, b, c]))
        tried = a + grid[:, :1] * (b - a) + grid[:, 1:] * (c - a)
        assert away <= np.linalg.norm(tried - p, axis=1).min() + 1e-9


def press_on_floor(depths_mm: list[float], compliance: np.ndarray) -> np.ndarray:
    """Forces on nodes that would lie `depths_mm` below the floor y = 0, mN."""
    n = len(depths_mm)
    pairs = make_pairs(n)
    pairs.nodes[:, 0] = np.arange(n)
    pairs.weights[:, 0] = 1.0
    pairs.normals[:] = (0.0, 1.0, 0.0)
    x = np.zeros((n, 3))
    x[:, 1] = -np.array(depths_mm)
    inverse = np.zeros((n, n, 3))
    inverse[..., 1] = compliance
    room = np.zeros((n, n))
    fill_compliance(inverse, np.arange(n, dtype=np.int32), pairs, n, room)
    np.testing.assert_allclose(room, compliance)
    find_forces(x, pairs, n, room, np.zeros(n))
    pushed = np.zeros((n, 3))
    add_forces(pushed, pairs, n)
    np.testing.assert_array_equal(pushed[:, 1], pairs.forces)
    return pairs.forces.copy()


def test_a_pressed_spring_pushes_back_by_stiffness_times_depth() -> None:
    stiffness = 40.0  # mN/mm
    (force,) = press_on_floor([0.5], np.array([[1 / stiffness]]))
    assert force == pytest.approx(0.5 / (1 / stiffness + SOFTNESS), rel=1e-3)
    assert force == pytest.approx(stiffness * 0.5, rel=0.01)


def test_nothing_pulls() -> None:
    assert press_on_floor([-0.2, -1e-3], np.eye(2) / 40).tolist() == [0.0, 0.0]


def test_coupled_springs_share_the_load() -> None:
    compliance = np.array([[0.03, 0.01], [0.01, 0.02]])
    forces = press_on_floor([0.4, 0.3], compliance)
    expected = np.linalg.solve(compliance + SOFTNESS * np.eye(2), [0.4, 0.3])
    np.testing.assert_allclose(forces, expected, rtol=0.05)


def test_teeth_push_lips_forward() -> None:
    x = np.array([[0.0, 4.0, UPPER_FRONT_Z_MM - 0.5], [0.0, -8.0, LOWER_FRONT_Z_MM + 0.25]])
    pairs = make_pairs(8)
    count = find_teeth_pairs(x, np.array([0, 1], np.int32), 0.0, pairs, 0)
    found = {(int(n), int(arch)): p for p, (n, arch) in enumerate(pairs.nodes[:count, :2])}
    assert set(found) == {(0, 0), (1, 1)}
    assert measure_gap(x, pairs, found[0, 0]) == pytest.approx(-0.5)
    assert measure_gap(x, pairs, found[1, 1]) == pytest.approx(0.25)
    np.testing.assert_allclose(pairs.normals[:count], [[0, 0, 1]] * 2, atol=1e-12)


def test_a_lip_below_the_upper_teeth_is_free() -> None:
    x = np.array([[0.0, -2.0, UPPER_FRONT_Z_MM - 1.0]])
    assert find_teeth_pairs(x, np.array([0], np.int32), 0.0, make_pairs(4), 0) == 0


def test_resting_lips_face_each_other() -> None:
    mesh = build_mesh()
    pairs = make_pairs()
    count = find_lip_pairs(mesh.rest, 3.0, np.empty_like(mesh.rest), pairs, 0)
    gaps = np.array([measure_gap(mesh.rest, pairs, p) for p in range(count)])
    is_upper = pairs.nodes[:count, 0] // N_ROWS < N_ANGLES // 2
    up = pairs.normals[:count, 1]
    assert count > 80
    assert gaps.min() > -1e-6
    is_tip = np.isin(pairs.nodes[:count, 0] % N_ROWS, (N_OUTER - 1, N_OUTER))
    assert (up[is_upper & is_tip] > 0).all()
    assert (up[~is_upper & is_tip] < 0).all()


def test_a_lip_moved_into_the_other_is_seen_by_its_depth() -> None:
    mesh = build_mesh()
    x = mesh.rest.copy()
    x[mesh.columns > N_ANGLES // 2, 1] += 0.6  # the lower lip goes up
    pairs = make_pairs()
    count = find_lip_pairs(x, 3.0, np.empty_like(x), pairs, 0)
    middle = [p for p in range(count) if pairs.nodes[p, 0] == N_ANGLES // 4 * N_ROWS + N_OUTER - 1]
    rest_gap = 0.1 + 0.02 * (8.2 + 9.8)  # moulded gap and rounding, by and large
    assert measure_gap(x, pairs, middle[0]) == pytest.approx(rest_gap - 0.6, abs=0.15)


def test_pairs_that_part_are_dropped() -> None:
    pairs = make_pairs(2)
    pairs.nodes[:, 0] = (0, 1)
    pairs.weights[:, 0] = 1.0
    pairs.normals[:] = (0.0, 1.0, 0.0)
    x = np.array([[0.0, 2.0, 0.0], [0.0, 2.0, 0.0]])
    ahead = np.array([[0.0, 2.5, 0.0], [0.0, 1.0, 0.0]])
    assert keep_closing(x, ahead, pairs, 0, 2) == 1
    assert pairs.nodes[0, 0] == 1


def test_near_pairs_are_kept_and_the_deepest_overlap_is_told() -> None:
    pairs = make_pairs(3)
    pairs.nodes[:, 0] = (0, 1, 2)
    pairs.weights[:, 0] = 1.0
    pairs.normals[:] = (0.0, 1.0, 0.0)
    x = np.array([[0.0, 2.0, 0.0], [0.0, -0.7, 0.0], [0.0, 0.3, 0.0]])
    count, deepest = keep_near(x, pairs, 3, 0.5)
    assert (count, deepest) == (2, pytest.approx(0.7))
    assert pairs.nodes[:2, 0].tolist() == [1, 2]


@pytest.mark.parametrize("raised_mm", [1.5, -3.0])
def test_beside_the_corners_the_corner_pairs_hold_alone(raised_mm: float) -> None:
    mesh, pairs = build_mesh(), make_pairs()
    x = mesh.rest.copy()
    beside = np.isin(mesh.columns, (FREE_COLUMN - 1, N_ANGLES - FREE_COLUMN + 1))
    free = np.isin(mesh.columns, (FREE_COLUMN, N_ANGLES - FREE_COLUMN))
    x[mesh.columns == FREE_COLUMN - 1, 1] += raised_mm  # the upper lip
    first = find_corner_pairs(x, pairs, 0)
    count = find_lip_pairs(x, 3.0, np.empty_like(x), pairs, first, True)
    assert not beside[pairs.nodes[first:count, 0]].any()
    assert free[pairs.nodes[first:count, 0]].any()


def test_beside_the_corners_each_node_stands_above_the_one_it_faces() -> None:
    x = build_mesh().rest.copy()
    pairs = make_pairs()
    count = find_corner_pairs(x, pairs, 0)
    assert count == 2 * (FREE_COLUMN - 1) * (LAST_NODE_ROW - FIRST_NODE_ROW + 1)
    upper, lower = pairs.nodes[:count, 0] // N_ROWS, pairs.nodes[:count, 1] // N_ROWS
    assert (upper + lower == N_ANGLES).all()
    assert (upper < lower).all()
    gaps = [measure_gap(x, pairs, p) for p in range(count)]
    assert min(gaps) >= -1e-3
    x[pairs.nodes[:count, 0], 1] += 0.5
    lifted = [measure_gap(x, pairs, p) for p in range(count)]
    np.testing.assert_allclose(np.array(lifted) - gaps, 0.5, atol=0.05)
