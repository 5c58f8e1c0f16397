"""`lipmotion evaluate` as a user calls it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fakes.watched import make_sound

from lipmotion.cli import FAILED, WRONG_USE, run
from lipmotion.evaluate.report_file import read_report
from lipmotion.evaluate.rivals import install
from lipmotion.media.flac import write_flac

PEOPLE = Path(__file__).parents[1] / "data" / "people"
FILM = PEOPLE / "s1" / "bbwm4n.mp4"


def test_a_film_against_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--pair", str(FILM), str(FILM), "--out", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "| robot | +0 | 1.00" in told.out
    assert told.err == ""
    (score,) = read_report(tmp_path / "pair.json").scores
    assert score.figures["closure_f1"].value == 1
    assert score.figures["r_width"].value == pytest.approx(1)


@pytest.mark.parametrize(
    ("tokens", "status", "told"),
    [
        (["evaluate"], FAILED, "nothing to judge"),
        (["evaluate", "--data", "nowhere"], FAILED, "no such folder"),
        (["evaluate", "--data", str(PEOPLE), "--methods", "magic"], FAILED, "no method 'magic'"),
        (["evaluate", "--pair", "a.mp4", "b.mp4", "--compare", "a", "b"], WRONG_USE, "not both"),
        (["evaluate", "--pair", "a.mp4", "b.mp4"], FAILED, "a.mp4"),
        (["evaluate", "--data", str(PEOPLE), "--rivals", "nowhere"], WRONG_USE, "no such folder"),
        (["evaluate", "--install-rivals", "a", "b"], WRONG_USE, "takes one folder"),
        (
            ["evaluate", "--sounds", str(PEOPLE.parent / "report"), "--method", "arkit:no.csv"],
            FAILED,
            "no sounds here",
        ),
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
    assert run(tokens) == status
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_rivals_are_installed_in_a_folder_or_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Path] = []

    def install_rivals(folder: Path, *, progress: Callable[[str], None]) -> dict[str, object]:
        progress("installing wawa-lipsync 0.0.2")
        asked.append(folder)
        return {"wawa": None}

    monkeypatch.setattr(install, "install_rivals", install_rivals)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert run(["evaluate", "--install-rivals"]) == 0
    assert run(["evaluate", "--install-rivals", str(tmp_path / "here")]) == 0
    assert asked == [tmp_path / "lipmotion" / "rivals", tmp_path / "here"]
    told = capsys.readouterr()
    assert told.out.count(": wawa\n") == 2
    assert told.err.count("lipmotion: installing wawa-lipsync 0.0.2\n") == 2


@pytest.mark.slow
def test_a_first_look_costs_minutes(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="counts processor time where the system does")
    rng = np.random.default_rng(0)
    for folder in ("voices", "noises"):
        (tmp_path / folder).mkdir()
        for k in range(3):
            path = tmp_path / folder / f"{k}.flac"
            level = 0.1 * (1 + np.sin(np.arange(240) / 5))
            write_flac(path, make_sound(rng, level))
            phones = [[0.5, 0.6, "p"], [0.6, 1.0, "uw"], [1.0, 1.1, "b"], [1.1, 4.0, "iy"]]
            label = {"phones": phones, "closures": [phones[0], phones[2]], "engine": f"flite-{k}"}
            path.with_suffix(".json").write_text(json.dumps(label))
    command = [
        sys.executable, "-m", "lipmotion", "evaluate", "--quick", "--out", "report",
        "--data", str(PEOPLE), "--speech", "voices", "--sounds", "noises",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=tmp_path, env=os.environ, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert cpu_s < 360
    report = read_report(tmp_path / "report" / "report.json")
    assert {method.name for method in report.methods} >= {
        "same-film", "human-lips", "ours", "ours+40ms", "ours+500ms", "nearest", "formants",
        "amplitude", "random", "still", "shuffled",
    }  # fmt: skip


@pytest.mark.slow
def test_films_to_a_report_though_it_was_killed(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "lipmotion", "evaluate", "--data", str(PEOPLE), "--out", "report",
        "--methods", "ours", "loudness", "still", "shuffled", "--quick", "--workers", "2",
    ]  # fmt: skip
    takes = tmp_path / "report" / "work" / "takes"
    first = subprocess.Popen(command, cwd=tmp_path, env=os.environ, start_new_session=True)
    while not list(takes.glob("*.npz")):
        assert first.poll() is None, "it ended before it performed"
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    kept = {path: path.stat().st_mtime_ns for path in takes.glob("*.npz")}
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    report = read_report(tmp_path / "report" / "report.json")
    rows = {score.method: score for score in report.scores}
    assert list(rows) == ["same-film", "ours", "loudness", "still", "shuffled"]
    assert (rows["same-film"].figures["r_aperture"].value or 0) > 0.95
    assert (rows["ours"].figures["r_aperture"].value or 0) > 0.5
    assert rows["ours"].true.keys() > {"contact_f1"}
