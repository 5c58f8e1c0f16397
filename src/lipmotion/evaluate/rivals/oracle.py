"""The best linear map from a rival's outputs to people's lips: what nobody can call a straw man.

In: a rival's curves and the watched lips of people, on clips of the learning set. Out: an
`OracleMap` that makes lip shapes from the rival's curves for any clip. The rival's lag is found
first and taken off; a ridge regression then sees a few hops of its weights on both sides. So even a
live rival is given the future that its lag and this context need: the map says what its outputs
hold, not what it could do live. A regression is timid: what it cannot know it leaves at the mean,
and a mouth that is never sure never shuts. So each field gets back the spread it has in people,
which changes no correlation.

Conventions: 50 Hz grid; hops in pauses count little, hops of quality 0 not at all; how strong the
ridge is, is chosen by leaving whole clips out.
Source: Hoerl and Kennard, Ridge regression, Technometrics 12 (1970); Toda and Tokuda, A speech
parameter generation algorithm considering global variance, IEICE 2007.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float, Float32, Float64

from ...errors import BundleError
from ...lips import LIP_FIELDS, LIP_INDEX, LipTrack
from ...media.write import write_aside
from ...timing import HOP_HZ, HOP_MS
from .curves import RivalCurves

FORMAT_VERSION: Final = 1
MAX_LAG_HOPS: Final = 15  # 300 ms
CONTEXT_HOPS: Final = (-4, -2, -1, 0, 1, 2, 4)
STRENGTHS: Final = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of the weights' variance
N_FOLDS: Final = 5
PAUSES_COUNT: Final = 0.1  # of a hop in speech; of 1, 0.25, 0.1, 0.02 it did most rivals most good
_UNSEEN: Final = 1e-9  # variance of a column that never moves
_JUDGED: Final = [LIP_INDEX["aperture"], LIP_INDEX["width"]]  # lag and strength go by these
_GAPS: Final = [LIP_INDEX[name] for name in ("aperture", "aperture_left", "aperture_right")]

Pair = tuple[RivalCurves, LipTrack]


@dataclass(frozen=True)
class OracleMap:
    """A linear map from a rival's weights to lip shapes.

    Attributes:
        names: (K,) the rival's shapes, in order.
        lag_hops: how late the rival is; it is read that much later.
        context_hops: (C,) hops around it that are read.
        mean: (C · K,) of what is read.
        slope: (C · K, 12) resting mouth widths per weight.
        offset: (12,) lips at the mean.
        strength: of the ridge.
        r2: share of the variance of aperture and width that the regression explains on clips left
            out (before the spread is given back).
        n_clips: that it was fitted on.
    """

    names: tuple[str, ...]
    lag_hops: int
    context_hops: tuple[int, ...]
    mean: Float64[np.ndarray, " read"]
    slope: Float64[np.ndarray, "read fields"]
    offset: Float64[np.ndarray, " fields"]
    strength: float
    r2: float
    n_clips: int

    @property
    def lookahead_ms(self) -> int:
        """Milliseconds of the rival's output beyond a hop that this map reads."""
        return max(0, self.lag_hops + max(self.context_hops)) * HOP_MS

    def apply(self, curves: RivalCurves, n_hops: int) -> Float32[np.ndarray, "hops fields"]:
        """The rival's lips, (T, 12); apertures at least 0, as they are seen.

        Raises:
            ValueError: the curves are another rival's.
        """
        if curves.names != self.names:
            raise ValueError(
                f"this map reads {', '.join(self.names)}; the curves have {', '.join(curves.names)}"
            )
        read = read_context(curves, n_hops, self.lag_hops, self.context_hops)
        lips = (read - self.mean) @ self.slope + self.offset
        lips[:, _GAPS] = lips[:, _GAPS].clip(0)
        return lips.astype(np.float32)

    def save(self, path: Path) -> None:
        """Writes the map as npz with a hash of what it holds, aside and renamed."""
        arrays = {"mean": self.mean, "slope": self.slope, "offset": self.offset}
        about = {
            "format_version": FORMAT_VERSION,
            "lip_fields": LIP_FIELDS,
            "names": self.names,
            "lag_hops": self.lag_hops,
            "context_hops": self.context_hops,
            "strength": self.strength,
            "r2": self.r2,
            "n_clips": self.n_clips,
        }
        told = json.dumps(about)
        with write_aside(path) as aside, aside.open("wb") as file:
            np.savez(
                file,
                about=np.array(told),
                sha256=np.array(_hash(told, arrays)),
                mean=self.mean,
                slope=self.slope,
                offset=self.offset,
            )


