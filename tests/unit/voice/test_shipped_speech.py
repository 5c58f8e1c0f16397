"""The shipped speech bundle keeps to what people's lips do, whatever it hears."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.lips import LIP_FIELDS, LIP_INDEX
from lipmotion.media.sound import open_sound
from lipmotion.step import Chain, run_offline
from lipmotion.voice.features import LogMel
from lipmotion.voice.speech import SpeechModel

EXAMPLE = Path(__file__).parents[3] / "src" / "lipmotion" / "examples" / "example.opus"


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return np.concatenate([block[:, 0] for block in open_sound(EXAMPLE).blocks()])


@pytest.mark.parametrize("speed", [0.6, 1.0, 1.7], ids=["giant", "as it is", "dwarf"])
def test_no_voice_makes_a_mouth_that_people_do_not_make(voice: np.ndarray, speed: float) -> None:
    at = np.arange(0, len(voice) - 1, speed)
    sound = np.interp(at, np.arange(len(voice)), voice).astype(np.float32)
    n_hops = len(sound) // 320
    path = Chain((LogMel(), SpeechModel.open(lookahead_hops=6)))
    lips = run_offline(path, sound[: n_hops * 320].reshape(-1, 320))
    for left in (name for name in LIP_FIELDS if "left" in name):
        right = lips[:, LIP_INDEX[left.replace("left", "right")]]
        np.testing.assert_allclose(lips[:, LIP_INDEX[left]], right, atol=2e-3)
    aperture = lips[:, LIP_INDEX["aperture"]]
    assert aperture.min() > -0.05 and 0.1 < aperture.max() < 0.7
    assert np.abs(lips).max() < 0.7
