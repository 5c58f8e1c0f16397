"""Fragments: the samples of a pixel that see one surface are shaded together, once.

In: samples of `raster.cover`. Out: a list of fragments, row by row, and the pixels in which more
than one of them (or the wall) shows. Samples are one surface where they see the same part with no
step in depth between them.

Source: centroid shading, as in multisample anti-aliasing of the OpenGL specification, chapter
"Multisampling".
"""

from typing import Final, NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float32, Int32
from numpy import float32 as f32

from .raster import (
    CHUNK,
    CHUNK_PX,
    N_SAMPLES,
    PER_CHUNK,
    SAMPLE_X,
    SAMPLE_Y,
    measure_stride,
)

_STEP: Final = f32(6e-3)  # share of the distance, about 3 mm: a deeper step is another surface
_ZERO, _ONE = f32(0), f32(1)


class Fragments(NamedTuple):
    """Room for the fragments of a band; n of them, in m edge pixels.

    Attributes:
        triangles: (n,) which triangle it is shaded as.
        places: (n, 2) where, px: the middle of its samples.
        pixels: (n,) its pixel, row · width + column, or -1 - k where it shares edge pixel k.
        shares: (n,) its share of the pixel.
        order: (n,) sorted by part.
        edge_pixels: (m,) row · width + column of the pixels that more than one fragment shares.
        edge_light: (m, 3) the light in them, linear.
    """

    triangles: Int32[np.ndarray, " n"]
    places: Float32[np.ndarray, "n 2"]
    pixels: Int32[np.ndarray, " n"]
    shares: Float32[np.ndarray, " n"]
    order: Int32[np.ndarray, " n"]
    edge_pixels: Int32[np.ndarray, " m"]
    edge_light: Float32[np.ndarray, "m 3"]


