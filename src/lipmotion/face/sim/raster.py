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
from numpy import float32 as f32

N_SAMPLES: Final = 4
CHUNK_PX: Final = 4  # pixels beside each other that are tested at once
PER_CHUNK: Final = CHUNK_PX * N_SAMPLES
CHUNK: Final = 2 * PER_CHUNK  # numbers: 1/distance of each sample, then what it sees
_EIGHTHS: Final = ((3, 1), (7, 3), (1, 5), (5, 7))  # where in a pixel samples lie
SAMPLE_X: Final = np.array([n + x / 8 for n in range(CHUNK_PX) for x, _ in _EIGHTHS], f32)
SAMPLE_Y: Final = np.array([y / 8 for _ in range(CHUNK_PX) for _, y in _EIGHTHS], f32)
_E1, _E7 = f32(1 / 8), f32(7 / 8)
_ZERO, _ONE = f32(0), f32(1)
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
    screen: np.ndarray, triangles: np.ndarray, size: int, band_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Triangles that face the camera and may touch a sample, sorted by the bands they lie in.

    Args:
        screen: (V, 3) projected vertices.
        triangles: (F, 3) vertex numbers.
        size: side of the image, px.
        band_rows: rows of a band of the image.

    Returns:
        Numbers of triangles, in order within each band and repeated where they reach into several,
        and (B + 1,) where each band begins there.
    """
    n_bands = (size + band_rows - 1) // band_rows
    starts = np.zeros(n_bands + 1, np.int64)
    spans = np.empty((triangles.shape[0], 2), np.int32)  # first and last band
    for t in range(triangles.shape[0]):
        spans[t, 0], spans[t, 1] = 0, -1
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0 = screen[a, 0], screen[a, 1]
        x1, y1 = screen[b, 0], screen[b, 1]
        x2, y2 = screen[c, 0], screen[c, 1]
        if (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) >= -1e-7:
            continue
        low, high = min(y0, y1, y2), max(y0, y1, y2)
        left, right = min(x0, x1, x2), max(x0, x1, x2)
        if high < 0 or low >= size or right < 0 or left >= size:
            continue
        if int(low + _E1) > int(high + _E7) - 1 or int(left + _E1) > int(right + _E7) - 1:
            continue  # between two rows or columns of samples
        spans[t, 0] = max(0, int(low)) // band_rows
        spans[t, 1] = min(size - 1, int(high)) // band_rows
        for band in range(spans[t, 0], spans[t, 1] + 1):
            starts[band + 1] += 1
    for band in range(n_bands):
        starts[band + 1] += starts[band]
    ends = starts[:-1].copy()
    visible = np.empty(starts[-1], np.int32)
    for t in range(triangles.shape[0]):
        for band in range(spans[t, 0], spans[t, 1] + 1):
            visible[ends[band]] = t
            ends[band] += 1
    return visible, starts


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def cover(
    screen: np.ndarray,
    triangles: np.ndarray,
    cuts: np.ndarray,
    marks: np.ndarray,
    opening: np.ndarray,
    visible: np.ndarray,
    width: int,
    first_row: int,
    end_row: int,
    samples: np.ndarray,
) -> None:
    """Finds the triangle that each sample of a band of rows sees.

    Args:
        screen, triangles: as in `list_visible`.
        cuts: (F,) int8, _CUT_EYE where the eye's opening cuts the triangle.
        marks: (V, 4) the first two columns are the resting place (x, y) on the face, mm.
        opening: (7,) the eye's opening, see `is_open`.
        visible: numbers of the triangles that may lie in the band.
        width: of the image, px.
        first_row, end_row: the band.
        samples: flat, written: row by row, in each row chunks of CHUNK_PX pixels; a chunk is the
            1/distance of PER_CHUNK samples, pixel by pixel, then the triangles they see, counted
            from 1; 0 where nothing is seen.
    """
    stride = measure_stride(width)
    samples[: (end_row - first_row) * stride] = _ZERO
    for number in visible:
        t = np.uintp(number)  # unsigned: no test for negative indices
        a, b, c = np.uintp(triangles[t, 0]), np.uintp(triangles[t, 1]), np.uintp(triangles[t, 2])
        x0, y0, w0 = screen[a, 0], screen[a, 1], screen[a, 2]
        x1, y1, w1 = screen[b, 0], screen[b, 1], screen[b, 2]
        x2, y2, w2 = screen[c, 0], screen[c, 1], screen[c, 2]
        inverse = _ONE / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        ux, uy = (y2 - y0) * inverse, -(x2 - x0) * inverse
        vx, vy = -(y1 - y0) * inverse, (x1 - x0) * inverse
        dw1, dw2 = w1 - w0, w2 - w0
        # only pixels with a sample inside the box: samples lie 1/8 from a pixel's edges
        left = max(0, int(min(x0, x1, x2) + _E1)) // CHUNK_PX
        right = min(width - 1, int(max(x0, x1, x2) + _E7) - 1) // CHUNK_PX
        upper, lower = int(min(y0, y1, y2) + _E1), int(max(y0, y1, y2) + _E7) - 1
        upper, lower = max(first_row, upper), min(end_row - 1, lower)
        name = f32(t) + _ONE
        is_cut = cuts[t] == _CUT_EYE
        for y in range(upper, lower + 1):
            dy = f32(y) - y0
            for chunk in range(left, right + 1):
                dx = f32(chunk * CHUNK_PX) - x0
                ub, vb = dx * ux + dy * uy, dx * vx + dy * vy
                at = np.uintp((y - first_row) * stride + chunk * CHUNK)
                if is_cut:
                    for i in range(PER_CHUNK):
                        k = at + np.uintp(i)
                        u = ub + (SAMPLE_X[i] * ux + SAMPLE_Y[i] * uy)
                        v = vb + (SAMPLE_X[i] * vx + SAMPLE_Y[i] * vy)
                        w = w0 + u * dw1 + v * dw2
                        if u < _ZERO or v < _ZERO or u + v > _ONE or w <= samples[k]:
                            continue
                        rest = _ONE - u - v
                        mx = marks[a, 0] * rest + marks[b, 0] * u + marks[c, 0] * v
                        my = marks[a, 1] * rest + marks[b, 1] * u + marks[c, 1] * v
                        if not is_open(mx, my, opening):
                            samples[k] = w
                            samples[k + np.uintp(PER_CHUNK)] = name
                    continue
                # no branch, and as many turns as vector units are wide: all samples at once
                for i in range(PER_CHUNK):
                    k = at + np.uintp(i)
                    u = ub + (SAMPLE_X[i] * ux + SAMPLE_Y[i] * uy)
                    v = vb + (SAMPLE_X[i] * vx + SAMPLE_Y[i] * vy)
                    w = w0 + u * dw1 + v * dw2
                    before, seen = samples[k], samples[k + np.uintp(PER_CHUNK)]
                    is_seen = (u >= _ZERO) & (v >= _ZERO) & (u + v <= _ONE) & (w > before)
                    samples[k] = w if is_seen else before
                    samples[k + np.uintp(PER_CHUNK)] = name if is_seen else seen


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def measure_stride(width: int) -> int:
    """Numbers that a row of samples takes."""
    return (width + CHUNK_PX - 1) // CHUNK_PX * CHUNK


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
