"""Pairs of things that may touch: a node, and a plane that it may not pass.

normal · (node − weighted triangle corners) + offset ≥ 0; against teeth there is no triangle.
"""

from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int32

MAX_PAIRS = 400
_SAFE_MM = 0.7  # pairs that would stay this far apart at their present speed are dropped


class Pairs(NamedTuple):
    """Room for the pairs of one step.

    Attributes:
        nodes: (P, 4) the node, then the triangle's corners; against teeth the second number is the
            arch, 0 = upper, 1 = lower, and the rest means nothing.
        weights: (P, 4) 1, then minus the triangle's barycentric weights (0 against teeth).
        normals: (P, 3).
        offsets: (P,) mm.
        forces: (P,) mN, at least 0.
    """

    nodes: Int32[np.ndarray, "pairs 4"]
    weights: Float64[np.ndarray, "pairs 4"]
    normals: Float64[np.ndarray, "pairs 3"]
    offsets: Float64[np.ndarray, " pairs"]
    forces: Float64[np.ndarray, " pairs"]


def make_pairs(size: int = MAX_PAIRS) -> Pairs:
    """Empty room for `size` pairs."""
    return Pairs(
        np.zeros((size, 4), np.int32),
        np.zeros((size, 4)),
        np.zeros((size, 3)),
        np.zeros(size),
        np.zeros(size),
    )


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def measure_gap(x: np.ndarray, pairs: Pairs, p: int) -> float:
    """Signed distance of pair p, mm; negative where they overlap."""
    gap = pairs.offsets[p]
    for k in range(4):
        w = pairs.weights[p, k]
        if w != 0.0:
            n = pairs.nodes[p, k]
            for c in range(3):
                gap += w * pairs.normals[p, c] * x[n, c]
    return gap


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def keep_closing(x: np.ndarray, ahead: np.ndarray, pairs: Pairs, first: int, count: int) -> int:
    """Drops pairs from `first` on that can't touch in this step; gives the new count.

    Args:
        ahead: (N, 3) mm, where the nodes would be after the step at their present speed.
    """
    kept = first
    for p in range(first, count):
        gap, gap_ahead = measure_gap(x, pairs, p), measure_gap(ahead, pairs, p)
        if gap_ahead - 0.5 * (gap - gap_ahead) > _SAFE_MM:
            continue
        _move_pair(pairs, p, kept)
        kept += 1
    return kept


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def keep_near(x: np.ndarray, pairs: Pairs, count: int, near_mm: float) -> tuple[int, float]:
    """Drops pairs farther apart than `near_mm`; gives the new count and the deepest overlap, mm."""
    kept, deepest = 0, 0.0
    for p in range(count):
        gap = measure_gap(x, pairs, p)
        if gap < near_mm:
            deepest = max(deepest, -gap)
            _move_pair(pairs, p, kept)
            kept += 1
    return kept, deepest


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _move_pair(pairs: Pairs, at: int, to: int) -> None:
    pairs.nodes[to] = pairs.nodes[at]
    pairs.weights[to] = pairs.weights[at]
    pairs.normals[to] = pairs.normals[at]
    pairs.offsets[to] = pairs.offsets[at]
