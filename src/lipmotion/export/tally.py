"""Running statistics in constant memory: what data sets say of their columns.

Quantiles are read off a histogram over a range that is known beforehand, so they are right to
1 / 4096 of that range; those of pixels are exact.
"""

from typing import Any, Final

import numpy as np
from jaxtyping import Float64, Int64, Shaped, UInt8

QUANTILES: Final = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
_N_BINS: Final = 4096
_CODES: Final = 256

Summary = dict[str, list[Any]]


class Tally:
    """Statistics of the D numbers in each row of a column.

    Args:
        n_columns: D.
        low, high: range of all values; others are counted at its ends by quantiles alone.
    """

    def __init__(self, n_columns: int, low: float, high: float) -> None:
        self._range = (low, high if high > low else low + 1.0)
        self._counts = np.zeros((n_columns, _N_BINS), np.int64)
        self._n = 0
        self._mean = np.zeros(n_columns)
        self._squares = np.zeros(n_columns)  # Σ (x − mean)²
        self._min = np.full(n_columns, np.inf)
        self._max = np.full(n_columns, -np.inf)

    def add(self, values: Shaped[np.ndarray, "rows columns"]) -> None:
        """Counts rows in."""
        if not len(values):
            return
        values = values.astype(np.float64)
        low, high = self._range
        bins = ((values - low) / (high - low) * _N_BINS).astype(np.int64).clip(0, _N_BINS - 1)
        flat = bins + np.arange(values.shape[1]) * _N_BINS
        self._counts += np.bincount(flat.ravel(), minlength=self._counts.size).reshape(
            self._counts.shape
        )
        mean = values.mean(0)
        self._merge(len(values), mean, ((values - mean) ** 2).sum(0))
        self._min = np.minimum(self._min, values.min(0))
        self._max = np.maximum(self._max, values.max(0))

    def join(self, other: "Tally") -> None:
        """Counts in what another tally over the same range has counted."""
        if not other._n:
            return
        self._counts += other._counts
        self._merge(other._n, other._mean, other._squares)
        self._min = np.minimum(self._min, other._min)
        self._max = np.maximum(self._max, other._max)

    def describe(self) -> Summary:
        """min, max, mean, std and quantiles, D numbers each, and `count` of rows."""
        low, high = self._range
        step = (high - low) / _N_BINS
        total = np.cumsum(self._counts, 1)
        told: Summary = {
            "min": self._min.tolist(),
            "max": self._max.tolist(),
            "mean": self._mean.tolist(),
            "std": np.sqrt(self._squares / self._n).tolist(),
            "count": [self._n],
        }
        for name, share in QUANTILES.items():
            wanted = share * self._n
            found = np.array([np.searchsorted(row, wanted) for row in total])
            column = np.arange(len(total))
            within = self._counts[column, found]
            part = (wanted - (total[column, found] - within)) / within
            told[name] = (low + (found + part) * step).clip(self._min, self._max).tolist()
        return told

    def _merge(
        self,
        n: int,
        mean: Float64[np.ndarray, " columns"],
        squares: Float64[np.ndarray, " columns"],
    ) -> None:
        """Source: Chan, Golub and LeVeque, Updating formulae … for computing sample variances."""
        total = self._n + n
        away = mean - self._mean
        self._squares += squares + away**2 * (self._n * n / total)
        self._mean += away * (n / total)
        self._n = total


class PixelTally:
    """Statistics of the three colours of images, black = 0, white = 1."""

    def __init__(self) -> None:
        self._counts: Int64[np.ndarray, "3 codes"] = np.zeros((3, _CODES), np.int64)
        self._n_images = 0

    def add(self, image: UInt8[np.ndarray, "height width 3"]) -> None:
        """Counts an image in."""
        self._counts += [np.bincount(image[..., k].ravel(), minlength=_CODES) for k in range(3)]
        self._n_images += 1

    def join(self, other: "PixelTally") -> None:
        """Counts in what another tally has counted."""
        self._counts += other._counts
        self._n_images += other._n_images

    def describe(self) -> Summary:
        """As `Tally.describe`, each colour in two more pairs of brackets; `count` is of images."""
        codes = np.arange(_CODES) / (_CODES - 1)
        share = self._counts / self._counts.sum(1, keepdims=True)
        total = np.cumsum(share, 1)
        mean = share @ codes
        told = {
            "min": codes[np.argmax(share > 0, 1)],
            "max": codes[_CODES - 1 - np.argmax(share[:, ::-1] > 0, 1)],
            "mean": mean,
            "std": np.sqrt((share * (codes - mean[:, None]) ** 2).sum(1)),
        }
        for name, wanted in QUANTILES.items():
            told[name] = codes[np.argmax(total >= wanted - 1e-12, 1)]
        summary: Summary = {name: values.reshape(3, 1, 1).tolist() for name, values in told.items()}
        return summary | {"count": [self._n_images]}
