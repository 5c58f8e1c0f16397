"""Mean temporal misalignment: how far in time the robot's turning points lie from the person's.

In: apertures on the 50 Hz grid, the lag *not* taken off. Out: milliseconds, as a Share that sums
over clips. Both are smoothed, laid on each other by dynamic time warping of their slopes, and at
each of the person's maxima and minima in speech the warp says how many hops away the robot does
the same.

Source: mean temporal misalignment, code of KAIST AMI for "Perceptually accurate 3D talking head
generation", CVPR 2025 (Gaussian of 2 frames at 25 Hz, derivative dynamic time warping); Keogh and
Pazzani, Derivative dynamic time warping, 2001. The warp is held within ± 300 ms here.
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

from ..timing import HOP_HZ, HOP_MS
from .align import MAX_LAG_MS
from .metrics import UNDEFINED, Share

SMOOTH_S: Final = 0.08  # two frames at 25 Hz
_BAND: Final = MAX_LAG_MS // HOP_MS


def measure_misalignment(
    human: Float[np.ndarray, " hops"],
    robot: Float[np.ndarray, " hops"],
    in_speech: Bool[np.ndarray, " hops"],
) -> Share:
    """Mean misalignment of the person's turning points in speech, ms over their number.

    Not defined without turning points, or for a robot that does not move.
    """
    if len(human) < 3 or np.ptp(robot) <= 1e-6:
        return UNDEFINED
    h, r = smooth(human), smooth(robot)
    turns = find_turns(h)
    turns = turns[in_speech[turns]]
    if not len(turns):
        return UNDEFINED
    partner = warp(_slopes(h), _slopes(r))
    apart_ms = np.abs(partner[turns] - turns) * HOP_MS
    return Share(float(apart_ms.sum()), float(len(turns)))


def find_turns(curve: Float[np.ndarray, " hops"]) -> Int[np.ndarray, " turns"]:
    """Hops at which a curve has a maximum or a minimum."""
    sign = np.sign(np.diff(curve))
    return np.flatnonzero(sign[:-1] * sign[1:] < 0) + 1


def smooth(curve: Float[np.ndarray, " hops"]) -> Float[np.ndarray, " hops"]:
    """The curve under a Gaussian of 80 ms, ends held."""
    sigma = SMOOTH_S * HOP_HZ
    half = round(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return np.convolve(np.pad(curve, half, mode="edge"), kernel / kernel.sum(), "valid")


def warp(
    human: Float[np.ndarray, " hops"], robot: Float[np.ndarray, " hops"]
) -> Float[np.ndarray, " hops"]:
    """For each hop of `human` the mean hop of `robot` that least-cost warping lays on it."""
    n_hops = len(human)
    cost = np.full((n_hops + 1, 2 * _BAND + 3), np.inf)  # hop i and partner j at [i + 1, j - i + c]
    c = _BAND + 1
    cost[0, c] = 0.0
    for i in range(n_hops):
        row, last = cost[i + 1], cost[i]
        for k in range(max(c - _BAND, c - i), min(c + _BAND, c + n_hops - 1 - i) + 1):
            both, human_only, robot_only = last[k], last[k + 1], row[k - 1]
            row[k] = min(both, human_only, robot_only) + (human[i] - robot[i + k - c]) ** 2
    sums, counts = np.zeros(n_hops), np.zeros(n_hops)
    i, k = n_hops - 1, c
    while i >= 0:
        sums[i] += i + k - c
        counts[i] += 1
        steps = [(i - 1, k), (i - 1, k + 1), (i, k - 1)]
        i, k = min(steps, key=lambda step: cost[step[0] + 1, step[1]])
    return sums / np.maximum(counts, 1)


def _slopes(curve: Float[np.ndarray, " hops"]) -> Float[np.ndarray, " hops"]:
    """Slope over its own spread, so that a smaller mouth is no earlier or later."""
    slope = np.gradient(curve)
    return slope / max(float(slope.std()), 1e-12)
