"""The path from sound to the face, and how a sound is performed along it.

In: a sound. Out: commands for every motor, as they are sent: row k is the command for time k / 50
on the sound's clock. Every organ is a streaming Step, so files of any length take the same memory
and a file is performed exactly as a stream would be.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..errors import FaceError, StreamError
from ..face.base import FaceSpec
from ..face.limits import Limits
from ..face.open import DRIVERS, watch_first_start
from ..media.sound import Sound
from ..media.write import write_aside
from ..step import Chain, Step, stream
from ..timing import HOP_HZ, HOP_MS
from ..voice.sources import read_hops
from .film import film_face
from .idle import AtRest, Idle
from .join import Join
from .record import open_rows

LOOKAHEAD_MS: Final = 300  # a file knows its future
BLOCK_HOPS: Final = 250  # 5 s at a time

Progress = Callable[[int, int | None], None]
Commands = Float32[np.ndarray, "hops motors"]


def open_path(
    spec: FaceSpec,
    *,
    lookahead_ms: int = LOOKAHEAD_MS,
    is_still: bool = False,
    seed: int = 0,
    speech: Path | None = None,
) -> Step[Any]:
    """The whole path of a face: (T, 320) hops of sound → (T, M) commands as they are sent.

    Args:
        spec: the face; its bundle lies in its folder.
        lookahead_ms: how far ahead of the sound the path may hear, in all.
        is_still: only the lips and jaw move.
        seed: draws blinks, looks and the head's drift.
        speech: folder of the speech bundle; None = the one that ships.

    Raises:
        BundleError: a bundle is missing, damaged, or made for another face.
        StreamError: the look-ahead is too short.
    """
    from ..selfmodel.act import FacialActionTransformer
    from ..selfmodel.imagine import Imagination
    from ..voice.features import LogMel
    from ..voice.speech import SHIPPED, SpeechModel

    imagination = Imagination.open(spec)
    act = FacialActionTransformer.open(spec)
    own_hops = imagination.lookahead_hops + act.lookahead_hops
    left_hops = lookahead_ms // HOP_MS - own_hops
    if left_hops < 1:
        raise StreamError(
            f"a look-ahead of {lookahead_ms} ms is too short; the face itself previews "
            f"{own_hops * HOP_MS} ms and hearing takes {HOP_MS} ms more at least"
        )
    ear = SpeechModel.open(speech or SHIPPED, lookahead_hops=left_hops)
    lips = Chain((LogMel(), ear, imagination, act))
    return join_path(spec, lips, act.motors, is_still=is_still, seed=seed)


def join_path(
    spec: FaceSpec,
    lips: Step[Any],
    lip_motors: tuple[str, ...],
    *,
    is_still: bool = False,
    seed: int = 0,
) -> Step[Any]:
    """Joins lips and idle motion and puts the limits behind them; see `open_path`."""
    idle = AtRest(spec) if is_still else Idle(spec, seed=seed)
    return Chain((Join(spec, lips, lip_motors, idle, idle.motors), Limits(spec)))


def find_commands(
    sound: Sound, path: Step[Any], *, progress: Progress | None = None
) -> Iterator[Commands]:
    """Commands of a whole sound, block by block: ceil(50 × its length) rows in all.

    Raises:
        MediaError: the sound turns out to be damaged, empty or not finite.
    """
    seconds = sound.duration_s
    n_total = None if seconds is None else math.ceil(seconds * HOP_HZ - 1e-6)
    n_done = 0
    if progress is not None:
        progress(0, n_total)
    for commands in stream(path, read_hops(sound, BLOCK_HOPS)):
        yield commands
        n_done += len(commands)
        if progress is not None:
            progress(n_done, n_total)


def perform_to_files(
    sound: Sound,
    spec: FaceSpec,
    path: Step[Any],
    *,
    film: Path | None = None,
    motors: Path | None = None,
    driver: str | None = None,
    seed: int = 0,
    preparing: Progress | None = None,
    progress: Progress | None = None,
) -> int:
    """Performs a sound into an mp4, a table of commands, or both; nothing is left half-written.

    Args:
        film: the mp4; without it no body is computed and no image drawn.
        motors: the table, .csv, .parquet or .npz.
        driver: the face's driver; a film needs one with a body, `sim`.
        seed: draws the hold errors of the simulated servos.
        preparing: called with (steps done, steps in all) where the driver prepares itself once.
        progress: called with (hops done, hops in all or None).

    Returns:
        How many hops were performed.

    Raises:
        MediaError: the sound is damaged, or a file cannot be written.
        FaceError: there is no such driver, or it has no body to film.
    """
    if driver is not None and driver not in DRIVERS:
        raise FaceError(f"there is no driver {driver!r}; drivers: {', '.join(DRIVERS)}")
    n_hops = 0
    with ExitStack() as stack:
        outputs: list[Callable[[Commands], None]] = []
        if motors is not None:
            aside = stack.enter_context(write_aside(motors))
            suffix = motors.suffix.lower()
            rows = stack.enter_context(open_rows(aside, spec.motor_names, suffix=suffix))
            outputs.append(rows.write)
        if film is not None:
            aside = stack.enter_context(write_aside(film))
            with watch_first_start(spec, driver, preparing):
                play = stack.enter_context(film_face(aside, sound, spec, driver=driver, seed=seed))
            outputs.append(play)
        for commands in find_commands(sound, path, progress=progress):
            for write in outputs:
                write(commands)
            n_hops += len(commands)
    return n_hops
