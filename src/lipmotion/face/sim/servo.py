"""Servos: what makes a motor late, slow, loose and never quite where it was sent.

A command passes a dead time and waits for the servo's next frame; then comes a first-order answer
with a speed limit and a dead band, the give under the skin's pull (more when it is hot), and the
play of the gear. Where a servo stops is off by its hold error, drawn anew whenever its command
changes. The skin's pull is not asked of the body: it counts as proportional to the way from rest.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from ..base import FaceSpec

SERVO_STEPS: Final = 5  # servo steps a hop: dead times are rounded to 4 ms


@dataclass(frozen=True)
class ServoState:
    """All servos at one moment, in commands.

    Attributes:
        pending: (D, M) aims on their way through the dead time, oldest first.
        aim: (M,) last command sent, hold error included.
        command: (M,) last command sent.
        taken: (M,) aim that the servo took at its last frame.
        due: (M,) servo steps until its next frame.
        shaft: (M,) where the gear is.
        horn: (M,) where the horn is, behind the gear's play.
        heat: (M,) 0 = cold, 1 = has held the end of its travel for long.
    """

    pending: Float64[np.ndarray, "steps motors"]
    aim: Float64[np.ndarray, " motors"]
    command: Float64[np.ndarray, " motors"]
    taken: Float64[np.ndarray, " motors"]
    due: Int64[np.ndarray, " motors"]
    shaft: Float64[np.ndarray, " motors"]
    horn: Float64[np.ndarray, " motors"]
    heat: Float64[np.ndarray, " motors"]


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
        frame = np.round(spec.column("frame_s") / step_s).astype(np.int64)
        self._frame = np.maximum(frame, 1)  # frames and hops aren't in step: the first is half-way
        self._half_band = spec.column("dead_band").astype(float) / 2
        self._give = spec.column("load_give").astype(float)
        self._reach_from_rest = np.maximum(self._rest, 1 - self._rest)
        heat_s = spec.column("heat_s").astype(float)
        self._warming = np.where(heat_s > 0, 1 - np.exp(-hop_s / np.maximum(heat_s, 1e-6)), 0.0)
        self._heat_give = spec.column("heat_give").astype(float)

    def init_state(self) -> ServoState:
        """All servos at rest."""
        rest = self._rest
        pending, cold = np.tile(rest, (self._depth, 1)), np.zeros_like(rest)
        return ServoState(pending, rest, rest, rest, self._frame // 2, rest, rest, cold)

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
        taken, due = state.taken, state.due
        give = self._give * (1 + self._heat_give * state.heat) / self._reach_from_rest
        horns = np.empty((SERVO_STEPS, len(command)))
        motors, age = self._pick
        for k in range(SERVO_STEPS):
            pending[:-1] = pending[1:]
            pending[-1] = aim
            taken = np.where(due == 0, pending[age, motors], taken)
            due = np.where(due == 0, self._frame, due) - 1
            move = (taken - shaft) * self._answer
            move = np.where(np.abs(taken - shaft) > self._half_band, move, 0.0)
            shaft = shaft + np.clip(move, -self._reach, self._reach)
            pulled = shaft - give * (shaft - self._rest)
            horn = np.clip(horn, pulled - self._play, pulled + self._play)
            horns[k] = horn
        load = (shaft - self._rest) / self._reach_from_rest
        heat = state.heat + self._warming * (load * load - state.heat)
        return horns, ServoState(pending, aim, command, taken, due, shaft, horn, heat)
