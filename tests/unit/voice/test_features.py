import numpy as np
import pytest

from lipmotion.errors import StreamError
from lipmotion.step import run_offline
from lipmotion.timing import HOP_SAMPLES
from lipmotion.voice.features import (
    DECAY_DB,
    FLOOR,
    N_BANDS,
    N_FEATURES,
    START_LEVEL_DB,
    LogMel,
    build_mel_bank,
    even_out,
    measure_level,
    measure_power,
)


def _tone(hz: float, n_hops: int, amplitude: float = 0.5) -> np.ndarray:
    time_s = np.arange(n_hops * HOP_SAMPLES) / 16_000
    return (amplitude * np.sin(2 * np.pi * hz * time_s)).astype(np.float32).reshape(n_hops, -1)


def test_power_of_a_window_is_a_plain_fourier_sum() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, 240 + HOP_SAMPLES).astype(np.float32)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    second = samples[160:560] * window  # the window that ends with the hop
    turns = np.exp(-2j * np.pi * 7 * np.arange(400) / 400)
    power = measure_power(samples)
    assert power.shape == (2, 201)
    assert power[1, 7] == pytest.approx(abs((second * turns).sum()) ** 2, rel=1e-4)


def test_level_of_a_full_scale_tone_is_minus_three_db() -> None:
    samples = np.concatenate([np.zeros(240, np.float32), _tone(1000, 10, 1.0).ravel()])
    assert measure_level(measure_power(samples))[-1] == pytest.approx(-3.01, abs=0.02)


def test_mel_bank_has_equal_areas_and_slaneys_edges() -> None:
    bank = build_mel_bank()
    assert bank.shape == (201, N_BANDS)
    assert (bank >= 0).all()
    assert np.allclose(40 * bank[:, 50:].sum(axis=0), 1, atol=0.02)  # narrow ones miss bins
    # 15 mel is 1 kHz, and 80 bands share 0 … 45.2 mel
    kilohertz_band = 15 / (15 + 27 * np.log(8) / np.log(6.4)) * (N_BANDS + 1) - 1
    assert bank[25].argmax() == round(kilohertz_band)


def test_silence_is_the_floor() -> None:
    features = run_offline(LogMel(), np.zeros((5, HOP_SAMPLES), np.float32))
    assert np.allclose(features, (np.log10(FLOOR) + 4) / 4, atol=1e-6)


def test_loudness_is_evened_out_and_rises_faster_than_it_falls() -> None:
    loud, soft = _tone(500, 200, 0.5), _tone(500, 200, 0.05)
    step = LogMel()
    at_end = [run_offline(step, tone)[-1].max() for tone in (loud, soft)]
    assert abs(at_end[0] - at_end[1]) * 40 < 5  # of 20 dB, 4 s later less than 5 are left
    power = measure_power(np.concatenate([np.zeros(240, np.float32), loud.ravel()]))
    _, level = even_out(power, START_LEVEL_DB)
    quiet = np.zeros((100, 201), np.float32)
    _, fallen = even_out(quiet, level)
    assert level - fallen == pytest.approx(100 * DECAY_DB)


def test_hop_by_hop_is_the_whole() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.1, (23, HOP_SAMPLES)).astype(np.float32)
    whole = run_offline(LogMel(), x)
    assert whole.shape == (23, N_FEATURES)
    for block in (1, 4):
        assert np.allclose(run_offline(LogMel(), x, block_hops=block), whole, atol=1e-5)


def test_blocks_that_are_not_hops_are_refused() -> None:
    with pytest.raises(StreamError, match=r"\(4, 160\)"):
        LogMel().step(np.zeros((4, 160), np.float32), LogMel().init_state())
