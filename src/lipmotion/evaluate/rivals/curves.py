"""What a rival says about a sound: weights of its mouth shapes over time.

In: times and weights, or cues ("shape D from 0.3 to 0.42 s"). Out: `RivalCurves`, asked for at any
time. Conventions: times are seconds on the sound's clock, at which a weight is known to whoever
listens along; nobody's lag is taken off here. A live rival's last word holds until its next one; an
offline one's is joined by straight lines.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar, runtime_checkable
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Float32, Float64

from ...errors import RecordingError, RivalError
from ...media.write import write_aside
from ...timing import HOP_HZ

FORMAT_VERSION: Final = 1
BATCH: Final = 16  # sounds asked at once: what is lost when a run is stopped
CUE_HZ: Final = 100  # cues of Rhubarb lie on a grid of 10 ms

_Item = TypeVar("_Item")
Kind = Literal["live", "offline"]
Cue = tuple[float, float, str]


@dataclass(frozen=True)
class RivalCurves:
    """Weights of mouth shapes over time.

    Attributes:
        names: (K,) the rival's own names of its shapes, each once.
        times_s: (T,) seconds, rising; a rival may choose any rate.
        weights: (T, K) in [0, 1].
        kind: live = a value was known at its time; offline = found with the whole sound at hand.
        lookahead_ms: sound it hears beyond that time; None = the whole utterance.

    Raises:
        ValueError: shapes differ, times do not rise, a weight is not finite or leaves [0, 1].
    """

    names: tuple[str, ...]
    times_s: Float64[np.ndarray, " times"]
    weights: Float32[np.ndarray, "times shapes"]
    kind: Kind
    lookahead_ms: float | None

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.times_s), len(self.names)):
            raise ValueError(
                f"weights have shape {self.weights.shape}, expected "
                f"({len(self.times_s)}, {len(self.names)})"
            )
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"a shape is named twice: {', '.join(self.names)}")
        if not np.isfinite(self.times_s).all() or (np.diff(self.times_s) <= 0).any():
            raise ValueError("times must be finite and rise")
        if self.weights.size and not (self.weights.min() >= 0 and self.weights.max() <= 1):
            raise ValueError("weights must be finite and lie in [0, 1]")
        for name in ("times_s", "weights"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.times_s)

    def at(self, times_s: Float[np.ndarray, " wanted"]) -> Float64[np.ndarray, "wanted shapes"]:
        """Weights at any times, (N, K); 0 before a live rival's first word, ends held."""
        if not len(self):
            return np.zeros((len(times_s), len(self.names)))
        if self.kind == "live":
            last = np.searchsorted(self.times_s, times_s + 1e-9, side="right") - 1
            return np.where(last[:, None] >= 0, self.weights[last.clip(0)], 0.0).astype(float)
        columns = [np.interp(times_s, self.times_s, column) for column in self.weights.T]
        return np.stack(columns, axis=1) if columns else np.zeros((len(times_s), 0))

    def on_grid(self, n_hops: int) -> Float64[np.ndarray, "hops shapes"]:
        """Weights at the hops, time k / 50, (T, K)."""
        return self.at(np.arange(n_hops) / HOP_HZ)


def fill_cues(
    cues: Sequence[Cue], names: Sequence[str], duration_s: float
) -> tuple[Float64[np.ndarray, " times"], Float32[np.ndarray, "times shapes"]]:
    """Cues as weights of 0 and 1, 100 times a second; where cues overlap the later one counts.

    A weight stands for 10 ms and at their middle, so that lines between them change at the cue.

    Args:
        cues: start and end in seconds, and the shape's name.
        names: all names that can occur.
        duration_s: length of the sound.

    Raises:
        ValueError: a cue has another name.
    """
    index = {name: k for k, name in enumerate(names)}
    times_s = (np.arange(int(np.ceil(duration_s * CUE_HZ - 1e-6))) + 0.5) / CUE_HZ
    weights = np.zeros((len(times_s), len(names)), np.float32)
    for start_s, end_s, name in cues:
        if name not in index:
            raise ValueError(f"cue {name!r} at {start_s} s is none of {', '.join(names)}")
        rows = slice(max(0, round(start_s * CUE_HZ)), max(0, round(end_s * CUE_HZ)))
        weights[rows] = 0
        weights[rows, index[name]] = 1
    return times_s, weights


