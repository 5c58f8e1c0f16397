"""The set of speech that knows its phones: sentences → `benchmarks/spoken/`.

    python scripts/spoken_set.py --wheels WHEELS [--out benchmarks/spoken]

In: `texts.yaml` in the folder; espeak-ng and flite on the system; the wheels of Kokoro and Piper
(benchmarks/spoken/README.md says which, `spoken_engines.py` pins them). Out: NAME.opus beside
NAME.json, `index.json` with the hash of every file, and the list of texts and voices that training
refuses (`lipmotion/learn/held_out.yaml`). espeak-ng draws some noise by chance: made again, the set
is the same but for that.
"""

import argparse
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from spoken_engines import WHEELS, Kokoro, Piper, Utterance, say_espeak, say_flite

from lipmotion.config import read_config
from lipmotion.learn.held_out import HELD_OUT_FILE, normalise
from lipmotion.timing import SAMPLE_RATE_HZ

FOLDER: Final = Path(__file__).parents[1] / "benchmarks" / "spoken"
QUIET_S: Final = 0.2  # before and after each utterance
PEAK: Final = 0.6
RATES: Final = (145, 160)  # words a minute of espeak-ng, one a sentence
PITCHES: Final = (42, 58)
FLITE_VOICES: Final = ("slt", "rms")
HELD_OUT_ENGINES: Final = ("flite", "festival", "kokoro", "piper")  # none of them teaches
CREDITS: Final = {
    "espeak-ng": "espeak-ng (GPL-3.0+); what it says is free of it",
    "flite": "CMU Flite, voices cmu_us_slt and cmu_us_rms (CMU's free licence); Carnegie Mellon "
    "University, CMU ARCTIC",
    "kokoro": "Kokoro-82M and its voices by hexgrad (Apache-2.0), ONNX by thewh1teagle (MIT)",
    "piper": "Piper's en_US-joe-medium; recordings CC0, NabuCasa voice-datasets",
}


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
    """The file texts.yaml."""

    sentences: tuple[Sentences, ...]


@dataclass(frozen=True)
class Clip:
    """One utterance with its name and where it comes from."""

    name: str
    language: str
    engine: str
    voice: str
    text: str
    utterance: Utterance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, required=True, help="folder of Kokoro and Piper")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for old in [*options.out.glob("*.opus"), *options.out.glob("*.json")]:
        old.unlink()
    versions = find_versions()
    texts = read_config(FOLDER / "texts.yaml", Texts)
    HELD_OUT_FILE.write_text(list_held_out(texts), encoding="utf-8")
    for clip in make_clips(texts, options.wheels):
        write_clip(options.out, clip, versions)
    write_index(options.out, versions)


def make_clips(texts: Texts, wheels: Path) -> Iterator[Clip]:
    """Every sentence by every engine that is meant for it."""
    kokoro, piper = Kokoro(wheels), Piper(wheels)
    for s in texts.sentences:
        for k, text in enumerate(s.texts):
            said = s.spoken[k] if s.spoken else text
            voice = f"{s.voice}+{s.espeak[k]}"
            utterance = say_espeak(said, voice, rate=RATES[k], pitch=PITCHES[k])
            yield Clip(f"{s.language}_{k}_espeak", s.language, "espeak-ng", voice, text, utterance)
            if s.kokoro:
                utterance = kokoro.say(said, s.voice, s.kokoro[k])
                name = f"{s.language}_{k}_kokoro"
                yield Clip(name, s.language, "kokoro", s.kokoro[k], text, utterance)
            if s.others:
                utterance = piper.say(text, slowness=1.1)
                yield Clip(f"{s.language}_{k}_piper", s.language, "piper", "joe", text, utterance)
                for voice in FLITE_VOICES:
                    name = f"{s.language}_{k}_flite_{voice}"
                    yield Clip(name, s.language, "flite", voice, text, say_flite(text, voice))


def list_held_out(texts: Texts) -> str:
    """What training must refuse, as YAML: engines, variants of espeak-ng, normalised texts."""
    variants = sorted({name for s in texts.sentences for name in s.espeak})
    said = [normalise(text) for s in texts.sentences for text in (*s.texts, *s.spoken)]
    return (
        "# Judges, so never teaches; made by scripts/spoken_set.py.\n"
        f"engines: [{', '.join(HELD_OUT_ENGINES)}]\n"
        f"variants: [{', '.join(variants)}] # of espeak-ng\n"
        "texts:\n" + "".join(f"  - {text}\n" for text in said)
    )


def write_clip(out: Path, clip: Clip, versions: dict[str, str]) -> None:
    """Writes the sound and its truth; a little quiet before and after."""
    quiet = np.zeros(round(QUIET_S * SAMPLE_RATE_HZ), np.float32)
    samples = clip.utterance.samples
    samples = samples * np.float32(PEAK / np.abs(samples).max())
    samples = np.concatenate([quiet, samples, quiet])
    sound, truth = out / f"{clip.name}.opus", out / f"{clip.name}.json"
    soundfile.write(sound, samples, SAMPLE_RATE_HZ, format="OGG", subtype="OPUS")  # 30 kbit/s
    labels = {
        key: [[round(a + QUIET_S, 4), round(b + QUIET_S, 4), name] for a, b, name in phones]
        for key, phones in (
            ("phones", clip.utterance.phones),
            ("closures", clip.utterance.closures),
        )
    }
    about = {
        "language": clip.language,
        "lang": clip.language,
        "engine": f"{clip.engine} {versions[clip.engine]}",
        "voice": clip.voice,
        "text": clip.text,
        "sample_rate": SAMPLE_RATE_HZ,
        "duration": round(len(samples) / SAMPLE_RATE_HZ, 4),
    }
    text = json.dumps({**about, **labels}, ensure_ascii=False)
    truth.write_text(text + "\n", encoding="utf-8")


def write_index(out: Path, versions: dict[str, str]) -> None:
    """What the folder holds, who spoke, and whom to thank."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.iterdir())
        if path.suffix in (".opus", ".json") and path.name != "index.json"
    }
    index = {"engines": versions, "credits": CREDITS, "wheels": WHEELS, "files": files}
    text = json.dumps(index, indent=1, ensure_ascii=False)
    (out / "index.json").write_text(text + "\n", encoding="utf-8")


def find_versions() -> dict[str, str]:
    """Versions of what speaks."""
    told = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True)
    return {
        "espeak-ng": told.stdout.split("text-to-speech:")[1].split()[0],
        "flite": "2.2",
        "kokoro": "82M-v1.0-int8",
        "piper": "en_US-joe-medium-1.0.0",
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    main()
