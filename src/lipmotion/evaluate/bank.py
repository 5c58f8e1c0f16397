"""The babbling bank: commands and the lips that the mirror saw a little later.

In: a recording made by `lipmotion babble`. Out: a `Bank`, one row an image in which a face was
found. The paper's nearest-landmark baseline picks its commands from such a bank, random frames too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float32

from ..errors import RecordingError
from ..face.base import FaceSpec
from ..lips import LIP_INDEX, N_LIP_FIELDS
from ..recording import POSE_DEEDS, Recording
from ..timing import HOP_HZ
from ..vision.measure import KEPT_POINTS, measure_lips
from ..vision.owner import fit_robot, to_lip_shape
from ..watched import write_aside
from .verdict import Landmarker

_SKIN_LAG_S: Final = 0.012  # behind the servos: on emo an image shows what was sent 40 ms before
_COMPARED: Final = (
    "aperture", "aperture_left", "aperture_right", "width", "corner_left_height",
    "corner_right_height", "upper_lip_height", "lower_lip_height",
)  # fmt: skip
_SLICE: Final = 4096


@dataclass(frozen=True)
class Bank:
    """Rows of a mirror recording.

    Attributes:
        commands: (N, M) what had been sent when the image was taken.
        lips: (N, 12) lips in it, resting mouth widths from rest.
    """

    commands: Float32[np.ndarray, "images motors"]
    lips: Float32[np.ndarray, "images fields"]

    def __len__(self) -> int:
        return len(self.lips)

    def find_nearest(self, shapes: Float32[np.ndarray, "hops fields"]) -> np.ndarray:
        """(T,) for each shape the row whose lips are nearest, by fields that the mirror sees."""
        columns = [LIP_INDEX[name] for name in _COMPARED]
        known = self.lips[:, columns].astype(float)
        rows = [np.zeros(0, np.intp)]
        for k in range(0, len(shapes), _SLICE):
            wanted = shapes[k : k + _SLICE, columns].astype(float)
            apart = (known**2).sum(1) - 2 * wanted @ known.T
            rows.append(apart.argmin(axis=1))
        return np.concatenate(rows)

    def save(self, path: Path) -> None:
        """Writes the bank, aside and renamed."""

        def write(aside: Path) -> None:
            with aside.open("wb") as file:
                np.savez_compressed(file, commands=self.commands, lips=self.lips)

        write_aside(path, write)


def load_bank(path: Path) -> Bank:
    """Reads a bank.

    Raises:
        RecordingError: missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            return Bank(arrays["commands"], arrays["lips"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete it and run again") from error


def read_bank(
    recording: Recording, spec: FaceSpec, landmarker: Landmarker, *, every: int = 1
) -> Bank:
    """A recording → a bank: every image's lips, and the commands of the body's lag before.

    Args:
        recording: its first shard films the resting and the pressed mouth.
        spec: the face; only lips and jaw are taken from the recording, the others rest.
        landmarker: finds the points where the recording has none yet.
        every: takes each so many-th image.

    Raises:
        RecordingError: no face in it, or no rest pose.
    """
    lag_hops = find_lag_hops(spec)
    commands, raws, deeds = [], [], []
    for index in recording.indices:
        shard = recording.read(index)
        landmarks = shard.landmarks
        if landmarks is None:
            landmarks = _track(recording, index, landmarker, every)
        hops = np.round(shard.image_t_s[shard.image_hops] * HOP_HZ).astype(int) - shard.first_hop
        rows = (hops - lag_hops).clip(0, len(shard) - 1)
        kept = np.isfinite(landmarks).all(axis=(1, 2))
        raws.append(measure_lips(landmarks[kept]))
        commands.append(shard.sent[rows[kept]])
        deeds.append(np.array(shard.deeds)[hops.clip(0, len(shard) - 1)[kept]])
    raw, deed = np.concatenate(raws), np.concatenate(deeds)
    is_moving = ~np.isin(deed, POSE_DEEDS)
    if not is_moving.any():
        raise RecordingError(f"{recording.folder}: no babbling with a face in view; record longer")
    owner = fit_robot(spec.name, raw[deed == "rest"], raw[deed == "press"], raw[is_moving])
    sent = np.repeat(spec.rest.values[None], len(raw), axis=0)
    moved = list(spec.indices("lips", "jaw"))
    sent[:, moved] = np.concatenate(commands)[:, moved]
    lips = to_lip_shape(raw, owner).astype(np.float32)
    assert lips.shape[1] == N_LIP_FIELDS
    return Bank(sent[is_moving], lips[is_moving])


def find_lag_hops(spec: FaceSpec) -> int:
    """How many hops before an image was sent what it shows."""
    return round((spec.servo_lag_s + _SKIN_LAG_S) * HOP_HZ)


def _track(
    recording: Recording, index: int, landmarker: Landmarker, every: int
) -> Float32[np.ndarray, "images points 3"]:
    state, rows = landmarker.init_state(), []
    nothing = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
    for k, image in enumerate(recording.images(index)):
        points = None
        if k % every == 0:
            points, state = landmarker.step(image, state)
        rows.append(nothing if points is None else points[list(KEPT_POINTS)])
    return np.array(rows, np.float32)
