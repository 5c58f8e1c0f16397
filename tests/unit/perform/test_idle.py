"""Idle motion: the same for any blocks, alive, within bounds, and blinking as people do."""

from pathlib import Path

import numpy as np
import pytest
from fakes.odd_face import write_odd

from lipmotion.face.base import FaceSpec
from lipmotion.face.description import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.perform.idle import AtRest, Idle
from lipmotion.step import run_offline


@pytest.fixture(scope="module")
def spec() -> FaceSpec:
    return read_face_spec("emo")


def make_speech(n_hops: int, seed: int = 0) -> np.ndarray:
    """Noise in phrases of 2 s with pauses of 1 s and syllables at 4 Hz, (T, 320)."""
    t = np.arange(n_hops) / 50
    level = 0.1 * (t % 3 < 2) * (0.55 - 0.45 * np.cos(2 * np.pi * 4 * t))
    noise = np.random.default_rng(seed).normal(0, 1, (n_hops, 320))
    return (level[:, None] * noise).astype(np.float32)


@pytest.fixture(scope="module")
def minutes(spec: FaceSpec) -> dict[str, np.ndarray]:
    """Two minutes of idle motion, motor → (T,)."""
    idle = Idle(spec, seed=1)
    commands = run_offline(idle, make_speech(2 * 60 * 50))
    return dict(zip(idle.motors, commands.T, strict=True))


def test_blocks_do_not_matter(spec: FaceSpec) -> None:
    idle, sound = Idle(spec, seed=3), make_speech(250)
    whole = run_offline(idle, sound)
    np.testing.assert_array_equal(run_offline(idle, sound, block_hops=3), whole)
    np.testing.assert_array_equal(run_offline(idle, sound, block_hops=37), whole)


def test_the_future_does_not_matter(spec: FaceSpec) -> None:
    idle, sound = Idle(spec, seed=3), make_speech(250)
    other = sound.copy()
    other[150:] = 0
    same = run_offline(idle, other)[:150]
    np.testing.assert_array_equal(same, run_offline(idle, sound)[:150])


