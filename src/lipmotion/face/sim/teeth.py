"""The dental arches: what lies behind the lips, for contact and for drawing.

Head frame of `pose.py`, mm. Each arch is a parabola in plan, the same along its height:
z = front_z - x² / (2 · ARCH_RADIUS_MM), cut off at `edge_y`. The lower one rides the jaw.
"""

from typing import Final

import numpy as np
from jaxtyping import Float

ARCH_RADIUS_MM: Final = 17.0
UPPER_FRONT_Z_MM: Final = -6.9
UPPER_EDGE_Y_MM: Final = -1.6  # the upper teeth stand above it
LOWER_FRONT_Z_MM: Final = -8.7
LOWER_EDGE_Y_MM: Final = -2.6  # the lower teeth stand below it, jaw at rest


def measure_arch_depth(x_mm: Float[np.ndarray, "..."], front_z_mm: float) -> np.ndarray:
    """Depth z of an arch's front at x, in mm."""
    return front_z_mm - np.square(x_mm) / (2 * ARCH_RADIUS_MM)
