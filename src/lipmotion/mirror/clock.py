"""The camera's clock → the hops' clock.

In: stamps on the camera's clock, and the hop in which each image arrived. Out: when the images
arrived, on the clock on which hop n ends at n/50 s. Two things are wrong with a stamp:

- It jitters: images are taken evenly, but handing them over takes now longer, now shorter. So the
  stamps of one shard are laid on even steps where they fit such.
- It may be of another clock, that began elsewhere and runs faster or slower. No image is looked at
  before it arrives, and at most a hop later; if stamps keep to that they are of the hops' clock and
  taken as they are, so a clock that drifts by less than a hop over all that was seen passes for one
  that does not. Else the line that lies closest under all arrivals says what the clock does: to
  wait for the next hop only ever adds, so the lowest points are the true ones.

Source: Moon, Skelly and Towsley, Estimation and removal of clock skew from network delay
measurements, INFOCOM 1999: the line below all points with the least sum of distances.
"""

from typing import Final

import numpy as np
from jaxtyping import Float64

from ..timing import HOP_S

MOST_DRIFT: Final = 1e-3  # a clock runs this much too fast or slow at most
_SLACK_S: Final = 0.002  # hops are not sent to the millisecond
_KEPT_SHARE: Final = 0.98  # of stamps that must keep to the hops' clock; a late hop breaks no clock
_LEAST_IMAGES: Final = 25
_EVEN: Final = 0.25  # of an interval: stamps that are off even steps by more are not of even steps


class CameraClock:
    """Learns a camera's clock from all images of a session; keeps what may matter of them alone."""

    def __init__(self) -> None:
        self._n_images = self._n_kept = 0
        self._sum_s = 0.0
        self._lowest = np.empty((0, 2))  # stamps, and how late the hops came after them

    def add(
        self, stamps_s: Float64[np.ndarray, " images"], hops_s: Float64[np.ndarray, " images"]
    ) -> None:
        """Takes in images: their stamps as they came, and the ends of the hops they came in."""
        late = hops_s - stamps_s
        self._n_images += len(late)
        self._n_kept += int(((late > -_SLACK_S) & (late < HOP_S + _SLACK_S)).sum())
        self._sum_s += float(stamps_s.sum())
        self._lowest = _find_lower_hull(
            np.concatenate([self._lowest, np.stack([stamps_s, late], axis=1)])
        )

    def fit(self) -> tuple[float, float]:
        """Offset and drift for `to_hop_clock`; (0, 0): the stamps are of the hops' clock."""
        if not self._n_images or self._n_kept >= _KEPT_SHARE * self._n_images:
            return 0.0, 0.0
        stamps, late = self._lowest.T
        slope = 0.0
        if self._n_images >= _LEAST_IMAGES and len(stamps) > 1:
            middle = self._sum_s / self._n_images
            right = int(np.searchsorted(stamps, middle).clip(1, len(stamps) - 1))
            rise, run = np.diff(self._lowest[right - 1 : right + 1], axis=0)[0][::-1]
            slope = float(np.clip(rise / run, -MOST_DRIFT, MOST_DRIFT))
        return -float((late - slope * stamps).min()), -slope


def to_hop_clock(
    stamps_s: Float64[np.ndarray, " images"], offset_s: float, drift: float
) -> Float64[np.ndarray, " images"]:
    """Stamps on the hops' clock, by what `CameraClock.fit` found."""
    return stamps_s - offset_s - drift * stamps_s


def even_out(
    stamps_s: Float64[np.ndarray, " images"], images_hz: float
) -> Float64[np.ndarray, " images"]:
    """Stamps on the even steps that they jitter about; as they are where there are no such."""
    if len(stamps_s) < _LEAST_IMAGES:
        return stamps_s
    steps = np.diff(stamps_s)
    interval = float(np.median(steps))
    if not 0.5 < interval * images_hz < 2:
        return stamps_s
    number = np.concatenate([[0], np.cumsum(np.maximum(np.rint(steps / interval), 1))])
    line = np.polynomial.Polynomial.fit(number, stamps_s, 1)(number)
    is_even = np.abs(stamps_s - line).max() < _EVEN * interval
    return line if is_even else stamps_s


def _find_lower_hull(points: Float64[np.ndarray, "points 2"]) -> Float64[np.ndarray, "fewer 2"]:
    """The points on which a line pressed up from below can lie, from left to right."""
    hull: list[np.ndarray] = []
    for point in points[np.lexsort((points[:, 1], points[:, 0]))]:
        if hull and point[0] == hull[-1][0]:
            continue  # straight above it
        while len(hull) > 1:
            (ax, ay), (bx, by) = hull[-2:]
            if (bx - ax) * (point[1] - ay) > (by - ay) * (point[0] - ax):
                break
            hull.pop()
        hull.append(point)
    return np.array(hull).reshape(-1, 2)
