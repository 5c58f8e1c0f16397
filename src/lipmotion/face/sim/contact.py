"""Contact: what may touch, lip against lip and lips against teeth.

In: the positions at the start of a step (all feasible then). Out: pairs, see `pairs.py`.

Source: C. Ericson, "Real-time collision detection", 2005, 5.1.5 (nearest point of a triangle).
"""

from math import sqrt
from typing import no_type_check

import numba
import numpy as np

from .mesh import N_ANGLES, N_OUTER, N_ROWS
from .pairs import Pairs
from .surface import JAW_HINGE_MM
from .teeth import (
    ARCH_RADIUS_MM,
    CROWN_MM,
    EDGE_MM,
    EDGE_RECESS_MM,
    GUM_SLOPE,
    LOWER_EDGE_Y_MM,
    LOWER_FRONT_Z_MM,
    UPPER_EDGE_Y_MM,
    UPPER_FRONT_Z_MM,
)

FIRST_NODE_ROW, LAST_NODE_ROW = N_OUTER - 2, N_OUTER + 1  # rows that may touch the other lip
FIRST_FACE_ROW, LAST_FACE_ROW = N_OUTER - 4, N_OUTER + 3  # rows whose faces may be touched
FREE_COLUMN = 3  # first column beside a corner where the lips are told apart by their skins
_HALF = N_ANGLES // 2
LIP_REACH_MM = 3.0  # pairs farther apart than this are not looked at
_DEEPEST_MM = 3.0  # deeper "contact" is a wrong pair
_TEETH_REACH_MM = 2.0
_TEETH_DEEPEST_MM = 6.0
_TEETH_HEIGHT_MM = 22.0


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def find_lip_pairs(
    x: np.ndarray,
    reach_mm: float,
    normals: np.ndarray,
    pairs: Pairs,
    count: int,
    is_behind_corner_pairs: bool = False,
) -> int:
    """Appends nodes of each lip within reach of the other lip's faces; the new count of pairs.

    `normals` is scratch, (N, 3). Columns beside a corner are left to `find_corner_pairs` where that
    comes before; held by both, a node went to and fro between what the one and the other say.
    """
    near = np.zeros(3)
    _fill_normals(x, normals)
    first = FREE_COLUMN if is_behind_corner_pairs else 1
    for column in range(N_ANGLES):
        if min(column % _HALF, _HALF - column % _HALF) < first:
            continue
        for row in range(FIRST_NODE_ROW, LAST_NODE_ROW + 1):
            if count >= pairs.offsets.shape[0]:
                return count
            node = column * N_ROWS + row
            at_column, at_row = _find_cell(x, node, column, reach_mm)
            if at_column >= 0 and _make_lip_pair(
                x, node, column, at_column, at_row, reach_mm, normals, near, pairs, count
            ):
                count += 1
    return count


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def find_corner_pairs(x: np.ndarray, pairs: Pairs, count: int) -> int:
    """Appends nodes beside the corners with the nodes they face; the new count of pairs.

    Where two skins end in one line, "inside" flips with the nearest triangle and lips that had
    crossed stayed so. So here a node of the upper lip stands above the one it faces, across the
    line from the corner to where the lips are free: a plane that turns smoothly and never flips.
    """
    tip = N_OUTER - 1
    for right in range(2):
        corner = (right * _HALF) * N_ROWS + tip
        free = _HALF - FREE_COLUMN if right else FREE_COLUMN
        up, low = free * N_ROWS + tip, (N_ANGLES - free) * N_ROWS + tip
        d0 = 0.5 * (x[up, 0] + x[low, 0]) - x[corner, 0]
        d1 = 0.5 * (x[up, 1] + x[low, 1]) - x[corner, 1]
        one = (1.0 if right else -1.0) / (sqrt(d0 * d0 + d1 * d1) + 1e-12)
        for beside in range(1, FREE_COLUMN):
            column = _HALF - beside if right else beside
            for row in range(FIRST_NODE_ROW, LAST_NODE_ROW + 1):
                if count >= pairs.offsets.shape[0]:
                    return count
                pairs.nodes[count, 0] = column * N_ROWS + row
                pairs.nodes[count, 1:] = (N_ANGLES - column) * N_ROWS + row
                pairs.weights[count, 0], pairs.weights[count, 1] = 1.0, -1.0
                pairs.weights[count, 2:] = 0.0
                pairs.normals[count, 0], pairs.normals[count, 1] = -d1 * one, d0 * one
                pairs.normals[count, 2] = 0.0
                pairs.offsets[count] = 0.0
                count += 1
    return count


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def find_teeth_pairs(
    x: np.ndarray, nodes: np.ndarray, jaw_rad: float, pairs: Pairs, count: int
) -> int:
    """Appends nodes near an arch; the lower arch rides the jaw. Gives the new count of pairs.

    Teeth push forward only, also at the rounded edge: a lip can't hang below or behind it, so the
    same command leads to the same place whatever came before.
    """
    c, s = np.cos(jaw_rad), np.sin(jaw_rad)
    for node in nodes:
        for is_lower in range(2):
            px, py, pz = x[node, 0], x[node, 1], x[node, 2]
            if is_lower:  # into the jaw's frame
                dy, dz = py - JAW_HINGE_MM[1], pz - JAW_HINGE_MM[2]
                py, pz = c * dy + s * dz + JAW_HINGE_MM[1], c * dz - s * dy + JAW_HINGE_MM[2]
                front, inside = LOWER_FRONT_Z_MM, LOWER_EDGE_Y_MM - py
            else:
                front, inside = UPPER_FRONT_Z_MM, py - UPPER_EDGE_Y_MM
            slope = px / ARCH_RADIUS_MM
            tilt = sqrt(1 + slope * slope)
            front -= GUM_SLOPE * max(inside - CROWN_MM, 0.0)
            before = (pz - front + px * px / (2 * ARCH_RADIUS_MM)) / tilt
            gap = before + EDGE_RECESS_MM * max(0.0, 1 - inside / EDGE_MM) ** 2
            is_beside = 0.0 < inside < _TEETH_HEIGHT_MM
            if not is_beside or not -_TEETH_DEEPEST_MM < gap < _TEETH_REACH_MM:
                continue
            if count >= pairs.offsets.shape[0]:
                return count
            nx, ny, nz = slope / tilt, 0.0, 1 / tilt
            if is_lower:
                ny, nz = c * ny - s * nz, s * ny + c * nz
            pairs.nodes[count, 0], pairs.nodes[count, 1] = node, is_lower
            pairs.weights[count, 0] = 1.0
            pairs.weights[count, 1:] = 0.0
            pairs.normals[count, 0], pairs.normals[count, 1] = nx, ny
            pairs.normals[count, 2] = nz
            pairs.offsets[count] = gap - nx * x[node, 0] - ny * x[node, 1] - nz * x[node, 2]
            count += 1
    return count


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def weigh_nearest_point(
    p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray, near: np.ndarray
) -> None:
    """Writes into `near` the barycentric weights of the point of triangle abc nearest to p."""
    ab0, ab1, ab2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    ac0, ac1, ac2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    ap0, ap1, ap2 = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    bp0, bp1, bp2 = p[0] - b[0], p[1] - b[1], p[2] - b[2]
    cp0, cp1, cp2 = p[0] - c[0], p[1] - c[1], p[2] - c[2]
    d1, d2 = ab0 * ap0 + ab1 * ap1 + ab2 * ap2, ac0 * ap0 + ac1 * ap1 + ac2 * ap2
    d3, d4 = ab0 * bp0 + ab1 * bp1 + ab2 * bp2, ac0 * bp0 + ac1 * bp1 + ac2 * bp2
    d5, d6 = ab0 * cp0 + ab1 * cp1 + ab2 * cp2, ac0 * cp0 + ac1 * cp1 + ac2 * cp2
    area_a, area_b, area_c = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    if d1 <= 0 and d2 <= 0:
        near[0], near[1], near[2] = 1.0, 0.0, 0.0
    elif d3 >= 0 and d4 <= d3:
        near[0], near[1], near[2] = 0.0, 1.0, 0.0
    elif d6 >= 0 and d5 <= d6:
        near[0], near[1], near[2] = 0.0, 0.0, 1.0
    elif area_c <= 0 and d1 >= 0 and d3 <= 0:
        v = d1 / (d1 - d3)
        near[0], near[1], near[2] = 1.0 - v, v, 0.0
    elif area_b <= 0 and d2 >= 0 and d6 <= 0:
        w = d2 / (d2 - d6)
        near[0], near[1], near[2] = 1.0 - w, 0.0, w
    elif area_a <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        w = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        near[0], near[1], near[2] = 0.0, 1.0 - w, w
    else:
        one = 1.0 / (area_a + area_b + area_c)
        near[1], near[2] = area_b * one, area_c * one
        near[0] = 1.0 - near[1] - near[2]


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _fill_normals(x: np.ndarray, normals: np.ndarray) -> None:
    """Outward unit normals of the lips' faces at their nodes, from the four neighbours."""
    for column in range(N_ANGLES):
        left = (column + 1) % N_ANGLES * N_ROWS
        right = (column - 1) % N_ANGLES * N_ROWS
        for row in range(FIRST_FACE_ROW, LAST_FACE_ROW + 1):
            n = column * N_ROWS + row
            u0 = x[left + row, 0] - x[right + row, 0]
            u1 = x[left + row, 1] - x[right + row, 1]
            u2 = x[left + row, 2] - x[right + row, 2]
            v0 = x[n + 1, 0] - x[n - 1, 0]
            v1 = x[n + 1, 1] - x[n - 1, 1]
            v2 = x[n + 1, 2] - x[n - 1, 2]
            n0, n1, n2 = u1 * v2 - u2 * v1, u2 * v0 - u0 * v2, u0 * v1 - u1 * v0
            one = 1.0 / (sqrt(n0 * n0 + n1 * n1 + n2 * n2) + 1e-12)
            normals[n, 0], normals[n, 1], normals[n, 2] = n0 * one, n1 * one, n2 * one


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _is_other_lip(column: int, cell: int) -> bool:
    """Whether the cell between columns cell and cell + 1 belongs to the lip facing `column`."""
    if column < _HALF:
        return _HALF <= cell < N_ANGLES
    return 0 <= cell < _HALF


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _find_cell(x: np.ndarray, node: int, column: int, reach_mm: float) -> tuple[int, int]:
    """The nearest cell of the other lip by its middle, or (-1, -1)."""
    best = (reach_mm + 3.0) ** 2
    at_column, at_row = -1, -1
    mirrored = N_ANGLES - column
    for cell in range(mirrored - 2, mirrored + 2):
        if not _is_other_lip(column, cell):
            continue
        for row in range(FIRST_FACE_ROW, LAST_FACE_ROW):
            a = cell * N_ROWS + row
            c = (cell + 1) % N_ANGLES * N_ROWS + row + 1
            away = 0.0
            for k in range(3):
                d = 0.5 * (x[a, k] + x[c, k]) - x[node, k]
                away += d * d
            if away < best:
                best, at_column, at_row = away, cell, row
    return at_column, at_row


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _make_lip_pair(
    x: np.ndarray,
    node: int,
    column: int,
    at_column: int,
    at_row: int,
    reach_mm: float,
    normals: np.ndarray,
    near: np.ndarray,
    pairs: Pairs,
    p: int,
) -> bool:
    """Fills pair p with the nearest triangle round a cell; False where that is no contact.

    The plane's normal is blended from the corners', so it turns smoothly as the node slides.

    The nearest triangle is taken first and its signed distance tested then: the other order
    invents contacts on faces that merely look the node's way.
    """
    best, is_contact = 1e9, False
    for cell in range(at_column - 1, at_column + 2):
        if not _is_other_lip(column, cell):
            continue
        for row in range(max(at_row - 1, FIRST_FACE_ROW), min(at_row + 2, LAST_FACE_ROW)):
            a = cell * N_ROWS + row
            b = (cell + 1) % N_ANGLES * N_ROWS + row
            for half in range(2):
                i0, i1, i2 = (a, b, b + 1) if half == 0 else (a, b + 1, a + 1)
                weigh_nearest_point(x[node], x[i0], x[i1], x[i2], near)
                d0 = x[node, 0] - near[0] * x[i0, 0] - near[1] * x[i1, 0] - near[2] * x[i2, 0]
                d1 = x[node, 1] - near[0] * x[i0, 1] - near[1] * x[i1, 1] - near[2] * x[i2, 1]
                d2 = x[node, 2] - near[0] * x[i0, 2] - near[1] * x[i1, 2] - near[2] * x[i2, 2]
                away = d0 * d0 + d1 * d1 + d2 * d2
                if away >= best:
                    continue
                u0, u1, u2 = x[i1, 0] - x[i0, 0], x[i1, 1] - x[i0, 1], x[i1, 2] - x[i0, 2]
                v0, v1, v2 = x[i2, 0] - x[i0, 0], x[i2, 1] - x[i0, 1], x[i2, 2] - x[i0, 2]
                f0, f1, f2 = u1 * v2 - u2 * v1, u2 * v0 - u0 * v2, u0 * v1 - u1 * v0
                one = 1.0 / (sqrt(f0 * f0 + f1 * f1 + f2 * f2) + 1e-12)
                f0, f1, f2 = f0 * one, f1 * one, f2 * one
                n0 = n1 = n2 = 0.0
                for k in range(3):
                    i = i0 if k == 0 else (i1 if k == 1 else i2)
                    if i // N_ROWS % _HALF == 0:  # a corner belongs to both lips: no one normal
                        n0, n1, n2 = n0 + near[k] * f0, n1 + near[k] * f1, n2 + near[k] * f2
                    else:
                        n0 += near[k] * normals[i, 0]
                        n1 += near[k] * normals[i, 1]
                        n2 += near[k] * normals[i, 2]
                one = 1.0 / (sqrt(n0 * n0 + n1 * n1 + n2 * n2) + 1e-12)
                n0, n1, n2 = n0 * one, n1 * one, n2 * one
                signed = d0 * n0 + d1 * n1 + d2 * n2
                best = away
                is_aligned = away < signed * signed + 1.0
                is_contact = signed < reach_mm and signed > -_DEEPEST_MM and is_aligned
                pairs.nodes[p, 0], pairs.nodes[p, 1] = node, i0
                pairs.nodes[p, 2], pairs.nodes[p, 3] = i1, i2
                pairs.weights[p, 0], pairs.weights[p, 1] = 1.0, -near[0]
                pairs.weights[p, 2], pairs.weights[p, 3] = -near[1], -near[2]
                pairs.normals[p, 0], pairs.normals[p, 1], pairs.normals[p, 2] = n0, n1, n2
                pairs.offsets[p] = 0.0
    return is_contact
