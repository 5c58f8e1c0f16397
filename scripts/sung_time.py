"""Stretched vowels: where each moment of speech lies in the song made of it.

In: phones with times, and how many times as long each run of vowels is to be. Out: a `Stretch`, by
which sounds and labels are moved alike.

Conventions: seconds from the first sample. Consonants and pauses keep their length. So do the first
and last EDGE_S of a run of vowels, where the lips still come from a consonant or go to one, and
into which a label that is a little off would draw that consonant; what is between takes it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

EDGE_S: Final = 0.02
BY_LETTERS: Final = ("flite",)  # spells phones in Arpabet; the others in IPA
IPA_VOWELS: Final = frozenset("aeiouyɑɛɔəɐʊɪøæʌɨɯʏœɒɜɵʉɚɘᵻ")

Span = tuple[float, float]
Phone = tuple[float, float, str]


@dataclass(frozen=True)
class Stretch:
    """A way from times of the speech to times of the song: straight between knots.

    Attributes:
        spoken: (K,) seconds of the speech, rising, the first 0.
        sung: (K,) where they lie in the song, rising, the first 0.
    """

    spoken: np.ndarray
    sung: np.ndarray

    @property
    def seconds(self) -> float:
        """Length of the song."""
        return float(self.sung[-1])

    def to_sung(self, times_s: np.ndarray | float) -> np.ndarray:
        return np.interp(times_s, self.spoken, self.sung)

    def to_spoken(self, times_s: np.ndarray | float) -> np.ndarray:
        return np.interp(times_s, self.sung, self.spoken)

    def move(self, phones: Sequence[Phone]) -> list[Phone]:
        """Phones of the speech as phones of the song."""
        return [
            (float(self.to_sung(start)), float(self.to_sung(end)), name)
            for start, end, name in phones
        ]


def is_vowel(name: str, engine: str) -> bool:
    """Whether a phone is a vowel, as the engine spells it."""
    return name[:1] in (frozenset("aeiou") if engine in BY_LETTERS else IPA_VOWELS)


def find_nuclei(phones: Sequence[Phone], engine: str) -> list[Span]:
    """Runs of vowels without a gap, in order: each gets a note."""
    nuclei: list[Span] = []
    for start, end, name in phones:
        if not is_vowel(name, engine):
            continue
        if nuclei and start - nuclei[-1][1] < 1e-6:
            nuclei[-1] = (nuclei[-1][0], end)
        else:
            nuclei.append((start, end))
    return nuclei


def stretch_spans(spans: Sequence[Span], factors: Sequence[float], seconds: float) -> Stretch:
    """Makes each span `factor` times as long, and the rest of `seconds` as long as it was.

    Args:
        spans: in order, without overlap.
        factors: one a span, at least 1.
        seconds: length of the speech.

    Raises:
        ValueError: spans overlap, leave the speech, or a factor is below 1.
    """
    spoken, sung = [0.0], [0.0]
    for (start, end), factor in zip(spans, factors, strict=True):
        if start < spoken[-1] - 1e-9 or end <= start or end > seconds + 1e-9 or factor < 1:
            raise ValueError(
                f"the span {start:g} … {end:g} s × {factor:g} is not in order, or leaves "
                f"{seconds:g} s, or is to be shorter than it was"
            )
        edge = min(EDGE_S, (end - start) / 4)
        shift = sung[-1] - spoken[-1]
        longer = (factor - 1) * (end - start)
        for time, later in (
            (start, 0.0), (start + edge, 0.0), (end - edge, longer), (end, longer),
        ):  # fmt: skip
            if time > spoken[-1]:
                spoken.append(time)
                sung.append(time + shift + later)
    if seconds > spoken[-1]:
        sung.append(sung[-1] + seconds - spoken[-1])
        spoken.append(seconds)
    return Stretch(np.array(spoken), np.array(sung))
