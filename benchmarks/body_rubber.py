"""The rubber itself: its modulus by a pull test, its energy, and the mesh it fills."""

import numpy as np

from lipmotion.face.sim.body import Moving, Solid
from lipmotion.face.sim.material import (
    Material,
    add_wishes,
    build_elements,
    make_scratch,
    make_turns,
)
from lipmotion.face.sim.mesh import N_ANGLES, N_OUTER, SoftMesh, build_mesh, measure_volumes


def measure_rubber() -> dict[str, float]:
    mesh, material = build_mesh(), Material()
    volumes = measure_volumes(mesh.rest, mesh.tets)
    young, poisson = pull_bar(material, strain=0.01)
    cells = N_ANGLES * (N_OUTER - 1)
    return {
        "rest tets inside out": int((volumes <= 0).sum()),
        "cells of the sheet without rubber": cells - count_filled_cells(mesh),
        "pull test: modulus found over given": round(young / material.young_kpa, 4),
        "pull test: Poisson's ratio found over given": round(poisson / material.poisson, 4),
        "pull test to 20 %: force found over closed form": round(
            pull_bar(material, strain=0.2)[0] / find_stiffness(material, 0.2), 4
        ),
    }


def count_filled_cells(mesh: SoftMesh) -> int:
    """Cells (column, row) in which at least five tets stand."""
    column = mesh.columns[mesh.tets]
    wraps = np.ptp(column, axis=1) > 1
    first = np.where(wraps, N_ANGLES - 1, column.min(1))
    rows = mesh.rows[mesh.tets]
    outer = np.minimum(rows, 2 * N_OUTER - 1 - rows).min(1)
    n_tets = np.zeros((N_ANGLES, N_OUTER), int)
    np.add.at(n_tets, (first, outer), 1)
    return int((n_tets >= 5).sum())


def pull_bar(material: Material, *, strain: float) -> tuple[float, float]:
    """Pulls a bar with free sides; engineering stress / strain in kPa, and lateral contraction.

    A stress that is the same all through, so the closed form holds for any mesh.
    """
    size = np.array([8, 3, 3])
    rest = np.stack(np.meshgrid(*[np.arange(n + 1.0) for n in size], indexing="ij"), -1)
    rest = rest.reshape(-1, 3)
    tets = _fill_block(size)
    elements, stiffness, _ = build_elements(rest, tets, material)
    held = np.zeros_like(rest)  # mN/mm; the ends along x, and the middle lines so it can't drift
    is_end = (rest[:, 0] == 0) | (rest[:, 0] == size[0])
    held[is_end, 0] = 1e7
    for axis in (1, 2):
        held[np.isclose(rest[:, axis], 0), axis] = 1e7  # planes of symmetry slide on
    target = rest * [1 + strain, 1, 1]
    inverse = [np.linalg.inv(stiffness + np.diag(held[:, c])) for c in range(3)]
    x, turn, scratch = rest * [1 + strain, 1, 1], make_turns(len(tets)), make_scratch(len(tets))
    for _ in range(1500):
        rhs = held * target
        add_wishes(x, elements, turn, scratch, rhs)
        x = np.stack([inverse[c] @ rhs[:, c] for c in range(3)], 1)
    is_far = rest[:, 0] == size[0]
    force = (held[:, 0] * (target[:, 0] - x[:, 0]))[is_far].sum()  # mN
    stretch = np.ptp(x[:, 0]) / size[0] - 1
    thinned = 1 - np.ptp(x[is_far][:, 1]) / size[1]
    return float(force / (size[1] * size[2]) / stretch), float(thinned / stretch)


def find_stiffness(material: Material, strain: float) -> float:
    """Closed form of `pull_bar`: least energy over the lateral stretch, kPa of stress by strain.

    W(a, b) = mu ((a - 1)² + 2 (b - 1)²) + 3/2 lambda |F - F1|², F = diag(a, b, b), F1 its step
    along the cofactors to volume 1 as `material.py` takes it; stress = dW/da at dW/db = 0, where
    the force of the bulk term is 3 lambda (F - F1).
    """
    e, nu = material.young_kpa, material.poisson
    mu, lame = e / (2 * (1 + nu)), e * nu / ((1 + nu) * (1 - 2 * nu))
    a = 1 + strain

    def find_stress(b: float) -> tuple[float, float]:
        far = (1 - a * b * b) / (b**4 + 2 * (a * b) ** 2)
        along = 2 * mu * (a - 1) - 3 * lame * far * b * b
        across = 2 * mu * (b - 1) - 3 * lame * far * a * b
        return along, across

    low, high = 0.5, 1.0
    for _ in range(80):
        b = (low + high) / 2
        low, high = (b, high) if find_stress(b)[1] < 0 else (low, b)
    return find_stress((low + high) / 2)[0] / strain


def measure_energy(
    solid: Solid, moving: Moving, rest: np.ndarray, held: np.ndarray, pull: np.ndarray
) -> float:
    """Energy of rubber, springs, muscles' pull and motion, mN·mm = µJ, up to a constant of pull.

    Args:
        rest: (N, 3) mm. held, pull: stiffness (N, 3) and pull (N, 3) of the muscles.
    """
    x, tets = moving.x, solid.elements.tets
    rest_edges = np.moveaxis(rest[tets[:, 1:]] - rest[tets[:, :1]], 1, 2)
    edges = np.moveaxis(x[tets[:, 1:]] - x[tets[:, :1]], 1, 2)
    shear, bulk = _weigh(solid, len(tets))
    f = edges @ np.linalg.inv(rest_edges)
    u, _, vt = np.linalg.svd(f)
    flip = np.linalg.det(u @ vt) < 0
    u[flip, :, -1] *= -1
    turned = ((f - u @ vt) ** 2).sum((1, 2))
    cof = np.stack([np.cross(f[:, (k + 1) % 3], f[:, (k + 2) % 3]) for k in range(3)], 1)
    volume = np.linalg.det(f)
    far2 = (1 - volume) ** 2 / ((cof**2).sum((1, 2)) + 1e-6)
    rubber = 0.5 * (shear * turned + bulk * far2).sum()
    springs = 0.5 * (held * x * x).sum() - (pull * x).sum()
    return float(rubber + springs + 0.5 * (solid.inertia[:, None] * 1e-4 * moving.v**2).sum())


def _weigh(solid: Solid, n_tets: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of shear and bulk of every tet, out of the blocks they are laid in."""
    blocks = solid.elements.constants.reshape(-1, 11, 64)
    return blocks[:, 9].reshape(-1)[:n_tets], blocks[:, 10].reshape(-1)[:n_tets]


def _fill_block(size: np.ndarray) -> np.ndarray:
    """Six tets a cell of a block of cells."""
    tets = []
    for i, j, k in np.ndindex(*size):

        def at(di: int, dj: int, dk: int, i: int = i, j: int = j, k: int = k) -> int:
            return ((i + di) * (size[1] + 1) + j + dj) * (size[2] + 1) + k + dk

        a, g = at(0, 0, 0), at(1, 1, 1)
        ring = [at(1, 0, 0), at(1, 1, 0), at(0, 1, 0), at(0, 1, 1), at(0, 0, 1), at(1, 0, 1)]
        tets += [(a, ring[n], ring[(n + 1) % 6], g) for n in range(6)]
    return np.array(tets, np.int32)
