"""The simulated mouth does what a mouth does."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.commands import Command
from lipmotion.face import CameraFaults, read_face_spec
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.truth import FaceTruth


@pytest.fixture(scope="module")
def face() -> SimFace:
    """Emo without backlash and hold error."""
    spec = read_face_spec("emo")
    motors = tuple(dataclasses.replace(m, backlash=0.0, hold_error=0.0) for m in spec.motors)
    return SimFace(dataclasses.replace(spec, motors=motors))


def both(**changes: float) -> dict[str, float]:
    """Commands for pairs of motors: upper_lip=1 stands for left and right."""
    ends = {"corner_raise": "corner_{}_raise", "corner_spread": "corner_{}_spread"}
    return {
        ends.get(name, name + "_{}").format(side): value
        for name, value in changes.items()
        for side in ("left", "right")
    }


def hold(face: SimFace, changes: Mapping[str, float], n_hops: int = 50) -> FaceTruth:
    for _ in range(n_hops):
        face.send(face.spec.rest.replace(changes))
    return face.truth()


def test_the_resting_mouth_is_lightly_closed(face: SimFace) -> None:
    truth = hold(face, {})
    assert truth.sealed_share >= 0.9
    assert 0 < truth.lip_force_n < 1
    assert truth.width_mm == pytest.approx(50, abs=0.5)
    assert truth.farthest_mm < 1


def test_the_mouth_opens_and_seals_again(face: SimFace) -> None:
    assert hold(face, {"jaw_open": 1} | both(upper_lip=1, lower_lip=1)).aperture_mm >= 35
    pressed = hold(face, {"jaw_open": 0} | both(upper_lip=0, lower_lip=0))
    assert pressed.sealed_share == 1
    assert pressed.lip_force_n > 2
    assert pressed.penetration_mm.max() < 0.5


def test_a_lip_behind_the_other_leaves_a_gap_and_no_opening(face: SimFace) -> None:
    behind = hold(face, {"upper_lip_roll": 1, "lower_lip_roll": 0.1, "jaw_open": 0.1})
    middle = len(behind.gap_mm) // 2
    assert behind.gap_mm[middle] > 1
    assert behind.aperture_mm < 0.5
    wide = hold(face, {"jaw_open": 0.6})
    assert wide.opening_mm.argmax() == pytest.approx(middle, abs=2)
    assert wide.aperture_mm == pytest.approx(wide.gap_mm[middle], rel=0.3)


def test_pucker_and_smile(face: SimFace) -> None:
    rest = hold(face, {})
    pucker = hold(face, both(corner_spread=0) | {"upper_lip_roll": 1, "lower_lip_roll": 1})
    assert pucker.width_mm <= 0.75 * rest.width_mm
    assert min(pucker.protrusion_mm) >= 7
    smile = hold(face, both(corner_spread=1))
    assert smile.width_mm >= 1.18 * rest.width_mm


def test_a_pucker_opens_round_and_shut_beside(face: SimFace) -> None:
    gaps = hold(
        face,
        {"upper_lip_roll": 0.9, "lower_lip_roll": 0.9, "jaw_open": 0.052}
        | both(corner_spread=0, upper_lip=0.7, lower_lip=0.7),
    ).gap_mm
    assert 6 <= gaps[9] <= 11
    assert max(gaps[:6].max(), gaps[-6:].max()) < 0.3


def test_pressed_lips_show_little_red(face: SimFace) -> None:
    def measure_red() -> np.ndarray:
        edge = face.truth().lip_points_mm[:40]
        return edge[6:15, 1] - edge[34:25:-1, 1]  # over the middle half

    hold(face, {})
    rest = measure_red()
    rolled = {"upper_lip_roll": 0, "lower_lip_roll": 0, "jaw_open": 0.044}
    truth = hold(face, rolled | both(upper_lip=0, lower_lip=0))
    assert measure_red().mean() <= 0.7 * rest.mean()
    assert truth.gap_mm[2:-2].max() <= 0.1
    assert truth.gap_mm.max() <= 0.3
    assert 3 <= truth.lip_force_n <= 12


@pytest.mark.parametrize("side", [0, 1], ids=["left", "right"])
@pytest.mark.parametrize(("command", "sign"), [(1.0, 1), (0.0, -1)], ids=["up", "down"])
def test_each_corner_moves_alone(face: SimFace, side: int, command: float, sign: int) -> None:
    name = f"corner_{('left', 'right')[side]}_raise"
    height = hold(face, {name: command}).corner_height_mm
    assert sign * height[side] >= 7
    assert abs(height[1 - side]) < 0.2


def test_the_lower_lip_meets_the_upper_teeth(face: SimFace) -> None:
    bite = {"lower_lip_roll": 0.1, "jaw_open": 0.157} | both(lower_lip=0, upper_lip=0.7)
    truth = hold(face, bite)
    assert truth.bite_force_n > 0.3
    assert truth.aperture_mm > 2


def test_rolls_move_the_lips_apart_from_each_other(face: SimFace) -> None:
    upper, lower = hold(face, {"upper_lip_roll": 1}).protrusion_mm
    assert upper > 4
    assert abs(lower) < 1
    upper, lower = hold(face, {"lower_lip_roll": 0}).protrusion_mm
    assert lower < -1.5
    assert abs(upper) < 1


def test_the_same_command_leads_to_the_same_face(face: SimFace) -> None:
    rng = np.random.default_rng(0)
    target = {"jaw_open": 0.1} | both(upper_lip=0.05, lower_lip=0.2, corner_spread=0.2)
    found = []
    for _ in range(3):
        for _ in range(5):
            hold(face, dict(zip(face.spec.motor_names, rng.random(26), strict=True)), 8)
        hold(face, target, 60)
        found.append(face.pose().skin_vertices)
    assert np.ptp(found, axis=0).max() <= 0.05


def test_wild_motion_stays_whole(face: SimFace) -> None:
    rng = np.random.default_rng(1)
    overlaps = []
    for hop in range(200):
        if hop % 6 == 0:
            command = Command(face.spec.motor_names, rng.random(26).astype(np.float32))
        face.send(command)
        if hop % 10 == 0:
            truth = face.truth()
            assert np.isfinite(face.pose().skin_vertices).all()
            assert truth.farthest_mm < 45
            overlaps.append(truth.penetration_mm[2:-2].max())
    assert max(overlaps) <= 0.3


def test_images_come_at_their_rate_and_late() -> None:
    spec = read_face_spec("emo")
    camera = dataclasses.replace(spec.camera, size_px=64)
    face = SimFace(dataclasses.replace(spec, camera=camera))
    opened = spec.rest.replace({"jaw_open": 1.0})
    times = []
    for _ in range(6):
        frame = face.look()
        assert face.look() is None
        if frame is not None:
            times.append(frame.time_s)
            assert frame.image.shape == (64, 64, 3)
        face.send(opened)
    assert times == pytest.approx([0.0, 0.04, 0.08])


def film(n_hops: int, **camera: object) -> list[np.ndarray]:
    """What a camera of 50 images a second gives of an opening mouth, hop by hop."""
    spec = read_face_spec("emo")
    own = dataclasses.replace(spec.camera, size_px=48, images_hz=50.0)
    faults = CameraFaults(**camera)  # type: ignore[arg-type]
    face = SimFace(dataclasses.replace(spec, camera=own), seed=5, faults=faults)
    images = []
    for _ in range(n_hops):
        face.send(spec.rest.replace({"jaw_open": 1.0}))
        frame = face.look()
        assert frame is not None
        images.append(frame.image)
    return images


def test_a_delay_of_60_ms_shows_the_face_of_60_ms_ago() -> None:
    at_once, late = film(20, delay_s=0.0), film(20, delay_s=0.06)
    for now, then in zip(late[3:], at_once, strict=False):
        np.testing.assert_array_equal(now, then)
    assert not np.array_equal(late[8], at_once[8])
    between = film(20, delay_s=0.05)[8].astype(float)  # half-way between two hops
    mixed = (at_once[5].astype(float) + at_once[6]) / 2
    assert np.abs(between - mixed).mean() < np.abs(between - at_once[5]).mean()


def test_the_cameras_faults_are_seen_and_seeded() -> None:
    first, again = film(4, noise=5.0), film(4, noise=5.0)
    np.testing.assert_array_equal(first, again)
    clear = film(4)
    assert 3.5 < np.abs(np.array(first, int) - np.array(clear)).mean() < 4.5


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mirror_beside_the_face_shows_its_profile(side: str) -> None:
    spec = read_face_spec("emo")
    camera = dataclasses.replace(spec.camera, size_px=64, side=side)
    with SimFace(dataclasses.replace(spec, camera=camera)) as face:
        frame = face.look()
    assert frame is not None and frame.side is not None
    view = frame.side.astype(int) if side == "left" else frame.side[:, ::-1].astype(int)
    wall, skin = view[38, :16], view[38, 24:36]  # before the lips, and in the cheek
    assert (wall[:, 0] < wall[:, 2]).all() and (skin[:, 0] > skin[:, 2] + 20).all()


# What the body of each version does, mm: opening, width, upper and lower lip forward, left corner
# up. Where this fails, the body has changed: raise `body` in face.yaml and learn its weights anew.
BODIES = {
    2: {
        "jaw": (15.24, 49.82, 0.04, -8.42, -5.92),
        "pucker": (0.0, 32.88, 0.36, 9.02, 0.07),
        "smile": (0.0, 57.95, -5.66, -0.06, 4.34),
    }
}
COMMANDS = {
    "jaw": {"jaw_open": 0.5} | both(upper_lip=0.3),
    "pucker": {"lower_lip_roll": 0.9} | both(corner_spread=0.0),
    "smile": {"upper_lip_roll": 0.2} | both(corner_raise=0.8, corner_spread=0.9),
}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_body_is_of_the_version_that_its_description_says(face: SimFace, name: str) -> None:
    truth = hold(face, COMMANDS[name])
    found = (truth.aperture_mm, truth.width_mm, *truth.protrusion_mm, truth.corner_height_mm[0])
    assert found == pytest.approx(BODIES[face.spec.body][name], abs=0.1)
