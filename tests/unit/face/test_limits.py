import dataclasses

import numpy as np
import pytest

from lipmotion.errors import FaceError
from lipmotion.face import FaceSpec, Limits, Rule, read_face_spec
from lipmotion.face.limits import LimitsState, limit_many
from lipmotion.timing import HOP_S


@pytest.fixture(scope="module")
def spec() -> FaceSpec:
    return read_face_spec("emo")


def make_wild(spec: FaceSpec, n_hops: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0.5, 3.0, (n_hops, len(spec.motors)))


def breaks(rule: Rule, spec: FaceSpec, sent: np.ndarray) -> np.ndarray:
    motor = sent[:, spec.motor_names.index(rule.motor)]
    other = sent[:, spec.motor_names.index(rule.other)]
    over = np.float32(rule.over)
    is_past = motor > over if rule.above else motor < over
    is_held = (other >= np.float32(rule.at_least)) & (other <= np.float32(rule.at_most))
    return is_past & ~is_held


def test_wild_commands_keep_range_speed_and_rules(spec: FaceSpec) -> None:
    limits = Limits(spec)
    sent, _ = limits.step(make_wild(spec, 500, 0), limits.init_state())
    assert sent.min() >= 0
    assert sent.max() <= 1
    moved = np.abs(np.diff(np.vstack([spec.rest.values, sent]), axis=0))
    assert (moved <= spec.column("speed_per_s") * HOP_S + 1e-6).all()
    assert spec.rules
    for rule in spec.rules:
        assert not breaks(rule, spec, sent).any(), rule.reason


def test_allowed_commands_pass_unchanged(spec: FaceSpec) -> None:
    limits = Limits(spec)
    slow = spec.rest.values + np.linspace(0, 0.3, 40)[:, None] * (0.5 - spec.rest.values)
    sent, _ = limits.step(slow.astype(np.float32), limits.init_state())
    np.testing.assert_allclose(sent, slow, atol=1e-6)


def test_full_speed_reaches_in_travel_over_speed(spec: FaceSpec) -> None:
    limits = Limits(spec)
    wanted = np.tile(spec.rest.values, (20, 1))
    jaw = spec.motor_names.index("jaw_open")
    wanted[:, jaw] = 1.0
    sent, _ = limits.step(wanted, limits.init_state())
    step = spec.motors[jaw].speed_per_s * HOP_S
    expected = np.minimum(1, spec.motors[jaw].rest + step * np.arange(1, 21))
    np.testing.assert_allclose(sent[:, jaw], expected, atol=1e-6)


def test_a_motor_waits_until_the_held_one_is_safe(spec: FaceSpec) -> None:
    slow = tuple(
        dataclasses.replace(m, speed_per_s=1.0) if m.name == "lower_lip_roll" else m
        for m in spec.motors
    )
    spec = dataclasses.replace(spec, motors=slow)
    limits = Limits(spec)
    jaw, roll = spec.motor_names.index("jaw_open"), spec.motor_names.index("lower_lip_roll")
    wanted = np.tile(spec.rest.values, (60, 1))
    wanted[:40, jaw], wanted[:40, roll] = 0.18, 0.0  # rolled in, jaw open: allowed
    wanted[40:, jaw], wanted[40:, roll] = 0.0, 0.0  # now the teeth would bite
    sent, _ = limits.step(wanted, limits.init_state())
    assert sent[39, roll] == 0
    rule = next(r for r in spec.rules if r.other == "lower_lip_roll" and r.motor == "jaw_open")
    waiting = sent[43:46, jaw]
    np.testing.assert_allclose(waiting, rule.over, atol=1e-6)
    assert sent[-1, jaw] == 0
    assert sent[-1, roll] >= rule.at_least - 1e-6


def test_the_state_is_passed_and_not_kept(spec: FaceSpec) -> None:
    limits, wild = Limits(spec), make_wild(spec, 30, 1)
    whole, _ = limits.step(wild, limits.init_state())
    first, state = limits.step(wild[:7], limits.init_state())
    limits.step(-wild, limits.init_state())
    second, _ = limits.step(wild[7:], state)
    np.testing.assert_array_equal(np.vstack([first, second]), whole)
    assert limits.flush(state).shape == (0, len(spec.motors))
    assert limits.step(wild[:0], state)[0].shape == (0, len(spec.motors))


def test_what_is_no_number_is_refused(spec: FaceSpec) -> None:
    limits = Limits(spec)
    wanted = np.tile(spec.rest.values, (2, 1))
    wanted[1, 3] = np.nan
    with pytest.raises(FaceError, match="not a finite number"):
        limits.step(wanted, limits.init_state())
    with pytest.raises(FaceError, match="shape"):
        limits.step(wanted[:, :5], limits.init_state())


@pytest.mark.parametrize("spread", [0.15, 0.6, 3.0])
def test_many_tracks_at_once_are_limited_as_one_after_another(
    spec: FaceSpec, spread: float
) -> None:
    rng = np.random.default_rng(1)
    slow, fast = (rng.normal(0.5, spread, (5, n, len(spec.motors))) for n in (12, 60))
    tracks = np.concatenate([slow.repeat(5, axis=1), fast], 1).astype(np.float32)
    limits = Limits(spec)
    start, _ = limits.step(make_wild(spec, 30, 2), limits.init_state())
    many = limit_many(spec, tracks, start[-1])
    for track, limited in zip(tracks, many, strict=True):
        np.testing.assert_array_equal(limits.step(track, LimitsState(start[-1]))[0], limited)
    for rule in spec.rules:
        assert not any(breaks(rule, spec, limited).any() for limited in many), rule.reason
