"""Babbling with several bodies at once, where bodies cost nothing: in simulation.

Each worker opens a face of its own and films one unbroken part of the shards that are still to be
filmed, so the recording is as if one body had been put to rest between the parts.
"""

from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from ..face.description import read_face_spec
from ..face.open import open_face
from ..recording import Recording, create_recording, open_recording
from ..timing import HOP_HZ
from .session import MirrorSession, PlannedShard, Progress, describe, film_shard, plan_shards

_LOOK_S = 1.0  # how often the folder is asked how far it is


def record_with_workers(
    face: str | Path,
    folder: Path,
    *,
    driver: str | None,
    minutes: float,
    seed: int,
    n_workers: int,
    progress: Progress | None = None,
) -> Recording:
    """Like `record_babble`, with `n_workers` bodies of this face at once.

    Raises:
        RecordingError: the folder holds something else.
        FaceError: there is no such face, or it gave no image.
    """
    recording = create_recording(folder, describe(read_face_spec(face), seed))
    plan = plan_shards(recording, minutes)
    n_wanted = round(minutes * 60 * HOP_HZ)
    parts = [part for part in divide(plan, n_workers) if part]
    with ProcessPoolExecutor(max(len(parts), 1), mp_context=get_context("spawn")) as pool:
        open_jobs = {
            pool.submit(_film_part, face, driver, folder, part, seed, number)
            for number, part in enumerate(parts)
        }
        while open_jobs:
            done, open_jobs = wait(open_jobs, _LOOK_S, FIRST_COMPLETED)
            for job in done:
                job.result()
            if progress is not None:
                progress(min(recording.n_hops, n_wanted), n_wanted)
    return recording


def divide(plan: list[PlannedShard], n_parts: int) -> list[list[PlannedShard]]:
    """Unbroken parts of a plan, as equal as can be."""
    cuts = [round(len(plan) * k / n_parts) for k in range(n_parts + 1)]
    return [plan[a:b] for a, b in pairwise(cuts)]


def _film_part(
    face: str | Path,
    driver: str | None,
    folder: Path,
    part: list[PlannedShard],
    seed: int,
    number: int,
) -> None:
    with open_face(face, driver, seed + number) as body:
        mirror = MirrorSession(body, open_recording(folder))
        for shard in part:
            film_shard(mirror, shard, seed)
