"""The committed songs with known phones: stretched exactly, whole, on time, never taught."""

import hashlib
import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from lipmotion.errors import ConfigError
from lipmotion.evaluate.sources import Spoken, open_sounds, open_speech
from lipmotion.learn.held_out import check_sounds, check_text, normalise, read_held_out
from lipmotion.media.sound import read_sound

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "benchmarks" / "sung"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="only the source tree has the set")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def time() -> ModuleType:
    return load("sung_time")


@pytest.fixture(scope="module")
def songs() -> tuple[Spoken, ...]:
    return open_speech(FOLDER).spoken


def test_vowels_grow_and_consonants_keep_their_length(time: ModuleType) -> None:
    phones = [
        (0.0, 0.1, "m"),
        (0.1, 0.3, "a"),
        (0.3, 0.36, "p"),
        (0.36, 0.46, "u"),
        (0.46, 0.5, ""),
    ]
    nuclei = time.find_nuclei(phones, "kokoro")
    assert nuclei == [(0.1, 0.3), (0.36, 0.46)]
    stretch = time.stretch_spans(nuclei, (3.0, 2.0), 0.5)
    moved = stretch.move(phones)
    lengths = [end - start for start, end, _ in moved]
    assert lengths == pytest.approx([0.1, 0.6, 0.06, 0.2, 0.04])
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(moved))
    assert stretch.seconds == pytest.approx(1.0)


def test_edges_of_vowels_are_not_stretched(time: ModuleType) -> None:
    stretch = time.stretch_spans([(0.1, 0.3)], (3.0,), 0.4)
    assert stretch.to_sung(0.1 + time.EDGE_S) == pytest.approx(0.1 + time.EDGE_S)
    assert stretch.to_sung(0.3 - time.EDGE_S) == pytest.approx(0.7 - time.EDGE_S)
    assert stretch.to_sung(0.2) == pytest.approx(0.4)  # the middle stays in the middle
    short = time.stretch_spans([(0.1, 0.14)], (2.0,), 0.2)  # edges of a quarter
    assert short.to_sung(np.array([0.11, 0.13, 0.14])) == pytest.approx([0.11, 0.17, 0.18])


def test_the_way_back_is_the_way(time: ModuleType) -> None:
    stretch = time.stretch_spans([(0.1, 0.3), (0.3, 0.4)], (4.0, 2.0), 0.6)
    at = np.linspace(0, 0.6, 61)
    assert stretch.to_spoken(stretch.to_sung(at)) == pytest.approx(at)
    assert (np.diff(stretch.to_sung(at)) >= np.diff(at) - 1e-12).all()


def test_runs_of_vowels_are_one_and_alphabets_differ(time: ModuleType) -> None:
    phones = [(0.0, 0.1, "a"), (0.1, 0.2, "ɪ"), (0.2, 0.3, "y"), (0.4, 0.5, "o")]
    assert time.find_nuclei(phones, "kokoro") == [(0.0, 0.3), (0.4, 0.5)]
    assert time.is_vowel("uw", "flite") and not time.is_vowel("y", "flite")


@pytest.mark.parametrize(
    "spans", [[(0.1, 0.3), (0.2, 0.4)], [(0.3, 0.2)], [(0.4, 0.6)]], ids=["over", "back", "beyond"]
)
def test_spans_out_of_order_are_refused(time: ModuleType, spans: list) -> None:
    with pytest.raises(ValueError, match="not in order"):
        time.stretch_spans(spans, [2.0] * len(spans), 0.5)
    with pytest.raises(ValueError, match="shorter"):
        time.stretch_spans([(0.1, 0.2)], [0.5], 0.5)


def test_files_are_those_of_the_index() -> None:
    files = json.loads((FOLDER / "index.json").read_text("utf-8"))["files"]
    found = {
        p.relative_to(FOLDER).as_posix()
        for p in FOLDER.rglob("*")
        if p.suffix in (".opus", ".json")
    } - {"index.json"}
    assert found == set(files)
    for name, digest in files.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 1.5e6


