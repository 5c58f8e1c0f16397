"""Stand-ins for the learned path: quick, with a true look-ahead, and easy to check by hand."""

from dataclasses import dataclass

import numpy as np

LIP_MOTORS = ("jaw_open", "upper_lip_left", "upper_lip_right")


@dataclass(frozen=True)
class FakeState:
    """Loudness of the hops that wait for their future, (n,)."""

    waiting: np.ndarray


class FakeLips:
    """Jaw opens to the loudest of this hop and the next `lookahead_hops`; upper lips to 1 − jaw."""

    motors = LIP_MOTORS

    def __init__(self, lookahead_hops: int = 5) -> None:
        self.lookahead_hops = lookahead_hops

    def init_state(self) -> FakeState:
        return FakeState(np.zeros(0, np.float32))

    def step(self, x: np.ndarray, state: FakeState) -> tuple[np.ndarray, FakeState]:
        level = np.abs(x).max(axis=1) if len(x) else np.zeros(0, np.float32)
        waiting = np.concatenate([state.waiting, level])
        n_due = max(len(waiting) - self.lookahead_hops, 0)
        return self._open(waiting, n_due), FakeState(waiting[n_due:])

    def flush(self, state: FakeState) -> np.ndarray:
        return self._open(state.waiting, len(state.waiting))

    def _open(self, level: np.ndarray, n_due: int) -> np.ndarray:
        ahead = [level[k : k + self.lookahead_hops + 1].max() for k in range(n_due)]
        jaw = np.array(ahead, np.float32).clip(0, 1)
        return np.stack([jaw, 1 - jaw, 1 - jaw], axis=1).astype(np.float32)
