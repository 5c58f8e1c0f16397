"""Speech whose phones are known, against lips: p b m close, f v do not, u o w y are round.

In: labelled speech (`sources.Spoken`) and lip tracks, planned or seen. Out: a `ClipScore` each.

Conventions: nothing is taken off, not even a lag: the labels are on the sound's clock. Labelled
closures less than 40 ms apart (b m) are one. A planned aperture below 0 is pressed: it counts as 0.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from ..lips import LIP_INDEX, LipTrack, measure_rounding
from ..runs import Runs
from ..timing import HOP_HZ
from .align import Lag
from .events import match_runs
from .metrics import (
    MAX_CLOSURE_HOPS,
    Share,
    SpeechRange,
    find_closed,
    find_closures,
    fit_range,
    measure_chance,
)
from .scores import ClipScore, summarise
from .sources import Phone, Spoken
from .suite import MethodScore

ROUND_PERCENTILE: Final = 75.0
_MERGE_S: Final = 0.04
_NEAR: Final = 0.5  # of the speech range of the aperture: lips near each other
_SILENT: Final = ("", "pau", "#", "_", "sil")
_BY_LETTERS: Final = ("flite", "festival", "cmudict")  # spell phones in letters, not in IPA
_ROUND_LETTERS: Final = ("uw", "ow", "w", "u", "o", "oo", "uu")
_WIDE_LETTERS: Final = ("iy", "ih", "ey", "eh", "ae", "aa", "i", "e", "a", "ii", "ee", "E")


def score_speech(
    spoken: Sequence[Spoken],
    tracks: Sequence[LipTrack],
    noise: Float32[np.ndarray, " fields"] | None = None,
    *,
    rng: np.random.Generator,
) -> dict[str, MethodScore]:
    """One method, all together ("") and by engine.

    Args:
        spoken: the speech.
        tracks: lips of each, on its hops; the robot's range is taken over all of them.
        noise: (12,) the tracker's on this robot at rest; None = lips that were planned.
        rng: draws.
    """
    own = fit_range(tracks, noise=noise)
    is_round_at = find_round_level(tracks)
    clips = [
        score_utterance(s, track, own, is_round_at, rng=rng)
        for s, track in zip(spoken, tracks, strict=True)
    ]
    nowhere = Lag(0.0, 0.0, is_defined=False)
    found = {}
    for engine in ("", *dict.fromkeys(s.engine for s in spoken)):
        some = [c for c, s in zip(clips, spoken, strict=True) if engine in ("", s.engine)]
        figures = {name: summarise(some, name, rng=rng) for name in some[0].shares}
        found[engine] = MethodScore(nowhere, figures, some, {})
    return found


def score_utterance(
    spoken: Spoken,
    track: LipTrack,
    own: SpeechRange,
    is_round_at: float,
    *,
    rng: np.random.Generator,
) -> ClipScore:
    """All measures of one utterance."""
    closed = find_closed(track.field("aperture"), own)
    found = find_closures(closed, track.in_speech)
    wanted = find_labelled(spoken.closures, len(track))
    score = match_runs(wanted, found)
    shares = {
        "bilabial_f1": Share(2.0 * score.n_matched, float(score.n_human + score.n_robot)),
        "bilabial_recall": Share(float(score.n_matched), float(score.n_human)),
        "bilabial_precision": Share(float(score.n_matched), float(score.n_robot)),
        "bilabial_chance": measure_chance(
            wanted, closed, track.in_speech, max_hops=MAX_CLOSURE_HOPS, rng=rng
        ),
        "labiodental": score_labiodental(spoken.phones, track, closed, own),
        "vowel_rounding_f1": score_rounding(spoken.phones, spoken.engine, track, own, is_round_at),
    }
    return ClipScore(spoken.case.name, spoken.case.person, spoken.case.language, shares)


def find_labelled(closures: Sequence[Phone], n_hops: int) -> Runs:
    """Labelled closures as runs (n, 2) of hops, those close together as one."""
    runs: list[list[int]] = []
    last_s = -1.0
    for phone in sorted(closures, key=lambda phone: phone.start_s):
        start, end = round(phone.start_s * HOP_HZ), max(round(phone.end_s * HOP_HZ), 1)
        end = min(max(end, start + 1), n_hops)
        if start >= n_hops:
            continue
        if runs and phone.start_s - last_s < _MERGE_S:
            runs[-1][1] = max(end, runs[-1][1])
        else:
            runs.append([start, end])
        last_s = max(last_s, phone.end_s)
    return np.array(runs, np.intp).reshape(-1, 2)


def find_spoken(spoken: Spoken, n_hops: int) -> Bool[np.ndarray, " hops"]:
    """From the first phone to the last, (T,); pauses of 300 ms and more are left out."""
    speaks = np.zeros(n_hops, bool)
    heard = [p for p in spoken.phones if p.name not in _SILENT]
    for before, phone in zip([None, *heard], heard, strict=False):
        start_s = phone.start_s
        if before is not None and phone.start_s - before.end_s < 0.3:
            start_s = before.end_s
        speaks[round(start_s * HOP_HZ) : round(phone.end_s * HOP_HZ)] = True
    return speaks


def to_planned(
    shapes: Float32[np.ndarray, "hops fields"], in_speech: Bool[np.ndarray, " hops"]
) -> LipTrack:
    """Lips that were meant, as a track; what is pressed is closed."""
    values = np.array(shapes, np.float32)
    columns = [LIP_INDEX[f"aperture{side}"] for side in ("", "_left", "_right")]
    values[:, columns] = values[:, columns].clip(0)
    return LipTrack(values, np.ones(len(values), np.float32), in_speech)


def tell_rounding(name: str, engine: str) -> bool | None:
    """Whether a phone is one of u o w y (True), i e a (False), or neither (None)."""
    plain = name.rstrip("0123456789:-ː")
    if (engine, plain) == ("cmudict", "ao"):  # GRID's people round for it most of all: 25 of 27
        return True
    if engine in _BY_LETTERS:
        if plain in _ROUND_LETTERS:
            return True
        return False if plain in _WIDE_LETTERS else None
    if plain[:1] in tuple("uowyʊø"):
        return True
    is_wide = plain[:1] in tuple("iɪeɛaɑæ") and not any(letter in plain for letter in "uʊoɔy")
    return False if is_wide else None


def find_round_level(tracks: Sequence[LipTrack]) -> float:
    """Rounding above which an owner's vowel is round: a percentile of all its speech; else NaN."""
    at_speech = np.concatenate([t.values[t.in_speech] for t in tracks])
    if not len(at_speech):
        return float("nan")
    return float(np.percentile(measure_rounding(at_speech), ROUND_PERCENTILE))


