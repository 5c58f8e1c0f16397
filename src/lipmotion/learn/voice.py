"""`learn speech --voice`: the head of a speech bundle learns on from one person's films.

In: a watched folder and a speech bundle. Out: a bundle that hears with the same encoder and whose
head has learned from the person, and what it means in films that it never saw, before and after.
Lips are brought to the canonical owner as in all training: what is learned is which shapes go with
the person's sounds, not how far the person opens the mouth (`own_range` keeps that, too). So that
rest is not forgotten, sounds without a voice are among the lessons.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..bundle import MANIFEST_NAME
from ..errors import BundleError, MissingExtraError
from ..lips import N_LIP_FIELDS, LipTrack
from ..timing import HOP_HZ
from ..voice.speech import GRAPH_NAME, SHIPPED
from ..watched import WatchedFolder
from .adapt import Adapted, adapt_head
from .ear_bundle import write_speech
from .ear_weights import Ear, read_ear
from .head import predict_lips
from .lessons import Lesson, Person, make_people_lesson, make_silent_lesson, measure_people
from .listening import StudentEar
from .loop import Progress
from .speech import GATED, LipHead
from .teach_head import find_bounds
from .voice_parts import Excerpt, HeldOut, Parts, read_excerpt, split_voice

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

Report = Callable[[str], Progress | None]
JUDGED_HOPS: Final = 12  # future hops of the encoder's first layer where it is judged: 260 ms
ENOUGH_S: Final = 180.0  # shorter films are listened to again, each time as other voices hear them
MOST_ROUNDS: Final = 3
MOST_LEARN_S: Final = 1200.0  # further films do not fit into ten minutes of two cores
N_SILENT: Final = 40
SILENT_HOPS: Final = 250


@dataclass(frozen=True)
class VoiceConfig:
    """How a head learns on.

    Attributes:
        seed: of everything.
        n_steps: steps of the training.
        own_range: also learn how far the person's lips go.
        n_threads: of torch.
    """

    seed: int = 1
    n_steps: int = 150
    own_range: bool = False
    n_threads: int = 1


@dataclass(frozen=True)
class Voice:
    """What was learned.

    Attributes:
        start: the bundle it began with.
        parts: which films taught, checked and judge.
        used_s: seconds of film that taught.
        adapted: the head, and its losses on the checks.
        config: how it learned.
        scale: (12,) by which the person's lips were multiplied.
        clips: of the films that judge: what was seen, and what was meant before and after.
    """

    start: Ear
    parts: Parts
    used_s: float
    adapted: Adapted
    config: VoiceConfig
    scale: Float32[np.ndarray, " fields"]
    clips: tuple[HeldOut, ...]

    @property
    def start_sha256(self) -> str:
        return self.start.bundle.manifest.files[GRAPH_NAME]


def check_out(out: Path, start: Path) -> None:
    """Refuses to write over the bundle that ships, or the one that is begun with.

    Raises:
        BundleError: it would be.
    """
    for taken in (SHIPPED, start):
        if taken.resolve() in (out.resolve(), (out / "bundle").resolve()):
            raise BundleError(f"{taken}: is not written over; name another folder with --out")
    if (out / MANIFEST_NAME).exists():
        raise BundleError(f"{out}: is a bundle itself; name another folder with --out")


def learn_voice(
    watched: WatchedFolder,
    out: Path,
    *,
    start: Path = SHIPPED,
    person: str | None = None,
    config: VoiceConfig,
    report: Report = lambda _: None,
) -> Voice:
    """Lets the head of a speech bundle learn on from a person's films; writes no bundle yet.

    Args:
        watched: folder that `lipmotion watch` made.
        out: folder of the run; taken up again where it stands.
        start: the bundle to begin with.
        person: whose films; None = of the only person there.
        config: seed, steps, range.
        report: gives the progress callback for the stage that begins, by what it does.

    Raises:
        RecordingError: several people, too little speech, or a run that is damaged.
        BundleError: the bundle does not fit.
        ConfigError: `out` holds a run on other films or with other settings.
    """
    check_out(out, start)
    torch.set_num_threads(config.n_threads)
    parts = split_voice(watched, person, seed=config.seed)
    ear = read_ear(start)
    learn = _take(parts.learn, config.seed)
    who = _measure(watched, (*learn, *parts.check), parts.person)
    lessons, checks = _make_lessons(
        watched, parts, learn, who, ear, config, report("listening to the films")
    )
    head = copy.deepcopy(ear.head)
    if config.own_range:
        _widen(head, lessons[parts.person])
    about: dict[str, Any] = {
        "start": ear.bundle.manifest.files[GRAPH_NAME],
        "person": parts.person,
        "own_range": config.own_range,
        "learn": [_name(excerpt) for excerpt in learn],
        "check": [_name(excerpt) for excerpt in parts.check],
    }
    out.mkdir(parents=True, exist_ok=True)
    adapted = adapt_head(
        head,
        lessons,
        checks,
        ear.canonical_range,
        out / "head",
        seed=config.seed,
        n_steps=config.n_steps,
        about=about,
        progress=report("learning how this person speaks"),
    )
    if not adapted.is_better:
        adapted = Adapted(ear.head, adapted.before, adapted.after, False)
    scale = np.ones(N_LIP_FIELDS, np.float32)
    if not config.own_range:
        scale = (ear.canonical_range / who.speech_range).astype(np.float32)
    clips = tuple(_hear(watched, excerpt, ear, adapted.head, scale) for excerpt in parts.held_out)
    used_s = sum(excerpt.end - excerpt.start for excerpt in learn) / HOP_HZ
    return Voice(ear, parts, used_s, adapted, config, scale, clips)


def write_voice(voice: Voice, folder: Path, card: str) -> Path:
    """Writes the bundle: the encoder as it was, and the head that is kept.

    Raises:
        BundleError: torch and ONNX differ, or the folder holds something else.
    """
    more = {
        "start": voice.start_sha256,
        "person": voice.parts.person,
        "is_adapted": voice.adapted.is_better,
        "config": vars(voice.config),
    }
    ear, head = voice.start, voice.adapted.head
    return write_speech(
        folder, ear.encoder, head, ear.canonical_range, more, card, seed=voice.config.seed
    )


def _take(excerpts: tuple[Excerpt, ...], seed: int) -> tuple[Excerpt, ...]:
    """All, or as many drawn ones as can be learned from in the time there is."""
    left = MOST_LEARN_S * HOP_HZ
    taken: list[int] = []
    for k in np.random.default_rng([seed, 12]).permutation(len(excerpts)):
        excerpt = excerpts[k]
        if excerpt.end - excerpt.start <= left or not taken:
            taken.append(int(k))
            left -= excerpt.end - excerpt.start
    return tuple(excerpts[k] for k in sorted(taken))


def _measure(watched: WatchedFolder, excerpts: tuple[Excerpt, ...], person: str) -> Person:
    """The person's range, in the films that teach and check."""
    tracks = [(person, read_excerpt(watched, excerpt)[1]) for excerpt in excerpts]
    return measure_people(tracks)[0][person]


