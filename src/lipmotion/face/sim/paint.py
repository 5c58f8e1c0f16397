"""Paint: the texture of the skin. Colour, gloss, pores, seams, and where little light comes.

In: `Looks`. Out: a texture over the resting face seen from the front. Colours are picked as sRGB;
light is computed from their linear values. Shadows are those of the lamp of `camera.py` on a head
that looks ahead.
"""

import itertools
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt16

from ..looks import Colour, Looks, to_linear
from .relief import EYE_MM, FACE_EDGE_MM, measure_depth, smoothstep

_FIRST_MM: Final = (-80.0, -72.0)  # x, y of the texture's first texel
_LAST_MM: Final = (80.0, 146.0)
# Parting lines of the silicone on the owner's left, (x, y): along the jaw, and beside the eye.
_SEAMS_MM: Final = (
    ((71, 36), (63, 12), (53, -11), (42, -28), (29, -41), (14, -48), (0, -50)),
    ((57, 65.5), (63, 69.5), (74, 78)),
)
_LAMP: Final = (-0.42, 0.58, 0.72)  # the direction of the strongest lamp, see `camera.py`


@lru_cache(maxsize=4)
def bake_skin(
    looks: Looks, texels_per_mm: float
) -> tuple[UInt16[np.ndarray, "rows columns 8"], Float32[np.ndarray, "3"]]:
    """Texture of the skin over (x, y) of the resting face.

    Channels, each 0 to 65535 for 0 to 1: linear red, green, blue; gloss; what the relief adds to
    the coarse mesh's normal (x, y, z; 0.5 = nothing); shade (1 = open to the sky).

    Returns:
        The texture, row = y upwards, and its frame: x, y of the first texel, texels per mm.
    """
    x = np.arange(_FIRST_MM[0], _LAST_MM[0], 1 / texels_per_mm)
    y = np.arange(_FIRST_MM[1], _LAST_MM[1], 1 / texels_per_mm)
    grid_x, grid_y = np.meshgrid(x, y)
    depth = _measure_mirrored(x, grid_y)
    seam = looks.seams * _draw_lines(_SEAMS_MM, x, y, 0.45)
    texture = np.empty((len(y), len(x), 8), np.float32)
    texture[..., :3], texture[..., 3] = _paint(looks, grid_x, grid_y)
    if looks.freckles > 0:
        texture[..., :3] *= _draw_freckles(looks.freckles, x, y)
    texture[..., :3] *= (1 - 0.45 * seam)[..., None]
    texture[..., 4:7] = _find_detail(depth - 0.35 * seam, texels_per_mm)
    texture[..., 4:6] += looks.pores * _draw_pores(grid_x, grid_y, texels_per_mm)
    texture[..., 4:7] = 0.5 + 0.5 * texture[..., 4:7]
    texture[..., 7] = _find_shade(depth, texels_per_mm, grid_x, grid_y)
    texture[..., 7] *= 1 - 0.5 * _draw_lines((FACE_EDGE_MM,), x, y, 7.0)  # beside the shell
    frame = np.array([*_FIRST_MM, texels_per_mm], np.float32)
    return (np.clip(texture, 0, 1) * 65535 + 0.5).astype(np.uint16), frame


