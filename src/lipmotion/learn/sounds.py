"""Which sounds the teachers hear: speech files by group, synthetic speech, noise; and synthetic
speech in every language that has a text.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..media.sound import read_sound
from .held_out import check_text, check_voice
from .noise import make_noise
from .spoken import (
    ENGINE,
    HELD_OUT,
    HELD_OUT_VARIANTS,
    LANGUAGES,
    VARIANTS,
    Spoken,
    read_lines,
    speak,
)

SOUND_SUFFIXES: Final = (".flac", ".wav", ".opus", ".ogg", ".mp3", ".mp4", ".m4a", ".mkv", ".webm")
N_HELD_OUT_ROUNDS: Final = 5
N_NOISES: Final = 60
NOISE_S: Final = 8

Sounds = Iterator[tuple[str, str, Float32[np.ndarray, " samples"]]]


def read_sounds(folder: Path, texts: Path, n_rounds: int, *, seed: int) -> Sounds:
    """Sounds as (name, group, samples at 16 kHz).

    Files of every group, which is the first folder they lie in; then synthetic speech of all
    languages; then synthetic speech that only checks (its group begins with `dev_`, as the name of
    any folder may); then noise.

    Args:
        folder: groups of speech files.
        texts: folder of `LANGUAGE.txt`.
        n_rounds: utterances of each synthetic language.
        seed: draws what is spoken, and the noise.

    Raises:
        MediaError: a file cannot be read.
    """
    for path in find_files(folder):
        group = path.relative_to(folder).parts[0]
        yield path.stem, group, read_sound(path)
    rng = np.random.default_rng([seed, 2])
    for name, spoken in speak_all(texts, LANGUAGES, VARIANTS, n_rounds, rng=rng):
        yield name, "espeak", spoken.samples
    for name, spoken in speak_all(texts, HELD_OUT, HELD_OUT_VARIANTS, N_HELD_OUT_ROUNDS, rng=rng):
        yield name, "dev_espeak", spoken.samples
    for k in range(N_NOISES):
        gain = 10 ** (rng.uniform(-50, -12) / 20)
        sound = make_noise(16_000 * NOISE_S, rng=rng) * np.float32(gain)
        yield f"noise/{k}", "noise", sound.clip(-1, 1)


def count_sounds(folder: Path, texts: Path, n_rounds: int) -> int:
    """How many sounds `read_sounds` gives; fewer where espeak-ng lacks a voice."""
    n_languages, n_held_out = (
        sum(bool(read_lines(texts, language)) for language in voices)
        for voices in (LANGUAGES, HELD_OUT)
    )
    n_spoken = n_languages * n_rounds + n_held_out * N_HELD_OUT_ROUNDS
    return len(find_files(folder)) + n_spoken + N_NOISES


def speak_all(
    texts: Path,
    voices: Mapping[str, tuple[str, ...]],
    variants: Sequence[str],
    n_rounds: int,
    *,
    rng: np.random.Generator,
) -> Iterator[tuple[str, Spoken]]:
    """Utterances in every language that has a text, `n_rounds` each: (name, utterance).

    Raises:
        ConfigError: a text or a voice is held out to judge by.
    """
    check_spoken(texts, voices, variants)
    lines = {language: read_lines(texts, language) for language in voices}
    for k in range(n_rounds):
        for language, clauses in lines.items():
            if not clauses:
                continue
            voice = str(rng.choice(voices[language]))
            variant = str(rng.choice([*variants, ""]))
            spoken = speak(
                str(rng.choice(clauses)),
                f"{voice}+{variant}" if variant else voice,
                words_per_minute=int(rng.integers(130, 231)),
                pitch=int(rng.integers(15, 86)),
                pitch_range=int(rng.integers(20, 81)),
            )
            if spoken is not None:
                yield f"{voice}+{variant}/{k}", spoken


def check_spoken(
    texts: Path, voices: Mapping[str, tuple[str, ...]], variants: Sequence[str]
) -> None:
    """Looks whether all that would be spoken may be.

    Raises:
        ConfigError: a text or a voice is held out to judge by.
    """
    for language in voices:
        for line in read_lines(texts, language):
            check_text(line, str(texts / f"{language}.txt"))
    for variant in variants:
        check_voice(ENGINE, f"+{variant}", "synthetic speech")


def find_files(folder: Path) -> list[Path]:
    """All sound files below a folder of groups."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND_SUFFIXES)
