"""What never teaches: the texts, voices and engines that judge (`held_out.yaml`).

In: what training is about to take. Out: nothing, or a refusal that names it. The file is written
by `scripts/judged_texts.py` from the texts that the benchmarks say and sing.
"""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ..config import read_config
from ..errors import ConfigError

LEAST_PART: Final = 12  # letters of a part by which a sentence is known
HELD_OUT_FILE: Final = Path(__file__).with_name("held_out.yaml")


@dataclass(frozen=True)
class HeldOut:
    """What judges, and so must not teach.

    Attributes:
        engines: whole engines, any voice.
        variants: of espeak-ng, in any language.
        texts: sentences, as `normalise` writes them.
    """

    engines: tuple[str, ...]
    variants: tuple[str, ...]
    texts: tuple[str, ...]


@cache
def read_held_out() -> HeldOut:
    """The file of the package."""
    return read_config(HELD_OUT_FILE, HeldOut)


def normalise(text: str) -> str:
    """Letters and digits alone, in lower case, without accents and vowel signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    marks = ("Mn", "Mc", "Me")
    kept = (c for c in plain if unicodedata.category(c) not in marks)
    words = "".join(c if c.isalnum() else " " for c in kept).split()
    return unicodedata.normalize("NFC", " ".join(words))


def check_text(text: str, where: str) -> None:
    """Refuses a sentence that judges, in whole or in part, or a text that holds one.

    Raises:
        ConfigError: it does.
    """
    plain = normalise(text)
    for held in read_held_out().texts if plain else ():
        is_part = len(plain) >= LEAST_PART and f" {plain} " in f" {held} "
        if is_part or f" {held} " in f" {plain} ":
            raise ConfigError(
                f"{where}: the text {text!r} is held out to judge by ({HELD_OUT_FILE}), "
                "so it must not teach; take it away"
            )


def check_voice(engine: str, voice: str, where: str) -> None:
    """Refuses a voice that judges.

    Args:
        engine: e.g. ``espeak-ng``; what follows a space is its version.
        voice: of espeak-ng ``LANGUAGE+VARIANT``.
        where: what asks for it.

    Raises:
        ConfigError: it does.
    """
    name, held = (engine.split() or [""])[0].lower(), read_held_out()
    variant = voice.partition("+")[2].lower() if name == "espeak-ng" else ""
    if name in held.engines or variant in [other.lower() for other in held.variants]:
        raise ConfigError(
            f"{where}: the voice {voice!r} of {name} is held out to judge by ({HELD_OUT_FILE}), "
            "so it must not teach; take it away"
        )


def check_sounds(paths: Iterable[Path]) -> None:
    """Refuses sounds whose NAME.json says that they were made of what judges.

    Raises:
        ConfigError: one was.
    """
    for path in paths:
        about = path.with_suffix(".json")
        try:
            raw = json.loads(about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # no description, or none of ours
        if isinstance(raw, dict) and "engine" in raw:
            check_voice(str(raw["engine"]), str(raw.get("voice", "")), str(path))
            check_text(str(raw.get("text", "")), str(path))
