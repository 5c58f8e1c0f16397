"""Parts of a file's sound, cut out in one pass.

In: a path and stretches of time; out: each stretch at 16 kHz mono. No more is held at a time than
from the beginning of the earliest stretch that is not finished. A file that ends early, or breaks
off, gives silence from there on, and says from when.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..errors import MediaError
from ..timing import SAMPLE_RATE_HZ
from .sound import open_sound


def cut_sound(
    path: Path, spans_s: Sequence[tuple[float, float]]
) -> Iterator[tuple[int, Float32[np.ndarray, " samples"], int]]:
    """Yields each span's number, its samples, and how many of them the file really holds.

    Args:
        path: a sound or video file.
        spans_s: (start, end) in seconds from the file's start, in any order; they may overlap.

    Raises:
        MediaError: the file has no sound that can be read.
    """
    bounds = [tuple(max(round(s * SAMPLE_RATE_HZ), 0) for s in span) for span in spans_s]
    owed = sorted(range(len(bounds)), key=lambda k: bounds[k][1])
    kept, first, end = [np.zeros(0, np.float32)], 0, 0
    blocks = open_sound(path).blocks(SAMPLE_RATE_HZ, 1)
    while owed:
        block = _next_block(blocks, is_begun=end > 0)
        if block is not None:
            kept.append(block)
            end += len(block)
        while owed and (block is None or bounds[owed[0]][1] <= end):
            number = owed.pop(0)
            held = np.concatenate(kept)
            start, stop = bounds[number]
            part = held[max(start - first, 0) : max(stop - first, 0)]
            filled = np.zeros(max(stop - start, 0), np.float32)
            filled[: len(part)] = part
            yield number, filled, len(part)
            least = min((bounds[k][0] for k in owed), default=end)
            held = held[max(least - first, 0) :]
            first, kept = max(first, min(least, end)), [held]


def _next_block(
    blocks: Iterator[Float32[np.ndarray, "samples channels"]], *, is_begun: bool
) -> np.ndarray | None:
    """The next block, or None at the end, also at one that comes too early."""
    try:
        block = next(blocks, None)
    except MediaError:
        if not is_begun:
            raise
        return None
    return None if block is None else block[:, 0]
