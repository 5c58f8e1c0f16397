"""The path as a whole, on stand-ins for what is learned: rows, times, blocks, limits."""

import numpy as np
import pytest
from fakes.steps import LIP_MOTORS, FakeLips

from lipmotion.errors import FaceError
from lipmotion.face.base import FaceSpec
from lipmotion.face.description import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.media.sound import wrap_array
from lipmotion.perform.idle import Idle
from lipmotion.perform.join import Join
from lipmotion.perform.performer import find_commands, join_path
from lipmotion.step import run_offline


@pytest.fixture(scope="module")
def spec() -> FaceSpec:
    return read_face_spec("emo")


def make_noise(n_samples: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    level = np.repeat(rng.random(n_samples // 1600 + 1), 1600)[:n_samples]
    return (level * rng.uniform(-1, 1, n_samples)).astype(np.float32)


@pytest.mark.parametrize("n_samples", [1, 320, 321, 16_000, 100_001])
def test_one_row_for_each_hop(spec: FaceSpec, n_samples: int) -> None:
    path = join_path(spec, FakeLips(15), LIP_MOTORS)
    sound = wrap_array(make_noise(n_samples), 16_000)
    rows = np.concatenate(list(find_commands(sound, path)))
    assert rows.shape == (-(-n_samples // 320), 26)


def test_blocks_do_not_matter(spec: FaceSpec) -> None:
    path = join_path(spec, FakeLips(15), LIP_MOTORS, seed=2)
    hops = make_noise(320 * 300).reshape(-1, 320)
    whole = run_offline(path, hops)
    for n in (7, 250):
        np.testing.assert_array_equal(run_offline(path, hops, block_hops=n), whole)


def test_lookahead_adds_up_and_rows_keep_their_time(spec: FaceSpec) -> None:
    path = join_path(spec, FakeLips(15), LIP_MOTORS, is_still=True)
    assert path.lookahead_hops == 15
    hops = np.zeros((100, 320), np.float32)
    hops[60] = 1
    jaw = run_offline(path, hops)[:, spec.motor_names.index("jaw_open")]
    assert np.flatnonzero(jaw > 0.5)[0] == pytest.approx(60 - 15, abs=3)  # speed limit: 3 hops


def test_idle_motion_waits_for_the_lips(spec: FaceSpec) -> None:
    hops = make_noise(320 * 200).reshape(-1, 320)
    idle = Idle(spec, seed=4)
    joined = run_offline(Join(spec, FakeLips(15), LIP_MOTORS, idle, idle.motors), hops)
    columns = [spec.motor_names.index(name) for name in idle.motors]
    np.testing.assert_array_equal(joined[:, columns], run_offline(idle, hops))
    lips = [spec.motor_names.index(name) for name in LIP_MOTORS]
    np.testing.assert_array_equal(joined[:, lips], run_offline(FakeLips(15), hops))
    others = sorted(set(range(26)) - set(columns) - set(lips))
    np.testing.assert_array_equal(joined[:, others], np.tile(spec.rest.values[others], (200, 1)))


def test_commands_are_as_sent(spec: FaceSpec) -> None:
    """What passed the limits once passes them again unchanged: the face sends what was written."""
    hops = make_noise(320 * 300).reshape(-1, 320)
    rows = run_offline(join_path(spec, FakeLips(3), LIP_MOTORS), hops)
    np.testing.assert_array_equal(run_offline(Limits(spec), rows), rows)


def test_motors_moved_twice_are_refused(spec: FaceSpec) -> None:
    idle = Idle(spec, seed=0)
    with pytest.raises(FaceError, match="neck_yaw"):
        Join(spec, FakeLips(), ("jaw_open", "neck_yaw", "x"), idle, idle.motors)


def test_progress_counts_up_to_the_total(spec: FaceSpec) -> None:
    told: list[tuple[int, int | None]] = []
    sound = wrap_array(make_noise(16_000 * 12), 16_000)
    path = join_path(spec, FakeLips(15), LIP_MOTORS)
    for _ in find_commands(sound, path, progress=lambda *now: told.append(now)):
        pass
    assert told[-1] == (600, 600)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
