"""Reads back a film: when are its images light, when does its sound click?"""

from pathlib import Path

import av
import numpy as np


def read_light(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds and mean brightness of all images, (n,) each."""
    with av.open(str(path)) as film:
        images = [(f.time, f.to_ndarray(format="gray").mean()) for f in film.decode(video=0)]
    times, light = zip(*images, strict=True)
    return np.array(times), np.array(light)


def read_sound(path: Path) -> tuple[np.ndarray, int]:
    """The sound by its time stamps, (N, C), and its rate; sample 0 is at time 0."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
    rate_hz = frames[0].sample_rate
    starts = [round(f.time * rate_hz) for f in frames]
    sound = np.zeros((starts[-1] + frames[-1].samples, len(frames[0].layout.channels)), np.float32)
    for start, frame in zip(starts, frames, strict=True):
        samples = frame.to_ndarray().T
        skip = max(-start, 0)
        sound[start + skip : start + len(samples)] = samples[skip:]
    return sound, rate_hz
