"""A film brought to the quality of another: smaller, and compressed as JPEG does.

In: images (H, W, 3) uint8. Out: the same, poorer. A robot filmed large and clean would be tracked
better than the person it is compared with.

Source: ITU-T T.81 (JPEG), Annex K tables, and the quality scale of the Independent JPEG Group. Only
what loses information is done (colour, half-size colour, cosine transform, rounding); nothing is
coded into bytes.
"""

from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

_LUMA: Final = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    float,
)
_CHROMA: Final = np.full((8, 8), 99.0)
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
_TO_YCC: Final = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
_TO_RGB: Final = np.linalg.inv(_TO_YCC)
_BAND: Final = 16
_at = np.arange(8)
_COSINE: Final = np.sqrt(2 / 8) * np.cos((2 * _at + 1) * _at[:, None] * np.pi / 16)
_COSINE[0] /= np.sqrt(2)


def resize(
    image: UInt8[np.ndarray, "height width 3"], scale: float
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """The image `scale` times as large, at least 16 pixels a side; smooth, without moiré.

    A pixel of the result is the mean of what it covers, weighted by a triangle.
    """
    if scale == 1:
        return image
    height, width = image.shape[:2]
    new_height, new_width = (max(16, round(n * scale)) for n in (height, width))
    mixed = _mix(image.reshape(height, -1).astype(float), new_height).reshape(-1, width, 3)
    across = np.ascontiguousarray(mixed.transpose(1, 0, 2)).reshape(width, -1)
    whole = _mix(across, new_width).reshape(new_width, new_height, 3).transpose(1, 0, 2)
    return np.ascontiguousarray(np.rint(whole.clip(0, 255)), np.uint8)


def compress(
    image: UInt8[np.ndarray, "height width 3"], quality: int
) -> UInt8[np.ndarray, "height width 3"]:
    """The image after JPEG of this quality, 1 to 100.

    Raises:
        ValueError: there is no such quality.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"JPEG quality is {quality}, allowed 1 to 100")
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    luma, chroma = (
        np.floor((table * percent + 50) / 100).clip(1, 255) for table in (_LUMA, _CHROMA)
    )
    height, width = image.shape[:2]
    padded = np.pad(image, ((0, -height % 16), (0, -width % 16), (0, 0)), mode="edge")
    planes = padded.astype(float) @ _TO_YCC.T  # (H, W, 3)
    bright = _round_blocks(planes[..., 0] - 128, luma) + 128
    half = planes[..., 1:].reshape(len(padded) // 2, 2, padded.shape[1] // 2, 2, 2).mean((1, 3))
    colours = [_round_blocks(half[..., k], chroma).repeat(2, 0).repeat(2, 1) for k in (0, 1)]
    rgb = np.stack([bright, *colours], axis=-1)[:height, :width] @ _TO_RGB.T
    return np.rint(rgb.clip(0, 255)).astype(np.uint8)


def _mix(rows: Float[np.ndarray, "in values"], n_out: int) -> Float[np.ndarray, "out values"]:
    """Weighted means of rows; in bands, as nearly all weights are 0."""
    mixed = np.empty((n_out, rows.shape[1]))
    for start, first, weights in _cut_bands(len(rows), n_out):
        mixed[start : start + len(weights)] = weights @ rows[first : first + weights.shape[1]]
    return mixed


@cache
def _cut_bands(n_in: int, n_out: int) -> list[tuple[int, int, Float[np.ndarray, "out in"]]]:
    """First row out, first row in, and the weights between, 16 rows of the result at a time."""
    bands = []
    weights = _weigh(n_in, n_out)
    for start in range(0, n_out, _BAND):
        own = weights[start : start + _BAND]
        used = np.flatnonzero(own.any(axis=0))
        bands.append((start, int(used[0]), own[:, used[0] : used[-1] + 1]))
    return bands


def _weigh(n_in: int, n_out: int) -> Float[np.ndarray, "out in"]:
    """(n_out, n_in) weights of a triangle as wide as two pixels of the coarser grid."""
    step = n_in / n_out
    centre = (np.arange(n_out) + 0.5) * step - 0.5
    apart = np.abs(np.arange(n_in) - centre[:, None]) / max(1.0, step)
    weights = (1 - apart).clip(0)
    return weights / weights.sum(axis=1, keepdims=True)


def _round_blocks(
    plane: Float[np.ndarray, "height width"], table: Float[np.ndarray, "8 8"]
) -> Float[np.ndarray, "height width"]:
    """Cosine transform of 8 × 8 blocks, rounded to multiples of the table, and back."""
    height, width = plane.shape
    blocks = plane.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3)
    waves = np.rint(_COSINE @ blocks @ _COSINE.T / table) * table
    return (_COSINE.T @ waves @ _COSINE).transpose(0, 2, 1, 3).reshape(height, width)
