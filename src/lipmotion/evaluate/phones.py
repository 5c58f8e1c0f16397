"""Phones of people's speech by forced alignment: the words are known, the times are found.

In: a sound and its words in order. Out: phones with their times on the sound's clock, and the holds
of p b m. The acoustic model and the dictionary are PocketSphinx's own, inside its wheel (BSD;
American English): nothing is fetched.

Conventions: phones are CMU's letters in lower case without stress (`uw`, `ow`); silence is `sil`.
Times are in steps of 10 ms. What does not fit its words is not trusted: None.

Measured on 62 clips of GRID's first talker: word starts lie 20 ms (median; 90 %: 89 ms) from GRID's
own, itself in steps of 20 ms; no clip failed; 0.05 s of processor time a clip.
Source: PocketSphinx 5, https://github.com/cmusphinx/pocketsphinx; Cooke et al. 2006 (GRID).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from ..errors import MissingExtraError
from .align_files import Word
from .sources import Phone

EXTRA: Final = "evaluate"
ENGINE: Final = "cmudict"  # how these phones are spelled, for `spoken.tell_rounding`
SILENCE: Final = "sil"
TRUSTED_S: Final = (
    0.1  # median distance of word starts from those that are known; further: a misfit
)
_FRAME_S: Final = 0.01
_BRITISH: Final = (("z", "Z EH D"),)  # GRID's talkers are British; the dictionary says zee
_BILABIAL: Final = ("p", "b", "m")


@dataclass(frozen=True)
class Phones:
    """What one clip says.

    Attributes:
        phones: in order, silence too.
        closures: holds of p b m. One that opens an utterance is left out: lips at rest are closed
            already, and no sound tells since when.
    """

    phones: tuple[Phone, ...]
    closures: tuple[Phone, ...]


@runtime_checkable
class Aligner(Protocol):
    """Finds phones of known words, as `SphinxAligner` does."""

    def align(
        self, sound: Float32[np.ndarray, " samples"], words: Sequence[Word]
    ) -> Phones | None: ...


class SphinxAligner:
    """Forced alignment by PocketSphinx; the same sound and words always give the same phones.

    Raises:
        MissingExtraError: PocketSphinx is not installed.
    """

    def __init__(self) -> None:
        try:
            import pocketsphinx
        except ImportError as error:
            raise MissingExtraError("pocketsphinx", EXTRA) from error
        # `bestpath` cuts phones shorter than their models: its authors turn it off to align, too
        self._decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL", bestpath=False)
        for name, spelled in _BRITISH:
            self._decoder.add_word(f"{name}(2)", spelled, True)

    def align(
        self,
        sound: Float32[np.ndarray, " samples"],
        words: Sequence[Word],
        *,
        is_timed: bool = True,
    ) -> Phones | None:
        """Phones of a sound, (N,) at 16 kHz; None where a word is unknown or nothing fits.

        Args:
            sound: the whole of it.
            words: all that is said, in order, with their times as far as they are known.
            is_timed: False where they are not: then all words must be found, anywhere.
        """
        names = [word.name for word in words]
        if not len(sound) or not names or not self._knows(names):
            return None
        pcm = (np.asarray(sound) * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes()
        try:
            self._decoder.set_align_text(" ".join(names))
            self._hear(pcm)  # words first, then phones within them
            self._decoder.set_alignment()
            self._hear(pcm)
            found = [
                (_to_phone(w), [_to_phone(p) for p in w]) for w in self._decoder.get_alignment()
            ]
        except RuntimeError:  # the words are not in this sound
            return None
        starts = [word.start_s for word, _ in found if not _is_filler(word.name)]
        if len(starts) != len(words) or (is_timed and not fits(starts, words)):
            return None
        phones = tuple(phone for _, own in found for phone in own)
        return Phones(phones, find_holds(phones))

    def _knows(self, names: Sequence[str]) -> bool:
        return all(self._decoder.lookup_word(name) is not None for name in names)

    def _hear(self, pcm: bytes) -> None:
        self._decoder.reinit_feat()  # or what was heard before would colour this
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()


def fits(starts_s: Sequence[float], words: Sequence[Word]) -> bool:
    """Whether words were found about where they are known to be."""
    if len(starts_s) != len(words):
        return False
    apart = [abs(start - word.start_s) for start, word in zip(starts_s, words, strict=True)]
    return float(np.median(apart)) <= TRUSTED_S


def find_holds(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """p b m that do not open an utterance."""
    return tuple(
        phone
        for before, phone in pairwise(phones)
        if phone.name in _BILABIAL and before.name != SILENCE
    )


def keep_heard(words: Sequence[Word], seconds: float) -> list[Word]:
    """The words whose middle lies in a sound of so many seconds."""
    return [word for word in words if 0 <= (word.start_s + word.end_s) / 2 <= seconds]


def _to_phone(entry: Any) -> Phone:
    name = SILENCE if _is_filler(entry.name) else entry.name.lower()
    return Phone(entry.start * _FRAME_S, (entry.start + entry.duration) * _FRAME_S, name)


def _is_filler(name: str) -> bool:
    """Silence, noise, and the marks of a sentence's ends."""
    return name.lower() == SILENCE or name[:1] in ("<", "+")
