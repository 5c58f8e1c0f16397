"""A face that shows its jaw as grey, and a tracker that reads grey as an opening.

So time, rate and units of what is seen are known to the digit.
"""

from collections import deque

import numpy as np

from lipmotion.commands import Command
from lipmotion.face.base import FaceSpec
from lipmotion.face.mock import MockFace
from lipmotion.frames import Frame
from lipmotion.vision.landmarks import LandmarkState
from lipmotion.vision.measure import (
    LOWER_INNER,
    LOWER_OUTER,
    RIGID_POINTS,
    UPPER_INNER,
    UPPER_OUTER,
)

REST_GREY = 50.0


class GreyFace(MockFace):
    """Shows how far its jaw is open as grey, its camera's delay later; servos answer at once."""

    def __init__(self, spec: FaceSpec) -> None:
        super().__init__(spec)
        delay_hops = round(spec.camera.delay_s * 50)
        self._jaws = deque([self._jaw(spec.rest)] * (delay_hops + 1), maxlen=delay_hops + 1)
        self._hops = 0

    def _jaw(self, command: Command) -> float:
        return command["jaw_open"] - self.spec.rest["jaw_open"]

    def send(self, command: Command) -> Command:
        sent = super().send(command)
        self._jaws.append(self._jaw(sent))
        self._hops += 1
        return sent

    def look(self) -> Frame | None:
        if self._hops % 2:
            return None
        grey = np.uint8(np.clip(REST_GREY + 150 * self._jaws[0], 0, 255))
        image = np.full((64, 64, 3), grey, np.uint8)
        return Frame(image, self._hops / 50, image if self.spec.camera.side else None)


class GreyLandmarker:
    """A mean face of 100 pixels between the eyes, lips as far apart as the image is light."""

    def init_state(self) -> LandmarkState:
        return LandmarkState()

    def step(
        self, image: np.ndarray, state: LandmarkState
    ) -> tuple[np.ndarray | None, LandmarkState]:
        gap = max(0.0, float(image.mean()) - REST_GREY) / 500
        face = np.zeros((478, 3))
        for edge, y in (
            (UPPER_OUTER, 0.05 + gap / 2),
            (UPPER_INNER, gap / 2),
            (LOWER_INNER, -gap / 2),
            (LOWER_OUTER, -0.05 - gap / 2),
        ):
            face[list(edge)] = np.stack(
                [np.linspace(-0.3, 0.3, 11), np.full(11, y - 0.62), np.full(11, 0.2)], axis=1
            )
        for point, place in RIGID_POINTS.items():
            face[point] = place
        return (face * (100, -100, -100) + (128, 128, 0)).astype(np.float32), state
