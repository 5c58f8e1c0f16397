"""The dental arches: what lies behind the lips, for contact and for drawing.

Head frame of `pose.py`, mm. Each arch is a parabola in plan,
z = front_z - x² / (2 · ARCH_RADIUS_MM), which recedes by EDGE_RECESS_MM over the last
EDGE_MM before `edge_y`, where it ends; past the crowns (CROWN_MM from the edge) the gum recedes by
GUM_SLOPE. The lower arch rides the jaw.
"""

from typing import Final

ARCH_RADIUS_MM: Final = 17.0
CROWN_MM: Final = 6.0
EDGE_MM: Final = 3.0
EDGE_RECESS_MM: Final = 5.0
GUM_SLOPE: Final = 0.35
UPPER_FRONT_Z_MM: Final = -7.2
UPPER_EDGE_Y_MM: Final = -1.6  # the upper teeth stand above it
LOWER_FRONT_Z_MM: Final = -9.8
LOWER_EDGE_Y_MM: Final = -4.4  # the lower teeth stand below it, jaw at rest
