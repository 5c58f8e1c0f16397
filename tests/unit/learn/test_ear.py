"""`learn speech` on tiny data: stopped in any stage and called again, it ends as if unbroken."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import LipmotionError, RecordingError
from lipmotion.learn import course, ear, sounds, teach_encoder
from lipmotion.learn.hear import ENCODER_WIDTH, SpeechEncoder
from lipmotion.learn.lessons import Lesson, make_silent_lesson
from lipmotion.learn.lip_teacher import load_labels
from lipmotion.learn.listening import Listener
from lipmotion.learn.recipe import EarConfig, EarSources
from lipmotion.learn.speech import N_OUTPUTS
from lipmotion.learn.teacher import Teacher, Weights
from lipmotion.lips import N_LIP_FIELDS, LipTrack
from lipmotion.media.flac import write_flac
from lipmotion.watched import Segment, WatchedFolder, write_aside, write_info

CONFIG = EarConfig(
    n_distil_steps=2, n_teacher_steps=2, n_head_steps=3, n_pool_rounds=0, n_lesson_rounds=0,
    n_silent_lessons=1, check=("a/1",),
)  # fmt: skip
STAGES = (
    "letting the teachers listen",
    "distilling the encoder",
    "letting the teachers hear the lessons",
    "learning lips from what the teachers hear",
    "listening to the lessons",
    "learning lips from what is heard",
    "writing the bundle",
)


class FakeTeacher(Teacher):
    """Hears how loud each hop is."""

    def __init__(self, weights: Weights) -> None:
        torch.nn.Module.__init__(self)
        self.width = len(weights["w"])
        self.positions = torch.zeros(1500, self.width)

    def forward(self, samples: torch.Tensor, first_position: int = 0) -> torch.Tensor:
        loudness = samples.view(-1, 320).abs().mean(1)
        return torch.outer(loudness, torch.linspace(-1, 1, self.width))


class OneLayer(SpeechEncoder):
    """The encoder with its first layer alone."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = self.layers[:1]

    def start_from(self, tiny: object) -> None:
        torch.manual_seed(0)
        for parameter in self.parameters():
            torch.nn.init.normal_(parameter, std=0.02)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EarSources:
    """Two clips of one person, a sound in each of two groups, a text that nobody speaks."""
    rng = np.random.default_rng(0)
    write_info(tmp_path / "watched", {"mirrored": True})
    watched = WatchedFolder(tmp_path / "watched")
    for name in ("0", "1"):
        segment = Segment(name, "a", "film.mp4", end_s=2.0, images_hz=25.0, quality=1.0)
        values = rng.uniform(0.1, 0.2, (100, N_LIP_FIELDS)).astype(np.float32)
        in_speech = (np.arange(100) > 20) & (np.arange(100) < 80)
        sound = rng.normal(0, 0.05, 32_000).astype(np.float32)
        write_aside(watched.sound_path(segment), lambda path, sound=sound: write_flac(path, sound))
        watched.write_lips(segment, LipTrack(values, np.ones(100, np.float32), in_speech))
        watched.finish(segment)
    watched.write_index()
    for group in ("some", "dev_other"):
        (tmp_path / "sounds" / group).mkdir(parents=True)
        sound = rng.normal(0, 0.1, 16_000 * 4).astype(np.float32)
        soundfile.write(tmp_path / "sounds" / group / "x.wav", sound, 16_000)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "eng.txt").write_text("All human beings are born free and equal.\n")
    teachers = tuple({"w": np.zeros(width)} for width in (512, ENCODER_WIDTH))
    monkeypatch.setattr(sounds, "N_NOISES", 2)
    monkeypatch.setattr(ear, "check_espeak", lambda: None)
    for stage in (teach_encoder, ear):
        monkeypatch.setattr(stage, "load_teacher_weights", lambda _: teachers)
        monkeypatch.setattr(stage, "Teacher", FakeTeacher)
    monkeypatch.setattr("lipmotion.learn.distil.SpeechEncoder", OneLayer)
    share = teach_encoder._share_groups
    monkeypatch.setattr(teach_encoder, "_share_groups", lambda pool: tiny(share(pool)))
    monkeypatch.setattr(course, "make_silent_lesson", make_short_lesson)
    monkeypatch.setattr(ear, "write_ear", lambda folder, *_: folder)
    return EarSources((tmp_path / "watched",), tmp_path / "texts", tmp_path / "sounds", tmp_path)


