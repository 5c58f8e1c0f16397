"""Formants of synthesised vowels are found, and move the lips the right way."""

import numpy as np
import pytest

from lipmotion.evaluate.formants import find_formants, fit_speaker, shape_formants
from lipmotion.lips import LIP_INDEX

VOWELS = {"a": (750.0, 1250.0), "i": (300.0, 2250.0), "u": (320.0, 800.0)}


def say(vowel: str, *, scale: float = 1.0, seconds: float = 0.6) -> np.ndarray:
    """A buzz of 110 Hz through four resonances, as a vowel is made."""
    n_samples = int(16_000 * seconds)
    sound = np.zeros(n_samples)
    sound[:: round(16_000 / (110 * scale))] = 1.0
    for hz, band_hz in zip((*VOWELS[vowel], 2700.0, 3500.0), (80, 90, 130, 200), strict=True):
        radius = np.exp(-np.pi * band_hz / 16_000)
        turn = 2 * radius * np.cos(2 * np.pi * hz * scale / 16_000)
        filtered = np.zeros(n_samples)
        for k in range(n_samples):
            filtered[k] = sound[k] + turn * filtered[k - 1] * (k > 0)
            filtered[k] -= radius**2 * filtered[k - 2] * (k > 1)
        sound = filtered
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


@pytest.mark.parametrize("vowel", VOWELS)
def test_formants_are_found(vowel: str) -> None:
    found = np.nanmedian(find_formants(say(vowel))[5:-5], axis=0)
    assert found[0] == pytest.approx(VOWELS[vowel][0], rel=0.25)  # drawn to a harmonic of the voice
    assert found[1] == pytest.approx(VOWELS[vowel][1], rel=0.12)


def test_vowels_move_the_lips_the_right_way() -> None:
    gap = np.zeros(4800, np.float32)
    sound = np.concatenate([say("a"), gap, say("i"), gap, say("u")])
    lips = shape_formants(sound)
    assert lips.shape == (-(-len(sound) // 320), 12)
    at = {"a": slice(8, 24), "i": slice(53, 69), "u": slice(98, 114)}
    aperture = {v: np.median(lips[k, LIP_INDEX["aperture"]]) for v, k in at.items()}
    width = {v: np.median(lips[k, LIP_INDEX["width"]]) for v, k in at.items()}
    assert aperture["a"] > 1.3 * max(aperture["i"], aperture["u"])
    assert width["i"] > width["a"] > width["u"]
    assert np.abs(lips[34:42]).max() < 0.02  # the gap


def test_silence_and_nothing_rest() -> None:
    assert np.abs(shape_formants(np.zeros(3200, np.float32))).max() == 0
    assert shape_formants(np.zeros(0, np.float32)).shape == (0, 12)


def test_one_number_fits_a_speaker() -> None:
    vowels = np.array(list(VOWELS.values()))
    assert fit_speaker(1.5 * vowels) / fit_speaker(1.25 * vowels) == pytest.approx(1.2)
    assert fit_speaker(3 * vowels) == pytest.approx(1.35)
