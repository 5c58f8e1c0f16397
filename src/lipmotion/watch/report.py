"""A watched folder → one page: of each film a picture, what was kept, and what was refused and why.

In: the records and segments of a folder. Out: `report.html`, one file that needs no network. It is
a pure function of the folder; nothing is decided here.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from ..lips import LIP_INDEX
from ..timing import HOP_MS
from ..vision.owner import Owner, load_owner
from ..vision.sync import MAX_LAG_HOPS, Evidence, find_offset, pool
from ..watched import Segment, WatchedFolder, write_aside
from .drawing import PAGE, draw_curve, draw_time, format_time
from .record import SUFFIX, FilmRecord, find_record, read_records

REPORT_NAME: Final = "report.html"
MOST_PICTURES: Final = 500  # a page of some 5 MB; further films have a line, no picture
RANGE_FIELDS: Final = ("aperture", "width", "jaw")


@dataclass(frozen=True)
class _Source:
    """One source: its films, and the segments of each by film."""

    name: str
    records: tuple[FilmRecord, ...]
    segments: dict[str, list[Segment]]


def write_report(folder: WatchedFolder) -> Path:
    """Writes the page into the folder.

    Returns:
        Where it lies.

    Raises:
        RecordingError: a record or segment is damaged.
    """
    by_key: dict[tuple[str, str], list[Segment]] = {}
    for segment in folder.finished():
        film = segment.name.rsplit("@", 1)[0]
        by_key.setdefault((segment.source, film), []).append(segment)
    names = sorted({path.parent.name for path in folder.folder.glob(f"*/*{SUFFIX}")})
    sources = [_gather(folder, name, by_key) for name in names]
    left = MOST_PICTURES
    bodies = []
    for source in sources:
        bodies.append(_write_source(folder, source, left))
        left -= len(source.records)
    people = _write_people(folder, sources)
    page = PAGE.format(
        title=escape(folder.folder.resolve().name),
        summary=_summarise(sources),
        reasons=_list_reasons(sources),
        sources="".join(bodies),
        people=people,
    )
    path = folder.folder / REPORT_NAME
    write_aside(path, lambda aside: aside.write_text(page, encoding="utf-8"))
    return path


def _gather(
    folder: WatchedFolder, name: str, by_key: dict[tuple[str, str], list[Segment]]
) -> _Source:
    records = tuple(read_records(folder.folder, name))
    own = {
        record.name: sorted(
            (
                segment
                for segment in by_key.get((record.source, record.name), [])
                if segment.person in {name, *(part.person for part in record.parts)}
            ),
            key=lambda segment: (segment.start_s, segment.person),
        )
        for record in records
    }
    return _Source(name, records, own)


def _list_all(sources: Iterable[_Source]) -> list[Segment]:
    return [s for source in sources for own in source.segments.values() for s in own]


def _measure(segments: Iterable[Segment]) -> float:
    return sum(segment.end_s - segment.start_s for segment in segments)


def _summarise(sources: Sequence[_Source]) -> str:
    segments = _list_all(sources)
    kept = [segment for segment in segments if not segment.reason]
    n_films = sum(len(source.records) for source in sources)
    looked_s = sum(record.length_s for source in sources for record in source.records)
    took_s = sum(record.took_s for source in sources for record in source.records)
    figures = {
        "films": f"{n_films}",
        "long": format_time(looked_s),
        "kept": format_time(_measure(kept)),
        "of it speech": format_time(sum(segment.speech_s for segment in kept)),
        "people kept": f"{len({segment.person for segment in kept})}",
        "real time a core": f"{looked_s / took_s:.1f} ×" if took_s else "–",
    }
    cells = "".join(f"<div><b>{escape(v)}</b><span>{k}</span></div>" for k, v in figures.items())
    return f'<div class="figures">{cells}</div>'


def _list_reasons(sources: Sequence[_Source]) -> str:
    """Why what was refused, by how long it lasts; figures in a reason do not make it another."""
    totals: dict[str, list[float]] = {}
    for segment in _list_all(sources):
        if segment.reason:
            plain = segment.reason.split(":")[0].split("(")[0]
            words = " ".join("…" if any(c.isdigit() for c in w) else w for w in plain.split())
            total = totals.setdefault(words, [0, 0.0])
            total[0] += 1
            total[1] += segment.end_s - segment.start_s
    for source in sources:
        for record in source.records:
            for reason, seconds in record.left_out.items():
                totals.setdefault(f"left out: {reason}", [0, 0.0])[1] += seconds
    rows = "".join(
        f"<tr><td>{escape(reason)}</td><td>{int(n) or ''}</td><td>{format_time(s)}</td></tr>"
        for reason, (n, s) in sorted(totals.items(), key=lambda row: -row[1][1])
    )
    head = "<tr><th>why not</th><th>segments</th><th>time</th></tr>"
    return f"<table>{head}{rows}</table>" if rows else "<p>Nothing was refused.</p>"


def _write_source(folder: WatchedFolder, source: _Source, n_pictures: int) -> str:
    kept = [s for own in source.segments.values() for s in own if not s.reason]
    names = {s.name for s in kept}
    evidence = pool(p.evidence for r in source.records for p in r.parts if p.name in names)
    total_s = sum(record.length_s for record in source.records)
    line = f"{len(source.records)} films, {format_time(_measure(kept))} of {format_time(total_s)}"
    cards = "".join(
        _write_film(folder, record, source.segments[record.name], has_picture=k < n_pictures)
        for k, record in enumerate(source.records)
    )
    return (
        f"<section><h2>{escape(source.name)}</h2><p>{line} kept.</p>"
        f"{_show_sync(evidence) if kept else ''}<div class='films'>{cards}</div></section>"
    )


def _show_sync(evidence: Evidence) -> str:
    """How the lips that were kept and their sounds agree, by lag."""
    offset = find_offset(evidence)
    text = (
        f"sound {offset.seconds * 1000:+.0f} ms late, sureness {offset.sureness:.1f}, "
        f"r {offset.correlation:.2f}"
    )
    span_ms = MAX_LAG_HOPS * HOP_MS
    picture = draw_curve(evidence.sureness, offset.seconds * 1000 / span_ms)
    return (
        f"<figure>{picture}<figcaption>{text}; lips against what the sound suggests, moved by "
        f"−{span_ms} to +{span_ms} ms</figcaption></figure>"
    )


def _write_film(
    folder: WatchedFolder, record: FilmRecord, segments: Sequence[Segment], *, has_picture: bool
) -> str:
    kept = [segment for segment in segments if not segment.reason]
    picture = _write_picture(folder, record, kept) if has_picture else ""
    offsets = sorted({round(s.offset_s * 1000) for s in kept})
    sound = f", sound {', '.join(f'{ms:+d}' for ms in offsets)} ms" if offsets else ""
    said = [record.reason] if record.reason else [s.reason for s in segments if s.reason]
    reasons = list(dict.fromkeys(text for text in [*said, record.damage] if text))
    more = f"<li>and {len(reasons) - 3} more</li>" if len(reasons) > 3 else ""
    items = "".join(f"<li>{escape(reason)}</li>" for reason in reasons[:3]) + more
    spans = [(s.start_s, s.end_s, not s.reason) for s in segments if record.parts]
    licence = escape(record.licence) if record.licence else "licence not stated"
    verdict = "kept" if kept else "refused"
    return (
        f"<article class='{verdict}'>{picture}<h3>{escape(record.source)}</h3>"
        f"{draw_time(record.length_s, spans)}<p>{format_time(_measure(kept))} of "
        f"{format_time(record.length_s)} kept{sound}<br><small>{licence}</small></p>"
        f"<ul>{items}</ul></article>"
    )


def _write_picture(folder: WatchedFolder, record: FilmRecord, kept: Sequence[Segment]) -> str:
    """The film's picture, and frames round its faces: whole where something of them is kept."""
    path = find_record(folder.folder, record.person, record.name).with_suffix(".jpg")
    if not path.exists() or not all(record.size_px):
        return "<div class='none'>no picture</div>"
    width, height = record.size_px
    names = {segment.name for segment in kept}
    faces = {part.face for part in record.parts if part.name in names}
    frames = "".join(
        f"<rect class='{'kept' if int(face) in faces else 'refused'}' x='{left:.0f}' "
        f"y='{top:.0f}' width='{right - left:.0f}' height='{bottom - top:.0f}'/>"
        for face, left, top, right, bottom in record.boxes
    )
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return (
        f"<svg viewBox='0 0 {width} {height}' role='img' aria-label='a picture of the film'>"
        f"<image href='data:image/jpeg;base64,{data}' width='{width}' height='{height}'/>"
        f"{frames}</svg>"
    )


