"""A performance seen as lips: on time, at the person's rate, with the robot as its own owner.

A made-up face shows its jaw as grey, and a made-up tracker reads the grey as an opening: so time,
rate and units are known to the digit.
"""

import numpy as np
import pytest
from fakes.grey import GreyFace, GreyLandmarker

from lipmotion.commands import CommandTrack
from lipmotion.errors import FaceError
from lipmotion.evaluate.align import find_lag
from lipmotion.evaluate.verdict import (
    NATIVE,
    Eye,
    FilmStyle,
    execute,
    film_owners,
    measure_mouth_px,
    to_track,
)
from lipmotion.face.description import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.face.mock import MockFace

SPEC = read_face_spec("emo")
JAW = SPEC.motor_names.index("jaw_open")


def jaw_track(n_hops: int) -> CommandTrack:
    t = np.arange(n_hops) / 50
    opening = 0.12 * (1 - np.cos(2 * np.pi * 1.3 * t)) + 0.1 * (1 - np.cos(2 * np.pi * 0.6 * t))
    values = np.repeat(SPEC.rest.values[None], n_hops, axis=0)
    values[:, JAW] += opening.astype(np.float32)
    sent, _ = Limits(SPEC).step(values, Limits(SPEC).init_state())
    return CommandTrack(SPEC.motor_names, sent)


@pytest.fixture(scope="module")
def eyes() -> list[Eye]:
    return [
        Eye(NATIVE, GreyLandmarker(), 60.0),
        Eye(
            FilmStyle("poor", images_hz=12.5, mouth_px=30.0, jpeg_quality=50),
            GreyLandmarker(),
            60.0,
        ),
    ]


def test_seen_on_time_in_mouth_widths(eyes: list[Eye]) -> None:
    with GreyFace(SPEC) as face:
        owners = film_owners(face, eyes, rng=np.random.default_rng(0))
    commands = jaw_track(300)
    with GreyFace(SPEC) as face:
        executed = execute(face, commands, eyes)
    assert np.array_equal(executed.sent.values, commands.values)
    assert executed.truth is None
    in_speech = np.ones(300, bool)
    native = to_track(executed.seen["native"], owners["native"], in_speech)
    assert native.quality[2:].min() == 1
    # 150 of grey a command and 500 a mouth's eye distance; a mouth is 0.6 eye distances wide.
    opening = commands.motor("jaw_open") - SPEC.rest["jaw_open"]
    seen = native.field("aperture")
    expected = 150 * opening / 500 / owners["native"].rest_width
    assert np.abs(seen - expected)[3:].max() < 0.1 * expected.max()
    lag = find_lag([opening], [seen], [in_speech])
    assert lag.ms == pytest.approx(20, abs=3)  # row k is sent at k / 50 and seen one hop later
    assert lag.peak > 0.99


def test_each_style_has_its_own_images(eyes: list[Eye]) -> None:
    with GreyFace(SPEC) as face:
        executed = execute(face, jaw_track(100), eyes)
    native, poor = (executed.seen[eye.style.name].values for eye in eyes)
    assert native.shape == poor.shape == (100, 12)
    assert not np.array_equal(native, poor)
    assert np.corrcoef(native[5:-5, 0], poor[5:-5, 0])[0, 1] > 0.97


def test_a_face_without_a_camera_is_refused(eyes: list[Eye]) -> None:
    with pytest.raises(FaceError, match="0 images; judging needs its camera"):
        execute(MockFace(SPEC), jaw_track(20), eyes)
    with pytest.raises(FaceError, match="no image in a second"):
        measure_mouth_px(MockFace(SPEC), GreyLandmarker())


def test_the_mouth_is_measured_at_rest() -> None:
    with GreyFace(SPEC) as face:
        assert measure_mouth_px(face, GreyLandmarker()) == pytest.approx(60, abs=0.5)


@pytest.mark.slow
def test_the_simulated_face_is_seen_as_it_is() -> None:
    from lipmotion.face.open import open_face
    from lipmotion.mirror.babble import babble
    from lipmotion.vision.landmarks import FaceLandmarker

    landmarker = FaceLandmarker(mirrored=True)
    mouth_px = measure_mouth_px(open_face("emo", "sim", seed=0), landmarker)
    looking = [
        Eye(NATIVE, landmarker, mouth_px),
        Eye(FilmStyle("as a GRID film", 25.0, 38.0, 50), landmarker, mouth_px),
    ]
    face = open_face("emo", "sim", seed=0)
    _, values = babble(face.spec, 500, rng=np.random.default_rng(1))
    others = list(face.spec.indices("brows", "lids", "eyes", "neck"))
    values[:, others] = face.spec.rest.values[others]
    executed = execute(face, CommandTrack(face.spec.motor_names, values), looking)
    assert executed.truth is not None
    everywhere = np.ones(500, bool)
    for seen in executed.seen.values():
        lag = find_lag([executed.truth.aperture_mm], [seen.values[:, 0]], [everywhere])
        assert lag.ms == pytest.approx(0, abs=4)
        assert lag.peak > 0.9  # babbling goes far beyond speech, and one-sided
