"""Performing with what ships: the learned path, the simulated face, files people get."""

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import soundfile
from fakes.films import read_light, read_sound

import lipmotion
from lipmotion import cli
from lipmotion.cli.perform import EXAMPLE
from lipmotion.commands import Command
from lipmotion.errors import MediaError
from lipmotion.face.description import FACES_FOLDER, read_face_spec
from lipmotion.media.sound import open_sound, wrap_array
from lipmotion.perform.performer import find_commands, open_path
from lipmotion.step import run_offline
from lipmotion.voice.sources import read_hops

LIPS = (
    "upper_lip_left", "upper_lip_right", "lower_lip_left", "lower_lip_right", "upper_lip_roll",
    "lower_lip_roll", "corner_left_raise", "corner_right_raise", "corner_left_spread",
    "corner_right_spread",
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Two seconds from the middle of the built-in example, 16 kHz."""
    return np.concatenate(list(open_sound(EXAMPLE).blocks()))[32_000:64_000, 0]


def test_five_lines_of_python(here: Path, speech: np.ndarray) -> None:
    soundfile.write("speech.wav", speech[:16_000], 16_000)
    performance = lipmotion.perform("speech.wav")
    table = performance.motors
    assert table.num_rows == 50
    assert table.column_names == ["t_s", *read_face_spec("emo").motor_names]
    performance.save_mp4("speech.mp4")
    times, _ = read_light(here / "speech.mp4")
    np.testing.assert_allclose(times, np.arange(25) / 25, atol=1e-6)
    heard, rate_hz = read_sound(here / "speech.mp4")
    want = np.concatenate(list(wrap_array(speech[:16_000], 16_000).blocks(rate_hz)))[:, 0]
    lags = np.arange(-480, 481)  # ± 10 ms
    likeness = [float(heard[480 + lag : 47_000 + lag, 0] @ want[480:47_000]) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 48  # within 1 ms


def test_file_and_array_and_command_line_agree(here: Path, speech: np.ndarray) -> None:
    soundfile.write("speech.wav", speech, 16_000, subtype="FLOAT")
    assert cli.run(["perform", "speech.wav", "--motors", "speech.parquet"]) == 0
    written = pyarrow.parquet.read_table("speech.parquet")
    for performance in (
        lipmotion.perform("speech.wav"),
        lipmotion.perform(speech, sample_rate_hz=16_000),
    ):
        assert performance.motors.equals(written)
    jaw = written["jaw_open"].to_numpy()
    assert np.ptp(jaw) > 0.05  # it speaks


def test_python_refuses_what_would_go_wrong(here: Path, speech: np.ndarray) -> None:
    with pytest.raises(MediaError, match="needs sample_rate_hz"):
        lipmotion.perform(speech)
    soundfile.write("speech.wav", speech[:1_600], 16_000)
    performance = lipmotion.perform("speech.wav")
    with pytest.raises(MediaError, match=r"must end in \.mp4"):
        performance.save_mp4("speech.wav")
    assert [path.name for path in here.iterdir()] == ["speech.wav"]


def test_blocks_do_not_matter(speech: np.ndarray) -> None:
    path = open_path(read_face_spec("emo"))
    hops = np.concatenate(list(read_hops(wrap_array(speech, 16_000), 250)))
    whole = run_offline(path, hops)
    np.testing.assert_allclose(run_offline(path, hops, block_hops=7), whole, atol=2e-3)


def test_silence_is_a_resting_closed_mouth() -> None:
    spec = read_face_spec("emo")
    silence = wrap_array(np.zeros(16_000 * 3, np.float32), 16_000)
    rows = np.concatenate(list(find_commands(silence, open_path(spec, is_still=True))))
    with lipmotion.open_face("emo") as face:
        widest = 0.0
        for row in rows:
            face.send(Command(spec.motor_names, row))
            widest = max(widest, float(np.median(face.truth().gap_mm)))
    assert widest < 0.5  # mm
    lips = [spec.motor_names.index(name) for name in (*LIPS, "jaw_open")]
    assert np.ptp(rows[50:, lips], axis=0).max() < 0.03  # and it does not tremble


def test_still_moves_the_lips_alike(speech: np.ndarray) -> None:
    alive = lipmotion.perform(speech, sample_rate_hz=16_000).motors
    still = lipmotion.perform(speech, sample_rate_hz=16_000, is_still=True).motors
    for name in LIPS:
        assert alive[name].equals(still[name])
    assert len(set(still["neck_yaw"].to_pylist())) == 1


@pytest.mark.parametrize("n_samples", [1_600, 1])
def test_a_tenth_of_a_second_and_less(speech: np.ndarray, n_samples: int) -> None:
    table = lipmotion.perform(speech[:n_samples], sample_rate_hz=16_000).motors
    assert table.num_rows == -(-n_samples // 320)


def test_a_bundle_of_another_face(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(FACES_FOLDER / "emo", here / "other")
    described = (here / "other" / "face.yaml").read_text(encoding="utf-8")
    changed = re.sub(r"rest: [0-9.]+", "rest: 0.31", described, count=1)
    (here / "other" / "face.yaml").write_text(changed, encoding="utf-8")
    assert cli.run(["perform", "--face", "other", "--motors", "m.csv"]) == 1
    error = capsys.readouterr().err
    assert "face_hash" in error and error.count("\n") == 1
    shutil.rmtree(here / "other" / "bundle")
    assert cli.run(["perform", "--face", "other", "--motors", "m.csv"]) == 1
    assert "no bundle here" in capsys.readouterr().err
    assert not (here / "m.csv").exists()


def test_too_short_a_lookahead(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["perform", "--lookahead", "20", "--motors", "m.csv"]) == 1
    error = capsys.readouterr().err
    assert "look-ahead" in error and error.count("\n") == 1
    assert not list(here.iterdir())


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_say(here: Path) -> None:
    assert cli.run(["perform", "--say", "Hello there.", "--motors", "said.npz"]) == 0
    columns = np.load("said.npz")
    assert np.ptp(columns["jaw_open"]) > 0.03
