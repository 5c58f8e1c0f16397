"""The camera's own delay, from a light that is switched at known times before it.

In: when the light was switched, and images of it. Out: how long after the middle of its exposure an
image arrives. Camera and servo delay are one number to a learner, and the lips would move early by
the camera's part: so it is measured before babbling, and taken off the times of all images.

The light is sought in the images: it is where brightness changes as the switching does. It is
switched at random times, so that each switch falls elsewhere between two images: together they tell
the delay far finer than an image lasts. A light seen in part of an exposure says where in it.
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from ..errors import FaceError

CELLS: Final = 32  # an image is cut into so many by so many cells
MOST_DELAY_S: Final = 0.3
GAP_S: Final = (0.13, 0.41)  # between two switches
_COARSE_S: Final = 0.002
_FINE_S: Final = 0.00025
_EXPOSURE_S: Final = 0.01  # counts as how long an image is exposed; any that is symmetric will do
_SURE_R: Final = 0.5  # least correlation of brightness with the switching
_LEAST_CHANGE: Final = 2.0  # steps of 255 by which a cell must change
_LEAST_SWITCHES: Final = 12
_PARTS: Final = 4  # of a run; how they differ says how sure the delay is


@runtime_checkable
class Lit(Protocol):
    """A face with a light in its camera's view, best beside the mouth and at its height."""

    def switch_light(self, is_on: bool, at_s: float) -> float:
        """Switches it at a time within the coming hop, on the hops' clock (hop n ends at n/50 s).

        Returns:
            When it really was switched.
        """
        ...


@dataclass(frozen=True)
class Delay:
    """What was found.

    Attributes:
        delay_s: from the middle of an exposure to the image's arrival.
        error_s: standard error, from the parts of the run.
        r: correlation of the light's brightness with the switching, from image to image.
        place: row and column of the light, in shares of the image.
    """

    delay_s: float
    error_s: float
    r: float
    place: tuple[float, float]


def draw_switches(duration_s: float, *, rng: np.random.Generator) -> Float64[np.ndarray, " _"]:
    """Times to switch a light at, on, off, on, …, within a run of this length."""
    gaps = rng.uniform(*GAP_S, int(duration_s / GAP_S[0]) + 1)
    times = np.cumsum(gaps)
    return times[times < duration_s - MOST_DELAY_S]


def shrink(image: UInt8[np.ndarray, "height width 3"]) -> Float32[np.ndarray, " cells"]:
    """Mean brightness of CELLS × CELLS cells of an image."""
    height, width = image.shape[:2]
    grey = image.sum(axis=2, dtype=np.float32) / 3
    rows, columns = (np.arange(CELLS) * n // CELLS for n in (height, width))
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    return (sums / areas).astype(np.float32).ravel()


def find_delay(
    switches_s: Float[np.ndarray, " switches"],
    times_s: Float[np.ndarray, " images"],
    cells: Float[np.ndarray, "images cells"],
) -> Delay:
    """Finds the delay between a light and its images.

    Args:
        switches_s: when the light was switched: on, off, on, …; it was off before.
        times_s: when each image arrived, on the same clock.
        cells: (N, C) each image by `shrink`.

    Raises:
        FaceError: too few switches, or no light is seen that goes with them.
    """
    is_within = (switches_s > times_s[0]) & (switches_s < times_s[-1]) if len(times_s) else []
    if np.sum(is_within) < _LEAST_SWITCHES or len(times_s) < 2 * _LEAST_SWITCHES:
        raise FaceError(
            f"the light was switched {int(np.sum(is_within))} times before the camera, "
            f"{_LEAST_SWITCHES} are needed; let it run for longer"
        )
    tried = np.arange(0, MOST_DELAY_S, _COARSE_S)
    change = np.diff(cells, axis=0)  # slow changes of the exposure hardly count in differences
    change = change - change.mean(axis=0)
    wanted = np.diff([_shine(switches_s, times_s - delay) for delay in tried], axis=1)
    wanted = wanted - wanted.mean(axis=1, keepdims=True)
    size = np.linalg.norm(change, axis=0)
    r = (wanted @ change) / np.outer(np.linalg.norm(wanted, axis=1) + 1e-9, size + 1e-9)
    spans = np.percentile(cells, 95, axis=0) - np.percentile(cells, 5, axis=0)
    r[:, spans < _LEAST_CHANGE] = 0
    k, cell = np.unravel_index(int(np.argmax(r)), r.shape)
    best = float(r[k, cell])
    if best < _SURE_R:
        raise FaceError(
            f"no light is seen that goes with its switching (correlation {best:.2f}, {_SURE_R:g} "
            "needed); bring it into the camera's view, beside the mouth, and brighten it"
        )
    light = _level(cells[:, cell])
    whole = _refine(switches_s, times_s, light, tried[k])
    parts = [
        _refine(switches_s, times_s[part], light[part], tried[k])
        for part in np.array_split(np.arange(len(light)), _PARTS)
    ]
    place = ((cell // CELLS + 0.5) / CELLS, (cell % CELLS + 0.5) / CELLS)
    return Delay(whole, float(np.std(parts, ddof=1) / np.sqrt(_PARTS)), best, place)


def _shine(switches_s: np.ndarray, at_s: np.ndarray) -> Float64[np.ndarray, " images"]:
    """Share of an exposure about each time in which the light is on."""
    start, end = at_s - _EXPOSURE_S / 2, at_s + _EXPOSURE_S / 2
    return (_sum_on(switches_s, end) - _sum_on(switches_s, start)) / _EXPOSURE_S


def _sum_on(switches_s: np.ndarray, until_s: np.ndarray) -> Float64[np.ndarray, " images"]:
    """How long the light was on in all until each time."""
    lengths = np.diff(switches_s, append=np.inf)[::2]  # of the times it is on
    starts = switches_s[::2]
    before = np.concatenate([[0.0], np.cumsum(lengths)])
    n = np.searchsorted(starts, until_s, side="right")  # times it was switched on by then
    last = np.maximum(n - 1, 0)
    running = np.minimum(until_s - starts[last], lengths[last])
    return np.where(n > 0, before[last] + running, 0.0)


def _level(light: np.ndarray) -> Float64[np.ndarray, " images"]:
    """The light's brightness without slow changes, dark about 0 and bright about 1."""
    n_near = 25
    padded = np.pad(light.astype(float), n_near, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_near + 1)
    low, high = np.percentile(windows, (10, 90), axis=1)
    return ((light - low) / np.maximum(high - low, 1e-6)).clip(-0.2, 1.2)


def _refine(
    switches_s: np.ndarray, times_s: np.ndarray, light: np.ndarray, about_s: float
) -> float:
    """The delay at which the switching fits the light best: the middle of what fits as well."""
    tried = about_s + np.arange(-0.03, 0.03, _FINE_S)
    cost = np.array([_misfit(_shine(switches_s, times_s - delay), light) for delay in tried])
    fits: Bool[np.ndarray, " tried"] = cost <= cost.min() + 0.1 * (np.median(cost) - cost.min())
    return float(tried[fits].mean())


def _misfit(wanted: np.ndarray, light: np.ndarray) -> float:
    """What is left of the light where the switching is taken off with least squares."""
    centred, own = wanted - wanted.mean(), light - light.mean()
    left = own - centred * (centred @ own) / max(centred @ centred, 1e-9)
    return float(left @ left)
