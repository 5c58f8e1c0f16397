"""Watched people as lip shapes to follow: unbroken stretches in which lips were seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..runs import find_runs
from ..watched import open_watched

Lips = Float32[np.ndarray, "_ fields"]
HELD_OUT_EVERY: Final = 12  # one film in so many is held out
MIN_HOPS: Final = 50


@dataclass(frozen=True)
class People:
    """Whose lips a robot learns to follow.

    Attributes:
        followed: stretches (T, 12) of at least a second to learn from.
        held_out: stretches of other films, to judge by.
        licences: of their films, as stated when they were watched.
        aperture_span: 5 to 95 % of the aperture in speech, mean over the persons; 0 = nobody.
    """

    followed: tuple[Lips, ...] = ()
    held_out: tuple[Lips, ...] = ()
    licences: tuple[str, ...] = ()
    aperture_span: float = 0.0


def read_people(
    folders: Sequence[Path], *, test: Collection[str] = (), check: Collection[str] | None = None
) -> People:
    """Reads watched folders.

    Args:
        folders: made by `lipmotion watch`.
        test: films, as `person/name`, that are not read at all.
        check: films to judge by; None = one in HELD_OUT_EVERY.

    Raises:
        RecordingError: a folder is not a finished watched folder.
    """
    sides: tuple[list[Lips], list[Lips]] = ([], [])
    licences: list[str] = []
    spoken: dict[str, list[np.ndarray]] = {}
    for folder in folders:
        watched = open_watched(folder)
        for number, segment in enumerate(watched.segments()):
            name = f"{segment.person}/{segment.name}"
            if name in test:
                continue
            is_nth = number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
            is_judge = is_nth if check is None else name in check
            track = watched.read_lips(segment)
            sides[is_judge].extend(find_stretches(track.values, track.quality > 0))
            licences.append(segment.licence)
            is_spoken = track.in_speech & (track.quality > 0)
            spoken.setdefault(segment.person, []).append(track.field("aperture")[is_spoken])
    followed, held_out = (tuple(side) for side in sides)
    spans = [measure_span(np.concatenate(parts)) for parts in spoken.values()]
    span = float(np.mean(spans)) if spans else 0.0
    return People(followed, held_out, tuple(sorted({x for x in licences if x})), span)


def measure_span(aperture: Float32[np.ndarray, " hops"]) -> float:
    """5 to 95 % of an aperture; 0 of nothing."""
    low, high = np.percentile(aperture, (5, 95)) if len(aperture) else (0, 0)
    return float(high - low)


def find_stretches(values: Lips, is_seen: np.ndarray) -> list[Lips]:
    """Unbroken stretches of seen hops, of at least MIN_HOPS."""
    return [np.array(values[a:b]) for a, b in find_runs(is_seen) if b - a >= MIN_HOPS]
