"""Is the truth true? Levels of the sound where p b m are said to be held, by engine.

    python scripts/spoken_check.py benchmarks/spoken [--offsets] [--by-language]

A hold shuts the mouth: what sounds above its hum falls below that of the phones around it. For
each labelled hold the quietest 10 ms near it are looked for; labels are right where they lie in
the hold. Cleanest between vowels (`V_V`): beside other stops and pauses something else may be
quieter. With `--offsets` also how late the labels of an engine are: on the mean over holds between
vowels, where the level passes half the depth (in dB) of the quiet, against the labels.

Conventions: level = dB of 10 ms every 2.5 ms of the sound's first difference, which makes the hum
of b and m (below 500 Hz) 20 dB quieter against what passes open lips.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from lipmotion.evaluate.sources import SOUND_SUFFIXES
from lipmotion.media.sound import read_sound
from lipmotion.timing import SAMPLE_RATE_HZ

STEP_S: Final = 0.0025
WINDOW_S: Final = 0.01
AROUND_S: Final = 0.06  # how far beyond a hold its quietest moment is looked for
NEAR_S: Final = 0.03
FLOOR_DB: Final = -70.0
SHIFTS_S: Final = np.arange(-0.1, 0.1001, STEP_S)
VOWELS: Final = frozenset("aeiouyɑɛɔəɐʊɪøæʌɨɯʏœɒɜɵʉ")
BINS_MS: Final = (-60, -45, -30, -15, 0, 15, 30, 45, 60)


@dataclass(frozen=True)
class Hold:
    """A labelled hold and the sound about it.

    Attributes:
        engine: its first word.
        language: ISO 639-1.
        name: of the phone.
        away_s: how far the quietest moment lies before (−) or after (+) the hold; 0 = inside.
        drop_db: how much quieter the hold is than the louder of its neighbours' 60 ms.
        is_between_vowels: so that nothing else near it is quiet.
        start: (S,) level at its start + each of SHIFTS_S, dB.
        end: the same at its end.
    """

    engine: str
    language: str
    name: str
    away_s: float
    drop_db: float
    is_between_vowels: bool
    start: np.ndarray
    end: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--offsets", action="store_true", help="the shift that makes holds quietest"
    )
    parser.add_argument("--by-language", action="store_true")
    options = parser.parse_args()
    holds = [hold for path in find_truths(options.folder) for hold in measure_holds(path)]
    print(
        "engine      phones     n  within 30 ms  median drop  quietest moment, ms beside the hold"
    )
    for engine in dict.fromkeys(h.engine for h in holds):
        for letters in ("pbm", "p", "b", "m"):
            some = [h for h in holds if h.engine == engine and h.name[0] in letters]
            print(f"{engine:12}{letters:8}{describe(some)}")
        some = [h for h in holds if h.engine == engine and h.is_between_vowels]
        print(f"{engine:12}{'V_V':8}{describe(some)}")
    if options.by_language:
        for key in dict.fromkeys((h.engine, h.language) for h in holds):
            some = [h for h in holds if (h.engine, h.language) == key]
            print(f"{key[0]:12}{key[1]:8}{describe(some)}")
    if options.offsets:
        for engine in dict.fromkeys(h.engine for h in holds):
            for letters in ("pb", "p", "b", "m"):
                some = [h for h in holds if h.engine == engine and h.name[0] in letters]
                some = [h for h in some if h.is_between_vowels]
                if some:
                    start, end = (1000 * late for late in find_late(some))
                    middle = (start + end) / 2
                    print(
                        f"{engine:12}{letters:4} {len(some):4d} labels are late by {middle:+.0f} ms"
                        f" (start {start:+.0f}, end {end:+.0f})"
                    )


def find_truths(folder: Path) -> list[Path]:
    """JSON files with a sound beside them in which nothing plays over the voice's quiet."""
    paths = [path for path in sorted(folder.glob("*.json")) if find_sound(path) is not None]
    over = [json.loads(path.read_text(encoding="utf-8")).get("over", "alone") for path in paths]
    return [path for path, what in zip(paths, over, strict=True) if what == "alone"]


def find_sound(truth: Path) -> Path | None:
    paths = (truth.with_suffix(suffix) for suffix in SOUND_SUFFIXES)
    return next((path for path in paths if path.exists()), None)


def measure_holds(truth: Path) -> list[Hold]:
    """All holds of one utterance."""
    raw = json.loads(truth.read_text(encoding="utf-8"))
    sound = find_sound(truth)
    assert sound is not None, f"{truth} has no sound"
    level = measure_level(read_sound(sound))
    return [
        Hold(
            raw["engine"].split()[0],
            raw["lang"],
            name,
            find_away(level, start, end),
            find_drop(level, start, end),
            is_between_vowels(raw["phones"], start, end),
            level_at(level, start + SHIFTS_S),
            level_at(level, end + SHIFTS_S),
        )
        for start, end, name in raw["closures"]
    ]


