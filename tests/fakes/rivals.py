"""A rival that opens with the level of the sound, and what finds it installed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from lipmotion.errors import RivalError
from lipmotion.evaluate.rivals.curves import RivalCurves


class FakeRival:
    """Says `D` as loud as it is, 100 ms late; counts what it is asked."""

    version: str = "1"
    kind: Literal["live", "offline"] = "offline"
    lookahead_ms: float | None = None

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name, self.fails, self.n_heard = name, fails, 0
        self.fails_at: np.ndarray | None = None  # one sound

    def listen(self, sound: np.ndarray) -> RivalCurves:
        return self.listen_all([sound])[0]

    def listen_all(self, sounds: Sequence[np.ndarray]) -> list[RivalCurves]:
        if self.fails or any(np.array_equal(sound, self.fails_at) for sound in sounds):
            raise RivalError(f"{self.name}: it said nothing")
        self.n_heard += len(sounds)
        return [self._hear(sound) for sound in sounds]

    def _hear(self, sound: np.ndarray) -> RivalCurves:
        times_s = np.arange(0, len(sound) / 16_000, 0.02)
        level = [np.abs(sound[max(0, int(16_000 * (t - 0.12))) :][:640]).mean() for t in times_s]
        weights = (np.array(level, np.float32)[:, None] * 4).clip(0, 1)
        return RivalCurves(("D",), times_s, weights, self.kind, self.lookahead_ms)


class FakeFolder:
    """Finds fake rivals wherever it looks."""

    def __init__(self, *rivals: FakeRival) -> None:
        self.rivals = {rival.name: rival for rival in rivals}

    def __call__(self, folder: Path) -> dict[str, FakeRival]:
        return self.rivals