def _make_lessons(
    watched: WatchedFolder,
    parts: Parts,
    learn: tuple[Excerpt, ...],
    who: Person,
    ear: Ear,
    config: VoiceConfig,
    progress: Progress | None,
) -> tuple[dict[str, list[Lesson]], list[Lesson]]:
    """Lessons by person and `silent`, and those that check."""
    length_s = sum(excerpt.end - excerpt.start for excerpt in learn) / HOP_HZ
    n_rounds = int(np.clip(np.ceil(ENOUGH_S / length_s), 1, MOST_ROUNDS))
    todo = [*learn] * n_rounds
    n_total = len(todo) + len(parts.check) + N_SILENT
    rng = np.random.default_rng([config.seed, 3])
    student = StudentEar(ear.encoder)
    lessons: dict[str, list[Lesson]] = {parts.person: [], "silent": []}
    checks: list[Lesson] = []
    for n_done in range(n_total):
        if n_done < len(todo) + len(parts.check):
            is_check = n_done >= len(todo)
            excerpt = parts.check[n_done - len(todo)] if is_check else todo[n_done]
            sound, track = read_excerpt(watched, excerpt)
            lesson = make_people_lesson(
                parts.person, sound, track, who, ear.canonical_range, student,
                rng=rng, own_range=config.own_range,
            )  # fmt: skip
            (checks if is_check else lessons[parts.person]).append(lesson)
        else:
            lessons["silent"].append(make_silent_lesson(SILENT_HOPS, student, rng=rng))
        if progress is not None:
            progress(n_done + 1, n_total)
    return lessons, checks


def _widen(head: LipHead, lessons: list[Lesson]) -> None:
    """Lets a head reach as far as a person who goes further than the people before."""
    low, high = (torch.from_numpy(bound) for bound in find_bounds({"person": lessons}))
    head.low.copy_(torch.minimum(head.low, low))
    head.high.copy_(torch.maximum(head.high, high))


def _hear(
    watched: WatchedFolder,
    excerpt: Excerpt,
    ear: Ear,
    head: LipHead,
    scale: Float32[np.ndarray, " fields"],
) -> HeldOut:
    sound, track = read_excerpt(watched, excerpt)
    rng = np.random.default_rng(0)
    states = StudentEar(ear.encoder).listen(sound, len(track), ((JUDGED_HOPS, False),), rng=rng)[0]
    before, after = (predict_lips(each, states)[:, :N_LIP_FIELDS] for each in (ear.head, head))
    for lips in (before, after):
        lips[:, GATED] = lips[:, GATED].clip(0)  # nobody sees lips pressed
    person = LipTrack(track.values * scale, track.quality, track.in_speech)
    return HeldOut(_name(excerpt), person, before, after)


def _name(excerpt: Excerpt) -> str:
    return f"{excerpt.segment.name}:{excerpt.start}-{excerpt.end}"
