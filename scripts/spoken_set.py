"""The set of speech that knows its phones: sentences → `benchmarks/spoken/`.

    python scripts/spoken_set.py --wheels WHEELS [--out benchmarks/spoken]

In: `texts.yaml` in the folder; espeak-ng and flite on the system; the wheels of Kokoro and Piper
(benchmarks/spoken/README.md says which, `spoken_engines.py` pins them). Out: NAME.opus beside
NAME.json, `index.json` with the hash of every file, and the list of texts and voices that training
refuses (`judged_texts.py`). espeak-ng draws some noise by chance: made again, the set
is the same but for that.
"""

import argparse
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from judged_texts import SPOKEN, Sentences, read_sentences, write_held_out
from spoken_engines import WHEELS, Kokoro, Piper, Utterance, say_espeak, say_flite

from lipmotion.timing import SAMPLE_RATE_HZ

Labels = Sequence[Sequence[float | str]]  # start and end in seconds, and a name

QUIET_S: Final = 0.2  # before and after each utterance
PEAK: Final = 0.6
RATES: Final = (145, 160)  # words a minute of espeak-ng, one a sentence
PITCHES: Final = (42, 58)
FLITE_VOICES: Final = ("slt", "rms")
CREDITS: Final = {
    "espeak-ng": "espeak-ng (GPL-3.0+); what it says is free of it",
    "flite": "CMU Flite, voices cmu_us_slt and cmu_us_rms (CMU's free licence); Carnegie Mellon "
    "University, CMU ARCTIC",
    "kokoro": "Kokoro-82M and its voices by hexgrad (Apache-2.0), ONNX by thewh1teagle (MIT)",
    "piper": "Piper's en_US-joe-medium; recordings CC0, NabuCasa voice-datasets",
}


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
    parser.add_argument("--out", type=Path, default=SPOKEN)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for old in [*options.out.glob("*.opus"), *options.out.glob("*.json")]:
        old.unlink()
    versions = find_versions()
    write_held_out()
    for clip in make_clips(read_sentences(), options.wheels):
        write_clip(options.out, clip, versions)
    write_index(options.out, versions, {"credits": CREDITS, "wheels": WHEELS})


def make_clips(sentences: Sequence[Sentences], wheels: Path) -> Iterator[Clip]:
    """Every sentence by every engine that is meant for it."""
    kokoro, piper = Kokoro(wheels), Piper(wheels)
    for s in sentences:
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


def write_clip(out: Path, clip: Clip, versions: dict[str, str]) -> None:
    """Writes the sound and its truth; a little quiet before and after."""
    quiet = np.zeros(round(QUIET_S * SAMPLE_RATE_HZ), np.float32)
    samples = np.concatenate([quiet, clip.utterance.samples, quiet])
    about = {
        "language": clip.language,
        "lang": clip.language,
        "engine": f"{clip.engine} {versions[clip.engine]}",
        "voice": clip.voice,
        "text": clip.text,
    }
    write_labelled(out / clip.name, samples, about, move_later(clip.utterance, QUIET_S))


def move_later(utterance: Utterance, seconds: float) -> dict[str, list[tuple[float, float, str]]]:
    """Its phones and closures, as they are written."""
    return {
        key: [(a + seconds, b + seconds, name) for a, b, name in phones]
        for key, phones in (("phones", utterance.phones), ("closures", utterance.closures))
    }


def write_labelled(
    path: Path, samples: np.ndarray, about: Mapping[str, object], labels: Mapping[str, Labels]
) -> None:
    """Writes a sound (path.opus, its peak made PEAK) and what is known of it (path.json)."""
    samples = (samples * (PEAK / np.abs(samples).max())).astype(np.float32)
    sound, truth = path.with_suffix(".opus"), path.with_suffix(".json")
    soundfile.write(sound, samples, SAMPLE_RATE_HZ, format="OGG", subtype="OPUS")  # 30 kbit/s
    row = {
        **about,
        "sample_rate": SAMPLE_RATE_HZ,
        "duration": round(len(samples) / SAMPLE_RATE_HZ, 4),
        **{
            key: [[round(a, 4), round(b, 4), *rest] for a, b, *rest in rows]
            for key, rows in labels.items()
        },
    }
    truth.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")


def write_index(out: Path, versions: dict[str, str], about: Mapping[str, object]) -> None:
    """What the folder and its subfolders hold, who spoke, and whom to thank."""
    files = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.suffix in (".opus", ".json") and path.name != "index.json"
    }
    text = json.dumps({"engines": versions, **about, "files": files}, indent=1, ensure_ascii=False)
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
