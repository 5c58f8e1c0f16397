"""Who teaches, who picks the weights and who judges: a table, made once for a set of data."""

import csv
from collections.abc import Collection, Iterable
from pathlib import Path

from ..errors import RecordingError
from ..watched import open_watched


def read_split(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who never teaches and who picks the weights, as `person/clip`, from a table.

    Args:
        path: CSV with columns `person`, `name` and `split`: ``train``, ``check`` or ``test``.

    Raises:
        RecordingError: it cannot be read, or a column or a split is another.
    """
    named: dict[str, list[str]] = {"train": [], "check": [], "test": []}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            rows = list(table)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise RecordingError(f"{path}: not a table: {error}") from error
    if not {"person", "name", "split"} <= set(table.fieldnames or ()):
        raise RecordingError(f"{path}: its first row must name the columns person, name, split")
    for number, row in enumerate(rows, 2):
        missing = [name for name in ("person", "name", "split") if not row.get(name)]
        if missing:
            raise RecordingError(f"{path} row {number}: {' and '.join(missing)} is missing")
        if row["split"] not in named:
            raise RecordingError(
                f"{path} row {number}: split is {row['split']!r}, not {', '.join(named)}"
            )
        named[row["split"]].append(f"{row['person']}/{row['name']}")
    return tuple(named["test"]), tuple(named["check"])


def check_split(named: Collection[str], folders: Iterable[Path]) -> None:
    """Looks whether those who are set apart are among those who were watched.

    Args:
        named: persons, or `person/clip`.
        folders: made by `lipmotion watch`.

    Raises:
        RecordingError: none of them is: the table belongs to other films, and nobody is set apart.
    """
    segments = [segment for folder in folders for segment in open_watched(folder).segments()]
    there = {segment.person for segment in segments}
    there |= {f"{segment.person}/{segment.name}" for segment in segments}
    if named and not set(named) & there:
        example = f", as {max(there)} was" if there else ""
        raise RecordingError(
            f"none of the {len(named)} films that the split sets apart was watched{example}; "
            f"it names e.g. {min(named)}"
        )
