"""Practice before the mirror: a face performs people's lips as well as it can, and is filmed.

In: lip shapes of people and what turns them into commands. Out: shards of a mirror recording, whose
deed is `practise`. Part of it is performed with small motions of its own on top, for who does
everything the same way learns nothing new. Shard k depends on the seed, k, the lips and the models
alone, so that it is taken up again after its last whole shard.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..face.base import FaceSpec
from ..recording import SHARD_HOPS
from .babble import draw_noise, fade_in
from .session import MirrorSession, PlannedShard, pose_commands

Follow = Callable[[Float32[np.ndarray, "hops fields"]], Float32[np.ndarray, "hops lips"]]

DEED: Final = "practise"
TRIED: Final = (0.0, 0.02, 0.05)  # spreads of the motions on top, in commands
TRIED_HZ: Final = 4.0
SIZES: Final = (0.85, 1.15)  # people's lips made smaller and larger


def film_practice(
    mirror: MirrorSession,
    shard: PlannedShard,
    people: Sequence[Float32[np.ndarray, "_ fields"]],
    follow: Follow,
    seed: int,
) -> None:
    """Films the poses (shard 0) or a stretch of practice.

    Args:
        mirror: a session of the face.
        shard: which.
        people: lip shapes to perform.
        follow: makes commands of the lip and jaw motors from lip shapes.
        seed: draws which pieces are performed.
    """
    if shard.index == 0:
        deeds, commands = pose_commands(mirror.spec)
    else:
        rng = np.random.default_rng([seed, shard.index])
        commands = draw_practice(mirror.spec, shard.n_hops, people, follow, rng)
        fade_in(commands, mirror.last)
        deeds = (DEED,) * shard.n_hops
    mirror.film(deeds, commands, shard.index, shard.first_hop)


def draw_practice(
    spec: FaceSpec,
    n_hops: int,
    people: Sequence[Float32[np.ndarray, "_ fields"]],
    follow: Follow,
    rng: np.random.Generator,
) -> Float32[np.ndarray, "hops motors"]:
    """(n_hops, M) commands: one person's piece after another; what is no lip or jaw rests.

    Raises:
        ValueError: more hops than a shard has, or nobody to follow.
    """
    if n_hops > SHARD_HOPS or not people:
        raise ValueError(f"{n_hops} hops of practice with {len(people)} pieces of people's lips")
    lips = list(spec.indices("lips", "jaw"))
    commands = np.tile(spec.rest.values, (n_hops, 1))
    done = 0
    while done < n_hops:
        piece = people[int(rng.integers(len(people)))]
        size = rng.uniform(*SIZES)
        moved = follow((piece * size).astype(np.float32))[: n_hops - done]
        if done:
            fade_in(moved, commands[done - 1, lips])
        commands[done : done + len(moved), lips] = moved
        done += len(moved)
    noise = draw_noise(n_hops, len(lips), TRIED_HZ, rng)
    commands[:, lips] += rng.choice(TRIED) * noise
    return np.clip(commands, 0, 1).astype(np.float32)
