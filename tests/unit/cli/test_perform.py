"""`lipmotion perform` on stand-ins for the learned parts and the body: files, refusals, Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import soundfile
from fakes.faces import LampFace, paint_lamp
from fakes.films import read_light
from fakes.steps import LIP_MOTORS, FakeLips

from lipmotion import cli
from lipmotion.face.description import read_face_spec
from lipmotion.perform import film, performer


def open_fake_path(spec, *, lookahead_ms, is_still, seed, speech):
    assert speech is None  # the bundle that ships
    lips = FakeLips(lookahead_ms // 20)
    return performer.join_path(spec, lips, LIP_MOTORS, is_still=is_still, seed=seed)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with one second of sound in it, and the stand-ins in place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(performer, "open_path", open_fake_path)
    monkeypatch.setattr(film, "open_face", fake_face)
    monkeypatch.setattr(film, "open_painter", lambda looks: paint_lamp)
    sound = np.random.default_rng(0).normal(0, 0.1, 44_100).astype(np.float32)
    soundfile.write("voice.wav", sound, 44_100, subtype="FLOAT")
    return tmp_path


def fake_face(name, driver=None, seed=0):
    from lipmotion.face.mock import MockFace

    spec = read_face_spec(name)
    return MockFace(spec) if driver == "mock" else LampFace(spec)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_film_by_default(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["perform", "voice.wav"]) == 0
    assert names(here) == ["voice.mp4", "voice.wav"]
    assert len(read_light(here / "voice.mp4")[0]) == 25
    assert capsys.readouterr().out == f"wrote {here / 'voice.mp4'} (1.00 s of voice.wav)\n"


def test_built_in_example_overwrites_its_own(here: Path) -> None:
    assert cli.run(["perform"]) == 0
    assert cli.run(["perform"]) == 0
    assert "lipmotion-example.mp4" in names(here)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_motors_alone_open_no_body(
    here: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a body was opened")

    monkeypatch.setattr(film, "open_face", refuse)
    assert cli.run(["perform", "voice.wav", "--motors", f"m{suffix}"]) == 0
    assert names(here) == [f"m{suffix}", "voice.wav"]


def test_both_at_once(here: Path) -> None:
    assert cli.run(["perform", "voice.wav", "--motors", "m.parquet", "--out", "f.mp4"]) == 0
    table = pyarrow.parquet.read_table("m.parquet")
    assert table.num_rows == 50
    assert table.column_names == ["t_s", *read_face_spec("emo").motor_names]


def test_still_and_seed(here: Path) -> None:
    for options in (["--still"], ["--seed", "1"], ["--seed", "2"], ["--seed", "1"]):
        name = f"{len(names(here))}.parquet"
        assert cli.run(["perform", "voice.wav", "--motors", name, *options]) == 0
    still, one, two, again = (
        pyarrow.parquet.read_table(name) for name in names(here) if name.endswith(".parquet")
    )
    assert len(set(still["lid_left_upper"].to_pylist())) == 1
    assert one.equals(again) and not one.equals(two)


def write_bad_sounds(folder: Path) -> None:
    (folder / "folder").mkdir()
    (folder / "empty.wav").touch()
    (folder / "text.txt").write_text("no sound here\n" * 99)
    soundfile.write(folder / "zero.wav", np.zeros(0), 16_000)
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 20).astype(np.float32)
    soundfile.write(folder / "cut.wav", noise, 16_000)
    (folder / "cut.wav").write_bytes((folder / "cut.wav").read_bytes()[:-9_000])
    soundfile.write(folder / "cut.flac", noise, 16_000)
    (folder / "cut.flac").write_bytes((folder / "cut.flac").read_bytes()[:-90_000])
    noise[-5_000] = np.nan  # late: much has been written by then
    soundfile.write(folder / "nan.wav", noise, 16_000, subtype="FLOAT")
    (folder / "there.mp4").write_text("precious")


BAD = [
    (["missing.wav"], "missing.wav: no such file"),
    (["folder"], "folder: is a folder"),
    (["empty.wav"], "empty.wav: is empty"),
    (["text.txt"], "text.txt: "),
    (["zero.wav"], "zero.wav: holds no sound"),
    (["cut.wav"], "cut.wav: cut short"),
    (["cut.flac"], "cut.flac: cut short"),
    (["nan.wav"], "is not a finite number"),
    (["nan.wav", "--motors", "m.npz", "--out", "f.mp4"], "is not a finite number"),
    (["voice.wav", "--out", "nowhere/x.mp4"], "there is no folder nowhere"),
    (["voice.wav", "--out", "folder"], "folder: is a folder"),
    (["voice.wav", "--out", "x.avi"], "must end in .mp4"),
    (["voice.wav", "--motors", "x.txt"], "must end in .csv or .parquet or .npz"),
    (["voice.wav", "--out", "there.mp4"], "there.mp4: is there already; --force overwrites"),
    (["voice.wav", "--face", "nobody"], "there is no face 'nobody'"),
    (["voice.wav", "--driver", "nothing"], "there is no driver 'nothing'"),
    (["voice.wav", "--driver", "mock"], "no body to film"),
    (["--say", ""], "no text to say"),
]


@pytest.mark.parametrize(("arguments", "told"), BAD, ids=lambda value: str(value)[:40])
def test_bad_input_is_one_line_and_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    write_bad_sounds(here)
    before = names(here)
    assert cli.run(["perform", *arguments]) == 1
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.startswith("lipmotion: ") and printed.err.count("\n") == 1
    assert not printed.out
    assert names(here) == before
    assert (here / "there.mp4").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_unwritable_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "locked").mkdir(mode=0o500)
    assert cli.run(["perform", "voice.wav", "--out", "locked/x.mp4"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_sound_itself_is_never_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "film.mp4").write_bytes((here / "voice.wav").read_bytes())
    assert cli.run(["perform", "film.mp4", "--force"]) == 1
    assert "would overwrite the sound itself" in capsys.readouterr().err


def test_force_overwrites(here: Path) -> None:
    (here / "voice.mp4").write_text("old")
    assert cli.run(["perform", "voice.wav", "--force"]) == 0
    assert len(read_light(here / "voice.mp4")[0]) == 25


@pytest.mark.parametrize(
    "arguments", [["voice.wav", "--bad"], ["voice.wav", "--lookahead", "soon"], ["a.wav", "b.wav"]]
)
def test_wrong_use(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.run(["perform", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_sound_and_text_are_one_too_many(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["perform", "voice.wav", "--say", "hello"]) == 2
    assert "not both" in capsys.readouterr().err


SLOW_RUN = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell has it ignored
sys.path[:0] = {path!r}
from lipmotion import cli
from lipmotion.perform import film, performer
from test_perform import fake_face, open_fake_path, paint_lamp

def paint_slowly(pose):
    time.sleep(0.05)
    return paint_lamp(pose)

performer.open_path = open_fake_path
film.open_face = fake_face
film.open_painter = lambda looks: paint_slowly
cli.main(["perform", "voice.wav", "--out", "x.mp4", "--motors", "m.npz"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_stopping_leaves_no_result(here: Path, signal_number: signal.Signals) -> None:
    soundfile.write("voice.wav", np.full(16_000 * 30, 0.1, np.float32), 16_000)
    code = SLOW_RUN.format(path=[str(Path(__file__).parent), str(Path(__file__).parents[2])])
    run = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not any(name.endswith(".part") for name in names(here)) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.5)
    run.send_signal(signal_number)
    out, err = run.communicate(timeout=60)
    left = [name for name in names(here) if not name.startswith(".")]
    assert left == ["voice.wav"] and not out
    if signal_number == signal.SIGINT:
        assert run.returncode == 130
        assert err.count("\n") == 1 and "stopped" in err
        assert names(here) == ["voice.wav"]
