"""Decoders: a sound or video file becomes blocks of samples at its own rate, in constant memory.

In: a path. Out: an open `Decoder`, to be closed; PyAV reads, soundfile takes what PyAV leaves.
t = 0 is the beginning of the file, pictures and all: a sound track that starts later than its
video is preceded by silence, gaps between packets are filled, and what overlaps (as where files
were joined without decoding them) is left out, so time never shifts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import av
import numpy as np
import soundfile
from av.stream import Disposition
from jaxtyping import Float32

from ..errors import MediaError

# Containers whose header states the length of each track exactly; others estimate it.
EXACT_CONTAINERS: Final = ("mov", "flac", "aiff", "caf", "w64", "au")
MISSING_ALLOWED_S: Final = 0.1  # a last packet may be shorter than its header says
GAP_S: Final = (0.04, 60.0)  # shorter gaps are rounding of time stamps, longer ones broken stamps
STEADY_S: Final = 0.02  # stamps that run on so evenly are believed where they say less than came
BLOCK_SAMPLES: Final = 16_384


@runtime_checkable
class Decoder(Protocol):
    """An open sound: its rate, channels, stated length, and its samples once through."""

    rate_hz: int
    n_channels: int
    duration_s: float | None

    def blocks(self) -> Iterator[Float32[np.ndarray, "samples channels"]]:
        """Samples in order, (n, C) float32, full scale ± 1."""
        ...

    def close(self) -> None: ...


def open_decoder(path: Path) -> Decoder:
    """Opens whatever PyAV or soundfile can read.

    Raises:
        MediaError: neither can read it, or it has no sound track.
    """
    if _is_ogg(path):  # FFmpeg loses the last samples of Vorbis, whose first time stamp is not 0
        try:
            return _open_soundfile(path)
        except MediaError:
            pass
    try:
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, ValueError, UnicodeError):
        return _open_soundfile(path)
    if not container.streams.audio:
        container.close()
        raise MediaError(f"{path}: has no sound track; give a file with sound in it")
    return AvDecoder(path, container)


def _open_soundfile(path: Path) -> "SoundfileDecoder":
    try:
        return SoundfileDecoder(path, soundfile.SoundFile(path))
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise MediaError(
            f"{path}: not a sound or video file that can be read (damaged, cut short, or of "
            "another kind)"
        ) from error


class AvDecoder:
    """Reads the first sound track of a container through PyAV."""

    def __init__(self, path: Path, container: Any) -> None:
        self._path = path
        self._container = container
        self._stream = container.streams.audio[0]
        context = self._stream.codec_context
        if context is None or not context.sample_rate or not context.channels:
            container.close()
            raise MediaError(f"{path}: its sound track is of a kind that cannot be read")
        self.rate_hz = int(context.sample_rate)
        self.n_channels = int(context.channels)
        self._track_s = _seconds(self._stream.duration, self._stream.time_base)
        self.duration_s = self._track_s or _seconds(container.duration, 1e-6)
        self._start_s = _find_start(container, self._stream)
        self._n_silent = self._n_doubled = 0

    def blocks(self) -> Iterator[Float32[np.ndarray, "samples channels"]]:
        n_total = self._n_silent = self._n_doubled = 0
        kept: list[np.ndarray] = []
        n_kept = 0
        for samples in self._trim(self._frames()):
            kept.append(samples)
            n_kept += len(samples)
            n_total += len(samples)
            if n_kept >= BLOCK_SAMPLES:
                yield np.concatenate(kept)
                kept, n_kept = [], 0
        if kept:
            yield np.concatenate(kept)
        self._refuse_cut((n_total - self._n_silent + self._n_doubled) / self.rate_hz)

    def _frames(self) -> Iterator[np.ndarray]:
        """Decoded frames in order, silence where time stamps leave a gap, (n, C) each."""
        to_float = av.AudioResampler(format="flt", layout=self._stream.layout, rate=self.rate_hz)
        n_out = 0
        start_s = self._start_s
        due_s: float | None = None  # when the next frame should start, by the last one's stamp
        for frame in self._decode():
            n_doubled = 0
            if start_s is None:
                start_s = frame.time  # a sound alone begins with its first sample
            if frame.time is not None and start_s is not None:
                gap_s = frame.time - start_s - n_out / self.rate_hz
                if (GAP_S[0] if n_out else 0.0) < gap_s <= GAP_S[1]:
                    n_gap = round(gap_s * self.rate_hz)
                    self._n_silent += n_gap  # the header states the length without it
                    yield np.zeros((n_gap, self.n_channels), np.float32)
                    n_out += n_gap
                is_steady = due_s is not None and abs(frame.time - due_s) <= STEADY_S
                if is_steady and GAP_S[0] < -gap_s <= GAP_S[1]:
                    n_doubled = round(-gap_s * self.rate_hz)
                due_s = frame.time + frame.samples / self.rate_hz
            frame.pts = None  # time is kept here; the converter would only warn about gaps
            for samples in self._convert(to_float, frame, n_out):
                n_left_out = min(n_doubled, len(samples))
                n_doubled -= n_left_out
                self._n_doubled += n_left_out
                yield samples[n_left_out:]
                n_out += len(samples) - n_left_out
        yield from self._convert(to_float, None, n_out)

    def _convert(self, to_float: Any, frame: Any, n_out: int) -> list[np.ndarray]:
        """A frame (None = the end) as float samples at the track's rate, (n, C) each."""
        try:
            parts = to_float.resample(frame)
        except (av.error.FFmpegError, ValueError) as error:
            raise MediaError(
                f"{self._path}: rate or channels change at {n_out / self.rate_hz:.2f} s; "
                "convert it to one rate first"
            ) from error
        return [p.to_ndarray().reshape(-1, self.n_channels) for p in parts if p is not None]

    def _decode(self) -> Iterator[Any]:
        """Frames; a damaged packet is left out, and its time filled like any gap."""
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except av.error.FFmpegError:
                    continue
                yield from frames
        except av.error.FFmpegError as error:
            raise MediaError(f"{self._path}: damaged; reading stopped: {error}") from error

    def _trim(self, parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Leaves out the padding of the last packet where the header states the length."""
        limit = None
        if self._is_exact and self._track_s:
            limit = round(self._track_s * self.rate_hz)
        n_out = 0
        for part in parts:
            end = n_out + len(part)
            whole = end if limit is None else limit + self._n_silent
            yield part[: max(whole - n_out, 0)] if 0 <= end - whole <= BLOCK_SAMPLES else part
            n_out = end

    @property
    def _is_exact(self) -> bool:
        return str(self._container.format.name).split(",")[0] in EXACT_CONTAINERS

    def _refuse_cut(self, held_s: float) -> None:
        name = str(self._container.format.name)
        stated_s = self._track_s if self._is_exact or name == "mp3" else None
        if name == "mp3" and not _states_length(self._path):
            stated_s = None
        if stated_s and held_s < stated_s - MISSING_ALLOWED_S:
            raise MediaError(
                f"{self._path}: cut short: its header says {stated_s:.2f} s, it holds "
                f"{held_s:.2f} s; fetch or record it again"
            )

    def close(self) -> None:
        self._container.close()


class SoundfileDecoder:
    """Reads what only libsndfile knows."""

    def __init__(self, path: Path, file: Any) -> None:
        self._path = path
        self._file = file
        self.rate_hz = int(file.samplerate)
        self.n_channels = int(file.channels)
        self.duration_s = file.frames / file.samplerate

    def blocks(self) -> Iterator[Float32[np.ndarray, "samples channels"]]:
        try:
            while len(block := self._file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)):
                yield block
        except soundfile.SoundFileError as error:
            raise MediaError(f"{self._path}: damaged; reading stopped: {error}") from error

    def close(self) -> None:
        self._file.close()


def _find_start(container: Any, stream: Any) -> float | None:
    """When the film begins, in the file's own time stamps; None for a sound without a film."""
    films = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    starts = [s.start_time * s.time_base for s in films if s.start_time is not None]
    if not starts or stream.start_time is None:
        return None
    return float(min(*starts, stream.start_time * stream.time_base))


def _is_ogg(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"OggS"


def _seconds(ticks: int | None, tick_s: Any) -> float | None:
    return float(ticks * tick_s) if ticks and ticks > 0 else None


def _states_length(path: Path) -> bool:
    """Whether an MP3 opens with a table that states how many frames it has."""
    with path.open("rb") as file:
        head = file.read(1 << 18)
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))
