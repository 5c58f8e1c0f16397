"""Other voices, rooms, microphones: power spectra of a batch, changed at random.

What changes: the length of the vocal tract (a warp of the frequency axis), echo, equaliser, noise,
other talkers, band limits, the holes that codecs leave, and loudness. The times of all that is said
stay, so targets heard from the clean sound remain true.

Source: the warp follows Jaitly & Hinton 2013, Vocal Tract Length Perturbation.
"""

import numpy as np
from jaxtyping import Float32

Power = Float32[np.ndarray, "batch spectra bins"]
_SPECTRA_HZ = 100


def augment_power(power: Power, noise: Power, *, rng: np.random.Generator) -> Power:
    """Changes every item of a batch in its own way.

    Args:
        power: (B, 2T, 201) power spectra of clean speech, 100 a second.
        noise: (B, 2T, 201) power spectra of sounds without a voice, to mix in.
        rng: draws everything.

    Returns:
        (B, 2T, 201) float32.
    """
    changed = np.stack([_warp(item, rng.uniform(0.78, 1.28)) for item in power])
    for k in range(len(changed)):
        if rng.random() < 0.4:
            changed[k] = _echo(changed[k], rng)
        changed[k] *= _draw_equaliser(changed.shape[2], rng)
    level = changed.mean(axis=(1, 2), keepdims=True) + 1e-9
    noise_level = noise.mean(axis=(1, 2), keepdims=True) + 1e-9
    below_db = rng.uniform(0, 40, level.shape)
    has_noise = rng.random(level.shape) < 0.75
    babble = changed[rng.permutation(len(changed)), ::-1]
    babble_below_db = rng.uniform(8, 45, level.shape)
    has_babble = rng.random(level.shape) < 0.3
    mixed = changed + has_noise * noise * (level / noise_level) * 10 ** (-below_db / 10)
    mixed += has_babble * babble * 10 ** (-babble_below_db / 10)
    for k in range(len(mixed)):
        if rng.random() < 0.3:
            mixed[k] *= _draw_band(mixed.shape[2], rng)
        if rng.random() < 0.15:
            mixed[k] = _punch_holes(mixed[k], rng)
    gain_db = rng.uniform(-30, 12, level.shape)
    return (mixed * 10 ** (gain_db / 10)).astype(np.float32)


def _warp(power: np.ndarray, factor: float) -> np.ndarray:
    n_bins = power.shape[1]
    source = np.arange(n_bins) / factor
    below = np.minimum(source.astype(int), n_bins - 2)
    share = np.clip(source - below, 0, 1).astype(np.float32)
    warped = power[:, below] * (1 - share) + power[:, below + 1] * share
    return warped * (source < n_bins - 1)


def _echo(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Echo in the power domain: an exponential tail behind every spectrum."""
    fall = 10 ** (-6 / (rng.uniform(0.08, 0.6) * _SPECTRA_HZ))  # −60 dB after the echo time
    strength = rng.uniform(0.03, 0.3)
    tail = np.zeros(power.shape[1], np.float32)
    wet = np.empty_like(power)
    for k, spectrum in enumerate(power):
        wet[k] = spectrum + strength * tail
        tail = fall * tail + spectrum
    return wet


def _draw_equaliser(n_bins: int, rng: np.random.Generator) -> np.ndarray:
    knots_db = rng.normal(0, 3, 8) + np.linspace(0, rng.uniform(-8, 8), 8)
    curve_db = np.interp(np.linspace(0, 7, n_bins), np.arange(8), knots_db)
    return (10 ** (curve_db / 10)).astype(np.float32)


def _draw_band(n_bins: int, rng: np.random.Generator) -> np.ndarray:
    hz = np.arange(n_bins) * 40
    is_kept = (hz < rng.uniform(3300, 7500)) & (hz > rng.uniform(0, 320))
    return np.where(is_kept, 1.0, 1e-5).astype(np.float32)


def _punch_holes(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a codec does at low rates: weak cells above 2 kHz vanish."""
    loudest = power.max(axis=1, keepdims=True)
    is_weak = power < loudest * 10 ** (-rng.uniform(25, 45) / 10)
    is_weak[:, :50] = False
    return np.where(is_weak, np.float32(1e-9), power)
