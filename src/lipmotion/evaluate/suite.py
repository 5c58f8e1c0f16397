"""Many clips, many methods, scored together.

In: people's clips (`Clip`) and takes of them (`stage.py`). Out: a `MethodScore` per source and
method.

Conventions: a person's range is taken over all their watched clips; a robot's over all its takes of
the method on the source that is scored; its contact and rest are its filmed pressed and rest poses.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..lips import LipTrack
from .align import Lag, remove_lag
from .events import EventScore, latch, match_runs
from .metrics import (
    BEGINS_AT,
    ENDS_ABOVE,
    Share,
    SpeechRange,
    find_closed,
    find_closures,
    fit_range,
    is_rounded,
    measure_correlation,
)
from .scores import MEASURES, ClipScore, Figure, Pair, find_source_lag, score_clip, summarise
from .stage import Take
from .verdict import Truth


@dataclass(frozen=True)
class Clip:
    """A person's clip: who, what, and how their lips moved.

    Attributes:
        source: the collection it comes from; one lag is found for each.
        person, name, language: of the clip.
        lips: the person's lips.
        speech_range: the person's, over all their clips.
    """

    source: str
    person: str
    name: str
    language: str
    lips: LipTrack
    speech_range: SpeechRange


@dataclass(frozen=True)
class MethodScore:
    """One method on one source.

    Attributes:
        lag: its lag.
        figures: measure → figure with its interval.
        clips: all measures of each clip.
        true: what a simulated mouth really did, by name; see `score_truth`; empty where not known.
    """

    lag: Lag
    figures: Mapping[str, Figure]
    clips: Sequence[ClipScore]
    true: Mapping[str, float]


def score_method(
    clips: Sequence[Clip],
    robots: Sequence[LipTrack],
    takes: Sequence[Take],
    noise: np.ndarray,
    *,
    rng: np.random.Generator,
    own_ranges: Sequence[SpeechRange] | None = None,
) -> MethodScore:
    """Scores one method on one source.

    Args:
        clips: the people's side.
        robots: the robot's lips, per clip on the same hops.
        takes: what was sent and true; empty for a method that sends nothing (a ceiling).
        noise: (12,) the tracker's noise on this robot at rest.
        rng: draws chance and the bootstrap.
        own_ranges: per clip the range of whoever stands in the robot's place; None = one robot,
            whose range is taken over all these clips.
    """
    sent = [take.sent for take in takes] if takes else [None for _ in clips]
    pairs = [
        Pair(clip.name, clip.person, clip.language, clip.lips, robot, commands)
        for clip, robot, commands in zip(clips, robots, sent, strict=True)
    ]
    if own_ranges is None:
        own_ranges = [fit_range(robots, noise=noise)] * len(clips)
    is_moving = any(own.is_moving() for own in own_ranges)
    lag = find_source_lag(pairs) if is_moving else Lag(0.0, 0.0, is_defined=False)
    scores = [
        score_clip(pair, clip.speech_range, own, lag_hops=lag.hops, rng=rng)
        for pair, clip, own in zip(pairs, clips, own_ranges, strict=True)
    ]
    figures = {name: summarise(scores, name, rng=rng) for name in MEASURES}
    truths = [take.truth for take in takes]
    true = {}
    if truths and all(truth is not None for truth in truths):
        true = score_truth(pairs, clips, [t for t in truths if t is not None], own_ranges[0], lag)
    return MethodScore(lag, figures, scores, true)


def score_truth(
    pairs: Sequence[Pair],
    clips: Sequence[Clip],
    truths: Sequence[Truth],
    own_range: SpeechRange,
    lag: Lag,
) -> dict[str, float]:
    """What the simulated mouth really did, against what was seen and against the person.

    `seen_f1`: seen closures against true contact; `contact_f1`: true contact against the person's
    closures; `narrow_f1`: the same by the rule for seen closures (8 and 16 % of the range of its
    true opening in speech), which needs no seal; `r_aperture`: of the true opening;
    `forward_mm`: protrusion where the person's lips are rounded, above that in the rest of speech.
    """
    speech = [pair.human.in_speech & (pair.human.quality > 0) for pair in pairs]
    opening = np.concatenate([t.aperture_mm[s] for t, s in zip(truths, speech, strict=True)])
    span = float(np.subtract(*np.percentile(opening, (95, 5)))) if len(opening) else 0.0
    sums = dict.fromkeys(("seen_f1", "contact_f1", "narrow_f1"), EventScore(0, 0, 0))
    correlations: list[Share] = []
    forward: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])  # in other speech, in rounding
    for pair, clip, truth, spoken in zip(pairs, clips, truths, speech, strict=True):
        seen = find_closures(find_closed(pair.robot.field("aperture"), own_range), spoken)
        human_closed = find_closed(pair.human.field("aperture"), clip.speech_range)
        human = find_closures(human_closed, spoken)
        contact, is_seen = remove_lag(truth.closed.astype(float), lag.hops)
        aperture, _ = remove_lag(truth.aperture_mm, lag.hops)
        heard = spoken & is_seen
        narrow = latch(aperture, begins_at=BEGINS_AT * span, ends_above=ENDS_ABOVE * span)
        for name, score in (
            ("seen_f1", match_runs(find_closures(truth.closed, spoken), seen)),
            ("contact_f1", match_runs(human, find_closures(contact > 0.5, heard))),
            ("narrow_f1", match_runs(human, find_closures(narrow, heard))),
        ):
            sums[name] = _add(sums[name], score)
        correlations.append(measure_correlation(pair.human.field("aperture"), aperture, heard))
        protrusion, _ = remove_lag(truth.forward_mm, lag.hops)
        is_round = is_rounded(pair.human.values, clip.speech_range)
        for rows, kept in zip((heard & ~is_round, heard & is_round), forward, strict=True):
            kept.append(protrusion[rows])
    n_clips = max(1.0, sum(share.whole for share in correlations))
    r_aperture = sum(share.part for share in correlations) / n_clips
    plain, rounded = (np.concatenate(kept) for kept in forward)
    forward_mm = float(rounded.mean() - plain.mean()) if len(plain) and len(rounded) else np.nan
    return {
        **{name: score.f1 for name, score in sums.items()},
        "r_aperture": r_aperture,
        "forward_mm": forward_mm,
    }


def _add(a: EventScore, b: EventScore) -> EventScore:
    return EventScore(a.n_human + b.n_human, a.n_robot + b.n_robot, a.n_matched + b.n_matched)


def add_shares(
    score: MethodScore, shares: Sequence[Mapping[str, Share]], *, seed: int
) -> MethodScore:
    """A score with more measures of each clip, and their figures.

    Args:
        score: what is there already.
        shares: of each clip the same measures, in the order of the score's clips.
        seed: of each figure's bootstrap.
    """
    clips = [
        dataclasses.replace(clip, shares={**clip.shares, **own})
        for clip, own in zip(score.clips, shares, strict=True)
    ]
    figures = {
        name: summarise(clips, name, rng=np.random.default_rng(seed))
        for name in dict.fromkeys(name for own in shares for name in own)
    }
    return dataclasses.replace(score, clips=clips, figures={**score.figures, **figures})


def find_mouth_px(
    corners: Float[np.ndarray, "images 2 3"],
) -> float:
    """Median width of a person's mouth in their films, from its corners (T, 2, 3) in pixels."""
    apart = np.linalg.norm(corners[:, 0, :2] - corners[:, 1, :2], axis=1)
    return float(np.nanmedian(apart))


