"""How lopsided commands are: a mouth drawn sideways looks the same to all that is measured of lips.

Twins are motors that do the same on the left and on the right (`face.poses.find_twins`). What they
do differently costs a little, so that of two ways to a look the symmetric one is found; where lips
are meant lopsided, they still get there.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..face.base import FaceSpec
from ..face.poses import find_twins


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

    def measure(self, commands: Tensor) -> Tensor:
        """Mean squared difference of twins, of (…, M) commands; 0 for a face without twins."""
        if not len(self.way):
            return commands.new_zeros(())
        away = commands - self.rest
        return (away[..., self.right] - self.way * away[..., self.left]).square().mean()


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
