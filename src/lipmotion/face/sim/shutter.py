"""When the mirror camera takes its images and when they arrive; and the light in its view.

In: the hops' time. Out: which image has just arrived, and when it was taken. A camera of 25 images
a second without faults gives one every second hop, taken its delay ago.

The light is for finding that delay (`mirror.delay`). It is there once it has been switched.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import UInt8

from ...timing import HOP_S
from ..base import CameraSpec
from ..faults import CameraFaults

_JITTER = 7  # a stream of draws
_SLACK_S: Final = 1e-9  # an image that arrives with the hop has arrived
EXPOSURE_S: Final = 0.008  # a light that is switched meanwhile is seen for a part of it
_LIGHT_X, _LIGHT_Y, _LIGHT_RADIUS = 0.06, 0.62, 0.025  # of the image: beside the mouth
_LIGHT_ON, _LIGHT_OFF = (225.0, 240.0, 228.0), (38.0, 42.0, 40.0)


@dataclass(frozen=True)
class Exposure:
    """One image.

    Attributes:
        number: from 0 on.
        taken_s: the middle of its exposure, on the hops' clock.
        stamp_s: when it arrived, on the camera's clock.
    """

    number: int
    taken_s: float
    stamp_s: float


class Shutter:
    """The timing of one camera.

    Args:
        camera: its rate, and its delay unless `faults` has another.
        faults: its clock, jitter and delay.
        seed: of the jitter.

    Attributes:
        reach_hops: hops back from now that an image may show.
    """

    def __init__(self, camera: CameraSpec, faults: CameraFaults, seed: int) -> None:
        self._delay_s = camera.delay_s if faults.delay_s is None else faults.delay_s
        self._rate = 1 + faults.clock_ppm * 1e-6
        self._jitter_s, self._seed = faults.jitter_s, seed
        self._images_hz = camera.images_hz * self._rate
        self._next, self._last_s = 0, -np.inf
        longest_s = self._delay_s + 2 * faults.jitter_s + self._due(1)
        self.reach_hops = int(np.ceil(longest_s / HOP_S)) + 2

    def see(self, now_s: float) -> Exposure | None:
        """The newest image that has arrived by `now_s` and was not there before, or None."""
        newest = None
        while (arrives_s := self._arrive(self._next)) <= now_s + _SLACK_S:
            taken_s = self._due(self._next) - self._delay_s
            newest = Exposure(self._next, taken_s, arrives_s * self._rate)
            self._last_s, self._next = arrives_s, self._next + 1
        return newest

    def _due(self, number: int) -> float:
        """When an image arrives if nothing holds it up."""
        return number / self._images_hz

    def _arrive(self, number: int) -> float:
        due_s = self._due(number)
        if not self._jitter_s:
            return due_s
        late = np.random.default_rng([self._seed, _JITTER, number]).normal()
        late_s = max(self._jitter_s * float(np.clip(late, -2, 2)), -self._delay_s)
        return max(due_s + late_s, self._last_s)  # none overtakes another


class Light:
    """A lamp beside the mouth that can be switched at any time."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._states: list[bool] = [False]

    def switch(self, is_on: bool, at_s: float) -> None:
        """Switches it at a time on the hops' clock; times must not go back."""
        self._times.append(at_s)
        self._states.append(is_on)

    def shine(
        self, image: UInt8[np.ndarray, "size size 3"], taken_s: float
    ) -> UInt8[np.ndarray, "size size 3"]:
        """The image with the lamp in it."""
        if not self._times:
            return image
        x, y, radius = (len(image) * part for part in (_LIGHT_X, _LIGHT_Y, _LIGHT_RADIUS))
        rows, columns = (slice(int(at - radius) - 1, int(at + radius) + 2) for at in (y, x))
        down, across = np.mgrid[rows, columns] + 0.5
        cover = (0.5 + radius - np.hypot(across - x, down - y)).clip(0, 1)[..., None]
        share = self._share(taken_s)
        colour = share * np.array(_LIGHT_ON) + (1 - share) * np.array(_LIGHT_OFF)
        lit = image.copy()
        lit[rows, columns] = np.rint((1 - cover) * lit[rows, columns] + cover * colour)
        return lit

    def _share(self, taken_s: float) -> float:
        """The part of the exposure in which it shines."""
        start, end = taken_s - EXPOSURE_S / 2, taken_s + EXPOSURE_S / 2
        first, last = bisect_right(self._times, start), bisect_right(self._times, end)
        edges = [start, *self._times[first:last], end]
        lengths = np.diff(edges)
        return float(lengths @ np.array(self._states[first : last + 1], float)) / EXPOSURE_S
