"""A whole run on made-up people: a grey face, three short clips, every step on disk."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.grey import GreyFace, GreyLandmarker
from fakes.rivals import FakeFolder, FakeRival
from fakes.sentences import make_words, write_align
from fakes.watched import make_watched

from lipmotion.errors import ConfigError, RecordingError, RivalError
from lipmotion.evaluate import takes
from lipmotion.evaluate.plan import EvaluateConfig, Sources, choose_methods, make_ready
from lipmotion.evaluate.report_file import read_report, to_plain
from lipmotion.evaluate.report_json import Report
from lipmotion.evaluate.rivals import heard, prepare
from lipmotion.evaluate.run import evaluate
from lipmotion.evaluate.setting import Setting
from lipmotion.evaluate.stage import Stage, Take
from lipmotion.media.flac import write_flac

METHODS = ("ours", "ours+40ms", "amplitude", "loudness", "still", "shuffled")


class CountedStage(Stage):
    """Counts what is performed, and stops when it is told to."""

    n_taken = 0
    stop_at: int | None = None

    def take(self, commands, views=None) -> Take:  # type: ignore[no-untyped-def]
        if CountedStage.n_taken == CountedStage.stop_at:
            raise KeyboardInterrupt
        CountedStage.n_taken += 1
        return super().take(commands, views)


@pytest.fixture(autouse=True)
def grey(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_stage(setting: Setting) -> Stage:
        return CountedStage(
            lambda: GreyFace(setting.spec), setting.styles, GreyLandmarker(), seed=setting.seed
        )

    monkeypatch.setattr(takes, "open_stage", open_stage)
    monkeypatch.setattr(CountedStage, "n_taken", 0)
    monkeypatch.setattr(CountedStage, "stop_at", None)
    for cached in (takes.get_theatre, takes.open_method, takes.load_cached_take):
        cached.cache_clear()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "people"
    make_watched(folder)
    return folder


def make_config(out: Path, people: Path) -> EvaluateConfig:
    return EvaluateConfig(out, data=(people,), methods=METHODS, is_native=False)


def run_silently(part: str) -> Callable[[int, int | None], None]:
    return lambda done, total: None


def run(config: EvaluateConfig) -> Report:
    return evaluate(config, report=run_silently)


def figures(report: Report) -> object:
    return to_plain((report.scores, report.tracks, report.ranges, report.warnings))


def test_a_run_and_the_same_run_again(people: Path, tmp_path: Path) -> None:
    config = make_config(tmp_path / "one", people)
    report = run(config)
    n_performed = CountedStage.n_taken
    assert 10 <= n_performed <= 12  # four methods × three clips; a still mouth is filmed once
    assert [m.name for m in report.methods] == [*METHODS[:2], "loudness", "amplitude", "still",
                                                "shuffled"]  # fmt: skip
    assert read_report(config.out / "report.json").scores[0].figures.keys() > {"r_aperture"}
    assert (config.out / "report.md").read_text("utf-8").startswith("# How good the lips are: emo")
    assert "How good the lips are: emo</h1>" in (config.out / "report.html").read_text("utf-8")
    assert len(report.tracks) == 3 * (1 + len(METHODS))
    rows = {score.method: score for score in report.scores}
    assert rows["still"].figures["r_aperture"].value == 0
    ours, later = rows["ours"].lag_ms, rows["ours+40ms"].lag_ms
    if ours is not None and later is not None and abs(ours) < 250:
        assert later == pytest.approx(ours + 40, abs=5)
    again = run(config)  # all of it lies on disk
    assert CountedStage.n_taken == n_performed
    assert figures(again) == figures(report)
    elsewhere = run(make_config(tmp_path / "two", people))
    assert CountedStage.n_taken == 2 * n_performed
    assert figures(elsewhere) == figures(report)


def test_a_run_that_was_stopped_goes_on(people: Path, tmp_path: Path) -> None:
    config = make_config(tmp_path, people)
    CountedStage.stop_at = 4
    with pytest.raises(KeyboardInterrupt):
        run(config)
    assert not (tmp_path / "report.json").exists()
    assert len(list((tmp_path / "work" / "takes").glob("*.npz"))) == 4
    assert not list(tmp_path.rglob("*.part"))
    CountedStage.stop_at, CountedStage.n_taken = None, 0
    report = run(config)
    assert CountedStage.n_taken in (6, 7, 8)
    assert len(report.scores) == len(METHODS)


def test_a_damaged_take_says_what_to_do(people: Path, tmp_path: Path) -> None:
    config = replace(make_config(tmp_path, people), methods=("still",))
    run(config)
    next((tmp_path / "work" / "takes").glob("*.npz")).write_bytes(b"")
    takes.load_cached_take.cache_clear()
    with pytest.raises(RecordingError, match="delete it and run again"):
        run(config)


def test_another_seed_or_method_is_another_key(people: Path, tmp_path: Path) -> None:
    from lipmotion.evaluate.methods import Case

    case = Case("people", "ann", "clip", "en", np.zeros(3200, np.float32))
    setting = Setting("emo", 0, 300, 4, (), tmp_path)
    paths = {
        setting.commands_path(case, "ours"),
        setting.commands_path(case, "still"),
        setting.commands_path(replace(case, sound=case.sound + 1), "ours"),
        replace(setting, seed=1).commands_path(case, "ours"),
        replace(setting, lookahead_ms=200).commands_path(case, "ours"),
    }
    assert len(paths) == 5
    assert setting.commands_path(case, "ours") in paths


def test_split_and_sounds_and_speech(people: Path, tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("person,name,split\nann,clip-0,test\nbob,clip-2,train\n")
    rng = np.random.default_rng(0)
    for folder in ("noises", "voices"):
        (tmp_path / folder).mkdir()
        for k in range(2):
            noise = rng.normal(0, 0.01, 32_000).astype(np.float32)
            write_flac(tmp_path / folder / f"{k}.flac", noise)
            phones = [[0.2, 0.3, "p"], [0.3, 0.6, "uw"], [0.6, 0.7, "b"], [0.7, 1.2, "iy"]]
            label = {"phones": phones, "closures": [phones[0], phones[2]], "engine": "flite 2",
                     "voice": "kal", "lang": "en"}  # fmt: skip
            (tmp_path / folder / f"{k}.json").write_text(json.dumps(label))
    config = replace(
        make_config(tmp_path / "out", people), split=tmp_path / "split.csv",
        sounds=(tmp_path / "noises",), speech=(tmp_path / "voices",), methods=("ours", "still"),
    )  # fmt: skip
    report = run(config)
    assert [source.kind for source in report.sources] == ["people", "speech", "sounds"]
    assert [p.n_clips for p in report.sources[0].persons] == [1]
    views = {(s.source, s.method, s.view, s.group) for s in report.scores}
    assert ("voices", "ours", "planned", "flite") in views
    assert ("voices", "still", "seen", "") in views
    assert ("voices", "still", "planned", "") not in views
    assert ("noises", "ours", "seen", "") in views
    assert "| ↳ flite, planned |" in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_who_is_known_stands_apart(people: Path, tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("person,name,split\nann,clip-0,test\nbob,clip-2,known\n")
    config = replace(
        make_config(tmp_path, people), split=tmp_path / "split.csv", methods=("still",),
        is_native=True,
    )  # fmt: skip
    report = run(config)
    told = {s.name: [p.name for p in s.persons] for s in report.sources}
    assert told == {"people": ["ann"], "people-known": ["bob"]}
    assert {s.source for s in report.scores if s.view == "native"} == set(told)


def test_lips_are_read(tmp_path: Path) -> None:
    make_watched(tmp_path / "people", n_clips=24)
    rows = [f"{'bob' if k % 3 == 2 else 'ann'},clip-{k}" for k in range(24)]
    words = ["train"] * 21 + ["test"] * 2 + ["train"]
    lines = [f"{row},{word}" for row, word in zip(rows, words, strict=True)]
    (tmp_path / "split.csv").write_text("\n".join(["person,name,split", *lines]))
    for k in range(24):
        write_align(tmp_path / "align" / f"clip-{k}.align", make_words(k))
    config = replace(
        make_config(tmp_path / "out", tmp_path / "people"), methods=("still",),
        split=tmp_path / "split.csv", aligns=(tmp_path / "align",),
    )  # fmt: skip
    report = run(config)
    assert [m.name for m in report.methods] == ["human", "still"]
    human, still = report.scores
    assert human.figures.keys() == {"reading", "reading_share"}
    assert [clip.shares["reading"][1] for clip in human.clips] == [4, 4]
    assert still.figures.keys() > {"reading", "r_aperture"}
    assert "| the person | – |" in (config.out / "report.md").read_text("utf-8")
    read_report(config.out / "report.json")
    (tmp_path / "none").mkdir()
    report = run(replace(config, aligns=(tmp_path / "none",)))
    assert [m.name for m in report.methods] == ["still"]
    told = "\n".join(report.warnings)
    assert "lip-reading is left out" in told
    assert "p b m, f v and u o w of people are left out" in told


def test_rivals_stand_in_the_table(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = FakeRival("rhubarb")
    for module in (heard, prepare):
        monkeypatch.setattr(module, "find_installed", FakeFolder(rival))
    heard._open_rival.cache_clear()
    rows = ("ann,clip-0,train", "ann,clip-1,train", "bob,clip-2,test")
    (tmp_path / "split.csv").write_text("\n".join(["person,name,split", *rows]))
    config = replace(
        make_config(tmp_path / "out", people), methods=("rhubarb", "rhubarb-fitted", "still"),
        split=tmp_path / "split.csv", rivals=tmp_path,
    )  # fmt: skip
    report = run(config)
    assert [m.name for m in report.methods] == ["rhubarb", "rhubarb-fitted", "still"]
    assert not report.warnings
    n_performed = CountedStage.n_taken
    assert figures(run(config)) == figures(report)
    assert CountedStage.n_taken == n_performed
    assert rival.n_heard == 3  # the clip that is scored, and the two that teach
    rival.version = "2"
    heard._open_rival.cache_clear()
    run(config)
    assert rival.n_heard == 6
    with pytest.raises(RivalError, match="wawa: not installed"):
        run(replace(config, methods=("wawa",)))
    with pytest.raises(RivalError, match="--install-rivals"):
        run(replace(config, methods=("wawa",), rivals=None))


def test_who_is_left_out_is_told(people: Path, tmp_path: Path) -> None:
    config = replace(make_config(tmp_path, people), methods=())
    assert not any(name.startswith("rhubarb") for name in choose_methods(config))
    names = choose_methods(replace(config, rivals=tmp_path))
    assert {"rhubarb", "rhubarb-fitted"} < set(names)
    assert "rhubarb-fitted" not in choose_methods(replace(config, rivals=tmp_path, is_quick=True))
    assert choose_methods(replace(config, methods=("arkit:some/where.csv", "still"))) == (
        "still", "arkit:where",
    )  # fmt: skip
    config = replace(config, rivals=tmp_path, methods=())
    ready = make_ready(config, Sources((), (), ()), ["rhubarb", "wawa", "still"], run_silently)
    assert ready.names == ("still",)
    assert ready.told == (f"left out: rhubarb, wawa: not installed in {tmp_path}",)
    ready = make_ready(replace(config, rivals=None), Sources((), (), ()), ["still"], run_silently)
    assert "--install-rivals" in ready.told[0]


def test_what_cannot_be_judged_is_refused(people: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to judge"):
        run(EvaluateConfig(tmp_path))
    with pytest.raises(ConfigError, match="no method 'magic'"):
        run(replace(make_config(tmp_path, people), methods=("magic",)))
    with pytest.raises(ConfigError, match="two folders are called people"):
        run(EvaluateConfig(tmp_path, data=(people, people)))
    (tmp_path / "split.csv").write_text("person,name,split\nann,clip-0,train\n")
    with pytest.raises(RecordingError, match="no row has split `test`"):
        run(replace(make_config(tmp_path, people), split=tmp_path / "split.csv"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError, match="no sounds here"):
        run(EvaluateConfig(tmp_path, sounds=(tmp_path / "empty",)))
    with pytest.raises(RecordingError, match="no speech here"):
        run(EvaluateConfig(tmp_path, speech=(tmp_path / "empty",)))


def test_what_another_is_made_from_comes_along(tmp_path: Path) -> None:
    config = EvaluateConfig(tmp_path, methods=("shuffled", "still"))
    assert choose_methods(config) == ("ours", "still", "shuffled")
    assert "optimised" not in choose_methods(EvaluateConfig(tmp_path, is_quick=True))
    assert "optimised" in choose_methods(EvaluateConfig(tmp_path))
