"""Shape: the proportions of a simulated face, as a map of space.

In: points of the head that is simulated (emo's). Out: points of the face that is described. The map
is smooth and takes no two points to one, so lips that touch there touch here, and nothing else.
Head frame of `sim/pose.py`: its origin is the middle of the resting mouth.
"""

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

_ALLOWED: Final = (0.8, 1.25)  # beyond it the mirror camera would cut the head off
_MOUTH_ALLOWED: Final = (0.85, 1.2)
_MOUTH_REACH_MM: Final = (34.0, 62.0)  # across and up: lips that open stay within it
_CORNER_MM: Final = 25.0  # from the middle to a corner, where `mouth` holds as it is given


@dataclass(frozen=True)
class Shape:
    """Proportions, as multiples of emo's.

    Attributes:
        width, height, depth: of the whole head.
        mouth: of the mouth's width, within that of the head.
    """

    width: float = 1.0
    height: float = 1.0
    depth: float = 1.0
    mouth: float = 1.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            low, high = _MOUTH_ALLOWED if field.name == "mouth" else _ALLOWED
            if not low <= (value := getattr(self, field.name)) <= high:
                raise ValueError(f"{field.name} is {value:g}, allowed {low:g} to {high:g}")

    def apply(self, points_mm: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "... 3"]:
        """Points of emo's head → the same places of this one, mm; emo's own come back as they are.

        Args:
            points_mm: (..., 3), left as they are.
        """
        if self == EMO:
            return points_mm
        scale = np.array([self.width, self.height, self.depth], points_mm.dtype)
        placed = points_mm * scale
        if self.mouth != 1.0:
            across, up = _MOUTH_REACH_MM
            x, y = points_mm[..., 0] / across, points_mm[..., 1] / up
            placed[..., 0] *= 1 + (self.mouth - 1) * np.exp(
                (_CORNER_MM / across) ** 2 - x**2 - y**2
            )
        return placed


EMO: Final = Shape()
