"""Measurements at an image rate → the 50 Hz grid.

In: values at the times of their images, NaN where nothing was seen. Out: values at t = hop / 50,
finite, and a quality that is 0 where they were filled in. Between two images that are close in
time a cubic runs through both (with the slopes of their neighbours, so a short closure keeps its
depth); wider gaps are bridged by a line.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..timing import HOP_HZ

MAX_GAP_S: Final = 0.1  # images further apart than this were not seen in between


def retime(
    values: Float[np.ndarray, "images fields"],
    times_s: Float[np.ndarray, " images"],
    quality: Float[np.ndarray, " images"],
    n_hops: int,
) -> tuple[Float32[np.ndarray, "hops fields"], Float32[np.ndarray, " hops"]]:
    """Brings values from the times of images to the grid.

    Args:
        values: (T, L); rows with NaN where nothing was seen.
        times_s: (T,) seconds, ascending.
        quality: (T,) in [0, 1].
        n_hops: length of the result.

    Returns:
        (n_hops, L) values and (n_hops,) quality; where fewer than two images were seen, all zero.
        Before the first and after the last seen image its value is held; quality is 0 there from
        half of MAX_GAP_S on.
    """
    seen = np.isfinite(values).all(axis=1)
    values, times_s, quality = values[seen], times_s[seen], np.asarray(quality)[seen]
    if len(values) < 2:
        shape = (n_hops, values.shape[1])
        return np.zeros(shape, np.float32), np.zeros(n_hops, np.float32)
    at = np.arange(n_hops) / HOP_HZ
    after = np.searchsorted(times_s, at, side="right").clip(1, len(times_s) - 1)
    before = after - 1
    gap_s = times_s[after] - times_s[before]
    share = ((at - times_s[before]) / gap_s).clip(0, 1)
    slope = _find_slopes(values, times_s)
    on_grid = _run_cubic(
        values[before], values[after], slope[before], slope[after], gap_s[:, None], share[:, None]
    )
    beyond_s = np.maximum(times_s[0] - at, at - times_s[-1])
    is_seen = (gap_s <= MAX_GAP_S) & (beyond_s <= MAX_GAP_S / 2)
    certain = np.minimum(quality[before], quality[after])
    return on_grid.astype(np.float32), np.where(is_seen, certain, 0).astype(np.float32)


def _find_slopes(values: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Slope at each image, (T, L): of the parabola through it and its neighbours.

    At an end or beside a wide gap it is the slope towards the one neighbour that is left.
    """
    gap_s = np.diff(times_s)
    rise = np.diff(values, axis=0) / gap_s[:, None]
    before, after = np.concatenate([rise[:1], rise]), np.concatenate([rise, rise[-1:]])
    is_wide = gap_s > MAX_GAP_S
    before[1:][is_wide] = after[1:][is_wide]
    after[:-1][is_wide] = before[:-1][is_wide]
    gap_before, gap_after = np.append(gap_s[0], gap_s), np.append(gap_s, gap_s[-1])
    weight = (gap_after / (gap_before + gap_after))[:, None]  # the nearer neighbour counts more
    return weight * before + (1 - weight) * after


def _run_cubic(
    first: np.ndarray,
    second: np.ndarray,
    first_slope: np.ndarray,
    second_slope: np.ndarray,
    gap_s: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """The cubic with these ends and slopes, at `share` of the way; a line across a wide gap."""
    line = first + share * (second - first)
    first_bend = first_slope * gap_s - (second - first)
    second_bend = (second - first) - second_slope * gap_s
    bend = share * (1 - share) * ((1 - share) * first_bend + share * second_bend)
    return np.where(gap_s <= MAX_GAP_S, line + bend, line)
