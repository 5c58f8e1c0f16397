"""What a seen point looks like: the shading half of the rasteriser.

In: the samples that `raster.cover` found. Out: (H, W, 3) uint8. Light is linear to the last line.
Skin is lit softly: each colour wraps round the shadow's edge by its own width, red the furthest, as
light that has travelled under skin does; lips and eyes carry small wet highlights.

Source of the wrapped light: S. Green, "Real-time approximations to subsurface scattering", GPU
Gems, chapter 16, 2004. Fresnel term: C. Schlick, 1994. Highlights: J. Blinn, 1977.
"""

from math import atan2, sin, sqrt
from typing import Final, no_type_check

import numba
import numpy as np

PLAIN: Final = 0  # marks: linear red, green, blue, shade
SKIN: Final = 1  # marks: resting x, resting y (mm), t along the sheet, shade
EYE: Final = 2  # marks: direction in the eyeball's own frame, shade

# Columns of the table of materials; strengths from 0 up.
KIND: Final = 0
BROAD: Final = 1  # strength of the wide highlight
TIGHT: Final = 2  # strength of the narrow highlight
WRAP: Final = 3  # three columns: how far red, green, blue light wraps round, 0 to 1/2
EDGE: Final = 6  # light caught by the outline
GLOW: Final = 7  # share of its own light
RED: Final = 8  # 1 for the red of the lips
N_MATERIAL_COLUMNS: Final = 9

