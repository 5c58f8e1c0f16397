"""Telling moments of a clip: where lips close, open and round.

In: a person's lips with their range, or the phones of synthetic speech. Out: `Moment`s in order of
time, at least 120 ms apart: half of them closures where there are so many.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..lips import LipTrack, measure_rounding
from ..runs import Runs
from ..timing import HOP_HZ
from .align_files import Word
from .metrics import SpeechRange, find_closed, find_closures, find_rounded
from .sources import Spoken, take_evenly
from .spoken import tell_rounding

CLOSED, OPEN, ROUND = "closed", "open", "round"
N_MOMENTS: Final = 8
_APART_S: Final = 0.12
_OPEN_FROM: Final = 0.3  # of the person's range of speech
_OPEN_VOWELS: Final = tuple("aæɑɐɛ")


@dataclass(frozen=True)
class Moment:
    """A time of a clip, s, what lips do there, and the word or phone that is said ("" = unknown).

    `kind` is one of closed, open, round, or "" for any time.
    """

    time_s: float
    kind: str
    said: str = ""


def find_moments(
    lips: LipTrack, own: SpeechRange, words: Sequence[Word] = (), n_moments: int = N_MOMENTS
) -> list[Moment]:
    """Moments of a person's clip: middles of closures, widest openings, roundest lips."""
    aperture = lips.field("aperture")
    closures = find_closures(find_closed(aperture, own), lips.in_speech)
    rounding = measure_rounding(lips.values)
    rounded = [_peak(run, rounding) for run in find_rounded(lips.values, own, lips.in_speech)]
    wide = lips.in_speech & (aperture > own.contact + _OPEN_FROM * own.span("aperture"))
    before, at, after = aperture[:-2], aperture[1:-1], aperture[2:]
    tops = 1 + np.flatnonzero(wide[1:-1] & (at >= before) & (at > after))
    openings = sorted(tops.tolist(), key=lambda hop: -aperture[hop])
    spoken = np.flatnonzero(lips.in_speech) if lips.in_speech.any() else np.arange(len(lips))
    found = _choose(
        {
            CLOSED: [float(run.mean()) / HOP_HZ for run in closures],
            ROUND: [hop / HOP_HZ for hop in sorted(rounded, key=lambda hop: -rounding[hop])],
            OPEN: [hop / HOP_HZ for hop in openings],
        },
        n_moments,
        (float(spoken[0]) / HOP_HZ, float(spoken[-1]) / HOP_HZ),
    )
    return [Moment(m.time_s, m.kind, _find_word(words, m.time_s)) for m in found]


def find_spoken_moments(spoken: Spoken, n_moments: int = N_MOMENTS) -> list[Moment]:
    """Moments of synthetic speech: middles of the holds of p b m, of open and of round vowels."""
    is_round = [tell_rounding(phone.name, spoken.engine) is True for phone in spoken.phones]
    is_open = [phone.name.lower().startswith(_OPEN_VOWELS) for phone in spoken.phones]
    middle_s = [(phone.start_s + phone.end_s) / 2 for phone in spoken.phones]
    named = {
        kind: take_evenly([t for t, is_so in zip(middle_s, own, strict=True) if is_so], n_moments)
        for kind, own in ((ROUND, is_round), (OPEN, is_open))
    }
    closed = [(hold.start_s + hold.end_s) / 2 for hold in spoken.closures]
    span_s = spoken.phones[0].start_s, spoken.phones[-1].end_s
    found = _choose({CLOSED: closed, **named}, n_moments, span_s)
    said = [Word(p.start_s, p.end_s, p.name) for p in (*spoken.closures, *spoken.phones)]
    return [Moment(m.time_s, m.kind, _find_word(said, m.time_s)) for m in found]


def _choose(
    times_s: dict[str, list[float]], n_moments: int, span_s: tuple[float, float]
) -> list[Moment]:
    """Half closures, evenly taken; the others in turn, best first; the rest anywhere in a span."""
    closed = take_evenly(times_s[CLOSED], n_moments // 2) if times_s[CLOSED] else []
    found: list[Moment] = []
    _add(found, ((t, CLOSED) for t in closed), n_moments)
    rest = {kind: list(times_s[kind]) for kind in (OPEN, ROUND)}
    while len(found) < n_moments and any(rest.values()):
        for kind, times in rest.items():
            while times and not _add(found, [(times.pop(0), kind)], n_moments):
                pass
    for n_times in (n_moments, 4 * n_moments):
        _add(found, ((t, "") for t in np.linspace(*span_s, n_times + 2)[1:-1].tolist()), n_moments)
    return sorted(found, key=lambda moment: moment.time_s)


def _add(found: list[Moment], new: Iterable[tuple[float, str]], most: int) -> bool:
    """Adds what is far enough from all others; whether anything was."""
    n_before = len(found)
    for time_s, kind in new:
        is_alone = all(abs(time_s - other.time_s) >= _APART_S for other in found)
        if is_alone and len(found) < most:
            found.append(Moment(time_s, kind))
    return len(found) > n_before


def _find_word(words: Sequence[Word], time_s: float) -> str:
    return next((word.name for word in words if word.start_s <= time_s < word.end_s), "")


def _peak(run: Runs | np.ndarray, curve: np.ndarray) -> int:
    start, end = (int(hop) for hop in run)
    return start + int(curve[start:end].argmax())
