"""Sounds: any sound or video file, or an array, as blocks at any rate, in constant memory.

In: a path or samples. Out: `Sound` with `blocks(rate_hz, n_channels)`, float32, full scale ± 1.
A sound of N samples at its own rate gives exactly ceil(N × rate_hz / own rate) samples, so counting
hops never depends on the resampler. t = 0 is the first sample.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import soxr
from jaxtyping import Float32, Shaped

from ..errors import MediaError
from ..timing import SAMPLE_RATE_HZ
from .cut import find_cut
from .decode import BLOCK_SAMPLES, open_decoder

Block = Float32[np.ndarray, "samples channels"]


@runtime_checkable
class Sound(Protocol):
    """A sound that can be read through as often as wanted.

    Attributes:
        name: what to call it in messages.
        rate_hz: its own sample rate.
        n_channels: its own channels.
        duration_s: its length where it is known beforehand.
    """

    @property
    def name(self) -> str: ...
    @property
    def rate_hz(self) -> int: ...
    @property
    def n_channels(self) -> int: ...
    @property
    def duration_s(self) -> float | None: ...

    def blocks(self, rate_hz: int = SAMPLE_RATE_HZ, n_channels: int = 1) -> Iterator[Block]:
        """The whole sound from its beginning, (n, n_channels) float32 blocks."""
        ...


@dataclass(frozen=True)
class SoundFile:
    """A file with sound in it; see `open_sound`."""

    path: Path
    rate_hz: int
    n_channels: int
    duration_s: float | None

    @property
    def name(self) -> str:
        return str(self.path)

    def blocks(self, rate_hz: int = SAMPLE_RATE_HZ, n_channels: int = 1) -> Iterator[Block]:
        """The whole sound; several channels are averaged where fewer are wanted.

        Raises:
            MediaError: damaged, cut short, empty, or a sample is not a finite number.
        """
        with closing(open_decoder(self.path)) as decoder:
            native = _refuse_empty(
                _refuse_nan(decoder.blocks(), self.name, self.rate_hz), self.name
            )
            mixed = (mix(block, n_channels) for block in native)
            yield from resample(mixed, self.rate_hz, rate_hz, n_channels)


@dataclass(frozen=True)
class SoundArray:
    """Samples in memory; see `wrap_array`."""

    samples: Block
    rate_hz: int
    name: str = "the array"

    @property
    def n_channels(self) -> int:
        return self.samples.shape[1]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def blocks(self, rate_hz: int = SAMPLE_RATE_HZ, n_channels: int = 1) -> Iterator[Block]:
        """The whole sound; several channels are averaged where fewer are wanted."""
        starts = range(0, len(self.samples), BLOCK_SAMPLES)
        mixed = (mix(self.samples[k : k + BLOCK_SAMPLES], n_channels) for k in starts)
        yield from resample(mixed, self.rate_hz, rate_hz, n_channels)


def open_sound(path: str | Path) -> SoundFile:
    """Looks at a sound or video file and keeps what its header says; no sample is kept.

    Raises:
        MediaError: no such file, a folder, empty, cut short, or not a sound that can be read.
    """
    path = Path(path)
    if path.is_dir():
        raise MediaError(f"{path}: is a folder; name one sound file in it")
    try:
        if not path.stat().st_size:
            raise MediaError(f"{path}: is empty (0 bytes)")
        cut = find_cut(path)
    except FileNotFoundError:
        raise MediaError(f"{path}: no such file") from None
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from error
    if cut:
        raise MediaError(f"{path}: cut short: {cut}; fetch or record it again")
    with closing(open_decoder(path)) as decoder:
        return SoundFile(path, decoder.rate_hz, decoder.n_channels, decoder.duration_s)


def read_sound(path: str | Path) -> Float32[np.ndarray, " samples"]:
    """A whole sound at 16 kHz mono, in memory.

    Raises:
        MediaError: as `open_sound`, or damaged where it is read.
    """
    return np.concatenate([block[:, 0] for block in open_sound(path).blocks()])


def wrap_array(samples: Shaped[np.ndarray, "..."], rate_hz: int) -> SoundArray:
    """Takes samples as a sound.

    Args:
        samples: (N,) or (N, channels); floats with full scale ± 1, or signed integers.
        rate_hz: samples a second.

    Raises:
        MediaError: no samples, another shape or kind, not finite, or a rate that cannot be.
    """
    array = np.asarray(samples)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] > 64:
        raise MediaError(f"the array has shape {np.shape(samples)}, expected (N,) or (N, channels)")
    if not array.size:
        raise MediaError("the array holds no sound (0 samples)")
    if not rate_hz or rate_hz != int(rate_hz) or rate_hz < 1:
        raise MediaError(f"sample_rate_hz is {rate_hz}, must be a whole number above 0")
    if np.issubdtype(array.dtype, np.signedinteger):
        array = array / -float(np.iinfo(array.dtype).min)
    elif not np.issubdtype(array.dtype, np.floating):
        raise MediaError(f"the array holds {array.dtype}, expected floats or signed integers")
    wrapped = SoundArray(array.astype(np.float32), int(rate_hz))
    for _ in _refuse_nan([wrapped.samples], wrapped.name, wrapped.rate_hz):
        pass
    return wrapped


def change_rate(
    samples: Float32[np.ndarray, " samples"], from_hz: int, to_hz: int
) -> Float32[np.ndarray, " resampled"]:
    """Finite samples (N,) at another rate, time 0 at time 0; none stay none."""
    if not len(samples):
        return samples
    blocks = wrap_array(samples, from_hz).blocks(to_hz)
    return np.concatenate([block[:, 0] for block in blocks])


def mix(block: Block, n_channels: int) -> Float32[np.ndarray, "samples wanted"]:
    """Brings a block to `n_channels`: as it is where they agree, else the average of all."""
    if block.shape[1] == n_channels:
        return block
    return np.repeat(block.mean(axis=1, keepdims=True, dtype=np.float32), n_channels, axis=1)


def resample(blocks: Iterable[Block], from_hz: int, to_hz: int, n_channels: int) -> Iterator[Block]:
    """Brings blocks to another rate, aligned in time: ceil(N × to_hz / from_hz) samples in all."""
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, n_channels, dtype="float32")
    n_in = n_out = 0
    for block in blocks:
        n_in += len(block)
        out = stream.resample_chunk(np.ascontiguousarray(block))
        n_out += len(out)
        yield out.reshape(-1, n_channels)
    rest = stream.resample_chunk(np.zeros((0, n_channels), np.float32), last=True)
    n_owed = math.ceil(n_in * to_hz / from_hz) - n_out
    if n_owed > 0:
        tail = np.zeros((n_owed, n_channels), np.float32)
        rest = rest.reshape(-1, n_channels)[:n_owed]
        tail[: len(rest)] = rest
        yield tail


def _refuse_nan(blocks: Iterable[Block], name: str, rate_hz: int) -> Iterator[Block]:
    n_before = 0
    for block in blocks:
        is_bad = ~np.isfinite(block).all(axis=1)
        if is_bad.any():
            at = n_before + int(is_bad.argmax())
            raise MediaError(
                f"{name}: sample {at} (at {at / rate_hz:.3f} s) is not a finite number; "
                "mend the file in a sound editor"
            )
        n_before += len(block)
        yield block


def _refuse_empty(blocks: Iterable[Block], name: str) -> Iterator[Block]:
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        yield block
    if not n_samples:
        raise MediaError(f"{name}: holds no sound (0 samples)")
