"""Films out: images and sound → an mp4 (H.264 + AAC) in constant memory; nothing half-written.

In: (H, W, 3) uint8 images at a fixed rate and (n, C) blocks of sound, in any order between the two.
Out: a file whose image k is shown at k / images_hz and whose sound sample n sounds at n / rate.
No B-frames, so pictures need no shift of their time stamps; the encoder's 1024 samples of AAC
priming get negative time stamps, which the container's edit list takes away when played.
"""

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from jaxtyping import Float32, UInt8

from ..errors import MediaError

SOUND_RATE_HZ: Final = 48_000
_X264: Final = {"preset": "veryfast", "crf": "19", "bf": "0", "tune": "animation"}
_SOUND_BITS_PER_S: Final = 128_000


@contextlib.contextmanager
def write_aside(path: Path) -> Iterator[Path]:
    """Gives a name beside `path` to write to; renames it to `path` at the end.

    Where the block is left by an error or Ctrl-C the half-written file is removed, and what stood
    at `path` before stays.

    Raises:
        MediaError: the folder is missing or may not be written to, or the disk is full.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.open("wb").close()
    except OSError as error:
        raise MediaError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        yield aside
        aside.replace(path)
    except OSError as error:  # FFmpeg's errors, too
        raise MediaError(f"{path}: writing stopped: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)


class FilmWriter:
    """Writes one mp4.

    Args:
        path: the file, replaced if it is there; the caller writes aside and renames.
        size_px: width and height of the images, both even.
        images_hz: images a second.
        n_channels: 1 or 2 channels of sound at SOUND_RATE_HZ.

    Raises:
        OSError: from any method: the file cannot be written; `write_aside` names it.
    """

    def __init__(
        self, path: Path, size_px: tuple[int, int], images_hz: int, n_channels: int
    ) -> None:
        self._container = av.open(
            f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}
        )
        self._film = self._add_film(size_px, images_hz)
        self._sound = self._container.add_stream("aac", rate=SOUND_RATE_HZ)
        self._sound.codec_context.layout = "stereo" if n_channels == 2 else "mono"
        self._sound.codec_context.bit_rate = _SOUND_BITS_PER_S
        self._layout = "stereo" if n_channels == 2 else "mono"
        self._reformatter = VideoReformatter()  # one for all images: its tables cost 1/2 ms
        self._n_images = 0
        self._n_samples = 0

    def _add_film(self, size_px: tuple[int, int], images_hz: int) -> Any:
        film = self._container.add_stream("libx264", rate=images_hz, options=_X264)
        film.width, film.height = size_px
        film.pix_fmt = "yuv420p"
        film.time_base = Fraction(1, images_hz)
        context = film.codec_context
        context.thread_count = 1  # the body has the other core
        context.gop_size = 2 * images_hz
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.color_primaries = context.color_trc = 1  # BT.709
        return film

    def write_image(self, image: UInt8[np.ndarray, "height width 3"]) -> None:
        """Adds the next image."""
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(image, format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts = self._n_images
        self._n_images += 1
        self._mux(self._film, frame)

    def write_sound(self, block: Float32[np.ndarray, "samples channels"]) -> None:
        """Adds the next samples, full scale ± 1; louder ones are clipped."""
        if not len(block):
            return
        planes = np.ascontiguousarray(np.clip(block, -1, 1).T)
        frame = av.AudioFrame.from_ndarray(planes, "fltp", self._layout)
        frame.rate = SOUND_RATE_HZ
        frame.pts = self._n_samples
        self._n_samples += len(block)
        self._mux(self._sound, frame)

    def finish(self) -> None:
        """Writes what the encoders still hold and closes the file."""
        self._mux(self._film, None)
        self._mux(self._sound, None)
        self._container.close()

    def abandon(self) -> None:
        """Closes the file without finishing it."""
        with contextlib.suppress(OSError, ValueError):
            self._container.close()

    def _mux(self, stream: Any, frame: Any) -> None:
        self._container.mux(stream.encode(frame))
