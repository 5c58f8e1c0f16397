"""A description in a folder is all it takes: babble, perform commands, be filmed."""

from pathlib import Path

import numpy as np
import pytest
from fakes.odd_face import write_odd

pytest.importorskip("numba")

from lipmotion.face import read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.media.sound import wrap_array
from lipmotion.media.video import read_video
from lipmotion.mirror.workers import record_with_workers
from lipmotion.perform import film as film_room
from lipmotion.perform.performer import join_path, perform_to_files
from lipmotion.perform.record import TABLE_SUFFIXES


class Flap:
    """Sound → lips and jaw: each motor follows the sound from its rest to its other end."""

    lookahead_hops = 0

    def __init__(self, spec: FaceSpec) -> None:
        self.columns = list(spec.indices("lips", "jaw"))
        self._rest = spec.rest.values[self.columns]

    def init_state(self) -> None:
        return None

    def step(self, x: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        level = np.abs(x).mean(1, keepdims=True) / 0.1
        return (self._rest + level * ((self._rest < 0.5) - self._rest)).astype(np.float32), state

    def flush(self, state: None) -> np.ndarray:
        return np.zeros((0, len(self.columns)), np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_odd(tmp_path_factory.mktemp("faces") / "odd")


def test_it_babbles_and_every_image_has_its_time(folder: Path, tmp_path: Path) -> None:
    recording, _ = record_with_workers(
        folder, tmp_path / "r", driver=None, minutes=0.15, seed=2, n_workers=1, is_curious=False
    )
    assert recording.info.face == "odd" and recording.n_hops == 450
    poses, babbled = (recording.read(k) for k in recording.indices)
    assert len(poses.image_hops) == pytest.approx(375 * 20 / 50, abs=1)
    pressed = poses.sent[np.array(poses.deeds) == "press"][-1]
    flap, chin_fine = (recording.info.motors.index(name) for name in ("flap", "chin_fine"))
    assert pressed[flap] == pressed[chin_fine] == 1
    assert np.ptp(babbled.sent[:, :6], axis=0).min() > 0.1
    late = (babbled.first_hop + babbled.image_hops + 1) / 50 - babbled.image_t_s[babbled.image_hops]
    assert 0.03 - 1e-6 < late.min() <= late.max() < 0.05 + 1e-6  # the camera's delay, in its hop


def test_it_performs_to_a_table_and_to_a_film(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_room, "PORTRAIT_PX", 128)
    spec = read_face_spec(folder)
    flap = Flap(spec)
    names = tuple(spec.motor_names[k] for k in flap.columns)
    noise = np.random.default_rng(0).normal(0, 0.08, 8000).astype(np.float32)
    noise[:3200] = 0
    out = tmp_path / "odd.mp4", tmp_path / f"odd{TABLE_SUFFIXES[0]}"
    n_hops = perform_to_files(
        wrap_array(noise, 16000), spec, join_path(spec, flap, names), film=out[0], motors=out[1]
    )
    table = np.genfromtxt(out[1], delimiter=",", names=True)
    assert n_hops == len(table) == 25
    assert table.dtype.names == ("t_s", *spec.motor_names)
    np.testing.assert_allclose(table["flap"][0], 0.8, atol=1e-6)
    assert table["flap"].min() < 0.5 and table["tail"].std() == 0
    images = [frame.image for frame in read_video(out[0])]
    assert len(images) == 13 and images[0].shape == (128, 128, 3)
    moved = np.abs(images[-1].astype(int) - images[0]).max(axis=2)
    assert moved[60:].max() > 60 > moved[:25].max()  # the mouth, not the forehead