def _measure_mirrored(x: np.ndarray, grid_y: np.ndarray) -> np.ndarray:
    """Depth over the grid, measured on one half only."""
    half = np.abs(x[: len(x) // 2 + 1])
    depth = measure_depth(np.broadcast_to(half, (len(grid_y), len(half))), grid_y[:, : len(half)])
    order = np.minimum(np.arange(len(x)), len(x) - np.arange(len(x)))
    return depth[:, np.minimum(order, len(half) - 1)]


def _paint(looks: Looks, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Linear colour (H, W, 3) and gloss (H, W)."""
    side = np.abs(x)
    colour = np.ones((*x.shape, 3), np.float32) * to_linear(looks.skin)
    patches = _waves(x, y, 0.11, 1)[..., None]
    colour *= 1 + patches * (0.010, 0.020, 0.022) + 0.012 * _waves(x, y, 0.9, 2)[..., None]

    def mix(share: np.ndarray, to: Colour) -> None:
        colour[:] += (to_linear(to) - colour) * np.clip(share, 0, 1)[..., None]

    mix(0.34 * _spot(side, y, (43, 30), (17, 15)), looks.blush)  # cheeks
    mix(0.24 * _spot(side, y, (0, 29), (10, 9)), looks.blush)  # tip of the nose
    mix(0.16 * _spot(side, y, (0, -48), (20, 12)), looks.blush)  # chin
    eye_x, eye_y, _ = EYE_MM
    mix(0.36 * _spot(side, y, (eye_x, eye_y), (18, 13)), looks.lids)
    brow = _draw_brow(x, y)
    mix(0.82 * brow, looks.brows)
    nostril = _spot(side, y, (6.6, 20.7), (3.6, 1.9)) ** 2
    mix(0.9 * smoothstep(0.1, 0.75, nostril), (0.22, 0.09, 0.08))
    gloss = 0.62 + 0.38 * _spot(side, y, (0, 36), (9, 26))
    gloss = gloss + 0.25 * _spot(side, y, (0, 100), (40, 20)) - 0.3 * brow
    return colour, gloss


def _draw_brow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of brow, 0 to 1: fine hairs along an arch, thinning outwards, longest at the nose."""
    side = np.abs(x)
    along = (side - 32.0) / 19.5
    arch = 85.4 + 2.8 * (1 - (along - 0.2) ** 2) - 2.2 * smoothstep(0.3, 1.0, along)
    half = 3.2 * (1 - 0.70 * smoothstep(-0.3, 1.0, along))
    half = half * (0.55 + 0.45 * smoothstep(-1, -0.5, along))
    up = y - arch
    hair = side - up * (0.55 + 0.9 * smoothstep(-0.8, 0.5, along))  # they lean outwards
    fine = np.sin(6.1 * hair + 1.7 * up) + np.sin(9.7 * hair + 2.0 * np.sin(0.8 * up + 1.3 * hair))
    across = np.abs(up) / (half * (1 + 0.10 * np.sin(4.3 * hair) + 0.06 * fine))
    density = smoothstep(1.25, 0.35, across) * smoothstep(1.04, 0.72, np.abs(along))
    return density * (0.86 + 0.14 * np.clip(fine, -1, 1))


def _draw_lines(
    lines_mm: tuple[tuple[tuple[float, float], ...], ...], x: np.ndarray, y: np.ndarray, wide: float
) -> np.ndarray:
    """How near to a line on either side of the face, (H, W): 1 on it, 0.37 at `wide` mm."""
    near = np.zeros((len(y), len(x)), np.float32)
    fine = max(wide, 0.6 * (x[1] - x[0]))
    for line in lines_mm:
        smooth = _round_off(np.array(line, float))
        for points in (smooth, smooth * (-1, 1)):
            for (ax, ay), (bx, by) in itertools.pairwise(points):
                columns = slice(
                    *np.searchsorted(x, [min(ax, bx) - 2 * fine, max(ax, bx) + 2 * fine])
                )
                rows = slice(*np.searchsorted(y, [min(ay, by) - 2 * fine, max(ay, by) + 2 * fine]))
                px, py = x[None, columns] - ax, y[rows, None] - ay
                dx, dy = bx - ax, by - ay
                s = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1)
                away2 = (px - s * dx) ** 2 + (py - s * dy) ** 2
                part = near[rows, columns]
                np.maximum(part, np.exp(-away2 / fine**2), out=part)
    return near * (wide / fine)


def _round_off(points: np.ndarray) -> np.ndarray:
    """The line with its corners cut, twice. Source: G. Chaikin, 1974."""
    for _ in range(2):
        a, b = points[:-1], points[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


def _draw_freckles(strength: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Factor on the colour (H, W, 3)."""
    rng = np.random.default_rng(7)
    spots = np.zeros((len(y), len(x)), np.float32)
    for _ in range(round(260 * strength)):
        fx, fy = rng.normal(0, 27), rng.normal(40, 11)
        size, dark = rng.uniform(0.35, 0.85), rng.uniform(0.3, 1.0)
        columns = slice(*np.searchsorted(x, [fx - 2.5 * size, fx + 2.5 * size]))
        rows = slice(*np.searchsorted(y, [fy - 2.5 * size, fy + 2.5 * size]))
        away2 = (x[None, columns] - fx) ** 2 + (y[rows, None] - fy) ** 2
        spots[rows, columns] += dark * np.exp(-away2 / size**2)
    spots = np.minimum(spots, 1)[..., None]
    return 1 - spots * np.array([0.20, 0.36, 0.46], np.float32)


def _draw_pores(x: np.ndarray, y: np.ndarray, texels_per_mm: float) -> np.ndarray:
    """Slopes of fine pits in x and y, (H, W, 2); deepest on nose and cheeks, none on the brows."""
    pits = np.random.default_rng(3).normal(size=x.shape).astype(np.float32)
    pits = _blur(pits, 0.5)
    side = np.abs(x)
    strength = (
        0.4 + 0.6 * _spot(side, y, (24, 32), (22, 18)) + 0.5 * _spot(side, y, (0, 34), (12, 16))
    )
    strength = strength - 0.3 * _spot(side, y, (EYE_MM[0], EYE_MM[1]), (18, 13))
    slope_y, slope_x = np.gradient(pits)
    fineness = min(1.0, texels_per_mm / 2.5) ** 2
    return np.stack([slope_x, slope_y], -1) * (0.17 * fineness * strength[..., None])


def _find_detail(depth: np.ndarray, texels_per_mm: float) -> np.ndarray:
    """What fine relief adds to unit normals of the relief as the mesh knows it, (H, W, 3)."""
    coarse = _blur(depth, 1.6 * texels_per_mm)
    return 0.8 * (_find_normals(depth, texels_per_mm) - _find_normals(coarse, texels_per_mm))


def _find_normals(depth: np.ndarray, texels_per_mm: float) -> np.ndarray:
    slope_y, slope_x = np.gradient(depth, 1 / texels_per_mm)
    length = np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.stack([-slope_x, -slope_y, np.ones_like(depth)], -1) / length[..., None]


def _find_shade(
    depth: np.ndarray, texels_per_mm: float, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """How open each place is to light from around, 0 to 1: hollows are darker than ridges."""
    step = max(1, round(texels_per_mm))
    shade = np.ones_like(depth)
    for radius_mm, strength in ((2.5, 0.16), (7.0, 0.045)):
        small = _blur(depth[::step, ::step], radius_mm * texels_per_mm / step)
        hollow = np.clip(_enlarge(small, step, depth.shape) - depth, -1.5, 6)
        shade -= strength * hollow
    side = np.abs(x)
    shade -= 0.06 * _spot(side, y, (0, 14), (14, 5.5))  # under the nose
    shade -= 0.10 * _spot(side, y, (0, -16), (18, 5.5))  # under the lower lip
    shade -= 0.14 * _spot(side, y, (27.0, 0.2), (2.6, 2.0))  # corner of the mouth
    eye_x, eye_y, _ = EYE_MM
    shade -= 0.05 * _spot(side, y, (eye_x - 13, eye_y + 5), (6, 9))  # inner corner of the eye
    shade *= 1 - 0.5 * _enlarge(_cast_shadow(depth[::step, ::step]), step, depth.shape)
    return np.clip(shade, 0.25, 1.12)


def _cast_shadow(depth: np.ndarray) -> np.ndarray:
    """How much of the lamp the relief hides, 0 to 1, with a soft edge; one texel per mm."""
    right, up, forward = _LAMP
    hidden = np.zeros_like(depth)
    for k in range(1, 16):
        way = 1.4 * k  # mm along the frontal plane
        flat = np.hypot(right, up)
        column, row = round(way * right / flat), round(way * up / flat)
        towards = np.roll(depth, (-row, -column), (0, 1))
        above = towards - depth - way * forward / flat
        hidden = np.maximum(hidden, above / (1.5 + 0.35 * way))
    return _blur(np.clip(hidden, 0, 1), 1.2)


def _blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur by three running means, edges held."""
    width = max(1, round(sigma * 2)) | 1
    for axis in (0, 1):
        for _ in range(3):
            pad = [(0, 0), (0, 0)]
            pad[axis] = (width // 2 + 1, width // 2)
            total = np.cumsum(np.pad(values, pad, mode="edge"), axis)
            high = np.take(total, range(width, total.shape[axis]), axis)
            low = np.take(total, range(total.shape[axis] - width), axis)
            values = (high - low) / width
    return values


def _enlarge(small: np.ndarray, step: int, shape: tuple[int, ...]) -> np.ndarray:
    """Back to the full grid after taking every `step`-th place, bilinear."""
    for axis in (0, 1):
        at = np.minimum(np.arange(shape[axis]) / step, small.shape[axis] - 1.001)
        low = at.astype(int)
        share = at - low
        share = share[:, None] if axis == 0 else share[None, :]
        a, b = np.take(small, low, axis), np.take(small, low + 1, axis)
        small = a + (b - a) * share
    return small


def _spot(
    x: np.ndarray, y: np.ndarray, centre: tuple[float, float], size: tuple[float, float]
) -> np.ndarray:
    return np.exp(-(((x - centre[0]) / size[0]) ** 2) - ((y - centre[1]) / size[1]) ** 2)


def _waves(x: np.ndarray, y: np.ndarray, frequency: float, seed: int) -> np.ndarray:
    """Smooth noise of about unit size: a few plane waves at random."""
    rng = np.random.default_rng(seed)
    total = np.zeros_like(x)
    for _ in range(6):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        speed = frequency * rng.uniform(0.6, 1.6)
        total += np.sin(speed * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return total / 2
