"""`lipmotion babble`: a face moves at random before its mirror and is filmed."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .progress import show_progress


def babble(
    *,
    out: Annotated[Path, Parameter(help="the recording's folder; taken up again if it is one")],
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    minutes: Annotated[float, Parameter(help="length of the recording, robot time")] = 12.0,
    driver: Annotated[str | None, Parameter(help="sim, or a bus of real servos")] = None,
    seed: Annotated[int, Parameter(help="seed of the babbling")] = 0,
    workers: Annotated[int, Parameter(help="bodies at once; more than one only on sim")] = 1,
) -> None:
    """Films a face that moves at random, so that it can learn itself (`lipmotion learn self`)."""
    from ..mirror.workers import record_with_workers

    with show_progress("babble") as progress:
        recording = record_with_workers(
            face, out, driver=driver, minutes=minutes, seed=seed, n_workers=workers,
            progress=progress,
        )  # fmt: skip
    print(f"{out}: {recording.n_hops / 50:.0f} s in {len(recording.indices)} shards")
