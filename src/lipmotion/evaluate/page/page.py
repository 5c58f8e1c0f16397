"""A report as a page: opens without a network, on a phone, in the dark, on paper.

In: a `Report`, and what lies beside it. Out: one HTML text; the same report makes the same text.

Conventions: charts are small inline SVG of our own: dots, bars and lines need no library, and a
library for them weighs megabytes in every report. Style and script are `page.css` and `page.js`.
"""

from pathlib import Path

from ...watched import write_aside
from ..report_file import read_report
from ..report_json import MethodInfo, Report, SourceInfo
from ..report_md import tell_live
from .bars import draw_bars, draw_chain, draw_lags
from .curves import draw_curves
from .figures import get_role
from .gallery import draw_gallery
from .html import Html, frame_page, join, tag
from .media import Media, find_media
from .persons import draw_persons
from .table import draw_table
from .words import describe_source, tell_summary

PAGE_NAME = "report.html"
_ROLES = {
    "ours": "ours",
    "rival": "competes",
    "control": "is there to lose",
    "reference": "sees what no method may",
}


def write_page(report_path: Path) -> Path:
    """Makes report.html beside a report.json; films/ and strips/ there are shown.

    Raises:
        RecordingError: no report there.
    """
    report, path = read_report(report_path), report_path.with_suffix(".html")
    text = render_page(report, find_media(report_path.parent))
    write_aside(path, lambda aside: aside.write_text(text, encoding="utf-8"))
    return path


def render_page(report: Report, media: Media | None = None) -> str:
    """The whole page."""
    face = report.face.name or "two films"
    parts = [
        _draw_head(report, face),
        tag("main", _draw_first(report),
            *(_draw_source(report, source, media or Media()) for source in report.sources),
            _draw_methods(report), _draw_measures(report), _draw_made(report)),
    ]  # fmt: skip
    title = f"How good the lips are: {face}"
    return frame_page(title, join(parts), __package__, "page.css", "page.js")


def _draw_head(report: Report, face: str) -> Html:
    links = [("#summary", "Summary")]
    links += [(f"#source-{k}", source.name) for k, source in enumerate(report.sources)]
    links += [("#methods", "Methods"), ("#measures", "Measures"), ("#made", "What was run")]
    nav = tag("nav", *(tag("a", text, href=at) for at, text in links), aria_label="Parts")
    day = report.made.when[:10]
    told = ", ".join(text for text in (f"lipmotion {report.made.version}", day) if text)
    return tag("header", tag("p", told, class_="over"), tag("h1", "How good the lips are: ", face),
               nav)  # fmt: skip


def _draw_first(report: Report) -> Html:
    warnings = None
    if report.warnings:
        items = [tag("li", text) for text in report.warnings]
        n = len(items)
        head = tag("h3", "One warning first" if n == 1 else f"{n} warnings first")
        warnings = tag("section", head, tag("ul", *items), class_="warnings", role="note")
    note = tag(
        "p", "Best is nearest to what a perfect copy would have. References, which see what no "
        "method may, and methods that are there to lose, are left out of who is best. Intervals: "
        "95 %, drawn over people, then their clips.", class_="note",
    )  # fmt: skip
    return tag("section", tag("h2", "In one minute"), warnings, tell_summary(report), note,
               id="summary")  # fmt: skip


def _draw_source(report: Report, source: SourceInfo, media: Media) -> Html:
    chains = [draw_chain(report, c) for c in report.chains if c.source == source.name]
    way = tag("div", *chains, class_="panels") if chains else None
    bars = join([draw_lags(report, source), draw_bars(report, source)])
    kinds = {"people": "Each person", "speech": "Each voice", "sounds": "Each sound"}
    parts = [
        (None, draw_table(report, source)),
        ("Seen and heard", draw_gallery(report, source, media)),
        ("The lips over time", draw_curves(report, source, media)),
        ("Method against method", bars),
        ("Where the way to ours loses", way),
        (kinds[source.kind], draw_persons(report, source)),
    ]
    shown = []
    for head, content in parts:
        if content is not None:
            shown += [tag("h3", head) if head else None, content]
    head = tag("h2", source.name, " ", tag("small", describe_source(source)))
    return tag("section", head, *shown, id=f"source-{report.sources.index(source)}")


def _draw_methods(report: Report) -> Html:
    rows = [
        join([tag("dt", m.title, " ", tag("small", f"{_tell_kind(m)}; {_ROLES[get_role(m)]}")),
              tag("dd", m.says)])
        for m in report.methods
    ]  # fmt: skip
    live = [tag("p", tag("b", "Live. "), tell_live(report, one)) for one in report.live]
    return tag("section", tag("h2", "Methods"), tag("dl", *rows), *live, id="methods")


def _tell_kind(method: MethodInfo) -> str:
    if method.kind == "reference":
        return "reference"
    if method.lookahead_ms is None:
        return f"{method.kind}, hears the whole utterance"
    return f"{method.kind}, hears {method.lookahead_ms:.0f} ms ahead"


def _draw_measures(report: Report) -> Html:
    kinds = {source.kind for source in report.sources}
    rows = []
    for m in report.measures:
        if kinds & set(m.of):
            unit = f" {m.unit}" if m.unit else ""
            judged = "" if m.judged else "; only read beside"
            told = tag("small", f"perfect: {m.perfect:g}{unit}{judged}")
            rows.append(join([tag("dt", m.title, " ", told), tag("dd", m.definition)]))
    return tag("section", tag("h2", "Measures"), tag("dl", *rows), id="measures")


def _draw_made(report: Report) -> Html:
    made, face = report.made, report.face
    rows: list[tuple[str, str]] = [
        ("Command", made.command),
        ("Version", made.version + (f", commit {made.commit}" if made.commit else "")),
        ("When", made.when),
        ("Machine", made.machine),
        ("Took", f"{made.seconds:.0f} s"),
        ("Seed", str(report.seed)),
        (
            "Face",
            f"{face.name}, driver {face.driver}, description {face.hash}" if face.name else "",
        ),
    ]
    rows += [(f"Weights: {name}", hash_) for name, hash_ in report.bundles.items()]
    for film in report.films:
        told = [
            f"{film.images_hz:g} images/s" if film.images_hz is not None else "",
            f"mouth {film.mouth_px:g} px wide" if film.mouth_px is not None else "",
            f"JPEG quality {film.jpeg_quality}" if film.jpeg_quality is not None else "",
        ]
        shown = ", ".join(text for text in told if text) or "as its camera gives it"
        rows.append((f"Film: {film.view}", shown))
    cells = [
        tag("tr", tag("th", head, scope="row"), tag("td", tag("code", text)))
        for head, text in rows if text
    ]  # fmt: skip
    table = tag("table", tag("tbody", *cells), class_="made")
    note = tag("p", "This page is made from report.json, and films that lie beside it; that file "
               "holds every figure to four digits, clip by clip.", class_="note")  # fmt: skip
    return tag("section", tag("h2", "What was run"), note, table, id="made")
