"""Babbling with several bodies at once, where bodies cost nothing: those that are computed.

Every minute of such a recording is filmed by a body of its own, which starts at rest, with errors
of its own; so the recording is the same however many film it. A real face is one body all the way.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import groupby
from pathlib import Path
from typing import Final

from ..errors import FaceError
from ..face.base import FaceSpec
from ..face.description import read_face_spec
from ..face.open import COMPUTED, DRIVERS, open_face, warm_up, watch_first_start
from ..processes import count_cores, open_workers
from ..recording import Recording, RecordingInfo, create_recording, open_recording, sweep_recording
from ..timing import HOP_HZ
from .session import MirrorSession, PlannedShard, Progress, describe, film_shard, plan_shards

MOST_WORKERS: Final = 4  # unless more are asked for; each takes about 300 MB
PART_SHARDS: Final = 6  # a minute
_LOOK_S: Final = 1.0  # how often the folder is asked how far it is

Part = list[PlannedShard]


def record_with_workers(
    face: str | Path,
    folder: Path,
    *,
    driver: str | None,
    minutes: float,
    seed: int,
    n_workers: int | None = None,
    camera_delay_s: float | None = None,
    preparing: Progress | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Babbles before the mirror until the recording holds so many minutes.

    Args:
        face: name of a face, or its folder.
        folder: the recording's folder; taken up again if it holds the same face and seed.
        driver: the face's own where None.
        minutes: length of the whole recording, in the robot's time.
        seed: seed of the babbling, and of the bodies.
        n_workers: bodies at once; None = one for each core, MOST_WORKERS at most; a real one is
            alone. A computed recording does not depend on it.
        camera_delay_s: the camera's own delay as measured; None: as the description says.
        preparing: called with (steps done, steps in all) where the driver prepares itself once.
        progress: called with (hops recorded, hops in all).

    Raises:
        RecordingError: the folder holds something else.
        FaceError: there is no such face or driver, it gave no image, or there is only one body.
    """
    spec = read_face_spec(face)
    driver = driver or spec.driver
    n_workers = choose_workers(spec, driver, n_workers)
    with _take_up(folder, describe(spec, seed, camera_delay_s)) as recording:
        plan = plan_shards(recording, minutes)
        parts = divide(plan) if driver in COMPUTED else [plan] * bool(plan)
        n_wanted = round(minutes * 60 * HOP_HZ)

        def tell() -> None:
            if progress is not None:
                progress(min(recording.n_hops, n_wanted), n_wanted)

        if min(n_workers, len(parts)) > 1:
            warm_up(face, driver, preparing)  # else each of them would compile the same
            with open_workers(min(n_workers, len(parts))) as pool:
                jobs = {pool.submit(_film_all, face, driver, folder, part, seed) for part in parts}
                while jobs:
                    tell()
                    done, jobs = wait(jobs, _LOOK_S, FIRST_COMPLETED)
                    for job in done:
                        job.result()
        else:
            with watch_first_start(spec, driver, preparing):
                for part in parts:
                    for _ in _film_part(face, driver, folder, part, seed):
                        tell()
        tell()
    return recording


def choose_workers(spec: FaceSpec, driver: str, asked: int | None) -> int:
    """How many bodies of this face move at once, where so many are asked for (None: any number).

    Raises:
        FaceError: there is no such driver, or more bodies are asked for than there are.
    """
    if driver not in DRIVERS:
        raise FaceError(
            f"face {spec.name}: there is no driver {driver!r}; drivers: {', '.join(DRIVERS)}"
        )
    if driver not in COMPUTED:
        if asked is not None and asked > 1:
            raise FaceError(f"face {spec.name}: {driver} moves one body; ask for one worker")
        return 1
    return asked or min(count_cores(), MOST_WORKERS)


def divide(plan: Part) -> list[Part]:
    """The parts of a plan: those shards of each minute of the recording that are in it."""
    return [list(part) for _, part in groupby(plan, lambda shard: shard.index // PART_SHARDS)]


@contextlib.contextmanager
def _take_up(folder: Path, info: RecordingInfo) -> Iterator[Recording]:
    """Takes the recording up; after an error or Ctrl-C only whole shards are left of it."""
    had_folder = folder.exists()
    recording = create_recording(folder, info)
    try:
        yield recording
    except BaseException:
        sweep_recording(recording)
        if not had_folder and not recording.indices:
            recording.remove()
        raise


def _film_all(face: str | Path, driver: str, folder: Path, part: Part, seed: int) -> None:
    for _ in _film_part(face, driver, folder, part, seed):
        pass


def _film_part(
    face: str | Path, driver: str, folder: Path, part: Part, seed: int
) -> Iterator[PlannedShard]:
    """Films a part with a fresh body; yields each shard once it is whole."""
    number = part[0].index // PART_SHARDS
    with open_face(face, driver, seed + number) as body:
        mirror = MirrorSession(body, open_recording(folder))
        for shard in part:
            film_shard(mirror, shard, seed)
            yield shard
