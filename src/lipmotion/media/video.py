"""A film's images, one by one.

In: any file that PyAV reads; out: images (H, W, 3) uint8 RGB, upright as the file asks for, and
their times. Time 0 is the file's start, as it is for its sound (`sound.py`). Nothing is kept: an
hour-long film takes no more memory than a short one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from ..errors import MediaError
from ..frames import Frame


@dataclass(frozen=True)
class VideoInfo:
    """What a film's container says of itself.

    Attributes:
        width, height: upright size of an image in pixels.
        images_hz: images a second, on average.
        duration_s: length in seconds; 0 where the file does not say.
        n_images: images; where the file does not say, from length and rate.
        has_sound: whether there is a sound track.
    """

    width: int
    height: int
    images_hz: float
    duration_s: float
    n_images: int
    has_sound: bool


def read_video_info(path: Path) -> VideoInfo:
    """What a film says of itself; decodes one image to know which way is up.

    Raises:
        MediaError: no such file, not a film, or no image in it.
    """
    try:
        with _open(path) as container:
            stream = container.streams.video[0]
            images_hz = float(stream.average_rate or stream.guessed_rate or 0)
            duration_s = container.duration / av.time_base if container.duration else 0.0
            first = next(container.decode(stream), None)
            if first is None or not images_hz:
                raise MediaError(f"{path}: the film holds no images")
            is_turned = round(first.rotation / 90) % 2 == 1
            width, height = first.width, first.height
            return VideoInfo(
                width=height if is_turned else width,
                height=width if is_turned else height,
                images_hz=images_hz,
                duration_s=duration_s,
                n_images=stream.frames or round(duration_s * images_hz),
                has_sound=bool(container.streams.audio),
            )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise MediaError(f"{path}: not readable as a film: {why}") from error


def read_video(path: Path, *, most_px: int | None = None) -> Iterator[Frame]:
    """Yields a film's images, upright, each with its time from the start of the file.

    Args:
        path: the film.
        most_px: larger images are made smaller, so that neither side is longer than this.

    Raises:
        MediaError: no such file, not a film, or damaged where it is read.
    """
    try:
        with _open(path) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            start_s = (container.start_time or 0) / av.time_base
            images_hz = float(stream.average_rate or stream.guessed_rate or 25)
            to_rgb = VideoReformatter()  # one for all images
            for n, frame in enumerate(container.decode(stream)):
                time_s = n / images_hz if frame.time is None else frame.time - start_s
                share = min(1.0, (most_px or np.inf) / max(frame.width, frame.height, 1))
                size = {"width": round(frame.width * share), "height": round(frame.height * share)}
                image = to_rgb.reformat(frame, format="rgb24", **size).to_ndarray()
                yield Frame(turn_upright(image, frame.rotation), time_s)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise MediaError(f"{path}: not readable as a film: {why}") from error


def turn_upright(image: np.ndarray, rotation: int) -> np.ndarray:
    """Turns an image by what its file asks for.

    Args:
        image: (H, W, 3) as decoded.
        rotation: degrees counter-clockwise, as PyAV gives them; rounded to quarter turns.

    Returns:
        The upright image, contiguous.
    """
    n_quarters = round(rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, n_quarters)) if n_quarters else image


def _open(path: Path) -> Any:
    if not path.is_file():
        raise MediaError(f"{path}: there is no such file")
    container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    if not container.streams.video:
        container.close()
        raise MediaError(f"{path}: no film, it holds no images")
    return container