def tiny(config):
    import dataclasses

    return dataclasses.replace(config, n_crops=2, n_checks=2, half_precision=False)


def make_short_lesson(n_hops: int, ear: Listener, *, rng: np.random.Generator) -> Lesson:
    return make_silent_lesson(n_hops // 5, ear, rng=rng)


class Stop(Exception):
    pass


def stop_in(stage: str, at: int = 1) -> Callable[[str], Callable[[int, int | None], None]]:
    def report(begun: str) -> Callable[[int, int | None], None]:
        def progress(done: int, total: int | None) -> None:
            if begun == stage and done >= at:
                raise Stop

        return progress

    return report


def digest(run: Path) -> dict[str, str]:
    """What a run has come to: arrays and weights, by file."""
    found = {}
    for path in sorted(run.rglob("*")):
        if path.suffix in (".npy", ".json", ".csv"):
            found[str(path.relative_to(run))] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.suffix == ".pt":
            net = torch.load(path, weights_only=True)["net"]
            data = b"".join(value.numpy().tobytes() for value in net.values())
            found[str(path.relative_to(run))] = hashlib.sha256(data).hexdigest()
    return found


def test_a_run_stopped_in_every_stage_ends_as_an_unbroken_one(
    tmp_path: Path, sources: EarSources
) -> None:
    ear.learn_speech(sources, tmp_path / "whole", config=CONFIG, card="")
    for stage in STAGES:
        at = 0 if stage == "writing the bundle" else 1
        with pytest.raises(Stop):
            ear.learn_speech(
                sources, tmp_path / "broken", config=CONFIG, card="", report=stop_in(stage, at)
            )
    ear.learn_speech(sources, tmp_path / "broken", config=CONFIG, card="")
    whole = digest(tmp_path / "whole")
    assert digest(tmp_path / "broken") == whole
    assert {"pool/clips.json", "distil/best.pt", "lip_teacher/1/best.pt", "head/best.pt"} <= set(
        whole
    )
    labels = load_labels(tmp_path / "whole" / "labels.npz")
    assert [rows.shape for rows in labels] == [(200, N_OUTPUTS)]  # the group that checks has none
    for rows, again in zip(labels, load_labels(tmp_path / "broken" / "labels.npz"), strict=True):
        np.testing.assert_array_equal(rows, again)


def test_a_pool_stopped_while_it_is_written_is_made_anew(
    tmp_path: Path, sources: EarSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    (run / "pool").mkdir(parents=True)
    (run / "pool" / "sound.npy").write_bytes(b"half")
    (run / "pool" / "clips.json.part").write_text('[{"na')
    told: list[tuple[int, int | None]] = []

    def report(stage: str) -> Callable[[int, int | None], None]:
        def progress(done: int, total: int | None) -> None:
            if stage == STAGES[0]:
                told.append((done, total))
            elif stage == STAGES[1]:
                raise Stop

        return progress

    with pytest.raises(Stop):
        ear.learn_speech(sources, run, config=CONFIG, card="", report=report)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert not (run / "pool" / "clips.json.part").exists()


def test_what_is_missing_is_said_before_any_work(tmp_path: Path, sources: EarSources) -> None:
    from dataclasses import replace

    (tmp_path / "nothing").mkdir()
    for changed, config, told in (
        (replace(sources, texts=tmp_path / "nothing"), CONFIG, "no text here"),
        (replace(sources, sounds=tmp_path / "nothing"), CONFIG, "no sound files"),
        (replace(sources, teachers=None), CONFIG, "--teachers"),
        (replace(sources, watched=(tmp_path / "nothing",)), CONFIG, "no watched folder"),
        (sources, replace(CONFIG, check=("who/else",)), "was watched"),
    ):
        with pytest.raises(RecordingError, match=told):
            ear.learn_speech(changed, tmp_path / "run", config=config, card="")
    assert not (tmp_path / "run").exists()


def test_a_damaged_checkpoint_is_said(tmp_path: Path, sources: EarSources) -> None:
    with pytest.raises(Stop):
        ear.learn_speech(
            sources, tmp_path / "run", config=CONFIG, card="", report=stop_in(STAGES[1], 2)
        )
    (tmp_path / "run" / "distil" / "last.pt").write_bytes(b"no")
    with pytest.raises(LipmotionError, match=r"last\.pt: damaged"):
        ear.learn_speech(sources, tmp_path / "run", config=CONFIG, card="")
