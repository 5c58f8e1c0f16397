"""The one progress bar: fed by plain callbacks, silent without a terminal, gone when done."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_SLOW_S: Final = 4.0

Progress = Callable[[int, int | None], None]


@contextmanager
def show_progress(title: str, preparing: str = "") -> Iterator[Progress]:
    """Gives `progress(done, total)` that draws a bar with an ETA on stderr.

    Args:
        title: what is being done, in a word or two.
        preparing: what is being done until `progress` is called first. Where that takes long it
            is said without a terminal, too.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(preparing or title, total=None)
        slow = threading.Timer(_SLOW_S, _say, (preparing,))
        if preparing and not console.is_terminal:
            slow.start()

        def progress(done: int, total: int | None) -> None:
            slow.cancel()
            bar.update(task, description=title, completed=done, total=total)

        try:
            yield progress
        finally:
            slow.cancel()


def _say(text: str) -> None:
    print(f"lipmotion: {text}", file=sys.stderr, flush=True)
