"""Hearing against phones: closures of p b m and the rounding of vowels, by engine and by language.

In: a folder of speech that knows its phones. Out: a row an engine (songs: one alone and one over an
accompaniment), a row a language, the mean and the worst of these.

Conventions: one lag and one range an engine. A vowel is round by its name; where languages differ
about a letter, its vowels are left out (`evaluate/spoken.py`). Rounding is told from all hops of
vowels by the area under the ROC: 0.5 is chance, 1 tells every pair. `closure_f1` counts every
label; who knows them all has some 0.9, because a hold beside a pause is one with it and a hold
beside another cannot be seen apart. `inside_f1` leaves out the former and takes the latter as one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hearing_lips import hear, tell

from lipmotion.evaluate.align import Lag, find_lag, remove_lag
from lipmotion.evaluate.events import EventScore, match_runs
from lipmotion.evaluate.metrics import (
    MAX_CLOSURE_HOPS,
    Share,
    find_closed,
    find_closures,
    fit_range,
    measure_chance,
)
from lipmotion.evaluate.sources import Phone, Spoken, open_speech
from lipmotion.evaluate.spoken import tell_rounding
from lipmotion.lips import LIP_INDEX, LipTrack, measure_rounding
from lipmotion.runs import Runs, find_runs
from lipmotion.step import Step
from lipmotion.timing import HOP_HZ

QUIET = ("", "#", "_", "_:", ":", "pau", "sil", "SIL", "H#", "brth", "ssil")
ASLEEP_BELOW = 0.01  # resting mouth widths: nobody sees less


@dataclass(frozen=True)
class Clip:
    """One utterance, heard.

    Attributes:
        group: its engine, and what it is sung over.
        language: ISO 639-1.
        track: lips that are meant; in speech where a phone sounds.
        closures: (n, 2) hops of p b m.
        round, spread: (T,) hops of vowels that are, and of those that are not.
    """

    group: str
    language: str
    track: LipTrack
    closures: Runs
    round: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Found:
    """What was found in some utterances, to be added up.

    Attributes:
        closures: counts of matches.
        inside: the same, within speech.
        chance: F1 of the same, turned.
        rounding: narrowing in hops of round vowels, and in hops of others.
        forward: the same of protrusion.
        asleep: hops of vowels in which the lips are shut, of all.
    """

    closures: EventScore
    inside: EventScore
    chance: Share
    rounding: tuple[np.ndarray, np.ndarray]
    forward: tuple[np.ndarray, np.ndarray]
    asleep: Share


def judge_phones(step: Step, folder: Path) -> dict[str, object]:
    """By engine and by language."""
    clips = [hear_clip(step, s, folder) for s in open_speech(folder).spoken]
    found: dict[str, object] = {}
    by_language: dict[str, list[Found]] = {}
    rng = np.random.default_rng(0)
    for group in dict.fromkeys(clip.group for clip in clips):
        own = [clip for clip in clips if clip.group == group]
        lag = find_own_lag(own)
        rows = score_clips(own, lag.hops, rng=rng)
        for clip, row in zip(own, rows, strict=True):
            by_language.setdefault(clip.language, []).append(row)
        found[group] = {"lag_ms": round(lag.ms, 1), **describe(rows)}
        tell(group, found[group])
    languages = {name: describe(rows) for name, rows in sorted(by_language.items())}
    for name in ("closure_f1", "rounding_auc"):
        found[f"languages_{name}"] = find_worst({k: v[name] for k, v in languages.items()})
        tell(f"languages {name}", found[f"languages_{name}"])
    return {**found, "languages": languages}


def hear_clip(step: Step, spoken: Spoken, folder: Path) -> Clip:
    lips = hear(step, spoken.case.sound)
    about = json.loads((folder / f"{spoken.case.name}.json").read_text(encoding="utf-8"))
    group = ", ".join(str(about[key]) for key in ("engine", "over") if key in about)
    said = mark_hops([p for p in spoken.phones if p.name not in QUIET], len(lips))
    vowels = [(p, tell_vowel(p.name, spoken.engine)) for p in spoken.phones]
    return Clip(
        group,
        spoken.case.language,
        LipTrack(lips, np.ones(len(lips), np.float32), said),
        find_runs_of(spoken.closures),
        mark_hops([p for p, is_round in vowels if is_round is True], len(lips)),
        mark_hops([p for p, is_round in vowels if is_round is False], len(lips)),
    )


def tell_vowel(name: str, engine: str) -> bool | None:
    """Whether a vowel is round; None for consonants, and where the name does not say."""
    return None if name[:1] == "w" else tell_rounding(name, engine)


def mark_hops(phones: Sequence[Phone], n_hops: int) -> np.ndarray:
    """(T,) True within phones."""
    holds = np.zeros(n_hops, bool)
    for phone in phones:
        holds[round(phone.start_s * HOP_HZ) : round(phone.end_s * HOP_HZ)] = True
    return holds


def find_runs_of(closures: Sequence[Phone]) -> Runs:
    """(n, 2) hops, each at least one."""
    starts = [round(p.start_s * HOP_HZ) for p in closures]
    ends = [round(p.end_s * HOP_HZ) for p in closures]
    rows = [(a, max(b, a + 1)) for a, b in zip(starts, ends, strict=True)]
    return np.array(rows, int).reshape(-1, 2)


def find_own_lag(clips: Sequence[Clip]) -> Lag:
    """How late the opening comes after what is said and not held."""
    said = []
    for clip in clips:
        holds = np.zeros(len(clip.track), bool)
        for start, end in clip.closures:
            holds[start:end] = True
        said.append(np.where(holds, 0.0, clip.track.in_speech))
    tracks = [clip.track for clip in clips]
    return find_lag(said, [t.field("aperture") for t in tracks], [t.in_speech for t in tracks])


def score_clips(clips: Sequence[Clip], lag_hops: float, *, rng: np.random.Generator) -> list[Found]:
    """Each clip; the lips' range is taken over all of them."""
    own = fit_range([clip.track for clip in clips])
    found = []
    for clip in clips:
        moved, _ = remove_lag(clip.track.values, lag_hops)
        aperture, speech = moved[:, LIP_INDEX["aperture"]], clip.track.in_speech
        closed = find_closed(aperture, own)
        seen = find_closures(closed, speech)
        narrow, forward = measure_rounding(moved), moved[:, LIP_INDEX["protrusion"]]
        vowels = clip.round | clip.spread
        found.append(
            Found(
                match_runs(clip.closures, seen),
                match_runs(
                    keep_inside(join_runs(clip.closures, len(speech)), speech),
                    keep_inside(seen, speech),
                ),
                measure_chance(clip.closures, closed, speech, max_hops=MAX_CLOSURE_HOPS, rng=rng),
                (narrow[clip.round], narrow[clip.spread]),
                (forward[clip.round], forward[clip.spread]),
                Share(float((aperture[vowels] <= ASLEEP_BELOW).sum()), float(vowels.sum())),
            )
        )
    return found


