"""Linkage: from where the motors are to where the drives of the simulated body are.

In: positions of all motors of a face, in their units. Out: `Drives`, as the muscles take them; and
every drive by name, as the drawn head takes them. A drive that no motor moves stays at rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import radians

import numpy as np
from jaxtyping import Float64

from ...errors import FaceError
from ..base import FaceSpec
from ..drives import DRIVES, LIP_DRIVES


@dataclass(frozen=True)
class Drives:
    """Drives of lips and jaw relative to rest.

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


class Linkage:
    """What the motors of one face move.

    Attributes:
        rest: where each drive stands in the resting face, by name, mm or deg.

    Raises:
        FaceError: a motor moves nothing, and its description doesn't say that this is meant.
    """

    def __init__(self, spec: FaceSpec) -> None:
        for motor in spec.motors:
            if motor.moves is None and not motor.drives:
                raise FaceError(
                    f"face {spec.name}: motor {motor.name} is no drive of the simulated body; say "
                    f"what it moves, e.g. moves: {{jaw_open: 1}}, or moves: {{}} if nothing "
                    f"that is simulated; drives: {', '.join(DRIVES)}"
                )
        motors = [motor.drives for motor in spec.motors]
        self._factors = np.array([[own.get(drive, 0.0) for own in motors] for drive in DRIVES])
        self._lip_factors = self._factors[: len(LIP_DRIVES)]
        low, high = (spec.column(end).astype(float) for end in ("low", "high"))
        resting = low + (high - low) * spec.rest.values  # (M,)
        named = dict(zip(spec.motor_names, resting.tolist(), strict=True))
        rest = np.array([named.get(name, drive.rest) for name, drive in DRIVES.items()])
        self._offset = rest - self._factors @ resting
        self.rest: Mapping[str, float] = dict(zip(DRIVES, rest.tolist(), strict=True))

    def pull(self, moved: Float64[np.ndarray, " motors"]) -> Drives:
        """Drives of lips and jaw from the motors' ways from rest, (M,) in their units."""
        at = (self._lip_factors @ moved).tolist()
        return Drives(
            (at[0], at[1]),
            (at[2], at[3]),
            (radians(at[4]), radians(at[5])),
            (at[6], at[7]),
            (at[8], at[9]),
            radians(at[10]),
        )

    def place(self, positions: Float64[np.ndarray, " motors"]) -> dict[str, float]:
        """Where each drive is, mm or deg, from where the motors are, (M,) in their units."""
        at = self._offset + self._factors @ positions
        return dict(zip(DRIVES, at.tolist(), strict=True))
