"""BodyChanges: what happens to a body after its description was written, and its weights learned.

A servo's horn slips, somebody knocks the camera, the skin hardens. The description and its hash
stay, so weights still load: the robot isn't told, and must find out before its mirror.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import Float64

from ..errors import FaceError
from .base import FaceSpec

_MOST_SLIP: Final = 0.3
_STIFFNESS: Final = (0.5, 2.0)
_MOST_TURN_DEG: Final = 45.0


@dataclass(frozen=True)
class BodyChanges:
    """Changes of a simulated body; the default is none.

    Attributes:
        slipped: motor → how far its horn slipped, as a share of its travel, + as its command; what
            it moves stands that much farther at every command, and its own sensor doesn't tell.
        stiffness: of the skin, as a multiple of what it was.
        camera_shift_px: how far the face moves in the mirror image, right and down, because the
            camera was pushed aside.
        camera_turn_deg: how far the camera was carried round the head, + to the owner's left.
    """

    slipped: dict[str, float] = field(default_factory=dict, hash=False)
    stiffness: float = 1.0
    camera_shift_px: tuple[float, float] = (0.0, 0.0)
    camera_turn_deg: float = 0.0

    def __post_init__(self) -> None:
        for name, share in self.slipped.items():
            if not abs(share) <= _MOST_SLIP:
                raise ValueError(
                    f"{name} slipped by {share:g}, allowed -{_MOST_SLIP} to {_MOST_SLIP}"
                )
        low, high = _STIFFNESS
        if not low <= self.stiffness <= high:
            raise ValueError(f"stiffness is {self.stiffness:g}, allowed {low:g} to {high:g}")
        if not np.isfinite(self.camera_shift_px).all():
            raise ValueError(f"camera_shift_px is {self.camera_shift_px}, must be finite")
        if not abs(self.camera_turn_deg) <= _MOST_TURN_DEG:
            raise ValueError(
                f"camera_turn_deg is {self.camera_turn_deg:g}, allowed -{_MOST_TURN_DEG:g} to "
                f"{_MOST_TURN_DEG:g}"
            )

    def find_slip(self, spec: FaceSpec) -> Float64[np.ndarray, " motors"]:
        """(M,) slip of every motor, in commands.

        Raises:
            FaceError: a motor that slipped is none of this face.
        """
        unknown = [name for name in self.slipped if name not in spec.motor_names]
        if unknown:
            raise FaceError(f"face {spec.name} has no motor {', '.join(unknown)} that could slip")
        return np.array([self.slipped.get(name, 0.0) for name in spec.motor_names])