def test_seeds_differ(spec: FaceSpec) -> None:
    sound = make_speech(250)
    one, two = (run_offline(Idle(spec, seed=seed), sound) for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_commands_stay_within_the_limits(spec: FaceSpec, minutes: dict[str, np.ndarray]) -> None:
    rows = np.tile(spec.rest.values, (3000, 1))
    for name, values in minutes.items():
        assert values.min() >= 0 and values.max() <= 1
        rows[:, spec.motor_names.index(name)] = values[:3000]
    sent = run_offline(Limits(spec), rows)
    slow = [name for name in minutes if "lid" not in name and "eye" not in name]
    columns = [spec.motor_names.index(name) for name in slow]
    np.testing.assert_allclose(sent[:, columns], rows[:, columns], atol=1e-6)


def test_blinks_are_like_peoples(spec: FaceSpec, minutes: dict[str, np.ndarray]) -> None:
    left, right = minutes["lid_left_upper"], minutes["lid_right_upper"]
    np.testing.assert_array_equal(left, right)
    shut = left < 0.4  # more than half-way shut
    begins = np.flatnonzero(shut[1:] & ~shut[:-1])
    ends = np.flatnonzero(~shut[1:] & shut[:-1])
    assert 12 <= len(begins) / 2 <= 35  # a minute
    half_s = (ends - begins) / 50
    assert half_s.min() >= 0.05 and half_s.max() <= 0.15  # of 150 to 200 ms in all
    assert np.diff(begins).min() / 50 >= 0.5
    assert np.diff(begins).std() / np.diff(begins).mean() > 0.3  # not a clock


def test_blinks_like_the_ends_of_phrases(minutes: dict[str, np.ndarray]) -> None:
    shut = minutes["lid_left_upper"] < 0.4
    begins = np.flatnonzero(shut[1:] & ~shut[:-1]) / 50 % 3
    in_pause = np.mean((begins > 2) & (begins < 2.6))
    assert in_pause > 0.25  # 0.2 by chance


def test_eyes_look_at_the_viewer_mostly(spec: FaceSpec, minutes: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(minutes["eye_left_yaw"], minutes["eye_right_yaw"])
    yaw_deg = (minutes["eye_left_yaw"] - 0.5) * 60
    assert np.mean(abs(yaw_deg) < 3) > 0.6
    assert 5 < abs(yaw_deg).max() < 12


def test_the_head_moves_a_little_and_smoothly(minutes: dict[str, np.ndarray]) -> None:
    for axis, range_deg in (("yaw", 60), ("pitch", 40), ("roll", 36)):
        angle_deg = (minutes[f"neck_{axis}"] - 0.5) * range_deg
        assert 0.5 < abs(angle_deg).max() < 6
        assert abs(np.diff(angle_deg)).max() * 50 < 60  # degrees a second


def test_silence_is_calmer_than_speech(spec: FaceSpec) -> None:
    idle = Idle(spec, seed=1)
    speech = run_offline(idle, make_speech(500))
    silence = run_offline(idle, np.zeros((500, 320), np.float32))
    brows = [k for k, name in enumerate(idle.motors) if "brow" in name]
    assert silence[:, brows].std() < 1e-6 < speech[:, brows].std()


def test_begins_at_rest(spec: FaceSpec) -> None:
    first = run_offline(Idle(spec, seed=1), make_speech(1))[0]
    rest = run_offline(AtRest(spec), make_speech(1))[0]
    np.testing.assert_allclose(first, rest, atol=0.01)


def test_still(spec: FaceSpec) -> None:
    still = AtRest(spec)
    commands = run_offline(still, make_speech(100))
    np.testing.assert_array_equal(commands, np.tile(commands[0], (100, 1)))
    assert [spec.rest[name] for name in still.motors] == pytest.approx(commands[0].tolist())


def test_one_motor_for_both_eyes_or_lids_does_what_both_mean(spec: FaceSpec) -> None:
    """Lite blinks and looks when emo does, and by as much."""
    lite, sound = read_face_spec("lite"), make_speech(1500)
    found = []
    for face in (spec, lite):
        idle = Idle(face, seed=1)
        commands = dict(zip(idle.motors, run_offline(idle, sound).T, strict=True))
        travel = {motor.name: motor.travel for motor in face.motors}
        found.append({name: (c - face.rest[name]) * travel[name] for name, c in commands.items()})
    emo, ours = found
    assert set(ours) == {"lids", "eyes_turn", "head_turn"}
    for name, like in (
        ("lids", "lid_left_upper"),
        ("eyes_turn", "eye_left_yaw"),
        ("head_turn", "neck_yaw"),
    ):
        np.testing.assert_allclose(ours[name], emo[like], atol=1e-3)
    assert ours["lids"].min() < -36


def test_a_reversed_lid_shuts_at_its_other_end(tmp_path: Path) -> None:
    lid = "tail, group: lids, low: 60, high: 0, unit: deg, rest: 0.3", "moves: {lid_left_upper: 1}"
    folder = write_odd(
        tmp_path,
        ("tail, group: neck, low: 0, high: 90, unit: deg, rest: 0.5", lid[0]),
        ("moves: {}", lid[1]),
    )
    idle = Idle(read_face_spec(folder), seed=1)
    assert idle.motors == ("tail",)
    commands = run_offline(idle, make_speech(1500))[:, 0]
    assert commands.max() == pytest.approx(0.3 + 37.44 / 60, abs=0.02)


def test_a_face_with_lips_alone_has_no_idle_motion(tmp_path: Path) -> None:
    spec = read_face_spec(write_odd(tmp_path, ("tail, group: neck", "tail, group: lips")))
    for idle in (Idle(spec, seed=0), AtRest(spec)):
        assert idle.motors == ()
        assert run_offline(idle, make_speech(50)).shape == (50, 0)