def is_worse(other: MethodScore, ours: MethodScore, measure: str) -> bool:
    """Whether a baseline is farther from a perfect copy than ours; not defined counts as worse."""
    perfect = MEASURES[measure]
    theirs, own = other.figures[measure].value, ours.figures[measure].value
    return not np.isfinite(theirs) or bool(abs(theirs - perfect) > abs(own - perfect))


def to_json(score: MethodScore) -> dict[str, object]:
    """A MethodScore as plain values, rounded to four digits; not defined = null."""

    def plain(value: float) -> float | None:
        return round(float(value), 4) if np.isfinite(value) else None

    def write_figure(figure: Figure) -> dict[str, object]:
        return {
            key: plain(value) if isinstance(value, float) else value
            for key, value in dataclasses.asdict(figure).items()
        }

    return {
        "lag_ms": plain(score.lag.ms),
        "lag_peak": plain(score.lag.peak),
        "figures": {name: write_figure(figure) for name, figure in score.figures.items()},
        "true": {name: plain(value) for name, value in score.true.items()},
        "clips": [
            {
                "clip": clip.clip,
                "person": clip.person,
                "language": clip.language,
                "shares": {
                    name: [plain(share.part), plain(share.whole)]
                    for name, share in clip.shares.items()
                    if share.whole
                },
            }
            for clip in score.clips
        ],
    }
