"""Several processes at once that end when their work is no longer wanted.

`concurrent.futures` waits for what is running; here a block that is left by an error or Ctrl-C ends
its processes at once, and processes whose parent was killed end by themselves.
"""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process

from .errors import LipmotionError

_SPAWN = get_context("spawn")  # threads of the parent do not survive a fork


@contextmanager
def open_workers(n_workers: int) -> Iterator[ProcessPoolExecutor]:
    """Opens processes for functions of modules; they start with the first jobs.

    Raises:
        LipmotionError: one of them was killed.
    """
    ended, ends = _SPAWN.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        n_workers, mp_context=_SPAWN, initializer=_start_worker, initargs=(ended,)
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise LipmotionError(
            "a process of this work was killed, maybe for want of memory; with fewer --workers the "
            "same command goes on where it stopped"
        ) from error
    except BaseException:
        ends.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        ends.close()
        ended.close()


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start_worker(ended: connection.Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent answers it
    threading.Thread(target=_end_with_parent, args=(ended,), daemon=True).start()


def _end_with_parent(ended: connection.Connection) -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel, ended])
    os._exit(1)
