"""A small software rasteriser: triangles in, an anti-aliased image out; no graphics library.

Four samples a pixel decide what is seen; shading runs once per pixel and surface (as graphics cards
do it), so smooth edges cost little. Work is cut in bands of rows that may run in threads: each
pixel belongs to one band and triangles keep their order, so the image does not depend on it.

Arrays are float32 in the head frame (mm) or on the screen (px; x right, y down; third column is
1/distance, greater is nearer). What a point looks like is decided in `shade.py`.

Source: rotated-grid samples and centroid shading, as in multisample anti-aliasing of the OpenGL
specification, chapter "Multisampling".
"""

from typing import Final, no_type_check

import numba
import numpy as np

N_SAMPLES: Final = 4
# Samples lie at (3, 1), (7, 3), (1, 5) and (5, 7) eighths of a pixel.
_E1, _E3, _E5, _E7 = (np.float32(eighths / 8) for eighths in (1, 3, 5, 7))
_ZERO, _ONE = np.float32(0), np.float32(1)
_CUT_EYE: Final = 1  # mark of triangles that the eye's opening cuts


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def find_normals(points: np.ndarray, normals: np.ndarray, grids: np.ndarray) -> None:
    """Unscaled normals of grid-shaped meshes by central differences.

    Args:
        points: (V, 3) mm.
        normals: (V, 3), written where a grid lies.
        grids: (G, 4) first vertex, columns, rows, 1 where the columns close into a ring.
    """
    for g in range(grids.shape[0]):
        first, n, m, is_ring = grids[g, 0], grids[g, 1], grids[g, 2], grids[g, 3]
        for i in range(n):
            after, before = i + 1, i - 1
            if is_ring == 1:
                after, before = after % n, (before + n) % n
            else:
                after, before = min(after, n - 1), max(before, 0)
            for j in range(m):
                up, down = first + after * m + j, first + before * m + j
                right, left = first + i * m + min(j + 1, m - 1), first + i * m + max(j - 1, 0)
                a0 = points[up, 0] - points[down, 0]
                a1 = points[up, 1] - points[down, 1]
                a2 = points[up, 2] - points[down, 2]
                b0 = points[right, 0] - points[left, 0]
                b1 = points[right, 1] - points[left, 1]
                b2 = points[right, 2] - points[left, 2]
                k = first + i * m + j
                normals[k, 0] = a1 * b2 - a2 * b1
                normals[k, 1] = a2 * b0 - a0 * b2
                normals[k, 2] = a0 * b1 - a1 * b0


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def project_points(points: np.ndarray, view: np.ndarray, screen: np.ndarray) -> None:
    """Head-frame points to the screen.

    Args:
        points: (V, 3) mm.
        view: (3, 4) such that view · (x, y, z, 1) = (X, Y, D); px = X / D, py = Y / D.
        screen: (V, 3), written: px, py, 1/D.
    """
    for k in range(points.shape[0]):
        x, y, z = points[k, 0], points[k, 1], points[k, 2]
        near = 1.0 / (view[2, 0] * x + view[2, 1] * y + view[2, 2] * z + view[2, 3])
        screen[k, 0] = (view[0, 0] * x + view[0, 1] * y + view[0, 2] * z + view[0, 3]) * near
        screen[k, 1] = (view[1, 0] * x + view[1, 1] * y + view[1, 2] * z + view[1, 3]) * near
        screen[k, 2] = near


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def list_visible(
    screen: np.ndarray, triangles: np.ndarray, size: int, visible: np.ndarray, rows: np.ndarray
) -> int:
    """Triangles that face the camera and may touch a sample.

    Args:
        screen: (V, 3) projected vertices.
        triangles: (F, 3) vertex numbers.
        size: side of the image, px.
        visible: (F,), written: numbers of the visible triangles, in order.
        rows: (F, 2), written beside `visible`: first and last image row.

    Returns:
        How many.
    """
    n = 0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0 = screen[a, 0], screen[a, 1]
        x1, y1 = screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        if (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= -1e-7:
            continue
        low, high = min(y0, y1, y2), max(y0, y1, y2)
        if high < 0 or low >= size or max(x0, x1, x2) < 0 or min(x0, x1, x2) >= size:
            continue
        if int(low + 0.125) > int(high + 0.875) - 1:
            continue  # between two rows of samples
        visible[n] = t
        rows[n, 0] = max(0, int(low))
        rows[n, 1] = min(size - 1, int(high))
        n += 1
    return n


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def cover(
    screen: np.ndarray,
    triangles: np.ndarray,
    cuts: np.ndarray,
    marks: np.ndarray,
    opening: np.ndarray,
    visible: np.ndarray,
    rows: np.ndarray,
    n_visible: int,
    first_row: int,
    end_row: int,
    near: np.ndarray,
    seen: np.ndarray,
) -> None:
    """Finds the triangle that each sample of a band of rows sees.

    Args:
        screen, triangles: as in `list_visible`.
        cuts: (F,) int8, _CUT_EYE where the eye's opening cuts the triangle.
        marks: (V, 4) the first two columns are the resting place (x, y) on the face, mm.
        opening: (7,) the eye's opening, see `is_open`.
        visible, rows, n_visible: from `list_visible`.
        first_row, end_row: the band.
        near: (rows, W, 4), written from its first row: 1/distance, 0 where nothing is seen.
        seen: (rows, W, 4) int32, written like it: triangle, -1 where nothing is seen.
    """
    width = seen.shape[1]
    near[: end_row - first_row] = 0.0
    seen[: end_row - first_row] = -1
    for k in range(n_visible):
        if rows[k, 1] < first_row or rows[k, 0] >= end_row:
            continue
        t = np.uintp(visible[k])  # unsigned: no test for negative indices
        a, b, c = np.uintp(triangles[t, 0]), np.uintp(triangles[t, 1]), np.uintp(triangles[t, 2])
        x0, y0, w0 = screen[a, 0], screen[a, 1], screen[a, 2]
        x1, y1, w1 = screen[b, 0], screen[b, 1], screen[b, 2]
        x2, y2, w2 = screen[c, 0], screen[c, 1], screen[c, 2]
        inverse = np.float32(1.0) / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        ux, uy = (y2 - y0) * inverse, -(x2 - x0) * inverse
        vx, vy = -(y1 - y0) * inverse, (x1 - x0) * inverse
        # only pixels with a sample inside the box: samples lie 1/8 from a pixel's edges
        left = max(0, int(min(x0, x1, x2) + 0.125))
        right = min(width - 1, int(max(x0, x1, x2) + 0.875) - 1)
        upper, lower = int(min(y0, y1, y2) + 0.125), int(max(y0, y1, y2) + 0.875) - 1
        upper, lower = max(first_row, upper), min(end_row - 1, lower)
        dw1, dw2 = w1 - w0, w2 - w0
        u0, u1 = _E3 * ux + _E1 * uy, _E7 * ux + _E3 * uy
        u2, u3 = _E1 * ux + _E5 * uy, _E5 * ux + _E7 * uy
        v0, v1 = _E3 * vx + _E1 * vy, _E7 * vx + _E3 * vy
        v2, v3 = _E1 * vx + _E5 * vy, _E5 * vx + _E7 * vy
        u_most, v_most = max(u0, u1, u2, u3), max(v0, v1, v2, v3)
        sum_least = min(u0 + v0, u1 + v1, u2 + v2, u3 + v3)
        w_most = max(w0, w1, w2)
        is_cut = cuts[t] == _CUT_EYE
        for y in range(upper, lower + 1):
            row = y - first_row
            for x in range(left, right + 1):
                dx, dy = np.float32(x) - x0, np.float32(y) - y0
                ub, vb = dx * ux + dy * uy, dx * vx + dy * vy
                if ub + u_most < _ZERO or vb + v_most < _ZERO or ub + vb + sum_least > _ONE:
                    continue
                if (
                    near[row, x, 0] >= w_most
                    and near[row, x, 1] >= w_most
                    and near[row, x, 2] >= w_most
                    and near[row, x, 3] >= w_most
                ):
                    continue  # hidden
                for s in range(4):
                    u = ub + (u0 if s == 0 else u1 if s == 1 else u2 if s == 2 else u3)
                    v = vb + (v0 if s == 0 else v1 if s == 1 else v2 if s == 2 else v3)
                    if u < _ZERO or v < _ZERO or u + v > _ONE:
                        continue
                    w = w0 + u * dw1 + v * dw2
                    if w <= near[row, x, s]:
                        continue
                    if is_cut:
                        rest = 1 - u - v
                        mx = marks[a, 0] * rest + marks[b, 0] * u + marks[c, 0] * v
                        my = marks[a, 1] * rest + marks[b, 1] * u + marks[c, 1] * v
                        if is_open(mx, my, opening):
                            continue
                    near[row, x, s] = w
                    seen[row, x, s] = visible[k]


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def is_open(x: float, y: float, opening: np.ndarray) -> bool:
    """Whether the skin's opening for an eye lies over (x, y), mm on the resting face.

    `opening`: centre x and y of the left eye, half width, height above and below the centre line,
    tilt (rise per mm outwards), and how far the highest point lies towards the nose.
    """
    across = (abs(x) - opening[0]) / opening[2]
    if across < -1 or across > 1:
        return False
    up = y - opening[1] - opening[5] * across * opening[2]
    lift = across + opening[6] * (1 - across * across)
    sink = across - opening[6] * (1 - across * across)
    return -opening[4] * (1 - sink * sink) < up < opening[3] * (1 - lift * lift)
