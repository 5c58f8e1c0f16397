"""The head's lessons, made from a recipe: people, synthetic speech, voices, sounds without one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..watched import open_watched
from .known import read_known
from .lessons import (
    Lesson,
    make_heard_lesson,
    make_people_lesson,
    make_silent_lesson,
    make_spoken_lesson,
    measure_people,
    read_people,
)
from .lip_teacher import Labels, read_voices
from .listening import Listener
from .loop import Progress
from .recipe import EarConfig, EarSources
from .sounds import find_files, speak_all
from .spoken import LANGUAGES, VARIANTS, read_lines

FILM_SUFFIXES: Final = (".mp4", ".mkv", ".webm")  # their people teach by their lips


def make_lessons(
    sources: EarSources,
    config: EarConfig,
    ear: Listener,
    progress: Progress | None,
    labels: Sequence[Labels] = (),
) -> tuple[dict[str, list[Lesson]], list[Lesson], Float32[np.ndarray, " fields"]]:
    """Makes all lessons.

    Args:
        sources: the data.
        config: seeds, how many, and who is left out.
        ear: what hears them.
        progress: called with (lessons made, lessons in all).
        labels: of each voice of `sources.sounds`, by the lip teacher; without them none teaches.

    Returns:
        Lessons by person and by NOBODY; those that pick the weights; (12,) the
        canonical range.

    Raises:
        RecordingError: a watched folder is none, or nobody in them was seen speaking.
    """
    rows = read_people((open_watched(folder) for folder in sources.watched), config.skip)
    tracks = [(person, folder.read_lips(segment)) for person, folder, segment in rows]
    people, canonical_range = measure_people(tracks)
    n_languages = sum(bool(read_lines(sources.texts, name)) for name in LANGUAGES)
    n_total = len(rows) + n_languages * config.n_lesson_rounds + config.n_silent_lessons
    n_total += len(labels)
    lessons: dict[str, list[Lesson]] = {}
    checks: list[Lesson] = []
    n_done = 0

    def add(lesson: Lesson, *, is_check: bool = False) -> None:
        nonlocal n_done
        (checks if is_check else lessons.setdefault(lesson.who, [])).append(lesson)
        n_done += 1
        if progress is not None:
            progress(n_done, max(n_total, n_done))

    rng = np.random.default_rng([config.seed, 3])
    for (person, folder, segment), (_, track) in zip(rows, tracks, strict=True):
        if person in people:
            sound = folder.read_sound(segment)
            lesson = make_people_lesson(
                person, sound, track, people[person], canonical_range, ear, rng=rng
            )
            named = {person, f"{person}/{segment.name}"}
            add(lesson, is_check=bool(named & set(config.check)))
    rng = np.random.default_rng([config.seed, 4])
    for _, spoken in speak_all(sources.texts, LANGUAGES, VARIANTS, config.n_lesson_rounds, rng=rng):
        add(make_spoken_lesson(spoken, ear, rng=rng))
    rng = np.random.default_rng([config.seed, 6])
    if labels:
        paths = find_voices(sources.sounds)
        for path, sound, rows_of in zip(paths, read_voices(paths), labels, strict=True):
            phones = read_known(path)
            add(make_heard_lesson(sound, rows_of, ear, phones=phones, rng=rng))
    rng = np.random.default_rng([config.seed, 7])
    for _ in range(config.n_silent_lessons):
        add(make_silent_lesson(250, ear, rng=rng))
    return lessons, checks, canonical_range


def find_voices(sounds: Path | None) -> list[Path]:
    """Files of speech whose voices teach; not films, nor groups that only check."""
    if sounds is None:
        return []
    return [
        path
        for path in find_files(sounds)
        if path.suffix.lower() not in FILM_SUFFIXES
        and not path.relative_to(sounds).parts[0].startswith("dev_")
    ]
