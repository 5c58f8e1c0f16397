"""All measures of a clip, and how clips become persons, languages and one figure with its interval.

In: lip tracks and ranges (`metrics.py`). Out: per clip a Share for each measure; summed per person;
averaged over the persons of a language, then over languages; with a bootstrap 95 % interval.

Conventions: within a person parts and wholes are summed, so that a clip with four closures counts
for four (a mean over clips of F1 is not defined where a clip has none); correlations and ratios
are plain means over clips. Persons of a language and languages are plain means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from ..lips import ASYMMETRY_FIELDS, LIP_INDEX, LipTrack, measure_asymmetry
from .align import Lag, check_lengths, find_lag, remove_lag
from .events import EventScore, match_runs
from .metrics import (
    MAX_CLOSURE_HOPS,
    UNDEFINED,
    Share,
    SpeechRange,
    find_closed,
    find_closures,
    find_rounded,
    is_rounded,
    measure_amplitude_ratio,
    measure_chance,
    measure_correlation,
    measure_false_closure,
    measure_jerk_ratio,
    measure_jitter,
)
from .misalign import measure_misalignment
from .rest import find_pauses, measure_open, measure_stillness

# Measure → what a perfect copy has.
MEASURES: Final[dict[str, float]] = {
    "r_aperture": 1.0,
    "r_width": 1.0,
    "r_asymmetry": 1.0,
    "r_aperture_lag_0": 1.0,
    "r_width_lag_0": 1.0,
    "closure_f1": 1.0,
    "closure_precision": 1.0,
    "closure_recall": 1.0,
    "closure_chance": 0.0,
    "false_closure": 0.0,
    "rounding_f1": 1.0,
    "rounding_precision": 1.0,
    "rounding_recall": 1.0,
    "rounding_chance": 0.0,
    "misalignment_ms": 0.0,
    "amplitude_ratio": 1.0,
    "jerk_ratio": 1.0,
    "jitter": 0.0,
    "stillness": 1.0,
    "open": 0.0,
}


@dataclass(frozen=True)
class Pair:
    """One clip: a person's lips and a robot's for the same sound.

    Attributes:
        clip, person, language: whose and what.
        human, robot: lips on the same hops; the person's `in_speech` counts for both.
        commands: (T, M) what was sent, or None.

    Raises:
        ValueError: the tracks differ in length.
    """

    clip: str
    person: str
    language: str
    human: LipTrack
    robot: LipTrack
    commands: Float[np.ndarray, "hops motors"] | None = None

    def __post_init__(self) -> None:
        check_lengths(self.human.values, self.robot.values)


@dataclass(frozen=True)
class ClipScore:
    """All measures of one clip, by the names of MEASURES."""

    clip: str
    person: str
    language: str
    shares: Mapping[str, Share]


@dataclass(frozen=True)
class Figure:
    """One measure over all clips.

    Attributes:
        value: NaN where not defined.
        low, high: 95 % interval by bootstrap over persons, then clips.
        n_clips, n_persons: how many had a value.
    """

    value: float
    low: float
    high: float
    n_clips: int
    n_persons: int


def find_source_lag(pairs: Sequence[Pair]) -> Lag:
    """The one lag of a method on a source; see `align.find_lag`."""
    return find_lag(
        [pair.human.field("aperture") for pair in pairs],
        [pair.robot.field("aperture") for pair in pairs],
        [pair.human.in_speech & (pair.human.quality > 0) for pair in pairs],
    )


def score_clip(
    pair: Pair,
    human_range: SpeechRange,
    robot_range: SpeechRange,
    *,
    lag_hops: float,
    rng: np.random.Generator,
) -> ClipScore:
    """All measures of one clip.

    Args:
        pair: the lips of both.
        human_range, robot_range: of each owner, over all its clips (the robot's: of this method).
        lag_hops: the method's lag on this source.
        rng: draws the turns that measure chance.
    """
    human, robot = pair.human, pair.robot
    moved, is_seen = remove_lag(robot.values, lag_hops)
    here = human.in_speech & (human.quality > 0)
    speech = here & is_seen
    h_aperture, h_width = human.field("aperture"), human.field("width")
    r_aperture, r_width = moved[:, LIP_INDEX["aperture"]], moved[:, LIP_INDEX["width"]]
    asymmetries = measure_asymmetry(human.values), measure_asymmetry(moved)
    h_closed, r_closed = find_closed(h_aperture, human_range), find_closed(r_aperture, robot_range)
    h_closures = find_closures(h_closed, speech)
    h_rounded = find_rounded(human.values, human_range, speech)
    r_rounded = is_rounded(moved, robot_range)
    at_rest = find_pauses(human.in_speech)
    opens, widens = robot_range.is_moving("aperture"), robot_range.is_moving("width")
    leans = any(robot_range.is_moving(name) for name in ASYMMETRY_FIELDS)
    at_once = robot.field("aperture"), robot.field("width")
    shares = {
        "r_aperture": measure_correlation(h_aperture, r_aperture, speech, is_moving=opens),
        "r_width": measure_correlation(h_width, r_width, speech, is_moving=widens),
        "r_asymmetry": measure_correlation(*asymmetries, speech, is_moving=leans),
        "r_aperture_lag_0": measure_correlation(h_aperture, at_once[0], here, is_moving=opens),
        "r_width_lag_0": measure_correlation(h_width, at_once[1], here, is_moving=widens),
        **_share_events("closure", match_runs(h_closures, find_closures(r_closed, speech))),
        "closure_chance": measure_chance(
            h_closures, r_closed, speech, max_hops=MAX_CLOSURE_HOPS, rng=rng
        ),
        "false_closure": measure_false_closure(h_closed, r_closed, speech),
        **_share_events(
            "rounding", match_runs(h_rounded, find_rounded(moved, robot_range, speech))
        ),
        "rounding_chance": measure_chance(h_rounded, r_rounded, speech, max_hops=None, rng=rng),
        "misalignment_ms": (  # extrema of noise are nobody's
            measure_misalignment(h_aperture, at_once[0], here) if opens else UNDEFINED
        ),
        "amplitude_ratio": measure_amplitude_ratio(h_aperture, r_aperture, speech),
        "jerk_ratio": measure_jerk_ratio(h_aperture, r_aperture, speech),
        "jitter": UNDEFINED if pair.commands is None else measure_jitter(pair.commands),
        "stillness": measure_stillness(robot.values, robot_range, at_rest),
        "open": measure_open(robot.values, robot_range, at_rest),
    }
    return ClipScore(pair.clip, pair.person, pair.language, shares)


def average(scores: Sequence[ClipScore], measure: str) -> float:
    """One measure over clips, then persons, then languages; NaN where not defined."""
    sums = _sum_persons(scores, measure)
    by_language: dict[str, list[float]] = {}
    for (language, _), (part, whole) in sums.items():
        by_language.setdefault(language, []).append(part / whole)
    means = [float(np.mean(values)) for values in by_language.values()]
    return float(np.mean(means)) if means else float("nan")


def summarise(
    scores: Sequence[ClipScore],
    measure: str,
    *,
    rng: np.random.Generator,
    n_draws: int = 1000,
) -> Figure:
    """One measure with its bootstrap 95 % interval.

    Each draw takes as many persons as there are, with replacement, and for each of them as many
    clips as that person has, with replacement. With one person only the clips are drawn.

    Args:
        scores: of one method.
        measure: a name of MEASURES, or another that these clips have.
        rng: draws.
        n_draws: how often.

    Raises:
        KeyError: no such measure.
    """
    if measure not in MEASURES and not any(measure in score.shares for score in scores):
        raise KeyError(f"{measure} is no measure; measures: {', '.join(MEASURES)}")
    defined = [score for score in scores if score.shares[measure].whole]
    if not defined:
        return Figure(float("nan"), float("nan"), float("nan"), 0, 0)
    persons = sorted({(score.language, score.person) for score in defined})
    chosen = rng.integers(len(persons), size=(n_draws, len(persons)))
    values = np.empty(chosen.shape)  # of each person drawn, their clips drawn anew
    for k, person in enumerate(persons):
        own = [s.shares[measure] for s in defined if (s.language, s.person) == person]
        parts, wholes = np.array([(share.part, share.whole) for share in own]).T
        is_chosen = chosen == k
        clips = rng.integers(len(own), size=(int(is_chosen.sum()), len(own)))
        values[is_chosen] = parts[clips].sum(axis=1) / wholes[clips].sum(axis=1)
    means = _mean_by(np.array([language for language, _ in persons])[chosen], values)
    low, high = np.percentile(means, (2.5, 97.5))
    return Figure(average(defined, measure), float(low), float(high), len(defined), len(persons))


def _mean_by(
    languages: np.ndarray, values: Float[np.ndarray, "draws persons"]
) -> Float[np.ndarray, " draws"]:
    """Mean over the persons of each language, then over the languages of a draw."""
    sums, n_languages = np.zeros(len(values)), np.zeros(len(values))
    for name in np.unique(languages):
        own = languages == name
        count = own.sum(axis=1)
        sums += np.where(own, values, 0.0).sum(axis=1) / np.maximum(count, 1)
        n_languages += count > 0
    return sums / n_languages


def _sum_persons(
    scores: Sequence[ClipScore], measure: str
) -> dict[tuple[str, str], tuple[float, float]]:
    """(language, person) → part and whole; persons without a whole are left out."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for score in scores:
        share = score.shares[measure]
        part, whole = sums.get((score.language, score.person), (0.0, 0.0))
        sums[score.language, score.person] = part + share.part, whole + share.whole
    return {key: value for key, value in sums.items() if value[1]}


def _share_events(name: str, score: EventScore) -> dict[str, Share]:
    """F1, precision and recall of matched runs."""
    return {
        f"{name}_f1": Share(2.0 * score.n_matched, float(score.n_human + score.n_robot)),
        f"{name}_precision": Share(float(score.n_matched), float(score.n_robot)),
        f"{name}_recall": Share(float(score.n_matched), float(score.n_human)),
    }
