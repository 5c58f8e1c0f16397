"""The soft body: rubber, muscles and contact put together, one step at a time.

In: where the muscles pull. Out: where every node of the solid is. Projective dynamics: all that is
constant (inertia, rubber, attachments) is factorised once; a step alternates what each tetrahedron
wishes with one solve for all of them, and keeps lips and teeth apart in between.

Source: S. Bouaziz et al., "Projective dynamics", 2014.
"""

from typing import Final, NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int32

from .contact import (
    FIRST_FACE_ROW,
    LAST_FACE_ROW,
    LIP_REACH_MM,
    find_corner_pairs,
    find_lip_pairs,
    find_teeth_pairs,
)
from .material import Elements, Material, add_wishes, build_elements, make_scratch, make_turns
from .mesh import N_OUTER, SoftMesh
from .muscles import Muscles
from .pairs import MAX_PAIRS, Pairs, keep_closing, keep_near, make_pairs, measure_gap
from .press import add_forces, fill_compliance, find_forces
from .solver import Factor, factorise, solve

STEP_S: Final = 0.01
_ITERATIONS: Final = 3
_CARRY: Final = 0.6  # share of the speed that lives on through a step: damping
_REFIND_AT: Final = 1  # iteration before which the pairs of fast lips are found again
_FAST_MM: Final = 0.5  # moved so far in a step, they are
_SEPARATIONS: Final = 2  # at most, at the end of a step
_ALLOWED_MM: Final = 0.1  # overlap that they leave alone, and the next step takes back
_NEAR_MM: Final = 0.4  # lips nearer than this take part
_TEETH_HALF_WIDTH_MM: Final = 30.0


class Solid(NamedTuple):
    """Constants of the body, for the kernels."""

    elements: Elements
    factor: Factor
    inertia: Float64[np.ndarray, " nodes"]  # mass / step², mN/mm
    teeth_nodes: Int32[np.ndarray, " touching"]  # nodes that may meet the teeth
    inverse: Float64[np.ndarray, "touching touching 3"]  # A⁻¹ among nodes that may touch
    place: Int32[np.ndarray, " nodes"]  # where a node stands in `inverse`


class Moving(NamedTuple):
    """State of the body and its scratch, changed in place by the kernel.

    Attributes:
        x: (N, 3) mm. v: (N, 3) mm/s. turn: rotations of the tets, in blocks.
    """

    x: Float64[np.ndarray, "nodes 3"]
    v: Float64[np.ndarray, "nodes 3"]
    turn: Float64[np.ndarray, " numbers"]
    pairs: Pairs
    again: Pairs  # those that overlap at the end of a step
    counts: Int32[np.ndarray, " two"]  # pairs of lips, pairs in all
    base: Float64[np.ndarray, "nodes 3"]
    rhs: Float64[np.ndarray, "nodes 3"]
    scratch: Float64[np.ndarray, "nodes 3"]
    edges: Float64[np.ndarray, " numbers"]
    compliance: Float64[np.ndarray, "pairs pairs"]
    gaps: Float64[np.ndarray, " pairs"]


def build_solid(mesh: SoftMesh, muscles: Muscles, material: Material) -> Solid:
    """Everything constant, factorised."""
    elements, stiffness, mass = build_elements(mesh.rest, mesh.tets, material)
    inertia = mass / STEP_S**2
    matrices = np.stack(
        [stiffness + np.diag(inertia + muscles.stiffness[:, axis]) for axis in range(3)]
    )
    is_lip = (mesh.rows >= FIRST_FACE_ROW) & (mesh.rows <= LAST_FACE_ROW)
    is_back = (mesh.rows >= N_OUTER - 1) & (mesh.rows <= N_OUTER + 5)
    is_back &= np.abs(mesh.rest[:, 0]) < _TEETH_HALF_WIDTH_MM
    touching = np.nonzero(is_lip | is_back)[0]
    place = np.full(len(mass), -1, np.int32)
    place[touching] = np.arange(len(touching))
    inverse = np.stack([np.linalg.inv(m)[np.ix_(touching, touching)] for m in matrices], -1)
    teeth_nodes = np.nonzero(is_back)[0].astype(np.int32)
    return Solid(elements, factorise(matrices), inertia, teeth_nodes, inverse.copy(), place)


