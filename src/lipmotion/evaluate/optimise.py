"""Commands optimised on the simulator's truth: what this body could do, whoever drives it.

In: a person's lips. Out: the commands whose executed lips follow them best. The lips asked of the
face's own models are corrected by what its mouth really did, performed again, and corrected again;
the best round is kept. For scoring only: nothing learned ever sees the truth.

Conventions: targets and truth in mm of this robot; a person's number is in resting mouth widths, so
the robot's resting width makes it mm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32

from ..commands import Command, CommandTrack
from ..errors import FaceError
from ..face.base import Face
from ..lips import LIP_INDEX, LipTrack
from .metrics import BEGINS_AT, low_pass

FOLLOWED: Final = ("aperture", "width", "corner_left_height", "corner_right_height")
_GAIN: Final = 0.7  # of each round's correction
_PRESS: Final = 0.03  # resting mouth widths past contact, more each round while lips don't seal
_MOST_PRESSED: Final = 0.12
_SEALED: Final = 0.002  # resting mouth widths, 0.1 mm of 50
_CLOSED_WEIGHT: Final = 4.0  # of an opening where the person's lips are closed
_WEIGHTS: Final = np.array([1.0, 1.0, 0.3, 0.3])  # a corner's height matters less than the opening
_SHARED: Final = {"aperture_left": 0.8, "aperture_right": 0.8, "lower_lip_height": -0.7}


@runtime_checkable
class MouthTruth(Protocol):
    """What is needed of a simulated face's truth."""

    @property
    def aperture_mm(self) -> float: ...
    @property
    def width_mm(self) -> float: ...
    @property
    def corner_height_mm(self) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Found:
    """The commands found, and the error of every round, in shares of the person's spread."""

    commands: CommandTrack
    errors: tuple[float, ...]


def optimise_commands(
    lips: LipTrack,
    open_face: Callable[[], Face],
    follow_shapes: Callable[[Float32[np.ndarray, "hops fields"]], CommandTrack],
    *,
    n_rounds: int,
) -> Found:
    """Commands that make a face follow a person's lips as well as it can.

    Args:
        lips: the person's.
        open_face: opens the face afresh, at rest; it must tell its truth.
        follow_shapes: lip shapes (T, 12) → commands, through the face's own models.
        n_rounds: how often the face performs.

    Raises:
        FaceError: the face has no truth.
    """
    wanted = np.stack([lips.field(name) for name in FOLLOWED], axis=1).astype(float)
    spread = np.maximum(wanted.std(axis=0), 0.01)
    closed = find_shut(wanted[:, 0])
    wanted[closed, 0] = 0
    weights = np.ones_like(wanted)
    weights[closed, 0] = _CLOSED_WEIGHT
    shapes = np.array(lips.values)
    errors: list[float] = []
    best: CommandTrack | None = None
    for _ in range(n_rounds):
        commands = follow_shapes(shapes)
        done = perform_truth(open_face, commands)
        off = wanted - done
        errors.append(float(np.average((weights * (off / spread) ** 2).mean(axis=0),
                                       weights=_WEIGHTS)))  # fmt: skip
        if best is None or errors[-1] <= min(errors):
            best = commands
        shapes = _correct(shapes, off, closed)
    assert best is not None, "at least one round"
    return Found(best, tuple(errors))


def perform_truth(
    open_face: Callable[[], Face], commands: CommandTrack
) -> Float[np.ndarray, "hops followed"]:
    """What the mouth really did, FOLLOWED from rest in its own resting widths, (T, 4).

    Raises:
        FaceError: the face has no truth.
    """
    rows = []
    with open_face() as face:
        measure: Callable[[], MouthTruth] | None = getattr(face, "truth", None)
        if measure is None:
            raise FaceError(f"face {face.spec.name} has no truth; optimising needs driver sim")
        for row in commands.values:
            rows.append(_read(measure()))
            face.send(Command(commands.motors, row))
    values = np.array(rows)
    width = values[0, 1]
    values[:, 1] -= width
    return values / width


def find_shut(aperture: Float[np.ndarray, " hops"]) -> Bool[np.ndarray, " hops"]:
    """Where a person's lips are closed, by the lower level of the rule for closures, (T,)."""
    span = float(np.subtract(*np.percentile(aperture, (95, 5))))
    return np.asarray(aperture <= BEGINS_AT * span)


def _correct(
    shapes: Float32[np.ndarray, "hops fields"],
    off: Float[np.ndarray, "hops followed"],
    closed: Bool[np.ndarray, " hops"],
) -> Float32[np.ndarray, "hops fields"]:
    """The next shapes to ask for; faster errors than lips can mend are left alone."""
    smooth = np.stack([low_pass(column) for column in off.T], axis=1)
    changed = shapes.astype(float)
    for name, change in zip(FOLLOWED, _GAIN * smooth.T, strict=True):
        changed[:, LIP_INDEX[name]] += change
    opening = _GAIN * smooth[:, 0]
    for name, share in _SHARED.items():
        changed[:, LIP_INDEX[name]] += share * opening
    leaks = closed & (off[:, 0] < -_SEALED)
    columns = [LIP_INDEX[name] for name in ("aperture", "aperture_left", "aperture_right")]
    asked = changed[:, columns]
    asked[closed] = np.minimum(asked[closed], 0)
    asked[leaks] -= _PRESS
    changed[:, columns] = asked.clip(-_MOST_PRESSED)
    return changed.astype(np.float32)


def _read(truth: MouthTruth) -> list[float]:
    return [truth.aperture_mm, truth.width_mm, *truth.corner_height_mm]
