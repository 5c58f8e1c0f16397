"""A face that only a camera sees: what it shows is what was sent."""

import dataclasses

import numpy as np

from lipmotion.commands import Command
from lipmotion.face import read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.frames import Frame


class FilmedMock(MockFace):
    """A mock with a camera of 32 px: grey = the jaw's command a hop ago, an image every second hop.

    A hop is the delay that its description tells.
    """

    def __init__(self) -> None:
        spec = read_face_spec("emo")
        super().__init__(
            dataclasses.replace(
                spec, camera=dataclasses.replace(spec.camera, size_px=32, side=None)
            )
        )
        self._n_sent = 0

    def send(self, command: Command) -> Command:
        self._n_sent += 1
        return super().send(command)

    def look(self) -> Frame | None:
        if self._n_sent % 2:
            return None
        grey = round(255 * self.sent.motor("jaw_open")[-2])
        image = np.full((32, 32, 3), grey, np.uint8)
        return Frame(image, self._n_sent / 50)