def describe(rows: Sequence[Found]) -> dict[str, float | int | None]:
    """Figures of some clips together."""
    score, inside = (
        add_scores([getattr(row, name) for row in rows]) for name in ("closures", "inside")
    )
    chance = Share(sum(r.chance.part for r in rows), sum(r.chance.whole for r in rows))
    asleep = Share(sum(r.asleep.part for r in rows), sum(r.asleep.whole for r in rows))
    rounding, forward = (
        measure_auc(
            *(np.concatenate([getattr(row, name)[side] for row in rows]) for side in (0, 1))
        )
        for name in ("rounding", "forward")
    )
    figures = {
        "closure_f1": score.f1,
        "precision": score.precision,
        "recall": score.recall,
        "inside_f1": inside.f1,
        "chance": chance.value,
        "rounding_auc": rounding,
        "forward_auc": forward,
        "shut_in_vowels": asleep.value,
    }
    plain = {key: round(x, 3) if np.isfinite(x) else None for key, x in figures.items()}
    return {**plain, "n": score.n_human, "n_clips": len(rows)}


def add_scores(scores: Sequence[EventScore]) -> EventScore:
    counts = [(score.n_human, score.n_robot, score.n_matched) for score in scores]
    return EventScore(*np.sum(counts, axis=0).tolist())


def join_runs(runs: Runs, n_hops: int) -> Runs:
    """Runs less than two hops apart as one."""
    holds = np.zeros(n_hops + 1, bool)
    for start, end in runs:
        holds[start : end + 1] = True
    return find_runs(holds) - [0, 1]


def keep_inside(runs: Runs, in_speech: np.ndarray) -> Runs:
    """Runs with speech right before and right after them."""
    framed = np.concatenate([[False], in_speech, [False]])
    return runs[framed[runs[:, 0]] & framed[runs[:, 1] + 1]]


def measure_auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Share of all pairs whose positive is the greater, ties half; NaN where one side is empty.

    Source: Mann and Whitney 1947; it is the area under the ROC (Hanley and McNeil 1982).
    """
    if not len(positive) or not len(negative):
        return float("nan")
    others = np.sort(negative)
    below = np.searchsorted(others, positive, side="left")
    not_above = np.searchsorted(others, positive, side="right")
    return float((below + not_above).mean() / (2 * len(others)))


def find_worst(values: Mapping[str, float | None]) -> dict[str, float | str | None]:
    """Mean over languages, and the one where it is least."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return {"mean": None, "worst": None, "language": None}
    worst = min(known, key=lambda name: known[name])
    mean = round(float(np.mean(list(known.values()))), 3)
    return {"mean": mean, "worst": known[worst], "language": worst}
