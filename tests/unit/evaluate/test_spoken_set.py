"""The committed speech with known phones: whole, true to its sound, and held out of training."""

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
from lipmotion.evaluate.sources import Spoken, open_speech
from lipmotion.learn.held_out import check_voice, normalise, read_held_out

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "benchmarks" / "spoken"
PAPERS_LANGUAGES = {"es", "it", "de", "he", "ru", "ko", "zh", "fr", "ar", "ja"}

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="only the source tree has the set")


@pytest.fixture(scope="module")
def spoken() -> tuple[Spoken, ...]:
    return open_speech(FOLDER).spoken


@pytest.fixture(scope="module")
def check() -> ModuleType:
    path = ROOT / "scripts" / "spoken_check.py"
    spec = importlib.util.spec_from_file_location("spoken_check", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_files_are_those_of_the_index() -> None:
    files = json.loads((FOLDER / "index.json").read_text("utf-8"))["files"]
    found = {p.name for p in FOLDER.iterdir() if p.suffix in (".opus", ".json")} - {"index.json"}
    assert found == set(files)
    for name, digest in files.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) < 3e6


def test_languages_and_lengths(spoken: tuple[Spoken, ...]) -> None:
    by_engine = {
        s.engine: {t.case.language for t in spoken if t.engine == s.engine} for s in spoken
    }
    assert by_engine["espeak-ng"] >= PAPERS_LANGUAGES and len(by_engine["espeak-ng"]) >= 16
    assert by_engine["kokoro"] >= PAPERS_LANGUAGES and set(by_engine) >= {"flite", "piper"}
    assert all(3.0 <= len(s.case.sound) / 16_000 <= 7.0 for s in spoken)


def test_labels_are_in_order_and_closures_are_bilabial(spoken: tuple[Spoken, ...]) -> None:
    for s in spoken:
        end_s = len(s.case.sound) / 16_000
        for row in (s.phones, s.closures):
            assert all(0 <= p.start_s < p.end_s <= end_s + 1e-3 for p in row), s.case.name
            assert all(a.end_s <= b.start_s + 1e-3 for a, b in pairwise(row)), s.case.name
        assert len(s.closures) >= 3 and all(c.name[0] in "pbm" for c in s.closures)


@pytest.mark.parametrize("engine", ["espeak-ng", "kokoro", "flite", "piper"])
def test_holds_are_quiet(check: ModuleType, engine: str) -> None:
    paths = [
        path
        for path in check.find_truths(FOLDER)
        if json.loads(path.read_text("utf-8"))["engine"].split()[0] == engine
    ]
    holds = [hold for path in paths for hold in check.measure_holds(path)]
    stops = [hold for hold in holds if hold.name[0] in "pb"]
    assert check.share_within(stops) >= 0.9
    assert np.median([hold.drop_db for hold in stops]) >= 20


def test_a_wrong_clock_is_noticed(check: ModuleType) -> None:
    level = np.full(400, -5.0)
    level[200:228] = -40.0  # 0.5 to 0.57 s
    assert check.find_away(level, 0.5, 0.57) == 0
    assert check.find_away(level, 0.58, 0.65) == pytest.approx(-0.0125, abs=0.003)
    assert check.find_drop(level, 0.5, 0.57) == pytest.approx(35)


def test_all_of_it_is_held_out(spoken: tuple[Spoken, ...]) -> None:
    rows = yaml.safe_load((FOLDER / "texts.yaml").read_text("utf-8"))["sentences"]
    said = {normalise(t) for row in rows for t in (*row["texts"], *row.get("spoken", ()))}
    assert said <= set(read_held_out().texts)  # the songs' texts are the others
    for s in spoken:
        truth = json.loads((FOLDER / f"{s.case.name}.json").read_text("utf-8"))
        assert normalise(truth["text"]) in said
        with pytest.raises(ConfigError):
            check_voice(s.engine, s.case.person, s.case.name)
