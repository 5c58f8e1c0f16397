"""What shading reads: columns of the table of materials, rows of the table of lights.

Shared by the drawn parts, the cameras, and the kernels of `gather.py`, `light.py` and `shade.py`.
"""

from typing import Final

PLAIN: Final = 0  # marks: linear red, green, blue, shade
SKIN: Final = 1  # marks: resting x, resting y (mm), t along the sheet, shade
EYE: Final = 2  # marks: direction in the eyeball's own frame, shade
HAIR: Final = 3  # marks: cosine and sine of the turn round the head, way from the face, shade

# Columns of the table of materials; strengths from 0 up.
KIND: Final = 0
BROAD: Final = 1  # strength of the wide highlight
TIGHT: Final = 2  # strength of the narrow highlight
SOFT: Final = 3  # three columns: how wide the shadow's edge is in red, green, blue, 0 to 1
EDGE: Final = 6  # light caught by the outline
GLOW: Final = 7  # share of its own light
RED: Final = 8  # 1 for the red of the lips
N_MATERIAL_COLUMNS: Final = 9

# Rows of the table of lights, (N_LIGHT_ROWS, 3) in the head frame. Camera and lamps count as far
# away: one direction for all points.
KEY, FILL, RIM = 0, 2, 4  # direction to the light, then its colour
UP, SKY, GROUND, CAMERA, LIPS, LIPS_INSIDE, IRIS, SCLERA, PUPIL = 6, 7, 8, 9, 10, 11, 12, 13, 14
KEY_HALF, FILL_HALF = 15, 16  # half-way between the lamp and the camera, for highlights
HAIRS: Final = 17  # colour of hair
N_LIGHT_ROWS: Final = 18
LUT_STEPS: Final = 1024  # entries of the tone curve per unit of light
