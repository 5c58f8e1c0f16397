"""The camera's clock is found from the hops in which its images came."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.commands import Command
from lipmotion.face import CameraFaults, read_face_spec
from lipmotion.face.sim.shutter import Shutter
from lipmotion.frames import Frame
from lipmotion.mirror.clock import CameraClock, even_out, to_hop_clock
from lipmotion.mirror.session import MirrorSession, describe
from lipmotion.recording import SHARD_HOPS, create_recording

DELAY_S, PHASE_S = 0.06, 0.007
BLACK = np.zeros((16, 16, 3), np.uint8)


class ClockedFace:
    """A face that does nothing and sees black, but whose camera keeps time as a real one does.

    Attributes:
        taken_s: when the images that were looked at were really taken.
    """

    def __init__(
        self, faults: CameraFaults, images_hz: float = 25.0, starts_s: float = 0.0
    ) -> None:
        spec = read_face_spec("emo")
        camera = dataclasses.replace(spec.camera, size_px=16, images_hz=images_hz, side=None)
        self.spec = dataclasses.replace(spec, camera=camera)
        self._shutter, self._starts_s = Shutter(camera, faults, 3), starts_s
        self._n_sent = 0
        self.taken_s: list[float] = []

    def send(self, command: Command) -> Command:
        self._n_sent += 1
        return command

    def read(self) -> Command | None:
        return None

    def look(self) -> Frame | None:
        taken = self._shutter.see(self._n_sent / 50 - PHASE_S)
        if taken is None:
            return None
        self.taken_s.append(taken.taken_s + PHASE_S)
        return Frame(BLACK, taken.stamp_s + PHASE_S + self._starts_s)

    def close(self) -> None:
        pass

    def __enter__(self) -> "ClockedFace":
        return self

    def __exit__(self, *error: object) -> None:
        pass


def record(folder: Path, seconds: int, face: ClockedFace) -> np.ndarray:
    """Records; gives the errors of its image times, s."""
    recording = create_recording(folder, describe(face.spec, 0, DELAY_S))
    mirror = MirrorSession(face, recording)
    rest = np.tile(face.spec.rest.values, (SHARD_HOPS, 1))
    for index in range(seconds // 10):
        mirror.film(("rest",) * SHARD_HOPS, rest, index, index * SHARD_HOPS)
    shards = [recording.read(index) for index in recording.indices]
    times = np.concatenate([shard.image_t_s[shard.image_hops] for shard in shards])
    return times - np.array(face.taken_s)


@pytest.mark.parametrize(("ppm", "starts_s"), [(-200.0, 0.0), (200.0, 86_400.0)])
def test_a_clock_that_drifts_and_jitters_is_mended(
    tmp_path: Path, ppm: float, starts_s: float
) -> None:
    faults = CameraFaults(delay_s=DELAY_S, clock_ppm=ppm, jitter_s=0.004)
    error = record(tmp_path / "r", 150, ClockedFace(faults, starts_s=starts_s))
    assert len(error) > 3700
    assert abs(error.mean()) < 0.001 and np.abs(error).max() < 0.003  # it drifts by 30 ms in all


@pytest.mark.parametrize("images_hz", [15.0, 29.97, 50.0])
def test_other_rates_keep_their_times(tmp_path: Path, images_hz: float) -> None:
    faults = CameraFaults(delay_s=DELAY_S, jitter_s=0.002)
    error = record(tmp_path / "r", 30, ClockedFace(faults, images_hz))
    assert abs(error.mean()) < 0.0005 and np.abs(error).max() < 0.0015


def test_a_clock_of_its_own_without_jitter_is_known_to_the_hop(tmp_path: Path) -> None:
    faults = CameraFaults(delay_s=DELAY_S)
    error = record(tmp_path / "r", 30, ClockedFace(faults, starts_s=-5.0))
    assert np.ptp(error) < 1e-6
    assert 0 <= error.mean() < 0.02


def test_stamps_that_keep_to_the_hops_are_taken_as_they_are() -> None:
    clock = CameraClock()
    stamps = np.arange(100) / 25 + 0.011
    clock.add(stamps, np.ceil(stamps * 50) / 50)
    assert clock.fit() == (0.0, 0.0)
    late_hops = np.ceil(stamps * 50) / 50
    late_hops[40] += 0.1  # a hop that came late says nothing of the clock
    late = CameraClock()
    late.add(stamps, late_hops)
    assert late.fit() == (0.0, 0.0)


def test_offset_and_drift_are_the_clocks_own() -> None:
    arrived = np.arange(20_000) / 25.3 + 0.003
    stamps = 1.00015 * arrived + 300
    clock = CameraClock()
    for part in np.array_split(np.arange(20_000), 7):
        clock.add(stamps[part], np.ceil(arrived[part] * 50) / 50)
    np.testing.assert_allclose(to_hop_clock(stamps, *clock.fit()), arrived, atol=2e-4)


def test_even_steps_are_found_through_gaps_and_left_where_there_are_none() -> None:
    rng = np.random.default_rng(0)
    kept = rng.random(250) > 0.1
    even = (np.arange(250) / 30)[kept]
    jittered = even + rng.uniform(-0.005, 0.005, len(even))
    assert np.abs(even_out(jittered, 30.0) - even).max() < 0.001
    slower = np.cumsum(np.where(np.arange(250) < 120, 1 / 30, 1 / 15))  # it got dark
    np.testing.assert_array_equal(even_out(slower, 30.0), slower)
    np.testing.assert_array_equal(even_out(even[:5], 30.0), even[:5])
