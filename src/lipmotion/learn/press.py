"""How hard nearly touching lips are meant to press, found from people and from the mirror.

A person's lips that look closed are pressed together; a robot that only makes the same look leaves
a gap whenever it is a little off, and a camera cannot tell a small gap from none. So an aperture
that counts as closed is meant below contact: as deep as this robot's own lips at rest, which touch
by definition, and deeper by as much as its foresight may be wrong, but never deeper than its
pressed pose. Nobody sets a number by hand, and no truth of a simulator is used.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from ..selfmodel.imagine import CLOSES_AT

_FULLY_AT: Final = 0.5  # of that: here lips are meant to press by the whole depth
_SPREADS: Final = 2.0  # root mean squares by which foresight may be wrong in 19 of 20 closures


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
    span: float,
    resting: Float[np.ndarray, " images"],
    pressing: Float[np.ndarray, " images"],
    foreseen: Float[np.ndarray, " closed"],
    closed: Float[np.ndarray, " closed"],
) -> Press:
    """Finds the press of one robot; apertures at contact are as deep as `extrapolate_press` says.

    Args:
        span: 5 to 95 % of the aperture in speech of those whose lips it will follow.
        resting, pressing: apertures in images of its rest and of its pressed pose.
        foreseen, closed: what its SelfModel foresees for closed lips, and what they were, in images
            held out of its learning.
    """
    wrong = float(np.sqrt(np.mean((foreseen - closed) ** 2))) if len(closed) else 0.0
    depth = min(-float(np.mean(resting)) + _SPREADS * wrong, -float(np.mean(pressing)))
    return Press(CLOSES_AT * span, _FULLY_AT * CLOSES_AT * span, depth)
