"""People who say sentences of GRID with a mouth shape of its own for each word."""

from pathlib import Path

import numpy as np

from lipmotion.evaluate.align_files import Word
from lipmotion.evaluate.reading import SLOTS
from lipmotion.lips import LIP_FIELDS, LIP_INDEX, LipTrack

N_HOPS = 150
NOISE = 0.002


def make_words(k: int) -> list[Word]:
    """The k-th sentence; every word of a slot comes in each four."""
    rng = np.random.default_rng(k)
    names = ["?"] * 6
    for n, (place, words) in enumerate(SLOTS.values()):
        names[place] = words[(k + n * (k // 4)) % 4]
    edges = 0.4 + np.concatenate([[0], np.cumsum(rng.uniform(0.25, 0.45, 6))])
    return [Word(a, b, name) for a, b, name in zip(edges, edges[1:], names, strict=False)]


def speak(words: list[Word], *, seed: int, spread: float = 0.3) -> LipTrack:
    """Each word is a wave of its own in four fields, more or less so; noise everywhere."""
    t = np.arange(N_HOPS) / 50
    rng = np.random.default_rng(seed)
    values = np.zeros((N_HOPS, len(LIP_FIELDS)))
    for word in words:
        shape = np.random.default_rng(list(word.name.encode())).normal(0, 0.06, (4, 3))
        shape = shape + rng.normal(0, 0.06 * spread, shape.shape)
        share = ((t - word.start_s) / (word.end_s - word.start_s)).clip(0, 1)
        waves = np.sin(np.pi * share[:, None] * np.arange(1, 4))
        for row, name in zip(shape, ("aperture", "width", "jaw", "upper_lip_height"), strict=True):
            values[:, LIP_INDEX[name]] += waves @ row
    values += rng.normal(0, NOISE, values.shape)
    in_speech = (t > words[0].start_s) & (t < words[-1].end_s)
    return LipTrack(values.astype(np.float32), np.ones(N_HOPS, np.float32), in_speech)


def write_align(path: Path, words: list[Word], *, late_s: float = 0.0) -> None:
    """The words as GRID writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [(0.0, words[0].start_s, "sil"), *((w.start_s, w.end_s, w.name) for w in words)]
    rows.append((words[-1].end_s, 3.0, "sil"))
    times = [(round(25_000 * (a + late_s)), round(25_000 * (b + late_s)), n) for a, b, n in rows]
    path.write_text("".join(f"{a} {b} {name}\n" for a, b, name in times))
