"""Join: the lips' commands and the idle motion's, made from the same sound, become one command.

In: (T, 320) hops of sound, given to both. Out: (T, M) commands in the face's order; motors that
neither moves stay at rest. The idle motion waits for the lips, whose look-ahead is longer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from ..errors import FaceError
from ..face.base import FaceSpec
from ..step import Step


@dataclass(frozen=True)
class JoinState:
    """States of both, and (T', I) idle commands that wait for the lips."""

    lips: Any
    idle: Any
    waiting: Float32[np.ndarray, "hops motors"]


class Join:
    """Two steps side by side, as one Step.

    Args:
        spec: the face.
        lips: sound → lip motors and jaw.
        lip_motors: names of its columns.
        idle: sound → other motors, with no more look-ahead than `lips`.
        idle_motors: names of its columns.

    Raises:
        FaceError: a motor is not of this face, or both would move it.
    """

    def __init__(
        self,
        spec: FaceSpec,
        lips: Step[Any],
        lip_motors: tuple[str, ...],
        idle: Step[Any],
        idle_motors: tuple[str, ...],
    ) -> None:
        names = spec.motor_names
        twice = sorted(set(lip_motors) & set(idle_motors))
        unknown = sorted((set(lip_motors) | set(idle_motors)) - set(names))
        if twice or unknown:
            raise FaceError(f"face {spec.name}: motors moved twice {twice}, unknown {unknown}")
        self._lips, self._idle = lips, idle
        self._rest = spec.rest.values
        self._lip_columns = [names.index(name) for name in lip_motors]
        self._idle_columns = [names.index(name) for name in idle_motors]

    @property
    def lookahead_hops(self) -> int:
        return self._lips.lookahead_hops

    def init_state(self) -> JoinState:
        nothing = np.zeros((0, len(self._idle_columns)), np.float32)
        return JoinState(self._lips.init_state(), self._idle.init_state(), nothing)

    def step(
        self, x: Float32[np.ndarray, "hops 320"], state: JoinState
    ) -> tuple[Float32[np.ndarray, "due motors"], JoinState]:
        lips, lips_state = self._lips.step(x, state.lips)
        idle, idle_state = self._idle.step(x, state.idle)
        waiting = np.concatenate([state.waiting, idle])
        joined = self._join(lips, waiting[: len(lips)])
        return joined, JoinState(lips_state, idle_state, waiting[len(lips) :])

    def flush(self, state: JoinState) -> Float32[np.ndarray, "due motors"]:
        lips = self._lips.flush(state.lips)
        waiting = np.concatenate([state.waiting, self._idle.flush(state.idle)])
        return self._join(lips, waiting)

    def _join(self, lips: np.ndarray, idle: np.ndarray) -> np.ndarray:
        commands = np.tile(self._rest, (len(lips), 1))  # (T, M)
        commands[:, self._lip_columns] = lips
        commands[:, self._idle_columns] = idle
        return commands
