"""Two reports: what got better and what got worse, clip by clip.

In: reports A and B. Out: a `Change` for each source, method, view and measure that both have.

Conventions: better is nearer to a perfect copy. Only clips that both reports have are compared:
their differences, B less A, are drawn ten thousand times, persons first, then their clips; a change
is told where the 95 % interval leaves out 0. Of many figures one in twenty does so by luck: an
alarm needs something of ours to be worse at 5 % for all of its figures together (Bonferroni).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float

from .report_json import ClipInfo, MeasureInfo, Report, Score

N_DRAWS: Final = 10_000
ALARM: Final = 0.05
_LEAST: Final = 1e-3  # smaller changes than a table shows are none

_Clips = Mapping[tuple[str, str], ClipInfo]


@dataclass(frozen=True)
class Change:
    """One measure of one method on one source.

    Attributes:
        source, method, view, measure, title: what.
        before, after: over the clips that both have.
        change: how much nearer to perfect; negative = worse.
        low, high: its 95 % interval.
        luck: how often no change at all would look like that, two-sided; with n clips at least
            2^(1 − n), as in a test of signs: a few clips that all got worse may be luck.
        n_clips: how many clips both have.
        is_alarm: whether it is ours and worse beyond luck; see above.
    """

    source: str
    method: str
    view: str
    measure: str
    title: str
    before: float
    after: float
    change: float
    low: float
    high: float
    luck: float
    n_clips: int
    is_alarm: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out 0, by more than a table shows."""
        return self.low > _LEAST or self.high < -_LEAST


def compare_reports(a: Report, b: Report, *, seed: int) -> list[Change]:
    """All changes of what is judged, in the order of report B."""
    rng = np.random.default_rng(seed)
    before = {_key(score): score for score in a.scores}
    ours = {method.name for method in b.methods if method.is_ours}
    judged = {measure.name: measure for measure in b.measures if measure.judged}
    found = []
    for score in b.scores:
        old = before.get(_key(score))
        if old is None or score.group:
            continue
        for name in score.figures:
            if name not in judged or name not in old.figures:
                continue
            change = _compare(old, score, judged[name], rng)
            if change is not None:
                found.append(change)
    n_ours = sum(change.method in ours for change in found)
    return [
        replace(change, is_alarm=change.method in ours and _is_worse(change, n_ours))
        for change in found
    ]


def render_comparison(changes: list[Change]) -> str:
    """What surely changed, worst first, and how much did not."""
    if not changes:
        return "the reports have no clip of a method in common"
    lines = []
    for change in sorted(changes, key=lambda c: (not c.is_alarm, c.change)):
        if change.is_sure:
            word = "worse" if change.change < 0 else "better"
            word = f"ALARM, {word}" if change.is_alarm else word
            view = "" if change.view == "seen" else f", {change.view}"
            lines.append(
                f"{word}: {change.source}, {change.method}{view}: {change.title} "
                f"{change.before:.3f} → {change.after:.3f} (nearer to perfect by "
                f"{change.change:+.3f}, 95 % {change.low:+.3f} to {change.high:+.3f}, "
                f"{change.n_clips} clips)"
            )
    n_same = len(changes) - len(lines)
    lines.append(f"{n_same} of {len(changes)} figures did not surely change")
    return "\n".join(lines)


def _compare(
    old: Score, new: Score, measure: MeasureInfo, rng: np.random.Generator
) -> Change | None:
    """One measure of one method, over the clips that both have; None where there are none."""
    a, b, name = _clips(old), _clips(new), measure.name
    both = [k for k in b if k in a and name in a[k].shares and name in b[k].shares]
    if not both:
        return None
    rows = np.array([(*a[key].shares[name], *b[key].shares[name]) for key in both])
    persons = np.array([f"{b[key].language}/{key[0]}" for key in both])
    own = [rows[persons == person] for person in np.unique(persons)]
    before, after = np.mean([_divide(clips.sum(axis=0)) for clips in own], axis=0)
    draws = _draw(own, rng)
    nearer = np.abs(draws[:, 0] - measure.perfect) - np.abs(draws[:, 1] - measure.perfect)
    low, high = np.percentile(nearer, (2.5, 97.5))
    return Change(
        source=new.source,
        method=new.method,
        view=new.view,
        measure=name,
        title=measure.title,
        before=float(before),
        after=float(after),
        change=float(abs(before - measure.perfect) - abs(after - measure.perfect)),
        low=float(low),
        high=float(high),
        luck=max(
            2.0 ** (1 - len(both)),
            2 * max(1, min(int((nearer <= 0).sum()), int((nearer >= 0).sum()))) / N_DRAWS,
        ),
        n_clips=len(both),
    )


def _is_worse(change: Change, n_figures: int) -> bool:
    return change.is_sure and change.change < 0 and change.luck <= ALARM / n_figures


def _draw(
    persons: list[Float[np.ndarray, "clips 4"]], rng: np.random.Generator
) -> Float[np.ndarray, "draws 2"]:
    """A and B of each draw: as many persons as there are, then as many of each one's clips."""
    chosen = rng.integers(len(persons), size=(N_DRAWS, len(persons)))
    values = np.empty((*chosen.shape, 2))
    for k, clips in enumerate(persons):
        is_chosen = chosen == k
        picked = rng.integers(len(clips), size=(int(is_chosen.sum()), len(clips)))
        values[is_chosen] = _divide(clips[picked].sum(axis=1))
    return values.mean(axis=1)


def _divide(sums: Float[np.ndarray, "*draws 4"]) -> Float[np.ndarray, "*draws 2"]:
    """Parts and wholes of A and of B → both values."""
    return sums[..., ::2] / sums[..., 1::2]


def _key(score: Score) -> tuple[str, str, str, str]:
    return score.source, score.method, score.view, score.group


def _clips(score: Score) -> _Clips:
    return {(clip.person, clip.clip): clip for clip in score.clips}
