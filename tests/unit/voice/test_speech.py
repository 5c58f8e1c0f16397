from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import BundleError, StreamError
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS
from lipmotion.step import Chain, run_offline
from lipmotion.timing import HOP_SAMPLES
from lipmotion.voice.features import LogMel
from lipmotion.voice.speech import CLAIMS, SpeechModel


def _perform(x: np.ndarray, lookahead_hops: int) -> np.ndarray:
    speech = SpeechModel.open(lookahead_hops=lookahead_hops)
    return run_offline(Chain((LogMel(), speech)), x)


def test_look_ahead_is_what_was_asked_as_far_as_the_weights_go() -> None:
    assert [SpeechModel.open(lookahead_hops=n).lookahead_hops for n in (1, 13, 40)] == [1, 13, 16]
    with pytest.raises(StreamError, match="0 ms"):
        SpeechModel.open(lookahead_hops=0)


@pytest.mark.parametrize("lookahead_hops", [1, 3, 13])
def test_silence_and_a_quiet_room_rest(lookahead_hops: int) -> None:
    rng = np.random.default_rng(0)
    for loud in (0.0, 0.0005):
        x = (loud * rng.normal(size=(150, HOP_SAMPLES))).astype(np.float32)
        lips = _perform(x, lookahead_hops)
        assert lips.shape == (150, N_LIP_FIELDS)
        assert np.abs(lips).max() < 0.01


def test_claims_are_probabilities() -> None:
    rng = np.random.default_rng(0)
    speech = SpeechModel.open(lookahead_hops=3)
    features = rng.normal(0, 0.3, (60, 160)).astype(np.float32)
    lips, claims, _ = speech.hear(features, speech.init_state())
    assert lips.shape == (57, N_LIP_FIELDS)
    assert claims.shape == (57, len(CLAIMS))
    assert ((claims >= 0) & (claims <= 1)).all()
    assert lips[:, LIP_INDEX["aperture"]].min() > -0.2


def test_long_streams_keep_their_state_small_and_their_values() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.3, (400, 160)).astype(np.float32)
    speech = SpeechModel.open(lookahead_hops=5)
    whole = run_offline(speech, x)
    parts = run_offline(speech, x, block_hops=33)
    assert np.allclose(whole, parts, atol=2e-4)


def test_a_bundle_without_its_look_ahead_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle here"):
        SpeechModel.open(tmp_path, lookahead_hops=3)
