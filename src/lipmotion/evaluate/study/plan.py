"""Who sees which two films, in which order, and which of them left: balanced by construction.

In: how many methods, clips, viewers, trials. Out: for each viewer the trials in order.

Conventions: methods and clips are numbers; PERSON stands for the person's own film. A question is a
pair of methods at a clip. Question k of viewer v is pair (k + v + k // lcm) mod P at clip k mod C,
with lcm of C and P: as in a Latin square every viewer's next P questions are all pairs and next C
all clips, no question comes twice to one viewer, and over P viewers in turn every place k has every
pair. Sides alternate with k and turn over after P viewers. Only then the order is shuffled.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import lcm
from typing import Final

import numpy as np

PERSON: Final = -1
_SHUFFLES: Final = 20  # the one with the fewest clips twice in a row is taken

Side = tuple[int, int]  # method or PERSON, clip


@dataclass(frozen=True)
class Trial:
    """Two films beside the person's of `clip`.

    In a catch trial both are the person's, one of them of another clip: who looks, knows.
    """

    clip: int
    left: Side
    right: Side

    @property
    def is_catch(self) -> bool:
        return self.left[0] == self.right[0] == PERSON

    def turn(self) -> "Trial":
        """The same with left and right changed."""
        return Trial(self.clip, self.right, self.left)


def make_plan(
    n_methods: int, n_clips: int, *, n_viewers: int, n_trials: int, n_catches: int, seed: int
) -> list[list[Trial]]:
    """The trials of every viewer, in the order in which they are shown.

    Args:
        n_methods: at least 2.
        n_clips: at least 2 if there are catch trials.
        n_viewers: balance is exact for a multiple of twice the number of pairs.
        n_trials: of each viewer, catch trials not counted; at most pairs × clips are made.
        n_catches: of each viewer.
        seed: of the order.

    Raises:
        ValueError: too few methods or clips.
    """
    if n_methods < 2 or n_clips < (2 if n_catches else 1):
        raise ValueError("a study needs two methods and two clips")
    plan = []
    for viewer in range(n_viewers):
        rng = np.random.default_rng([seed, viewer])
        asked = ask(n_methods, n_clips, viewer=viewer, n_trials=n_trials)
        catches = catch(n_clips, viewer=viewer, n_catches=n_catches)
        plan.append(_mix(_shuffle(asked, rng), catches, rng))
    return plan


def ask(n_methods: int, n_clips: int, *, viewer: int, n_trials: int) -> list[Trial]:
    """A viewer's questions before they are shuffled."""
    pairs = list(combinations(range(n_methods), 2))
    turn = lcm(len(pairs), n_clips)
    trials = []
    for k in range(min(n_trials, len(pairs) * n_clips)):
        clip = k % n_clips
        first, second = pairs[(k + viewer + k // turn) % len(pairs)]
        trial = Trial(clip, (first, clip), (second, clip))
        trials.append(trial.turn() if (k + viewer // len(pairs)) % 2 else trial)
    return trials


def catch(n_clips: int, *, viewer: int, n_catches: int) -> list[Trial]:
    """A viewer's catch trials: the person's film against the person's film of another clip."""
    trials = []
    for k in range(n_catches):
        clip = (viewer + k) % n_clips
        other = (clip + 1 + (viewer + k) // n_clips % (n_clips - 1)) % n_clips
        trial = Trial(clip, (PERSON, clip), (PERSON, other))
        trials.append(trial.turn() if (viewer + k) % 2 else trial)
    return trials


def _shuffle(trials: list[Trial], rng: np.random.Generator) -> list[Trial]:
    def count_repeats(order: list[Trial]) -> int:
        return sum(a.clip == b.clip for a, b in pairwise(order))

    orders = [[trials[k] for k in rng.permutation(len(trials))] for _ in range(_SHUFFLES)]
    return min(orders, key=count_repeats)


def _mix(trials: list[Trial], catches: list[Trial], rng: np.random.Generator) -> list[Trial]:
    """One catch trial somewhere in each of as many equal stretches as there are."""
    edges = np.linspace(0, len(trials), len(catches) + 1).round().astype(int)
    mixed: list[Trial] = []
    for (start, end), own in zip(pairwise(edges), catches, strict=True):
        stretch = trials[start:end]
        stretch.insert(int(rng.integers(len(stretch) + 1)), own)
        mixed += stretch
    return mixed or trials