def load_oracle(path: Path) -> OracleMap:
    """Reads a map.

    Raises:
        BundleError: missing, damaged, changed, or of another format or other lip fields.
    """
    try:
        with path.open("rb") as file, np.load(file) as found:
            told, stated = str(found["about"]), str(found["sha256"])
            arrays = {name: found[name] for name in ("mean", "slope", "offset")}
        about = json.loads(told)
        if about["format_version"] != FORMAT_VERSION or tuple(about["lip_fields"]) != LIP_FIELDS:
            raise BundleError(f"{path}: another format or other lip fields; fit it again")
        if _hash(told, arrays) != stated:
            raise BundleError(f"{path}: does not match its own hash; fit it again")
        return OracleMap(
            names=tuple(about["names"]),
            lag_hops=about["lag_hops"],
            context_hops=tuple(about["context_hops"]),
            strength=about["strength"],
            r2=about["r2"],
            n_clips=about["n_clips"],
            **arrays,
        )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise BundleError(f"{path}: not a readable map: {error}") from error


def fit_oracle(pairs: Sequence[Pair]) -> OracleMap:
    """Fits the map on clips of the learning set.

    Args:
        pairs: a rival's curves and the lips of whoever spoke, clip by clip; never clips that are
            scored.

    Raises:
        ValueError: fewer than two clips, or curves of different rivals.
    """
    if len(pairs) < 2:
        raise ValueError(f"a map needs at least 2 clips to leave some out, got {len(pairs)}")
    names = pairs[0][0].names
    if any(curves.names != names for curves, _ in pairs):
        raise ValueError("the curves are of different rivals")
    lag_hops = find_lag(pairs)
    clips = [_sum_clip(curves, lips, lag_hops, CONTEXT_HOPS) for curves, lips in pairs]
    strength, r2 = _choose_strength(clips)
    whole = sum(clips[1:], clips[0])
    mean, slope, offset = whole.solve(strength)
    slope = slope * whole.find_gain(slope)
    return OracleMap(names, lag_hops, CONTEXT_HOPS, mean, slope, offset, strength, r2, len(pairs))


def find_lag(pairs: Sequence[Pair]) -> int:
    """Hops by which a rival is late: where its weights alone tell people's lips best."""
    lags = range(-MAX_LAG_HOPS, MAX_LAG_HOPS + 1)
    told = []
    for lag in lags:
        clips = [_sum_clip(curves, lips, lag, (0,)) for curves, lips in pairs]
        whole = sum(clips[1:], clips[0])
        told.append(whole.explain(*whole.solve(STRENGTHS[1])))
    return lags[int(np.argmax(told))]


def read_context(
    curves: RivalCurves, n_hops: int, lag_hops: int, context_hops: tuple[int, ...]
) -> Float64[np.ndarray, "hops read"]:
    """A rival's weights around each hop, its lag taken off, (T, C · K)."""
    at = np.arange(n_hops) + lag_hops
    return np.concatenate([curves.at((at + hop) / HOP_HZ) for hop in context_hops], axis=1)


