"""What the user names → films, and the person and name that each will have.

In: films, folders of films, patterns (`talks/*.mp4`), and lists: a `.txt` of one path a line, or a
`.csv` with a column `path` and, where wanted, `person`, `language` and `licence`. Paths in a list
are seen from the list's folder. Out: films and their planned segments, each once, by person and
name.
"""

import csv
import glob
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import MediaError, RecordingError
from ..watched import OWNER_NAME, Segment

VIDEO_SUFFIXES: Final = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ts"),
    *(".mts", ".m2ts", ".3gp", ".ogv", ".mxf", ".vob"),
)
MOST_NAME_BYTES: Final = 100
LIST_SUFFIXES: Final = (".txt", ".csv")
LIST_COLUMNS: Final = ("path", "person", "language", "licence")


@dataclass(frozen=True)
class WatchConfig:
    """How films are watched.

    Attributes:
        mirrored: average each image's landmarks with those of its mirror image.
        language, licence: of all these films, for the index; "" = not known.
        person: whose films these are; None = the name of the folder a film lies in.
        n_workers: processes.
        check_sync: find how late each sound is, and refuse lips that do not go with it.
    """

    mirrored: bool = True
    language: str = ""
    licence: str = ""
    person: str | None = None
    n_workers: int = 1
    check_sync: bool = True


@dataclass(frozen=True)
class _Named:
    """A film that was named, and what a list says of it ("" = nothing)."""

    film: Path
    person: str = ""
    language: str = ""
    licence: str = ""


def plan_segments(paths: Sequence[Path], config: WatchConfig) -> list[tuple[Path, Segment]]:
    """The films under `paths` and what they will be called, by person and name.

    Raises:
        RecordingError: no films there, or two that would have the same name.
        MediaError: a path does not exist, or a list is none.
    """
    named = {n.film.resolve(): n for path in paths for n in _read_path(path)}
    if not named:
        raise RecordingError(
            f"{', '.join(map(str, paths))}: no films here; looked for {', '.join(VIDEO_SUFFIXES)}"
        )
    planned: dict[tuple[str, str], tuple[Path, Segment]] = {}
    for film, said in sorted(named.items()):
        segment = Segment(
            name=_tidy(film.stem if film.stem != Path(OWNER_NAME).stem else f"{film.stem}-film"),
            person=_tidy(said.person or config.person or film.parent.name or "films"),
            source=_tidy(film.name),
            language=said.language or config.language,
            licence=said.licence or config.licence,
        )
        key = segment.person, segment.name
        if key in planned and planned[key][0].parent == film.parent:  # talk.mkv beside talk.mp4
            segment = replace(segment, name=f"{segment.name}-{film.suffix[1:]}")
        other, _ = planned.setdefault((segment.person, segment.name), (film, segment))
        if other != film:
            raise RecordingError(
                f"{other} and {film} would both be {segment.person}/{segment.name}; rename one, or "
                "watch them apart with --person"
            )
    return [planned[key] for key in sorted(planned)]


def find_films(path: Path) -> list[Path]:
    """The films under a path, a pattern or a list, or the path itself.

    Raises:
        MediaError: it does not exist, or names none.
    """
    return [named.film for named in _read_path(path)]


def _read_path(path: Path) -> Iterator[_Named]:
    if path.is_dir():
        yield from (_Named(film) for film in sorted(path.rglob("*")) if _is_film(film))
    elif path.exists():
        yield from _read_list(path) if path.suffix.lower() in LIST_SUFFIXES else [_Named(path)]
    elif glob.has_magic(str(path)):
        found = [Path(match) for match in sorted(glob.iglob(str(path), recursive=True))]  # noqa: PTH207
        if not found:
            raise MediaError(f"{path}: no film fits this pattern")
        for match in found:
            if match.is_dir() or _is_film(match):
                yield from _read_path(match)
    else:
        raise MediaError(f"{path}: no such film or folder")


def _read_list(path: Path) -> Iterator[_Named]:
    try:
        if path.suffix.lower() == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file, strict=True))
        else:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            rows = [{"path": line.strip()} for line in lines if line.strip()[:1] not in ("", "#")]
    except (OSError, ValueError, csv.Error) as error:
        raise MediaError(f"{path}: not readable as a list of films: {error}") from error
    for number, row in enumerate(rows, 1):
        unknown = [str(key) for key in row if key not in LIST_COLUMNS]
        if unknown or not row.get("path"):
            what = f"unknown column {', '.join(unknown)}" if unknown else "no path"
            raise MediaError(f"{path} row {number}: {what}; columns are {', '.join(LIST_COLUMNS)}")
        said = {key: (row.get(key) or "").strip() for key in LIST_COLUMNS[1:]}
        if set(said["person"]) & set("/\\") or said["person"].startswith("."):
            raise MediaError(f"{path} row {number}: {said['person']!r} cannot name a folder")
        film = path.parent / row["path"].strip()
        if not film.exists():
            raise MediaError(f"{path} row {number}: {film}: no such film")
        yield from (_Named(found, **said) for found in find_films(film))


def _tidy(name: str) -> str:
    """A name that can be written anywhere: valid Unicode, not too long for what is added to it."""
    valid = name.encode("utf-8", "replace").decode("utf-8")
    if len(valid.encode()) <= MOST_NAME_BYTES:
        return valid
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    short = valid.encode()[: MOST_NAME_BYTES - len(mark) - 1].decode("utf-8", "ignore")
    return f"{short}-{mark}"


def _is_film(path: Path) -> bool:
    is_hidden = path.name.startswith(".")
    return path.suffix.lower() in VIDEO_SUFFIXES and not is_hidden and path.is_file()
