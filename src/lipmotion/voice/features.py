"""Sound → log-mel features: (T, 320) samples → (T, 160), with no look at the clip as a whole.

Each hop gives two spectra 10 ms apart, 80 mel bands each. Windows of 25 ms end inside their hop, so
the step has no look-ahead. Loudness is evened out by a slow gain that only knows the past: a level
that follows peaks up fast and falls by 1 dB a second; a fixed floor hides what lies far below it.

Source of window, filterbank and scale: Radford et al. 2022 (Whisper), section 2.2; its look at the
clip's maximum is what the gain and the floor replace.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..errors import StreamError
from ..timing import HOP_SAMPLES, SAMPLE_RATE_HZ

N_BANDS: Final = 80
SPECTRA_PER_HOP: Final = 2
N_FEATURES: Final = SPECTRA_PER_HOP * N_BANDS

WINDOW_SAMPLES: Final = 400
STRIDE_SAMPLES: Final = HOP_SAMPLES // SPECTRA_PER_HOP
HISTORY_SAMPLES: Final = WINDOW_SAMPLES - STRIDE_SAMPLES
N_BINS: Final = WINDOW_SAMPLES // 2 + 1

SPEECH_LEVEL_DB: Final = -18.0  # level of loud vowels to which the gain leads (dB full scale)
START_LEVEL_DB: Final = -30.0  # what a stream is taken for before anything was heard
LEAST_LEVEL_DB: Final = -45.0  # quieter sounds are not raised further: room noise stays small
ATTACK: Final = 0.25  # share of the way up to a louder spectrum taken in 10 ms
DECAY_DB: Final = 0.01  # fall in 10 ms: 1 dB a second
FLOOR: Final = 10.0**-5.5  # mel power added before the logarithm, about 70 dB below loud vowels
LOWEST_LEVEL_BIN: Final = 3  # the level is measured above 120 Hz, free of hum and rumble


@dataclass(frozen=True)
class LogMelState:
    """What a stream remembers.

    Attributes:
        history: (240,) the last samples, for the next window.
        level_db: () level to which the gain refers, dB full scale.
    """

    history: Float32[np.ndarray, " samples"]
    level_db: Float[np.ndarray, ""]


class LogMel:
    """Samples → log-mel features as a Step; no look-ahead."""

    lookahead_hops: Final = 0

    def init_state(self) -> LogMelState:
        return LogMelState(np.zeros(HISTORY_SAMPLES, np.float32), np.array(START_LEVEL_DB))

    def step(
        self, x: Float[np.ndarray, "hops samples"], state: LogMelState
    ) -> tuple[Float32[np.ndarray, "hops features"], LogMelState]:
        """Takes (T, 320) samples in [-1, 1] and gives (T, 160) features, about −0.4 … 1.5.

        Raises:
            StreamError: the block is not made of whole hops.
        """
        if x.ndim != 2 or x.shape[1] != HOP_SAMPLES:
            raise StreamError(f"block has shape {x.shape}, features take (T, {HOP_SAMPLES})")
        if not len(x):
            return np.zeros((0, N_FEATURES), np.float32), state
        samples = np.concatenate([state.history, x.astype(np.float32, copy=False).ravel()])
        mel, level_db = even_out(measure_power(samples), float(state.level_db))
        after = LogMelState(samples[-HISTORY_SAMPLES:].copy(), np.array(level_db))
        return mel.reshape(len(x), N_FEATURES), after

    def flush(self, state: LogMelState) -> Float32[np.ndarray, "hops features"]:
        del state
        return np.zeros((0, N_FEATURES), np.float32)


def measure_power(samples: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, "spectra bins"]:
    """Power spectra every 10 ms.

    Args:
        samples: 240 samples of history, then whole hops.

    Returns:
        (2T, 201) power of a Hann window, 40 Hz a bin.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)[::STRIDE_SAMPLES]
    spectra = np.fft.rfft(windows * _WINDOW, axis=1)  # (2T, 201)
    return (spectra.real**2 + spectra.imag**2).astype(np.float32)


def even_out(
    power: Float[np.ndarray, "spectra bins"], level_db: float
) -> tuple[Float32[np.ndarray, "spectra bands"], float]:
    """Power spectra → log-mel at an even loudness.

    Args:
        power: (2T, 201) from `measure_power`.
        level_db: level before the first spectrum.

    Returns:
        (2T, 80) features and the level after the last spectrum.
    """
    levels = np.empty(len(power))
    for k, now in enumerate(measure_level(power).tolist()):
        fallen = max(level_db - DECAY_DB, LEAST_LEVEL_DB)
        level_db = max(fallen, level_db + ATTACK * (now - level_db))
        levels[k] = level_db
    gain = 10 ** ((SPEECH_LEVEL_DB - levels) / 10)
    mel = (power @ _MEL_BANK) * gain.astype(np.float32)[:, None]  # (2T, 80)
    return ((np.log10(mel + np.float32(FLOOR)) + 4) / 4).astype(np.float32), level_db


def measure_level(power: Float[np.ndarray, "spectra bins"]) -> Float[np.ndarray, " spectra"]:
    """Loudness of each spectrum, dB full scale, at least −100."""
    energy = power[:, LOWEST_LEVEL_BIN:].sum(axis=1, dtype=np.float64) * _MEAN_SQUARE
    return 10 * np.log10(energy + 1e-10)


def build_mel_bank() -> Float32[np.ndarray, "bins bands"]:
    """Triangles of equal area on Slaney's mel scale, 0 … 8000 Hz, (201, 80).

    Source: Slaney 1998, Auditory Toolbox: linear to 1 kHz (3 mel per 200 Hz), logarithmic above
    (27 mel for a factor of 6.4).
    """
    edges_mel = np.linspace(0, _hz_to_mel(SAMPLE_RATE_HZ / 2), N_BANDS + 2)
    edges = np.where(
        edges_mel < 15, edges_mel * 200 / 3, 1000 * 6.4 ** ((np.maximum(edges_mel, 15) - 15) / 27)
    )
    bins = np.linspace(0, SAMPLE_RATE_HZ / 2, N_BINS)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles = np.maximum(0, np.minimum(rise, fall)) * 2 / (high - low)
    return triangles.astype(np.float32)


def _hz_to_mel(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * float(np.log(hz / 1000) / np.log(6.4))


# periodic Hann window
_WINDOW: Final = (
    0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES)
).astype(np.float32)
# Parseval: sum of one-sided power → mean square of the samples
_MEAN_SQUARE: Final = 2.0 / (WINDOW_SAMPLES * float((_WINDOW**2).sum()))
_MEL_BANK: Final = build_mel_bank()
