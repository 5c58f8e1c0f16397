"""Watched people as lip shapes to follow: unbroken stretches in which lips were seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..watched import open_watched

Lips = Float32[np.ndarray, "_ fields"]
HELD_OUT_EVERY: Final = 12  # one film in so many is held out
MIN_HOPS: Final = 50


def read_people(folders: Sequence[Path]) -> tuple[list[Lips], list[Lips]]:
    """Reads watched folders.

    Returns:
        Stretches (T, 12) of at least a second to learn from, and those of held-out films.

    Raises:
        RecordingError: a folder is not a finished watched folder.
    """
    sides: tuple[list[Lips], list[Lips]] = ([], [])
    for folder in folders:
        watched = open_watched(folder)
        for number, segment in enumerate(watched.segments()):
            track = watched.read_lips(segment)
            is_held_out = number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
            sides[is_held_out].extend(find_stretches(track.values, track.quality > 0))
    return sides


def find_stretches(values: Lips, is_seen: np.ndarray) -> list[Lips]:
    """Unbroken stretches of seen hops, of at least MIN_HOPS."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_seen, [False]]).astype(int)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [np.array(values[a:b]) for a, b in pairs if b - a >= MIN_HOPS]
