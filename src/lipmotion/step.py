"""The streaming convention: arrays in, arrays out, time first, state passed in and out.

Every organ that runs in time is a Step. Output k leaves when input k + look-ahead is in; `flush`
pays what is owed, so as many hops come out as went in. Empty blocks are legal both ways. State is a
frozen dataclass of arrays: it can be kept, compared and forked, and is never changed in place.
There is no second path for files: `run_offline` takes the same steps to the end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

S = TypeVar("S")


@runtime_checkable
class Step(Protocol[S]):
    """One streaming stage; one object serves any number of streams."""

    @property
    def lookahead_hops(self) -> int:
        """Future hops that output k needs."""
        ...

    def init_state(self) -> S:
        """State of a stream that has heard nothing yet."""
        ...

    def step(self, x: np.ndarray, state: S) -> tuple[np.ndarray, S]:
        """Takes (T, …) and gives the hops that are now due, (T', …)."""
        ...

    def flush(self, state: S) -> np.ndarray:
        """The hops still owed at the end of the stream, (lookahead_hops at most, …)."""
        ...


@dataclass(frozen=True)
class Chain:
    """Steps one after another, itself a Step; look-ahead adds up along it."""

    steps: tuple[Step[Any], ...]

    @property
    def lookahead_hops(self) -> int:
        return sum(step.lookahead_hops for step in self.steps)

    def init_state(self) -> tuple[Any, ...]:
        return tuple(step.init_state() for step in self.steps)

    def step(self, x: np.ndarray, state: tuple[Any, ...]) -> tuple[np.ndarray, tuple[Any, ...]]:
        states = []
        for step, own in zip(self.steps, state, strict=True):
            x, own = step.step(x, own)
            states.append(own)
        return x, tuple(states)

    def flush(self, state: tuple[Any, ...]) -> np.ndarray:
        tail: np.ndarray | None = None
        for step, own in zip(self.steps, state, strict=True):
            parts = []
            if tail is not None:
                out, own = step.step(tail, own)
                parts.append(out)
            parts.append(step.flush(own))
            tail = np.concatenate(parts)
        assert tail is not None, "a chain has at least one step"
        return tail


def stream(step: Step[S], blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Runs a step over blocks and yields what comes due; the last item is the flush."""
    state = step.init_state()
    for block in blocks:
        out, state = step.step(block, state)
        yield out
    yield step.flush(state)


def run_offline(step: Step[S], x: np.ndarray, *, block_hops: int = 1500) -> np.ndarray:
    """Runs a whole clip through the same step, block by block.

    Args:
        x: (T, …) input on the grid.
        block_hops: hops per block; bounds memory, never changes the values.

    Returns:
        (T, …) output, one hop for each input hop.
    """
    blocks = (x[k : k + block_hops] for k in range(0, max(len(x), 1), block_hops))
    return np.concatenate(list(stream(step, blocks)))