@runtime_checkable
class Rival(Protocol):
    """Another program that listens to a sound.

    Attributes:
        name: as in the tables.
        version: changes whenever it could say something else about the same sound.
        kind: live or offline.
        lookahead_ms: see `RivalCurves`.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def lookahead_ms(self) -> float | None: ...

    def listen(self, sound: Float32[np.ndarray, " samples"]) -> RivalCurves:
        """What it says about a sound, (N,) at 16 kHz."""
        ...

    def listen_all(self, sounds: Sequence[Float32[np.ndarray, " _"]]) -> list[RivalCurves]:
        """The same for many sounds; starting a program once is cheaper than often."""
        ...


class Remembered:
    """A rival whose answers are kept on disk.

    Args:
        rival: who is asked when the answer is not there yet.
        folder: keeps `NAME/VERSION/<hash of the sound>.npz`; may be missing.
        n_workers: how many of it may run at once.
    """

    def __init__(self, rival: Rival, folder: Path, *, n_workers: int = 1) -> None:
        self._rival, self._n_workers = rival, n_workers
        self._folder = folder / rival.name / rival.version
        self.name, self.version = rival.name, rival.version
        self.kind, self.lookahead_ms = rival.kind, rival.lookahead_ms

    def listen(self, sound: Float32[np.ndarray, " samples"]) -> RivalCurves:
        """What it says about a sound, (N,) at 16 kHz."""
        return self.listen_all([sound])[0]

    def listen_all(self, sounds: Sequence[Float32[np.ndarray, " _"]]) -> list[RivalCurves]:
        """The same for many sounds; only those never heard before cost time."""
        paths = [self._folder / f"{hash_sound(sound)}.npz" for sound in sounds]
        asked = {p: sound for p, sound in zip(paths, sounds, strict=True) if not p.exists()}
        if asked:
            self._folder.mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(self._n_workers) as pool:
                list(pool.map(self._ask, _cut(list(asked.items()), BATCH)))
        return [load_curves(path) for path in paths]

    def _ask(self, batch: Sequence[tuple[Path, Float32[np.ndarray, " _"]]]) -> None:
        answers = self._rival.listen_all([sound for _, sound in batch])
        for (path, _), curves in zip(batch, answers, strict=True):
            save_curves(path, curves)


def save_curves(path: Path, curves: RivalCurves) -> None:
    """Writes curves as npz, aside and renamed.

    Raises:
        MediaError: the folder is missing or the disk is full.
    """
    about = {
        "format_version": FORMAT_VERSION,
        "names": curves.names,
        "kind": curves.kind,
        "lookahead_ms": curves.lookahead_ms,
    }
    with write_aside(path) as aside, aside.open("wb") as file:
        np.savez_compressed(
            file, about=json.dumps(about), times_s=curves.times_s, weights=curves.weights
        )


def load_curves(path: Path) -> RivalCurves:
    """Reads curves.

    Raises:
        RecordingError: missing, damaged, or of another format.
    """
    try:
        with path.open("rb") as file, np.load(file) as found:
            about = json.loads(str(found["about"]))
            if about["format_version"] != FORMAT_VERSION:
                raise RecordingError(
                    f"{path}: format {about['format_version']}, not {FORMAT_VERSION}; delete it"
                )
            return RivalCurves(
                tuple(about["names"]),
                found["times_s"],
                found["weights"],
                about["kind"],
                about["lookahead_ms"],
            )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise RecordingError(f"{path}: not readable curves ({error}); delete it") from error


def _cut(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    for k in range(0, len(items), size):
        yield items[k : k + size]


def hash_sound(sound: Float32[np.ndarray, " samples"]) -> str:
    """A sound's name on disk.

    Raises:
        RivalError: a sample is not finite.
    """
    if not np.isfinite(sound).all():
        raise RivalError("the sound holds a sample that is not a finite number")
    return hashlib.sha256(np.ascontiguousarray(sound, "<f4").tobytes()).hexdigest()[:24]
