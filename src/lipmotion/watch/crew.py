"""Those who watch: this process, several of this machine, or a cluster; all call one function.

A process that ends while it watches (killed, or by a decoder's fault) costs its films another try,
each alone; one that ends its process again is refused, and the rest goes on.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import LipmotionError, MissingExtraError
from ..processes import open_workers
from ..watched import Segment, WatchedFolder
from .film import Senses, is_watched, refuse_film, watch_film
from .record import SUFFIX
from .settle import is_settled, settle_source

Job = tuple[Path, Segment]
_WORTH_A_POOL = 200  # sources: with fewer, processes take longer to start than they work
_ENDED = "watching it ends the process: damaged, or more than the memory holds"


def watch_job(film: Path, segment: Segment, folder: Path, mirrored: bool) -> None:
    """Watches one film, in whichever process on whichever machine."""
    watch_film(film, segment, WatchedFolder(folder), _open_senses(mirrored))


@cache
def _open_senses(mirrored: bool) -> Senses:
    """Once a process: the models take a tenth of a second to open."""
    return Senses.open(mirrored=mirrored)


def watch_here(
    jobs: Sequence[Job], folder: Path, mirrored: bool, n_workers: int
) -> Generator[int, None, None]:
    """Watches films in `n_workers` processes; yields how many are done."""
    if n_workers <= 1 or len(jobs) <= 1:
        senses = Senses.open(mirrored=mirrored)
        for n_done, (film, segment) in enumerate(jobs, 1):
            watch_film(film, segment, WatchedFolder(folder), senses)
            yield n_done
        return
    n_before, left = 0, list(jobs)
    while left:
        n_done = n_before
        try:
            for n_done in _watch_in_pool(left, folder, mirrored, n_workers):
                yield n_before + n_done
            return
        except LipmotionError as error:
            if not isinstance(error.__cause__, BrokenProcessPool):
                raise
        left = [job for job in left if not is_watched(*job, folder)]
        for film, segment in left[: 2 * n_workers]:  # no more than these can have been begun
            _watch_alone(film, segment, folder, mirrored)
        left = left[2 * n_workers :]
        n_before = len(jobs) - len(left)
        yield n_before


def _watch_in_pool(
    jobs: Sequence[Job], folder: Path, mirrored: bool, n_workers: int
) -> Iterator[int]:
    with open_workers(n_workers) as pool:
        futures = [pool.submit(watch_job, *job, folder, mirrored) for job in jobs]
        for n_done, future in enumerate(as_completed(futures), 1):
            future.result()
            yield n_done


def _watch_alone(film: Path, segment: Segment, folder: Path, mirrored: bool) -> None:
    """Watches a film in a process of its own, and refuses it if that one ends, too."""
    try:
        for _ in _watch_in_pool([(film, segment)], folder, mirrored, 1):
            pass
    except LipmotionError as error:
        if not isinstance(error.__cause__, BrokenProcessPool):
            raise
        refuse_film(film, segment, folder, _ENDED)


def settle_sources(
    folder: Path, check_sync: bool, n_workers: int
) -> Generator[tuple[int, int], None, None]:
    """Settles the sources of a folder that changed; yields how many are done, and of how many."""
    every = sorted({path.parent.name for path in folder.glob(f"*/*{SUFFIX}")})
    changed = [person for person in every if not is_settled(folder, person, check_sync)]
    if n_workers <= 1 or len(changed) < _WORTH_A_POOL:
        for n_done, person in enumerate(changed, 1):
            settle_source(WatchedFolder(folder), person, check_sync=check_sync)
            yield n_done, len(changed)
        return
    with open_workers(n_workers) as pool:
        futures = [pool.submit(settle_job, folder, person, check_sync) for person in changed]
        for n_done, future in enumerate(as_completed(futures), 1):
            future.result()
            yield n_done, len(changed)


def settle_job(folder: Path, person: str, check_sync: bool) -> None:
    """Settles one source, in whichever process."""
    settle_source(WatchedFolder(folder), person, check_sync=check_sync)


def watch_on_ray(
    jobs: Sequence[Job], folder: Path, mirrored: bool, address: str
) -> Generator[int, None, None]:
    """Watches films on a Ray cluster; yields how many are done.

    Films and folder must lie where every machine sees them under the same path. A machine that is
    lost costs its films another try elsewhere; Ray sees to that.

    Raises:
        MissingExtraError: Ray is not installed.
        LipmotionError: no cluster answers there.
    """
    try:
        import ray
    except ModuleNotFoundError:
        raise MissingExtraError("ray", "ray") from None
    try:
        ray.init(
            address=None if address == "local" else address, log_to_driver=False, logging_level=40
        )
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise LipmotionError(f"--ray {address}: no cluster answers there: {error}") from error
    try:
        yield from _watch_in_cluster(ray, jobs, folder.resolve(), mirrored)
    finally:
        ray.shutdown()


def _watch_in_cluster(
    ray: Any, jobs: Sequence[Job], folder: Path, mirrored: bool
) -> Generator[int, None, None]:
    """Keeps the cluster busy, no more: a few films for each core are given out at a time."""
    give = ray.remote(num_cpus=1, max_retries=2)(watch_job).remote
    n_ahead = 4 * max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting, n_done = list(reversed(jobs)), 0
    running: dict[Any, Job] = {}
    while waiting or running:
        while waiting and len(running) < n_ahead:
            job = waiting.pop()
            running[give(*job, folder, mirrored)] = job
        done, _ = ray.wait(list(running), num_returns=1)
        for task in done:
            film, segment = running.pop(task)
            try:
                ray.get(task)
            except ray.exceptions.RaySystemError:
                raise
            except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError):
                refuse_film(film, segment, folder, _ENDED)
            n_done += 1
            yield n_done
