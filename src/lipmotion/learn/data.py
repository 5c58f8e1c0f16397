"""The pool of sounds that the encoder is distilled on, beside what its teachers hear in them.

A pool is a folder: `sound.npy` (int16, 16 kHz, clip after clip, whole hops), `heard.npy` (float16,
one row of 896 a hop: standardised states of both teachers) and `clips.json`. It is made once; every
training step then only reads crops.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError, RecordingError
from ..timing import HOP_HZ, HOP_SAMPLES
from ..voice.features import HISTORY_SAMPLES, measure_power
from .teacher import LONGEST_HOPS, Teacher

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

CROP_HOPS: Final = 160
LONGEST_CLIP_HOPS: Final = 24 * HOP_HZ
_RIDGE: Final = 1e-3


@dataclass(frozen=True)
class Clip:
    """One clip of the pool: its group (a data set or `noise`), and where it lies, in hops."""

    name: str
    group: str
    first_hop: int
    n_hops: int


@dataclass(frozen=True)
class SoundPool:
    """An opened pool.

    Attributes:
        clips: all clips.
        sound: (N,) int16 samples of all clips, one after another.
        heard: (N // 320, 896) float16 standardised states of the teachers, `tiny.en` first.
        heard_std: (896,) standard deviation of the states before standardising.
    """

    clips: tuple[Clip, ...]
    sound: np.ndarray
    heard: np.ndarray
    heard_std: Float32[np.ndarray, " states"]

    def groups(self) -> dict[str, list[Clip]]:
        """Clips by group."""
        found: dict[str, list[Clip]] = {}
        for clip in self.clips:
            found.setdefault(clip.group, []).append(clip)
        return found

    def read_power(self, clip: Clip, start: int, n_hops: int = CROP_HOPS) -> np.ndarray:
        """(2T, 201) power spectra of a crop that begins `start` hops into the clip."""
        first = (clip.first_hop + start) * HOP_SAMPLES
        samples = np.zeros(HISTORY_SAMPLES + n_hops * HOP_SAMPLES, np.float32)
        n_before = HISTORY_SAMPLES if start else 0
        piece = self.sound[first - n_before : first + n_hops * HOP_SAMPLES]
        samples[HISTORY_SAMPLES - n_before :] = piece.astype(np.float32) / 32768
        return measure_power(samples)

    def read_heard(self, clip: Clip, start: int, n_hops: int = CROP_HOPS) -> np.ndarray:
        """(T, 896) float32 what the teachers hear in that crop."""
        first = clip.first_hop + start
        return self.heard[first : first + n_hops].astype(np.float32)


def build_pool(
    folder: Path,
    sounds: Iterable[tuple[str, str, Float32[np.ndarray, " samples"]]],
    teachers: tuple[Teacher, Teacher],
    *,
    rng: np.random.Generator,
    n_sounds: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> None:
    """Lets the teachers hear every sound and writes the pool.

    Args:
        folder: where the pool goes.
        sounds: (name, group, samples at 16 kHz); long ones are cut at 24 s, short ones get silence.
        teachers: `tiny.en` and `base`.
        rng: draws the position at which the teachers take each clip to lie.
        n_sounds: how many sounds there are, as far as is known.
        progress: called with (clips done, sounds in all).
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips, pieces, states, positions = [], [], [], []
    first_hop = 0
    for name, group, samples in sounds:
        whole = _fit_length(samples)
        n_hops = len(whole) // HOP_SAMPLES
        at = int(rng.integers(0, LONGEST_HOPS - n_hops))
        with torch.no_grad():
            heard = [t(torch.from_numpy(whole), at).numpy().astype(np.float16) for t in teachers]
        clips.append(Clip(name, group, first_hop, n_hops))
        pieces.append(np.clip(np.rint(whole * 32767), -32768, 32767).astype(np.int16))
        states.append(np.concatenate(heard, axis=1))
        positions.append(np.arange(at, at + n_hops))
        first_hop += n_hops
        if progress is not None:
            progress(len(clips), n_sounds and max(n_sounds, len(clips)))
    if not clips:
        raise RecordingError(f"{folder}: no sound was given to fill the pool")
    heard_all = np.concatenate(states)
    std = standardise(heard_all, np.concatenate(positions), teachers)
    np.save(folder / "sound.npy", np.concatenate(pieces))
    np.save(folder / "heard.npy", heard_all)
    np.save(folder / "heard_std.npy", std)
    aside = folder / "clips.json.part"  # last, and renamed: where it is, the pool is whole
    aside.write_text(json.dumps([asdict(c) for c in clips]), encoding="utf-8")
    aside.replace(folder / "clips.json")


def is_pool(folder: Path) -> bool:
    """Whether the folder holds a pool; one that was stopped half-way is none."""
    return (folder / "clips.json").is_file()


def open_pool(folder: Path) -> SoundPool:
    """Opens a pool; arrays are mapped, not read.

    Raises:
        RecordingError: the folder holds no whole pool.
    """
    try:
        rows = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
        arrays = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("sound", "heard")]
        std = np.load(folder / "heard_std.npy")
    except (OSError, ValueError) as error:
        raise RecordingError(f"{folder}: no whole pool of sounds: {error}") from error
    return SoundPool(tuple(Clip(**row) for row in rows), arrays[0], arrays[1], std)


