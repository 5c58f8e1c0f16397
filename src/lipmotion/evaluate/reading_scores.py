"""Lip-reading as a measure: how much of what people's lips say is left on the robot's.

In: people's clips with their words, a reader (`reading.py`), the robot's lips. Out: two figures for
each method: the rate of slots read right, and what it is above chance as a share of the person's.

Conventions: the method's lag is taken off, as for r; the reader never sees a clip that is scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from ..lips import LipTrack
from ..vision.owner import load_owner
from ..watched import Segment
from .align import remove_lag
from .align_files import AlignFolders, Word
from .lessons import Lesson
from .metrics import UNDEFINED, Share, SpeechRange, fit_range
from .reading import CHANCE, Example, Reader, cut_sentence, fit_reader
from .scores import Figure
from .suite import Clip, MethodScore, add_shares

_N_DRAWS: Final = 1000


@dataclass(frozen=True)
class Reading:
    """A reader, and the words of the clips that are scored: (person, name) → words."""

    reader: Reader
    words: Mapping[tuple[str, str], Sequence[Word]]

    def read(
        self,
        clips: Sequence[Clip],
        tracks: Sequence[LipTrack],
        ranges: Sequence[SpeechRange],
        lag_hops: float = 0.0,
    ) -> list[Share]:
        """Slots read right of each clip; undefined where its words are not known."""
        found = []
        for clip, track, own in zip(clips, tracks, ranges, strict=True):
            words = self.words.get((clip.person, clip.name))
            values, _ = remove_lag(track.values, lag_hops)
            found.append(self.reader.count_right(values, own, words) if words else UNDEFINED)
        return found


def open_reading(
    folders: Sequence[Path],
    lessons: Sequence[Lesson],
    segments: Mapping[tuple[str, str], Segment],
) -> Reading | None:
    """Teaches a reader; None where too few clips have words, to learn from or to be read.

    Args:
        folders: with .align files.
        lessons: clips that may teach.
        segments: (person, name) → segment, of the clips that are scored.

    Raises:
        RecordingError: no such folder, or a file is damaged.
    """
    files = AlignFolders(folders)
    words = {key: find_words(files, segment) for key, segment in segments.items()}
    known = {key: found for key, found in words.items() if found}
    reader = teach(files, [lesson for lesson in lessons if lesson.key not in segments])
    return Reading(reader, known) if known and reader.slots else None


def teach(files: AlignFolders, lessons: Sequence[Lesson]) -> Reader:
    """Fits a reader to clips whose words are known; each person's range is over their lessons."""
    by_person: dict[tuple[Path, str], list[Lesson]] = {}
    for lesson in lessons:
        by_person.setdefault((lesson.watched.folder, lesson.person), []).append(lesson)
    examples: list[Example] = []
    for own in by_person.values():
        tracks = [lesson.lips for lesson in own]
        noise = load_owner(own[0].watched.owner_path(own[0].person)).noise
        lips = fit_range(tracks, noise=noise)
        for lesson, track in zip(own, tracks, strict=True):
            words = find_words(files, lesson.segment)
            examples += cut_sentence(track.values, lips, words or ())
    return fit_reader(examples)


def add_reading(
    score: MethodScore,
    reading: Reading,
    clips: Sequence[Clip],
    tracks: Sequence[LipTrack],
    ranges: Sequence[SpeechRange],
    *,
    seed: int,
) -> MethodScore:
    """A method's score with both figures of lip-reading."""
    human = reading.read(clips, [c.lips for c in clips], [c.speech_range for c in clips])
    robot = reading.read(clips, tracks, ranges, score.lag.hops)
    told = add_shares(score, [{"reading": share} for share in robot], seed=seed)
    compared = compare_reading(
        [clip.person for clip in clips], human, robot, rng=np.random.default_rng(seed)
    )
    return replace(told, figures={**told.figures, "reading_share": compared})


def compare_reading(
    persons: Sequence[str],
    human: Sequence[Share],
    robot: Sequence[Share],
    *,
    rng: np.random.Generator,
) -> Figure:
    """The robot's rate above chance as a share of the person's, with its bootstrap 95 % interval.

    Rates are means over persons. Each draw takes as many persons as there are, with replacement,
    and of each as many clips; human and robot are read on the same ones. Not defined where the
    person's own lips are not read better than chance in every twentieth draw or more.
    """
    rows = np.array([(h.part, r.part, h.whole) for h, r in zip(human, robot, strict=True)])
    known = [k for k, h in enumerate(human) if h.whole]
    names = sorted({persons[k] for k in known})
    own = [rows[[k for k in known if persons[k] == name]] for name in names]
    nothing = float("nan")
    if not own:
        return Figure(nothing, nothing, nothing, 0, 0)
    draws = np.array([_divide(_draw(own, rng)) for _ in range(_N_DRAWS)])
    value = _divide(own)
    if not np.isfinite(value) or np.isnan(draws).mean() > 0.05:
        return Figure(nothing, nothing, nothing, len(known), len(names))
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return Figure(value, float(low), float(high), len(known), len(names))


def _draw(
    persons: Sequence[Float[np.ndarray, "clips 3"]], rng: np.random.Generator
) -> list[Float[np.ndarray, "clips 3"]]:
    chosen = rng.integers(len(persons), size=len(persons))
    return [persons[k][rng.integers(len(persons[k]), size=len(persons[k]))] for k in chosen]


def _divide(persons: Sequence[Float[np.ndarray, "clips 3"]]) -> float:
    """(robot − chance) / (human − chance); NaN where the person is not read above chance."""
    sums = np.array([clips.sum(axis=0) for clips in persons])
    human, robot = (sums[:, :2] / sums[:, 2:]).mean(axis=0) - CHANCE
    return float(robot / human) if human > 1e-9 else float("nan")


def find_words(files: AlignFolders, segment: Segment) -> list[Word] | None:
    """Words of a segment on the clock of its lips: what the sound was late is taken off."""
    words = files.find(segment.person, Path(segment.source).stem)
    if words is None:
        return None
    return [word.move(-segment.start_s - segment.offset_s) for word in words]