def score_labiodental(
    phones: Sequence[Phone], track: LipTrack, closed: np.ndarray, own: SpeechRange
) -> Share:
    """f and v with the lips near and not closed, of all."""
    near = own.low[LIP_INDEX["aperture"]] + _NEAR * own.span("aperture")
    aperture, n_good, n_all = track.field("aperture"), 0, 0
    for phone in phones:
        if phone.name.rstrip("0123456789:ʲ") in ("f", "v", "ff", "vv"):
            hops = _hops_of(phone, len(track))
            if len(hops) and own.is_moving():
                n_all += 1
                middle = hops[len(hops) // 4 : len(hops) - len(hops) // 4]
                n_good += bool(aperture[hops].min() <= near and not closed[middle].any())
    return Share(float(n_good), float(n_all))


def score_rounding(
    phones: Sequence[Phone], engine: str, track: LipTrack, own: SpeechRange, is_round_at: float
) -> Share:
    """F1 of telling u o w y from i e a by rounding above `is_round_at`."""
    rounding = measure_rounding(track.values)
    n_hit = n_missed = n_false = 0
    for phone in phones:
        should = tell_rounding(phone.name, engine)
        hops = _hops_of(phone, len(track))
        if should is None or not len(hops):
            continue
        does = own.is_moving("width") and float(rounding[hops].mean()) > is_round_at
        n_hit += should and does
        n_missed += should and not does
        n_false += does and not should
    return Share(2.0 * n_hit, float(2 * n_hit + n_missed + n_false))


def _hops_of(phone: Phone, n_hops: int) -> np.ndarray:
    start = round(phone.start_s * HOP_HZ)
    return np.arange(start, min(max(round(phone.end_s * HOP_HZ), start + 1), n_hops))
