"""Synthetic speech that knows its phones: espeak-ng through its event callback, sample-exact.

In: a text and a voice. Out: sound at 16 kHz and the phones with their times, from which the labels
that teach closure and rounding are drawn. Formant speech sounds robotic, but it comes in a hundred
languages and voices; it may teach, it never judges alone.

Source: espeak-ng, src/include/espeak-ng/speak_lib.h (structs, constants).
"""

import ctypes
import ctypes.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import LipmotionError
from ..media.sound import change_rate
from ..timing import SAMPLE_RATE_HZ

ENGINE: Final = "espeak-ng"
_SYNCHRONOUS, _PHONEME_EVENTS, _IPA = 2, 1, 2
_UTF8, _PHONEME_INPUT, _EVENT_END, _EVENT_PHONEME = 1, 0x100, 0, 7
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_LONGEST_HOLD_S: Final = 0.12
_RELEASE_S: Final = 0.01
_SILENT_HOLD_S: Final = (
    0.06  # after a pause p and b are released at their event: the hold is before
)
_PAUSES: Final = ("", "_", "_:")

# text (ISO 639-3, names of the UDHR corpus) → espeak-ng voices; those of HELD_OUT never train,
# nor does what held_out.yaml names
LANGUAGES: Final = {
    "eng": ("en-us", "en-gb", "en-gb-scotland"),
    "spa": ("es", "es-419"),
    "fra": ("fr",),
    "deu": ("de",),
    "ita": ("it",),
    "por_BR": ("pt-br",),
    "por_PT": ("pt",),
    "rus": ("ru",),
    "ces": ("cs",),
    "nld": ("nl",),
    "swe": ("sv",),
    "ron": ("ro",),
    "ell_monotonic": ("el",),
    "ind": ("id",),
    "pes_1": ("fa",),
    "kat": ("ka",),
    "cym": ("cy",),
    "tam": ("ta",),
    "bul": ("bg",),
    "ukr": ("uk",),
    "cat": ("ca",),
    "arb": ("ar",),
    "hin": ("hi",),
    "hun": ("hu",),
    "kor": ("ko",),
}
HELD_OUT: Final = {
    "tur": ("tr",),
    "pol": ("pl",),
    "swh": ("sw",),
    "fin": ("fi",),
    "vie": ("vi",),
}
_VARIANT_NAMES: Final = (
    "m1 m2 m4 m5 m7 m8 f1 f4 f5 adam alex Alicia belinda benjamin boris david Denis Diogo ed "
    "edward Henrique Hugo iven Jacky John kaukovalta Lee linda Marcelo max Michael michel miguel "
    "mike Nguyen pablo pedro quincy rob robert steph2 Storm Tweaky zac klatt klatt3 klatt4 klatt6 "
    "anika antonio aunty"
)
VARIANTS: Final = tuple(_VARIANT_NAMES.split())
HELD_OUT_VARIANTS: Final = ("f2", "f3", "m3", "klatt2", "Annie", "Gene", "paul", "steph", "m6")


@dataclass(frozen=True)
class Phone:
    """One phone: IPA name, start and end in seconds."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Spoken:
    """An utterance and what it is made of.

    Attributes:
        samples: (N,) sound at 16 kHz, peak 0.6.
        phones: in order, without gaps.
        closures: (start_s, end_s) of closed lips: b and m in whole, p until its release.
    """

    samples: Float32[np.ndarray, " samples"]
    phones: tuple[Phone, ...]
    closures: tuple[tuple[float, float], ...]


def speak(
    text: str,
    voice: str,
    *,
    words_per_minute: int = 175,
    pitch: int = 50,
    pitch_range: int = 50,
) -> Spoken | None:
    """Speaks a text.

    Args:
        text: what to say, in the voice's language; [[ ]] holds phonemes of espeak-ng.
        voice: `language` or `language+variant`, e.g. ``tr+f3``.
        words_per_minute: 80 … 450.
        pitch: 0 … 99.
        pitch_range: 0 … 99.

    Returns:
        The utterance, or None where espeak-ng doesn't know the voice or says almost nothing.

    Raises:
        LipmotionError: espeak-ng is not installed.
    """
    engine = _open_espeak()
    sound, events = engine.say(text, voice, words_per_minute, pitch, pitch_range)
    if len(sound) < engine.rate_hz:
        return None
    loud = sound.astype(np.float32) * (0.6 / max(float(np.abs(sound).max()), 1.0))
    ends = [*(start for start, _ in events[1:]), len(sound) / engine.rate_hz]
    phones = [
        Phone(name, start, end)
        for (start, name), end in zip(events, ends, strict=True)
        if end > start
    ]
    held, closures = _move_holds(phones, loud, engine.rate_hz)
    samples = change_rate(loud, engine.rate_hz, SAMPLE_RATE_HZ)
    return Spoken(samples, tuple(held), tuple(closures))


def check_espeak() -> None:
    """Opens espeak-ng.

    Raises:
        LipmotionError: it is not installed.
    """
    _open_espeak()


def read_lines(folder: Path, language: str) -> list[str]:
    """Clauses of 25 to 140 letters of one language's text, `LANGUAGE.txt`; empty without a file."""
    path = folder / f"{language}.txt"
    if not path.is_file():
        return []
    clauses = re.split(r"(?<=[.!?;:,।؛،])\s+|\n+", path.read_text(encoding="utf-8"))
    return [clause.strip() for clause in clauses if 25 < len(clause.strip()) < 140]


