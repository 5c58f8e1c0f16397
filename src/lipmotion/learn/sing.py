"""Speech made longer where it can be sung: vowels are held, consonants keep their length.

In: a voice and its labels (`lip_teacher.py`). Out: the same, slower where lips are open and
somebody speaks, at another pitch. It is no song, but what is new to an ear that learned from
speech is there: vowels of a second, high voices, lips that must stay where they are.

Source: Verhelst & Roelands 1993, waveform similarity overlap-add, along an uneven time axis.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..lips import LIP_INDEX, N_LIP_FIELDS
from ..media.sound import change_rate
from ..timing import HOP_SAMPLES, SAMPLE_RATE_HZ

FACTORS: Final = (1.5, 4.0)  # of a held vowel's length
PITCHES: Final = (0.8, 1.6)
_CLOSURE, _VOICE = N_LIP_FIELDS, N_LIP_FIELDS + 3  # columns of the labels
_OPEN: Final = 0.35  # of the 90th percentile of the aperture: from here on a vowel is held
_WINDOW, _STEP, _SEARCH = 512, 256, 200
_CENTS: Final = 60.0  # of vibrato, at most

Samples = Float32[np.ndarray, " samples"]
Labels = Float32[np.ndarray, "hops outputs"]


def sing(
    samples: Samples, labels: Labels, *, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, " longer"], Float32[np.ndarray, "more outputs"]]:
    """Holds the vowels of a voice.

    Args:
        samples: (N,) at 16 kHz.
        labels: (T, 16 or more) of the same sound, T ≤ N // 320; further columns go along.
        rng: draws how long vowels are held, the pitch and its vibrato.

    Returns:
        Both longer: (M,) and (M // 320, 16 or more).
    """
    n_hops = len(labels)
    factor, pitch = rng.uniform(*FACTORS), np.exp(rng.uniform(*np.log(PITCHES)))
    slowness = 1 + (factor - 1) * _find_holds(labels)
    # a rise of the pitch shortens the sound: hold it by as much more beforehand
    ends = np.concatenate([[0], np.cumsum(slowness)])  # hop k of the old begins there in the new
    source = np.interp(np.arange(int(ends[-1])), ends, np.arange(n_hops + 1))  # (M,) old hops
    n_steps = int(ends[-1] * HOP_SAMPLES * pitch) // _STEP
    at = np.interp(np.arange(n_steps) * _STEP / HOP_SAMPLES / pitch, ends, np.arange(n_hops + 1))
    slow = stretch(samples[: n_hops * HOP_SAMPLES], at * HOP_SAMPLES)
    sung = change_rate(slow, round(SAMPLE_RATE_HZ * pitch), SAMPLE_RATE_HZ)
    sung = _waver(sung, rng)
    whole = np.zeros(len(source) * HOP_SAMPLES, np.float32)
    whole[: len(sung)] = sung[: len(whole)]
    columns = [np.interp(source, np.arange(n_hops), column) for column in labels.T]
    return whole, np.stack(columns, axis=1).astype(np.float32)


def stretch(samples: Samples, at: Float[np.ndarray, " steps"]) -> Float32[np.ndarray, " longer"]:
    """A sound along another time axis, at its pitch.

    Pieces of 32 ms are laid over one another by half; each is looked for where it goes on best
    from the one before, up to 12.5 ms from where it should be.

    Args:
        samples: (N,).
        at: (K,) where in it, in samples, each step of 256 samples of the new sound lies.

    Returns:
        (256 K,).
    """
    window = np.hanning(_WINDOW + 1)[:-1]
    margin = _WINDOW + _SEARCH
    padded = np.pad(samples.astype(np.float64), margin)
    wanted = np.clip(np.round(at).astype(int), 0, len(samples)) + margin - _WINDOW // 2
    out = np.zeros(len(at) * _STEP + _WINDOW)
    first = wanted[0]
    for k, target in enumerate(wanted):
        if k:
            goes_on = padded[first + _STEP : first + _STEP + _WINDOW]
            nearby = padded[target - _SEARCH : target + _SEARCH + _WINDOW]
            first = target - _SEARCH + int(np.correlate(nearby, goes_on, "valid").argmax())
        out[k * _STEP : k * _STEP + _WINDOW] += window * padded[first : first + _WINDOW]
    return out[_WINDOW // 2 : _WINDOW // 2 + len(at) * _STEP].astype(np.float32)


def _find_holds(labels: Labels) -> Float[np.ndarray, " hops"]:
    """(T,) 0 … 1, where a vowel may be held; 60 ms of slope on either side."""
    aperture = labels[:, LIP_INDEX["aperture"]]
    wide = _OPEN * float(np.percentile(aperture, 90))
    is_held = (aperture > wide) & (labels[:, _CLOSURE] < 0.3) & (labels[:, _VOICE] > 0.5)
    return np.convolve(is_held.astype(float), np.ones(3) / 3, mode="same")


def _waver(samples: Samples, rng: np.random.Generator) -> Samples:
    """Half the time a vibrato, by reading a little early and late."""
    if rng.random() < 0.5:
        return samples
    hz = rng.uniform(4.5, 6.5)
    t = np.arange(len(samples)) / SAMPLE_RATE_HZ
    depth = (2 ** (rng.uniform(10, _CENTS) / 1200) - 1) / (2 * np.pi * hz) * SAMPLE_RATE_HZ
    read = np.arange(len(samples)) + depth * np.sin(2 * np.pi * hz * t)
    return np.interp(read, np.arange(len(samples)), samples).astype(np.float32)
