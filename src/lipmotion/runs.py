"""Runs: where a flag on a grid holds without a break, as [start, end) rows."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Int

Runs = Int[np.ndarray, "_ 2"]


def find_runs(holds: Bool[np.ndarray, " hops"]) -> Runs:
    """Runs of True, [start, end) in order."""
    edges = np.diff(holds.astype(np.int8), prepend=0, append=0)
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)


def mark_runs(runs: Iterable[tuple[int, int]], n_hops: int) -> Bool[np.ndarray, " hops"]:
    """(T,) True within runs [start, end): the other way round."""
    holds = np.zeros(n_hops, bool)
    for start, end in runs:
        holds[start:end] = True
    return holds
