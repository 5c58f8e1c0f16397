"""Bars with intervals, lags on a scale, and what each part of the way costs; inline SVG.

Conventions: one small drawing a row, its parts placed in per cent, so that it fits every width;
name and number stand beside it as text, so the drawing itself is hidden from screen readers.
"""

from dataclasses import dataclass
from typing import Final

from ..report_json import Chain, FigureInfo, MeasureInfo, Report, Score, SourceInfo
from .figures import (
    ACCEPTED_MS,
    CEILING,
    FOLLOWS,
    UNNOTICED_MS,
    find_best,
    find_method,
    get_measure,
    get_role,
    show,
    show_lag,
)
from .html import Html, join, tag
from .words import ACCEPTED, NOTICED, UNNOTICED, judge_lag

CHARTED: Final = {
    "people": ("closure_f1", "r_aperture", "r_width", "rounding_f1", "amplitude_ratio",
               "misalignment_ms", "false_closure", "stillness"),
    "speech": ("bilabial_f1", "labiodental", "vowel_rounding_f1"),
    "sounds": ("stillness", "open", "jitter"),
}  # fmt: skip
_LAG_SPAN: Final = 320.0  # ms to each side; lags are searched within 300
_MIDDLE: Final = "50%"
_SHORT: Final = {UNNOTICED: "unnoticed", ACCEPTED: "accepted", NOTICED: "noticed"}


@dataclass(frozen=True)
class Scale:
    """Values → per cent of the width."""

    low: float
    high: float

    def at(self, value: float) -> str:
        return f"{self.share(value):.2f}%"

    def share(self, value: float) -> float:
        """0 to 100; what lies outside is put on the edge."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def draw_bars(report: Report, source: SourceInfo) -> Html:
    """A panel a measure, a row a method."""
    panels = [_draw_panel(report, source, name) for name in CHARTED[source.kind]]
    return tag("div", *panels, class_="panels")


def draw_lags(report: Report, source: SourceInfo) -> Html | None:
    """Each method's lag as a dot; where viewers do not notice is shaded."""
    scores = [s for s in report.find_scores(source.name) if s.lag_ms is not None]
    if not scores:
        return None
    scale = Scale(-_LAG_SPAN, _LAG_SPAN)
    rows = [_draw_lag(report, score, scale) for score in scores]
    ticks = [
        tag("span", show(value, "ms"), style=f"left:{scale.at(value)}",
            class_=None if value else "zero")
        for value in (-300.0, UNNOTICED_MS[0], 0.0, UNNOTICED_MS[1], 300.0)
    ]  # fmt: skip
    axis = tag("li", tag("span", "ms"), tag("div", *ticks, class_="ticks"), tag("span"),
               class_="axis", aria_hidden="true")  # fmt: skip
    caption = tag(
        "figcaption", tag("b", "Lag"), " Left of the line the robot is early, right of it late; "
        "the line is the person's own lips. Dark band: viewers do not notice (−125 to +45 ms); "
        "light band: they accept it (−185 to +90 ms), by ITU-R BT.1359-1. Hollow dots: lips that "
        f"do not follow the person (correlation below {FOLLOWS:g}), whose lag says nothing.",
    )  # fmt: skip
    return tag("figure", caption, tag("ul", *rows, axis, class_="rows"), class_="panel lags")


def draw_chain(report: Report, chain: Chain) -> Html:
    """What each part of the way costs, one bar a part."""
    most = max(0.01, *(abs(link.loss) for link in chain.links))
    scale = Scale(min(0.0, *(link.loss for link in chain.links)), most)
    rows = []
    for link in chain.links:
        ends = sorted((scale.share(0), scale.share(link.loss)))
        bar = tag("rect", x=f"{ends[0]:.2f}%", y=6, width=f"{ends[1] - ends[0]:.2f}%", height=12,
                  class_="loss" if link.loss >= 0 else "gain")  # fmt: skip
        title = report.method(link.method).title
        name = tag("span", link.part, tag("small", f"{title}: {show(link.value)}"))
        word = "costs " if link.loss >= 0 else "gives back "
        value = tag("span", tag("span", word, class_="unseen"), show(link.loss))
        rows.append(tag("li", name, _draw(bar), value))
    info = get_measure(report, chain.measure)
    title = info.title if info is not None else chain.measure
    caption = tag("figcaption", tag("b", title), " lost on the way from a perfect copy to ours.")
    return tag("figure", caption, tag("ul", *rows, class_="rows"), class_="panel way")


