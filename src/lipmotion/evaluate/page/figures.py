"""Figures of a report as a page needs them: who competes, who is best, how a number is written.

Conventions: best is nearest to a perfect copy. Only methods that may compete can be best:
references see what no method may, and what must lose is there to be beaten.
"""

import math
from dataclasses import dataclass
from typing import Final

from ..report_json import FigureInfo, MeasureInfo, MethodInfo, Report, Score, SourceInfo

CEILING: Final = "same-film"
WRONG_SOUND: Final = "shuffled"
# What viewers do not notice, and what they still accept, of a picture against its sound; ms, + =
# the picture is late. Source: ITU-R BT.1359-1, thresholds of detectability and acceptability.
UNNOTICED_MS: Final = (-125.0, 45.0)
ACCEPTED_MS: Final = (-185.0, 90.0)
FOLLOWS: Final = 0.5  # a lag means something where lips correlate at least so much
_TIE: Final = 5e-4  # smaller differences than a table of two or three digits shows


@dataclass(frozen=True)
class Ranked:
    """One method's figure among those that compete."""

    score: Score
    figure: FigureInfo
    value: float

    def at(self, report: Report, measure: str, part: str = "value") -> str:
        """Where the number stands in report.json."""
        return f"{locate(report, self.score)}.figures.{measure}.{part}"


def locate(report: Report, score: Score) -> str:
    """Where a score stands in report.json."""
    return f"scores[{next(k for k, own in enumerate(report.scores) if own is score)}]"


def get_role(method: MethodInfo) -> str:
    """ours, rival, control (must lose) or reference: a word and a colour."""
    if method.must_lose:
        return "control"
    if method.is_ours:
        return "ours"
    return "reference" if method.kind == "reference" else "rival"


def get_measure(report: Report, name: str) -> MeasureInfo | None:
    return next((measure for measure in report.measures if measure.name == name), None)


def rank(report: Report, source: str, measure: str) -> list[Ranked]:
    """The methods that compete, best first; of equals, in the order of the report."""
    info = get_measure(report, measure)
    if info is None:
        return []
    found = []
    for score in report.find_scores(source):
        figure = score.figures.get(measure)
        if figure is None or figure.value is None:
            continue
        if get_role(report.method(score.method)) in ("ours", "rival"):
            found.append(Ranked(score, figure, figure.value))
    return sorted(found, key=lambda one: abs(one.value - info.perfect))


def find_best(report: Report, source: str, measure: str) -> list[Ranked]:
    """All that share the first place; none where fewer than two compete or nothing is judged."""
    ranked, info = rank(report, source, measure), get_measure(report, measure)
    if info is None or not info.judged or len(ranked) < 2:
        return []
    least = abs(ranked[0].value - info.perfect)
    return [one for one in ranked if abs(abs(one.value - info.perfect) - least) < _TIE]


def find_method(report: Report, source: str, measure: str, method: str) -> Ranked | None:
    """One method's figure, if it is defined."""
    for score in report.find_scores(source):
        figure = score.figures.get(measure)
        if score.method == method and figure is not None and figure.value is not None:
            return Ranked(score, figure, figure.value)
    return None


def is_nearer(report: Report, measure: str, value: float, other: float) -> bool:
    """Whether a value is nearer to perfect than another, by more than a table shows."""
    info = get_measure(report, measure)
    return info is not None and abs(value - info.perfect) + _TIE < abs(other - info.perfect)


def overlap(a: FigureInfo, b: FigureInfo) -> bool:
    """Whether two 95 % intervals share a value; true where one of them is not known."""
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return True
    return a.low <= b.high and b.low <= a.high


def show(value: float | None, unit: str = "") -> str:
    """A number as tables have it, without its unit; – where it is not defined."""
    if value is None or not math.isfinite(value):
        return "–"
    digits = 0 if unit == "ms" or abs(value) >= 10 else 2
    if 0.0005 <= abs(value) < 0.005 and digits:
        digits = 3
    shown = f"{value:.{digits}f}".replace("-", "−")
    return "0" if shown == "−0" else shown


def show_lag(lag_ms: float) -> str:
    """29 ms early, 11 ms late, or in time."""
    if abs(lag_ms) < 0.5:
        return "in time"
    return f"{abs(lag_ms):.0f} ms {'late' if lag_ms > 0 else 'early'}"


def list_languages(source: SourceInfo) -> list[str]:
    return sorted({person.language for person in source.persons} - {"", "?"})
