"""The grid that everything runs on: 50 hops a second, sound at 16 kHz.

Time is the integer hop index; seconds are derived from it, so nothing drifts.
"""

from typing import Final

SAMPLE_RATE_HZ: Final = 16_000
HOP_HZ: Final = 50
HOP_SAMPLES: Final = SAMPLE_RATE_HZ // HOP_HZ  # 320 samples
HOP_S: Final = 1.0 / HOP_HZ  # 20 ms
HOP_MS: Final = 1000 // HOP_HZ


def count_hops(n_samples: int) -> int:
    """Hops that cover a sound: ceil(n_samples / HOP_SAMPLES).

    Args:
        n_samples: length of the sound at 16 kHz, at least 0.

    Returns:
        Whole hops, at least 0; the last one may be partly filled.
    """
    return -(-n_samples // HOP_SAMPLES)


def hops_to_seconds(hop: int) -> float:
    """Time at which a hop begins, in seconds."""
    return hop / HOP_HZ


def seconds_to_hops(seconds: float) -> int:
    """Nearest whole number of hops to a duration in seconds."""
    return round(seconds * HOP_HZ)
