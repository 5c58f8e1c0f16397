"""A study from films to scores: what the page holds, and what simulated viewers give back."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lipmotion.cli import FAILED, WRONG_USE, run
from lipmotion.errors import ConfigError, RecordingError
from lipmotion.evaluate.study.answers import read_answers
from lipmotion.evaluate.study.build import Key, build_study, find_folders, read_key

METHODS = {"ours": 1.5, "nearest": 0.0, "loudness": -1.5}
CLIPS = ("one", "two", "<b>three", "four")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("films")
    for name in ("person", *METHODS):
        (root / name).mkdir()
        for clip in CLIPS:
            (root / name / f"{clip}.mp4").write_bytes(f"{name} {clip}".encode())
    (root / "ours" / "alone.mp4").write_bytes(b"no other has it")
    return root


@pytest.fixture(scope="module")
def study(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study")
    build_study(find_folders([str(films)]), out, n_viewers=24, n_trials=12, seed=0)
    return out


def read_plan(study: Path) -> dict[str, Any]:
    text = (study / "index.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="study">(.*?)</script>', text)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def answer(study: Path, viewer: int, choose: Callable[..., str], out: Path) -> Path:
    """What the page would save."""
    data = read_plan(study)
    answers = [
        {"reference": ref, "left": left, "right": right, "chosen": choose(ref, left, right),
         "ms": 4000, "replays": 0}
        for ref, left, right in data["plan"][viewer - 1]
    ]  # fmt: skip
    path = out / f"answers-{viewer}.json"
    raw = {"format": "lipmotion-study-answers", "format_version": 1, "study": data["study"],
           "viewer": viewer, "viewing": f"{viewer:016x}", "answers": answers}  # fmt: skip
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def look(key: Key, rng: np.random.Generator) -> Callable[..., str]:
    """A viewer who sees what is there, and chooses by METHODS."""

    def choose(reference: str, left: str, right: str) -> str:
        a, b = key.films[left], key.films[right]
        if a[0] is None or b[0] is None:
            return "left" if left == reference else "right"
        is_left = rng.random() < 1 / (1 + np.exp(METHODS[b[0]] - METHODS[a[0]]))
        return "left" if is_left else "right"

    return choose


def test_the_page_is_blind_whole_and_offline(study: Path) -> None:
    text, key = (study / "index.html").read_text("utf-8"), read_key(study / "key.json")
    for word in (*METHODS, *CLIPS):
        assert f'"{word}"' not in text
        assert f">{word}<" not in text
    assert "loudness" not in text
    assert "//" not in re.sub(r"^// .*$", "", text, flags=re.M)
    shown = {code for own in read_plan(study)["plan"] for trial in own for code in trial}
    assert shown == set(key.films)
    for code in shown:
        method, clip = key.films[code]
        content = (study / "films" / f"{code}.mp4").read_bytes().decode()
        assert content.split()[0] == (method or "person")
        assert clip in content


def test_the_page_shows_the_plan_pairs_at_the_persons_clip(study: Path) -> None:
    key, data = read_key(study / "key.json"), read_plan(study)
    assert len(data["plan"]) == 24
    for own in data["plan"]:
        assert len(own) == 12 + 6
        n_catches = 0
        for reference, left, right in own:
            assert key.films[reference][0] is None
            methods = {key.films[left][0], key.films[right][0]}
            if methods == {None}:
                n_catches += 1
                assert (left == reference) != (right == reference)
            else:
                assert len(methods) == 2
                clips = {key.films[code][1] for code in (reference, left, right)}
                assert len(clips) == 1
        assert n_catches == 6


def test_simulated_viewers_are_read(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, rng = read_key(study / "key.json"), np.random.default_rng(0)
    paths = [answer(study, v, look(key, rng), tmp_path) for v in range(1, 21)]
    paths.append(answer(study, 21, lambda *_: "left", tmp_path))
    assert run(["evaluate", "--study", str(study), "--study-read", *map(str, paths)]) == 0
    told = capsys.readouterr().out
    rows = re.findall(r"^\| (\w+) \| ([+-][\d.]+) \| ([+-][\d.]+) to ([+-][\d.]+)", told, re.M)
    assert [name for name, *_ in rows] == list(METHODS)
    for name, value, low, high in rows:
        assert float(value) == pytest.approx(METHODS[name], abs=0.6)
        assert float(low) < float(value) < float(high)
    assert "20 of 21 viewings count" in told
    assert "left out: answers-21.json got 3 of 6 catch trials" in told


def test_a_tie_is_half_for_both_and_no_catch(study: Path, tmp_path: Path) -> None:
    key, rng = read_key(study / "key.json"), np.random.default_rng(0)
    sees = look(key, rng)

    def undecided(reference: str, left: str, right: str) -> str:
        return "neither" if key.films[left][0] else sees(reference, left, right)

    def careless(reference: str, left: str, right: str) -> str:
        return "neither"

    _, (one, other) = read_answers(
        study, [answer(study, 1, undecided, tmp_path), answer(study, 2, careless, tmp_path)]
    )
    np.testing.assert_array_equal(one.wins, one.wins.T)
    assert one.wins.sum() == 12
    assert (one.fault, one.n_caught) == (None, 6)
    assert other.fault == "got 0 of 6 catch trials"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.update(format="song"), "no answers of a study"),
        (lambda raw: raw.update(format_version=2), "format 2, this program reads 1"),
        (lambda raw: raw.update(study="other"), "answers of another study"),
        (lambda raw: raw.pop("answers"), "answers or viewer is missing"),
        (lambda raw: raw["answers"][2].update(left="f00"), r"answers\[2\]: 'f00' is not known"),
        (lambda raw: raw["answers"][0].update(chosen="up"), r"answers\[0\]: 'up'"),
        (lambda raw: raw["answers"].append(3), r"answers\[18\]"),
    ],
)
def test_answers_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any]], object], told: str, study: Path, tmp_path: Path
) -> None:
    path = answer(study, 1, lambda *_: "left", tmp_path)
    raw = json.loads(path.read_text("utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(RecordingError, match=told):
        read_answers(study, [path])


def test_the_same_viewing_twice_is_refused(study: Path, tmp_path: Path) -> None:
    path = answer(study, 1, lambda *_: "left", tmp_path)
    with pytest.raises(RecordingError, match="the same viewing"):
        read_answers(study, [path, path])


def test_the_same_films_make_the_same_study_and_others_are_refused(
    films: Path, study: Path
) -> None:
    before = (study / "index.html").read_bytes()
    folders = find_folders([str(films)])
    build_study(folders, study, n_viewers=24, n_trials=12, seed=0)
    assert (study / "index.html").read_bytes() == before
    with pytest.raises(ConfigError, match="another study"):
        build_study(folders, study, n_viewers=24, n_trials=12, seed=1)


@pytest.mark.parametrize(
    ("tokens", "status", "told"),
    [
        (["--study", "out"], FAILED, "needs the person's films"),
        (["--study", "out", "--films", "nowhere"], FAILED, "no such folder"),
        (["--study", "out", "--films", "person=p", "p"], FAILED, "no such folder"),
        (["--study", "out", "--films", "person=."], FAILED, "two methods"),
        (["--study", "out", "--films", "person=.", "a=.", "a=."], FAILED, "twice"),
        (["--study", "out", "--films", "person=.", "a=.", "b=."], FAILED, "two clips"),
        (["--study-read", "a.json"], WRONG_USE, "needs --study"),
        (["--study", "out", "--study-read", "a.json"], FAILED, "no key of a study"),
        (["--study", "out", "--page", "a.json"], WRONG_USE, "not both"),
    ],
)
def test_wrong_use_is_one_line(
    tokens: list[str],
    status: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evaluate", *tokens]) == status
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_when_all_fail_the_catches_there_is_no_score(study: Path, tmp_path: Path) -> None:
    path = answer(study, 3, lambda *_: "right", tmp_path)
    tokens = ["evaluate", "--study", str(study), "--study-read", str(path)]
    assert run(tokens) == FAILED
