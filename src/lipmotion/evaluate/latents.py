"""Latents: how near the robot's face came, in its own eyes, to the face that was imagined.

In: latents seen in the robot's native film, and those that its imagination has for the lips that
were wanted (a person's; for speech without a film, ours as planned). Out: two figures a method.

`latent_error` is 1 − R²: squared error as a share of what the imagined latents vary in the clip.
`latent_distance` is the mean squared distance of Hu et al. 2026, kept for history: it never hears
the sound, and a mouth that does not move wins it against most baselines.

Conventions: hops in speech; the method's lag is taken off.
Source: the distance, Hu et al. 2026, Science Robotics, and its public code.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from .align import remove_lag
from .metrics import UNDEFINED, Share
from .stage import Take
from .suite import MethodScore, add_shares
from .verdict import NATIVE

LATENT_MEASURES: Final[dict[str, float]] = {"latent_error": 0.0, "latent_distance": 0.0}

Latents = Float32[np.ndarray, "hops latents"]


def add_latents(
    score: MethodScore,
    takes: Sequence[Take],
    wanted: Sequence[Latents],
    speaks: Sequence[Bool[np.ndarray, " hops"]],
    *,
    seed: int,
) -> MethodScore:
    """A method's score with both figures of latents, where its film was encoded.

    Args:
        score: of the native film.
        takes: of each clip, in the order of the score's clips.
        wanted: (T, Z) imagined latents of each clip.
        speaks: (T,) hops in speech of each clip.
        seed: of the bootstrap.
    """
    shares = []
    for take, target, spoken in zip(takes, wanted, speaks, strict=True):
        seen = take.seen[NATIVE.name].latents if NATIVE.name in take.seen else None
        error, distance = UNDEFINED, UNDEFINED
        if seen is not None:
            error, distance = measure_latents(seen, target, spoken, lag_hops=score.lag.hops)
        shares.append({"latent_error": error, "latent_distance": distance})
    return add_shares(score, shares, seed=seed)


def measure_latents(
    seen: Latents, wanted: Latents, spoken: Bool[np.ndarray, " hops"], *, lag_hops: float
) -> tuple[Share, Share]:
    """1 − R² and the mean squared distance of one clip.

    Args:
        seen: (T, Z) of the robot's film.
        wanted: (T, Z) imagined.
        spoken: (T,) hops that count.
        lag_hops: how late the robot is.
    """
    moved, is_seen = remove_lag(seen, lag_hops)
    counts = spoken & is_seen
    if counts.sum() < 2:
        return UNDEFINED, UNDEFINED
    target = wanted[counts].astype(float)
    off = ((moved[counts] - target) ** 2).sum(axis=1)  # (T',)
    varies = ((target - target.mean(axis=0)) ** 2).sum()
    n_latents = target.shape[1]
    return Share(float(off.sum()), float(varies)), Share(float(off.sum()) / n_latents, len(target))