def _draw_panel(report: Report, source: SourceInfo, measure: str) -> Html | None:
    info = get_measure(report, measure)
    scores = [s for s in report.find_scores(source.name) if measure in s.figures]
    known = [s for s in scores if s.figures[measure].value is not None]
    if info is None or not known:
        return None
    figures = [score.figures[measure] for score in known]
    ends = [x for f in figures for x in (f.value, f.low, f.high) if x is not None]
    top = max(info.perfect, *ends)
    scale = Scale(min(0.0, *ends), top if top > 0 else 1.0)
    ceiling = find_method(report, source.name, measure, CEILING)
    best = [one.score for one in find_best(report, source.name, measure)]
    rows = [
        _draw_bar(report, score, info, scale,
                  None if ceiling is None else ceiling.value, any(score is one for one in best))
        for score in scores
    ]  # fmt: skip
    perfect = f" Perfect: {info.perfect:g}{f' {info.unit}' if info.unit else ''}"
    mark = "; dashed: the ceiling." if ceiling is not None else "."
    caption = tag("figcaption", tag("b", info.title), perfect, mark)
    return tag("figure", caption, tag("ul", *rows, class_="rows"), class_="panel")


def _draw_bar(
    report: Report,
    score: Score,
    info: MeasureInfo,
    scale: Scale,
    ceiling: float | None,
    is_best: bool,
) -> Html:
    method, figure, shapes = report.method(score.method), score.figures[info.name], []
    if figure.value is not None:
        left, right = sorted((scale.share(0.0), scale.share(figure.value)))
        shapes.append(tag("rect", x=f"{left:.2f}%", y=5, width=f"{right - left:.2f}%", height=14,
                          rx=2, class_="bar"))  # fmt: skip
    for value, kind in ((info.perfect, "perfect"), (ceiling, "ceiling")):
        if value is not None:
            x = scale.at(value)
            shapes.append(tag("line", x1=x, x2=x, y1=0, y2=24, class_=kind))
    if figure.low is not None and figure.high is not None:
        low, high = scale.at(figure.low), scale.at(figure.high)
        shapes.append(tag("line", x1=low, x2=high, y1=12, y2=12, class_="whisker"))
        shapes += [tag("line", x1=x, x2=x, y1=8, y2=16, class_="whisker") for x in (low, high)]
    text = show(figure.value, info.unit)
    told = tag("span", tag("b", "★ ", text) if is_best else text,
                _tell_interval(figure, info.unit))  # fmt: skip
    name = tag("span", method.title)
    return tag("li", name, _draw(*shapes), told, class_=f"is-{get_role(method)}")


def _tell_interval(figure: FigureInfo, unit: str) -> Html | None:
    if figure.low is None or figure.high is None:
        return None
    return tag("small", f"{show(figure.low, unit)} to {show(figure.high, unit)}")


def _draw_lag(report: Report, score: Score, scale: Scale) -> Html:
    assert score.lag_ms is not None
    bands = [
        tag("rect", x=scale.at(low), y=0, width=f"{scale.share(high) - scale.share(low):.2f}%",
            height=24, class_=kind)
        for (low, high), kind in ((ACCEPTED_MS, "accepted"), (UNNOTICED_MS, "unnoticed"))
    ]  # fmt: skip
    follows = (score.lag_peak or 0.0) >= FOLLOWS
    dot = tag(
        "circle", cx=scale.at(score.lag_ms), cy=12, r=6, class_="dot" if follows else "hollow"
    )
    middle = tag("line", x1=_MIDDLE, x2=_MIDDLE, y1=0, y2=24, class_="perfect")
    told = _SHORT[judge_lag(score.lag_ms)] if follows else "unrelated"
    value = tag("span", show_lag(score.lag_ms), tag("small", told))
    method = report.method(score.method)
    name = tag("span", method.title)
    return tag("li", name, _draw(*bands, middle, dot), value, class_=f"is-{get_role(method)}")


def _draw(*shapes: Html) -> Html:
    return tag("svg", join(list(shapes)), width="100%", height=24, aria_hidden="true",
               focusable="false")  # fmt: skip
