"""MockFace: a face without a body, for tests and dry runs. Servos answer at once; no camera.

In: commands. Out: what was sent after the limits, kept in `sent` for whoever wants to look.
"""

import numpy as np

from ..commands import Command, CommandTrack
from ..errors import FaceError
from ..frames import Frame
from .base import FaceSpec, sort_command
from .limits import Limits


class MockFace:
    """Records what it is sent.

    Attributes:
        spec: the face description.
    """

    def __init__(self, spec: FaceSpec) -> None:
        self.spec = spec
        self._limits = Limits(spec)
        self._state = self._limits.init_state()
        self._sent: list[np.ndarray] = []
        self._is_closed = False

    @property
    def sent(self) -> CommandTrack:
        """All commands so far, (T, M), after the limits."""
        rows = np.array(self._sent, np.float32).reshape(-1, len(self.spec.motors))
        return CommandTrack(self.spec.motor_names, rows)

    def send(self, command: Command) -> Command:
        if self._is_closed:
            raise FaceError(f"face {self.spec.name} is closed; open it again with open_face")
        wanted = sort_command(self.spec, command)
        sent, self._state = self._limits.step(wanted[None], self._state)
        self._sent.append(sent[0])
        return Command(self.spec.motor_names, sent[0])

    def read(self) -> Command | None:
        return Command(self.spec.motor_names, self._state.sent)

    def look(self) -> Frame | None:
        return None

    def close(self) -> None:
        """Goes to rest at the speed that the limits allow, then takes no more commands."""
        if self._is_closed:
            return
        rest = self.spec.rest
        while not np.array_equal(self._state.sent, rest.values):
            self.send(rest)
        self._is_closed = True

    def __enter__(self) -> "MockFace":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
