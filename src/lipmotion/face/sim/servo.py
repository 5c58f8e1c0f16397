"""Servos: what makes a motor late, slow, loose and never quite where it was sent.

A command passes a dead time, then a first-order answer with a speed limit, then the play of the
gear. Where a servo stops is off by its hold error, drawn anew whenever its command changes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64

from ..base import FaceSpec

SERVO_STEPS: Final = 5  # servo steps a hop: dead times are rounded to 4 ms


@dataclass(frozen=True)
class ServoState:
    """All servos at one moment, in commands.

    Attributes:
        pending: (D, M) aims on their way through the dead time, oldest first.
        aim: (M,) last command sent, hold error included.
        command: (M,) last command sent.
        shaft: (M,) where the gear is.
        horn: (M,) where the horn is, behind the gear's play.
    """

    pending: Float64[np.ndarray, "steps motors"]
    aim: Float64[np.ndarray, " motors"]
    command: Float64[np.ndarray, " motors"]
    shaft: Float64[np.ndarray, " motors"]
    horn: Float64[np.ndarray, " motors"]


class Servos:
    """The servos of one face; no state of their own."""

    def __init__(self, spec: FaceSpec, hop_s: float) -> None:
        step_s = hop_s / SERVO_STEPS
        self._rest = spec.rest.values.astype(float)
        dead = np.round(spec.column("dead_time_s") / step_s).astype(int)
        self._pick = (np.arange(len(dead)), int(dead.max()) - dead)
        self._depth = int(dead.max()) + 1
        lag = spec.column("lag_s").astype(float)
        self._answer = 1 - np.exp(-step_s / np.maximum(lag, 1e-6))
        self._reach = spec.column("speed_per_s").astype(float) * step_s
        self._play = spec.column("backlash").astype(float) / 2
        self._hold_error = spec.column("hold_error").astype(float)

    def init_state(self) -> ServoState:
        """All servos at rest."""
        rest = self._rest
        return ServoState(np.tile(rest, (self._depth, 1)), rest, rest, rest, rest)

    def step(
        self,
        command: Float64[np.ndarray, " motors"],
        state: ServoState,
        *,
        rng: np.random.Generator,
    ) -> tuple[Float64[np.ndarray, "steps motors"], ServoState]:
        """One hop.

        Args:
            command: (M,) in [0, 1].
            rng: draws hold errors; M numbers are taken every hop.

        Returns:
            (SERVO_STEPS, M) horn positions through the hop, in commands, and the new state.
        """
        error = rng.standard_normal(len(command)) * self._hold_error
        aim = np.where(command == state.command, state.aim, command + error)
        pending, shaft, horn = state.pending.copy(), state.shaft, state.horn
        horns = np.empty((SERVO_STEPS, len(command)))
        motors, age = self._pick
        for k in range(SERVO_STEPS):
            pending[:-1] = pending[1:]
            pending[-1] = aim
            wanted = pending[age, motors]
            move = (wanted - shaft) * self._answer
            shaft = shaft + np.clip(move, -self._reach, self._reach)
            horn = np.clip(horn, shaft - self._play, shaft + self._play)
            horns[k] = horn
        return horns, ServoState(pending, aim, command, shaft, horn)
