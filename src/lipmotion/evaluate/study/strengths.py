"""Scores from choices: Bradley and Terry's model, with bootstrap intervals.

In: how often each method was chosen over each other. Out: a strength each, natural logarithms with
mean 0: a method that is stronger by s is chosen with probability 1 / (1 + exp(−s)).

Conventions: a tie is half a choice for both. Each pair that was shown at all gets half a choice
each way, so that a method that always wins has a finite strength (Haldane–Anscombe). Draws are
over viewers: their choices are not independent.

Source: R. A. Bradley and M. E. Terry 1952, Biometrika 39; maximum likelihood by Newton's method.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

N_DRAWS: Final = 1000
_PRIOR: Final = 0.5
_MOST_ROUNDS: Final = 200
_LONGEST_STEP: Final = 1.0  # Newton from far away would jump over the top
_EXACT: Final = 1e-10


@dataclass(frozen=True)
class Strength:
    """One method: its strength, the 95 % interval, how often it was chosen and how often shown."""

    method: str
    strength: float
    low: float
    high: float
    n_chosen: float
    n_shown: float


def score_methods(
    methods: list[str], wins: Float[np.ndarray, "viewers methods methods"], *,
    rng: np.random.Generator, n_draws: int = N_DRAWS,
) -> list[Strength]:  # fmt: skip
    """Strengths of all methods, strongest first.

    Args:
        methods: their names.
        wins: [v, i, j] = how often viewer v chose i over j.
        rng: draws viewers, with replacement.
        n_draws: how often.

    Raises:
        ValueError: some methods were never compared with the others, even by a chain.
    """
    total = wins.sum(axis=0)
    was_shown = total + total.T > 0
    parts = _find_parts(was_shown)
    if len(parts) > 1:
        told = " | ".join(", ".join(methods[k] for k in part) for part in parts)
        raise ValueError(f"no choice links these methods: {told}")
    found = fit_strengths(total, was_shown)
    counts = rng.multinomial(len(wins), np.full(len(wins), 1 / len(wins)), size=n_draws)
    draws = fit_strengths(np.einsum("dv,vij->dij", counts.astype(float), wins), was_shown)
    low, high = np.percentile(draws, (2.5, 97.5), axis=0)
    rows = [
        Strength(name, float(found[k]), float(low[k]), float(high[k]),
                 float(total[k].sum()), float(total[k].sum() + total[:, k].sum()))
        for k, name in enumerate(methods)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row.strength)


def fit_strengths(
    wins: Float[np.ndarray, "*draws methods methods"],
    was_shown: Float[np.ndarray, "methods methods"] | np.ndarray,
) -> Float[np.ndarray, "*draws methods"]:
    """Maximum likelihood, mean 0; many draws at once.

    Raises:
        ValueError: it does not converge.
    """
    won = wins + _PRIOR * was_shown
    shown = won + np.swapaxes(won, -1, -2)
    n = won.shape[-1]
    strength = np.zeros(won.shape[:-1])
    for _ in range(_MOST_ROUNDS):
        expected = 1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None]))
        slope = won.sum(axis=-1) - (shown * expected).sum(axis=-1)
        weight = shown * expected * (1 - expected)
        curve = np.eye(n) * weight.sum(axis=-1)[..., None] - weight + 1 / n
        step = np.linalg.solve(curve, slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        strength = strength + step * np.minimum(1, _LONGEST_STEP / np.maximum(longest, 1e-300))
        strength -= strength.mean(axis=-1, keepdims=True)
        if longest.max() < _EXACT:
            return strength
    raise ValueError("the strengths do not converge")


def _find_parts(linked: np.ndarray) -> list[list[int]]:
    """Groups of methods that a chain of comparisons links."""
    reach = np.linalg.matrix_power((linked | np.eye(len(linked), dtype=bool)).astype(float),
                                   len(linked)) > 0  # fmt: skip
    return [list(map(int, part)) for part in sorted({tuple(np.flatnonzero(row)) for row in reach})]
