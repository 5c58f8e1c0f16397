"""Small films made of the two people in tests/data: cut, mixed, moved in time, damaged."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from lipmotion.media.sound import read_sound
from lipmotion.media.video import read_video
from lipmotion.timing import SAMPLE_RATE_HZ

PEOPLE = Path(__file__).parents[1] / "data" / "people"
FILMS = {"s1": PEOPLE / "s1" / "bbwm4n.mp4", "s2": PEOPLE / "s2" / "bbws7n.mp4"}
_TICKS_HZ = 1000


@cache
def read_images(who: str) -> list[np.ndarray]:
    """The 75 images of one person, 25 a second."""
    return [frame.image for frame in read_video(FILMS[who])]


@cache
def read_voice(who: str) -> np.ndarray:
    """The 3 s of sound that go with them, 16 kHz."""
    sound = read_sound(FILMS[who])
    return np.pad(sound, (0, max(48_000 - len(sound), 0)))[:48_000]


def move(sound: np.ndarray, late_s: float) -> np.ndarray:
    """The sound so much later; silence fills in."""
    n = round(late_s * SAMPLE_RATE_HZ)
    return np.roll(np.concatenate([sound, np.zeros(abs(n), np.float32)]), n)[: len(sound)]


def write_film(
    path: Path,
    images: Sequence[np.ndarray],
    sound: np.ndarray | None,
    *,
    times_s: Sequence[float] | None = None,
    rotation: int | None = None,
) -> Path:
    """Writes images (25 a second, or at their times) and a 16 kHz sound, which is kept exactly."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(len(images)) / 25 if times_s is None else np.asarray(times_s)
    with av.open(str(path), "w", format="matroska" if path.suffix == ".mkv" else None) as film:
        height, width = images[0].shape[:2]
        options = {"preset": "ultrafast", "crf": "16", "bf": "0"}
        pictures = film.add_stream("libx264", rate=_TICKS_HZ, options=options)
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
        pictures.time_base = pictures.codec_context.time_base = Fraction(1, _TICKS_HZ)
        voice = None
        if sound is not None:
            voice = film.add_stream("pcm_s16le", rate=SAMPLE_RATE_HZ)
            voice.codec_context.layout = "mono"
        for image, time_s in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = round(time_s * _TICKS_HZ), Fraction(1, _TICKS_HZ)
            film.mux(pictures.encode(frame))
        film.mux(pictures.encode(None))
        if voice is not None and sound is not None:
            samples = (sound.clip(-1, 1) * 32767).astype(np.int16)[None]
            block = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            block.rate, block.pts = SAMPLE_RATE_HZ, 0
            film.mux(voice.encode(block))
            film.mux(voice.encode(None))
    return path
