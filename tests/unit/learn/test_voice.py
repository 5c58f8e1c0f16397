"""`learn speech --voice` on a made-up person whose lips are a known function of their sound."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

import onnx

from lipmotion.bundle import Bundle, Manifest, open_bundle, write_manifest
from lipmotion.cli.perform import EXAMPLE
from lipmotion.errors import BundleError, RecordingError
from lipmotion.evaluate.voice import judge_voice, measure_own
from lipmotion.evaluate.voice_report import HowLearned, write_voice_report
from lipmotion.learn import adapt, voice, voice_parts
from lipmotion.learn.ear_weights import Ear, read_ear
from lipmotion.learn.hear import SpeechEncoder
from lipmotion.learn.listening import StudentEar
from lipmotion.learn.speech import LipHead, gate_lips
from lipmotion.learn.voice import VoiceConfig, learn_voice
from lipmotion.learn.voice_parts import GAP_S, split_voice
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS, LipTrack
from lipmotion.media.flac import write_flac
from lipmotion.media.sound import read_sound
from lipmotion.step import Chain, run_offline
from lipmotion.timing import HOP_HZ, HOP_SAMPLES
from lipmotion.voice.features import LogMel
from lipmotion.voice.sources import cut_hops
from lipmotion.voice.speech import GRAPH_NAME, SHIPPED, SpeechModel
from lipmotion.watched import Segment, WatchedFolder, write_aside, write_info

N_HOPS = 100
CONFIG = VoiceConfig(n_steps=60)


class OneLayer(SpeechEncoder):
    """An encoder with one layer and random weights: quick, and it hears how loud a sound is."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = self.layers[:1]
        torch.manual_seed(0)
        for parameter in self.parameters():
            torch.nn.init.normal_(parameter, std=0.02)


class Stop(Exception):
    pass


def make_film(rng: np.random.Generator, n_hops: int = N_HOPS) -> tuple[np.ndarray, LipTrack]:
    """Noise that swells, and lips that open as far as it is loud; narrow where they are open."""
    t = np.arange(n_hops)
    loud = 0.5 + 0.5 * np.sin(t / rng.uniform(3, 9) + rng.uniform(0, 6))
    sound = rng.normal(0, 0.1, n_hops * HOP_SAMPLES) * np.repeat(loud, HOP_SAMPLES)
    values = np.outer(loud, np.linspace(0.1, 0.3, N_LIP_FIELDS)).astype(np.float32)
    values[:, LIP_INDEX["width"]] = -0.2 * loud
    in_speech = (t >= 5) & (t < n_hops - 5)
    return sound.astype(np.float32), LipTrack(values, np.ones(n_hops, np.float32), in_speech)


def write_person(folder: Path, films: dict[str, int], person: str = "me") -> WatchedFolder:
    """A watched folder of films of so many hops each."""
    write_info(folder, {"mirrored": True})
    watched = WatchedFolder(folder)
    rng = np.random.default_rng(1)
    for name, n_hops in films.items():
        sound, track = make_film(rng, n_hops)
        segment = Segment(name, person, f"{name}.mp4", end_s=n_hops / HOP_HZ, quality=1.0)
        write_aside(watched.sound_path(segment), lambda path, sound=sound: write_flac(path, sound))
        watched.write_lips(segment, track)
        watched.finish(segment)
    watched.write_index()
    return watched


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WatchedFolder:
    """Ten films of one person, and an untrained ear in the place of the one that ships."""
    encoder = OneLayer().eval()
    sound, track = make_film(np.random.default_rng(2))
    states = StudentEar(encoder).listen(
        sound, len(track), ((2, False),), rng=np.random.default_rng(0)
    )[0]
    mean, std = states.mean(axis=0).astype(np.float32), states.std(axis=0).astype(np.float32)
    lips = torch.full((N_LIP_FIELDS,), 1.0)
    torch.manual_seed(1)
    head = LipHead(torch.from_numpy(mean), torch.from_numpy(std + 1e-2), -lips, lips).eval()
    torch.nn.init.zeros_(head.last.weight)  # lips that never move
    bundle = Bundle(SHIPPED, Manifest("speech", "", {GRAPH_NAME: "sha"}))
    ear = Ear(bundle, encoder, head, np.full(N_LIP_FIELDS, 0.2, np.float32))
    monkeypatch.setattr(voice, "read_ear", lambda _: ear)
    monkeypatch.setattr(voice, "MOST_ROUNDS", 1)
    monkeypatch.setattr(voice, "N_SILENT", 2)
    monkeypatch.setattr(voice, "SILENT_HOPS", 60)
    monkeypatch.setattr(adapt, "CHECKS", 3)
    monkeypatch.setattr(adapt, "LEARNING_RATE", 2e-3)  # it knows nothing yet
    monkeypatch.setattr(voice_parts, "LEAST_SPEECH_S", 10.0)
    return write_person(tmp_path / "watched", {f"film{k}": N_HOPS for k in range(10)})


