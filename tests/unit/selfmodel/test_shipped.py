"""The self-model that ships with `emo`: what it must do whatever weights it has."""

import numpy as np
import pytest

from lipmotion.bundle import Bundle
from lipmotion.errors import BundleError
from lipmotion.face import read_face_spec
from lipmotion.lips import LIP_INDEX
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.bundle import open_self
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.selfmodel.foresee import SelfModel
from lipmotion.selfmodel.imagine import Imagination
from lipmotion.step import Chain, run_offline

APERTURE, WIDTH = LIP_INDEX["aperture"], LIP_INDEX["width"]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_self(read_face_spec("emo"))


def _perform(bundle: Bundle, lips: np.ndarray) -> np.ndarray:
    """Lip shapes wanted → lip shapes foreseen, (T, 12)."""
    motion, foresee = FacialActionTransformer(bundle), SelfModel(bundle)
    commands = run_offline(Chain((Imagination(bundle), motion)), lips)
    assert motion.motors == foresee.motors
    return foresee.split(run_offline(foresee, commands))[0]


def test_it_belongs_to_this_face_alone(bundle: Bundle) -> None:
    spec = read_face_spec("emo")
    motion = FacialActionTransformer.open(spec)
    assert motion.motors == tuple(spec.motor_names[k] for k in spec.indices("lips", "jaw"))
    assert motion.lookahead_hops <= 2
    with pytest.raises(BundleError, match="no bundle here"):
        open_self(spec, spec.folder / "nowhere")


def test_an_opening_is_made_as_large_and_on_time(bundle: Bundle) -> None:
    wanted = np.zeros((300, 12), np.float32)
    wave = 0.12 * (1 - np.cos(2 * np.pi * 2 * np.arange(300) / 50)).astype(np.float32)  # 2 Hz
    for name in ("aperture", "aperture_left", "aperture_right"):
        wanted[:, LIP_INDEX[name]] = wave
    wanted[:, LIP_INDEX["lower_lip_height"]] = -0.7 * wave
    foreseen = _perform(bundle, wanted)[50:-10, APERTURE].clip(0)
    wave = wave[50:-10]
    r = {k: np.corrcoef(np.roll(foreseen, -k)[5:-5], wave[5:-5])[0, 1] for k in range(-4, 5)}
    assert r[0] > 0.95
    assert max(r, key=lambda k: r[k]) in (-1, 0, 1)
    assert 0.7 < np.ptp(foreseen) / np.ptp(wave) < 1.3


def test_touching_lips_are_pressed_and_parted_lips_are_not(bundle: Bundle) -> None:
    wanted = np.zeros((120, 12), np.float32)
    for name in ("aperture", "aperture_left", "aperture_right"):
        wanted[60:, LIP_INDEX[name]] = 0.15
    foreseen = _perform(bundle, wanted)
    assert foreseen[30:55, APERTURE].max() < 0.01
    assert 0.1 < foreseen[80:, APERTURE].mean() < 0.2


def test_a_small_mouth_closes_where_its_own_range_says(bundle: Bundle) -> None:
    imagination = Imagination(bundle)
    opening = 0.5 * imagination.presses_from / 0.08
    lips = np.zeros((7, 12), np.float32)
    lips[:, APERTURE] = np.array([-0.02, 0, 0.5, 1, 2, 3, 20]) * imagination.presses_from
    lips[0, APERTURE], lips[:, WIDTH] = -0.02, 0.1
    near = imagination.bring_near(lips, opening)
    asked = near[:, APERTURE] / imagination.presses_from
    np.testing.assert_allclose(asked[1:], [0, 1, 1.4, 2.2, 3, 20], atol=1e-5)
    assert near[0, APERTURE] == np.float32(-0.02)  # pressed stays as pressed
    np.testing.assert_array_equal(near[:, WIDTH], lips[:, WIDTH])
    large = imagination.bring_near(lips, 4 * opening)[:, APERTURE] / imagination.presses_from
    assert large[4] == pytest.approx(1, abs=1e-5)  # a closure of theirs: pressed from here on
    np.testing.assert_allclose(imagination.bring_near(lips, 2 * opening), lips, atol=1e-6)
    with pytest.raises(ValueError, match="positive"):
        imagination.bring_near(lips, 0.0)


def test_narrow_and_wide_are_told_apart(bundle: Bundle) -> None:
    wanted = np.zeros((150, 12), np.float32)
    wanted[:75, WIDTH], wanted[75:, WIDTH] = -0.08, 0.06
    foreseen = _perform(bundle, wanted)[:, WIDTH]
    assert foreseen[40:70].mean() < -0.04
    assert foreseen[110:].mean() > 0.02


def test_one_corner_moves_without_the_other(bundle: Bundle) -> None:
    left, right = LIP_INDEX["corner_left_height"], LIP_INDEX["corner_right_height"]
    wanted = np.zeros((100, 12), np.float32)
    wanted[50:, left] = 0.05
    foreseen = _perform(bundle, wanted)
    moved = foreseen[70:].mean(0) - foreseen[25:45].mean(0)
    assert moved[left] > 0.02
    assert abs(moved[right]) < 0.5 * moved[left]


def test_images_have_latents(bundle: Bundle) -> None:
    crops = np.random.default_rng(0).integers(0, 255, (3, 128, 128, 3)).astype(np.uint8)
    latents = LipEncoder(bundle).encode(crops)
    assert latents.shape == (3, 16) and np.isfinite(latents).all()
    assert LipEncoder(bundle).encode(crops[:0]).shape == (0, 16)
