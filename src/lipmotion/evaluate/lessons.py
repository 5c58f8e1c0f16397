"""Clips that may teach: whoever is fitted to people for a comparison learns from these alone.

In: watched folders and a split table. Out: `Lesson`s, the clips marked `train`. A map that is
fitted to people must not know who is scored, so it learns from persons of whom no clip is `test`.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..errors import RecordingError
from ..lips import LipTrack
from ..watched import Segment, WatchedFolder, open_watched


@dataclass(frozen=True)
class Lesson:
    """One clip that may teach, read when it is needed."""

    watched: WatchedFolder
    segment: Segment

    @property
    def person(self) -> str:
        return self.segment.person

    @property
    def name(self) -> str:
        return self.segment.name

    @property
    def key(self) -> tuple[str, str]:
        return self.segment.person, self.segment.name

    @property
    def lips(self) -> LipTrack:
        return self.watched.read_lips(self.segment)

    @property
    def sound(self) -> Float32[np.ndarray, " samples"]:
        return self.watched.read_sound(self.segment)


def find_lessons(
    folders: Sequence[Path], split: Path | None, *, of_strangers: bool
) -> list[Lesson]:
    """Clips of watched folders that are `train`, by folder, person and name.

    Args:
        folders: watched ones.
        split: table person,name,split; None = nothing may teach.
        of_strangers: only of persons of whom no clip is `test`.

    Raises:
        RecordingError: the table is none, or a folder is not a watched one.
    """
    if split is None:
        return []
    rows = read_rows(split)
    scored = {person for (person, _), word in rows.items() if word == "test"}
    found = []
    for folder in folders:
        watched = open_watched(folder)
        found += [
            Lesson(watched, segment)
            for segment in watched.segments()
            if rows.get((segment.person, segment.name)) == "train"
            and not (of_strangers and segment.person in scored)
        ]
    return found


def read_rows(path: Path) -> dict[tuple[str, str], str]:
    """(person, name) → its word in the split table.

    Raises:
        RecordingError: no table with columns person, name and split.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {(r["person"], r["name"]): r["split"] for r in csv.DictReader(file)}
    except (OSError, KeyError, ValueError) as error:
        raise RecordingError(f"{path}: not a table of person, name and split: {error}") from error
