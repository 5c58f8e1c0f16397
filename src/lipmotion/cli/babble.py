"""`lipmotion babble`: a face moves at random before its mirror and is filmed."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .checks import SEED, above, at_least
from .progress import PREPARING, show_progress


def babble(
    *,
    out: Annotated[Path, Parameter(help="the recording's folder; taken up again if it is one")],
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    minutes: Annotated[
        float, Parameter(help="length of the recording, robot time", validator=above(0))
    ] = 12.0,
    driver: Annotated[str | None, Parameter(help="sim, or a bus of real servos")] = None,
    seed: Annotated[int, Parameter(help="seed of the babbling", validator=SEED)] = 0,
    workers: Annotated[
        int | None,
        Parameter(
            help="bodies at once; by default one for each core, 4 at most, on sim and one on real "
            "servos. The recording does not depend on it: on sim each minute has a fresh body",
            validator=at_least(1),
        ),
    ] = None,
) -> None:
    """Films a face that moves at random, so that it can learn itself (`lipmotion learn self`)."""
    from ..mirror.workers import record_with_workers

    with show_progress() as begin:
        recording = record_with_workers(
            face, out, driver=driver, minutes=minutes, seed=seed, n_workers=workers,
            preparing=begin(*PREPARING), progress=begin("babble"),
        )  # fmt: skip
    print(f"{out}: {recording.n_hops / 50:.0f} s in {len(recording.indices)} shards")
