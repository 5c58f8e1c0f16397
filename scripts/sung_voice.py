"""Speech sung, held or whispered: its spectra at other times and other pitches, by WORLD.

In: an utterance with its phones. Out: another, whose phones are moved along exactly. WORLD parts a
voice into pitch, spectrum and breath every 5 ms; here the pitch is replaced, and all three are read
at other times. Nothing else of the voice is changed.

Source: Morise, Yokomori, Ozawa 2016, WORLD: a vocoder-based high-quality speech synthesis system;
its Python package is pyworld, a tool of this script alone; it still needs an older setuptools.
"""

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from spoken_engines import Utterance
from sung_time import Stretch, find_nuclei, stretch_spans

from lipmotion.timing import SAMPLE_RATE_HZ

FRAME_S: Final = 0.005
EARLY_S: Final = 0.03  # singers reach a note as its vowel begins
GLIDE_S: Final = 0.06
VIBRATO_CENTS: Final = 50.0
VIBRATO_AFTER_S: Final = 0.12  # of a vowel; shorter ones have none
VIBRATO_FADE_S: Final = 0.12
LONGEST_S: Final = 1.0  # no run of vowels is made longer than that
CORE_S: Final = 0.08
FADE_S: Final = 0.08
HEARD_DB: Final = -40.0
LONGEST_SILENT_S: Final = 0.06  # shorter stretches without pitch within a vowel are sung through


@dataclass(frozen=True)
class Melody:
    """What is sung.

    Attributes:
        tonic_hz: pitch of step 0.
        steps: semitones above it, a note a run of vowels; begins anew at its end.
        stretch: how many times as long each note holds its vowels; begins anew, too.
        vibrato_hz: 0 = none.
    """

    tonic_hz: float
    steps: tuple[int, ...]
    stretch: tuple[float, ...]
    vibrato_hz: float


@dataclass(frozen=True)
class Parts:
    """A voice taken apart, a row every FRAME_S.

    Attributes:
        pitch_hz: (F,) 0 where there is none.
        spectrum: (F, bins) power.
        breath: (F, bins) share of noise in amplitude, 0 to 1.
    """

    pitch_hz: np.ndarray
    spectrum: np.ndarray
    breath: np.ndarray


def sing(utterance: Utterance, engine: str, melody: Melody) -> Utterance:
    """Speech as song."""
    nuclei = find_nuclei(utterance.phones, engine)
    factors = [
        min(melody.stretch[k % len(melody.stretch)], max(LONGEST_S / (end - start), 1.0))
        for k, (start, end) in enumerate(nuclei)
    ]
    return _sing(utterance, nuclei, factors, melody)


def hold(utterance: Utterance, engine: str, melody: Melody, seconds: float) -> Utterance:
    """The loudest CORE_S of the longest vowel of an utterance, held for so long."""
    start, end = max(find_nuclei(utterance.phones, engine), key=lambda span: span[1] - span[0])
    name = next(name for a, b, name in utterance.phones if a <= (start + end) / 2 < b)
    level_db = measure_level_db(utterance.samples)
    rows = np.arange(round((start + CORE_S / 2) / FRAME_S), round((end - CORE_S / 2) / FRAME_S))
    middle_s = rows[level_db[rows].argmax()] * FRAME_S
    first, n_core = round((middle_s - CORE_S / 2) * SAMPLE_RATE_HZ), round(CORE_S * SAMPLE_RATE_HZ)
    cut = Utterance(utterance.samples[first : first + n_core], [(0.0, CORE_S, name)], [])
    held = _sing(cut, [(0.0, CORE_S)], [seconds / CORE_S], melody)
    at_s = np.arange(len(held.samples)) / SAMPLE_RATE_HZ
    fade = np.minimum(at_s / FADE_S, (at_s[-1] - at_s) / FADE_S).clip(0, 1)
    samples = (held.samples * np.sin(np.pi / 2 * fade) ** 2).astype(np.float32)
    return Utterance(samples, held.phones, [])


def trim_end(utterance: Utterance) -> Utterance:
    """Ends the last phone where the sound does: Kokoro gives it the silence after it, too."""
    heard = np.flatnonzero(measure_level_db(utterance.samples) > HEARD_DB)
    end = (heard[-1] + 1) * FRAME_S
    phones = [
        (a, min(b, end), name) if name else (a, b, name)
        for a, b, name in utterance.phones
        if not name or a < end
    ]
    closures = [(a, min(b, end), name) for a, b, name in utterance.closures if a < end]
    return Utterance(utterance.samples, phones, closures)


def measure_level_db(samples: np.ndarray) -> np.ndarray:
    """(F,) level of the 20 ms about each frame against the loudest."""
    half = round(0.01 * SAMPLE_RATE_HZ)
    power = np.convolve(samples.astype(float) ** 2, np.ones(2 * half) / (2 * half), "same")
    power = power[:: round(FRAME_S * SAMPLE_RATE_HZ)]
    return 10 * np.log10(power / power.max() + 1e-12)


def say_again(utterance: Utterance, *, whispers: bool) -> Utterance:
    """The same speech out of its parts, or whispered: all of it breath."""
    parts = take_apart(utterance.samples)
    pitch_hz = np.zeros_like(parts.pitch_hz) if whispers else parts.pitch_hz
    breath = np.ones_like(parts.breath) if whispers else parts.breath
    samples = put_together(Parts(pitch_hz, parts.spectrum, breath), len(utterance.samples))
    return Utterance(samples, utterance.phones, utterance.closures)


