"""A mirror that is measured: good and bad ones, and how late their cameras are."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.commands import Command
from lipmotion.errors import FaceError
from lipmotion.face import CameraFaults, Lens, read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.shutter import Light, Shutter
from lipmotion.frames import Frame
from lipmotion.mirror.check import check_mirror
from lipmotion.mirror.judge import MirrorFigures, judge

SPEC = read_face_spec("emo")


class Portrait(MockFace):
    """One picture of the simulated face, before its camera with faults and its light."""

    def __init__(self, picture: Frame, faults: CameraFaults) -> None:
        super().__init__(dataclasses.replace(SPEC, camera=CAMERA))
        self._picture, self._light = picture, Light()
        self._shutter, self._lens = Shutter(CAMERA, faults, 0), Lens(faults, 0)
        self._n_sent = 0
        self.switch_light = lambda is_on, at_s: self._light.switch(is_on, at_s) or at_s

    def send(self, command: Command) -> Command:
        self._n_sent += 1
        return command

    def look(self) -> Frame | None:
        taken = self._shutter.see(self._n_sent / 50)
        if taken is None:
            return None
        lit = self._light.shine(self._picture.image, taken.taken_s)
        seen = self._lens.spoil(lit, taken.number, taken.taken_s)
        return Frame(seen, taken.stamp_s, self._picture.side)


CAMERA = dataclasses.replace(SPEC.camera, side="left")


@pytest.fixture(scope="module")
def picture() -> Frame:
    with SimFace(dataclasses.replace(SPEC, camera=CAMERA)) as face:
        frame = face.look()
    assert frame is not None
    return frame


def check(picture: Frame, **faults: object) -> MirrorFigures:
    face = Portrait(picture, CameraFaults(**faults))  # type: ignore[arg-type]
    return check_mirror(face, rng=np.random.default_rng(0), seconds=12.0)


def test_a_good_mirror_and_its_cameras_delay(picture: Frame) -> None:
    figures = check(picture, delay_s=0.063)
    assert all(verdict.is_good for verdict in judge(figures, SPEC))
    assert figures.camera_delay_s == pytest.approx(0.063, abs=0.0025)
    assert figures.images_hz == pytest.approx(25) and figures.found == 1
    assert 50 < figures.mouth_px < 65 and figures.no_profile == ""


def test_a_dark_noisy_blurred_camera_is_told(picture: Frame) -> None:
    figures = check(picture, noise=25.0, blur_px=3.0, exposure_stops=-3.0, clock_ppm=-100.0)
    assert figures.noise > 0.003
    bad = [verdict.text for verdict in judge(figures, SPEC) if verdict.is_good is False]
    assert any("known to" in text for text in bad) or any("found" in text for text in bad)
    assert figures.camera_delay_s == pytest.approx(0.02, abs=0.004)


def test_a_face_without_a_camera_is_refused() -> None:
    with MockFace(SPEC) as face, pytest.raises(FaceError, match="no mirror image"):
        check_mirror(face, rng=np.random.default_rng(0), seconds=1.0)
