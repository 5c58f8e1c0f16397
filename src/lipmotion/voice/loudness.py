"""The simplest rivals: the louder, the wider open. For comparison only.

In: (T, 320) samples. Out: (T, 12) lip shapes of which only the opening moves, no look-ahead.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..lips import LIP_INDEX, N_LIP_FIELDS
from ..timing import HOP_SAMPLES

QUIET_DB: Final = -50.0
LOUD_DB: Final = -15.0
WIDEST: Final = 0.35  # aperture at LOUD_DB, resting mouth widths: a wide vowel of a GRID speaker
SMOOTHING: Final = 0.5  # share of the new value, 50 times a second
AMPLITUDE_GAIN: Final = 8.0  # ours: brings the mean amplitude of recorded speech into [0, 1]
MOST_AMPLITUDE: Final = 0.8
_LOWER_SHARE: Final = 0.7  # of the opening is done by the lower lip and jaw


@dataclass(frozen=True)
class LoudnessState:
    """The smoothed opening, () in [0, 1]."""

    opening: Float[np.ndarray, ""]


class Loudness:
    """Level in dB → opening, as a Step."""

    lookahead_hops: Final = 0

    def init_state(self) -> LoudnessState:
        return LoudnessState(np.array(0.0))

    def step(
        self, x: Float[np.ndarray, "hops samples"], state: LoudnessState
    ) -> tuple[Float32[np.ndarray, "hops fields"], LoudnessState]:
        """Takes (T, 320) samples, gives (T, 12)."""
        level_db = 10 * np.log10(np.mean(x.astype(np.float64) ** 2, axis=1) + 1e-10)
        wanted = np.clip((level_db - QUIET_DB) / (LOUD_DB - QUIET_DB), 0, 1)
        return _smooth(wanted, state)

    def flush(self, state: LoudnessState) -> Float32[np.ndarray, "hops fields"]:
        del state
        return np.zeros((0, N_LIP_FIELDS), np.float32)


class Amplitude(Loudness):
    """Mean amplitude → opening, as a Step.

    Source: the amplitude baseline of Hu et al. 2026, Science Robotics: mean |sample| of every
    stretch (1/30 s there), clipped at 0.8, opens the mouth.
    """

    def step(
        self, x: Float[np.ndarray, "hops samples"], state: LoudnessState
    ) -> tuple[Float32[np.ndarray, "hops fields"], LoudnessState]:
        """Takes (T, 320) samples, gives (T, 12)."""
        amplitude = np.abs(x.astype(np.float64)).reshape(-1, HOP_SAMPLES).mean(axis=1)
        return _smooth(np.clip(AMPLITUDE_GAIN * amplitude, 0, MOST_AMPLITUDE), state)


def shape_opening(opening: Float[np.ndarray, " hops"]) -> Float32[np.ndarray, "hops fields"]:
    """(T,) opening in [0, 1] → (T, 12) lip shapes of a mouth that only opens and shuts."""
    lips = np.zeros((len(opening), N_LIP_FIELDS), np.float32)
    aperture = WIDEST * opening
    for name, share in (
        ("aperture", 1.0),
        ("aperture_left", 0.8),
        ("aperture_right", 0.8),
        ("upper_lip_height", 1 - _LOWER_SHARE),
        ("lower_lip_height", -_LOWER_SHARE),
        ("jaw", _LOWER_SHARE),
    ):
        lips[:, LIP_INDEX[name]] = share * aperture
    return lips


def _smooth(
    wanted: Float[np.ndarray, " hops"], state: LoudnessState
) -> tuple[Float32[np.ndarray, "hops fields"], LoudnessState]:
    opening, now = np.empty(len(wanted)), float(state.opening)
    for k, target in enumerate(wanted.tolist()):
        now += SMOOTHING * (target - now)
        opening[k] = now
    return shape_opening(opening), LoudnessState(np.array(now))
