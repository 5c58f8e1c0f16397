"""Many jobs in processes, or in this one.

In: a function and the arguments of each job. Out: results as they come. Ctrl-C stops the workers at
once: whatever they write is written aside and renamed, so nothing is left half-written.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import Any

from ..processes import open_workers


def run_jobs(
    work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], n_workers: int
) -> Iterator[tuple[int, Any]]:
    """Yields (number of the job, result) in the order in which they are done."""
    if n_workers <= 1 or len(jobs) <= 1:
        for k, job in enumerate(jobs):
            yield k, work(*job)
        return
    with open_workers(min(n_workers, len(jobs))) as pool:
        running = {pool.submit(work, *job): k for k, job in enumerate(jobs)}
        for done in as_completed(running):
            yield running[done], done.result()
