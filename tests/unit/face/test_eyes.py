"""Lids: shut they cover the eyeball, and they can blink as fast as people do."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import Limits, read_face_spec
from lipmotion.face.sim.eyes import OPENING, SIDES, place_lids
from lipmotion.face.sim.relief import EYE_MM, EYE_RADIUS_MM
from lipmotion.face.sim.servo import SERVO_STEPS, Servos
from lipmotion.timing import HOP_S

SPEC = read_face_spec("emo")
CALM = {"left": 0.0, "right": 0.0}


def place(**commands):
    return place_lids({m.name: m.to_unit(commands.get(m.name, m.rest)) for m in SPEC.motors}, CALM)


def margins(lids, side, sign):
    """Height of the upper and the lower margin over x in the eye's opening, mm."""
    x = np.linspace(-OPENING[2] + 1, OPENING[2] - 1, 41)
    heights = []
    for lid, row in (("upper", 0), ("lower", -1)):
        edge = lids[f"lid_{side}_{lid}"][:, row] - np.array([sign * EYE_MM[0], EYE_MM[1], 0])
        order = np.argsort(edge[:, 0])
        heights.append(np.interp(x, edge[order, 0], edge[order, 1]))
    return heights


@pytest.mark.parametrize(("side", "sign"), SIDES)
@pytest.mark.parametrize("lower", [0.0, 0.4, 1.0])
def test_shut_lids_meet_along_their_whole_length(side, sign, lower):
    shut = place(**{f"lid_{side}_upper": 0.0, f"lid_{side}_lower": lower})
    upper, below = margins(shut, side, sign)
    assert (upper <= below + 0.05).all()


@pytest.mark.parametrize("command", [0.25, 0.5, 0.75, 1.0])
def test_the_upper_lid_opens_step_by_step(command):
    less, more = (place(lid_left_upper=c) for c in (command - 0.25, command))
    (before, below), (after, _) = margins(less, "left", 1.0), margins(more, "left", 1.0)
    assert (after >= before - 1e-9).all()
    middle = len(after) // 2
    assert after[middle] > before[middle] + 2
    assert after[middle] > below[middle] + 1


@pytest.mark.parametrize("command", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_eyeball_never_shows_through_a_lid(command):
    lids = place(lid_left_upper=command, lid_left_lower=command)
    for lid in ("upper", "lower"):
        from_eye = lids[f"lid_left_{lid}"] - np.array(EYE_MM)
        cells = (from_eye[1:, 1:] + from_eye[:-1, 1:] + from_eye[1:, :-1] + from_eye[:-1, :-1]) / 4
        seen = np.hypot(cells[..., 0], cells[..., 1]) < 13
        assert np.linalg.norm(cells[seen], axis=-1).min() > EYE_RADIUS_MM + 0.1


def test_a_smile_pushes_the_lower_lid_up():
    motors = {m.name: m.to_unit(m.rest) for m in SPEC.motors}
    calm, smiling = (place_lids(motors, {"left": s, "right": 0.0}) for s in (0.0, 1.0))
    rise = smiling["lid_left_lower"][15, -1, 1] - calm["lid_left_lower"][15, -1, 1]
    assert 0.5 < rise < 2.5
    np.testing.assert_array_equal(smiling["lid_right_lower"], calm["lid_right_lower"])


def test_the_servos_blink_in_150_to_200_ms():
    servos, limits, lid = (
        Servos(SPEC, HOP_S),
        Limits(SPEC),
        SPEC.motor_names.index("lid_left_upper"),
    )
    horn, sent_before, path = servos.init_state(), limits.init_state(), []
    for hop in range(30):
        command = SPEC.rest.values.copy()
        command[lid] = 0.0 if 5 <= hop < 10 else command[lid]
        sent, sent_before = limits.step(command[None], sent_before)
        horns, horn = servos.step(sent[0].astype(float), horn, rng=np.random.default_rng(hop))
        path.extend(horns[:, lid])
    away = np.flatnonzero(np.array(path) < 0.95 * SPEC.rest.values[lid])
    assert 150 <= 1e3 * HOP_S / SERVO_STEPS * (away[-1] - away[0] + 1) <= 200
    lids = place(lid_left_upper=min(path))
    upper, below = margins(lids, "left", 1.0)
    assert (upper <= below + 0.05).all()  # shut at the lowest moment


def test_resting_eyes_are_wide_open_and_the_lid_rests_on_the_iris():
    upper, lower = margins(place(), "left", 1.0)
    middle = len(upper) // 2
    assert 11.5 < upper[middle] - lower[middle] < 14.5  # mm
    iris = 0.43 * EYE_RADIUS_MM  # its radius, see `gather.py`
    assert 0 < iris - upper[middle] < 2
    assert 0 < iris + lower[middle] < 2
