"""`learn speech` as a whole: from sounds and watched lips to the bundle that hears.

Stages, each taken up again where it stands in the output folder: `pool` (what the teachers hear),
`distil` (the streaming encoder), `lip_teacher` and `labels.npz` (lips for voices that nobody
filmed), `head` (lips from what the encoder hears), `bundle`. With an encoder's checkpoint at hand
the first two are skipped; without sounds the next two.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import MissingExtraError, RecordingError
from ..watched import open_watched
from .course import find_voices, make_lessons
from .ear_bundle import write_ear
from .held_out import check_sounds
from .lip_teacher import Labels, hear_voices, label_voice, load_labels, save_labels
from .listening import StudentEar, TeacherEar
from .loop import Progress
from .recipe import EarConfig, EarSources
from .sounds import check_spoken, find_files
from .split import check_split
from .spoken import LANGUAGES, VARIANTS, check_espeak, read_lines
from .teach_encoder import get_encoder
from .teach_head import train_head, train_lip_teachers
from .teacher import Teacher, load_teacher_weights

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

LABELS_NAME: Final = "labels.npz"

Report = Callable[[str], Progress | None]


def learn_speech(
    sources: EarSources,
    out: Path,
    *,
    config: EarConfig,
    card: str,
    report: Report = lambda _: None,
) -> Path:
    """Runs the whole recipe and gives the bundle's folder.

    Args:
        sources: the data.
        out: folder of the run; taken up again where it stands.
        config: seeds, steps and who is left out.
        card: what people should know about the bundle; figures of the run are added.
        report: gives the progress callback for the stage that begins, by what it does.

    Raises:
        RecordingError: something to learn from is missing; told before any work begins.
        BundleError: a teacher is missing or not the pinned one; torch and ONNX differ.
    """
    torch.set_num_threads(config.n_threads)
    check_sources(sources, config)
    encoder = get_encoder(sources, out, config, report)
    out.mkdir(parents=True, exist_ok=True)
    labels = get_labels(sources, out, config, report)
    lessons, checks, canonical_range = make_lessons(
        sources, config, StudentEar(encoder), report("listening to the lessons"), labels
    )
    learning = report("learning lips from what is heard")
    head = train_head(lessons, checks, canonical_range, out / "head", config, progress=learning)
    writing = report("writing the bundle")
    if writing is not None:
        writing(0, None)
    return write_ear(out / "bundle", encoder, head, canonical_range, lessons, config, card)


def get_labels(sources: EarSources, out: Path, config: EarConfig, report: Report) -> list[Labels]:
    """Lips for every voice among the sounds, by lip teachers; none without sounds.

    Raises:
        BundleError: a teacher is missing or not the pinned one.
    """
    voices = find_voices(sources.sounds)
    if not voices:
        return []
    if (out / LABELS_NAME).is_file():
        return load_labels(out / LABELS_NAME)
    assert sources.teachers is not None, "`check_sources` has looked"
    base, tiny = load_teacher_weights(sources.teachers)
    ear = TeacherEar((Teacher(tiny), Teacher(base)))
    hearing = report("letting the teachers hear the lessons")
    lessons, checks, canonical_range = make_lessons(sources, config, ear, hearing)
    rng = np.random.default_rng([config.seed, 8])
    heard = list(hear_voices(voices, ear, rng=rng))
    ear.settle()
    learning = report("learning lips from what the teachers hear")
    run = out / "lip_teacher"
    teachers = train_lip_teachers(lessons, checks, canonical_range, run, config, progress=learning)
    save_labels(out / LABELS_NAME, [label_voice(teachers, states) for states in heard])
    return load_labels(out / LABELS_NAME)  # as a run that is taken up again would have them


def check_sources(sources: EarSources, config: EarConfig) -> None:
    """Looks whether all is there; the work that needs it may begin hours later.

    Raises:
        RecordingError: a folder is missing, holds something else or nothing of use.
        ConfigError: a text, voice or sound is held out to judge by.
        LipmotionError: espeak-ng is not installed.
    """
    if not any(open_watched(folder).segments() for folder in sources.watched):
        raise RecordingError(f"{', '.join(map(str, sources.watched))}: no films to learn from")
    check_split((*config.skip, *config.check), sources.watched)
    if not any(read_lines(sources.texts, language) for language in LANGUAGES):
        raise RecordingError(
            f"{sources.texts}: no text here; looked for clauses of 25 to 140 letters in "
            f"{', '.join(f'{language}.txt' for language in LANGUAGES)}"
        )
    check_spoken(sources.texts, LANGUAGES, VARIANTS)
    check_espeak()
    if sources.sounds is None:
        return
    files = find_files(sources.sounds)
    check_sounds(files)
    if not files:
        raise RecordingError(f"{sources.sounds}: no sound files in this folder, nor below it")
    if sources.teachers is None:
        raise RecordingError(
            f"{sources.sounds}: sounds teach by what teachers hear: add --teachers"
        )