def _write_people(folder: WatchedFolder, sources: Sequence[_Source]) -> str:
    """Rest and range of everybody of whom something is kept."""
    kept: dict[str, list[Segment]] = {}
    for segment in _list_all(sources):
        if not segment.reason:
            kept.setdefault(segment.person, []).append(segment)
    owners = {
        who: load_owner(folder.owner_path(who))
        for who in sorted(kept)
        if folder.owner_path(who).exists()
    }
    rows = "".join(
        f"<tr><td>{escape(who)}</td><td>{format_time(_measure(kept[who]))}</td>"
        f"<td>{owner.rest_width:.2f}</td>{_write_ranges(owner)}</tr>"
        for who, owner in owners.items()
    )
    heads = "".join(f"<th>{name}</th>" for name in RANGE_FIELDS)
    return (
        f"<table><tr><th>person</th><th>kept</th><th>resting mouth, eye distances</th>{heads}</tr>"
        f"{rows}</table>"
    )


def _write_ranges(owner: Owner) -> str:
    columns = [LIP_INDEX[name] for name in RANGE_FIELDS]
    low, high = np.round(owner.speech_low[columns], 2), np.round(owner.speech_high[columns], 2)
    return "".join(f"<td>{a:+.2f} … {b:+.2f}</td>" for a, b in zip(low, high, strict=True))
