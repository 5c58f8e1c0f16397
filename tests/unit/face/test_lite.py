"""What a maker's face with four lip motors can do, and that the tracker sees it."""

from collections.abc import Mapping

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.commands import Command
from lipmotion.face import read_face_spec
from lipmotion.face.poses import press_pose
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.truth import FaceTruth
from lipmotion.vision.landmarks import FaceLandmarker

SPEC = read_face_spec("lite")


@pytest.fixture(scope="module")
def face() -> SimFace:
    return SimFace(SPEC)


def hold(face: SimFace, changes: Mapping[str, float], n_hops: int = 50) -> FaceTruth:
    for _ in range(n_hops):
        face.send(SPEC.rest.replace(changes))
    return face.truth()


def test_it_has_a_jaw_and_four_lip_motors_on_hobby_servos() -> None:
    assert [len(SPEC.indices(group)) for group in ("lips", "jaw")] == [4, 1]
    hobby = read_face_spec("emo", servos="hobby")
    for field in ("dead_time_s", "lag_s", "frame_s"):
        assert {getattr(m, field) for m in SPEC.motors[:5]} == {getattr(hobby.motors[0], field)}
    for motor in SPEC.motors[:5]:
        turn = motor.horn_deg
        found = [motor.speed_per_s * turn, motor.backlash * turn, motor.dead_band * turn]
        assert found == pytest.approx([353, 1, 0.5], rel=0.02)
    assert [m.name for m in SPEC.motors if m.travel < 0] == ["lip_bottom"]


def test_lips_rest_closed_press_and_open(face: SimFace) -> None:
    rest = hold(face, {})
    assert rest.sealed_share >= 0.9 and rest.farthest_mm < 1.2
    assert rest.width_mm == pytest.approx(50 * SPEC.shape.width * SPEC.shape.mouth, abs=1)
    pressed = hold(face, dict(zip(SPEC.motor_names, press_pose(SPEC).tolist(), strict=True)))
    assert pressed.sealed_share == 1 and pressed.lip_force_n > rest.lip_force_n + 2
    assert hold(face, {"jaw": 1, "lip_top": 1, "lip_bottom": 0}).aperture_mm > 27


def test_it_rounds_spreads_and_bites(face: SimFace) -> None:
    rest = hold(face, {})
    pucker = hold(
        face, {"corners": 0, "lips_roll": 1, "jaw": 0.1, "lip_top": 0.5, "lip_bottom": 0.5}
    )
    assert pucker.width_mm < 0.72 * rest.width_mm
    assert pucker.aperture_mm > 3 and min(pucker.protrusion_mm) > 4.5
    assert hold(face, {"corners": 1}).width_mm > 1.15 * rest.width_mm
    bite = hold(face, {"lips_roll": 0.05, "jaw": 0.22, "lip_top": 1, "lip_bottom": 1})
    assert bite.bite_force_n > 0.03 and bite.sealed_share < 0.2


def test_both_sides_move_alike(face: SimFace) -> None:
    for row in np.random.default_rng(2).random((6, 5)).round(2).tolist():
        truth = hold(face, dict(zip(SPEC.motor_names, row, strict=False)), 25)
        left, right = truth.corner_height_mm
        assert left == pytest.approx(right, abs=0.4)


def test_the_tracker_finds_it_whatever_it_does(face: SimFace) -> None:
    rng, landmarker = np.random.default_rng(5), FaceLandmarker()
    lost = 0
    for _ in range(12):
        command = Command(SPEC.motor_names, rng.random(8).round().astype(np.float32))
        for _ in range(20):
            face.send(command)
        frame = face.look()
        assert frame is not None
        lost += landmarker.step(frame.image, landmarker.init_state())[0] is None
    assert lost == 0
