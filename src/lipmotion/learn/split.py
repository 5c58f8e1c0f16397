"""Who teaches, who picks the weights and who judges: a table, made once for a set of data."""

import csv
from pathlib import Path

from ..errors import RecordingError


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
            for row in csv.DictReader(file):
                named[row["split"]].append(f"{row['person']}/{row['name']}")
    except (OSError, KeyError, ValueError) as error:
        raise RecordingError(
            f"{path}: not a table of person, name and split (train, check or test): {error}"
        ) from error
    return tuple(named["test"]), tuple(named["check"])