def draw_crops(
    pool: SoundPool,
    groups: Mapping[str, list[Clip]],
    weights: Mapping[str, float],
    n_crops: int,
    *,
    rng: np.random.Generator,
) -> list[tuple[Clip, int]]:
    """Draws (clip, first hop within it): a group by weight, then a clip, then a place."""
    del pool
    names = [name for name in weights if groups.get(name)]
    odds = np.array([weights[name] for name in names])
    drawn = []
    for name in rng.choice(names, n_crops, p=odds / odds.sum()):
        clips = groups[str(name)]
        clip = clips[rng.integers(len(clips))]
        drawn.append((clip, int(rng.integers(0, clip.n_hops - CROP_HOPS + 1))))
    return drawn


def _fit_length(samples: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, " samples"]:
    n_hops = min(max(-(-len(samples) // HOP_SAMPLES), CROP_HOPS), LONGEST_CLIP_HOPS)
    whole = np.zeros(n_hops * HOP_SAMPLES, np.float32)
    kept = samples[: len(whole)]
    whole[: len(kept)] = kept
    return whole


def standardise(
    heard: np.ndarray, positions: np.ndarray, teachers: tuple[Teacher, Teacher]
) -> np.ndarray:
    """Takes out what the states say about the position in the 30 s, then scales; in place.

    Args:
        heard: (N, 896) states of both teachers.
        positions: (N,) where each row lies in their 30 s, hops.
        teachers: who heard them.

    Returns:
        (896,) the standard deviation before scaling.
    """
    stds, first = [], 0
    for teacher in teachers:
        code = np.asarray(teacher.positions, np.float64)
        code = np.concatenate([code, np.ones((len(code), 1))], axis=1)  # (1500, width + 1)
        own = slice(first, first + teacher.width)
        sums = np.zeros((len(code), teacher.width))
        np.add.at(sums, positions, heard[:, own].astype(np.float64))
        counts = np.bincount(positions, minlength=len(code)).astype(np.float64)
        gram = code.T @ (code * counts[:, None]) + _RIDGE * len(heard) * np.eye(code.shape[1])
        fitted = (code @ np.linalg.solve(gram, code.T @ sums)).astype(np.float32)
        square, n_rows = np.zeros(teacher.width), len(heard)
        for k in range(0, n_rows, 20_000):
            rows = slice(k, k + 20_000)
            rest = heard[rows, own].astype(np.float32) - fitted[positions[rows]]
            square += (rest.astype(np.float64) ** 2).sum(axis=0)
            heard[rows, own] = rest
        std = np.sqrt(square / n_rows) + 1e-2
        for k in range(0, n_rows, 20_000):
            rows = slice(k, k + 20_000)
            heard[rows, own] = heard[rows, own] / std
        stds.append(std)
        first += teacher.width
    return np.concatenate(stds).astype(np.float32)


def describe_pool(pool: SoundPool) -> dict[str, Any]:
    """Clips and minutes of each group, for the record."""
    return {
        group: {
            "clips": len(clips),
            "minutes": round(sum(c.n_hops for c in clips) / HOP_HZ / 60, 1),
        }
        for group, clips in pool.groups().items()
    }