def _sing(
    utterance: Utterance,
    nuclei: list[tuple[float, float]],
    factors: list[float],
    melody: Melody,
) -> Utterance:
    seconds = len(utterance.samples) / SAMPLE_RATE_HZ
    stretch = stretch_spans(nuclei, factors, seconds)
    parts = take_apart(utterance.samples, nuclei)
    n_samples = round(stretch.seconds * SAMPLE_RATE_HZ)
    times_s = np.arange(int(stretch.seconds / FRAME_S) + 1) * FRAME_S
    sung_nuclei = [tuple(float(stretch.to_sung(t)) for t in span) for span in nuclei]
    notes_hz = draw_pitch(times_s, sung_nuclei, melody)
    moved = move_parts(parts, stretch, times_s)
    pitch_hz = np.where(moved.pitch_hz > 0, notes_hz, 0.0)
    samples = put_together(Parts(pitch_hz, moved.spectrum, moved.breath), n_samples)
    return Utterance(samples, stretch.move(utterance.phones), stretch.move(utterance.closures))


def draw_pitch(times_s: np.ndarray, nuclei: list[tuple[float, ...]], melody: Melody) -> np.ndarray:
    """(F,) pitch at each time in Hz: a note from EARLY_S before its vowel to the next note."""
    steps = np.array([melody.steps[k % len(melody.steps)] for k in range(len(nuclei))], float)
    starts = np.array([start - EARLY_S for start, _ in nuclei])
    which = (np.searchsorted(starts, times_s, side="right") - 1).clip(0)
    half = round(GLIDE_S / FRAME_S / 2)
    kernel = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(steps[which], half, mode="edge")
    semitones = np.convolve(padded, kernel / kernel.sum(), "valid")
    for start, end in nuclei if melody.vibrato_hz else ():
        since = times_s - start - VIBRATO_AFTER_S
        depth = (since / VIBRATO_FADE_S).clip(0, 1) * ((end - times_s) / GLIDE_S).clip(0, 1)
        wave = np.sin(2 * np.pi * melody.vibrato_hz * since)
        semitones = semitones + VIBRATO_CENTS / 100 * depth * wave
    return melody.tonic_hz * 2 ** (semitones / 12)


def move_parts(parts: Parts, stretch: Stretch, times_s: np.ndarray) -> Parts:
    """The parts at other times; spectra mix as decibels do, pitch and its absence do not mix."""
    rows = (stretch.to_spoken(times_s) / FRAME_S).clip(0, len(parts.pitch_hz) - 1)
    first = np.floor(rows).astype(int).clip(0, max(len(parts.pitch_hz) - 2, 0))
    share = (rows - first)[:, None]
    after = (first + 1).clip(0, len(parts.pitch_hz) - 1)
    log = np.log(parts.spectrum + 1e-16)
    spectrum = np.exp(log[first] * (1 - share) + log[after] * share)
    breath = parts.breath[first] * (1 - share) + parts.breath[after] * share
    return Parts(parts.pitch_hz[np.round(rows).astype(int)], spectrum, breath)


def take_apart(samples: np.ndarray, sung: list[tuple[float, float]] | None = None) -> Parts:
    """Pitch, spectrum and breath; short gaps in the pitch of what is to be sung are filled."""
    world = open_world()
    x = samples.astype(np.float64)
    rough, times_s = world.harvest(x, SAMPLE_RATE_HZ, frame_period=1000 * FRAME_S)
    pitch_hz = world.stonemask(x, rough, times_s, SAMPLE_RATE_HZ)
    for start, end in sung or ():
        fill_gaps(pitch_hz, round(start / FRAME_S), round(end / FRAME_S))
    spectrum = world.cheaptrick(x, pitch_hz, times_s, SAMPLE_RATE_HZ)
    breath = world.d4c(x, pitch_hz, times_s, SAMPLE_RATE_HZ)
    return Parts(pitch_hz, spectrum, breath)


def fill_gaps(pitch_hz: np.ndarray, first: int, last: int) -> None:
    """Fills frames without pitch between two that have it, within [first, last), in place."""
    voiced = first + np.flatnonzero(pitch_hz[first:last] > 0)
    for a, b in pairwise(voiced):
        if 1 < b - a <= LONGEST_SILENT_S / FRAME_S:
            pitch_hz[a : b + 1] = np.linspace(pitch_hz[a], pitch_hz[b], b - a + 1)


def put_together(parts: Parts, n_samples: int) -> np.ndarray:
    """Parts → (N,) float32."""
    world = open_world()
    arrays = (np.ascontiguousarray(x) for x in (parts.pitch_hz, parts.spectrum, parts.breath))
    samples = world.synthesize(*arrays, SAMPLE_RATE_HZ, frame_period=1000 * FRAME_S)
    return np.resize(np.pad(samples, (0, max(n_samples - len(samples), 0))), n_samples).astype(
        np.float32
    )


def open_world() -> Any:
    """The package pyworld.

    Raises:
        SystemExit: it is not there.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of setuptools, about its own age
            import pyworld
    except ImportError:
        raise SystemExit("songs are made by WORLD: pip install pyworld 'setuptools<81'") from None
    return pyworld
