"""The one progress bar: fed by plain callbacks, silent without a terminal, gone when done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

Progress = Callable[[int, int | None], None]

# title, and what is told once without a terminal
PREPARING: Final = (
    "compiling the face, once",
    "compiling the simulated face; only this first time, half a minute or so",
)


class Begin(Protocol):
    """Gives the progress callback of a stage, by its title."""

    def __call__(
        self, title: str, told: str = "", *, detail: Callable[[int], str] | None = None
    ) -> Progress: ...


@contextmanager
def show_progress() -> Iterator[Begin]:
    """Gives `begin(title)`, which gives `progress(done, total)`: a bar with an ETA on stderr.

    The bar shows the stage whose `progress` was called last. A stage with `told` is also told in
    this one line where there is no terminal, once it is called. `detail(done)` goes on the title.
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

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console, is_shown = Console(stderr=True), sys.stderr.isatty()
    with Bar(*columns, console=console, transient=True, disable=not is_shown) as bar:
        task = bar.add_task("starting", total=None)
        shown: Progress | None = None

        def begin(
            title: str, told: str = "", *, detail: Callable[[int], str] | None = None
        ) -> Progress:
            def progress(done: int, total: int | None) -> None:
                nonlocal shown, task
                if shown is not progress:
                    shown = progress
                    bar.remove_task(task)  # elapsed time and ETA begin anew
                    task = bar.add_task(title)
                    if told and not is_shown:
                        print(f"lipmotion: {told}", file=sys.stderr, flush=True)
                text = title if detail is None else f"{title}: {detail(done)}"
                bar.update(task, completed=done, total=total, description=text)

            return progress

        yield begin
