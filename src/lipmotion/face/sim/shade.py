"""What a seen point looks like: the shading half of the rasteriser.

In: the samples that `raster.cover` found. Out: the image, RGB bytes. Samples become fragments
(`fragments.py`), fragments of one part become blocks (`gather.py`), a block is lit at once
(`light.py`), and its light goes to the pixels. Light is linear to the last line.
"""

from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float32, Int32, UInt8
from numpy import float32 as f32

from . import light as lt
from .fragments import Fragments, list_fragments, sort_by_part
from .gather import gather


class Surfaces(NamedTuple):
    """What is drawn, whatever the pose.

    Attributes:
        triangles: (F, 3) vertex numbers.
        parts: (F,) row of `materials`; lips and skin are different parts.
        materials: (P, N_MATERIAL_COLUMNS), see `tables.py`.
        texture: (rows, columns, 8) of the skin, see `looks.py`; the normal's channels from -1 to 1.
        texture_frame: (3,) x, y of its first texel in mm, and texels per mm.
    """

    triangles: Int32[np.ndarray, "triangles 3"]
    parts: Int32[np.ndarray, " triangles"]
    materials: Float32[np.ndarray, "parts columns"]
    texture: Float32[np.ndarray, "rows columns 8"]
    texture_frame: Float32[np.ndarray, "3"]


class Film(NamedTuple):
    """What light falls on.

    Attributes:
        wall: (H, W, 3) linear light where nothing is seen.
        developed: (H · W, 3) the wall as it looks in an image.
        scale: exposure, in steps of the curve per unit of light.
        curve: tone curve, bytes.
    """

    wall: Float32[np.ndarray, "height width 3"]
    developed: UInt8[np.ndarray, "pixels 3"]
    scale: np.float32
    curve: UInt8[np.ndarray, " steps"]


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def shade(
    normals: np.ndarray,
    marks: np.ndarray,
    screen: np.ndarray,
    surfaces: Surfaces,
    lights: np.ndarray,
    film: Film,
    samples: np.ndarray,
    first_row: int,
    end_row: int,
    fragments: Fragments,
    image: np.ndarray,
) -> None:
    """Colours a band of rows.

    Args:
        normals: (V, 3) of any length, head frame.
        marks: (V, 4), meaning by kind of material.
        screen: (V, 3) projected vertices.
        lights: (N_LIGHT_ROWS, 3).
        samples: of this band, from `raster.cover`.
        first_row, end_row: the band.
        fragments: room for those of the band.
        image: (H · W, 3) uint8, written.
    """
    width = film.wall.shape[1]
    image[first_row * width : end_row * width] = film.developed[first_row * width : end_row * width]
    n, n_edges = list_fragments(samples, first_row, end_row, surfaces.parts, film.wall, fragments)
    starts = np.empty(surfaces.materials.shape[0] + 1, np.int64)
    sort_by_part(fragments.triangles, n, surfaces.parts, starts, fragments.order)
    block = np.zeros((lt.N_BLOCK_ROWS, lt.LANES), np.float32)
    for part in range(starts.shape[0] - 1):
        material = surfaces.materials[part]
        lt.clear_block(block)
        for first in range(starts[part], starts[part + 1], lt.LANES):
            chosen = fragments.order[first : min(first + lt.LANES, starts[part + 1])]
            gather(
                chosen, fragments.triangles, fragments.places, surfaces.triangles, screen, normals,
                marks, material, lights, surfaces.texture, surfaces.texture_frame, block,
            )  # fmt: skip
            lt.light_block(block.reshape(-1), material, lights)
            _bring_light(
                block, chosen, fragments.pixels, fragments.shares, film.scale, film.curve,
                fragments.edge_light, image,
            )  # fmt: skip
    _develop_edges(
        fragments.edge_pixels[:n_edges], fragments.edge_light, film.scale, film.curve, image
    )


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def _bring_light(
    block: np.ndarray,
    chosen: np.ndarray,
    pixels: np.ndarray,
    shares: np.ndarray,
    scale: float,
    curve: np.ndarray,
    edge_light: np.ndarray,
    image: np.ndarray,
) -> None:
    """Light of a block to the image, or to the edge pixels that its fragments share."""
    for lane in range(chosen.shape[0]):
        k = np.uintp(lane)
        fragment = np.uintp(chosen[k])
        pixel = pixels[fragment]
        for channel in range(3):
            if pixel >= 0:
                image[np.uintp(pixel), channel] = _develop(block[channel, k] * scale, curve)
            else:
                edge_light[-1 - pixel, channel] += shares[fragment] * block[channel, k]


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def _develop_edges(
    edge_pixels: np.ndarray,
    edge_light: np.ndarray,
    scale: float,
    curve: np.ndarray,
    image: np.ndarray,
) -> None:
    for k in range(edge_pixels.shape[0]):
        for channel in range(3):
            image[edge_pixels[k], channel] = _develop(edge_light[k, channel] * scale, curve)


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _develop(step: float, curve: np.ndarray) -> int:
    return curve[np.uintp(min(f32(curve.shape[0] - 1), max(f32(0), step)))]
