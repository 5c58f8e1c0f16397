"""A small band and a breath, synthesised: what sounds beside and between what is sung.

In: a tonic, chords, a tempo, a generator. Out: (N,) float32 at 16 kHz. Pads, a bass, a kick, a
snare and a hi-hat: enough to bring tones, beats and noise, without a voice.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lipmotion.timing import SAMPLE_RATE_HZ

BEATS_A_BAR: Final = 4
MINOR_ROOTS: Final = (2, 4, 9, 11)  # steps of a major key on which its chords are minor
BREATH_PEAKS_HZ: Final = ((600, 250, 1.0), (1500, 500, 0.8), (3200, 1200, 0.5))


def play_band(
    n_samples: int,
    tonic_hz: float,
    chords: Sequence[int],
    beats_per_minute: float,
    *,
    rng: np.random.Generator,
) -> np.ndarray:
    """Chords a bar each, over and over, with bass and drums; RMS 0.1."""
    beat = round(60 / beats_per_minute * SAMPLE_RATE_HZ)
    out = np.zeros(n_samples + BEATS_A_BAR * beat + SAMPLE_RATE_HZ)
    while tonic_hz > 170:  # chords about middle C, whoever sings
        tonic_hz /= 2
    for bar, at in enumerate(range(0, n_samples, BEATS_A_BAR * beat)):
        root = chords[bar % len(chords)]
        third = 3 if root % 12 in MINOR_ROOTS else 4
        for step in (root, root + third, root + 7):
            _add(out, at, play_pad(tonic_hz * 2 ** (step / 12), BEATS_A_BAR * beat))
        for k in range(BEATS_A_BAR):
            low = tonic_hz / 2 * 2 ** ((root + (7 if k == 3 else 0)) / 12)
            _add(out, at + k * beat, play_bass(low, beat))
            _add(out, at + k * beat, strike_snare(rng) if k % 2 else strike_kick())
            for half in (0, beat // 2):
                _add(out, at + k * beat + half, strike_hat(rng))
    out = out[:n_samples]
    return (0.1 * out / np.sqrt(np.mean(out**2))).astype(np.float32)


def play_pad(pitch_hz: float, n_samples: int) -> np.ndarray:
    """A soft chord tone: six harmonics of two strings a little apart."""
    t = np.arange(n_samples) / SAMPLE_RATE_HZ
    tone = sum(
        np.sin(2 * np.pi * k * pitch_hz * apart * t) / k**1.5
        for k in range(1, 7)
        for apart in (0.998, 1.002)
        if k * pitch_hz < 0.45 * SAMPLE_RATE_HZ
    )
    rise, fall = (t / 0.15).clip(0, 1), ((t[-1] - t) / 0.1).clip(0, 1)
    return 0.1 * tone * rise * fall


def play_bass(pitch_hz: float, n_samples: int) -> np.ndarray:
    t = np.arange(n_samples) / SAMPLE_RATE_HZ
    tone = sum(np.sin(2 * np.pi * k * pitch_hz * t) / k for k in range(1, 5))
    return 0.3 * tone * np.exp(-t / 0.3) * ((t[-1] - t) / 0.02).clip(0, 1)


def strike_kick() -> np.ndarray:
    t = np.arange(round(0.25 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * (50 * t + 100 * 0.03 * (1 - np.exp(-t / 0.03)))
    return 0.8 * np.sin(phase) * np.exp(-t / 0.08)


def strike_snare(rng: np.random.Generator) -> np.ndarray:
    t = np.arange(round(0.2 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    noise = rng.standard_normal(len(t))
    return (0.25 * noise + 0.3 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.06)


def strike_hat(rng: np.random.Generator) -> np.ndarray:
    t = np.arange(round(0.06 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return 0.15 * np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-t / 0.015)


def breathe(seconds: float, *, is_in: bool, rng: np.random.Generator) -> np.ndarray:
    """Noise in three broad bands with the envelope of a breath; peak 1.

    In: rises over two thirds and breaks off; out: begins soon and dies away.
    """
    n_samples = round(seconds * SAMPLE_RATE_HZ)
    hz = np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE_HZ)
    brighter = 1.25 if is_in else 1.0  # Source: inhaled breath lies higher, heard; no measurement
    gain = sum(
        height * np.exp(-0.5 * ((hz - brighter * at) / width) ** 2)
        for at, width, height in BREATH_PEAKS_HZ
    )
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(n_samples)) * gain, n_samples)
    at = np.linspace(0, 1, n_samples)
    peak = 0.65 if is_in else 0.2
    rise = np.sin(np.pi / 2 * (at / peak).clip(0, 1)) ** 2
    fall = np.sin(np.pi / 2 * ((1 - at) / (1 - peak)).clip(0, 1)) ** 2
    breath = noise * rise * fall
    return (breath / np.abs(breath).max()).astype(np.float32)


def _add(out: np.ndarray, at: int, sound: np.ndarray) -> None:
    out[at : at + len(sound)] += sound[: len(out) - at]
