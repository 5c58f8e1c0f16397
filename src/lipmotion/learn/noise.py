"""Sounds without a voice, made from random numbers: noise, hum, clicks, music-like tones.

They teach twice: mixed under speech, the encoder learns to hear through them; alone, the lips learn
to rest. Every sound is (N,) float32 at 16 kHz with a mean square of 1 (clicks: about).
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..timing import SAMPLE_RATE_HZ

Sound = Float32[np.ndarray, " samples"]
Raw = Float[np.ndarray, " samples"]
_SEMITONE: Final = 2 ** (1 / 12)
_SCALE: Final = (0, 2, 4, 5, 7, 9, 11, 12)
_CHORDS: Final = (
    (0, 4, 7),
    (9, 12, 16),
    (5, 9, 12),
    (7, 11, 14),
    (2, 5, 9),
    (0, 3, 7),
)  # semitones
_STEPS_PER_CHORD: Final = 8


def make_noise(n_samples: int, *, rng: np.random.Generator) -> Sound:
    """One sound of a random kind."""
    kinds = (
        _make_coloured, _make_coloured, _make_hum, _make_clicks, _make_music, _make_band,
        _make_breath,
    )  # fmt: skip
    sound = kinds[rng.integers(len(kinds))](n_samples, rng)
    if rng.random() < 0.3:  # two at once
        sound = sound + kinds[rng.integers(len(kinds))](n_samples, rng)
    return (sound / max(float(np.sqrt((sound**2).mean())), 1e-6)).astype(np.float32)


def _make_coloured(n_samples: int, rng: np.random.Generator) -> Raw:
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    hz = np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE_HZ)
    slope = rng.uniform(0, 1.2)  # 0 white, 0.5 pink, 1 brown (power 1/f^2)
    spectrum *= np.maximum(hz, 20) ** -slope
    if rng.random() < 0.5:  # a broad bump: fans, streets, rooms
        centre, width = rng.uniform(100, 4000), rng.uniform(0.3, 1.5)
        bump = np.exp(-((np.log(np.maximum(hz, 1) / centre) / width) ** 2))
        spectrum *= 1 + rng.uniform(0, 4) * bump
    return np.fft.irfft(spectrum, n_samples) * _swell(n_samples, rng)


def _make_breath(n_samples: int, rng: np.random.Generator) -> Raw:
    """Somebody breathing: hiss through an open mouth or the nose, in and out."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    hz = np.maximum(np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE_HZ), 1)
    shape = np.full(len(hz), 0.05)
    for _ in range(rng.integers(1, 4)):  # resonances of mouth and nose, broad
        centre, width = np.exp(rng.uniform(*np.log((350, 5000)))), rng.uniform(0.15, 0.6)
        shape += rng.uniform(0.2, 1) * np.exp(-((np.log(hz / centre) / width) ** 2))
    hiss = np.fft.irfft(spectrum * shape * (hz > 120), n_samples)
    swell = np.zeros(n_samples)
    at = int(rng.uniform(0, 1.0) * SAMPLE_RATE_HZ)
    lasts = rng.uniform(0.2, 1.6)  # panting … a sigh
    while at < n_samples:
        length = min(int(lasts * rng.uniform(0.7, 1.3) * SAMPLE_RATE_HZ), n_samples - at)
        rise = rng.uniform(0.2, 0.8)
        curve = np.interp(np.linspace(0, 1, length), (0, rise, 1), (0, 1, 0))
        swell[at : at + length] += rng.uniform(0.3, 1) * curve ** rng.uniform(0.7, 2)
        at += length + int(lasts * rng.uniform(0.1, 2.5) * SAMPLE_RATE_HZ)
    return hiss * swell + 1e-4 * rng.standard_normal(n_samples)


def _make_hum(n_samples: int, rng: np.random.Generator) -> Raw:
    base = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
    t = np.arange(n_samples) / SAMPLE_RATE_HZ
    sound = np.zeros(n_samples)
    for k in range(1, rng.integers(3, 20)):
        sound += rng.random() / k * np.sin(2 * np.pi * (base * k * t + rng.random()))
    return sound + rng.uniform(0, 0.1) * rng.standard_normal(n_samples)


def _make_clicks(n_samples: int, rng: np.random.Generator) -> Raw:
    sound = np.zeros(n_samples)
    for at in rng.integers(
        0, n_samples, max(1, int(n_samples / SAMPLE_RATE_HZ * rng.uniform(1, 9)))
    ):
        length = int(rng.uniform(0.003, 0.05) * SAMPLE_RATE_HZ)
        burst = rng.standard_normal(length) * np.exp(-np.arange(length) / (0.2 * length))
        if rng.random() < 0.4:  # knocks have a pitch
            burst *= np.sin(2 * np.pi * rng.uniform(200, 3000) * np.arange(length) / SAMPLE_RATE_HZ)
        end = min(at + length, n_samples)
        sound[at:end] += rng.uniform(0.3, 1) * burst[: end - at]
    return sound + 0.003 * rng.standard_normal(n_samples)


