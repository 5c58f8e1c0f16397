"""Drives: where the motors of lips and jaw are, as the muscles take them.

In: positions of all motors of a face. Out: those of the body, by name, in mm and rad from rest.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import radians
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from ...errors import FaceError
from ..base import FaceSpec

_DRIVING: Final = (
    "upper_lip_left",
    "upper_lip_right",
    "lower_lip_left",
    "lower_lip_right",
    "upper_lip_roll",
    "lower_lip_roll",
    "corner_left_raise",
    "corner_right_raise",
    "corner_left_spread",
    "corner_right_spread",
    "jaw_open",
)


@dataclass(frozen=True)
class Drives:
    """Motor positions relative to rest, in their own units.

    Attributes:
        raise_mm: (2,) upper lip left, right; up is +.
        lower_mm: (2,) lower lip left, right; down is +.
        roll_rad: (2,) upper, lower; outwards is +.
        corner_raise_mm, corner_spread_mm: (2,) left, right; up, outwards are +.
        jaw_rad: opening of the jaw.
    """

    raise_mm: tuple[float, float]
    lower_mm: tuple[float, float]
    roll_rad: tuple[float, float]
    corner_raise_mm: tuple[float, float]
    corner_spread_mm: tuple[float, float]
    jaw_rad: float


def read_drives(spec: FaceSpec, moved: Float64[np.ndarray, " motors"]) -> Drives:
    """Drives from where the motors are relative to rest, (M,) in their units.

    Raises:
        FaceError: a motor of the lips or the jaw is missing.
    """
    at = moved[_find_motors(spec.name, spec.motor_names)].tolist()
    return Drives(
        (at[0], at[1]),
        (at[2], at[3]),
        (radians(at[4]), radians(at[5])),
        (at[6], at[7]),
        (at[8], at[9]),
        radians(at[10]),
    )


@lru_cache(maxsize=16)
def _find_motors(face: str, names: tuple[str, ...]) -> Int64[np.ndarray, " drives"]:
    """Where the motors of the body stand among all."""
    try:
        return np.array([names.index(name) for name in _DRIVING])
    except ValueError as missing:
        name = next(name for name in _DRIVING if name not in names)
        raise FaceError(
            f"face {face} has no motor {name}; the simulated body needs it"
        ) from missing
