"""Films to look at: a robot's performance, and the person it follows, framed alike.

In: commands, or a person's film; the clip's sound. Out: mp4 files (H.264, AAC, 25 images a second,
square), written aside and renamed. Image k shows the time k / 25 of the sound.

Conventions: the robot is seen by a camera of the simulated face in the finest texture, without the
mirror camera's delay. A person's film is cut so that eyes stand as far apart as the robot's, and
the middle of eyes and mouth stands where the robot's does: faces are equally large. The cut stays
where it is for the whole clip.
"""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32, UInt8

from ..commands import Command, CommandTrack
from ..errors import MediaError
from ..face.looks import Looks
from ..face.open import open_face
from ..face.shape import Shape
from ..media.sound import wrap_array
from ..media.video import read_video
from ..media.write import SOUND_RATE_HZ, FilmWriter, write_aside
from ..timing import HOP_HZ, SAMPLE_RATE_HZ
from ..vision.detect import Region
from ..vision.landmarks import sample_square
from ..vision.measure import LOWER_OUTER
from .takes import open_landmarker

IMAGES_HZ: Final = 25
HOPS_PER_IMAGE: Final = HOP_HZ // IMAGES_HZ
FILM_PX: Final = 400
HEIGHT_MM: Final = 214.0  # what the image shows of the robot, at its lips
CENTRE_MM: Final = (0.0, 22.0)
_EYES: Final = (33, 263)  # outer corners of the landmark model
_LOOKS: Final = 9  # images of a clip in which a person's face is measured

Image = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Framing:
    """Where a face is in an image: middle of eyes and mouth, distance of the eyes, px."""

    x: float
    y: float
    eyes_px: float


def film_robot(
    path: Path,
    face: str,
    seed: int,
    commands: CommandTrack,
    sound: Float32[np.ndarray, " samples"],
) -> None:
    """Performs commands again and films them."""
    write_film(path, perform_images(face, seed, commands), sound)


def film_person(
    path: Path,
    film: Path,
    start_s: float,
    face: str,
    seed: int,
    sound: Float32[np.ndarray, " samples"],
) -> None:
    """A person's film from `start_s` on, as long as the sound, framed as the robot is.

    Raises:
        MediaError: the film holds no image of a face from there on.
    """
    n_images = count_images(len(sound))
    rows = set(np.linspace(0, n_images - 1, _LOOKS).astype(int).tolist())
    looks = (image for k, image in enumerate(take_images(film, start_s, n_images)) if k in rows)
    seen = [framing for framing in map(frame_face, looks) if framing is not None]
    if not seen:
        raise MediaError(f"{film}: the tracker finds no face in it from {start_s:.2f} s on")
    own = Framing(*(float(np.median([getattr(f, k) for f in seen])) for k in ("x", "y", "eyes_px")))
    region = cut_alike(own, frame_robot(face, seed), FILM_PX)
    images = take_images(film, start_s, n_images)
    write_film(path, (cut_square(image, region, FILM_PX) for image in images), sound)


