"""`lipmotion evaluate` as a user calls it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lipmotion.cli import FAILED, WRONG_USE, run
from lipmotion.evaluate.report_file import read_report

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
