import numpy as np

from lipmotion.lips import LIP_INDEX
from lipmotion.step import run_offline
from lipmotion.voice.loudness import WIDEST, Amplitude, Loudness, shape_opening


def test_silence_is_closed_and_loud_is_wide() -> None:
    for step in (Loudness(), Amplitude()):
        assert not run_offline(step, np.zeros((4, 320), np.float32)).any()
    loud = run_offline(Loudness(), np.full((20, 320), 0.5, np.float32))
    assert abs(loud[-1, LIP_INDEX["aperture"]] - WIDEST) < 1e-4


def test_louder_is_wider() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20, 320))
    apertures = [
        run_offline(Loudness(), (gain * noise).astype(np.float32))[-1, 0]
        for gain in (0.005, 0.02, 0.08)
    ]
    assert apertures[0] < apertures[1] < apertures[2]


def test_opening_moves_the_lips_apart_by_the_aperture() -> None:
    lips = shape_opening(np.array([0.5]))[0]
    parted = lips[LIP_INDEX["upper_lip_height"]] - lips[LIP_INDEX["lower_lip_height"]]
    assert np.isclose(parted, lips[LIP_INDEX["aperture"]])
