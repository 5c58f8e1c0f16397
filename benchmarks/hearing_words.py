"""Rounding in people's words: their own lips and what is meant, by the same area under the ROC.

In: watched folders and folders of their `.align` files. Out: how well round vowels are told from
others by the width of the person's lips (the ceiling), and of those that are meant. Phones are
found by forced alignment (`evaluate/phones.py`), so words must be known.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hearing_lips import fit, hear, tell
from hearing_people import choose_clips
from hearing_phones import mark_hops, measure_auc, tell_vowel

from lipmotion.evaluate.align_files import AlignFolders
from lipmotion.evaluate.phones import ENGINE, Aligner, SphinxAligner, keep_heard
from lipmotion.evaluate.reading_scores import find_words
from lipmotion.evaluate.sources import Phone
from lipmotion.lips import LipTrack, measure_rounding
from lipmotion.step import Step
from lipmotion.timing import SAMPLE_RATE_HZ
from lipmotion.watched import open_watched


def judge_words(
    step: Step, folder: Path, split: Path | None, side: str, aligns: Sequence[Path]
) -> dict[str, float | int | None]:
    """One folder; none where no clip has words."""
    watched, files, aligner = open_watched(folder), AlignFolders(aligns), SphinxAligner()
    segments = {(s.person, s.name): s for s in watched.segments()}
    people, meant = [], []
    for clip, sound in choose_clips(watched, split, side):
        words = find_words(files, segments[clip.person, clip.name])
        phones = find_phones(aligner, sound, words or ())
        if phones:
            people.append((clip.lips, phones))
            meant.append((fit(hear(step, sound), clip.lips), phones))
    if not people:
        return {}
    found: dict[str, float | int | None] = {"n_clips": len(people)}
    for name, rows in (("people", people), ("meant", meant)):
        area = measure_area(rows)
        found[name] = round(area, 3) if np.isfinite(area) else None
    tell(f"{folder.name} rounding AUC", found)
    return found


def find_phones(aligner: Aligner, sound: np.ndarray, words: Sequence) -> tuple[Phone, ...]:
    """Phones of a sound whose words are known; none where they do not fit."""
    found = aligner.align(sound, keep_heard(words, len(sound) / SAMPLE_RATE_HZ)) if words else None
    return found.phones if found else ()


def measure_area(rows: Sequence[tuple[LipTrack, Sequence[Phone]]]) -> float:
    """Area under the ROC of narrowing, over all hops of vowels that are round and of others."""
    sides: dict[bool, list[np.ndarray]] = {True: [np.zeros(0)], False: [np.zeros(0)]}
    for track, phones in rows:
        narrow = measure_rounding(track.values)
        for side, kept in sides.items():
            own = [phone for phone in phones if tell_vowel(phone.name, ENGINE) is side]
            kept.append(narrow[mark_hops(own, len(track))])
    return measure_auc(np.concatenate(sides[True]), np.concatenate(sides[False]))