def make_fragments(n_pixels: int) -> Fragments:
    """Room for a band of so many pixels."""
    n = n_pixels * N_SAMPLES
    return Fragments(
        np.empty(n, np.int32),
        np.empty((n, 2), np.float32),
        np.empty(n, np.int32),
        np.empty(n, np.float32),
        np.empty(n, np.int32),
        np.empty(n_pixels, np.int32),
        np.empty((n_pixels, 3), np.float32),
    )


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def list_fragments(
    samples: np.ndarray,
    first_row: int,
    end_row: int,
    parts: np.ndarray,
    wall: np.ndarray,
    fragments: Fragments,
) -> tuple[int, int]:
    """Lists the fragments of a band.

    Args:
        samples: of the band, from `raster.cover`.
        first_row, end_row: the band.
        parts: (F,) what each triangle belongs to.
        wall: (H, W, 3) linear light where nothing is seen.
        fragments: written, all but `order`; edge pixels hold the wall's share of their light.

    Returns:
        How many fragments, and how many edge pixels.
    """
    n = n_edges = 0
    triangles, places, pixels = fragments.triangles, fragments.places, fragments.pixels
    shares, edge_pixels, edge_light = fragments.shares, fragments.edge_pixels, fragments.edge_light
    for row in range(first_row, end_row):
        n, n_edges = _list_row(
            samples, (row - first_row) * measure_stride(wall.shape[1]), row, parts, wall,
            triangles, places, pixels, shares, edge_pixels, edge_light, n, n_edges,
        )  # fmt: skip
    return n, n_edges


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def _list_row(
    samples: np.ndarray,
    first: int,
    row: int,
    parts: np.ndarray,
    wall: np.ndarray,
    triangles: np.ndarray,
    places: np.ndarray,
    pixels: np.ndarray,
    shares: np.ndarray,
    edge_pixels: np.ndarray,
    edge_light: np.ndarray,
    n: int,
    n_edges: int,
) -> tuple[int, int]:
    """Lists a row whose samples begin at `first`, after n fragments and n_edges edge pixels."""
    width = wall.shape[1]
    for chunk in range((width + CHUNK_PX - 1) // CHUNK_PX):
        begin = np.uintp(first + chunk * CHUNK)
        seen = _ZERO
        for i in range(PER_CHUNK):
            seen += samples[begin + np.uintp(PER_CHUNK + i)]
        if seen == _ZERO:
            continue  # nothing but the wall
        for x in range(chunk * CHUNK_PX, min(width, (chunk + 1) * CHUNK_PX)):
            at = begin + np.uintp(x % CHUNK_PX * N_SAMPLES)
            of = at + np.uintp(PER_CHUNK)
            w0, w1, w2, w3 = samples[at], samples[at + 1], samples[at + 2], samples[at + 3]
            s0, s1, s2, s3 = samples[of], samples[of + 1], samples[of + 2], samples[of + 3]
            if s0 + s1 + s2 + s3 == _ZERO:
                continue
            step = w0 * _STEP
            if abs(w1 - w0) <= step and abs(w2 - w0) <= step and abs(w3 - w0) <= step:
                part = parts[np.uintp(s0) - 1]
                if (s0 == s1 and s0 == s2 and s0 == s3) or (
                    parts[np.uintp(s1) - 1] == part
                    and parts[np.uintp(s2) - 1] == part
                    and parts[np.uintp(s3) - 1] == part
                ):
                    triangles[n] = int(s0) - 1
                    places[n, 0], places[n, 1] = f32(x) + f32(0.5), f32(row) + f32(0.5)
                    pixels[n], shares[n] = row * width + x, _ONE
                    n += 1
                    continue
            edge_pixels[n_edges] = row * width + x
            for channel in range(3):
                edge_light[n_edges, channel] = _ZERO
            n_edges += 1
            n = _split_pixel(
                samples, at, row, x, parts, wall, triangles, places, pixels, shares,
                edge_light, n, n_edges,
            )  # fmt: skip
    return n, n_edges


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def _split_pixel(
    samples: np.ndarray,
    at: int,
    row: int,
    x: int,
    parts: np.ndarray,
    wall: np.ndarray,
    triangles: np.ndarray,
    places: np.ndarray,
    pixels: np.ndarray,
    shares: np.ndarray,
    edge_light: np.ndarray,
    n: int,
    n_edges: int,
) -> int:
    """Lists the fragments of the last edge pixel, whose samples begin at `at`, after n others."""
    done = 0
    for s in range(N_SAMPLES):
        if done & (1 << s):
            continue
        t, w = int(samples[at + PER_CHUNK + s]) - 1, samples[at + s]
        count = _ONE
        cx, cy = SAMPLE_X[s], SAMPLE_Y[s]
        for r in range(s + 1, N_SAMPLES):
            other = int(samples[at + PER_CHUNK + r]) - 1
            if done & (1 << r) or (t < 0) != (other < 0):
                continue
            if t >= 0 and (parts[other] != parts[t] or abs(samples[at + r] - w) > w * _STEP):
                continue
            done |= 1 << r
            count += _ONE
            cx += SAMPLE_X[r]
            cy += SAMPLE_Y[r]
        share = f32(0.25) * count
        if t < 0:
            for channel in range(3):
                edge_light[n_edges - 1, channel] += share * wall[row, x, channel]
            continue
        triangles[n], shares[n], pixels[n] = t, share, -n_edges
        places[n, 0], places[n, 1] = f32(x) + cx / count, f32(row) + cy / count
        n += 1
    return n


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def sort_by_part(
    triangles: np.ndarray, n: int, parts: np.ndarray, starts: np.ndarray, order: np.ndarray
) -> None:
    """Sorts fragments by the part they show.

    Args:
        triangles: (n,) of the fragments.
        parts: (F,) what each triangle belongs to.
        starts: (P + 1,), written: where each part begins in `order`.
        order: (n,), written: numbers of fragments.
    """
    starts[:] = 0
    for k in range(n):
        starts[parts[triangles[k]] + 1] += 1
    for part in range(starts.shape[0] - 1):
        starts[part + 1] += starts[part]
    for k in range(n):
        part = parts[triangles[k]]
        order[starts[part]] = k
        starts[part] += 1
    for part in range(starts.shape[0] - 1, 0, -1):
        starts[part] = starts[part - 1]
    starts[0] = 0
