"""A person's films → what teaches, what picks the weights and what judges.

In: a watched folder. Out: `Parts`, each a list of `Excerpt`s: stretches of segments. Whole films go
to one part, so that no moment of a film that taught judges. Only where there are fewer than three
films are they cut by time: first what teaches, then what checks, then what judges, with a gap
between them that is longer than what the encoder remembers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import RecordingError
from ..lips import LipTrack
from ..timing import HOP_HZ, HOP_SAMPLES
from ..watched import Segment, WatchedFolder

SHARES: Final = {"learn": 0.6, "check": 0.15, "held_out": 0.25}  # of the speech
GAP_S: Final = 3.0  # the encoder hears 2 s back and 0.3 s ahead
LEAST_SPEECH_S: Final = 30.0
LEAST_HOPS: Final = 25  # shorter rests of a segment tell nothing


@dataclass(frozen=True)
class Excerpt:
    """Hops [start, end) of a segment."""

    segment: Segment
    start: int
    end: int


@dataclass(frozen=True)
class Parts:
    """What teaches, what picks the weights, what judges.

    Attributes:
        person: whose.
        learn, check, held_out: excerpts in the order of the films.
        by_time: the films were cut, for there were fewer than three.
        speech_s: seconds of speech of each part, by its name.
    """

    person: str
    learn: tuple[Excerpt, ...]
    check: tuple[Excerpt, ...]
    held_out: tuple[Excerpt, ...]
    by_time: bool
    speech_s: Mapping[str, float]


@dataclass(frozen=True)
class HeldOut:
    """An excerpt that judges: the person's lips and what was heard in its sound, in one unit.

    Attributes:
        name: of the excerpt.
        person: how the lips moved.
        before, after: (T, 12) what the head meant before and after it learned from the person.
    """

    name: str
    person: LipTrack
    before: Float32[np.ndarray, "hops fields"]
    after: Float32[np.ndarray, "hops fields"]


def split_voice(watched: WatchedFolder, person: str | None, *, seed: int) -> Parts:
    """Splits a person's films.

    Args:
        watched: a watched folder.
        person: whose films; None = of the only person in it.
        seed: draws which films go where.

    Raises:
        RecordingError: nobody or several people to choose from, or too little speech.
    """
    segments = watched.segments()
    who = _choose(watched, segments, person)
    films: dict[str, list[Segment]] = {}
    for segment in sorted(segments, key=lambda s: (s.source, s.start_s)):
        if segment.person == who:
            films.setdefault(segment.source, []).append(segment)
    spoken = {name: [watched.read_lips(s).in_speech for s in own] for name, own in films.items()}
    total_s = sum(float(part.sum()) for parts in spoken.values() for part in parts) / HOP_HZ
    if total_s < LEAST_SPEECH_S:
        raise RecordingError(
            f"{watched.folder}: {total_s:.1f} s of speech of {who}; at least "
            f"{LEAST_SPEECH_S:.0f} s are needed"
        )
    by_time = len(films) < len(SHARES)
    excerpts = _cut(films, spoken) if by_time else _deal(films, spoken, seed)
    speech_s = {
        name: float(sum(watched.read_lips(e.segment).in_speech[e.start : e.end].sum() for e in own))
        / HOP_HZ
        for name, own in excerpts.items()
    }
    for name, own_s in speech_s.items():
        if own_s < 1:
            raise RecordingError(
                f"{watched.folder}: {who} hardly speaks in what would be the part {name} "
                f"({own_s:.1f} s); add a film"
            )
    learn, check, held_out = (tuple(excerpts[name]) for name in SHARES)
    return Parts(who, learn, check, held_out, by_time, speech_s)


def read_excerpt(
    watched: WatchedFolder, excerpt: Excerpt
) -> tuple[Float32[np.ndarray, " samples"], LipTrack]:
    """Its sound and lips, on the same hops; silence fills in where the sound ends early."""
    track = watched.read_lips(excerpt.segment)
    rows = slice(excerpt.start, excerpt.end)
    lips = LipTrack(track.values[rows], track.quality[rows], track.in_speech[rows])
    sound = np.zeros(len(lips) * HOP_SAMPLES, np.float32)
    heard = watched.read_sound(excerpt.segment)[excerpt.start * HOP_SAMPLES :][: len(sound)]
    sound[: len(heard)] = heard
    return sound, lips


def _choose(watched: WatchedFolder, segments: Sequence[Segment], person: str | None) -> str:
    there = sorted({segment.person for segment in segments})
    if not there:
        reasons = [segment.reason for segment in watched.finished()]
        why = f": {reasons[0]}" if reasons else ""
        raise RecordingError(f"{watched.folder}: none of its {len(reasons)} films can be used{why}")
    if person is not None and person not in there:
        raise RecordingError(f"{watched.folder}: no films of {person}; there are {_list(there)}")
    if person is None and len(there) > 1:
        raise RecordingError(
            f"{watched.folder}: holds films of {len(there)} people ({_list(there)}); a voice is "
            "one person's: name it with --person"
        )
    return person or there[0]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _deal(
    films: Mapping[str, Sequence[Segment]], spoken: Mapping[str, Sequence[np.ndarray]], seed: int
) -> dict[str, list[Excerpt]]:
    """Whole films, the long ones first, each to the part that lacks most."""
    rng = np.random.default_rng([seed, 11])
    lengths = {name: float(sum(part.sum() for part in spoken[name])) for name in films}
    names = [list(films)[k] for k in rng.permutation(len(films))]
    names.sort(key=lambda name: -lengths[name])
    lacking = {part: share * sum(lengths.values()) for part, share in SHARES.items()}
    given: dict[str, list[str]] = {part: [] for part in SHARES}
    for k, name in enumerate(names):
        empty = [part for part in SHARES if not given[part]]
        open_to = empty if len(names) - k <= len(empty) else list(SHARES)
        part = max(open_to, key=lambda p: lacking[p])
        given[part].append(name)
        lacking[part] -= lengths[name]
    return {
        part: [
            Excerpt(segment, 0, len(flags))
            for name in films
            if name in given[part]
            for segment, flags in zip(films[name], spoken[name], strict=True)
        ]
        for part in SHARES
    }


def _cut(
    films: Mapping[str, Sequence[Segment]], spoken: Mapping[str, Sequence[np.ndarray]]
) -> dict[str, list[Excerpt]]:
    """Each film by time: [0, 60 %) teaches, [60, 75 %) checks, the rest judges, with gaps."""
    excerpts: dict[str, list[Excerpt]] = {part: [] for part in SHARES}
    for name, own in films.items():
        first = [round(segment.start_s * HOP_HZ) for segment in own]
        speech = np.concatenate(
            [at + np.flatnonzero(flags) for at, flags in zip(first, spoken[name], strict=True)]
        )
        ends = [
            np.quantile(speech, share) if len(speech) else 0.0
            for share in np.cumsum([*SHARES.values()])[:-1]
        ]
        half = GAP_S * HOP_HZ / 2
        spans = (
            (-np.inf, ends[0] - half),
            (ends[0] + half, ends[1] - half),
            (ends[1] + half, np.inf),
        )
        for part, (start, end) in zip(SHARES, spans, strict=True):
            for segment, at, flags in zip(own, first, spoken[name], strict=True):
                low = int(np.clip(start - at, 0, len(flags)))
                high = int(np.clip(end - at, 0, len(flags)))
                if high - low >= LEAST_HOPS:
                    excerpts[part].append(Excerpt(segment, low, high))
    return excerpts
