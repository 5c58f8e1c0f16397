"""Many jobs in processes that end when their parent does.

In: a function and the arguments of each job. Out: results as they come. One worker = this process.
Ctrl-C stops the workers at once: whatever they write is written aside and renamed, so nothing is
left half-written. A parent that was killed outright takes its workers with it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import active_children, get_context
from typing import Any, Final

_LOOK_S: Final = 1.0


def run_jobs(
    work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], n_workers: int
) -> Iterator[tuple[int, Any]]:
    """Yields (number of the job, result) in the order in which they are done."""
    if n_workers <= 1 or len(jobs) <= 1:
        for k, job in enumerate(jobs):
            yield k, work(*job)
        return
    before = set(active_children())
    n_workers = min(n_workers, len(jobs))
    pool = ProcessPoolExecutor(n_workers, get_context("spawn"), _begin, (os.getpid(),))
    try:
        running = {pool.submit(work, *job): k for k, job in enumerate(jobs)}
        for done in as_completed(running):
            yield running[done], done.result()
    except BaseException:
        for child in set(active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    """Leaves Ctrl-C to the parent, and watches it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)
