"""Film: the performing face, drawn in some threads and encoded in another while the body moves.

In: poses of the head, one for each image, in order; the sound. Out: an mp4 in which image k shows
the body at k / 25 s on the sound's clock, after the commands sent before that time.
"""

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from ..commands import Command
from ..errors import FaceError
from ..face.base import FaceSpec
from ..face.open import open_face
from ..media.sound import Sound
from ..media.write import SOUND_RATE_HZ, FilmWriter
from ..timing import HOP_HZ

IMAGES_HZ: Final = 25
PORTRAIT_PX: Final = 720
HOPS_PER_IMAGE: Final = HOP_HZ // IMAGES_HZ
_MOST_PAINTERS: Final = 4
_WAITING: Final = 16  # poses that may wait to be drawn; bounds memory
_SOUND_AHEAD_S: Final = 0.5


@runtime_checkable
class HasPose(Protocol):
    """A face with a body that a camera of ours can draw."""

    def pose(self) -> Any:
        """The head as it is now."""
        ...


Image = UInt8[np.ndarray, "height width 3"]
Painter = Callable[[Any], Image]


@contextmanager
def film_face(
    path: Path, sound: Sound, spec: FaceSpec, *, driver: str | None, seed: int
) -> Iterator[Callable[[Float32[np.ndarray, "hops motors"]], None]]:
    """Films a face that performs; gives `play(commands)`, to be called block by block.

    Raises:
        FaceError: no such driver, or a driver without a body to film.
        OSError: the file cannot be written; `write_aside` names it.
    """
    with open_face(spec.folder, driver, seed) as face:
        if not isinstance(face, HasPose):
            raise FaceError(
                f"face {spec.name}: driver {driver or spec.driver} has no body to film; "
                "ask for --motors, or take --driver sim"
            )
        with open_film(path, open_painter(spec), sound) as film:
            film.try_out(face.pose())
            hops = itertools.count()

            def play(commands: Float32[np.ndarray, "hops motors"]) -> None:
                for row in commands:
                    if next(hops) % HOPS_PER_IMAGE == 0:
                        film.take(face.pose())  # the body at this time, before it hears of `row`
                    face.send(Command(spec.motor_names, row))

            yield play


def open_painter(spec: FaceSpec) -> Painter:
    """The portrait camera: pose of the simulated head → image; a camera of its own each thread."""
    from ..face.sim.camera import PORTRAIT, Camera

    own = threading.local()

    def paint(pose: Any) -> Image:
        if not hasattr(own, "camera"):
            own.camera = Camera(PORTRAIT_PX, PORTRAIT, spec.looks, shape=spec.shape)
        return own.camera.render(pose)

    return paint


@contextmanager
def open_film(path: Path, paint: Painter, sound: Sound) -> Iterator["Film"]:
    """Opens a film for taking images; it is whole when the block ends without an error.

    Args:
        path: the mp4, replaced if it is there; the caller writes aside and renames.
        paint: pose → image, all of one size, even height and width. Called in another thread.
        sound: what is heard; read again from its beginning, in its own channels (2 at most).

    Raises:
        OSError: the file cannot be written; `write_aside` names it.
    """
    film = Film(path, paint, sound)
    try:
        yield film
        film.finish()
    finally:
        film.close()


class Film:
    """Takes poses; see `open_film`."""

    def __init__(self, path: Path, paint: Painter, sound: Sound) -> None:
        self._path = path
        self._paint = paint
        self._n_channels = min(sound.n_channels, 2)
        self._sound = sound.blocks(SOUND_RATE_HZ, self._n_channels)
        self._painters = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_PAINTERS), "paint")
        self._encoder = ThreadPoolExecutor(1, "encode")
        self._waiting: deque[Future[None]] = deque()
        self._writer: FilmWriter | None = None
        self._n_images = 0
        self._n_samples = 0
        self._has_failed = False

    def try_out(self, pose: Any) -> None:
        """Paints one image for nobody: what the painter compiles is ready afterwards."""
        self._painters.submit(self._paint, pose).result()

    def take(self, pose: Any) -> None:
        """Takes the next image; waits while too many are still to be drawn.

        Raises:
            OSError: the file can no longer be written.
        """
        painted = self._painters.submit(self._paint, pose)
        self._waiting.append(self._encoder.submit(self._add, painted))
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Waits for what is still to be drawn, writes the rest of the sound, closes the file."""
        while self._waiting:
            self._waiting.popleft().result()
        self._write_sound(np.inf)
        if self._writer is not None:
            self._writer.finish()

    def close(self) -> None:
        """Stops drawing; a film that is not finished is left behind broken."""
        self._painters.shutdown(wait=True, cancel_futures=True)
        self._encoder.shutdown(wait=True, cancel_futures=True)
        self._sound.close()  # type: ignore[attr-defined]
        if self._writer is not None:
            self._writer.abandon()

    def _add(self, painted: Future[Image]) -> None:
        if self._has_failed:  # FFmpeg may crash when it is written to after an error
            return
        try:
            self._write(painted.result())
        except BaseException:
            self._has_failed = True
            raise

    def _write(self, image: Image) -> None:
        if self._writer is None:
            height, width = image.shape[:2]
            self._writer = FilmWriter(self._path, (width, height), IMAGES_HZ, self._n_channels)
        self._write_sound(self._n_images / IMAGES_HZ + _SOUND_AHEAD_S)
        self._writer.write_image(image)
        self._n_images += 1

    def _write_sound(self, until_s: float) -> None:
        while self._writer is not None and self._n_samples < until_s * SOUND_RATE_HZ:
            block = next(self._sound, None)
            if block is None:
                return
            self._writer.write_sound(block)
            self._n_samples += len(block)
