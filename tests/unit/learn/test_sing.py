"""Held vowels: longer where lips are open, at their pitch, labels on the new times."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.learn.sing import sing, stretch

RATE = 16_000


def test_a_tone_made_three_times_as_long_keeps_its_pitch_and_level() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)
    slow = stretch(tone, np.arange(3 * RATE // 256) * 256 / 3)
    middle = slow[RATE // 2 : -RATE // 2]
    hz = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * RATE / len(middle)
    assert len(slow) == 3 * RATE // 256 * 256
    assert hz == pytest.approx(440, abs=2)
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)


def test_as_long_as_it_was_it_stays_itself() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    same = stretch(noise, np.arange(RATE // 256) * 256.0)
    np.testing.assert_allclose(same[512:-512], noise[512 : len(same) - 512], atol=2e-3)


def test_vowels_are_held_and_closures_keep_their_length() -> None:
    n_hops = 100
    labels = np.zeros((n_hops, 16), np.float32)
    labels[:, 15] = 1  # somebody speaks
    labels[:, 0] = 0.3
    labels[40:50, 0], labels[40:50, 12] = 0.0, 1.0  # p b m, 200 ms
    sound = np.random.default_rng(1).normal(0, 0.1, n_hops * 320).astype(np.float32)
    for seed in range(4):
        sung, held = sing(sound, labels, rng=np.random.default_rng(seed))
        assert len(sung) == 320 * len(held)
        assert 1.4 * n_hops < len(held) < 4 * n_hops
        assert 9 <= (held[:, 12] > 0.5).sum() <= 13
        assert (held[:, 0] > 0.29).sum() > 1.4 * 85
