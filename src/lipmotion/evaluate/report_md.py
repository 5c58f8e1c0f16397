"""A report as Markdown: a table for each source, a row a method. A pure function of the report."""

from typing import Final

from .report_json import Chain, FigureInfo, LiveInfo, MethodInfo, Report, Score, SourceInfo

COLUMNS: Final = {
    "people": (
        "r_aperture", "r_width", "closure_f1", "closure_chance", "closure_precision",
        "closure_recall", "false_closure", "rounding_f1", "misalignment_ms", "amplitude_ratio",
        "jerk_ratio", "jitter", "stillness", "open", "bilabial_recall", "bilabial_recall_chance",
        "labiodental", "vowel_rounding_f1", "reading", "reading_share",
    ),
    "speech": (
        "bilabial_f1", "bilabial_recall", "bilabial_precision", "bilabial_chance", "labiodental",
        "vowel_rounding_f1",
    ),
    "sounds": ("stillness", "open", "jitter"),
}  # fmt: skip
_VIEWS = {"seen": "", "native": ", native film", "planned": ", planned"}


def render_report(report: Report) -> str:
    """The whole report."""
    parts = [f"# How good the lips are: {report.face.name or 'two films'}", _tell_made(report)]
    if report.warnings:
        parts.append("\n".join(f"> **Warning:** {text}" for text in report.warnings))
    for source in report.sources:
        parts.append(
            f"## {source.name}\n\n{_tell_source(source)}\n\n{render_source(report, source)}"
        )
        chains = [chain for chain in report.chains if chain.source == source.name]
        if chains:
            parts.append("\n".join(_tell_chain(chain) for chain in chains))
    if report.live:
        parts.append("## Live\n\n" + "\n".join(f"- {tell_live(report, x)}" for x in report.live))
    parts.append("## Methods\n\n" + "\n".join(_tell_method(method) for method in report.methods))
    known = {column for columns in COLUMNS.values() for column in columns}
    told = [
        f"- {m.title}{f' ({m.unit})' if m.unit else ''}: {m.definition} Perfect: {m.perfect:g}."
        for m in report.measures
        if m.name in known
    ]
    parts.append("## Measures\n\n" + "\n".join(told))
    return "\n\n".join(parts) + "\n"


def render_source(report: Report, source: SourceInfo) -> str:
    """One table: value ± half its 95 % interval; – where it is not defined."""
    scores = sort_scores(report, source.name)
    titles = {measure.name: measure.title for measure in report.measures}
    columns = [
        name for name in COLUMNS[source.kind] if any(name in score.figures for score in scores)
    ]
    has_lag = source.kind == "people"
    head = ["method", *(["lag ms"] if has_lag else []), *(titles[name] for name in columns)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for score in scores:
        title = report.method(score.method).title + _VIEWS[score.view]
        if score.group:
            title = f"↳ {score.group}{_VIEWS[score.view]}"
        cells = [title]
        if has_lag:
            cells.append("–" if score.lag_ms is None else f"{score.lag_ms:+.0f}")
        cells += [show_figure(score.figures.get(name)) for name in columns]
        lines.append("| " + " | ".join(cells) + " |")
        if score.true and score.view == "seen":
            told = (f"{key} {value:.2f}" for key, value in score.true.items() if value is not None)
            empty = " |" * (len(head) - 1)
            lines.append(f"| ↳ simulator's truth: {', '.join(told)} |{empty}")
    return "\n".join(lines)


def show_figure(figure: FigureInfo | None) -> str:
    """A figure as `0.85 ± 0.04`, or –."""
    if figure is None or figure.value is None:
        return "–"
    digits = 0 if abs(figure.value) >= 10 else 2
    if figure.low is None or figure.high is None:
        return f"{figure.value:.{digits}f}"
    return f"{figure.value:.{digits}f} ± {(figure.high - figure.low) / 2:.{digits}f}"


def sort_scores(report: Report, source: str) -> list[Score]:
    """By method, then view; engines of speech below their sum."""
    order = [method.name for method in report.methods]
    views = list(_VIEWS)
    own = [score for score in report.scores if score.source == source]
    return sorted(own, key=lambda s: (order.index(s.method), views.index(s.view), s.group))


def tell_live(report: Report, live: LiveInfo) -> str:
    """What a hop costs, where, and how late the lips are; times are of that machine."""
    lags = "".join(
        f" Lag on {lag.source}: {lag.lag_ms:+.0f} ms (95 %: {lag.low_ms:+.0f} to "
        f"{lag.high_ms:+.0f}, {lag.n_clips} clips; + = late)."
        for lag in live.lags
    )
    return (
        f"{report.method(live.method).title}: hears {live.lookahead_ms:.0f} ms ahead; a hop of "
        f"20 ms takes {live.p50_ms:.1f} ms (p95 {live.p95_ms:.1f}, p99 {live.p99_ms:.1f}, most "
        f"{live.most_ms:.1f}), {live.missed_hops} of {live.n_hops} hops missed; {live.threads} "
        f"thread{'' if live.threads == 1 else 's'}, {live.machine}.{lags}"
    )


def _tell_made(report: Report) -> str:
    made = report.made
    commit = f", commit {made.commit}" if made.commit else ""
    films = "; ".join(
        f"{film.view}: "
        + ", ".join(
            text
            for text, value in (
                (f"{film.images_hz} images/s", film.images_hz),
                (f"mouth {film.mouth_px} px", film.mouth_px),
                (f"JPEG {film.jpeg_quality}", film.jpeg_quality),
            )
            if value is not None
        )
        for film in report.films
        if film.images_hz is not None
    )
    return (
        f"lipmotion {made.version}{commit}; {made.when}; {made.machine}; {made.seconds:.0f} s. "
        f"Seed {report.seed}. {films}\n\n    {made.command}"
    )


def _tell_source(source: SourceInfo) -> str:
    n_clips = sum(person.n_clips for person in source.persons)
    languages = sorted({person.language for person in source.persons} - {""})
    what = {"people": "people", "speech": "voices", "sounds": "sounds"}[source.kind]
    spoken = f", {', '.join(languages)}" if languages else ""
    return f"{n_clips} clips of {len(source.persons)} {what}{spoken}; {source.seconds:.0f} s."


def _tell_chain(chain: Chain) -> str:
    """Of the error, x % is hearing, …"""
    lost = [
        f"{link.share:.0%} is {link.part} ({link.method} {link.value:.2f})"
        for link in chain.links
        if link.share is not None
    ]
    return f"- Of what {chain.measure} lacks: {', '.join(lost)}."


def _tell_method(method: MethodInfo) -> str:
    ahead = "" if method.lookahead_ms is None else f", hears {method.lookahead_ms:.0f} ms ahead"
    if method.lookahead_ms is None and method.kind != "reference":
        ahead = ", hears the whole utterance"
    return f"- {method.title} ({method.kind}{ahead}): {method.says}"
