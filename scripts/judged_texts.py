"""The texts that judge, and the list of them that training refuses.

In: `texts.yaml` of `benchmarks/spoken` and of `benchmarks/sung`. Out: what is to be said and sung,
and `lipmotion/learn/held_out.yaml`, which both scripts write anew from both files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lipmotion.config import read_config
from lipmotion.learn.held_out import HELD_OUT_FILE, normalise

BENCHMARKS: Final = Path(__file__).parents[1] / "benchmarks"
SPOKEN: Final = BENCHMARKS / "spoken"
SUNG: Final = BENCHMARKS / "sung"
HELD_OUT_ENGINES: Final = ("flite", "festival", "kokoro", "piper")  # none of them teaches


@dataclass(frozen=True)
class Sentences:
    """What is said in one language.

    Attributes:
        language: ISO 639-1.
        voice: of espeak-ng.
        texts: what is said.
        espeak: variants of espeak-ng, one a text.
        kokoro: voices of Kokoro, one a text; none where it lacks the language's sounds.
        spoken: what espeak-ng is given instead, where it cannot read the texts.
        others: whether the English voices of flite and Piper say them, too.
    """

    language: str
    voice: str
    texts: tuple[str, ...]
    espeak: tuple[str, ...]
    kokoro: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    others: bool = False


@dataclass(frozen=True)
class Texts:
    """The file texts.yaml of what is said."""

    sentences: tuple[Sentences, ...]


@dataclass(frozen=True)
class Song:
    """One text and how it is sung.

    Attributes:
        name: of its files.
        language: ISO 639-1.
        voice: of espeak-ng, which gives the IPA; "" for flite.
        singer: a voice of Kokoro, or of flite where `voice` is "".
        text: what is sung.
        tonic_hz: pitch of step 0.
        melody: semitones above it, a note a run of vowels; begins anew at its end.
        stretch: how many times as long each of these notes holds its vowels; begins anew, too.
        vibrato_hz: 0 = none.
        chords: roots in semitones above the tonic, one a bar.
        beats_per_minute: of the accompaniment.
    """

    name: str
    language: str
    voice: str
    singer: str
    text: str
    tonic_hz: float
    melody: tuple[int, ...]
    stretch: tuple[float, ...]
    vibrato_hz: float
    chords: tuple[int, ...]
    beats_per_minute: float


@dataclass(frozen=True)
class Songs:
    """The file texts.yaml of what is sung.

    Attributes:
        songs: all of them.
        track: names of those that make the song with instrumental breaks.
        whispered: names of those whose texts are also whispered.
    """

    songs: tuple[Song, ...]
    track: tuple[str, ...]
    whispered: tuple[str, ...]


def read_sentences() -> tuple[Sentences, ...]:
    return read_config(SPOKEN / "texts.yaml", Texts).sentences


def read_songs() -> Songs:
    return read_config(SUNG / "texts.yaml", Songs)


def write_held_out() -> None:
    """Writes what training must refuse: engines, variants of espeak-ng, normalised texts."""
    HELD_OUT_FILE.write_text(list_held_out(read_sentences(), read_songs()), encoding="utf-8")


def list_held_out(sentences: tuple[Sentences, ...], songs: Songs) -> str:
    """The same as YAML."""
    variants = sorted({name for s in sentences for name in s.espeak})
    said = [normalise(text) for s in sentences for text in (*s.texts, *s.spoken)]
    said += [normalise(song.text) for song in songs.songs]
    return (
        "# Judges, so never teaches; made by scripts/judged_texts.py.\n"
        f"engines: [{', '.join(HELD_OUT_ENGINES)}]\n"
        f"variants: [{', '.join(variants)}] # of espeak-ng\n"
        "texts:\n" + "".join(f"  - {text}\n" for text in said)
    )
