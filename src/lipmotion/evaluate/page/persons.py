"""Where there are several people or languages: each one's value, a dot a method."""

from collections import defaultdict
from typing import Final

from ..report_json import Report, Score, SourceInfo
from .bars import Scale
from .figures import CEILING, get_measure, get_role, list_languages, show
from .html import Html, join, tag

MEASURES: Final = {
    "people": ("closure_f1", "r_aperture", "r_width"),
    "speech": ("bilabial_f1", "vowel_rounding_f1"),
    "sounds": ("stillness",),
}
_MOST: Final = 30  # rows in the open; more are folded
_Key = tuple[str, str]  # language, person


def draw_persons(report: Report, source: SourceInfo) -> Html | None:
    """A panel a measure: rows are languages (if several), then people; None for one person."""
    if len(source.persons) < 2:
        return None
    panels = [_draw_panel(report, source, name) for name in MEASURES[source.kind]]
    shown = [panel for panel in panels if panel is not None]
    if not shown:
        return None
    note = tag("p", "Each row is one ", "language or " if len(list_languages(source)) > 1 else "",
               "person; dots are methods that compete, the large one is ours (or the first "
               "method), the bar is the ceiling.", class_="note")  # fmt: skip
    return join([note, tag("div", *shown, class_="panels")])


def divide_by_person(score: Score, measure: str) -> dict[_Key, float]:
    """(language, person) → value: parts and wholes summed over the person's clips."""
    sums: dict[_Key, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for clip in score.clips:
        part, whole = clip.shares.get(measure, (0.0, 0.0))
        sums[clip.language, clip.person][0] += part
        sums[clip.language, clip.person][1] += whole
    return {key: part / whole for key, (part, whole) in sums.items() if whole}


def average_by_language(values: dict[_Key, float]) -> dict[str, float]:
    """Language → the plain mean over its people."""
    own: dict[str, list[float]] = defaultdict(list)
    for (language, _), value in values.items():
        own[language].append(value)
    return {language: sum(group) / len(group) for language, group in own.items()}


def _draw_panel(report: Report, source: SourceInfo, measure: str) -> Html | None:
    info = get_measure(report, measure)
    by_method = {
        score.method: divide_by_person(score, measure) for score in report.find_scores(source.name)
    }
    roles = {name: get_role(report.method(name)) for name in by_method}
    rivals = [name for name in by_method if roles[name] == "rival" and by_method[name]]
    mine = [name for name in by_method if roles[name] == "ours" and by_method[name]]
    main = (mine or rivals or list(by_method))[:1]
    if info is None or not main:
        return None
    dots = [name for name in rivals if name != main[0]]
    everyone = {key: None for name in main + dots for key in by_method[name]}
    rows: list[tuple[str, dict[str, float | None]]] = []
    shown = [*main, *dots, *(name for name in by_method if name == CEILING)]
    languages = sorted({language for language, _ in everyone})
    if len(languages) > 1:
        means = {name: average_by_language(by_method[name]) for name in shown}
        rows += [(f"all {own or '?'}", {n: means[n].get(own) for n in shown}) for own in languages]
    for language, person in sorted(everyone):
        label = person if len(languages) < 2 else f"{person}, {language}"
        rows.append((label, {n: by_method[n].get((language, person)) for n in shown}))
    known = [x for _, values in rows for x in values.values() if x is not None]
    scale = Scale(min(0.0, *known), max(info.perfect, *known, 1e-9))
    drawn = [_draw_row(report, label, values, main[0], scale) for label, values in rows]
    title = report.method(main[0]).title
    caption = tag("figcaption", tag("b", info.title), f" The number is of {title}.")
    body = tag("ul", *drawn[:_MOST], class_="rows")
    if len(drawn) > _MOST:
        rest = tag("ul", *drawn[_MOST:], class_="rows")
        more = f"{len(drawn) - _MOST} more"
        body = join([body, tag("details", tag("summary", more), rest)])
    return tag("figure", caption, body, class_="panel")


def _draw_row(
    report: Report, label: str, values: dict[str, float | None], main: str, scale: Scale
) -> Html:
    shapes = [tag("line", x1="0%", x2="100%", y1=12, y2=12, class_="rail")]
    for name, value in reversed(values.items()):
        if value is None:
            continue
        x, told = scale.at(value), f"{report.method(name).title}: {show(value)}"
        if name == CEILING:
            bar = tag("line", x1=x, x2=x, y1=3, y2=21, class_="ceiling")
            shapes.append(tag("g", tag("title", told), bar))
        else:
            kind = "dot is-ours" if name == main else "dot small"
            r = 7 if name == main else 4
            shapes.append(_draw_dot(told, x, r, kind))
    svg = tag("svg", *shapes, width="100%", height=24, aria_hidden="true", focusable="false")
    return tag("li", tag("span", label), svg, tag("span", show(values[main])))


def _draw_dot(told: str, x: str, r: int, kind: str) -> Html:
    shape = tag("circle", cx=x, cy=12, r=r, class_=kind)
    return tag("g", tag("title", told), shape)
