"""What happens to a body later: each change is seen, and nothing else changes."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.commands import Command
from lipmotion.errors import FaceError
from lipmotion.face import BodyChanges, open_face, read_face_spec
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.truth import FaceTruth

SPEC = read_face_spec("lite")
CAMERA = dataclasses.replace(SPEC.camera, size_px=160, delay_s=0.0, images_hz=50)
SMALL = dataclasses.replace(SPEC, camera=CAMERA)


def perform(changes: BodyChanges | None) -> tuple[SimFace, list[np.ndarray], list[np.ndarray]]:
    """The body after 25 hops, what was sent and read, and the last image."""
    face = SimFace(SMALL, seed=3, changes=changes)
    told = []
    for _ in range(25):
        told += [face.send(SPEC.rest.replace({"jaw": 0.4, "corners": 0.3})).values]
        told += [face.read().values]
    frame = face.look()
    assert frame is not None
    return face, told, [frame.image]


@pytest.fixture(scope="module")
def before() -> tuple[SimFace, list[np.ndarray], list[np.ndarray]]:
    return perform(None)


def differences(one: FaceTruth, two: FaceTruth) -> set[str]:
    """Fields of the truth that differ."""
    return {
        name
        for name in vars(one)
        if not np.array_equal(np.asarray(getattr(one, name)), np.asarray(getattr(two, name)))
    }


def test_no_changes_change_nothing(before: tuple) -> None:
    face, told, images = perform(BodyChanges())
    np.testing.assert_array_equal(told, before[1])
    np.testing.assert_array_equal(images, before[2])
    assert not differences(face.truth(), before[0].truth())


CHANGES = {
    "slipped": BodyChanges(slipped={"corners": 0.1}),
    "stiffness": BodyChanges(stiffness=1.3),
    "shift": BodyChanges(camera_shift_px=(6.0, -4.0)),
    "turn": BodyChanges(camera_turn_deg=12.0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_robot_is_not_told_but_sees_it(before: tuple, name: str) -> None:
    face, told, images = perform(CHANGES[name])
    assert face.spec == before[0].spec and face.spec.hash == SPEC.hash
    np.testing.assert_array_equal(told, before[1])  # sent, and what the servos' sensors say
    assert np.abs(images[0].astype(int) - before[2][0]).max() > 15
    changed = differences(face.truth(), before[0].truth())
    assert changed == {"lip_points_px"} if name in ("shift", "turn") else len(changed) > 3


def test_a_slipped_horn_is_the_same_motor_elsewhere(before: tuple) -> None:
    """What slipped by a tenth and is sent a tenth less stands where it did."""
    face = SimFace(SMALL, seed=3, changes=BodyChanges(slipped={"corners": 0.1}))
    for _ in range(25):
        face.send(SPEC.rest.replace({"jaw": 0.4, "corners": 0.2}))
    again, theirs = face.pose(), before[0].pose()
    assert again.drives == pytest.approx(theirs.drives, abs=0.3)
    assert face.truth().width_mm == pytest.approx(before[0].truth().width_mm, abs=0.5)
    slipped = perform(BodyChanges(slipped={"corners": 0.1}))[0]
    other = {k for k, at in slipped.pose().drives.items() if at != theirs.drives[k]}
    assert other == {"corner_left_spread", "corner_right_spread"}
    assert slipped.pose().drives["corner_left_spread"] == pytest.approx(
        theirs.drives["corner_left_spread"] + 1.3, abs=1e-6
    )


def test_the_resting_face_has_slipped_too() -> None:
    shut = SimFace(SMALL, changes=BodyChanges(slipped={"lip_bottom": -0.15})).truth()
    assert shut.sealed_share < 0.8  # its motor is reversed: less command is more open
    assert shut.aperture_mm > 0.2


def test_the_image_moves_by_so_many_pixels(before: tuple) -> None:
    shifted = perform(CHANGES["shift"])[0].truth().lip_points_px
    moved = shifted - before[0].truth().lip_points_px
    np.testing.assert_allclose(moved.mean(0), (6, -4), atol=0.3)
    turned = perform(CHANGES["turn"])[0].truth().lip_points_px
    assert np.ptp(turned[:, 0]) < np.ptp(shifted[:, 0])  # from the side a mouth is narrower


def test_wild_commands_stay_whole_when_all_has_slipped() -> None:
    slipped = dict.fromkeys(SPEC.motor_names[:5], 0.2)
    face = SimFace(SMALL, changes=BodyChanges(slipped=slipped, stiffness=1.5))
    rng = np.random.default_rng(0)
    for hop in range(120):
        if hop % 8 == 0:
            command = Command(SPEC.motor_names, rng.random(8).astype(np.float32))
        face.send(command)
        if hop % 10 == 0:
            assert face.truth().farthest_mm < 50
            assert face.truth().penetration_mm[2:-2].max() < 0.4


def test_changes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(FaceError, match=r"face lite has no motor jaw_open that could slip"):
        open_face("lite", changes=BodyChanges(slipped={"jaw_open": 0.1}))
    with pytest.raises(FaceError, match="simulated body; take driver sim"):
        open_face("lite", driver="mock", changes=BodyChanges())
    for bad in (
        {"slipped": {"jaw": 0.5}}, {"stiffness": 0.0}, {"camera_turn_deg": 90.0},
        {"camera_shift_px": (float("nan"), 0.0)},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"slipped by|stiffness is|camera_"):
            BodyChanges(**bad)