def count_images(n_samples: int) -> int:
    """Images of a sound at 16 kHz."""
    return max(1, -(-n_samples * IMAGES_HZ // SAMPLE_RATE_HZ))


def perform_images(face: str, seed: int, commands: CommandTrack) -> Iterator[Image]:
    """The face performs; yields its portrait before every other command is sent."""
    with copy.deepcopy(_open_sim(face, seed)) as body:
        for hop, row in enumerate(commands.values):
            if hop % HOPS_PER_IMAGE == 0:
                yield _open_camera(body.spec.looks, body.spec.shape).render(body.pose())
            body.send(Command(commands.motors, row))


def write_film(path: Path, images: Iterable[Image], sound: Float32[np.ndarray, " samples"]) -> None:
    """Writes images at 25 a second with their sound, aside and renamed.

    Args:
        path: the mp4; its folder is made.
        images: all of one size, even height and width.
        sound: (N,) at 16 kHz.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = wrap_array(sound, SAMPLE_RATE_HZ).blocks(SOUND_RATE_HZ, 1)
    n_samples = 0
    with write_aside(path) as aside:
        writer: FilmWriter | None = None
        try:
            for k, image in enumerate(images):
                height, width = image.shape[:2]
                writer = writer or FilmWriter(aside, (width, height), IMAGES_HZ, 1)
                while n_samples < (k + 1) * SOUND_RATE_HZ // IMAGES_HZ:
                    block = next(blocks, None)
                    if block is None:
                        break
                    writer.write_sound(block)
                    n_samples += len(block)
                writer.write_image(image)
            if writer is None:
                raise MediaError(f"{path}: there is no image to write")
            for block in blocks:
                writer.write_sound(block)
            writer.finish()
        except BaseException:
            if writer is not None:
                writer.abandon()
            raise


def take_images(film: Path, start_s: float, n_images: int) -> Iterator[Image]:
    """At most so many images from `start_s` on, 25 a second: each the last one shown by then."""
    due, last = 0, None
    for frame in read_video(film):
        while due < n_images and last is not None and _is_past(frame.time_s, start_s, due):
            yield last
            due += 1
        if due >= n_images:
            return
        last = frame.image
    while last is not None and due < n_images:
        yield last
        due += 1


def frame_face(image: Image) -> Framing | None:
    """Where the face of an image is, or None."""
    landmarker = open_landmarker()
    points, _ = landmarker.step(image, landmarker.init_state())
    if points is None:
        return None
    eyes = points[list(_EYES), :2]
    mouth = points[[LOWER_OUTER[0], LOWER_OUTER[-1]], :2].mean(axis=0)
    x, y = (eyes.mean(axis=0) + mouth) / 2
    return Framing(float(x), float(y), float(np.linalg.norm(eyes[0] - eyes[1])))


@cache
def frame_robot(face: str, seed: int) -> Framing:
    """Where the resting robot's face is in its films."""
    body = _open_sim(face, seed)
    found = frame_face(_open_camera(body.spec.looks, body.spec.shape).render(body.pose()))
    if found is None:
        raise MediaError(f"face {face}: the tracker finds no face in its portrait")
    return found


def cut_alike(own: Framing, other: Framing, size_px: int) -> Region:
    """The square of an image in which a face stands as `other` does in a square of `size_px`."""
    scale = own.eyes_px / other.eyes_px
    x = own.x + (size_px / 2 - other.x) * scale
    y = own.y + (size_px / 2 - other.y) * scale
    return Region(x, y, size_px * scale, 0.0)


def cut_square(image: Image, region: Region, size_px: int) -> UInt8[np.ndarray, "size size 3"]:
    """A square of an image, `size_px` wide; beyond the image its edge goes on."""
    n_sub = max(1, round(region.side / size_px))  # samples a pixel, against moiré
    sampled = sample_square(image, region, size_px * n_sub)
    blocks = sampled.reshape(3, size_px, n_sub, size_px, n_sub).mean(axis=(2, 4))
    return np.ascontiguousarray(np.moveaxis(np.rint(blocks), 0, -1), np.uint8)


def find_whole(image: Image) -> Region:
    """The largest square in the middle of an image."""
    height, width = image.shape[:2]
    return Region(width / 2, height / 2, float(min(height, width)), 0.0)


def _is_past(time_s: float, start_s: float, due: int) -> bool:
    """Whether an image begins after the moment of image `due`, half a 50 Hz hop allowed."""
    return time_s > start_s + due / IMAGES_HZ + 0.5 / HOP_HZ


@cache
def _open_sim(face: str, seed: int) -> Any:
    return open_face(face, driver="sim", seed=seed)


@cache
def _open_camera(looks: Looks, shape: Shape) -> Any:
    from ..face.sim.camera import PORTRAIT, Camera

    view = replace(PORTRAIT, centre_mm=CENTRE_MM, height_mm=HEIGHT_MM)
    return Camera(FILM_PX, view, looks, shape=shape)
