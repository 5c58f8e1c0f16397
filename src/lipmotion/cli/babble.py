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
) -> None:
    """Films a face that moves at random, so that it can learn itself (`lipmotion learn self`)."""
    from ..face.open import open_face
    from ..mirror.session import record_babble

    with open_face(face, driver=driver, seed=seed) as body, show_progress("babble") as progress:
        recording = record_babble(body, out, minutes=minutes, seed=seed, progress=progress)
    print(f"{out}: {recording.n_hops / 50:.0f} s in {len(recording.indices)} shards")
