"""How late a robot is, and its track with that taken off.

In: pairs of tracks on the 50 Hz grid, human and robot, of one source and method. Out: one lag for
all of them, and tracks moved by it. The lag is never searched clip by clip: that flatters short
clips (0.35 of correlation by chance on 1.2 s).

Conventions: + = the robot is late. 0 = with the person's lips, which already lead the sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float64

from ..timing import HOP_MS

MAX_LAG_MS: Final = 300  # Source: DESIGN of the measures; later than that nobody would watch
_MAX_HOPS = MAX_LAG_MS // HOP_MS
_N_SHIFTS: Final = 2 * _MAX_HOPS + 1


@dataclass(frozen=True)
class Lag:
    """The lag of one source and method.

    Attributes:
        hops: fractional; + = the robot is late. 0 where it is not defined.
        peak: the summed correlation there, as a mean over hops in [-1, 1]; 0 where not defined.
        is_defined: False where no track moves; the lag then counts as 0.
    """

    hops: float
    peak: float
    is_defined: bool

    @property
    def ms(self) -> float:
        """Milliseconds; NaN where not defined."""
        return self.hops * HOP_MS if self.is_defined else float("nan")


def find_lag(
    humans: Sequence[Float[np.ndarray, " _"]],
    robots: Sequence[Float[np.ndarray, " _"]],
    masks: Sequence[Bool[np.ndarray, " _"]],
) -> Lag:
    """The shift at which the correlation of all pairs together is greatest.

    For each whole shift k within ± 300 ms: the sum over clips of n · r, where r is Pearson's over
    the n masked hops t whose partner t + k exists. A parabola through the greatest and its two
    neighbours gives the fraction.

    Args:
        humans: per clip (T,), the aperture of the person.
        robots: per clip (T,), the aperture of the robot.
        masks: per clip (T,), hops of the person that count (in speech).

    Raises:
        ValueError: a pair differs in length.
    """
    shifted = [
        correlate_shifted(human, robot, mask)
        for human, robot, mask in zip(humans, robots, masks, strict=True)
    ]
    return pick_lag(np.sum(shifted, axis=0)) if shifted else pick_lag(np.zeros((2, _N_SHIFTS)))


def correlate_shifted(
    human: Float[np.ndarray, " _"],
    robot: Float[np.ndarray, " _"],
    mask: Bool[np.ndarray, " _"],
) -> Float64[np.ndarray, "2 shifts"]:
    """n · r and n of one clip for each shift; 0 and 0 where r is not defined.

    Raises:
        ValueError: they differ in length.
    """
    check_lengths(human, robot, mask)
    found = np.zeros((2, _N_SHIFTS))
    for k in range(_N_SHIFTS):
        shift, at = k - _MAX_HOPS, np.flatnonzero(mask)
        at = at[(at + shift >= 0) & (at + shift < len(robot))]
        r = correlate(human[at], robot[at + shift])
        if np.isfinite(r):
            found[:, k] = len(at) * r, len(at)
    return found


def pick_lag(summed: Float64[np.ndarray, "2 shifts"]) -> Lag:
    """The lag of what `correlate_shifted` gave, summed over clips."""
    sums, n_hops = summed
    if not n_hops.all() or sums.max() <= 0:
        return Lag(0.0, 0.0, is_defined=False)
    curve = sums / n_hops
    best = int(np.argmax(curve))
    if best in (0, _N_SHIFTS - 1):
        return Lag(float(best - _MAX_HOPS), float(curve[best]), is_defined=True)
    before, peak, after = curve[best - 1 : best + 2]
    bend = before - 2 * peak + after
    offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    top = peak - 0.25 * (before - after) * offset
    return Lag(best - _MAX_HOPS + float(offset), float(top), is_defined=True)


def remove_lag(
    values: Float[np.ndarray, " *shape"], lag_hops: float
) -> tuple[Float[np.ndarray, " *shape"], Bool[np.ndarray, " hops"]]:
    """A track moved earlier by a lag, fractions by a cubic through the four hops around.

    Args:
        values: (T,) or (T, L) on the grid.
        lag_hops: how late the track is; negative = early.

    Returns:
        The moved track, ends held, and (T,) where it was really seen.
    """
    n_hops = len(values)
    at = np.arange(n_hops) + lag_hops
    is_seen = (at >= -1e-9) & (at <= n_hops - 1 + 1e-9)
    if n_hops == 0 or lag_hops == 0:
        return values.copy(), is_seen
    first = np.floor(at).astype(np.intp)
    share = (at - first).reshape(-1, *[1] * (values.ndim - 1))
    a, b, c, d = (values[(first + k).clip(0, n_hops - 1)] for k in (-1, 0, 1, 2))
    moved = b + 0.5 * share * (
        c - a + share * (2 * a - 5 * b + 4 * c - d + share * (3 * (b - c) + d - a))
    )  # Source: Catmull and Rom, A class of local interpolating splines, 1974
    return moved.astype(values.dtype), is_seen


def correlate(human: Float[np.ndarray, " hops"], robot: Float[np.ndarray, " hops"]) -> float:
    """Pearson's correlation; 0 for a robot that does not move, NaN for a person who does not.

    NaN too for fewer than two hops.
    """
    if len(human) < 2:
        return float("nan")
    h, r = human - human.mean(dtype=float), robot - robot.mean(dtype=float)
    human_power, robot_power = float(h @ h), float(r @ r)
    if human_power <= _STILL * len(h):
        return float("nan")
    if robot_power <= _STILL * len(r):
        return 0.0
    return float(np.clip(h @ r / np.sqrt(human_power * robot_power), -1, 1))


_STILL: Final = 1e-12  # variance in squared mouth widths: rounding of float32, far below a tracker


def check_lengths(*arrays: np.ndarray) -> None:
    """Refuses tracks that are not on the same hops.

    Raises:
        ValueError: lengths differ.
    """
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(
            f"tracks have {', '.join(map(str, lengths))} hops; bring them to the same 50 Hz grid "
            "and the same start and end"
        )
