"""Clips that may teach: whoever is fitted to people for a comparison learns from these alone.

In: watched folders and a split table. Out: `Lesson`s, the clips marked `train` or `known`. A map
that is fitted to people must not know who is scored, so it learns from persons of whom no clip is
`test`. Clips marked `known` teach everybody, ours too, and are scored as a source of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..lips import LipTrack
from ..watched import Segment, WatchedFolder, open_watched
from .clip_list import TEACHING, TEST, read_clip_list


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
    """Clips of watched folders that are `train` or `known`, by folder, person and name.

    Args:
        folders: watched ones.
        split: table person,name,split; None = nothing may teach.
        of_strangers: only of persons of whom no clip is `test`.

    Raises:
        RecordingError: the table is none, or a folder is not a watched one.
    """
    if split is None:
        return []
    words = read_clip_list(split).words
    scored = {person for (person, _), word in words.items() if word == TEST}
    found = []
    for folder in folders:
        watched = open_watched(folder)
        found += [
            Lesson(watched, segment)
            for segment in watched.segments()
            if words.get((segment.person, segment.name)) in TEACHING
            and not (of_strangers and segment.person in scored)
        ]
    return found
