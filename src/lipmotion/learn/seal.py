"""The one pose in which lips are known to be shut, and how far commands are from it.

A camera takes lips that nearly touch for shut, so what is foreseen of a closure is a guess: many
poses look shut, few are. Of its pressed pose alone the robot knows it, because its description says
so. Where lips are meant to press, the motors that this pose moves are drawn towards it; all others
stay free, so that a rounded mouth closes rounded.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor


@dataclass(frozen=True)
class Seal:
    """The pressed pose of the lip and jaw motors.

    Attributes:
        pose: (M,) commands of the pressed lips.
        is_moved: (M,) 1 for the motors that press, else 0.
    """

    pose: Tensor
    is_moved: Tensor

    def measure(self, commands: Tensor, share: Tensor) -> Tensor:
        """Mean squared way from the pose, of motors that press, where `share` (…) says press."""
        away = ((commands - self.pose).square() * self.is_moved).sum(-1) / self.is_moved.sum()
        return (away * share).mean()


def find_seal(
    rest: Float32[np.ndarray, " motors"], pressed: Float32[np.ndarray, " motors"]
) -> Seal:
    """From the commands of the resting and of the pressed face.

    Raises:
        ValueError: no motor presses the lips.
    """
    is_moved = np.abs(pressed - rest) > 1e-6
    if not is_moved.any():
        raise ValueError("the pressed pose is the resting one; no motor presses the lips")
    return Seal(torch.from_numpy(pressed), torch.from_numpy(is_moved.astype(np.float32)))
