"""Looks: every colour of the simulated head, and the texture of its skin made from them.

In: a frozen `Looks`. Out: a texture over the resting face seen from the front. Colours are sRGB in
[0, 1], as one picks them; light is computed from their linear values.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt16

from .relief import EYE_MM, measure_depth, smoothstep

Colour = tuple[float, float, float]

_FIRST_MM: Final = (-80.0, -72.0)  # x, y of the texture's first texel
_LAST_MM: Final = (80.0, 146.0)


@dataclass(frozen=True)
class Looks:
    """Colours (sRGB, 0 to 1) and how shiny things are; the defaults are the face `emo`.

    Attributes:
        gloss: strength of highlights on skin and lips, 1 = as designed.
    """

    skin: Colour = (0.90, 0.745, 0.665)
    blush: Colour = (0.88, 0.50, 0.46)
    lids: Colour = (0.85, 0.65, 0.58)
    lips: Colour = (0.75, 0.345, 0.365)
    lips_inside: Colour = (0.36, 0.08, 0.10)
    brows: Colour = (0.27, 0.19, 0.16)
    lashes: Colour = (0.13, 0.09, 0.09)
    iris: Colour = (0.36, 0.60, 0.64)
    sclera: Colour = (0.93, 0.92, 0.91)
    pupil: Colour = (0.02, 0.02, 0.03)
    shell: Colour = (0.93, 0.94, 0.95)
    trim: Colour = (0.20, 0.22, 0.25)
    rubber: Colour = (0.25, 0.27, 0.30)
    accent: Colour = (0.25, 0.85, 0.86)
    teeth: Colour = (0.93, 0.91, 0.86)
    gums: Colour = (0.66, 0.32, 0.33)
    tongue: Colour = (0.70, 0.36, 0.38)
    cavity: Colour = (0.17, 0.04, 0.05)
    background_top: Colour = (0.80, 0.85, 0.89)
    background_bottom: Colour = (0.62, 0.68, 0.74)
    gloss: float = 1.0


def to_linear(colour: Colour) -> Float32[np.ndarray, "3"]:
    """Linear light of an sRGB colour. Source: IEC 61966-2-1."""
    c = np.array(colour, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


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
    texture = np.empty((len(y), len(x), 8), np.float32)
    texture[..., :3], texture[..., 3] = _paint(looks, grid_x, grid_y)
    texture[..., 4:7] = 0.5 + 0.5 * _find_detail(depth, texels_per_mm)
    texture[..., 7] = _find_shade(depth, texels_per_mm, grid_x, grid_y)
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
    colour *= (1 + 0.016 * _waves(x, y, 0.11, 1) + 0.012 * _waves(x, y, 0.9, 2))[..., None]

    def mix(share: np.ndarray, to: Colour) -> None:
        colour[:] += (to_linear(to) - colour) * np.clip(share, 0, 1)[..., None]

    mix(0.34 * _spot(side, y, (43, 30), (17, 15)), looks.blush)  # cheeks
    mix(0.24 * _spot(side, y, (0, 29), (10, 9)), looks.blush)  # tip of the nose
    mix(0.16 * _spot(side, y, (0, -48), (20, 12)), looks.blush)  # chin
    eye_x, eye_y, _ = EYE_MM
    mix(0.55 * _spot(side, y, (eye_x, eye_y), (17, 12)), looks.lids)
    mix(0.92 * _draw_brow(x, y), looks.brows)
    nostril = _spot(side, y, (6.6, 20.7), (3.6, 1.9)) ** 2
    mix(0.9 * smoothstep(0.1, 0.75, nostril), (0.22, 0.09, 0.08))
    gloss = 0.62 + 0.38 * _spot(side, y, (0, 36), (9, 26))
    gloss = gloss + 0.25 * _spot(side, y, (0, 100), (40, 20)) - 0.3 * _draw_brow(x, y)
    return colour, gloss


def _draw_brow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of brow, 0 to 1: soft strokes along an arch, thinning outwards."""
    side = np.abs(x)
    along = (side - 33.0) / 19.5
    arch = 82.5 + 4.2 * (1 - (along - 0.25) ** 2) - 2.4 * smoothstep(0.3, 1.0, along)
    half = (
        3.1 * (1 - 0.72 * smoothstep(-0.3, 1.0, along)) * (0.6 + 0.4 * smoothstep(-1, -0.6, along))
    )
    across = np.abs(y - arch) / half
    strokes = 0.86 + 0.12 * _waves(side * 3.4 - y * 1.6, y * 0.4, 2.0, 5)
    return smoothstep(1.2, 0.55, across) * smoothstep(1.02, 0.86, np.abs(along)) * strokes


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
    shade -= 0.14 * _spot(side, y, (0, 14), (14, 5.5))  # under the nose
    shade -= 0.10 * _spot(side, y, (0, -16), (18, 5.5))  # under the lower lip
    eye_x, eye_y, _ = EYE_MM
    shade -= 0.08 * _spot(side, y, (eye_x - 13, eye_y + 5), (6, 9))  # inner corner of the eye
    return np.clip(shade, 0.25, 1.12)


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
