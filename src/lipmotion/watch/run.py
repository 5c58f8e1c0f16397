"""Films of people → a watched folder: their landmarks, voices, and lips over time.

In: films, or folders, patterns and lists of them, of any kind. Out: the folder that `watched.py`
describes. First every film is watched by itself (`film.py`), then the films of each source are
settled together (`settle.py`), at last the index is written. A film that is watched is not watched
again, so a run that was stopped goes on where it was.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from ..errors import RecordingError
from ..watched import WatchedFolder, read_info, write_info
from .crew import Job, settle_sources, watch_here, watch_on_ray
from .film import is_watched
from .plan import WatchConfig, plan_segments

Progress = Callable[[int, int | None], None]


def watch_films(
    paths: Sequence[Path],
    out: Path,
    config: WatchConfig,
    *,
    ray: str | None = None,
    progress: Progress | None = None,
    settling: Progress | None = None,
) -> WatchedFolder:
    """Watches films into a folder, and fits each person's owner and lips over all their films.

    Args:
        paths: films, and folders, patterns and lists of films.
        out: the watched folder; taken up again if it is one.
        config: how.
        ray: address of a Ray cluster that does it; None = this machine.
        progress: told how many films are watched, and of how many.
        settling: told how many sources are settled.

    Returns:
        The folder; refused segments stand in its index with a reason.

    Raises:
        RecordingError: nothing to watch, two films of one name, or `out` was made in another way.
        MediaError: a path does not exist.
    """
    jobs = plan_segments(paths, config)
    _claim(out, config)
    folder = WatchedFolder(out)
    folder.sweep()
    try:
        _watch(jobs, out, config, ray, progress)
        for n_done, n_sources in settle_sources(out, config.check_sync, config.n_workers):
            if settling:
                settling(n_done, n_sources)
        folder.write_index()
    finally:
        folder.sweep()
    return folder


def _watch(
    jobs: Sequence[Job], out: Path, config: WatchConfig, ray: str | None, progress: Progress | None
) -> None:
    todo = [job for job in jobs if not is_watched(*job, out)]
    n_before = len(jobs) - len(todo)
    if not todo:
        return
    if ray is None:
        counts = watch_here(todo, out, config.mirrored, config.n_workers)
    else:
        counts = watch_on_ray(todo, out, config.mirrored, ray)
    with closing(counts):
        for n_done in counts:
            if progress:
                progress(n_before + n_done, len(jobs))


def _claim(out: Path, config: WatchConfig) -> None:
    """Marks the folder as ours, or refuses it."""
    wanted: dict[str, object] = {"mirrored": config.mirrored, "check_sync": config.check_sync}
    info = read_info(out)
    if info is None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise RecordingError(f"{out}: is in use and no watched folder; name another with --out")
        write_info(out, wanted)
        return
    got = {key: info.get(key) for key in wanted}
    if got != wanted:
        raise RecordingError(
            f"{out}: was watched with {got}, now {wanted}; name another with --out"
        )
