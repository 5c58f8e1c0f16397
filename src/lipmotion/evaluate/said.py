"""What people say in the clips that are scored, as far as it is known, and what that lets us judge.

In: folders of `.align` files. Out: a `Said`: a reader of lips (`reading.py`), and phones by forced
alignment (`phones.py`); each may be missing, and then says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import MissingExtraError
from ..lips import LipTrack
from .align import Lag
from .align_files import AlignFolders
from .lessons import Lesson
from .metrics import SpeechRange
from .phone_scores import Spelling, add_phones, find_spelling
from .phones import SphinxAligner
from .reading_scores import Reading, add_reading, open_reading
from .report_json import MethodInfo
from .scores import ClipScore
from .sources import People
from .suite import Clip, MethodScore

HUMAN: Final = MethodInfo(
    "human", "the person", "reference", None,
    "The person's own lips as they were watched: what lip-reading and p b m, f v, u o w are "
    "measured against.", False,
)  # fmt: skip
NO_READING: Final = (
    "lip-reading is left out: too few clips that are `train` have a .align file with a sentence of "
    "GRID, or none that is scored"
)
NO_PHONES: Final = "p b m, f v and u o w of people are left out: "
NO_WORDS: Final = "no clip that is scored has a .align file that fits its sound"


@dataclass(frozen=True)
class Said:
    """What is known of people's words.

    Attributes:
        reading: reads lips; None where it could not be taught, or has nothing to read.
        spelling: phones of clips; None where none could be found.
    """

    reading: Reading | None = None
    spelling: Spelling | None = None

    def of(self, people: People) -> "Said":
        """What of it is about this source."""
        known = set(people.segments)
        reading, spelling = self.reading, self.spelling
        return Said(
            reading if reading and known & set(reading.words) else None,
            spelling if spelling and known & set(spelling.by_clip) else None,
        )

    def __bool__(self) -> bool:
        return self.reading is not None or self.spelling is not None

    def add(
        self,
        score: MethodScore,
        clips: Sequence[Clip],
        tracks: Sequence[LipTrack],
        ranges: Sequence[SpeechRange],
        owners: Sequence[str],
        *,
        seed: int,
    ) -> MethodScore:
        """A score with all that words allow; `ranges` and `owners` say per clip whose lips."""
        if self.reading is not None:
            score = add_reading(score, self.reading, clips, tracks, ranges, seed=seed)
        if self.spelling is not None:
            score = add_phones(score, self.spelling, clips, tracks, ranges, owners, seed=seed)
        return score

    def score_human(self, clips: Sequence[Clip], *, seed: int) -> MethodScore:
        """The people themselves: only what words allow is defined for them."""
        nowhere = Lag(0.0, 0.0, is_defined=False)
        empty = [ClipScore(clip.name, clip.person, clip.language, {}) for clip in clips]
        return self.add(
            MethodScore(nowhere, {}, empty, {}), clips, [clip.lips for clip in clips],
            [clip.speech_range for clip in clips], [clip.person for clip in clips], seed=seed,
        )  # fmt: skip


NOTHING_SAID: Final = Said()


def open_said(
    folders: Sequence[Path], lessons: Sequence[Lesson], sources: Sequence[People]
) -> tuple[Said, tuple[str, ...]]:
    """What the words of clips allow, and what must be said of what is left out.

    Args:
        folders: with .align files.
        lessons: clips that may teach the reader.
        sources: what is scored.

    Raises:
        RecordingError: no such folder, or a file is damaged.
    """
    segments = {key: s for people in sources for key, s in people.segments.items()}
    reading = open_reading(folders, lessons, segments)
    told = [] if reading else [NO_READING]
    spelling = None
    try:
        files, aligner = AlignFolders(folders), SphinxAligner()
        by_clip = {
            key: phones
            for people in sources
            for key, phones in find_spelling(people, files, aligner).by_clip.items()
        }
        spelling = Spelling(by_clip) if by_clip else None
        told += [] if by_clip else [NO_PHONES + NO_WORDS]
    except MissingExtraError as error:
        told.append(NO_PHONES + str(error))
    return Said(reading, spelling), tuple(told)
