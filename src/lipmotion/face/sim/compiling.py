"""How far the simulated face is with compiling itself: kernels ready, and kernels in all.

In: work that calls kernels. Out: calls of a plain callback while numba compiles them, and none
where it finds all of them compiled by an earlier start.
"""

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path

from numba.core import event
from numba.core.dispatcher import Dispatcher


@contextmanager
def watch_compiling(progress: Callable[[int, int | None], None]) -> Iterator[None]:
    """Tells how far compiling is, for as long as the block runs.

    Args:
        progress: called with kernels compiled and kernels in all, maybe in another thread; never
            where nothing is compiled.
    """
    with event.install_listener("numba:compile", _Counter(progress)):
        yield


@cache
def list_kernels() -> frozenset[Dispatcher]:
    """All kernels of this room that are compiled; some are only parts of others."""
    found = set()
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        for value in vars(import_module(f"{__package__}.{module.name}")).values():
            if isinstance(value, Dispatcher) and value.targetoptions.get("inline") != "always":
                found.add(value)
    return frozenset(found)


class _Counter(event.Listener):
    """Counts our kernels, not what numba compiles for its own use or for other types."""

    def __init__(self, progress: Callable[[int, int | None], None]) -> None:
        self._progress = progress
        self._done: set[Dispatcher] = set()

    def on_start(self, event: event.Event) -> None:
        del event
        self._tell()

    def on_end(self, event: event.Event) -> None:
        self._done |= {event.data["dispatcher"]} & list_kernels()
        self._tell()

    def _tell(self) -> None:
        self._progress(len(self._done), len(list_kernels()))