def _move_holds(
    phones: list[Phone], sound: Float32[np.ndarray, " samples"], rate_hz: int
) -> tuple[list[Phone], list[tuple[float, float]]]:
    """Voiceless stops begin where their silence begins: espeak-ng's event marks the release."""
    held, closures = list(phones), []
    quiet = np.abs(sound) <= 0.0018
    for k, phone in enumerate(phones):
        start = phone.start_s
        if k and phone.name[:1] in tuple("ptkqʈcʔ") and phones[k - 1].name not in _PAUSES:
            at = int(start * rate_hz) - 1
            least = max(at - int(_LONGEST_HOLD_S * rate_hz), 0)
            while at > least and quiet[max(0, at - 44) : at + 1].all():
                at -= 1
            start = max(at / rate_hz, held[k - 1].start_s + 0.015)
            if start < phone.start_s - 0.008:
                held[k - 1] = Phone(held[k - 1].name, held[k - 1].start_s, start)
                held[k] = Phone(phone.name, start, phone.end_s)
            else:
                start = phone.start_s
        if phone.name[:1] in tuple("pbɓ") and (not k or phones[k - 1].name in _PAUSES):
            closures.append((max(start - _SILENT_HOLD_S, 0.0), start + _RELEASE_S))
        elif phone.name[:1].lower() in tuple("pbmɓ"):
            is_held = phone.name[:1] == "p" and start < phone.start_s
            hold = 0.65 if phone.name[:1] == "p" else 1.0
            whole = start + hold * (phone.end_s - start)
            closures.append((start, phone.start_s + _RELEASE_S if is_held else whole))
    return held, closures


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("text", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Espeak:
    """The library, opened once a process (it has global state of its own)."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise LipmotionError(
                "espeak-ng is not installed; get it with: apt install espeak-ng (libespeak-ng1)"
            )
        self._library = ctypes.CDLL(name)
        options = _PHONEME_EVENTS | _IPA
        self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, options)
        self._sound: list[np.ndarray] = []
        self._events: list[tuple[float, str]] = []
        self._callback = _Callback(self._take)  # kept alive as long as the library
        self._library.espeak_SetSynthCallback(self._callback)

    def say(
        self, text: str, voice: str, words_per_minute: int, pitch: int, pitch_range: int
    ) -> tuple[np.ndarray, list[tuple[float, str]]]:
        """int16 sound at `rate_hz` and (start in seconds, IPA name) of each phone."""
        self._sound, self._events = [], []
        if self._library.espeak_SetVoiceByName(voice.encode()):
            return np.zeros(0, np.int16), []
        settings = ((_RATE, words_per_minute), (_PITCH, pitch), (_PITCH_RANGE, pitch_range))
        for number, value in settings:
            self._library.espeak_SetParameter(number, value, 0)
        data, flags = text.encode(), _UTF8 | _PHONEME_INPUT
        self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, flags, None, None)
        self._library.espeak_Synchronize()
        sound = np.concatenate(self._sound) if self._sound else np.zeros(0, np.int16)
        return sound, self._events

    def _take(
        self,
        wave: "ctypes._Pointer[ctypes.c_short]",
        n_samples: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        if wave and n_samples > 0:
            self._sound.append(np.ctypeslib.as_array(wave, (n_samples,)).copy())
        k = 0
        while events[k].type != _EVENT_END:
            if events[k].type == _EVENT_PHONEME:
                name = bytes(events[k].id.text).split(b"\0")[0].decode("utf-8", "ignore")
                self._events.append((events[k].sample / self.rate_hz, name))
            k += 1
        return 0


@cache
def _open_espeak() -> _Espeak:
    return _Espeak()
