"""The forces that keep lips and teeth apart, and press them on each other; no friction.

In: pairs, and where the nodes would be without contact. Out: forces ≥ 0, by projected Gauss-Seidel
on the compliance J A⁻¹ Jᵀ from the precomputed inverse.

Source: M. Jean, "The non-smooth contact dynamics method", 1999.
"""

from typing import no_type_check

import numba
import numpy as np

from .pairs import Pairs, measure_gap

_MAX_SWEEPS = 15
_SOFTNESS = 2e-4  # mm/mN, keeps redundant contacts solvable
_CONVERGED_MM = 2e-3


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def fill_compliance(
    inverse: np.ndarray, place: np.ndarray, pairs: Pairs, count: int, compliance: np.ndarray
) -> None:
    """J A⁻¹ Jᵀ of the pairs, mm/mN.

    Args:
        inverse: (C, C, 3) A⁻¹ among the nodes that may touch.
        place: (N,) where a node stands in `inverse`.
        compliance: (P, P) is filled up to `count`.
    """
    for a in range(count):
        for b in range(a + 1):
            m0 = pairs.normals[a, 0] * pairs.normals[b, 0]
            m1 = pairs.normals[a, 1] * pairs.normals[b, 1]
            m2 = pairs.normals[a, 2] * pairs.normals[b, 2]
            total = 0.0
            for i in range(4):
                wi = pairs.weights[a, i]
                if wi == 0.0:
                    continue
                row = place[pairs.nodes[a, i]]
                for j in range(4):
                    w = wi * pairs.weights[b, j]
                    if w == 0.0:
                        continue
                    column = place[pairs.nodes[b, j]]
                    total += w * inverse[row, column, 0] * m0
                    total += w * inverse[row, column, 1] * m1
                    total += w * inverse[row, column, 2] * m2
            compliance[a, b] = total
            compliance[b, a] = total


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def find_forces(
    x: np.ndarray, pairs: Pairs, count: int, compliance: np.ndarray, gaps: np.ndarray
) -> bool:
    """Finds `pairs.forces` ≥ 0 that would keep all pairs apart; False where none is needed.

    Args:
        x: (N, 3) mm, where the nodes would be without contact.
        gaps: (P,) scratch.
    """
    forces = pairs.forces
    is_clear = True
    for a in range(count):
        gaps[a] = measure_gap(x, pairs, a)
        is_clear = is_clear and gaps[a] >= 0.0
    if is_clear:
        forces[:count] = 0.0
        return False
    for a in range(count):
        if forces[a] != 0.0:
            for b in range(count):
                gaps[b] += compliance[a, b] * forces[a]
    for _ in range(_MAX_SWEEPS):
        change = 0.0
        for a in range(count):
            step = -(gaps[a] + _SOFTNESS * forces[a]) / (compliance[a, a] + _SOFTNESS)
            force = max(0.0, forces[a] + step)
            step = force - forces[a]
            if step != 0.0:
                forces[a] = force
                change = max(change, abs(step) * compliance[a, a])
                for b in range(count):
                    gaps[b] += compliance[a, b] * step
        if change < _CONVERGED_MM:
            break
    return True


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def add_forces(rhs: np.ndarray, pairs: Pairs, count: int) -> None:
    """Adds the contact forces to the nodes' forces (N, 3), mN."""
    for a in range(count):
        if pairs.forces[a] > 0.0:
            for k in range(4):
                w = pairs.weights[a, k] * pairs.forces[a]
                if w != 0.0:
                    n = pairs.nodes[a, k]
                    for c in range(3):
                        rhs[n, c] += w * pairs.normals[a, c]
