"""The measures: how like a person's lips a robot's lips move, in one clip.

In: lip tracks of a person and a robot on the same 50 Hz grid (`lips.py`), the robot's lag taken off
where a measure says so (`align.py`), and the range of each owner over all its clips. Out: one
`Share` a measure and clip, which `scores.py` sums up.

Conventions: in-speech spans of the person count, unless said. Numbers of an owner (contact, range)
are never taken from the clip that is scored. What is not defined (no closure at all, a person who
does not move) is an empty Share, never a 0 or a 1. A perfect copy scores perfectly; a mouth held
shut, held open or flapping does not.

Source: definitions of this project; the form of a module of measures after mir_eval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..lips import LIP_INDEX, LipTrack, measure_rounding
from ..runs import Runs, find_runs
from ..timing import HOP_HZ, HOP_MS
from .align import correlate
from .events import (
    TOLERANCE_HOPS,
    EventScore,
    divide,
    keep_runs,
    latch,
    match_runs,
    widen,
)

BEGINS_AT: Final = 0.08  # of the speech range above contact; Source: DESIGN of the measures
ENDS_ABOVE: Final = 0.16
MAX_CLOSURE_HOPS: Final = 500 // HOP_MS  # longer is a shut mouth, as long as a pause
ROUNDED_PERCENTILE: Final = 85.0
SPEECH_PERCENTILES: Final = (5.0, 95.0)
LOW_PASS_HZ: Final = 8.0
JITTER_HZ: Final = 10.0
_NOISE_SPAN: Final = 6.0  # standard deviations; 5th to 95th percentile of noise alone: 3.3
_TURNS: Final = 8  # circular shifts for one estimate of chance
_TURN_S: Final = (1.0, 5.0)


@dataclass(frozen=True)
class Share:
    """A measure of one clip as part and whole, so that clips can be summed; 0 / 0 = not defined."""

    part: float
    whole: float

    @property
    def value(self) -> float:
        return divide(self.part, self.whole)


UNDEFINED: Final = Share(0.0, 0.0)


@dataclass(frozen=True)
class SpeechRange:
    """How far an owner's lips go in speech, over all its clips (of one method).

    Attributes:
        low, high: (12,) 5th and 95th percentile in speech, resting mouth widths from rest.
        rounded: 85th percentile of rounding in speech.
        noise: (12,) standard deviation of the tracker at rest.
        contact: aperture at which the lips touch.
    """

    low: Float32[np.ndarray, " fields"]
    high: Float32[np.ndarray, " fields"]
    rounded: float
    noise: Float32[np.ndarray, " fields"]
    contact: float = 0.0

    def span(self, field: str) -> float:
        """5th to 95th percentile of one field."""
        return float(self.high[LIP_INDEX[field]] - self.low[LIP_INDEX[field]])

    def is_moving(self, field: str = "aperture") -> bool:
        """Whether a field moves in speech, beyond what the tracker's noise would do."""
        return self.span(field) > max(_NOISE_SPAN * float(self.noise[LIP_INDEX[field]]), 1e-6)


def fit_range(
    tracks: Sequence[LipTrack],
    *,
    noise: Float32[np.ndarray, " fields"] | None = None,
    contact: float = 0.0,
) -> SpeechRange:
    """An owner's range over all its clips of one method.

    Args:
        tracks: all clips; hops in speech count, or all hops where nobody speaks.
        noise: (12,) of the owner at rest; None = not known, taken as 0.
        contact: people: 0, the first percentile over all their clips; robot: its pressed pose.

    Raises:
        ValueError: there is not one hop.
    """
    values = np.concatenate([track.values for track in tracks])
    spoken = values[np.concatenate([track.in_speech for track in tracks])]
    if not len(spoken):
        spoken = values
    if not len(spoken):
        raise ValueError("a range needs at least one hop")
    low, high = np.percentile(spoken, SPEECH_PERCENTILES, axis=0).astype(np.float32)
    rounded = float(np.percentile(measure_rounding(spoken), ROUNDED_PERCENTILE))
    if noise is None:
        noise = np.zeros(len(low), np.float32)
    return SpeechRange(low, high, rounded, noise, contact)


def measure_correlation(
    human: Float[np.ndarray, " hops"],
    robot: Float[np.ndarray, " hops"],
    mask: Bool[np.ndarray, " hops"],
    *,
    is_moving: bool = True,
) -> Share:
    """Pearson's r over the masked hops; a robot that does not move has 0.

    Args:
        human, robot: (T,) on the same hops.
        mask: (T,) hops that count.
        is_moving: False where the robot moves no further, over all its clips, than its tracker's
            noise would (`SpeechRange.is_moving`): what is seen of it is noise, and noise earns
            nothing.
    """
    r = correlate(human[mask], robot[mask] if is_moving else np.zeros(int(mask.sum())))
    return Share(r, 1.0) if np.isfinite(r) else UNDEFINED


def find_closed(
    aperture: Float[np.ndarray, " hops"], lips: SpeechRange
) -> Bool[np.ndarray, " hops"]:
    """Where the lips are closed, (T,).

    A closure begins at aperture ≤ 8 % and ends above 16 % of the owner's speech range above its
    contact level. Lips that never move are never closed in the sense of speech.
    """
    span = lips.span("aperture")
    if not lips.is_moving():
        return np.zeros(len(aperture), bool)
    return latch(
        aperture,
        begins_at=lips.contact + BEGINS_AT * span,
        ends_above=lips.contact + ENDS_ABOVE * span,
    )


def find_closures(closed: Bool[np.ndarray, " hops"], in_speech: Bool[np.ndarray, " hops"]) -> Runs:
    """Closures of speech, (n, 2): runs with their centre in speech, of at most 500 ms."""
    return keep_runs(find_runs(closed), in_speech, max_hops=MAX_CLOSURE_HOPS)


