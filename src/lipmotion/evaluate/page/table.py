"""The table of a source: a row a method, a cell a measure, with interval, ceiling and best."""

from ..report_json import FigureInfo, Report, Score, SourceInfo
from ..report_md import COLUMNS, sort_scores
from .figures import find_best, get_measure, get_role, show
from .html import Html, join, tag

_VIEWS = {"seen": "", "native": "as the robot's camera gives it", "planned": "planned lips"}


def draw_table(report: Report, source: SourceInfo) -> Html:
    """What was seen, over all clips; what is only read beside, and other views, are folded."""
    main = report.find_scores(source.name)
    others = sort_scores(report, source.name)
    judged, beside = _split_columns(report, source)
    parts = [_draw_rows(report, source, main, judged, "all methods")]
    if any(name in score.figures for score in main for name in beside):
        table = _draw_rows(report, source, main, beside, "measures that are only read beside")
        parts.append(tag("details", tag("summary", "Measures that are only read beside"), table))
    if len(others) > len(main):
        table = _draw_rows(report, source, others, judged, "all views and engines")
        parts.append(tag("details", tag("summary", "All views, and engines of speech"), table))
    return join(parts)


def _split_columns(report: Report, source: SourceInfo) -> tuple[list[str], list[str]]:
    """Judged measures, and those that are only read beside."""
    columns = COLUMNS[source.kind]
    judged = [m.name for m in report.measures if m.judged]
    return [c for c in columns if c in judged], [c for c in columns if c not in judged]


def _draw_rows(
    report: Report, source: SourceInfo, scores: list[Score], wanted: list[str], title: str
) -> Html:
    caption = f"{source.name}: {title}"
    columns = [name for name in wanted if any(name in score.figures for score in scores)]
    units = {measure.name: measure.unit for measure in report.measures}
    best = {name: [one.score for one in find_best(report, source.name, name)] for name in columns}
    has_lag = source.kind == "people"
    has_truth = any(score.true for score in scores)
    heads = [tag("th", "method", scope="col")]
    heads += [tag("th", "lag", tag("small", "ms"), scope="col")] if has_lag else []
    for name in columns:
        info = get_measure(report, name)
        if info is not None:
            perfect = f"perfect {info.perfect:g}" + (f" {info.unit}" if info.unit else "")
            heads.append(
                tag("th", info.title, tag("small", perfect), scope="col", title=info.definition)
            )
    if has_truth:
        told = "Seen closures against the simulator's contact."
        heads.append(tag("th", "seal", tag("small", "simulator's"), scope="col", title=told))
    rows = []
    for score in scores:
        cells = [_draw_head(report, score)]
        if has_lag:
            cells.append(tag("td", show(score.lag_ms, "ms")))
        for name in columns:
            is_best = any(score is one for one in best[name])
            cells.append(_draw_cell(score.figures.get(name), units[name], is_best))
        if has_truth:
            cells.append(tag("td", show(score.true.get("seen_f1"))))
        rows.append(tag("tr", *cells, class_=f"is-{get_role(report.method(score.method))}"))
    table = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *rows)
    )
    return tag("div", table, class_="wide", tabindex=0, role="region", aria_label=caption)


def _draw_head(report: Report, score: Score) -> Html:
    method = report.method(score.method)
    told = [text for text in (score.group, _VIEWS[score.view]) if text]
    role = get_role(method)
    word = "must lose" if role == "control" else method.kind
    return tag("th", method.title, tag("small", ", ".join([word, *told])), scope="row",
               title=method.says)  # fmt: skip


def _draw_cell(figure: FigureInfo | None, unit: str, is_best: bool) -> Html:
    if figure is None or figure.value is None:
        return tag("td", "–", tag("span", "not defined", class_="unseen"))
    value = tag("b", "★ ", show(figure.value, unit)) if is_best else show(figure.value, unit)
    if figure.low is None or figure.high is None:
        return tag("td", value)
    interval = f"{show(figure.low, unit)} to {show(figure.high, unit)}"
    return tag("td", value, tag("small", interval), class_="best" if is_best else None)
