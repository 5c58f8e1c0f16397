"""A table of clips: which are scored, which teach, and what is known of their films.

In: a CSV with columns person, name and split, and where wanted `sound_late_ms` (by how much a
film's sound comes late, fixed before anything is judged) and `sha256` (of the film). Out: a
`ClipList`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..bundle import hash_file
from ..errors import RecordingError

TEST, KNOWN = "test", "known"
TEACHING: Final = ("train", KNOWN)

Key = tuple[str, str]  # person, name


@dataclass(frozen=True)
class ClipList:
    """What a table says.

    Attributes:
        words: clip → its split: `test` is scored; `known` is scored apart, since everybody may have
            learned from it; `train` and `known` teach.
        late_s: clip → by how much its sound comes late, where that is known.
        sha256: clip → hash of its film, where that is known.
    """

    words: Mapping[Key, str] = field(default_factory=dict)
    late_s: Mapping[Key, float] = field(default_factory=dict)
    sha256: Mapping[Key, str] = field(default_factory=dict)

    def find(self, word: str) -> frozenset[Key]:
        """The clips of one split."""
        return frozenset(key for key, own in self.words.items() if own == word)

    def check_films(self, films: Mapping[Key, Path]) -> None:
        """Films must be those of the table.

        Raises:
            RecordingError: one is another.
        """
        for key, path in films.items():
            if key in self.sha256 and hash_file(path) != self.sha256[key]:
                raise RecordingError(
                    f"{path}: not the film that the table of clips names: its sha256 differs"
                )


def read_clip_list(path: Path | None) -> ClipList:
    """Reads a table; None = an empty one.

    Raises:
        RecordingError: no table with columns person, name and split, or a number is none.
    """
    if path is None:
        return ClipList()
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = {(row["person"], row["name"]): row for row in csv.DictReader(file)}
        return ClipList(
            {key: row["split"] for key, row in rows.items()},
            {
                key: float(row["sound_late_ms"]) / 1000
                for key, row in rows.items()
                if row.get("sound_late_ms")
            },
            {key: row["sha256"] for key, row in rows.items() if row.get("sha256")},
        )
    except (OSError, KeyError, ValueError) as error:
        raise RecordingError(f"{path}: not a table of person, name and split: {error}") from error


def read_scored(path: Path) -> ClipList:
    """Reads a table in which something is scored.

    Raises:
        RecordingError: it is none, or nothing is `test`.
    """
    found = read_clip_list(path)
    if not found.find(TEST):
        raise RecordingError(f"{path}: no row has split `test`; only those are scored")
    return found
