"""A face before its mirror that costs nothing: its image is a row of its motors, read by odd eyes.

Lips answer to no motor's name: aperture to the lip motors that rest at 0.25 or less and the jaw,
width and corners to a fixed random mix of all, bent by tanh, with a lag of half.
"""

import numpy as np

from lipmotion.commands import Command
from lipmotion.face.base import FaceSpec
from lipmotion.face.mock import MockFace
from lipmotion.frames import Frame
from lipmotion.vision.landmarks import N_POINTS, LandmarkState
from lipmotion.vision.measure import (
    CHIN_POINTS,
    LOWER_INNER,
    LOWER_OUTER,
    RIGID_POINTS,
    UPPER_INNER,
    UPPER_OUTER,
)

_PX = 100.0  # of an eye distance
_ALONG = np.linspace(-1, 1, 11)  # the mouth, from the owner's right to the left
_HIGH = (1 - _ALONG**2) / 2  # of the middle above the corners


class MirroredMock(MockFace):
    """A mock with a camera: an image every second hop, its first bytes where the motors were."""

    def __init__(self, spec: FaceSpec, seed: int = 0) -> None:
        super().__init__(spec)
        self._seed = seed
        self._n_sent = 0
        n_late = round(spec.camera.delay_s * 50)
        self._at = [spec.rest.values.astype(float)] * (n_late + 1)  # from when the image was taken

    def send(self, command: Command) -> Command:
        sent = super().send(command)
        self._n_sent += 1
        self._at = [*self._at[1:], (self._at[-1] + sent.values) / 2]
        return sent

    def look(self) -> Frame | None:
        if self._n_sent % 2:
            return None
        image = np.zeros((16, 16, 3), np.uint8)
        image.reshape(-1)[: len(self._at[0])] = np.round(255 * self._at[0])
        image[15] = self._seed % 256
        return Frame(image, self._n_sent / 50, image if self.spec.camera.side else None)


class OddEyes:
    """Reads the points of a face out of such an image; blind where it is told so."""

    def __init__(self, spec: FaceSpec, *, is_blind: bool = False) -> None:
        self._lips = list(spec.indices("lips", "jaw"))
        self._rest = spec.rest.values[self._lips]
        self._opens = self._rest <= 0.25
        self._mix = np.random.default_rng(7).normal(size=(len(self._lips), 3))
        self._is_blind = is_blind

    def init_state(self) -> LandmarkState:
        return LandmarkState()

    def measure(self, at: np.ndarray) -> np.ndarray:
        """(4,) gap, width and the corners' heights of a face whose motors are there."""
        away = at[self._lips] - self._rest
        gap = 0.25 * max(away[self._opens].sum(), 0.0)
        width, left, right = np.tanh(away @ self._mix) * (0.15, 0.06, 0.06) + (0.6, 0.0, 0.0)
        return np.array([gap, width, left, right])

    def step(
        self, image: np.ndarray, state: LandmarkState
    ) -> tuple[np.ndarray | None, LandmarkState]:
        if self._is_blind:
            return None, state
        gap, width, left, right = self.measure(image.reshape(-1) / 255)
        corners = -0.62 + np.where(_ALONG > 0, left, right) * np.abs(_ALONG)
        points = np.zeros((N_POINTS, 3))
        for indices, middle in (
            (UPPER_OUTER, 0.1), (UPPER_INNER, 0.0), (LOWER_INNER, -gap), (LOWER_OUTER, -gap - 0.1),
        ):  # fmt: skip
            high = corners + 2 * middle * _HIGH
            points[list(indices)] = np.stack([_ALONG * width / 2, high, 0 * high + 0.3], 1)
        points[list(CHIN_POINTS)] = (0.0, -1.0 - gap / 2, 0.2)
        points[list(RIGID_POINTS)] = list(RIGID_POINTS.values())
        return (128 + _PX * points * (1, -1, -1)).astype(np.float32), state
