"""Formants → lips, after Ishi and colleagues: the strongest rival that knows no language.

In: 16 kHz sound. Out: (T, 12) lip shapes. The first two formants of each hop, as logarithms about
the speaker's centre vowel, are turned so that one axis is the height of the lips and the other
their width; the level opens the mouth only where a voice is heard. One number fits a speaker: the
scale of the centre vowel, here the median over the whole clip (so it is no live method).

Source: Ishi, Liu, Ishiguro and Hagita, Speech-driven lip motion generation for tele-operated
humanoid robots, AVSP 2011; Evaluation of formant-based lip motion generation, IROS 2012. Angle,
spans and smoothing are ours. Linear prediction by autocorrelation, 60 lines of numpy: packages
that offer it weigh tens of megabytes or are under the GPL.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..lips import LIP_INDEX
from ..timing import HOP_SAMPLES, SAMPLE_RATE_HZ
from ..voice.loudness import shape_opening

CENTRE_HZ: Final = (500.0, 1500.0)  # of a neutral tube of 17 cm
TURN_RAD: Final = np.radians(25.0)  # /a/ comes to lie straight above the centre vowel
SCALES: Final = (0.8, 1.35)  # of speakers
QUIET_DB: Final = -30.0  # below the clip's loud hops: no voice
_RATE_HZ: Final = 8000  # formants 1 and 2 lie below 4 kHz
_ORDER: Final = 10  # two a kHz and two more
_WINDOW: Final = 240  # samples, 30 ms
_F1_HZ, _F2_HZ = (200.0, 1100.0), (600.0, 3000.0)
_WIDEST_BAND_HZ: Final = 500.0
_WIDTH: Final = 0.1  # resting mouth widths from /u/ to /i/, either side
_SMOOTH_HOPS: Final = 5


def find_formants(sound: Float32[np.ndarray, " samples"]) -> Float[np.ndarray, "hops 2"]:
    """First and second formant of each hop, (T, 2) Hz; NaN where none is found."""
    n_hops = -(-len(sound) // HOP_SAMPLES)
    if not n_hops:
        return np.zeros((0, 2))
    step = HOP_SAMPLES * _RATE_HZ // SAMPLE_RATE_HZ
    low = _halve(np.pad(sound.astype(float), (0, n_hops * HOP_SAMPLES - len(sound))))
    padded = np.pad(np.diff(low, prepend=0.0), _WINDOW // 2)  # + 6 dB an octave
    found = np.full((n_hops, 2), np.nan)
    for k in range(n_hops):
        start = k * step + step // 2
        found[k] = _resonate(padded[start : start + _WINDOW] * np.hamming(_WINDOW))
    return found


def shape_formants(sound: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, "hops fields"]:
    """Lips that the formants of a whole sound ask for, (T, 12)."""
    formants, voice = find_formants(sound), _find_voice(sound)
    is_vowel = np.isfinite(formants).all(axis=1) & (voice > 0)
    height, width = np.zeros(len(voice)), np.zeros(len(voice))
    if is_vowel.any():
        scale = fit_speaker(formants[is_vowel])
        at = np.flatnonzero(is_vowel)
        high, wide = turn_vowels(formants[is_vowel] / scale)
        hops = np.arange(len(voice))
        height, width = np.interp(hops, at, high), np.interp(hops, at, wide)
    lips = shape_opening(_smooth(np.clip(0.5 + 0.7 * height, 0.1, 1) * voice))
    lips[:, LIP_INDEX["width"]] = _WIDTH * _smooth(np.clip(width, -1, 1) * voice)
    return lips


def fit_speaker(formants: Float[np.ndarray, "vowels 2"]) -> float:
    """The one number of a speaker: how much higher than a tube of 17 cm their formants lie."""
    above = np.median(np.log(formants / np.array(CENTRE_HZ)), axis=0)
    return float(np.exp(above.mean()).clip(*SCALES))


def turn_vowels(
    formants: Float[np.ndarray, "vowels 2"],
) -> tuple[Float[np.ndarray, " vowels"], Float[np.ndarray, " vowels"]]:
    """Formants of a 17 cm tube → height and width of the lips, each about 0, (n,)."""
    first, second = np.log(formants / np.array(CENTRE_HZ)).T
    sine, cosine = np.sin(TURN_RAD), np.cos(TURN_RAD)
    return cosine * first - sine * second, cosine * second + sine * first


def _resonate(window: Float[np.ndarray, " samples"]) -> tuple[float, float]:
    """Two formants of one window, from the roots of its linear prediction."""
    power = np.correlate(window, window, "full")[_WINDOW - 1 : _WINDOW + _ORDER]
    if power[0] <= 1e-8:
        return float("nan"), float("nan")
    lags = np.abs(np.subtract.outer(np.arange(_ORDER), np.arange(_ORDER)))
    matrix = power[lags] + 1e-6 * power[0] * np.eye(_ORDER)
    roots = np.roots(np.concatenate([[1.0], -np.linalg.solve(matrix, power[1:])]))
    roots = roots[roots.imag > 0]
    hz = np.angle(roots) * _RATE_HZ / (2 * np.pi)
    band_hz = -np.log(np.abs(roots).clip(1e-9)) * _RATE_HZ / np.pi
    hz = np.sort(hz[band_hz < _WIDEST_BAND_HZ])
    first = hz[(hz > _F1_HZ[0]) & (hz < _F1_HZ[1])]
    if not len(first):
        return float("nan"), float("nan")
    second = hz[(hz > max(_F2_HZ[0], first[0] + 50)) & (hz < _F2_HZ[1])]
    return (float(first[0]), float(second[0])) if len(second) else (float("nan"), float("nan"))


def _find_voice(sound: Float32[np.ndarray, " samples"]) -> Float[np.ndarray, " hops"]:
    """How much voice there is in each hop, (T,) in [0, 1], from its level against the loud ones."""
    n_hops = -(-len(sound) // HOP_SAMPLES)
    hops = np.pad(sound.astype(float), (0, n_hops * HOP_SAMPLES - len(sound)))
    level_db = 10 * np.log10((hops.reshape(-1, HOP_SAMPLES) ** 2).mean(axis=1) + 1e-10)
    top_db = max(float(np.percentile(level_db, 95)), -50.0) if n_hops else 0.0
    return ((level_db - top_db - QUIET_DB) / -QUIET_DB * 1.5).clip(0, 1)


def _halve(sound: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " half"]:
    """16 kHz → 8 kHz, by a windowed sinc."""
    at = np.arange(-24, 25)
    kernel = np.sinc(0.45 * at) * np.hamming(len(at))
    return np.convolve(sound, kernel / kernel.sum(), "same")[::2]


def _smooth(curve: Float[np.ndarray, " hops"]) -> Float[np.ndarray, " hops"]:
    if len(curve) < _SMOOTH_HOPS:
        return curve
    kernel = np.hanning(_SMOOTH_HOPS + 2)[1:-1]
    return np.convolve(np.pad(curve, _SMOOTH_HOPS // 2, "edge"), kernel / kernel.sum(), "valid")
