"""A face with a body of one number, and a camera that paints it: light where the jaw is open."""

import numpy as np

from lipmotion.commands import Command
from lipmotion.face.base import FaceSpec
from lipmotion.face.mock import MockFace


class LampFace(MockFace):
    """Its pose is the jaw's last command."""

    def __init__(self, spec: FaceSpec) -> None:
        super().__init__(spec)
        self.jaw = spec.rest["jaw_open"]

    def send(self, command: Command) -> Command:
        sent = super().send(command)
        self.jaw = sent["jaw_open"]
        return sent

    def pose(self) -> float:
        return self.jaw


def paint_lamp(pose: float) -> np.ndarray:
    """A 48 × 64 image, white above half open, else dark."""
    return np.full((48, 64, 3), 255 if pose > 0.5 else 20, np.uint8)