def test_each_is_sung_alone_and_over_a_band_with_the_same_labels(songs: tuple[Spoken, ...]) -> None:
    by_name = {s.case.name: s for s in songs}
    assert len(by_name) == 16 and len({s.case.language for s in songs}) >= 6
    for name in (name for name in by_name if name.endswith("_alone")):
        alone, band = by_name[name], by_name[name.replace("_alone", "_band")]
        assert alone.phones == band.phones and alone.closures == band.closures
        assert len(alone.case.sound) == len(band.case.sound)
        assert 6 < len(alone.case.sound) / 16_000 < 12


def test_labels_are_in_order_and_closures_are_bilabial(songs: tuple[Spoken, ...]) -> None:
    for s in songs:
        end_s = len(s.case.sound) / 16_000
        for row in (s.phones, s.closures):
            assert all(0 <= p.start_s < p.end_s <= end_s + 1e-3 for p in row), s.case.name
            assert all(a.end_s <= b.start_s + 1e-3 for a, b in pairwise(row)), s.case.name
        assert len(s.closures) >= 3 and all(c.name[0] in "pbm" for c in s.closures)


def test_holds_are_quiet() -> None:
    check = load("spoken_check")
    paths = check.find_truths(FOLDER)
    assert len(paths) == 8  # those alone: a band plays over the holds of the others
    stops = [h for path in paths for h in check.measure_holds(path) if h.name[0] in "pb"]
    assert check.share_within(stops) >= 0.9
    assert np.median([hold.drop_db for hold in stops]) >= 20


def test_a_held_vowel_wavers_by_half_a_semitone() -> None:
    """Its pitch at the crest and in the trough of the vibrato, by autocorrelation."""
    sound = read_sound(FOLDER / "held" / "a.opus").astype(float)
    pitches = [find_pitch(sound[at : at + 640], 180, 300) for at in range(16_000, 56_000, 160)]
    cents = 1200 * np.log2(np.array(pitches) / 233)
    assert np.median(cents) == pytest.approx(0, abs=15)
    assert np.percentile(cents, (5, 95)) == pytest.approx([-50, 50], abs=15)
    turns = np.fft.rfft((cents - cents.mean()) * np.hanning(len(cents)), 8192)
    assert np.abs(turns).argmax() * 100 / 8192 == pytest.approx(5.5, abs=0.3)


def find_pitch(window: np.ndarray, low_hz: int, high_hz: int) -> float:
    """Of a window of 40 ms, with a parabola through the greatest."""
    centred = (window - window.mean()) * np.hanning(len(window))
    alike = np.fft.irfft(np.abs(np.fft.rfft(centred, 2048)) ** 2)
    alike /= np.fft.irfft(np.abs(np.fft.rfft(np.hanning(len(window)), 2048)) ** 2) + 1e-9
    lags = np.arange(16_000 // high_hz, 16_000 // low_hz)
    best = int(lags[alike[lags].argmax()])
    a, b, c = alike[best - 1 : best + 2]
    return 16_000 / (best + 0.5 * (a - c) / (a - 2 * b + c))


def test_the_track_has_breaks_and_breaths_have_no_words() -> None:
    track = json.loads((FOLDER / "track" / "track.json").read_text("utf-8"))
    (a, b), (c, d) = track["sung"]
    assert min(a, c - b, track["duration"] - d) >= 5 and 30 <= track["duration"] <= 40
    closures = [(start + end) / 2 for start, end, _ in track["closures"]]
    assert all(a <= at <= b or c <= at <= d for at in closures)
    assert len(open_sounds(FOLDER / "breaths").cases) == 6


def test_all_of_it_is_held_out(songs: tuple[Spoken, ...]) -> None:
    rows = yaml.safe_load((FOLDER / "texts.yaml").read_text("utf-8"))["songs"]
    sung = {normalise(row["text"]) for row in rows}
    spoken = yaml.safe_load((FOLDER.parent / "spoken" / "texts.yaml").read_text("utf-8"))
    said = {
        normalise(t) for row in spoken["sentences"] for t in (*row["texts"], *row.get("spoken", ()))
    }
    assert set(read_held_out().texts) == said | sung
    for row in rows:
        with pytest.raises(ConfigError, match="held out"):
            check_text(row["text"], "x")
    for path in [*FOLDER.glob("*.opus"), *FOLDER.glob("held/*.opus"), *FOLDER.glob("w*/*.opus")]:
        with pytest.raises(ConfigError, match="held out"):
            check_sounds([path])
    check_text("a dog", "x")  # a held vowel holds out no text
