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
    """Learns a camera's clock from all images of a session."""

    def __init__(self) -> None:
        self._stamps: list[Float64[np.ndarray, " _"]] = []
        self._hops: list[Float64[np.ndarray, " _"]] = []

    def add(
        self, stamps_s: Float64[np.ndarray, " images"], hops_s: Float64[np.ndarray, " images"]
    ) -> None:
        """Takes in images: their stamps as they came, and the ends of the hops they came in."""
        self._stamps.append(stamps_s)
        self._hops.append(hops_s)

    def fit(self) -> tuple[float, float]:
        """Offset and drift for `to_hop_clock`; (0, 0): the stamps are of the hops' clock."""
        stamps, hops = np.concatenate(self._stamps), np.concatenate(self._hops)
        late = hops - stamps
        keeps = (late > -_SLACK_S) & (late < HOP_S + _SLACK_S)
        if not len(late) or keeps.mean() >= _KEPT_SHARE:
            return 0.0, 0.0
        if len(late) < _LEAST_IMAGES:
            return -float(late.min()), 0.0
        at, under = _find_line_below(stamps - stamps[0], late)
        slope = float(np.clip(under, -MOST_DRIFT, MOST_DRIFT))
        base = float((late - slope * (stamps - stamps[0])).min()) if slope != under else at
        return slope * float(stamps[0]) - base, -slope


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


def _find_line_below(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Offset at x = 0 and slope of the line under all points with the least sum of distances.

    It goes along the edge of their lower hull over their mean x.
    """
    hull: list[int] = []
    for k in np.lexsort((y, x)):
        while len(hull) > 1:
            a, b = hull[-2:]
            if (x[b] - x[a]) * (y[k] - y[a]) > (y[b] - y[a]) * (x[k] - x[a]):
                break
            hull.pop()
        hull.append(int(k))
    right = int(np.searchsorted(x[hull], x.mean()).clip(1, len(hull) - 1)) if len(hull) > 1 else 0
    if right == 0:
        return float(y.min()), 0.0
    a, b = hull[right - 1], hull[right]
    slope = (y[b] - y[a]) / (x[b] - x[a]) if x[b] > x[a] else 0.0
    return float(y[a] - slope * x[a]), float(slope)
