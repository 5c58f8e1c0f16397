"""Rivals as methods: two rows each, heard once, fitted to people who are not scored."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.rivals import FakeFolder, FakeRival
from fakes.watched import make_sound, make_watched

from lipmotion.errors import ConfigError, RecordingError, RivalError
from lipmotion.evaluate.lessons import Lesson, find_lessons
from lipmotion.evaluate.methods import Case, Kit, Method, Planner, can_perform, open_methods
from lipmotion.evaluate.performing import METHODS, perform_case
from lipmotion.evaluate.rivals import heard, prepare
from lipmotion.evaluate.rivals.arkit import ARKIT_NAMES
from lipmotion.evaluate.rivals.contest import RIVAL_METHODS, ROWS
from lipmotion.evaluate.rivals.known import KNOWN
from lipmotion.evaluate.rivals.prepare import Contest, find_curves, prepare_rivals
from lipmotion.face.description import read_face_spec
from lipmotion.lips import LIP_INDEX

SPEC = read_face_spec("emo")
N_HOPS = 120


def make_case(name: str = "clip") -> Case:
    aperture = 0.1 * (1 - np.cos(np.arange(N_HOPS) / 6)) * (np.arange(N_HOPS) > 30)
    sound = make_sound(np.random.default_rng(1), aperture + 1e-6)
    return Case("people", "ann", name, "en", sound)


@pytest.fixture
def rivals(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeRival]:
    """Rhubarb is at hand, wawa fails, nothing else is installed."""
    found = FakeFolder(FakeRival("rhubarb"), FakeRival("wawa", fails=True))
    for module in (heard, prepare):
        monkeypatch.setattr(module, "find_installed", found)
    heard._open_rival.cache_clear()
    return found.rivals


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> list[Lesson]:
    watched = make_watched(tmp_path_factory.mktemp("lessons") / "people")
    return [Lesson(watched, segment) for segment in watched.segments()]


def get_ready(folder: Path, lessons: list[Lesson], *names: str) -> Contest:
    def report(part: str):  # type: ignore[no-untyped-def]
        return lambda done, total: None

    return prepare_rivals(names, folder, [make_case()], lessons, folder, report=report)


def test_every_rival_has_two_rows() -> None:
    assert len(RIVAL_METHODS) == 2 * len(KNOWN)
    assert set(RIVAL_METHODS) < set(METHODS)
    assert all(not set(name) & set(" ,/:") for name in RIVAL_METHODS)
    kit = Kit(SPEC, 300, 0, lambda: pytest.fail("no bank is needed"))
    infos = {m.info.name: m.info for m in open_methods(list(RIVAL_METHODS), kit)}
    for name, (rival, _) in ROWS.items():
        assert infos[name].kind == KNOWN[rival].kind
        assert not infos[name].is_ours
    assert infos["rhubarb"].lookahead_ms is None
    assert infos["headaudio"].lookahead_ms == 0
    assert infos["pylipsync"].lookahead_ms == 32 + 60  # its window, half of the mean over 120 ms


def test_it_is_heard_once_and_performs_by_chart_and_by_map(
    rivals: dict[str, FakeRival], lessons: list[Lesson], tmp_path: Path
) -> None:
    contest = get_ready(tmp_path, lessons, "ours", "rhubarb", "rhubarb-fitted", "still")
    assert not contest.left_out
    assert contest.depends.keys() == {"rhubarb", "rhubarb-fitted"}
    assert contest.depends["rhubarb"] != contest.depends["rhubarb-fitted"]
    n_heard = rivals["rhubarb"].n_heard
    assert n_heard == 1 + len(lessons)
    assert get_ready(tmp_path, lessons, "rhubarb", "rhubarb-fitted") == Contest(
        contest.folders, contest.depends, {}
    )
    kit = Kit(SPEC, 300, 0, lambda: pytest.fail("no bank"), rivals=contest.folders)
    for method in open_methods(["rhubarb", "rhubarb-fitted"], kit):
        assert isinstance(method, Method)
        assert isinstance(method, Planner)
        lips = method.plan(make_case())
        assert lips.shape == (N_HOPS, 12)
        assert np.ptp(lips[:, LIP_INDEX["aperture"]]) > 0.05
        jaw = perform_case(method, make_case()).motor("jaw_open")
        assert len(jaw) == N_HOPS
        assert np.ptp(jaw) > 0.02
    assert rivals["rhubarb"].n_heard == n_heard  # it was remembered


def test_a_map_of_other_people_is_another_key(
    rivals: dict[str, FakeRival], lessons: list[Lesson], tmp_path: Path
) -> None:
    both = [get_ready(tmp_path, some, "rhubarb-fitted") for some in (lessons, lessons[:2])]
    assert both[0].depends != both[1].depends


def test_who_cannot_take_part_is_left_out_with_a_reason(
    rivals: dict[str, FakeRival], lessons: list[Lesson], tmp_path: Path
) -> None:
    contest = get_ready(tmp_path, lessons[:1], "rhubarb", "rhubarb-fitted", "wawa", "wlipsync")
    assert list(contest.depends) == ["rhubarb"]
    assert "nobody to fit it to" in contest.left_out["rhubarb-fitted"]
    assert contest.left_out["wawa"] == "wawa: it said nothing"
    assert "not installed" in contest.left_out["wlipsync"]
    kit = Kit(SPEC, 300, 0, lambda: pytest.fail("no bank"), rivals=contest.folders)
    (fitted, missing) = open_methods(["rhubarb-fitted", "wlipsync"], kit)
    assert isinstance(fitted, Planner)
    assert isinstance(missing, Planner)
    with pytest.raises(RivalError, match="not fitted"):
        fitted.plan(make_case())
    with pytest.raises(RivalError, match="not installed"):
        missing.plan(make_case())
    (alone,) = open_methods(["wlipsync"], Kit(SPEC, 300, 0, lambda: pytest.fail("no bank")))
    assert isinstance(alone, Planner)
    with pytest.raises(ConfigError, match="--rivals"):
        alone.plan(make_case())


def test_one_lesson_that_it_fails_at_costs_that_lesson(
    rivals: dict[str, FakeRival], lessons: list[Lesson], tmp_path: Path
) -> None:
    rivals["rhubarb"].fails_at = lessons[1].sound
    contest = get_ready(tmp_path, lessons, "rhubarb-fitted")
    found = contest.folders.find_map("rhubarb")
    assert found is not None
    assert found.n_clips == len(lessons) - 1
    contest = get_ready(tmp_path / "other", lessons[:2], "rhubarb-fitted")
    assert "fails on nearly all" in contest.left_out["rhubarb-fitted"]


def test_a_rival_that_fails_at_one_sound_rests_there(
    rivals: dict[str, FakeRival], tmp_path: Path
) -> None:
    cases = [make_case(name) for name in ("first", "second", "third")]
    cases = [replace(c, sound=c.sound * (1 - k / 10)) for k, c in enumerate(cases)]
    rivals["rhubarb"].fails_at = cases[1].sound
    contest = prepare_rivals(
        ["rhubarb", "wawa"], tmp_path, cases, [], tmp_path, report=lambda part: lambda n, of: None
    )
    assert contest.left_out.keys() == {"wawa"}
    assert contest.told == (
        "rhubarb fails at 1 of 3 sounds (people/ann-second); its lips rest there",
    )
    kit = Kit(SPEC, 300, 0, lambda: pytest.fail("no bank"), rivals=contest.folders)
    (method,) = open_methods(["rhubarb"], kit)
    assert isinstance(method, Planner)
    moves = [bool(np.ptp(method.plan(case)) > 0) for case in cases]
    assert moves == [True, False, True]


def test_nobody_who_is_scored_teaches_a_map(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    make_watched(folder, n_clips=6)
    rows = ["ann,clip-0,train", "ann,clip-1,test", "bob,clip-2,train", "bob,clip-5,check"]
    split = tmp_path / "split.csv"
    split.write_text("\n".join(["person,name,split", *rows]))
    assert [x.name for x in find_lessons([folder], split, of_strangers=True)] == ["clip-2"]
    some = find_lessons([folder], split, of_strangers=False)
    assert [x.name for x in some] == ["clip-0", "clip-2"]
    with pytest.raises(RecordingError, match="no watched folder"):
        find_lessons([tmp_path], split, of_strangers=False)
    assert find_lessons([folder], None, of_strangers=False) == []


def write_curves(path: Path, jaw_open: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", *ARKIT_NAMES])
        for k in range(60):
            openness = jaw_open * (k % 20 > 10)
            rows.writerow([k / 25, *(openness * (name == "jawOpen") for name in ARKIT_NAMES)])


def test_arkit_curves_of_each_clip(tmp_path: Path) -> None:
    for name in ("ann-one", "ann/two"):
        write_curves(tmp_path / "Curves" / f"{name}.csv", 0.2)
    cases = [make_case("one"), make_case("two"), make_case("three")]
    curves, depends = find_curves(["still", f"arkit:{tmp_path / 'Curves'}"], cases)
    assert list(curves) == list(depends) == ["arkit:Curves"]
    assert [path.stem for path in curves["arkit:Curves"].values()] == ["ann-one", "two"]
    kit = Kit(SPEC, 300, 0, lambda: pytest.fail("no bank"), curves=curves)
    method = open_methods(["still", "arkit:Curves"], kit)[-1]
    assert (method.info.kind, method.info.lookahead_ms) == ("offline", None)
    assert can_perform(method, cases[:2])
    assert not can_perform(method, cases)
    assert isinstance(method, Method)
    assert np.ptp(perform_case(method, cases[0]).motor("jaw_open")) > 0.02
    with pytest.raises(ConfigError, match="no curves for people/ann-three"):
        perform_case(method, cases[2])
    write_curves(tmp_path / "Curves" / "ann-one.csv", 0.3)
    assert find_curves([f"arkit:{tmp_path / 'Curves'}"], cases)[1] != depends


def test_one_arkit_file(tmp_path: Path) -> None:
    write_curves(tmp_path / "one.csv", 0.2)
    method = f"arkit:{tmp_path / 'one.csv'}"
    cases = [make_case("one"), make_case("two")]
    assert list(find_curves([method], cases)[0]["arkit:one"]) == [cases[0].key]
    assert list(find_curves([method], cases[1:])[0]["arkit:one"]) == [cases[1].key]
    with pytest.raises(ConfigError, match="no ARKit curves for any clip"):
        find_curves([method], [make_case("three"), make_case("four")])
    with pytest.raises(ConfigError, match="no such file"):
        find_curves(["arkit:nowhere.csv"], cases)
    with pytest.raises(ConfigError, match="two methods are called arkit:one"):
        find_curves([method, method], cases)
