"""16 kHz mono sound ↔ FLAC, 16 bits: how watched folders keep what was said."""

from pathlib import Path

import numpy as np
import soundfile
from jaxtyping import Float32

from ..errors import MediaError
from ..timing import SAMPLE_RATE_HZ


def write_flac(path: Path, sound: Float32[np.ndarray, " samples"]) -> None:
    """Writes a sound, (N,) at 16 kHz, clipped to −1..1. Written in place: the caller renames.

    Raises:
        MediaError: the file cannot be written.
    """
    try:
        soundfile.write(path, sound.clip(-1, 1), SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as error:
        raise MediaError(f"{path}: cannot be written: {error}") from error


def read_flac(path: Path) -> Float32[np.ndarray, " samples"]:
    """Reads it back, (N,) at 16 kHz.

    Raises:
        MediaError: missing, damaged, or not 16 kHz mono.
    """
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32")
    except (OSError, soundfile.SoundFileError) as error:
        raise MediaError(f"{path}: cannot be read: {error}") from error
    if rate_hz != SAMPLE_RATE_HZ or sound.ndim != 1:
        raise MediaError(f"{path}: {rate_hz} Hz, {sound.ndim} channels; expected 16000 Hz mono")
    return sound


def count_flac(path: Path) -> int:
    """How many samples it holds, by its header.

    Raises:
        MediaError: missing or damaged.
    """
    try:
        return int(soundfile.info(path).frames)
    except (OSError, soundfile.SoundFileError) as error:
        raise MediaError(f"{path}: cannot be read: {error}") from error
