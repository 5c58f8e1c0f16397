"""Can this body move as people's lips do? Recorded lips, followed by the best commands there are.

    python benchmarks/body_people.py --people DIR... [--clips 20] [--out FILE]

DIR are watched folders (`lipmotion watch`), named as in the judge's report; none is shipped. From
each as many clips, of as few people as have them, are followed with commands optimised on the
simulator's truth (`body_follow.py`), then executed once more with hold errors that were never seen.
That motion, in the body's own truth, is scored as a robot's by the judge's measures: one lag for a
folder, r in speech, closures by each owner's range over these same clips, above touching lips.

A person's number is in resting mouth widths from rest and means as many of the robot's own resting
width; where a person goes further than the body, the body is at its end and r tells. The goal for
closures is the ceiling: the person's own films tracked twice (`same-film` of the report). Beside it
stands how many of the matched closures touch, by the simulator's own gap.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from body_follow import Followed, LipModel, Opener, execute, fit_model, follow
from body_goals import print_people
from body_poses import open_emo

import lipmotion
from lipmotion.evaluate.metrics import (
    BEGINS_AT,
    SpeechRange,
    find_closed,
    find_closures,
    fit_range,
    measure_jitter,
)
from lipmotion.evaluate.optimise import FOLLOWED
from lipmotion.evaluate.suite import Clip, score_method
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS, LipTrack
from lipmotion.watched import Segment, WatchedFolder, open_watched

RESULTS = Path(__file__).parent / "results"
SHOWN = (
    "r_aperture",
    "r_width",
    "closure_f1",
    "closure_precision",
    "closure_recall",
    "rounding_f1",
)
TOUCHES = 0.002  # resting widths, 0.1 mm
CLIPS_OF_ONE = 4  # of each person, where there are many


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=Path, nargs="+", required=True, help="watched folders")
    parser.add_argument("--clips", type=int, default=20, help="of each folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "body_people.json")
    args = parser.parse_args()
    face = Opener(open_emo(args.seed))
    fresh = Opener(open_emo(args.seed + 1))
    rng = np.random.default_rng(args.seed)
    model = fit_model(face, rng=rng)
    figures = {}
    for folder in args.people:
        clips = choose_clips(open_watched(folder), args.clips, rng=rng)
        figures[folder.name] = follow_people(clips, face, fresh, model, seed=args.seed)
        print_people(folder.name, figures[folder.name])
    result = {
        "benchmark": "body_people",
        "version": lipmotion.__version__,
        "seed": args.seed,
        "figures": figures,
    }
    args.out.write_text(json.dumps(result, indent=2) + "\n")


def choose_clips(folder: WatchedFolder, n_clips: int, *, rng: np.random.Generator) -> list[Clip]:
    """Random people, CLIPS_OF_ONE random clips of each, all of one where there is no other."""
    by_person: dict[str, list[Segment]] = {}
    for segment in folder.segments():
        by_person.setdefault(segment.person, []).append(segment)
    people = [p for p, own in sorted(by_person.items()) if len(own) >= CLIPS_OF_ONE]
    n_people = min(len(people), -(-n_clips // CLIPS_OF_ONE))
    clips = []
    for person in rng.choice(people, n_people, replace=False).tolist():
        own = by_person[person]
        picked = rng.choice(len(own), min(len(own), -(-n_clips // n_people)), replace=False)
        tracks = [folder.read_lips(own[k]) for k in sorted(picked.tolist())]
        lips = fit_range(tracks)
        clips += [
            Clip(folder.folder.name, person, own[k].name, own[k].language, track, lips)
            for k, track in zip(sorted(picked.tolist()), tracks, strict=True)
        ]
    return clips


def follow_people(
    clips: Sequence[Clip], face: Opener, fresh: Opener, model: LipModel, *, seed: int
) -> dict[str, float]:
    """Follows and scores the clips of one folder."""
    wanted = [read_wanted(clip.lips) for clip in clips]
    found = [
        follow(one, find_shut(clip), face, model) for one, clip in zip(wanted, clips, strict=True)
    ]
    robots = [
        make_track(execute(fresh, one.commands), clip.lips)
        for one, clip in zip(found, clips, strict=True)
    ]
    own = {
        person: fit_range([r for r, c in zip(robots, clips, strict=True) if c.person == person])
        for person in {clip.person for clip in clips}
    }
    score = score_method(
        clips, robots, [], np.zeros(N_LIP_FIELDS), rng=np.random.default_rng(seed),
        own_ranges=[own[clip.person] for clip in clips],
    )  # fmt: skip
    figures = {name: round(score.figures[name].value, 4) for name in SHOWN}
    lowest = min(clip.shares["r_width"].value for clip in score.clips)
    return {
        "clips": len(clips),
        "people": len(own),
        "lag, ms": round(score.lag.ms, 1),
        **figures,
        "r_width, lowest clip": round(lowest, 4),
        "closures that touch, %": round(100 * measure_touching(clips, robots, own), 1),
        **describe_rest(wanted, found, robots),
    }


def measure_touching(
    clips: Sequence[Clip], robots: Sequence[LipTrack], own: Mapping[str, SpeechRange]
) -> float:
    """Share of the robot's closures in which its lips touch in the middle."""
    touches = []
    for clip, robot in zip(clips, robots, strict=True):
        aperture = robot.field("aperture")
        closed = find_closed(aperture, own[clip.person])
        touches += [
            float(aperture[start:end].min()) <= TOUCHES
            for start, end in find_closures(closed, robot.in_speech)
        ]
    return float(np.mean(touches)) if touches else 1.0


def describe_rest(
    wanted: Sequence[np.ndarray], found: Sequence[Followed], robots: Sequence[LipTrack]
) -> dict[str, float]:
    """What is still off, % of each number's 5-95 % range, and how often motors were at an end."""
    done = np.concatenate([read_wanted(robot) for robot in robots])
    asked = np.concatenate(wanted)
    off = np.sqrt(((done - asked) ** 2).mean(0)) / np.subtract(*np.percentile(asked, (95, 5), 0))
    commands = np.concatenate([one.commands for one in found])
    at_end = ((commands <= 0) | (commands >= 1)).mean()
    jitter = np.mean([measure_jitter(one.commands).value for one in found])
    named = {f"off, % of range, {name}": v for name, v in zip(FOLLOWED, 100 * off, strict=True)}
    return {
        name: round(float(value), 2)
        for name, value in {
            **named,
            "motors at an end, % of hops": 100 * at_end,
            "power of the commands above 10 Hz, %": 100 * jitter,
        }.items()
    }


def find_shut(clip: Clip) -> np.ndarray:
    """Where the person's lips are closed, by the level at which a closure begins, (T,)."""
    level = clip.speech_range.contact + BEGINS_AT * clip.speech_range.span("aperture")
    return clip.lips.field("aperture") <= level


def read_wanted(lips: LipTrack) -> np.ndarray:
    return np.stack([lips.field(name) for name in FOLLOWED], axis=1).astype(float)


def make_track(done: np.ndarray, human: LipTrack) -> LipTrack:
    """The body's true lips as a track; fields that are not followed stay 0."""
    values = np.zeros((len(done), N_LIP_FIELDS), np.float32)
    values[:, [LIP_INDEX[name] for name in FOLLOWED]] = done
    return LipTrack(values, np.ones(len(done), np.float32), human.in_speech)


if __name__ == "__main__":
    main()
