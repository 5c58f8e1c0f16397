"""Ten minutes without a stop: does the motion drift, do the servos tire; and what does a hop cost?

A minute of people's lips is followed over and over by one body, which is never reset: its servos
warm up, and the states of Imagination and FacialActionTransformer run on. The lips of each minute
are compared with the person's, as seen in the mirror. Then the same minute goes hop by hop through
both nets, on one core, each hop timed.

    python benchmarks/lasting.py --people WATCHED --split SPLIT.csv --minutes 10
                                            prints, and writes benchmarks/results/lasting-FACE.json
"""

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np
from selfmodel import add_arguments, make_eyes, read_audience, to_commands

from lipmotion.evaluate.align import remove_lag
from lipmotion.evaluate.verdict import NATIVE, execute, film_owners, to_track
from lipmotion.face import open_face, read_face_spec
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS, LipTrack
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.selfmodel.imagine import Imagination
from lipmotion.step import Chain
from lipmotion.timing import HOP_HZ

MINUTE = 60 * HOP_HZ
PAUSE_HOPS = HOP_HZ // 4  # rest between two clips
FIELDS = ("aperture", "width")
MOST_LAG = 5  # hops


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    spec = read_face_spec(options.face)
    minute = join(read_audience(options).humans)
    imagination = Imagination.open(spec, options.bundle)
    act = FacialActionTransformer.open(spec, options.bundle)
    long = LipTrack(np.tile(minute.values, (options.minutes, 1)), *(
        np.tile(values, options.minutes) for values in (minute.quality, minute.in_speech)
    ))  # fmt: skip
    eyes = make_eyes(spec, LipEncoder.open(spec, options.bundle))[1:]  # the native film
    with open_face(options.face, "sim", options.seed) as face:
        owner = film_owners(face, eyes, rng=np.random.default_rng(options.seed))[NATIVE.name]
    with open_face(options.face, "sim", options.seed) as face:
        done = execute(face, to_commands(spec, Chain((imagination, act)), long.values), eyes)
    seen = to_track(done.seen[NATIVE.name], owner, long.in_speech)
    rows = [measure_minute(seen, long, k) for k in range(options.minutes)]
    told = {
        "face": spec.name,
        "minutes": options.minutes,
        "error of each minute, mouth widths": rows,
        "last over first": {field: round(rows[-1][field] / rows[0][field], 3) for field in rows[0]},
        "compute a hop, ms": time_hops(imagination, act, minute),
    }
    text = json.dumps(told, indent=1)
    (options.out / f"lasting-{spec.name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def join(humans: list[LipTrack]) -> LipTrack:
    """A minute of clips, with a quarter of a second of rest after each."""
    rest = np.zeros((PAUSE_HOPS, N_LIP_FIELDS), np.float32)
    quiet = np.zeros(PAUSE_HOPS, bool)
    parts = [
        (
            np.concatenate([human.values, rest]),
            np.concatenate([human.quality, np.ones(PAUSE_HOPS, np.float32)]),
            np.concatenate([human.in_speech, quiet]),
        )
        for human in humans
    ]
    n_times = -(-MINUTE // sum(len(values) for values, _, _ in parts))
    values, quality, in_speech = (
        np.concatenate([part[k] for part in parts] * n_times)[:MINUTE] for k in range(3)
    )
    return LipTrack(values, quality, in_speech)


def measure_minute(seen: LipTrack, wanted: LipTrack, number: int) -> dict[str, float]:
    """Root of the mean squared error in speech of one minute, at the lag that makes it least."""
    span = slice(number * MINUTE, (number + 1) * MINUTE)
    robot, human = seen.values[span], wanted.values[span]
    errors = []
    for lag in range(-MOST_LAG, MOST_LAG + 1):
        moved, is_seen = remove_lag(robot, lag)
        off = (moved - human)[is_seen & wanted.in_speech[span]]
        errors.append(np.sqrt((off[:, [LIP_INDEX[field] for field in FIELDS]] ** 2).mean(0)))
    best = min(errors, key=lambda error: float(error[0]))
    return {field: round(float(error), 5) for field, error in zip(FIELDS, best, strict=True)}


def time_hops(
    imagination: Imagination, act: FacialActionTransformer, minute: LipTrack
) -> dict[str, float]:
    """One hop at a time through both nets: median and percentiles, ms."""
    states = imagination.init_state(), act.init_state()
    costs = []
    for row in minute.values[:, None]:
        start = perf_counter()
        meant, first = imagination.step(row, states[0])
        _, second = act.step(meant, states[1])
        costs.append(1000 * (perf_counter() - start))
        states = first, second
    kept = costs[HOP_HZ:]  # the first second loads
    told = zip(("median", "p95", "p99"), np.percentile(kept, (50, 95, 99)), strict=True)
    return {name: round(float(value), 3) for name, value in told}


if __name__ == "__main__":
    main()
