"""Each verb called wrongly, or with what is not there: one line, the right status, nothing left."""

import dataclasses
import json
from pathlib import Path

import pytest

from lipmotion import cli
from lipmotion.recording import RecordingInfo


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty folder, a file, and folders that are not what they seem."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("hello\n")
    for name, text in (("broken", "name: [x\n y: :"), ("odd", "name: x\nbogus: 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "face.yaml").write_text(text)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "recording.json").write_text(json.dumps({"format_version": 99}))
    (tmp_path / "void").mkdir()
    info = RecordingInfo("emo", "abc", ("jaw_open",), 0, 25.0, 0.02, "0.1.0")
    (tmp_path / "void" / "recording.json").write_text(json.dumps(dataclasses.asdict(info)))
    return tmp_path


def refuse(here: Path, capsys: pytest.CaptureFixture[str], words: str) -> tuple[int, str]:
    """Calls a verb that cannot do its work; gives its status and its one line."""
    before = sorted(here.rglob("*"))
    status = cli.run(words.split())
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1 and printed.err.startswith("lipmotion: ")
    assert "a fault in" not in printed.err and not printed.out
    assert sorted(here.rglob("*")) == before
    return status, printed.err


WRONG = [
    *(f"babble --out o --minutes {minutes}" for minutes in ("0", "-1", "nan", "inf", "long")),
    "babble --out o --workers 0",
    "babble --out o --seed -1",
    "babble --out o --camera-delay -1",
    "babble --out o --camera-delay 5000",
    "babble --out o --camera-delay nan",
    "babble",
    "mirror",
    "mirror --check --seconds 2",
    "watch empty --out o --workers 0",
    "watch empty --out o --person a/b",
    "watch empty --out o --person ..",
    "watch --out o",
    "learn self --data empty --out o --pace 0",
    "learn self --data empty --out o --pace nan",
    "learn speech --data empty --texts empty --out o --distil-steps 0",
    "learn speech --data empty --texts empty --out o --head-steps -1",
    "learn speech --data empty --texts empty --out o --rounds -1",
    "learn speech --data empty --texts empty --out o --threads 0",
    "learn speech --texts empty --out o",
    "learn speech --out o",
    "learn speech --voice empty",
    "learn speech --voice empty --out o --data empty",
    "learn speech --voice empty --out o --head-steps 0",
    "learn speech --data empty --texts empty --out o --own-range",
    "learn speech --data empty --texts empty --out o --person me",
    "perform file --motors m.csv --lookahead -20",
    "export lerobot other",
    "export lerobot --out o",
    "export lerobot other --out o --repo-id a/b/c",
    "export lerobot other --out o --repo-id a..b",
    "perform file --motors m.csv --seed 99999999999999999999",
]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_use(here: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert refuse(here, capsys, words)[0] == 2


FAILING = [
    ("babble --out file", "choose an empty folder"),
    ("babble --out file/o", "file/o: "),
    ("babble --out other", "format_version is 99"),
    ("babble --out o --face nobody", "there is no face 'nobody'"),
    ("babble --out o --face empty", "there is no face 'empty'"),
    ("babble --out o --face broken", "broken/face.yaml line 2: not YAML"),
    ("babble --out o --face odd", "odd/face.yaml line 2: bogus is not a key"),
    ("babble --out o --driver motor", "there is no driver 'motor'"),
    ("babble --out o --driver mock --minutes 0.1", "gave no mirror image"),
    ("babble --out o --camera-delay no.json", "no.json: not written by mirror --check"),
    ("mirror --check --face nobody", "there is no face 'nobody'"),
    ("mirror --check --driver mock", "gave no mirror image"),
    ("mirror --check --out no/m.json", "no/m.json: there is no folder"),
    ("watch nowhere --out o", "nowhere: no such film or folder"),
    ("watch empty --out o", "empty: no films here"),
    ("watch file --out empty/../broken", "in use and no watched folder"),
    ("perform file --motors m.csv --face odd", "not a sound or video file"),
    ("export lerobot nowhere --out o", "nowhere: no recording here"),
    ("export lerobot other --out o --repo-id me/mirror", "format_version is 99"),
    ("export lerobot void --out o", "void: there is no whole shard in it"),
]


@pytest.mark.parametrize(("words", "told"), FAILING)
def test_what_cannot_be_done(
    here: Path, capsys: pytest.CaptureFixture[str], words: str, told: str
) -> None:
    status, line = refuse(here, capsys, words)
    assert status == 1 and told in line


LEARNING = [
    ("learn self --data nowhere --out o", "nowhere: no recording here"),
    ("learn self --data other --out o", "format_version is 99"),
    ("learn speech --data nowhere --texts empty --out o", "nowhere: no watched folder"),
    ("learn speech --data empty --texts empty --out o --card no.md", "no.md: No such file"),
    ("learn speech --data empty --texts empty --out o --split no.csv", "no.csv: cannot be read"),
    ("learn speech --data empty --texts empty --out o --split file", "must name the columns"),
    ("learn speech --voice nowhere --out o", "nowhere: "),
    ("learn speech --voice empty --out o", "no films here"),
    ("learn speech --voice empty --out o --bundle o/bundle", "is not written over"),
]


@pytest.mark.parametrize(("words", "told"), LEARNING)
def test_what_cannot_be_learned(
    here: Path, capsys: pytest.CaptureFixture[str], words: str, told: str
) -> None:
    pytest.importorskip("torch", reason="learning needs lipmotion[learn]")
    status, line = refuse(here, capsys, words)
    assert status == 1 and told in line


def test_no_film_that_can_be_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["watch", "file", "--out", "o"]) == 1
    printed = capsys.readouterr()
    assert "none of the 1 films can be used" in printed.err and printed.err.count("\n") == 1
    assert "refused" in printed.out