# Rows of the table of lights, (N_LIGHT_ROWS, 3) in the head frame. Camera and lamps count as far
# away: one direction for all points.
KEY, FILL, RIM = 0, 2, 4  # direction to the light, then its colour
UP, SKY, GROUND, CAMERA, LIPS, LIPS_INSIDE, IRIS, SCLERA, PUPIL = 6, 7, 8, 9, 10, 11, 12, 13, 14
KEY_HALF, FILL_HALF = 15, 16  # half-way between the lamp and the camera, for highlights
N_LIGHT_ROWS: Final = 17
LUT_STEPS: Final = 1024  # entries of the tone curve per unit of light


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def shade(
    normals: np.ndarray,
    marks: np.ndarray,
    screen: np.ndarray,
    triangles: np.ndarray,
    parts: np.ndarray,
    materials: np.ndarray,
    lights: np.ndarray,
    texture: np.ndarray,
    texture_frame: np.ndarray,
    near: np.ndarray,
    seen: np.ndarray,
    background: np.ndarray,
    exposure: float,
    curve: np.ndarray,
    first_row: int,
    end_row: int,
    image: np.ndarray,
) -> None:
    """Colours a band of rows.

    Args:
        normals: (V, 3) of any length, head frame.
        marks: (V, 4), meaning by kind of material.
        screen: (V, 3) projected vertices.
        triangles: (F, 3); parts: (F,) row of `materials`; lips and skin are different parts.
        materials: (P, N_MATERIAL_COLUMNS); lights: (N_LIGHT_ROWS, 3).
        texture: (rows, columns, 8) uint16, see `looks.py`; texture_frame: (3,) x, y of its first
            texel and texels per mm.
        near, seen: of this band, from `raster.cover`.
        background: (H, W, 3) linear light.
        exposure: factor on all light.
        curve: tone curve, uint8, LUT_STEPS entries per unit of light.
        image: (H, W, 3) uint8, written.
    """
    width = image.shape[1]
    out = np.empty(3, np.float32)
    texel = np.empty(8, np.float32)
    top = curve.shape[0] - 1
    for y in range(first_row, end_row):
        row = y - first_row
        for x in range(width):
            red = green = blue = 0.0
            done = 0
            t0, t1 = seen[row, x, 0], seen[row, x, 1]
            t2, t3 = seen[row, x, 2], seen[row, x, 3]
            if t0 & t1 & t2 & t3 == -1:  # nothing but the wall
                done = 15
                red, green, blue = background[y, x, 0], background[y, x, 1], background[y, x, 2]
            for s in range(4):
                if done & (1 << s):
                    continue
                t = seen[row, x, s]
                w = near[row, x, s]
                count = 1
                cx, cy = _sample_x(s), _sample_y(s)
                for r in range(s + 1, 4):
                    other = seen[row, x, r]
                    if done & (1 << r) or (t < 0) != (other < 0):
                        continue
                    # one surface: the same part, and no deeper step than about 3 mm
                    if t >= 0 and (parts[other] != parts[t] or abs(near[row, x, r] - w) > w * 6e-3):
                        continue
                    done |= 1 << r
                    count += 1
                    cx += _sample_x(r)
                    cy += _sample_y(r)
                share = 0.25 * count
                if t < 0:
                    red += share * background[y, x, 0]
                    green += share * background[y, x, 1]
                    blue += share * background[y, x, 2]
                    continue
                _shade_point(
                    t, x + cx / count, y + cy / count, normals, marks, screen, triangles,
                    materials, parts[t], lights, texture, texture_frame, texel, out,
                )  # fmt: skip
                red += share * out[0]
                green += share * out[1]
                blue += share * out[2]
            scale = exposure * LUT_STEPS
            image[y, x, 0] = curve[min(top, max(0, int(red * scale)))]
            image[y, x, 1] = curve[min(top, max(0, int(green * scale)))]
            image[y, x, 2] = curve[min(top, max(0, int(blue * scale)))]


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _sample_x(s: int) -> float:
    return 0.375 if s == 0 else 0.875 if s == 1 else 0.125 if s == 2 else 0.625


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _sample_y(s: int) -> float:
    return 0.125 + 0.25 * s


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _step(low: float, high: float, x: float) -> float:
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _shade_point(
    t: int,
    px: float,
    py: float,
    normals: np.ndarray,
    marks: np.ndarray,
    screen: np.ndarray,
    triangles: np.ndarray,
    materials: np.ndarray,
    part: int,
    lights: np.ndarray,
    texture: np.ndarray,
    texture_frame: np.ndarray,
    texel: np.ndarray,
    out: np.ndarray,
) -> None:
    """Linear light from the point of triangle `t` under (px, py), written to `out` (3,)."""
    a, b, c = np.uintp(triangles[t, 0]), np.uintp(triangles[t, 1]), np.uintp(triangles[t, 2])
    x0, y0 = screen[a, 0], screen[a, 1]
    x1, y1 = screen[b, 0] - x0, screen[b, 1] - y0
    x2, y2 = screen[c, 0] - x0, screen[c, 1] - y0
    inverse = 1.0 / (x1 * y2 - x2 * y1)
    dx, dy = px - x0, py - y0
    # a centroid may lie beside its triangle, on the next one: there marks carry on straight, but
    # not far, and the normal stays that of the nearest place (in folds it would tip over)
    u, v = (dx * y2 - dy * x2) * inverse, (dy * x1 - dx * y1) * inverse
    nu = min(1.0, max(0.0, u))
    nv = min(1.0 - nu, max(0.0, v))
    nw = 1 - nu - nv
    u, v = min(1.5, max(-0.5, u)), min(1.5, max(-0.5, v))
    w = 1 - u - v
    n0 = normals[a, 0] * nw + normals[b, 0] * nu + normals[c, 0] * nv
    n1 = normals[a, 1] * nw + normals[b, 1] * nu + normals[c, 1] * nv
    n2 = normals[a, 2] * nw + normals[b, 2] * nu + normals[c, 2] * nv
    length = 1 / sqrt(n0 * n0 + n1 * n1 + n2 * n2 + 1e-20)
    n0, n1, n2 = n0 * length, n1 * length, n2 * length
    m0 = marks[a, 0] * w + marks[b, 0] * u + marks[c, 0] * v
    m1 = marks[a, 1] * w + marks[b, 1] * u + marks[c, 1] * v
    m2 = marks[a, 2] * w + marks[b, 2] * u + marks[c, 2] * v
    shadow = marks[a, 3] * w + marks[b, 3] * u + marks[c, 3] * v
    broad, tight = materials[part, BROAD], materials[part, TIGHT]
    kind = int(materials[part, KIND])
    extra = 0.0
    if kind == SKIN:
        # -- skin: texture over the resting face; the red begins at t = 1, where the part changes
        lip = 0.25 * _step(0.978, 1.0, m2)
        if materials[part, RED] > 0:
            lip = 0.62 + 0.38 * _step(1.0, 1.07, m2)
        tx = (m0 - texture_frame[0]) * texture_frame[2]
        ty = (m1 - texture_frame[1]) * texture_frame[2]
        tx = min(texture.shape[1] - 2.001, max(0.0, tx))
        ty = min(texture.shape[0] - 2.001, max(0.0, ty))
        ix, iy = np.uintp(tx), np.uintp(ty)
        fx, fy = tx - np.float32(ix), ty - np.float32(iy)
        ix2, iy2 = ix + np.uintp(1), iy + np.uintp(1)
        unit = 1.0 / 65535.0
        w11, w10 = np.float32(fx * fy * unit), np.float32(fx * (1 - fy) * unit)
        w01, w00 = np.float32((1 - fx) * fy * unit), np.float32((1 - fx) * (1 - fy) * unit)
        for k in range(8):
            texel[k] = (
                np.float32(texture[iy, ix, k]) * w00
                + np.float32(texture[iy, ix2, k]) * w10
                + np.float32(texture[iy2, ix, k]) * w01
                + np.float32(texture[iy2, ix2, k]) * w11
            )
        red, green, blue, gloss = texel[0], texel[1], texel[2], texel[3]
        d0, d1, d2 = texel[4] * 2 - 1, texel[5] * 2 - 1, texel[6] * 2 - 1
        shadow *= texel[7]
        bare = 1 - lip
        n0, n1, n2 = n0 + d0 * bare, n1 + d1 * bare, n2 + d2 * bare
        inside = 0.0
        if lip > 0:
            fine = sin(m0 * 3.7 + 2.1 * sin(m0 * 1.3)) * min(1.0, 2.2 - m2)
            fine = 1 + 0.035 * lip * fine
            inside = _step(1.82, 2.25, m2)
            red = (red * bare + lights[LIPS, 0] * lip) * fine
            green = (green * bare + lights[LIPS, 1] * lip) * fine
            blue = (blue * bare + lights[LIPS, 2] * lip) * fine
            red += (lights[LIPS_INSIDE, 0] - red) * inside
            green += (lights[LIPS_INSIDE, 1] - green) * inside
            blue += (lights[LIPS_INSIDE, 2] - blue) * inside
            shadow *= 1 - 0.22 * _step(1.55, 2.0, m2)
            shadow *= 1 - 0.75 * _step(2.25, 3.2, m2)
        broad *= gloss * (1 + 0.9 * lip) * (1 - inside)
        tight *= (gloss * bare * 0.5 + 4.2 * lip) * (1 - inside)
        length = 1 / sqrt(n0 * n0 + n1 * n1 + n2 * n2 + 1e-20)
        n0, n1, n2 = n0 * length, n1 * length, n2 * length
    elif kind == EYE:
        # -- eye: white, dark-edged iris with fibres, pupil; the cornea bulges
        away = sqrt(m0 * m0 + m1 * m1)
        in_iris = _step(0.465, 0.435, away) if m2 > 0 else 0.0
        angle = atan2(m1, m0)
        fibre = 0.80 + 0.16 * sin(angle * 23 + 2 * sin(angle * 7)) + 0.10 * sin(angle * 41)
        ring = _step(0.47, 0.36, away)
        collar = 1 + 0.55 * _step(0.33, 0.2, away)
        depth = (0.55 - 0.45 * m1 / 0.45) * 0.8 + 0.45  # light falls through onto the far side
        tone = fibre * collar * depth * (0.25 + 0.75 * ring)
        pupil = _step(0.205, 0.165, away)
        vein = _step(0.5, 0.95, abs(m0))
        red = lights[SCLERA, 0]
        green = lights[SCLERA, 1] * (1 - 0.16 * vein)
        blue = lights[SCLERA, 2] * (1 - 0.18 * vein)
        red += (lights[IRIS, 0] * tone - red) * in_iris
        green += (lights[IRIS, 1] * tone - green) * in_iris
        blue += (lights[IRIS, 2] * tone - blue) * in_iris
        dark = pupil * in_iris
        red += (lights[PUPIL, 0] - red) * dark
        green += (lights[PUPIL, 1] - green) * dark
        blue += (lights[PUPIL, 2] - blue) * dark
        extra = 1.0
    else:
        red, green, blue = m0, m1, m2
    # -- light
    facing = n0 * lights[CAMERA, 0] + n1 * lights[CAMERA, 1] + n2 * lights[CAMERA, 2]
    fresnel = 1 - max(0.0, facing)
    fresnel = fresnel * fresnel
    fresnel = fresnel * fresnel
    key = n0 * lights[KEY, 0] + n1 * lights[KEY, 1] + n2 * lights[KEY, 2]
    fill = 0.5 + 0.5 * (n0 * lights[FILL, 0] + n1 * lights[FILL, 1] + n2 * lights[FILL, 2])
    fill = fill * fill
    rim = max(0.0, n0 * lights[RIM, 0] + n1 * lights[RIM, 1] + n2 * lights[RIM, 2])
    rim = rim * rim * (materials[part, EDGE] * (0.25 + fresnel))
    up = 0.5 + 0.5 * (n0 * lights[UP, 0] + n1 * lights[UP, 1] + n2 * lights[UP, 2])
    half = n0 * lights[KEY_HALF, 0] + n1 * lights[KEY_HALF, 1] + n2 * lights[KEY_HALF, 2]
    half2 = n0 * lights[FILL_HALF, 0] + n1 * lights[FILL_HALF, 1] + n2 * lights[FILL_HALF, 2]
    half, half2 = max(0.0, half), max(0.0, half2)
    h16 = half * half
    h16 = h16 * h16
    h16 = h16 * h16
    h16 = h16 * h16
    h64 = h16 * h16
    h64 = h64 * h64
    g32 = half2 * half2
    g32 = g32 * g32
    g32 = g32 * g32
    g32 = g32 * g32
    g32 = g32 * g32
    shine = broad * h16 + tight * (h64 + 0.35 * g32)
    shine *= (0.55 + 1.6 * fresnel) * (0.35 + 0.65 * shadow)
    if extra > 0:  # wet eye: two small lamps mirrored
        spot = h64 * h64
        spot = spot * spot * spot
        low = g32 * g32
        shine += 2.6 * _step(0.25, 0.5, spot) + 0.25 * low * low * low
    deep = shadow * shadow
    glow = materials[part, GLOW]
    for channel in range(3):
        wrap = materials[part, WRAP + channel]
        lit = max(0.0, key + (1 - key) * wrap)
        lit = lit * lights[KEY + 1, channel] * (0.25 + 0.75 * shadow)
        lit += fill * lights[FILL + 1, channel] * shadow
        around = lights[GROUND, channel] * (1 - up) + lights[SKY, channel] * up
        lit += around * (0.3 * shadow + 0.7 * deep)
        colour = red if channel == 0 else green if channel == 1 else blue
        lit = colour * (lit * (1 - glow) + glow)
        out[channel] = lit + rim * lights[RIM + 1, channel] + shine * lights[KEY + 1, channel]
