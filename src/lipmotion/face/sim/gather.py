"""Gathers what fragments of one part are made of into a block, ready to be lit by `light.py`.

In: fragments, and the vertices of their triangles: normals and marks, which mean something else
for each kind of material (`tables.py`). Out: a block: normals, colours, gloss, shares of the lips.
"""

from math import atan2, cos, sin, sqrt
from typing import no_type_check

import numba
import numpy as np
from numpy import float32 as f32

from . import light as lt
from . import tables as tb

_ZERO, _HALF, _ONE = f32(0), f32(0.5), f32(1)


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def gather(
    chosen: np.ndarray,
    shown: np.ndarray,
    places: np.ndarray,
    triangles: np.ndarray,
    screen: np.ndarray,
    normals: np.ndarray,
    marks: np.ndarray,
    material: np.ndarray,
    lights: np.ndarray,
    texture: np.ndarray,
    frame: np.ndarray,
    block: np.ndarray,
) -> None:
    """Fills a block.

    Args:
        chosen: (LANES,) or fewer numbers of fragments of one part.
        shown: (n,) triangle of each fragment; places: (n, 2) where it is seen, px.
        triangles: (F, 3) vertex numbers.
        screen: (V, 3) projected vertices; normals: (V, 3); marks: (V, 4).
        material: (N_MATERIAL_COLUMNS,); lights: (N_LIGHT_ROWS, 3).
        texture: (rows, columns, 8) of the skin; frame: (3,) x, y of its first texel, texels per mm.
        block: written, after `light.clear_block`: see the rows there.
    """
    kind, is_red = int(material[tb.KIND]), material[tb.RED] > _ZERO
    for lane in range(chosen.shape[0]):
        k = np.uintp(lane)
        fragment = np.uintp(chosen[k])
        t = np.uintp(shown[fragment])
        a, b, c = np.uintp(triangles[t, 0]), np.uintp(triangles[t, 1]), np.uintp(triangles[t, 2])
        x0, y0 = screen[a, 0], screen[a, 1]
        x1, y1 = screen[b, 0] - x0, screen[b, 1] - y0
        x2, y2 = screen[c, 0] - x0, screen[c, 1] - y0
        inverse = _ONE / (x1 * y2 - x2 * y1)
        dx, dy = places[fragment, 0] - x0, places[fragment, 1] - y0
        # a centroid may lie beside its triangle, on the next one: there marks carry on straight,
        # but not far, and the normal stays that of the nearest place (in folds it would tip over)
        u, v = (dx * y2 - dy * x2) * inverse, (dy * x1 - dx * y1) * inverse
        nu = min(_ONE, max(_ZERO, u))
        nv = min(_ONE - nu, max(_ZERO, v))
        nw = _ONE - nu - nv
        u, v = min(f32(1.5), max(f32(-0.5), u)), min(f32(1.5), max(f32(-0.5), v))
        w = _ONE - u - v
        block[lt.NORMAL, k] = normals[a, 0] * nw + normals[b, 0] * nu + normals[c, 0] * nv
        block[lt.NORMAL + 1, k] = normals[a, 1] * nw + normals[b, 1] * nu + normals[c, 1] * nv
        block[lt.NORMAL + 2, k] = normals[a, 2] * nw + normals[b, 2] * nu + normals[c, 2] * nv
        m0 = marks[a, 0] * w + marks[b, 0] * u + marks[c, 0] * v
        m1 = marks[a, 1] * w + marks[b, 1] * u + marks[c, 1] * v
        m2 = marks[a, 2] * w + marks[b, 2] * u + marks[c, 2] * v
        block[lt.SHADE, k] = marks[a, 3] * w + marks[b, 3] * u + marks[c, 3] * v
        if kind == tb.SKIN:
            _gather_texel(m0, m1, texture, frame, block, k)
            _gather_lip(m0, m1, m2, is_red, frame[2], block, k)
        elif kind == tb.EYE:
            _gather_eye(m0, m1, m2, lights, block, k)
        elif kind == tb.HAIR:
            _gather_hair(m0, m1, m2, lights, block, k)
        else:
            # carried on beyond its triangle, a dark colour would fall below black
            block[lt.RED, k] = max(_ZERO, m0)
            block[lt.GREEN, k] = max(_ZERO, m1)
            block[lt.BLUE, k] = max(_ZERO, m2)


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _gather_texel(
    x_mm: float, y_mm: float, texture: np.ndarray, frame: np.ndarray, block: np.ndarray, k: int
) -> None:
    """Bilinear blend of the texture's channels, to the first eight rows."""
    tx, ty = (x_mm - frame[0]) * frame[2], (y_mm - frame[1]) * frame[2]
    tx = min(f32(texture.shape[1]) - f32(2.001), max(_ZERO, tx))
    ty = min(f32(texture.shape[0]) - f32(2.001), max(_ZERO, ty))
    ix, iy = np.uintp(tx), np.uintp(ty)
    fx, fy = tx - f32(ix), ty - f32(iy)
    beside, above = ix + np.uintp(1), iy + np.uintp(1)
    w00, w10 = (_ONE - fx) * (_ONE - fy), fx * (_ONE - fy)
    w01, w11 = (_ONE - fx) * fy, fx * fy
    for row in range(8):
        low = texture[iy, ix, row] * w00 + texture[iy, beside, row] * w10
        block[row, k] = low + texture[above, ix, row] * w01 + texture[above, beside, row] * w11


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _gather_lip(
    x_mm: float, y_mm: float, t: float, is_red: bool, fineness: float, block: np.ndarray, k: int
) -> None:
    """Shares of the lips at t along the sheet; the red begins round t = 1, where the part changes.

    Its edge is as soft as a painted one, it thins out towards the corners, and is creased along t.
    """
    lip = _HALF * _step(f32(0.972) + f32(0.016) * _step(_ONE, f32(8), y_mm), _ONE, t)
    if is_red:
        lip = _HALF + _HALF * _step(_ONE, f32(1.10), t)
    fine, inside = _ONE, _ZERO
    if lip > _ZERO:
        lip *= _ONE - f32(0.85) * _step(f32(20.5), f32(26.5), abs(x_mm))
        front = lip * min(_ONE, max(_ZERO, f32(2.2) - t))
        crease = x_mm * (f32(4.4) - f32(0.5) * t) + f32(1.9) * sin(x_mm * f32(1.3))
        patch = sin(x_mm * f32(0.9) + f32(4) * t)
        fine += f32(0.04) * front * sin(crease)
        bare = _ONE - lip
        block[lt.DETAIL, k] *= bare
        block[lt.DETAIL, k] += f32(0.06) * min(_ONE, fineness * _HALF) * front * cos(crease)
        block[lt.DETAIL + 1, k] *= bare
        if y_mm < _ZERO:  # moisture swells on the lower lip and catches the light from above
            swell = _step(f32(1.12), f32(1.5), t) * _step(f32(1.95), f32(1.6), t)
            block[lt.DETAIL + 1, k] += f32(0.34) * lip * swell
        block[lt.DETAIL + 2, k] *= bare
        block[lt.GLOSS, k] += (f32(0.95) + f32(0.25) * patch - block[lt.GLOSS, k]) * lip
        inside = _step(f32(1.82), f32(2.25), t)
        block[lt.SHADE, k] *= _ONE - f32(0.22) * _step(f32(1.55), f32(2.0), t)
        block[lt.SHADE, k] *= _ONE - f32(0.75) * _step(f32(2.25), f32(3.2), t)
    block[lt.LIP, k], block[lt.INSIDE, k], block[lt.FINE, k] = lip, inside, fine


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _gather_eye(
    m0: float, m1: float, m2: float, lights: np.ndarray, block: np.ndarray, k: int
) -> None:
    """White, iris with fibres and a dark ring, and pupil, in a direction of the eyeball's frame."""
    away = sqrt(m0 * m0 + m1 * m1)
    in_iris = _step(f32(0.448), f32(0.412), away) if m2 > _ZERO else _ZERO
    tone = _ONE
    if in_iris > _ZERO:
        angle = atan2(m1, m0)
        fibre = 0.86 + 0.12 * sin(angle * 23 + 2 * sin(angle * 7))
        fibre += 0.08 * sin(angle * 41 + 9 * away)
        ring = _step(f32(0.448), f32(0.340), away)
        collar = 1 + 0.5 * _step(f32(0.31), f32(0.20), away)
        # the cornea bulges: light falls through onto the side away from the lamp, which stands
        # above and to the left
        depth = 0.86 - 1.05 * m1 + 0.45 * m0
        tone = fibre * collar * depth * (0.16 + 0.84 * ring)
    dark = _step(f32(0.200), f32(0.165), away) * in_iris
    round_ = 1 - 0.34 * _step(f32(0.38), f32(0.95), away)
    vein = _step(f32(0.45), f32(0.9), abs(m0))
    for channel in range(3):
        colour = lights[tb.SCLERA, channel] * round_
        colour *= 1 - (0.02 if channel == 0 else 0.22 if channel == 1 else 0.24) * vein
        colour += (lights[tb.IRIS, channel] * tone - colour) * in_iris
        block[channel, k] = colour + (lights[tb.PUPIL, channel] - colour) * dark


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _gather_hair(
    m0: float, m1: float, m2: float, lights: np.ndarray, block: np.ndarray, k: int
) -> None:
    """Strands combed back from the face, in locks; every one its own tone and shine."""
    turn = atan2(m1, m0)
    lock = sin(f32(23) * turn + f32(1.5) * sin(f32(5) * m2 + f32(3) * turn))
    strand = sin(f32(131) * turn + f32(2) * lock) + sin(f32(211) * turn + f32(9) * m2)
    tone = _ONE + f32(0.13) * lock + f32(0.13) * strand
    block[lt.GLOSS, k] = f32(0.75) + f32(0.25) * lock + f32(0.30) * strand
    for channel in range(3):
        block[channel, k] = lights[tb.HAIRS, channel] * tone


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _step(low: float, high: float, x: float) -> float:
    t = min(_ONE, max(_ZERO, (x - low) / (high - low)))
    return t * t * (f32(3) - f32(2) * t)
