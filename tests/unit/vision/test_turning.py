"""A head that turns: what is measured of the lips of the simulated face hardly changes."""

import numpy as np
import pytest

from lipmotion.commands import Command
from lipmotion.face import open_face
from lipmotion.face.sim.camera import Camera
from lipmotion.lips import LIP_INDEX
from lipmotion.vision.film import rate_points
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, measure_lips

YAWS_DEG = (0, -20, -10, 10, 20)
FIELDS = {"width": 0.06, "aperture": 0.03, "upper_lip_height": 0.05}  # of a resting mouth's width


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    tracker, rows = FaceLandmarker(mirrored=True), []
    with open_face("emo", driver="sim") as face:
        camera = Camera(face.spec.camera.size_px)
        command = Command(face.spec.motor_names, face.spec.rest.values)
        for yaw in YAWS_DEG:
            turned = command.replace({"neck_yaw": 0.5 + yaw / 60, "jaw_open": 0.3})
            for _ in range(20):
                face.send(turned)
            seen, _ = tracker.step(camera.render(face.pose()), tracker.init_state())
            assert seen is not None
            rows.append(seen[list(KEPT_POINTS)])
    return np.stack(rows)


@pytest.mark.parametrize("field", FIELDS)
def test_the_lips_stay_as_they_are(field: str, points: np.ndarray) -> None:
    raw = measure_lips(points)
    mouth = raw[0, LIP_INDEX["width"]]
    change = (raw[1:, LIP_INDEX[field]] - raw[0, LIP_INDEX[field]]) / mouth
    flat = points[:, :, 0].max(axis=1) - points[:, :, 0].min(axis=1)  # as the camera sees it
    assert np.abs(change).max() < FIELDS[field]
    assert flat[1] < 0.99 * flat[0]  # it does turn


def test_turned_heads_are_trusted_less(points: np.ndarray) -> None:
    quality = rate_points(points)
    assert quality[0] == 1 and quality[1:].min() > 0.5