def start_moving(mesh: SoftMesh) -> Moving:
    """The body at its moulded rest, still."""
    n_nodes, n_tets = len(mesh.rest), len(mesh.tets)
    return Moving(
        mesh.rest.copy(),
        np.zeros((n_nodes, 3)),
        make_turns(n_tets),
        make_pairs(),
        make_pairs(),
        np.zeros(2, np.int32),
        np.zeros((n_nodes, 3)),
        np.zeros((n_nodes, 3)),
        np.zeros((n_nodes, 3)),
        make_scratch(n_tets),
        np.zeros((MAX_PAIRS, MAX_PAIRS)),
        np.zeros(MAX_PAIRS),
    )


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def step_body(solid: Solid, moving: Moving, pull: np.ndarray, jaw_rad: float) -> None:
    """Moves the body by STEP_S.

    Args:
        pull: (N, 3) mN, stiffness · target of the muscles.
        jaw_rad: opening of the jaw, which carries the lower teeth.
    """
    x, v, base, rhs, pairs = moving.x, moving.v, moving.base, moving.rhs, moving.pairs
    n_nodes = x.shape[0]
    ahead = moving.rhs
    for n in range(n_nodes):
        for c in range(3):
            ahead[n, c] = x[n, c] + STEP_S * v[n, c]
    count = _find_pairs(solid, moving, ahead, jaw_rad)
    for p in range(count):
        pairs.offsets[p] += max(0.0, -(measure_gap(x, pairs, p) + _ALLOWED_MM))
    for n in range(n_nodes):
        for c in range(3):
            start = x[n, c]
            ahead = start + STEP_S * _CARRY * v[n, c]
            base[n, c] = solid.inertia[n] * ahead + pull[n, c]
            v[n, c] = start
            x[n, c] = ahead
    for iteration in range(_ITERATIONS):
        if iteration == _REFIND_AT and _is_fast(solid.teeth_nodes, x, v):
            count = _find_pairs(solid, moving, x, jaw_rad)
        rhs[:] = base
        add_wishes(x, solid.elements, moving.turn, moving.edges, rhs)
        x[:] = rhs
        solve(solid.factor, x, moving.scratch)
        if find_forces(x, pairs, count, moving.compliance, moving.gaps):
            add_forces(rhs, pairs, count)
            x[:] = rhs
            solve(solid.factor, x, moving.scratch)
    for n in range(n_nodes):
        for c in range(3):
            v[n, c] = (x[n, c] - v[n, c]) / STEP_S
    for _ in range(_SEPARATIONS):
        if not _separate(solid, moving):
            break


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _find_pairs(solid: Solid, moving: Moving, ahead: np.ndarray, jaw_rad: float) -> int:
    """Fills the pairs that may touch on the way to `ahead`, and their compliance; their count."""
    x, pairs = moving.x, moving.pairs
    count = find_corner_pairs(x, pairs, 0)
    count = find_lip_pairs(x, LIP_REACH_MM, moving.scratch, pairs, count, True)
    lip_count = keep_closing(x, ahead, pairs, 0, count)
    count = find_teeth_pairs(x, solid.teeth_nodes, jaw_rad, pairs, lip_count)
    count = keep_closing(x, ahead, pairs, lip_count, count)
    moving.counts[0], moving.counts[1] = lip_count, count
    pairs.forces[:count] = 0.0
    fill_compliance(solid.inverse, solid.place, pairs, count, moving.compliance)
    return count


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _is_fast(nodes: np.ndarray, x: np.ndarray, start: np.ndarray) -> bool:
    """Whether any of some nodes has moved by _FAST_MM."""
    for n in nodes:
        moved = 0.0
        for c in range(3):
            moved += (x[n, c] - start[n, c]) ** 2
        if moved > _FAST_MM * _FAST_MM:
            return True
    return False


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _separate(solid: Solid, moving: Moving) -> bool:
    """Moves lips that overlap apart; False where none do.

    No speed comes of it; it only takes from a node the speed that would undo it at once.
    """
    x, v, pairs, move = moving.x, moving.v, moving.again, moving.rhs
    count = find_corner_pairs(x, pairs, 0)
    count = find_lip_pairs(x, _NEAR_MM, moving.scratch, pairs, count, True)
    count, deepest_mm = keep_near(x, pairs, count, _NEAR_MM)
    if deepest_mm < _ALLOWED_MM:
        return False
    pairs.offsets[:count] += _ALLOWED_MM
    pairs.forces[:count] = 0.0
    fill_compliance(solid.inverse, solid.place, pairs, count, moving.compliance)
    find_forces(x, pairs, count, moving.compliance, moving.gaps)
    move[:] = 0.0
    add_forces(move, pairs, count)
    solve(solid.factor, move, moving.scratch)
    for n in range(x.shape[0]):
        far = along = 0.0
        for c in range(3):
            x[n, c] += move[n, c]
            far += move[n, c] * move[n, c]
            along += move[n, c] * v[n, c]
        stop = min(-along / (far + 1e-12), 1 / STEP_S)
        if stop > 0.0:
            for c in range(3):
                v[n, c] += stop * move[n, c]
    return True
