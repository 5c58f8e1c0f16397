"""Lip-reading: which of four words stands in a slot of a GRID sentence, told from the lips alone.

In: lip tracks, word times (`align_files.py`) and speech ranges. Out: how many slots are read right.
A GRID sentence is command colour preposition letter digit adverb; command, colour, preposition and
adverb have four words each, so chance is one quarter. The reader learns from people.

Conventions: lips in shares of their owner's range, so that a small mouth is read as a large one;
a field that moves no further than the tracker's noise says nothing. Neither a word's length nor the
sound is told. Source: Cooke et al., An audio-visual corpus for speech perception and automatic
speech recognition, 2006 (GRID); Ledoit and Wolf, 2004 (shrinking a covariance).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float64, Int

from ..lips import LIP_FIELDS, LIP_INDEX
from ..timing import HOP_HZ
from .align_files import Word
from .metrics import Share, SpeechRange

# slot → its place in the sentence, its words
SLOTS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "command": (0, ("bin", "lay", "place", "set")),
    "colour": (1, ("blue", "green", "red", "white")),
    "preposition": (2, ("at", "by", "in", "with")),
    "adverb": (5, ("again", "now", "please", "soon")),
}
CHANCE: Final = 0.25
N_WORDS: Final = 6
FIELDS: Final = tuple(name for name in LIP_FIELDS if name != "protrusion")
N_POINTS: Final = 9  # of a word
AROUND_S: Final = 0.06  # lips set out before the sound
SHRINKS: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7)
N_FOLDS: Final = 5
_MOST: Final = 3.0  # ranges; farther out is a tracker's slip


@dataclass(frozen=True)
class Example:
    """One word as its lips: slot, number of the word among the four, (F,) lips."""

    slot: str
    word: int
    lips: Float64[np.ndarray, " features"]


@dataclass(frozen=True)
class SlotReader:
    """Linear discriminants of one slot: of lips x the word k of greatest x · slope_k + bias_k.

    Attributes:
        slope: (F, 4), bias: (4,).
        shrink: share of the covariance that was made round.
        n_examples: that it learned from.
    """

    slope: Float64[np.ndarray, "features 4"]
    bias: Float64[np.ndarray, " 4"]
    shrink: float
    n_examples: int

    def read(self, lips: Float64[np.ndarray, "words features"]) -> Int[np.ndarray, " words"]:
        """The words, by number."""
        return (lips @ self.slope + self.bias).argmax(axis=1)


@dataclass(frozen=True)
class Reader:
    """Reads all four slots."""

    slots: Mapping[str, SlotReader]

    def count_right(
        self, values: Float[np.ndarray, "hops fields"], own: SpeechRange, words: Sequence[Word]
    ) -> Share:
        """Slots of a sentence that are read right, of all that can be."""
        found = [x for x in cut_sentence(values, own, words) if x.slot in self.slots]
        right = [int(self.slots[x.slot].read(x.lips[None])[0]) == x.word for x in found]
        return Share(float(sum(right)), float(len(right)))


def cut_sentence(
    values: Float[np.ndarray, "hops fields"], own: SpeechRange, words: Sequence[Word]
) -> list[Example]:
    """The slots of one sentence; none where it is no sentence of GRID.

    Args:
        values: (T, 12) lips on the 50 Hz grid.
        own: range of their owner.
        words: with their times on the same clock, silence left out.
    """
    if len(words) != N_WORDS:
        return []
    return [
        Example(slot, known.index(words[place].name), cut_word(values, own, words[place]))
        for slot, (place, known) in SLOTS.items()
        if words[place].name in known
    ]


def cut_word(
    values: Float[np.ndarray, "hops fields"], own: SpeechRange, word: Word
) -> Float64[np.ndarray, " features"]:
    """Lips of one word at N_POINTS times, in shares of the owner's range, (N_POINTS · FIELDS,)."""
    at = np.linspace(word.start_s - AROUND_S, word.end_s + AROUND_S, N_POINTS) * HOP_HZ
    columns = []
    for name in FIELDS:
        if own.is_moving(name):
            low, span = float(own.low[LIP_INDEX[name]]), own.span(name)
            curve = np.interp(at, np.arange(len(values)), values[:, LIP_INDEX[name]].astype(float))
            columns.append(((curve - low) / span - 0.5).clip(-_MOST, _MOST))
        else:
            columns.append(np.zeros(N_POINTS))
    return np.concatenate(columns)


def fit_reader(examples: Sequence[Example]) -> Reader:
    """Learns from people; slots of which a word was seen fewer than N_FOLDS times are left out."""
    slots = {}
    for slot, (_, known) in SLOTS.items():
        own = [x for x in examples if x.slot == slot]
        counts = np.bincount([x.word for x in own], minlength=len(known))
        if counts.min() >= N_FOLDS:
            lips = np.stack([x.lips for x in own])
            slots[slot] = _fit_slot(lips, np.array([x.word for x in own]))
    return Reader(slots)


def _fit_slot(
    lips: Float64[np.ndarray, "words features"], words: Int[np.ndarray, " words"]
) -> SlotReader:
    """The shrinking that reads words left out best, then all of them."""
    order = np.argsort(words, kind="stable")
    folds = np.empty(len(words), int)
    folds[order] = np.arange(len(words)) % N_FOLDS  # each word in each fold
    rights = []
    for shrink in SHRINKS:
        right = 0
        for fold in range(N_FOLDS):
            out = folds == fold
            reader = _solve(lips[~out], words[~out], shrink)
            right += int((reader.read(lips[out]) == words[out]).sum())
        rights.append(right)
    return _solve(lips, words, SHRINKS[int(np.argmax(rights))])


def _solve(
    lips: Float64[np.ndarray, "words features"], words: Int[np.ndarray, " words"], shrink: float
) -> SlotReader:
    n_words = max(len(known) for _, known in SLOTS.values())
    means = np.stack([lips[words == k].mean(axis=0) for k in range(n_words)])
    apart = lips - means[words]
    spread = np.maximum(apart.std(axis=0), 1e-3)
    apart = apart / spread
    within = (1 - shrink) * (apart.T @ apart) / len(lips) + shrink * np.eye(lips.shape[1])
    slope = np.linalg.solve(within, (means / spread).T) / spread[:, None]
    return SlotReader(slope, -0.5 * np.einsum("kf,fk->k", means, slope), shrink, len(lips))
