"""A report on disk: written, read back and checked.

In: a `Report` (`report_json.py`), out: JSON text, and back; NAME.json.xz is read, too. A file that
lacks a key, has one too many or one of another type is refused with the place: `report.json:
scores[3].lag_ms: got "late", expected a number`.
"""

import json
import lzma
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import numpy as np

from ..errors import RecordingError
from ..watched import write_aside
from .report_json import FORMAT, FORMAT_VERSION, METHOD_KINDS, SOURCE_KINDS, VIEWS, Report

# what a report of format 1, in which methods did not say so themselves, had to be beaten
MUST_LOSE: Final = ("ours+40ms", "ours+500ms", "random", "still", "shuffled")


def write_report(report: Report, path: Path) -> None:
    """Writes a report, aside and renamed; long lists have one item a line."""
    check_report(report, str(path))
    parts = [f'"format": "{FORMAT}"', f'"format_version": {FORMAT_VERSION}']
    for field in fields(report):
        parts.append(f'"{field.name}": {_write_part(to_plain(getattr(report, field.name)))}')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    write_aside(path, lambda aside: aside.write_text(text, encoding="utf-8"))


def read_report(path: Path) -> Report:
    """Reads and checks a report.

    Raises:
        RecordingError: missing, no report, of another format, or not as the schema says.
    """
    try:
        packed = path.suffix == ".xz"
        raw = json.loads(lzma.decompress(path.read_bytes()) if packed else path.read_bytes())
    except FileNotFoundError:
        raise RecordingError(f"{path}: no report here") from None
    except (OSError, ValueError, EOFError, lzma.LZMAError) as error:
        raise RecordingError(f"{path}: not readable: {error}") from error
    if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
        raise RecordingError(f"{path}: no report of lipmotion (its format is not {FORMAT!r})")
    version = raw.pop("format_version", None)
    if version == 1:
        raw = _bring_up(raw)
    elif version != FORMAT_VERSION:
        raise RecordingError(
            f"{path}: format {version}, this program reads {FORMAT_VERSION}, and 1, an older one"
        )
    report: Report = _build(Report, _add_sound(raw), "", path.name)
    check_report(report, path.name)
    return report


def check_report(report: Report, where: str = "report") -> None:
    """Refuses a report whose tables do not fit together.

    Raises:
        RecordingError: a name that no table has, an unknown kind, or curves of two lengths.
    """

    def refuse(place: str, got: str, allowed: object) -> None:
        raise RecordingError(f"{where}: {place}: got {got!r}, allowed: {allowed}")

    methods, sources, measures = (
        {item.name for item in items} for items in (report.methods, report.sources, report.measures)
    )
    for k, method in enumerate(report.methods):
        if method.kind not in METHOD_KINDS:
            refuse(f"methods[{k}].kind", method.kind, ", ".join(METHOD_KINDS))
    for k, source in enumerate(report.sources):
        if source.kind not in SOURCE_KINDS:
            refuse(f"sources[{k}].kind", source.kind, ", ".join(SOURCE_KINDS))
    for k, timed in enumerate(report.live):
        if timed.method not in methods:
            refuse(f"live[{k}].method", timed.method, sorted(methods))
        for lag in timed.lags:
            if lag.source not in sources:
                refuse(f"live[{k}].lags", lag.source, sorted(sources))
    for table in ("scores", "tracks", "ranges", "chains"):
        for k, row in enumerate(getattr(report, table)):
            if row.source not in sources:
                refuse(f"{table}[{k}].source", row.source, sorted(sources))
            if table != "chains" and row.method not in methods | {""}:
                refuse(f"{table}[{k}].method", row.method, sorted(methods))
    for k, score in enumerate(report.scores):
        if score.view not in VIEWS:
            refuse(f"scores[{k}].view", score.view, ", ".join(VIEWS))
        for name in (*score.figures, *(name for clip in score.clips for name in clip.shares)):
            if name not in measures:
                refuse(f"scores[{k}]", name, sorted(measures))
    for k, track in enumerate(report.tracks):
        heard = (track.sound,) if track.sound else ()
        lengths = {len(curve) for curve in (*track.fields.values(), *heard)}
        if len(lengths) > 1:
            refuse(f"tracks[{k}].fields", f"curves of {sorted(lengths)} hops", "one length")


def to_plain(value: Any) -> Any:
    """Dataclasses, tuples and numbers of numpy → what JSON knows; floats to four digits."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return round(float(value), 4) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _bring_up(raw: dict[str, Any]) -> dict[str, Any]:
    """A file of format 1 as one of format 2: nothing was timed, and names told who must lose."""
    methods = raw.get("methods")
    if isinstance(methods, list) and all(isinstance(method, dict) for method in methods):
        told = [{**method, "must_lose": method.get("name") in MUST_LOSE} for method in methods]
        return {**raw, "methods": told, "live": []}
    return {**raw, "live": []}


def _add_sound(raw: dict[str, Any]) -> dict[str, Any]:
    """A file from before tracks had their sound: it is not known."""
    tracks = raw.get("tracks")
    if isinstance(tracks, list) and all(isinstance(track, dict) for track in tracks):
        return {**raw, "tracks": [{"sound": [], **track} for track in tracks]}
    return raw


def _write_part(value: Any) -> str:
    if isinstance(value, list) and value:
        rows = (json.dumps(item, ensure_ascii=False) for item in value)
        return "[\n " + ",\n ".join(rows) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def _build(kind: Any, raw: Any, place: str, where: str) -> Any:
    """Plain data → `kind`, refusing what does not fit."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        if not isinstance(raw, dict):
            raise _misfit(where, place, raw, "an object")
        for name in sorted(set(raw) ^ set(hints)):
            fault = "is missing" if name in hints else f"is no key; keys: {', '.join(hints)}"
            raise RecordingError(f"{where}: {_join(place, name)} {fault}")
        made = {n: _build(t, raw[n], _join(place, n), where) for n, t in hints.items()}
        return kind(**made)  # type: ignore[operator]
    if origin in (Union, types.UnionType):
        return None if raw is None else _build(arguments[0], raw, place, where)
    if origin is tuple:
        if not isinstance(raw, list):
            raise _misfit(where, place, raw, "a list")
        if arguments[-1] is Ellipsis:
            arguments = (arguments[0],) * len(raw)
        if len(raw) != len(arguments):
            raise _misfit(where, place, raw, f"{len(arguments)} items")
        pairs = enumerate(zip(arguments, raw, strict=True))
        return tuple(_build(t, item, f"{place}[{k}]", where) for k, (t, item) in pairs)
    if origin is Mapping:
        if not isinstance(raw, dict):
            raise _misfit(where, place, raw, "an object")
        return {n: _build(arguments[1], item, _join(place, n), where) for n, item in raw.items()}
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        expected = {"str": "a text", "int": "a whole number", "float": "a number"}
        raise _misfit(where, place, raw, expected.get(kind.__name__, "true or false"))
    return raw


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _misfit(where: str, place: str, raw: Any, expected: str) -> RecordingError:
    got = json.dumps(raw, ensure_ascii=False)
    got = got if len(got) <= 40 else f"{got[:40]}…"
    return RecordingError(f"{where}: {place or 'the whole'}: got {got}, expected {expected}")
