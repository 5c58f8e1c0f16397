"""How hard nearly touching lips are meant to press, found from people and from the mirror.

A person's lips that look closed are pressed together; a robot that only makes the same look leaves
a gap whenever it is a little off. So an aperture that counts as closed is meant below contact, by
as much as this robot's own foresight may be wrong. Nobody sets a number by hand: where lips count
as closed comes from the range of those who are followed, how deep from images held out of the
SelfModel's learning. No truth of a simulator is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..lips import LIP_INDEX
from .mirrored import Lips

CLOSES_AT: Final = 0.08  # of the range: a closure begins; Source: this project's measures
_FULLY_AT: Final = 0.5  # of that: here lips are meant to press by the whole depth
_RANGE_PERCENTILES: Final = (5.0, 95.0)
_NEARLY_SHUT: Final = 0.5  # of the range: foresight is judged where lips are shut or about to be
_SPREADS: Final = 2.0  # root mean squares by which foresight may be wrong in 19 of 20 closures
_MOST: Final = 0.1  # resting mouth widths; deeper costs time on the way out and wears skin


@dataclass(frozen=True)
class Press:
    """Where lips that nearly touch are meant to press, in resting mouth widths.

    Attributes:
        from_aperture: apertures above this are meant as they are.
        to_aperture: from here down they are pressed by the whole depth.
        depth: how far past contact.
    """

    from_aperture: float
    to_aperture: float
    depth: float


def find_press(
    followed: Sequence[Lips],
    foreseen: Float32[np.ndarray, "images fields"],
    seen: Float32[np.ndarray, "images fields"],
    contact: float,
) -> Press:
    """Finds the press of one robot.

    Args:
        followed: (T, 12) lip tracks of those whose lips it will follow.
        foreseen: lip shapes that its SelfModel foresees for images held out of its learning.
        seen: the lip shapes in these images; apertures at contact as deep as `extrapolate_press`
            says.
        contact: aperture below which its lips are seen at contact, > 0.
    """
    aperture = LIP_INDEX["aperture"]
    low, high = np.percentile(np.concatenate(followed)[:, aperture], _RANGE_PERCENTILES)
    span = float(high - low)
    rows = seen[:, aperture] < max(_NEARLY_SHUT * span, contact)
    error = (foreseen[rows, aperture] - seen[rows, aperture]).astype(float)
    wrong = float(np.sqrt(np.mean(error**2))) if rows.any() else 0.0
    depth = min(contact + _SPREADS * wrong, _MOST)
    return Press(CLOSES_AT * span, _FULLY_AT * CLOSES_AT * span, depth)
