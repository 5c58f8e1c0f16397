"""Hearing against people's lips: correlations, closures, rounding, size and smoothness of motion.

In: watched folders. Out: all measures of `lipmotion evaluate` on planned lips, and Pearson's r over
all hops of a person in speech (`pooled`): a clip of a second has too few hops for an r of its own.

Conventions: one lag a folder, or one a person. An interval is a bootstrap over persons; of one
person alone, over their clips.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from hearing_lips import fit, hear, tell

from lipmotion.evaluate.align import Lag, remove_lag
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.scores import MEASURES, Figure, summarise
from lipmotion.evaluate.suite import Clip, MethodScore, score_method, to_json
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS, LipTrack
from lipmotion.step import Step
from lipmotion.vision.owner import load_owner
from lipmotion.watched import WatchedFolder, open_watched

SHOWN = ("r_aperture", "r_width", "closure_f1", "closure_chance", "rounding_f1", "amplitude_ratio")
POOLED = ("aperture", "width")
N_DRAWS = 1000

Heard = tuple[Clip, np.ndarray]  # a person's clip and its sound


@dataclass(frozen=True)
class Scored:
    """One way of hearing on some clips with one lag.

    Attributes:
        score: every measure.
        sums: of each of POOLED, person → what `sum_pair` gave for each of their clips.
    """

    score: MethodScore
    sums: Mapping[str, Mapping[str, Sequence[np.ndarray]]]


def judge_people(
    step: Step, folder: Path, split: Path | None, side: str, *, by_person: bool
) -> dict[str, object]:
    """One folder under its name; where each person has a lag of their own, each of them, too."""
    chosen = choose_clips(open_watched(folder), split, side)
    if not chosen:
        return {}
    if not by_person:
        scored = score_heard(step, chosen)
        return {folder.name: _write(folder.name, scored, scored.sums)}
    found: dict[str, object] = {}
    parts = []
    for person in sorted({clip.person for clip, _ in chosen}):
        parts.append(score_heard(step, [row for row in chosen if row[0].person == person]))
        name = f"{folder.name}/{person}"
        found[name] = _write(name, parts[-1], parts[-1].sums)
    clips = [clip for part in parts for clip in part.score.clips]
    rng = np.random.default_rng(0)
    figures = {name: summarise(clips, name, rng=rng) for name in MEASURES}
    lags = [part.score.lag.hops for part in parts]
    lag = Lag(float(np.mean(lags)), 0.0, is_defined=True)
    whole = Scored(
        MethodScore(lag, figures, clips, {}),
        {field: {p: s for part in parts for p, s in part.sums[field].items()} for field in POOLED},
    )
    return {folder.name: _write(folder.name, whole, whole.sums), **found}


def choose_clips(watched: WatchedFolder, split: Path | None, side: str) -> list[Heard]:
    """The clips of one side of a table, each with the range of its person over all of theirs."""
    wanted = None
    if split is not None:
        with split.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == side]
        wanted = {(row["person"], row["name"]) for row in rows}
    segments = watched.segments()
    own = [s for s in segments if wanted is None or (s.person, s.name) in wanted]
    ranges = {
        name: fit_range(
            [watched.read_lips(s) for s in segments if s.person == name],
            noise=load_owner(watched.owner_path(name)).noise,
        )
        for name in {s.person for s in own}
    }
    source = watched.folder.name
    return [
        (
            Clip(
                source, s.person, s.name, s.language or "?", watched.read_lips(s), ranges[s.person]
            ),
            watched.read_sound(s),
        )
        for s in own
    ]


def score_heard(step: Step, chosen: Sequence[Heard]) -> Scored:
    """What is meant against what was seen, one lag."""
    clips = [clip for clip, _ in chosen]
    meant = [fit(hear(step, sound), clip.lips) for clip, sound in chosen]
    noise = np.zeros(N_LIP_FIELDS, np.float32)
    score = score_method(clips, meant, [], noise, rng=np.random.default_rng(0))
    return Scored(score, {name: sum_persons(clips, meant, score.lag.hops, name) for name in POOLED})


def sum_persons(
    clips: Sequence[Clip], meant: Sequence[LipTrack], lag_hops: float, field: str
) -> dict[str, list[np.ndarray]]:
    """Person → sums of each of their clips, over hops in speech, a lag taken off."""
    sums: dict[str, list[np.ndarray]] = {}
    for clip, track in zip(clips, meant, strict=True):
        moved, is_seen = remove_lag(track.field(field), lag_hops)
        here = clip.lips.in_speech & (clip.lips.quality > 0) & is_seen
        human = clip.lips.values[:, LIP_INDEX[field]]
        sums.setdefault(clip.person, []).append(sum_pair(human[here], moved[here]))
    return sums


def sum_pair(human: np.ndarray, robot: np.ndarray) -> np.ndarray:
    """(6,) n, Σh, Σr, Σh², Σr², Σhr: sums of clips are sums of all their hops."""
    h, r = human.astype(np.float64), robot.astype(np.float64)
    return np.array([len(h), h.sum(), r.sum(), h @ h, r @ r, h @ r])


def correlate_sums(sums: np.ndarray) -> np.ndarray:
    """(…, 6) sums → (…,) Pearson's r; 0 for lips that stay, NaN for a person whose lips do."""
    n, h, r, hh, rr, hr = np.moveaxis(np.asarray(sums, float), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = (hh - h * h / n).clip(0), (rr - r * r / n).clip(0)
        found = (hr - h * r / n) / np.sqrt(powers[0] * powers[1])
    found = np.where(powers[1] <= 1e-12 * n, 0.0, found)
    return np.where((powers[0] <= 1e-12 * n) | (n < 2), np.nan, found)


def pool_persons(
    sums: Mapping[str, Sequence[np.ndarray]], *, rng: np.random.Generator
) -> tuple[Figure, dict[str, float]]:
    """Mean over persons of r over all hops of each; and r of each.

    Args:
        sums: person → what `sum_pair` gave for each of their clips.
        rng: draws persons anew for the interval (of one person alone, their clips).
    """
    own = {
        person: float(correlate_sums(np.sum(rows, axis=0)))
        for person, rows in sums.items()
        if len(rows)
    }
    defined = {person: r for person, r in own.items() if np.isfinite(r)}
    n_clips = sum(len(sums[person]) for person in defined)
    if not defined:
        return Figure(float("nan"), float("nan"), float("nan"), 0, 0), own
    if len(defined) > 1:
        values = np.array(list(defined.values()))
        drawn = values[rng.integers(len(values), size=(N_DRAWS, len(values)))].mean(axis=1)
    else:
        rows = np.array(sums[next(iter(defined))])
        drawn = correlate_sums(rows[rng.integers(len(rows), size=(N_DRAWS, len(rows)))].sum(axis=1))
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    mean = float(np.mean(list(defined.values())))
    return Figure(mean, float(low), float(high), n_clips, len(defined)), own


def _write(
    name: str, scored: Scored, sums: Mapping[str, Mapping[str, Sequence[np.ndarray]]]
) -> dict[str, object]:
    """As JSON; a line of it is told."""
    pooled = {}
    for field in POOLED:
        figure, own = pool_persons(sums[field], rng=np.random.default_rng(0))
        figures = {key: _round(value) for key, value in asdict(figure).items()}
        pooled[f"r_{field}"] = {**figures, "persons": {p: _round(r) for p, r in own.items()}}
    figures = {key: round(scored.score.figures[key].value, 3) for key in SHOWN}
    figures["pooled_r_aperture"] = pooled["r_aperture"]["value"]
    lag, n_clips = scored.score.lag, len(scored.score.clips)
    tell(f"{name} {n_clips} lag {lag.ms:+.0f} ms", figures)
    return {**to_json(scored.score), "pooled": pooled}


def _round(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    return round(value, 4) if np.isfinite(value) else None
