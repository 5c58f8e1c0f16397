"""`lipmotion watch` as a user calls it."""

from pathlib import Path
from shutil import copytree

import pytest

from lipmotion.cli import run
from lipmotion.watched import open_watched

PEOPLE = Path(__file__).parents[1] / "data" / "people"


def test_films_are_watched_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copytree(PEOPLE / "s2", tmp_path / "films" / "bea")
    (tmp_path / "films" / "bea" / "letter.mp4").write_text("no film")
    out = tmp_path / "watched"
    status = run(["watch", str(tmp_path / "films"), "--out", str(out), "--no-mirrored"])
    told = capsys.readouterr()
    assert (status, told.err) == (0, "")
    assert told.out.startswith("refused bea/letter: not readable as a film")
    assert told.out.endswith(f"{out}: 1 segments of 1 people, 0.1 minutes\n")
    (segment,) = open_watched(out).segments()
    assert (segment.person, segment.name) == ("bea", "bbws7n")


def test_the_page_is_made_with_the_films_or_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "watched"
    film, page = str(PEOPLE / "s2" / "bbws7n.mp4"), out / "report.html"
    assert run(["watch", film, "--out", str(out), "--no-mirrored", "--report"]) == 0
    assert capsys.readouterr().out.startswith(f"report: {page}\n")
    made = page.read_text()
    page.unlink()
    assert run(["watch", "--out", str(out), "--report"]) == 0
    assert page.read_text() == made


def test_wrong_use_is_told_from_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watch", "--out", str(tmp_path / "out")]) == 2
    assert "give films, or --report" in capsys.readouterr().err
    assert run(["watch", "--out", str(tmp_path / "out"), "--report"]) == 1
    assert "no watched folder" in capsys.readouterr().err
    (tmp_path / "letter.mp4").write_text("no film")
    assert run(["watch", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and "none of the 1 films can be used" in told.err


def test_what_cannot_be_watched_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "no films here" in told.err
    assert not (tmp_path / "out").exists()