@dataclass(frozen=True)
class _Sums:
    """All that a regression needs to know of some clips: counts, sums and products."""

    n_hops: float
    x: Float64[np.ndarray, " read"]
    y: Float64[np.ndarray, " fields"]
    xx: Float64[np.ndarray, "read read"]
    xy: Float64[np.ndarray, "read fields"]
    yy: Float64[np.ndarray, " fields"]

    def __add__(self, other: "_Sums") -> "_Sums":
        return self._join(other, 1.0)

    def __sub__(self, other: "_Sums") -> "_Sums":
        return self._join(other, -1.0)

    def _join(self, other: "_Sums", sign: float) -> "_Sums":
        names = ("n_hops", "x", "y", "xx", "xy", "yy")
        return _Sums(*(getattr(self, name) + sign * getattr(other, name) for name in names))

    def solve(
        self, strength: float
    ) -> tuple[
        Float64[np.ndarray, " read"],
        Float64[np.ndarray, "read fields"],
        Float64[np.ndarray, " fields"],
    ]:
        """Mean of x, slope, mean of y: the ridge regression."""
        n = max(self.n_hops, 1.0)
        mean, offset = self.x / n, self.y / n
        covariance = self.xx / n - np.outer(mean, mean)
        ridge = strength * max(float(np.trace(covariance)) / len(mean), _UNSEEN)
        slope = np.linalg.solve(
            covariance + ridge * np.eye(len(mean)), self.xy / n - np.outer(mean, offset)
        )
        return mean, slope, offset

    def explain(
        self,
        mean: Float64[np.ndarray, " read"],
        slope: Float64[np.ndarray, "read fields"],
        offset: Float64[np.ndarray, " fields"],
    ) -> float:
        """Share of variance that a map explains here; mean of aperture and width, if they move."""
        n = max(self.n_hops, 1.0)
        base = offset - mean @ slope  # y = x · slope + base
        error = (
            self.yy
            - 2 * (np.einsum("rf,rf->f", slope, self.xy) + base * self.y)
            + np.einsum("rf,rs,sf->f", slope, self.xx, slope)
            + 2 * base * (self.x @ slope)
            + n * base**2
        ) / n
        variance = self.yy / n - (self.y / n) ** 2
        moving = [k for k in _JUDGED if variance[k] > _UNSEEN]
        return float(np.mean(1 - error[moving] / variance[moving])) if moving else 0.0

    def find_gain(
        self, slope: Float64[np.ndarray, "read fields"]
    ) -> Float64[np.ndarray, " fields"]:
        """By how much each field of y spreads more than what a map makes of x, (12,)."""
        n = max(self.n_hops, 1.0)
        covariance = self.xx / n - np.outer(self.x / n, self.x / n)
        made = np.einsum("rf,rs,sf->f", slope, covariance, slope)
        own = (self.yy / n - (self.y / n) ** 2).clip(0)
        return np.sqrt(own / np.maximum(made, _UNSEEN))


def _sum_clip(
    curves: RivalCurves, lips: LipTrack, lag_hops: int, context_hops: tuple[int, ...]
) -> _Sums:
    counts = np.where(lips.in_speech, 1.0, PAUSES_COUNT) * (lips.quality > 0)  # (T,)
    x: Float[np.ndarray, "hops read"] = read_context(curves, len(lips), lag_hops, context_hops)
    y = lips.values.astype(float)
    weighed = x * counts[:, None]
    return _Sums(
        float(counts.sum()), counts @ x, counts @ y, weighed.T @ x, weighed.T @ y, counts @ y**2
    )


def _choose_strength(clips: Sequence[_Sums]) -> tuple[float, float]:
    """The strength that explains clips left out best, and how well it does."""
    n_folds = min(N_FOLDS, len(clips))
    folds = [sum(clips[k + n_folds :: n_folds], clips[k]) for k in range(n_folds)]
    whole = sum(folds[1:], folds[0])
    told = [
        float(np.mean([fold.explain(*(whole - fold).solve(s)) for fold in folds]))
        for s in STRENGTHS
    ]
    best = int(np.argmax(told))
    return STRENGTHS[best], told[best]


def _hash(told: str, arrays: dict[str, np.ndarray]) -> str:
    whole = hashlib.sha256(told.encode())
    for name in sorted(arrays):
        whole.update(np.ascontiguousarray(arrays[name], "<f8").tobytes())
    return whole.hexdigest()
