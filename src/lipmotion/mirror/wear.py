"""What a recording has cost the servos: how far they went, how often they turned, what they held.

In: a recording's sent commands. Out: per motor the travel in full strokes (command 0 to 1), the
reversals, and the hours under load, for a servo's life is stated in strokes and its heat comes from
holding. The skin's pull counts as proportional to the way from rest, as in the simulated servo
(`MotorSpec.load_give`): an hour at the farther end of the travel is one load hour, an hour half-way
there half of one. A motor has turned once it has come back by 2 % of its travel; less is lost in
the play of a gear. A body that was just opened sets out from rest; its way back there when it is
closed is not in the recording, and not counted.
"""

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int

from ..face.base import FaceSpec
from ..recording import Recording
from ..timing import HOP_HZ
from ..watched import write_aside

WEAR_NAME: Final = "wear.json"
FORMAT_VERSION: Final = 1
TURN: Final = 0.02  # of the travel


@dataclass(frozen=True)
class Wear:
    """What motors have done.

    Attributes:
        motors: their names.
        hours: how long they were driven.
        strokes: (M,) travel in full strokes.
        reversals: (M,) how often each has turned.
        load_hours: (M,) hours at the farther end of the travel that would load it as much.
    """

    motors: tuple[str, ...]
    hours: float
    strokes: Float[np.ndarray, " motors"]
    reversals: Int[np.ndarray, " motors"]
    load_hours: Float[np.ndarray, " motors"]


class WearCounter:
    """Counts the wear of one face, run by run.

    Args:
        rest: (M,) commands of the resting face.
    """

    def __init__(self, rest: Float32[np.ndarray, " motors"]) -> None:
        self._rest = rest.astype(float)
        self._farthest = np.maximum(self._rest, 1 - self._rest)
        self.n_hops = 0
        self.strokes = np.zeros(len(rest))
        self.reversals = np.zeros(len(rest), int)
        self.load_hours = np.zeros(len(rest))
        self.start()

    def start(self) -> None:
        """A body that stands at rest begins a new run."""
        self._last = self._turn = self._rest  # where it is, and the farthest on its present way
        self._way = np.zeros(len(self._rest), int)  # −1, 1, or 0 while it has not set out

    def add(self, sent: Float32[np.ndarray, "hops motors"]) -> None:
        """Counts what was sent next."""
        rows = sent.astype(float)
        self.strokes += np.abs(np.diff(rows, axis=0, prepend=self._last[None])).sum(0)
        self.load_hours += (np.abs(rows - self._rest) / self._farthest).sum(0) / HOP_HZ / 3600
        for row in rows:
            gone = row - self._turn
            has_turned = np.abs(gone) > TURN + 1e-9
            has_turned &= np.sign(gone) != self._way
            self.reversals += has_turned & (self._way != 0)
            self._way = np.where(has_turned, np.sign(gone).astype(int), self._way)
            goes_on = has_turned | (gone * self._way > 0)
            self._turn = np.where(goes_on, row, self._turn)
        if len(rows):
            self._last = rows[-1]
        self.n_hops += len(rows)


def count_wear(recording: Recording, spec: FaceSpec) -> Wear:
    """Counts the wear of a whole recording of this face.

    Raises:
        RecordingError: a shard is damaged.
    """
    counter = WearCounter(spec.rest.values)
    for index in recording.indices:
        shard = recording.read(index)
        if shard.is_fresh:
            counter.start()
        counter.add(shard.sent)
    hours = counter.n_hops / HOP_HZ / 3600
    return Wear(spec.motor_names, hours, counter.strokes, counter.reversals, counter.load_hours)


def save_wear(recording: Recording, wear: Wear) -> None:
    """Writes `wear.json` beside the shards, aside and renamed."""
    motors = {
        name: {
            "strokes": round(float(wear.strokes[k]), 2),
            "reversals": int(wear.reversals[k]),
            "load_hours": round(float(wear.load_hours[k]), 5),
        }
        for k, name in enumerate(wear.motors)
    }
    told = {"format_version": FORMAT_VERSION, "hours": round(wear.hours, 5), "motors": motors}
    text = json.dumps(told, indent=1) + "\n"
    write_aside(recording.folder / WEAR_NAME, lambda aside: aside.write_text(text, "utf-8"))