def test_weights_read_from_the_shipped_bundle_give_what_its_graph_gives() -> None:
    ear = read_ear(SHIPPED)
    sound = read_sound(EXAMPLE)[HOP_SAMPLES * 30 : HOP_SAMPLES * 90]
    shipped = run_offline(Chain((LogMel(), SpeechModel.open(lookahead_hops=6))), cut_hops(sound))
    states = StudentEar(ear.encoder).listen(sound, 60, ((5, False),), rng=FirstPosition())[0]
    with torch.no_grad():
        lips = gate_lips(ear.head(torch.from_numpy(states.astype(np.float32))[None]))[0]
    n_sure = 60 - 8  # the last hops of a clip miss their future
    assert np.abs(lips.numpy()[:n_sure, :N_LIP_FIELDS] - shipped[:n_sure]).max() < 2e-3
    assert shipped[:n_sure].std(axis=0).max() > 0.01  # lips move
    assert ear.canonical_range[LIP_INDEX["aperture"]] == pytest.approx(0.2829)


class FirstPosition(np.random.Generator):
    """Draws nothing: the clip begins at position 0, as a stream does."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def integers(self, *_: object, **__: object) -> int:
        return 0


def test_another_network_is_refused(tmp_path: Path) -> None:
    model = onnx.load(SHIPPED / GRAPH_NAME)
    for tensor in model.graph.initializer:
        if tensor.name == "head.first.bias":
            old, tensor.name = tensor.name, "head.other"
    for node in model.graph.node:
        for k, name in enumerate(node.input):
            if name == old:
                node.input[k] = "head.other"
    onnx.save(model, tmp_path / GRAPH_NAME)
    (tmp_path / "MODEL_CARD.md").write_text("")
    write_manifest(tmp_path, open_bundle(SHIPPED, "speech").manifest)
    with pytest.raises(BundleError, match="another network"):
        read_ear(tmp_path)


def test_a_person_is_followed_better_in_films_that_taught_nothing(
    watched: WatchedFolder, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    learned = learn_voice(watched, run, config=CONFIG)
    assert learned.adapted.is_better
    tracks = [watched.read_lips(segment) for segment in watched.segments()]
    own = measure_own(tracks, learned.scale, np.zeros(N_LIP_FIELDS, np.float32))
    judged = judge_voice(learned.clips, "me", own, seed=1)
    assert judged.after.figures["r_aperture"].value > 0.6
    for name in ("r_aperture", "r_width"):
        assert judged.gains[name].low > 0
        difference = judged.after.figures[name].value - judged.before.figures[name].value
        assert judged.gains[name].value == pytest.approx(difference, abs=1e-6)
    spans = [np.ptp(np.percentile(clip.person.values[5:-5], (5, 95), axis=0), axis=0)
             for clip in learned.clips]  # fmt: skip
    assert np.mean(spans) == pytest.approx(0.2, rel=0.1)  # the canonical owner's range
    how = HowLearned(
        "me", learned.parts.speech_s, learned.used_s, False, True, learned.adapted.before,
        learned.adapted.after, learned.start_sha256, 1, 60, False, 1.0,
    )  # fmt: skip
    text = write_voice_report(run, how, judged, learned.clips).read_text(encoding="utf-8")
    assert "| r aperture |" in text and "is kept" in text
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert '"gain"' in (run / "report.json").read_text(encoding="utf-8")


def test_the_own_range_is_kept_if_asked_for(watched: WatchedFolder, tmp_path: Path) -> None:
    learned = learn_voice(watched, tmp_path / "run", config=replace(CONFIG, own_range=True))
    assert (learned.scale == 1).all()
    seen = watched.read_lips(learned.parts.held_out[0].segment)
    assert (learned.clips[0].person.values == seen.values).all()


def test_who_learns_nothing_keeps_the_weights(
    watched: WatchedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapt, "LEARNING_RATE", 0.0)
    learned = learn_voice(watched, tmp_path / "run", config=replace(CONFIG, n_steps=2))
    assert not learned.adapted.is_better
    assert learned.adapted.head is learned.start.head
    assert all((clip.before == clip.after).all() for clip in learned.clips)


def stop_at(stage: str, at: int) -> Callable[[str], Callable[[int, int | None], None]]:
    def report(begun: str) -> Callable[[int, int | None], None]:
        def progress(done: int, total: int | None) -> None:
            if begun == stage and done >= at:
                raise Stop

        return progress

    return report


def test_a_stopped_run_ends_as_an_unbroken_one(
    watched: WatchedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lipmotion.learn.loop.LoopConfig.save_every_s", 0.0)
    short = replace(CONFIG, n_steps=6)
    whole = learn_voice(watched, tmp_path / "whole", config=short)
    with pytest.raises(Stop):
        learn_voice(
            watched, tmp_path / "broken", config=short,
            report=stop_at("learning how this person speaks", 4),
        )  # fmt: skip
    assert {path.name for path in (tmp_path / "broken").iterdir()} == {"head"}
    again = learn_voice(watched, tmp_path / "broken", config=short)
    pairs = zip(whole.adapted.head.parameters(), again.adapted.head.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_too_little_speech_is_said_in_a_line(watched: WatchedFolder, tmp_path: Path) -> None:
    few = write_person(tmp_path / "few", {"a": 100, "b": 100})
    with pytest.raises(RecordingError, match=r"few: 3\.6 s of speech of me; at least 10 s"):
        learn_voice(few, tmp_path / "run", config=CONFIG)
    assert not (tmp_path / "run").exists()


def test_several_people_must_be_told_apart(watched: WatchedFolder, tmp_path: Path) -> None:
    write_person(watched.folder, {"x": 100}, "you")
    with pytest.raises(RecordingError, match=r"2 people \(me, you\); .* --person"):
        learn_voice(watched, tmp_path / "run", config=CONFIG)
    with pytest.raises(RecordingError, match="no films of they"):
        learn_voice(watched, tmp_path / "run", config=CONFIG, person="they")
    assert split_voice(watched, "me", seed=1).person == "me"


@pytest.mark.parametrize("out", [SHIPPED, SHIPPED.parent / "speech", SHIPPED / ".." / "speech"])
def test_the_shipped_bundle_is_not_written_over(watched: WatchedFolder, out: Path) -> None:
    before = (SHIPPED / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match="not written over"):
        learn_voice(watched, out, config=CONFIG)
    assert (SHIPPED / "manifest.json").read_bytes() == before


def test_the_bundle_begun_with_is_not_written_over(watched: WatchedFolder, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not written over"):
        learn_voice(watched, tmp_path, start=tmp_path / "bundle", config=CONFIG)


def test_whole_films_go_to_one_part(watched: WatchedFolder) -> None:
    parts = split_voice(watched, None, seed=1)
    sources = [{e.segment.source for e in p} for p in (parts.learn, parts.check, parts.held_out)]
    assert not parts.by_time
    assert [len(names) for names in sources] == [6, 2, 2]
    assert len(set.union(*sources)) == 10
    assert split_voice(watched, None, seed=2).learn != parts.learn


def test_a_single_film_is_cut_by_time_with_gaps(watched: WatchedFolder, tmp_path: Path) -> None:
    one = write_person(tmp_path / "one", {"long": 3000})
    parts = split_voice(one, None, seed=1)
    assert parts.by_time
    (learn,), (check,), (held_out,) = parts.learn, parts.check, parts.held_out
    assert check.start - learn.end == held_out.start - check.end == GAP_S * HOP_HZ
    assert (learn.start, held_out.end) == (0, 3000)
    assert learn.end == pytest.approx(0.6 * 3000, rel=0.06)