def _make_music(n_samples: int, rng: np.random.Generator) -> Raw:
    beat = int(rng.uniform(0.15, 0.6) * SAMPLE_RATE_HZ)
    key = rng.uniform(80, 260)
    n_partials, fall = rng.integers(1, 16), rng.uniform(0.4, 1.8)
    n_voices, decay = rng.integers(1, 4), rng.uniform(0.3, 3.0)
    sound = np.zeros(n_samples)
    for start in range(0, n_samples, beat):
        length = min(int(beat * rng.uniform(0.8, 2.0)), n_samples - start)
        t = np.arange(length) / SAMPLE_RATE_HZ
        envelope = np.minimum(t / 0.01, 1) * np.exp(-decay * t) * np.minimum((t[-1] - t) / 0.02, 1)
        for _ in range(n_voices):
            note = key * _SEMITONE ** (_SCALE[rng.integers(len(_SCALE))] + 12 * rng.integers(0, 2))
            partials = sum(
                k**-fall * np.sin(2 * np.pi * (note * k * t + rng.random()))
                for k in range(1, n_partials + 1)
                if note * k < 7800
            )
            sound[start : start + length] += envelope * partials
        if rng.random() < 0.5:  # a drum
            struck = min(int(rng.uniform(0.03, 0.2) * SAMPLE_RATE_HZ), n_samples - start)
            fade = np.exp(-np.arange(struck) / (0.25 * struck))
            thump = np.sin(2 * np.pi * rng.uniform(50, 200) * np.arange(struck) / SAMPLE_RATE_HZ)
            hit = rng.uniform(0, 2) * rng.standard_normal(struck) + rng.uniform(0, 3) * thump
            sound[start : start + struck] += fade * hit
    return sound


def _make_band(n_samples: int, rng: np.random.Generator) -> Raw:
    """Chords, bass, a tune and drums on one beat, each there or not."""
    step = int(rng.uniform(0.09, 0.2) * SAMPLE_RATE_HZ)
    key = rng.uniform(90, 220)
    pad, bass, tune, kick, snare, hat = rng.uniform(0.2, 1.5, 6) * (rng.random(6) < 0.75)
    bright = [_draw_wave(rng) for _ in range(3)]
    sound = np.zeros(n_samples)
    chord = _CHORDS[0]
    for count, start in enumerate(range(0, n_samples, step)):
        rest = sound[start:]
        if count % _STEPS_PER_CHORD == 0:
            chord = _CHORDS[rng.integers(len(_CHORDS))]
            for tone in chord:
                _add_note(rest, pad, key * _SEMITONE**tone, _STEPS_PER_CHORD * step, bright[0], rng)
        if rng.random() < 0.6:
            _add_note(rest, bass, key / 2 * _SEMITONE ** chord[0], 2 * step, bright[1], rng)
        if rng.random() < 0.5:
            tone = chord[rng.integers(3)] + 12
            _add_note(
                rest, tune, key * _SEMITONE**tone, int(rng.integers(1, 4)) * step, bright[2], rng
            )
        _strike(rest, kick * (count % 4 == 0), 55.0, 0.15, 0.02, rng)
        _strike(rest, snare * (count % 8 == 4), 180.0, 0.12, 1.0, rng)
        _strike(rest, 0.4 * hat * (count % 2 == 1), 0.0, 0.04, 1.0, rng)
    return sound + 1e-3 * rng.standard_normal(n_samples)


def _draw_wave(rng: np.random.Generator) -> tuple[float, float, float]:
    """How fast the partials fall, whether the even ones are there, and how deep it wavers."""
    return rng.uniform(0.7, 2.2), float(rng.random() < 0.6), rng.uniform(0, 0.01)


def _add_note(
    sound: Raw,
    loud: float,
    hz: float,
    length: int,
    wave: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    length = min(length, len(sound))
    if loud == 0 or length < 2:
        return
    fall, even, waver = wave
    t = np.arange(length) / SAMPLE_RATE_HZ
    turn = hz * (t + waver * np.sin(2 * np.pi * rng.uniform(4, 7) * t) / 30) + rng.random()
    n_partials = max(min(int(7800 / hz), 24), 1)
    partials = sum(
        (even if k % 2 == 0 else 1.0) * k**-fall * np.sin(2 * np.pi * k * turn)
        for k in range(1, n_partials + 1)
    )
    envelope = np.minimum(t / 0.01, 1) * np.exp(-rng.uniform(0, 4) * t)
    sound[:length] += loud * envelope * np.minimum((t[-1] - t) / 0.02, 1) * partials


def _strike(
    sound: Raw, loud: float, hz: float, length_s: float, noisy: float, rng: np.random.Generator
) -> None:
    length = min(int(length_s * SAMPLE_RATE_HZ), len(sound))
    if loud == 0 or length < 2:
        return
    t = np.arange(length) / SAMPLE_RATE_HZ
    hit = noisy * rng.standard_normal(length) + (hz > 0) * np.sin(2 * np.pi * hz * t)
    sound[:length] += 2 * loud * np.exp(-4 * t / length_s) * hit


def _swell(n_samples: int, rng: np.random.Generator) -> Raw:
    knots = np.exp(rng.normal(0, rng.uniform(0, 0.6), 2 + n_samples // (SAMPLE_RATE_HZ // 2)))
    return np.interp(np.linspace(0, len(knots) - 1, n_samples), np.arange(len(knots)), knots)