def find_rounded(
    values: Float[np.ndarray, "hops fields"],
    lips: SpeechRange,
    in_speech: Bool[np.ndarray, " hops"],
) -> Runs:
    """Rounded runs, (n, 2): rounding above the owner's 85th percentile, centre in speech."""
    return keep_runs(find_runs(is_rounded(values, lips)), in_speech)


def is_rounded(
    values: Float[np.ndarray, "hops fields"], lips: SpeechRange
) -> Bool[np.ndarray, " hops"]:
    """Where rounding lies above the owner's 85th percentile, (T,); never for a still mouth."""
    if not lips.is_moving("width"):
        return np.zeros(len(values), bool)
    return measure_rounding(values) > lips.rounded


def measure_chance(
    human: Runs,
    robot_holds: Bool[np.ndarray, " hops"],
    in_speech: Bool[np.ndarray, " hops"],
    *,
    max_hops: int | None,
    rng: np.random.Generator,
) -> Share:
    """F1 of the same track, its speech turned in a circle by 1 to 5 s; mean of counts over 8 turns.

    Only hops in speech are turned, or the silence of a short clip would fall on its speech and
    chance would look smaller than it is. Speech of less than 6 s is turned by at most its length
    less 1 s, of less than 2.5 s by a quarter to three quarters.
    """
    counts = turn_holds(human, robot_holds, in_speech, max_hops=max_hops, rng=rng)
    part = float(np.mean([2 * c.n_matched for c in counts]))
    return Share(part, float(np.mean([c.n_human + c.n_robot for c in counts])))


def turn_holds(
    human: Runs,
    robot_holds: Bool[np.ndarray, " hops"],
    in_speech: Bool[np.ndarray, " hops"],
    *,
    max_hops: int | None,
    rng: np.random.Generator,
) -> list[EventScore]:
    """What matches after each of 8 turns; see `measure_chance`."""
    spoken = np.flatnonzero(in_speech)
    low, high = (round(s * HOP_HZ) for s in _TURN_S)
    high = min(high, len(spoken) - low)
    if len(spoken) < 2.5 * low:
        low, high = len(spoken) // 4, 3 * len(spoken) // 4
    counts = []
    for turn in rng.integers(low, high + 1, _TURNS):
        turned = np.zeros(len(robot_holds), bool)
        turned[spoken] = np.roll(robot_holds[spoken], turn)
        runs = keep_runs(find_runs(turned), in_speech, max_hops=max_hops)
        counts.append(match_runs(human, runs))
    return counts


def measure_false_closure(
    human_closed: Bool[np.ndarray, " hops"],
    robot_closed: Bool[np.ndarray, " hops"],
    in_speech: Bool[np.ndarray, " hops"],
) -> Share:
    """Share of the robot's closed time in speech over 60 ms from any human closure or pause.

    Not defined for a robot that never closes.
    """
    near = widen(human_closed | ~in_speech, int(TOLERANCE_HOPS))
    closed = robot_closed & in_speech
    return Share(float((closed & ~near).sum()), float(closed.sum()))


def measure_amplitude_ratio(
    human: Float[np.ndarray, " hops"],
    robot: Float[np.ndarray, " hops"],
    mask: Bool[np.ndarray, " hops"],
) -> Share:
    """Robot over human 5–95 % range of aperture, both in their own resting mouth widths."""
    if not mask.any():
        return UNDEFINED
    spans = [float(np.subtract(*np.percentile(x[mask], (95, 5)))) for x in (human, robot)]
    return Share(spans[1] / spans[0], 1.0) if spans[0] > 0 else UNDEFINED


def measure_jerk_ratio(
    human: Float[np.ndarray, " hops"],
    robot: Float[np.ndarray, " hops"],
    mask: Bool[np.ndarray, " hops"],
) -> Share:
    """Robot over human mean absolute third difference of aperture, both low-passed at 8 Hz."""
    if len(mask) < 4:
        return UNDEFINED
    inside = mask[:-3] & mask[1:-2] & mask[2:-1] & mask[3:]
    if not inside.any():
        return UNDEFINED
    jerks = [float(np.abs(np.diff(low_pass(x), n=3))[inside].mean()) for x in (human, robot)]
    return Share(jerks[1] / jerks[0], 1.0) if jerks[0] > 0 else UNDEFINED


def measure_jitter(commands: Float[np.ndarray, "hops motors"]) -> Share:
    """Share of the power of sent commands above 10 Hz, all motors together.

    Each motor's mean is taken off and a Hann window laid over the clip. Not defined for commands
    that never change, or for less than half a second.
    """
    n_hops = len(commands)
    if n_hops < HOP_HZ // 2:
        return UNDEFINED
    moving = (commands - commands.mean(axis=0, dtype=float)) * np.hanning(n_hops)[:, None]
    power = (np.abs(np.fft.rfft(moving, axis=0)) ** 2).sum(axis=1)
    above = np.fft.rfftfreq(n_hops, 1 / HOP_HZ) > JITTER_HZ
    total = float(power.sum())
    return Share(float(power[above].sum()) / total, 1.0) if total > 1e-12 else UNDEFINED


def low_pass(curve: Float[np.ndarray, " hops"]) -> Float[np.ndarray, " hops"]:
    """The curve below 8 Hz, without delay: a windowed sinc of 0.5 s, ends mirrored."""
    half = HOP_HZ // 4
    if len(curve) <= half:
        return curve.astype(float)
    at = np.arange(-half, half + 1)
    kernel = np.sinc(2 * LOW_PASS_HZ / HOP_HZ * at) * np.hamming(len(at))
    return np.convolve(np.pad(curve, half, mode="reflect"), kernel / kernel.sum(), "valid")