def measure_level(samples: np.ndarray) -> np.ndarray:
    """(W,) dB of the 10 ms about k × 2.5 ms against the loudest; not below FLOOR_DB."""
    power = np.diff(samples, prepend=samples[:1]).astype(np.float64) ** 2
    half = round(WINDOW_S * SAMPLE_RATE_HZ / 2)
    total = np.concatenate([np.zeros(half), power, np.zeros(half)]).cumsum()
    total = np.concatenate([[0.0], total])
    starts = np.arange(0, len(samples), round(STEP_S * SAMPLE_RATE_HZ))
    mean = (total[starts + 2 * half] - total[starts]) / (2 * half)
    return np.maximum(10 * np.log10(mean / mean.max() + 1e-12), FLOOR_DB)


def find_away(level: np.ndarray, start_s: float, end_s: float) -> float:
    """Where the level is least within AROUND_S of a hold: seconds outside of it, 0 inside."""
    first = max(round((start_s - AROUND_S) / STEP_S), 0)
    around = level[first : round((end_s + AROUND_S) / STEP_S) + 1]
    quietest = np.flatnonzero(around <= around.min() + 0.5)
    times = (first + quietest) * STEP_S
    away = np.where(times < start_s, times - start_s, np.maximum(times - end_s, 0.0))
    return float(away[np.abs(away).argmin()])


def find_drop(level: np.ndarray, start_s: float, end_s: float) -> float:
    """dB from the louder neighbour (the loudest within 60 ms) down to the hold's quietest 10 ms."""
    first, last = round(start_s / STEP_S), round(end_s / STEP_S)
    n_near = round(0.06 / STEP_S)
    beside = np.concatenate([level[max(first - n_near, 0) : first], level[last : last + n_near]])
    return float(beside.max() - level[first : last + 1].min())


def level_at(level: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    return level[np.round(times_s / STEP_S).astype(int).clip(0, len(level) - 1)]


def is_between_vowels(phones: Sequence[Sequence[object]], start_s: float, end_s: float) -> bool:
    """Whether the phones before and after a hold are vowels."""
    middle = (start_s + end_s) / 2
    rows = [k for k, (start, end, _) in enumerate(phones) if start <= middle < end]
    if not rows or not 0 < rows[0] < len(phones) - 1:
        return False
    return all(str(phones[rows[0] + side][2])[:1] in VOWELS for side in (-1, 1))


def find_late(holds: Sequence[Hold]) -> tuple[float, float]:
    """By how much the labels' starts and ends are late, seconds: where the level passes halfway."""
    start = np.mean([hold.start for hold in holds], axis=0)
    end = np.mean([hold.end for hold in holds], axis=0)
    bottom = min(start[len(start) // 2 :].min(), end[: len(end) // 2].min())
    half_before = (bottom + start[: len(start) // 2].max()) / 2
    half_after = (bottom + end[len(end) // 2 :].max()) / 2
    lowest = len(start) // 2 + int(start[len(start) // 2 :][: round(0.04 / STEP_S)].argmin())
    falls = np.flatnonzero(start[:lowest] > half_before)[-1]
    lowest = len(end) // 2 - round(0.04 / STEP_S)
    lowest += int(end[lowest : len(end) // 2].argmin())
    rises = lowest + np.flatnonzero(end[lowest:] > half_after)[0]
    return -float(SHIFTS_S[falls]), -float(SHIFTS_S[rises])


def share_within(holds: Iterable[Hold]) -> float:
    """Share of holds whose quietest moment lies within NEAR_S of them."""
    return float(np.mean([abs(hold.away_s) <= NEAR_S + 1e-9 for hold in holds]))


def describe(holds: Sequence[Hold]) -> str:
    """A line: number, share within 30 ms, median drop, histogram of where the quietest lies."""
    if not holds:
        return "     0"
    away_ms = np.array([1000 * hold.away_s for hold in holds])
    counts = ", ".join(
        f"{low}…{high}: {((away_ms > low - (low < 0)) & (away_ms <= high) & (away_ms != 0)).sum()}"
        for low, high in pairwise(BINS_MS)
    )
    drop = np.median([hold.drop_db for hold in holds])
    inside = int((away_ms == 0).sum())
    return (
        f"{len(holds):4d}  {share_within(holds):12.2f}  {drop:8.0f} dB  inside: {inside}, {counts}"
    )


if __name__ == "__main__":
    main()
