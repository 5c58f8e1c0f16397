"""How lopsided commands are: a mouth drawn sideways looks the same to all that is measured of lips.

Twins are motors that do the same on the left and on the right (`face.poses.find_twins`). Where lips
are meant even, what twins do differently costs, so that of two ways to a look the even one is
found; where lips are meant lopsided, twins are free.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from ..face.base import FaceSpec
from ..face.poses import find_twins
from ..lips import MIRRORED

LOPSIDED: Final = 0.06  # resting mouth widths: sides that differ so much are not even


@dataclass(frozen=True)
class Symmetry:
    """The twins among the lip and jaw motors.

    Attributes:
        rest: (M,) commands of the resting face.
        right, left: (P,) positions of each pair in M.
        way: (P,) −1 where one runs the other way round.
    """

    rest: Tensor
    right: Tensor
    left: Tensor
    way: Tensor

    def measure(self, commands: Tensor, share: Tensor) -> Tensor:
        """Mean squared difference of twins, of (…, M) commands, each row by its `share` (…).

        0 for a face without twins.
        """
        if not len(self.way):
            return commands.new_zeros(())
        away = commands - self.rest
        apart = away[..., self.right] - self.way * away[..., self.left]
        return (apart.square().mean(-1) * share).mean()


def find_evenness(lips: Tensor) -> Tensor:
    """(…, 12) lip shapes → (…), 1 where both sides are alike, 0 from LOPSIDED on."""
    apart = (lips - lips[..., list(MIRRORED)]).abs().sum(-1) / 2  # each side is there twice
    return (1 - apart / LOPSIDED).clamp(0)


def find_symmetry(spec: FaceSpec) -> Symmetry:
    """Of a face's lip and jaw motors."""
    columns = spec.indices("lips", "jaw")
    pairs = [
        (columns.index(right), columns.index(left), way)
        for right, left, way in find_twins(spec)
        if right in columns and left in columns
    ]
    right, left, way = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Symmetry(
        torch.from_numpy(spec.rest.values[list(columns)]),
        torch.tensor(right, dtype=torch.long),
        torch.tensor(left, dtype=torch.long),
        torch.tensor(way, dtype=torch.float32),
    )
