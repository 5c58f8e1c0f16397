"""HeadPose: everything a camera needs to know to draw the simulated head at one moment.

Head frame, in mm: x to the owner's left (the image's right), y up, z towards the viewer; the origin
is the middle of the resting mouth slit. The neck's motors turn the whole frame; the skin given here
is in the head's own frame, so a still head with a turning neck has constant vertices.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64


@dataclass(frozen=True)
class HeadPose:
    """The head at one moment.

    Attributes:
        skin_vertices: (V, 3) mm, head frame, the render mesh of `skin.py` (angle-major), moved by
            the lips and the jaw; brows, lids, eyes, neck and the face's `Shape` come later.
        jaw_rad: opening of the jaw about its hinge, in radians; 0 = teeth at rest.
        drives: where every drive really is, by the names of `face.drives`, in mm or deg.
    """

    skin_vertices: Float64[np.ndarray, "vertices 3"]
    jaw_rad: float
    drives: Mapping[str, float]
