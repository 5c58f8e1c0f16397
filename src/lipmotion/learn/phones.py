"""What a phone asks of the lips: labels that teach closure and rounding, never run.

In: phones with times (`spoken.py`). Out: labels on the 50 Hz grid.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from ..timing import HOP_HZ
from .spoken import Spoken

SURE_HOPS: Final = 8  # within 160 ms of speech claims count
PAUSES: Final = ("", "_", "_:", "?")

# first letter of the IPA name → opening of the jaw and lips, 0 closed … 1 wide
# Source: vowel height of the IPA chart, scaled by eye; consonants share one small opening
OPENING: Final = {
    **dict.fromkeys("aɑæ", 1.0),
    **dict.fromkeys("ɐʌ", 0.8),
    **dict.fromkeys("ɔɒɛɜ", 0.6),
    **dict.fromkeys("eəɚɘhħʕʔ", 0.5),
    **dict.fromkeys("oɵ", 0.45),
    **dict.fromkeys("iɪɨɯyøœɥ", 0.3),
    **dict.fromkeys("uʊʉ", 0.25),
    **dict.fromkeys("wβ", 0.15),
    **dict.fromkeys("fvʋ", 0.12),
    **dict.fromkeys("pbmɓ", 0.0),
}
OTHER_OPENING: Final = 0.25
ROUNDED: Final = tuple("uʊʉwoɵ")
MAYBE_ROUNDED: Final = tuple("ɔɒyøœɥʃʒ")  # languages differ, or the corners don't show it
LABIODENTAL: Final = tuple("fvʋ")


@dataclass(frozen=True)
class PhoneLabels:
    """Labels of an utterance, one value a hop, (T,) float32 each.

    Attributes:
        closure: 1 where p b m close the lips.
        rounding: 1 in rounded vowels and w.
        labiodental: 1 in f and v.
        opening: 0 closed … 1 wide.
        voice: 1 where something is said.
        is_clear: 1 where rounding is known; 0 = don't ask.
    """

    closure: Float32[np.ndarray, " hops"]
    rounding: Float32[np.ndarray, " hops"]
    labiodental: Float32[np.ndarray, " hops"]
    opening: Float32[np.ndarray, " hops"]
    voice: Float32[np.ndarray, " hops"]
    is_clear: Float32[np.ndarray, " hops"]


def label_phones(spoken: Spoken, n_hops: int, *, start_s: float = 0.0) -> PhoneLabels:
    """Labels of an utterance that begins `start_s` into a clip; hop k is at k / 50 s."""
    time_s = np.arange(n_hops) / HOP_HZ - start_s + 1e-9  # a hop at a phone's very start is in it
    closure, rounding, labiodental, opening, voice = np.zeros((5, n_hops), np.float32)
    is_clear = np.ones(n_hops, np.float32)
    for phone in spoken.phones:
        if phone.name in PAUSES:
            continue
        during = (time_s >= phone.start_s) & (time_s < phone.end_s)
        first = phone.name[:1]
        voice[during] = 1
        opening[during] = OPENING.get(first, OTHER_OPENING)
        rounding[during] = first in ROUNDED or phone.name in ("əʊ", "əu")
        labiodental[during] = first in LABIODENTAL
        if any(sign in phone.name for sign in MAYBE_ROUNDED) or _turns_round(phone.name):
            is_clear[during] = 0
    for start, end in spoken.closures:
        during = (time_s >= start) & (time_s < end)
        if not during.any():  # shorter than a hop: the nearest one
            during = np.arange(n_hops) == round(((start + end) / 2 + start_s) * HOP_HZ)
        closure[during], opening[during] = 1, 0
    return PhoneLabels(closure, rounding, labiodental, opening, voice, is_clear)


def widen(
    is_true: Bool[np.ndarray, " hops"], n_before: int, n_after: int
) -> Bool[np.ndarray, " hops"]:
    """True also `n_before` hops before and `n_after` hops after every true hop."""
    kernel = np.ones(n_before + n_after + 1)
    wide = np.convolve(is_true.astype(float), kernel)
    return wide[n_before : n_before + len(is_true)] > 0.5


def _turns_round(name: str) -> bool:
    """A diphthong that ends rounded: its middle is anybody's guess."""
    return name[:1] in tuple("aɑæɐʌeɛ") and any(sign in name[1:] for sign in "uʊow")
