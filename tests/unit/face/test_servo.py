import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import FaceSpec, read_face_spec
from lipmotion.face.sim.servo import SERVO_STEPS, Servos
from lipmotion.timing import HOP_S

STEP_S = HOP_S / SERVO_STEPS


def make_spec(**changes: float) -> FaceSpec:
    """Emo with every motor alike: no flaw but those asked for, resting at 0."""
    ideal = {"speed_per_s": 1e6, "rest": 0.0}
    ideal |= dict.fromkeys(("dead_time_s", "lag_s", "backlash", "hold_error"), 0.0)
    spec = read_face_spec("emo")
    motors = tuple(dataclasses.replace(m, **{**ideal, **changes}) for m in spec.motors)
    return dataclasses.replace(spec, motors=motors)


def drive(spec: FaceSpec, commands: list[float], seed: int = 0) -> np.ndarray:
    """Horn of the first motor, (SERVO_STEPS * hops,)."""
    servos, rng = Servos(spec, HOP_S), np.random.default_rng(seed)
    state, path = servos.init_state(), []
    for command in commands:
        horns, state = servos.step(np.full(len(spec.motors), command), state, rng=rng)
        path.append(horns[:, 0])
    return np.concatenate(path)


def test_an_ideal_servo_is_there_at_once() -> None:
    np.testing.assert_allclose(drive(make_spec(), [0.0, 0.7, 0.2])[5:], [0.7] * 5 + [0.2] * 5)


def test_dead_time_is_silence() -> None:
    path = drive(make_spec(dead_time_s=0.012), [0.5, 0.5])
    np.testing.assert_allclose(path, [0, 0, 0] + [0.5] * 7)


def test_lag_is_first_order() -> None:
    path = drive(make_spec(lag_s=0.03), [1.0] * 10)
    t_s = STEP_S * np.arange(1, len(path) + 1)
    np.testing.assert_allclose(path, 1 - np.exp(-t_s / 0.03), atol=1e-9)


def test_speed_is_limited() -> None:
    path = drive(make_spec(speed_per_s=5.0), [1.0] * 15)
    np.testing.assert_allclose(
        path, np.minimum(1, 5 * STEP_S * np.arange(1, len(path) + 1)), atol=1e-9
    )


def test_backlash_swallows_the_turn_back() -> None:
    path = drive(make_spec(backlash=0.1), [0.5, 0.45, 0.3])[4::5]
    np.testing.assert_allclose(path, [0.45, 0.45, 0.35])


def test_hold_error_is_drawn_anew_only_when_the_command_changes() -> None:
    commands = [0.5, 0.5, *np.random.default_rng(1).random(2000).tolist()]
    path = drive(make_spec(hold_error=0.01), commands)[4::5]
    errors = path - commands
    assert errors[0] == errors[1] != 0
    assert errors[1:].std() == pytest.approx(0.01, rel=0.1)
    assert abs(errors.mean()) < 0.002


def test_a_frame_is_waited_for() -> None:
    path = drive(make_spec(frame_s=0.02), [0.5, 0.5])  # five steps a frame, the first half-way
    np.testing.assert_allclose(path, [0, 0] + [0.5] * 8)


def test_nothing_moves_within_the_dead_band() -> None:
    path = drive(make_spec(dead_band=0.1), [0.5, 0.54, 0.6])[4::5]
    np.testing.assert_allclose(path, [0.5, 0.5, 0.6])


def test_the_skin_pulls_the_horn_back_and_more_when_hot() -> None:
    path = drive(make_spec(load_give=0.1, heat_s=0.2, heat_give=0.5), [1.0] * 100)[4::5]
    assert path[0] == pytest.approx(0.9)
    assert path[-1] == pytest.approx(0.85, abs=1e-3)
    assert (np.diff(path) <= 0).all()


def test_hobby_servos_are_slower_and_looser() -> None:
    bus, hobby = read_face_spec("emo"), read_face_spec("emo", servos="hobby")
    lip, jaw = hobby.motors[0], hobby.motors[10]
    assert lip.backlash == pytest.approx(1 / 20)  # a degree of 20
    assert jaw.speed_per_s == pytest.approx(60 / 0.17 / 54, rel=1e-2)
    assert hobby.hash != bus.hash

    def follow(spec: FaceSpec) -> int:
        servos, rng = Servos(spec, HOP_S), np.random.default_rng(0)
        command = spec.rest.replace({"jaw_open": 0.8}).values.astype(float)
        state = servos.init_state()
        for hop in range(50):
            _, state = servos.step(command, state, rng=rng)
            if state.horn[10] > 0.4:
                return hop
        raise AssertionError("the jaw never opened")

    assert follow(hobby) > follow(bus)


def test_the_seed_decides() -> None:
    spec = make_spec(hold_error=0.01)
    commands = np.random.default_rng(2).random(20).tolist()
    np.testing.assert_array_equal(drive(spec, commands, 3), drive(spec, commands, 3))
    assert (drive(spec, commands, 3) != drive(spec, commands, 4)).any()


def test_the_state_is_never_changed_in_place() -> None:
    servos, rng = Servos(make_spec(dead_time_s=0.01, lag_s=0.02), HOP_S), np.random.default_rng(0)
    state = servos.init_state()
    before = {f.name: getattr(state, f.name).copy() for f in dataclasses.fields(state)}
    servos.step(np.ones(26), state, rng=rng)
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(state, name), value)
