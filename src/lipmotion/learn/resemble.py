"""How far lips that would be seen are from lips that were meant: the one measure of learning.

In: lip shapes foreseen and meant. Out: a squared error in spreads of the meant shapes, weighted by
what a viewer looks at. Where lips are meant to press, too little costs all, too much a little: a
closure that is missed is seen, one that is too firm is not.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from ..lips import LIP_FIELDS, N_LIP_FIELDS

WEIGHTS: Final = {  # how much each field counts, in spreads of the meant shapes
    "aperture": 3.0,
    "aperture_left": 1.0,
    "aperture_right": 1.0,
    "width": 1.5,
    "corner_left_height": 0.4,
    "corner_right_height": 0.4,
    "upper_lip_height": 0.2,
    "lower_lip_height": 0.2,
    "upper_vermilion": 0.1,
    "lower_vermilion": 0.1,
    "protrusion": 0.05,
    "jaw": 0.05,
}
# A frontal camera hardly sees a person's lips come forward: what it reads of it rises with the
# mouth's width, the wrong way round (docs/experiments.md). The robot's own it knows better.
OF_PEOPLE: Final = {**WEIGHTS, "protrusion": 0.0}
OF_ITSELF: Final = {**WEIGHTS, "protrusion": 0.3}
LEAST_SPREAD: Final = 0.01  # resting mouth widths; fields that hardly move are not blown up


class Resemblance:
    """Compares lip shapes foreseen with those that were meant.

    Args:
        spread: (12,) of the meant shapes.
        over_press: what pressing too hard costs, as a share of the error.
        weights: how much each field counts.
    """

    def __init__(
        self,
        spread: Float32[np.ndarray, " fields"],
        over_press: float,
        weights: Mapping[str, float] = WEIGHTS,
    ) -> None:
        self._spread = torch.from_numpy(spread)
        self._weights = torch.tensor([weights[name] for name in LIP_FIELDS])
        self._over_press = over_press

    def measure(self, seen: Tensor, meant: Tensor, contact: Tensor) -> Tensor:
        """Mean error of (…, 12) shapes; `contact` as `SelfModel` has it."""
        error = (seen - meant) / self._spread
        is_pressed = (meant < contact) & torch.isfinite(contact)
        eased = error.clamp(min=0) + self._over_press * error.clamp(max=0)
        error = torch.where(is_pressed, eased, error)
        squared = (error.square() * self._weights).flatten(0, -2)
        return squared.mean(0).sum() / self._weights.sum()


def spread_of(meant: Float32[np.ndarray, "hops meant"]) -> Float32[np.ndarray, " fields"]:
    """(12,) spread of each field of the meant shapes, not less than LEAST_SPREAD."""
    return np.maximum(meant[:, -N_LIP_FIELDS:].std(0), LEAST_SPREAD).astype(np.float32)
