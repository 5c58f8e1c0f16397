"""Babbling with several bodies at once, where bodies cost nothing: those that are computed.

Every minute of such a recording is filmed by a body of its own, which starts at rest, with errors
of its own; so the recording is the same however many film it. A real face is one body all the way.

Who is curious makes up its mind before each minute, from the minutes before it but the last few:
those may be filmed at the same time (`count_known`). What a minute is depends on that law alone, so
it is the same for one body, for many and for a real face, and after a kill: a computed body is
first driven again through what is there of its minute.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import FaceError, RecordingError
from ..face.base import FaceSpec
from ..face.description import read_face_spec
from ..face.open import COMPUTED, DRIVERS, open_face, warm_up, watch_first_start
from ..processes import count_cores, open_workers
from ..recording import (
    CURIOUS,
    RANDOM,
    Recording,
    RecordingInfo,
    create_recording,
    open_recording,
    sweep_recording,
)
from ..timing import HOP_HZ
from ..vision.landmarks import FaceLandmarker
from .curious import CuriousMind, make_up_mind
from .memory import remember
from .session import (
    MirrorSession,
    PlannedShard,
    Progress,
    describe,
    film_shard,
    plan_shards,
)
from .wear import Wear, count_wear, save_wear

MOST_WORKERS: Final = 4  # unless more are asked for; each takes about 300 MB
PART_SHARDS: Final = 6  # a minute
_MIND_SEED: Final = 0xC0  # apart from the shards' own draws
_LOOK_S: Final = 1.0  # how often the folder is asked how far it is

Part = list[PlannedShard]


@dataclass(frozen=True)
class _Job:
    """What films parts of one recording; it travels to other processes."""

    face: str | Path
    driver: str
    folder: Path
    seed: int
    is_curious: bool


def record_with_workers(
    face: str | Path,
    folder: Path,
    *,
    driver: str | None,
    minutes: float,
    seed: int,
    is_curious: bool = True,
    n_workers: int | None = None,
    camera_delay_s: float | None = None,
    preparing: Progress | None = None,
    progress: Progress | None = None,
) -> tuple[Recording, Wear]:
    """Babbles before the mirror until the recording holds so many minutes.

    Args:
        face: name of a face, or its folder.
        folder: the recording's folder; taken up again if it holds the same face and seed.
        driver: the face's own where None.
        minutes: length of the whole recording, in the robot's time.
        seed: seed of the babbling, and of the bodies.
        is_curious: it looks at what it films, and goes where it learns most; else all is random,
            and landmarks are left to be filled in later.
        n_workers: bodies at once; None = one for each core, MOST_WORKERS at most; a real one is
            alone. A computed recording does not depend on it.
        camera_delay_s: the camera's own delay as measured; None: as the description says.
        preparing: called with (steps done, steps in all) where the driver prepares itself once.
        progress: called with (hops recorded, hops in all).

    Returns:
        The recording, and what all of it has cost the servos.

    Raises:
        RecordingError: the folder holds something else.
        FaceError: there is no such face or driver, it gave no image, no face was found in its
            images, or there is only one body.
    """
    spec = read_face_spec(face)
    driver = driver or spec.driver
    n_workers = choose_workers(spec, driver, n_workers)
    job = _Job(face, driver, folder, seed, is_curious)
    info = describe(spec, seed, camera_delay_s, CURIOUS if is_curious else RANDOM)
    with _take_up(folder, info, spec) as recording:
        parts = divide(plan_shards(recording, minutes))
        n_wanted = round(minutes * 60 * HOP_HZ)

        def tell() -> None:
            if progress is not None:
                progress(min(recording.n_hops, n_wanted), n_wanted)

        if driver in COMPUTED and min(n_workers, len(parts)) > 1:
            warm_up(face, driver, preparing)  # else each of them would compile the same
            for _ in _film_together(job, parts, n_workers):
                tell()
        else:
            with watch_first_start(spec, driver, preparing):
                for _ in _film_alone(job, parts):
                    tell()
        tell()
    wear = count_wear(recording, spec)
    save_wear(recording, wear)
    return recording, wear


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


def count_known(number: int) -> int:
    """How many parts, from the first on, a part is made up from.

    The second knows the first; then more and more may be filmed at once, MOST_WORKERS from the
    seventh on, and more in long recordings, where a quarter less makes no difference.
    """
    n_at_once = max(min(1 + number // 2, MOST_WORKERS), number // 4)
    return number + 1 - n_at_once


@contextlib.contextmanager
def _take_up(folder: Path, info: RecordingInfo, spec: FaceSpec) -> Iterator[Recording]:
    """Takes the recording up; after an error or Ctrl-C only whole shards are left of it."""
    had_folder = folder.exists()
    recording = create_recording(folder, info)
    try:
        yield recording
    except BaseException:
        sweep_recording(recording)
        if recording.indices:
            with contextlib.suppress(RecordingError, OSError):  # the error itself is told
                save_wear(recording, count_wear(recording, spec))
        elif not had_folder:
            recording.remove()
        raise


def _film_together(job: _Job, parts: list[Part], n_workers: int) -> Iterator[None]:
    """Films every part with a body of its own; yields now and then."""
    waiting = list(parts)
    busy: dict[Future[None], int] = {}  # → number of the part
    with open_workers(min(n_workers, len(parts))) as pool:
        while waiting or busy:
            while waiting and len(busy) < n_workers:
                number = _number(waiting[0])
                if job.is_curious and count_known(number) > min(busy.values(), default=number):
                    break
                busy[pool.submit(_film_to_end, job, waiting.pop(0))] = number
            done, _ = wait(busy, _LOOK_S, FIRST_COMPLETED)
            for future in done:
                del busy[future]
                future.result()
            yield


def _film_to_end(job: _Job, part: Part) -> None:
    for _ in _film_alone(job, [part]):
        pass


def _film_alone(job: _Job, parts: list[Part]) -> Iterator[None]:
    """Films parts, one after another, in this process; yields once a body or a shard is there."""
    spec, recording = read_face_spec(job.face), open_recording(job.folder)
    eyes = FaceLandmarker(mirrored=True) if job.is_curious and parts else None
    is_computed = job.driver in COMPUTED
    for same_body in [[part] for part in parts] if is_computed else [parts] * bool(parts):
        with open_face(job.face, job.driver, job.seed + _number(same_body[0])) as body:
            mirror = MirrorSession(body, recording, eyes)
            yield
            for nth, part in enumerate(same_body):
                if nth:
                    mirror.rest()  # while it thinks
                mind = _make_up_mind(job, spec, recording, _number(part))
                driven = _number(part) * PART_SHARDS
                for shard in part:
                    for index in range(driven, shard.index) if is_computed else ():
                        mirror.replay(recording.read(index))
                    film_shard(mirror, shard, job.seed, mind)
                    driven = shard.index + 1
                    yield


def _make_up_mind(
    job: _Job, spec: FaceSpec, recording: Recording, number: int
) -> CuriousMind | None:
    """What a part is made up from; None where nothing is known yet, or nobody is curious."""
    n_known = count_known(number) * PART_SHARDS
    known = [index for index in recording.indices if index < n_known]
    if not job.is_curious or not known:
        return None
    rng = np.random.default_rng([job.seed, number, _MIND_SEED])
    lip_motors = spec.indices("lips", "jaw")
    seen = remember(recording, spec, known, rng=rng)
    return make_up_mind(seen, lip_motors, spec.rest.values[list(lip_motors)], rng=rng)


def _number(part: Part) -> int:
    return part[0].index // PART_SHARDS
