"""Performance: what `lipmotion.perform` gives; a table of commands, and the film of them.

In: a sound by path or as an array. Out: commands in memory (19 MB an hour for 26 motors); the film
is made when asked for, from the same commands.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Shaped

from ..commands import CommandTrack
from ..errors import MediaError
from ..face.base import FaceSpec
from ..face.description import read_face_spec
from ..media.sound import Sound, open_sound, wrap_array
from ..media.write import write_aside
from .film import film_face
from .outputs import check_outputs
from .performer import BLOCK_HOPS, LOOKAHEAD_MS, Progress, find_commands, open_path

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Performance:
    """One sound, performed by one face.

    Attributes:
        sound: the sound.
        spec: the face.
        commands: (T, M) commands as they are sent; row k is for time k / 50 of the sound.
        driver: the driver that a film is made with; None = the face's own.
        seed: draws the hold errors of the simulated servos.
    """

    sound: Sound
    spec: FaceSpec
    commands: CommandTrack
    driver: str | None = None
    seed: int = 0

    @property
    def motors(self) -> "pa.Table":
        """The commands as a pyarrow table: `t_s`, then one column a motor."""
        from .record import make_table

        return make_table(self.commands.motors, self.commands.values)

    def save_mp4(self, path: str | Path, *, progress: Progress | None = None) -> None:
        """Films the performance, with its sound; an existing file is replaced when all is done.

        Raises:
            MediaError: the file cannot be written.
            FaceError: the driver has no body to film.
        """
        check_outputs(Path(self.sound.name), Path(path), None, force=True)
        values = self.commands.values
        with (
            write_aside(Path(path)) as aside,
            film_face(aside, self.sound, self.spec, driver=self.driver, seed=self.seed) as play,
        ):
            for first in range(0, len(values), BLOCK_HOPS):
                play(values[first : first + BLOCK_HOPS])
                if progress is not None:
                    progress(min(first + BLOCK_HOPS, len(values)), len(values))


def perform(
    sound: str | Path | Shaped[np.ndarray, "..."],
    face: str | Path = "emo",
    sample_rate_hz: int | None = None,
    *,
    driver: str | None = None,
    is_still: bool = False,
    lookahead_ms: int = LOOKAHEAD_MS,
    seed: int = 0,
    speech: str | Path | None = None,
    progress: Progress | None = None,
) -> Performance:
    """Performs a sound.

    Args:
        sound: path of a sound or video file, or samples (N,) or (N, channels).
        face: name of a face, or a folder that holds `face.yaml`.
        sample_rate_hz: of an array, which needs it. A file states its own.
        driver: driver for the film; None = the face's own.
        is_still: only lips and jaw move: no blinks, gaze, head or brows.
        lookahead_ms: how far ahead of the sound the path may hear.
        seed: draws blinks and looks, and the simulated servos' hold errors.
        speech: folder of another speech bundle than the one that ships.
        progress: called with (hops done, hops in all or None).

    Raises:
        MediaError: the sound cannot be read, or an array comes without its rate.
        FaceError: there is no such face.
        BundleError: the face's learned weights are missing or made for another face.
    """
    if isinstance(sound, str | Path):
        heard: Sound = open_sound(Path(sound))
    elif sample_rate_hz is None:
        raise MediaError(
            "an array needs sample_rate_hz, e.g. perform(samples, sample_rate_hz=48000)"
        )
    else:
        heard = wrap_array(sound, sample_rate_hz)
    spec = read_face_spec(face)
    ear = None if speech is None else Path(speech)
    path = open_path(spec, lookahead_ms=lookahead_ms, is_still=is_still, seed=seed, speech=ear)
    blocks = list(find_commands(heard, path, progress=progress))
    commands = CommandTrack(spec.motor_names, np.concatenate(blocks))
    return Performance(heard, spec, commands, driver, seed)
