"""Runs of hops in which something holds (lips closed, rounded), and how two sets of them match.

In: curves on the 50 Hz grid. Out: runs (n, 2) of hops [start, end), and counts of what matched.

Conventions: a run lies where its centre lies. Runs of human and robot are matched one to one, as
many as possible, with centres at most 60 ms apart. "Any closed hop within ± 60 ms" is not used:
chance reaches 0.61 there.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from ..runs import Runs, find_runs
from ..timing import HOP_MS

TOLERANCE_MS: Final = 60
TOLERANCE_HOPS: Final = TOLERANCE_MS / HOP_MS


@dataclass(frozen=True)
class EventScore:
    """Counts of matched runs.

    Attributes:
        n_human, n_robot: runs of each.
        n_matched: pairs, at most the smaller of both.
    """

    n_human: int
    n_robot: int
    n_matched: int

    @property
    def precision(self) -> float:
        """Matched share of the robot's runs; NaN where it has none."""
        return divide(self.n_matched, self.n_robot)

    @property
    def recall(self) -> float:
        """Matched share of the person's runs; NaN where there are none."""
        return divide(self.n_matched, self.n_human)

    @property
    def f1(self) -> float:
        """2 · matched / (human + robot); NaN where neither has runs, 0 where one has none."""
        return divide(2 * self.n_matched, self.n_human + self.n_robot)


def latch(
    curve: Float[np.ndarray, " hops"], *, begins_at: float, ends_above: float
) -> Bool[np.ndarray, " hops"]:
    """True from where the curve falls to `begins_at` until it rises above `ends_above`, (T,).

    Two levels, so that the tracker's noise at one of them does not cut a run in pieces.
    """
    begins, goes_on = curve <= begins_at, curve <= ends_above
    holds = np.zeros(len(curve), bool)
    for start, end in find_runs(goes_on):
        first = np.flatnonzero(begins[start:end])
        if len(first):
            holds[start + first[0] : end] = True
    return holds


def keep_runs(runs: Runs, where: Bool[np.ndarray, " hops"], *, max_hops: int | None = None) -> Runs:
    """The runs whose centre lies where `where` is True, and that are not longer than `max_hops`."""
    lengths = runs[:, 1] - runs[:, 0]
    centre = (runs.sum(axis=1) - 1) // 2
    is_kept = where[centre] if len(runs) else np.zeros(0, bool)
    if max_hops is not None:
        is_kept = is_kept & (lengths <= max_hops)
    return runs[is_kept]


def match_runs(human: Runs, robot: Runs, *, tolerance_hops: float = TOLERANCE_HOPS) -> EventScore:
    """Matches runs one to one, as many as possible.

    Both are in order and the tolerance is the same for all, so taking the earliest partner that
    is still free is the greatest matching.
    """
    h, r = human.mean(axis=1), robot.mean(axis=1)  # centres
    i = j = n_matched = 0
    while i < len(h) and j < len(r):
        apart = r[j] - h[i]
        if abs(apart) <= tolerance_hops + 1e-9:
            n_matched += 1
            i, j = i + 1, j + 1
        elif apart < 0:
            j += 1
        else:
            i += 1
    return EventScore(len(h), len(r), n_matched)


def widen(holds: Bool[np.ndarray, " hops"], n_hops: int) -> Bool[np.ndarray, " hops"]:
    """True also up to `n_hops` before and after each True, (T,)."""
    wide = holds.copy()
    for k in range(1, min(n_hops, len(holds)) + 1):
        wide[k:] |= holds[:-k]
        wide[:-k] |= holds[k:]
    return wide


def divide(part: float | int, whole: float | int) -> float:
    """part / whole, NaN where there is no whole."""
    return part / whole if whole else float("nan")
