"""What the simulated body of faces/emo can do, how fast, and how surely.

    python benchmarks/body.py                writes benchmarks/results/body.json
    python benchmarks/body.py --minutes 60   an hour for each of five seeds

Whether it moves as people do is asked by `body_people.py`, a command of its own that needs their
recordings; what it last wrote is printed and kept beside these figures.

All through `open_face`, commands and truth, in mm, N and s; how each figure is taken stands beside
its code: `body_lips.py` (range, roundness, bite, speed), `body_long.py` (random motion,
penetration, energy), `body_rubber.py` (pull test, mesh), `body_seen.py` (what the tracker sees of
it); the goals in `body_goals.py`. Speeds of computing are CPU time of one core, best of several
runs. Ranges and histories are taken without backlash and hold error: those are meant to leave
traces. Random commands contradict each other, half of them at the ends of all travels: there a lip
can buckle one way or the other, and stays as it came.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from body_goals import GOALS, print_people, print_table
from body_lips import measure_range, measure_speeds
from body_long import measure_wildness
from body_poses import HOLD_HOPS, NEW_TARGET_HOPS, POSES, draw_command, open_emo
from body_rubber import measure_rubber
from body_seen import measure_seen

import lipmotion
from lipmotion.commands import Command
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.mesh import N_ANGLES
from lipmotion.face.sim.truth import measure_gaps
from lipmotion.timing import HOP_HZ

RESULTS = Path(__file__).parent / "results"
N_HISTORIES = 8
N_RANDOM, N_RANDOM_HISTORIES = 60, 4
DIFFERS_MM = 0.15  # end states farther apart than this are two
TREMBLES_MM = 0.02  # in 0.1 s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="of random motion, each seed")
    parser.add_argument("--seeds", type=int, default=5, help="of random motion")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "body.json")
    args = parser.parse_args()
    histories, speed, seeing = np.random.default_rng(args.seed).spawn(3)
    figures = {
        **measure_start(),
        **measure_speed(rng=speed),
        **measure_rubber(),
        **measure_range(),
        **measure_speeds(),
        **measure_sameness(args.seed, rng=histories),
        **measure_lag(),
        **measure_seen(rng=seeing),
        **measure_wildness(args.minutes, range(args.seed, args.seed + args.seeds)),
    }
    print_table(figures, GOALS)
    people = read_people()
    for name, own in people.items():
        print_people(name, own)
    result = {
        "benchmark": "body",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, shared",
        "seed": args.seed,
        "figures": figures,
        "people": people,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")


def read_people() -> dict[str, dict[str, float]]:
    """Figures by folder of recordings that `body_people.py` last wrote; none where it never ran."""
    path = RESULTS / "body_people.json"
    if not path.is_file():
        return {}
    people: dict[str, dict[str, float]] = json.loads(path.read_text())["figures"]
    return people


def measure_start() -> dict[str, float]:
    """Start of a fresh process up to the first image, with an empty and with a filled cache."""
    script = "import lipmotion as l; f = l.open_face('emo'); f.send(f.spec.rest); f.look()"
    script += "; f.truth(); import time; print(time.process_time())"
    with tempfile.TemporaryDirectory() as cache:
        spent = []
        for _ in range(2):
            env = os.environ | {"NUMBA_CACHE_DIR": cache, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True
            )
            spent.append(round(float(done.stdout), 1))
    return {
        "first start, compiling, CPU s": spent[0],
        "later start to first image, CPU s": spent[1],
    }


def measure_speed(*, rng: np.random.Generator) -> dict[str, float]:
    face = open_emo()

    def move(*, with_images: bool) -> Callable[[], None]:
        def run() -> None:
            for hop in range(200):
                if hop % NEW_TARGET_HOPS == 0:
                    command = draw_command(face, rng)
                face.send(command)
                if with_images:
                    face.look()

        return run

    seconds = {is_seen: best_cpu_s(move(with_images=is_seen)) for is_seen in (False, True)}
    return {
        "x real time, physics with servos": round(200 / HOP_HZ / seconds[False], 1),
        "x real time, with skin and image 256 at 25 Hz": round(200 / HOP_HZ / seconds[True], 1),
    }


def best_cpu_s(run: Callable[[], None], n: int = 6) -> float:
    run()
    spent = []
    for _ in range(n):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return min(spent)


def measure_sameness(seed: int, *, rng: np.random.Generator) -> dict[str, float | bool]:
    twins = [open_emo(seed), open_emo(seed)]
    paths = []
    for face, own in zip(twins, (np.random.default_rng(1), np.random.default_rng(1)), strict=True):
        for hop in range(300):
            if hop % NEW_TARGET_HOPS == 0:
                command = draw_command(face, own)
            face.send(command)
        paths.append(face.pose().skin_vertices)
    face = open_emo(ideal=True)
    named = [
        settle_often(face, face.spec.rest.replace(pose), N_HISTORIES, rng=rng)
        for pose in POSES.values()
    ]
    random = [
        settle_often(face, draw_command(face, rng), N_RANDOM_HISTORIES, rng=rng)
        for _ in range(N_RANDOM)
    ]
    apart = np.array([spread for spread, _ in random])
    moving = np.array([moved for _, moved in random])
    return {
        "same commands and seed: bit-equal": bool(np.array_equal(*paths)),
        f"poses after {N_HISTORIES} histories, no backlash: mm": round(max(s for s, _ in named), 3),
        "poses that were so compared": len(named),
        f"random commands, {N_RANDOM_HISTORIES} histories each": N_RANDOM,
        "random commands: end states apart, median, mm": round(float(np.median(apart)), 3),
        "random commands: end states apart, greatest, mm": round(float(apart.max()), 3),
        f"random commands with end states apart by {DIFFERS_MM} mm, %": round(
            100 * float(np.mean(apart > DIFFERS_MM)), 1
        ),
        "random commands after which the skin never rests, %": round(
            100 * float(np.mean(moving > TREMBLES_MM)), 1
        ),
    }


def settle_often(
    face: SimFace, target: Command, n_histories: int, *, rng: np.random.Generator
) -> tuple[float, float]:
    """How far apart the skins are that one command leads to, and how far one still moves, mm."""
    ends, moved = [], 0.0
    for _ in range(n_histories):
        for _ in range(6):
            detour = draw_command(face, rng)
            for _ in range(8):
                face.send(detour)
        for _ in range(HOLD_HOPS):
            face.send(target)
        ends.append(face.pose().skin_vertices)
        for _ in range(5):
            face.send(target)
            off = np.linalg.norm(face.pose().skin_vertices - ends[-1], axis=-1)
            moved = max(moved, float(off.max()))
    return float(np.linalg.norm(np.ptp(ends, axis=0), axis=-1).max()), moved


def measure_lag() -> dict[str, float]:
    """Time from a command's own time (hop / 50) to the skin that shows it."""
    face, rng = open_emo(), np.random.default_rng(4)
    smooth = np.convolve(rng.standard_normal(800), np.hanning(13), "same")
    wanted = np.clip(0.5 + 0.25 * smooth / smooth.std(), 0, 1)
    sent, shown = [], []
    for value in wanted:
        sent.append(face.send(face.spec.rest.replace({"jaw_open": float(value)}))["jaw_open"])
        shown.append(measure_gaps(face._moving.x)[N_ANGLES // 4 - 1])
    lags = np.arange(8)
    n = len(sent)
    r = [np.corrcoef(sent[20 : n - 20], shown[20 + k : n - 20 + k])[0, 1] for k in lags]
    best = int(np.argmax(r[:-1]))
    before, at, after = (r[max(best - 1, 0)], r[best], r[best + 1])
    peak = best + 0.5 * (before - after) / (before - 2 * at + after)
    return {"lag of the lips behind the command, ms": round(1000 * (peak + 1) / HOP_HZ, 1)}


if __name__ == "__main__":
    main()
