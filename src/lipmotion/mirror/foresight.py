"""Foresight: what a face expects to see after its commands, cheap enough to learn every minute.

In: (…, T, M) sent commands of the lip and jaw motors. Out: what several small regressors expect of
the twelve lip fields; where they disagree, the face has not seen enough. Each sees how far every
motor has come (two lags a motor over the last 160 ms) through random features of its own, and is
fitted by ridge regression on a bootstrap of the shards: neighbouring images are nearly the same,
so shards are drawn, not images.

Source: Rahimi & Recht, Random features for large-scale kernel machines, 2007; Breiman, Bagging
predictors, 1996; disagreement as what is worth trying: Pathak et al., Self-supervised exploration
via disagreement, 2019.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

PAST_HOPS: Final = 8
LAG_HOPS: Final = (1.0, 3.0)
N_MEMBERS: Final = 5
N_FEATURES: Final = 200  # 3 times as many foresee no better before 12 minutes are seen (R² 0.82)
_SPREAD: Final = 1.4  # of the random features' weights, over the root of how many inputs there are
_RIDGE: Final = 10.0


@dataclass(frozen=True)
class Foresight:
    """An ensemble of ridge regressors on random features.

    Attributes:
        weights: (E, F, D) of the random features.
        offsets: (E, D).
        answers: (E, D + F + 1, 12).
    """

    weights: Float[np.ndarray, "members traces features"]
    offsets: Float[np.ndarray, "members features"]
    answers: Float[np.ndarray, "members inputs fields"]

    def foresee(
        self, traces: Float[np.ndarray, "images traces"]
    ) -> Float[np.ndarray, "members images fields"]:
        """(E, N, 12) what each member expects to see."""
        pairs = zip(self.weights, self.offsets, strict=True)
        return np.stack(
            [_widen(traces, w, b) @ a for (w, b), a in zip(pairs, self.answers, strict=True)]
        )


def fit_foresight(
    traces: Float[np.ndarray, "images traces"],
    lips: Float[np.ndarray, "images fields"],
    shard: Int[np.ndarray, " images"],
    *,
    rng: np.random.Generator,
) -> Foresight:
    """Fits the ensemble.

    Args:
        traces: (N, F) where the motors were in each image, as `trace_motors` says.
        lips: (N, 12) lip shapes seen.
        shard: (N,) number of the shard that an image belongs to.
        rng: draws features and bootstraps.
    """
    numbers, which = np.unique(shard, return_inverse=True)
    n_traces = traces.shape[1]
    weights = rng.normal(0, _SPREAD / np.sqrt(n_traces), (N_MEMBERS, n_traces, N_FEATURES))
    offsets = rng.normal(size=(N_MEMBERS, N_FEATURES))
    answers = []
    for w, b in zip(weights, offsets, strict=True):
        drawn = rng.integers(len(numbers), size=len(numbers))
        times = np.bincount(drawn, minlength=len(numbers))[which][:, None]
        inputs = _widen(traces, w, b)
        square = (inputs * times).T @ inputs + _RIDGE * np.eye(inputs.shape[1])
        answers.append(np.linalg.solve(square, (inputs * times).T @ lips))
    return Foresight(weights, offsets, np.stack(answers))


def trace_motors(
    sent: Float[np.ndarray, "*tracks hops motors"], rest: Float[np.ndarray, " motors"]
) -> Float[np.ndarray, "*tracks images traces"]:
    """How far every motor has come: its last commands, newest counting most, for two lags.

    Args:
        sent: (…, PAST_HOPS + T, M) commands; the first PAST_HOPS came before.
        rest: (M,) commands of the resting face.

    Returns:
        (…, T + 1, 2 M); row n has felt the commands of the T hops before hop n.
    """
    age = np.arange(PAST_HOPS)[::-1]  # of the hops in a window, oldest first
    decay = np.exp(-age[:, None] / np.array(LAG_HOPS))  # (PAST, 2)
    windows = np.lib.stride_tricks.sliding_window_view(2 * (sent - rest), PAST_HOPS, axis=-2)
    traces = windows @ (decay / decay.sum(0))  # (…, T + 1, M, 2)
    return traces.reshape(*traces.shape[:-2], -1)


def _widen(traces: np.ndarray, weights: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    ones = np.ones((len(traces), 1))
    return np.concatenate([np.tanh(traces @ weights + offsets), traces, ones], 1)
