"""`lipmotion babble`: a face moves at random before its mirror and is filmed."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .checks import SEED, above, at_least
from .progress import PREPARING, show_progress

MOST_DELAY_MS = 1000.0


def _read_ms(text: str) -> float | None:
    """A number, or None: a file's name."""
    try:
        return float(text)
    except ValueError:
        return None


def _delay(kind: Any, value: str | None) -> None:
    del kind
    ms = None if value is None else _read_ms(value)
    if ms is not None and not 0 <= ms <= MOST_DELAY_MS:
        raise ValueError(f"must be 0 to {MOST_DELAY_MS:g} ms, or a file")


def babble(
    *,
    out: Annotated[Path, Parameter(help="the recording's folder; taken up again if it is one")],
    face: Annotated[str, Parameter(help="name of a face, or a folder with face.yaml")] = "emo",
    minutes: Annotated[
        float, Parameter(help="length of the recording, robot time", validator=above(0))
    ] = 12.0,
    driver: Annotated[str | None, Parameter(help="sim, or a bus of real servos")] = None,
    camera_delay: Annotated[
        str | None,
        Parameter(
            help="the camera's own delay, ms, or the JSON of `mirror --check`; else the face's",
            validator=_delay,
        ),
    ] = None,
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
    from ..face.description import read_face_spec
    from ..mirror.judge import read_camera_delay
    from ..mirror.workers import record_with_workers

    delay_ms = None if camera_delay is None else _read_ms(camera_delay)
    delay_s = None if delay_ms is None else delay_ms / 1000
    if camera_delay is not None and delay_s is None:
        delay_s = read_camera_delay(Path(camera_delay), read_face_spec(face))
    with show_progress() as begin:
        recording = record_with_workers(
            face, out, driver=driver, minutes=minutes, seed=seed, n_workers=workers,
            camera_delay_s=delay_s,
            preparing=begin(*PREPARING), progress=begin("babble"),
        )  # fmt: skip
    print(f"{out}: {recording.n_hops / 50:.0f} s in {len(recording.indices)} shards")
