"""What the simulated body of faces/emo can do, how fast, and how surely.

    python benchmarks/body.py                writes benchmarks/results/body.json
    python benchmarks/body.py --minutes 60   an hour for each of five seeds

All through `open_face`, commands and truth, in mm, N and s; how each figure is taken stands beside
its code: `body_lips.py` (range, roundness, bite, speed), `body_long.py` (random motion,
penetration, energy), `body_rubber.py` (pull test, mesh), `body_seen.py` (what the tracker sees of
it). Speeds of computing are CPU time of one core, best of several runs. Ranges and histories are
taken without backlash and hold error: those are meant to leave traces. A goal is what a mouth
should do; `least` is what it must.
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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from body_lips import measure_range, measure_speeds
from body_long import measure_wildness
from body_poses import HOLD_HOPS, NEW_TARGET_HOPS, POSES, draw_command, open_emo
from body_rubber import measure_rubber
from body_seen import measure_seen

import lipmotion
from lipmotion.face.sim.mesh import N_ANGLES
from lipmotion.face.sim.truth import measure_gaps
from lipmotion.timing import HOP_HZ

N_HISTORIES = 8


@dataclass(frozen=True)
class Goal:
    """What a figure should be and must be; at most where goal < least, in size where `is_size`."""

    goal: float
    least: float
    is_size: bool = False

    def judge(self, value: float) -> str:
        """The word for a figure's place: goal, least or BELOW."""
        size = abs(value) if self.is_size else value
        sign = -1 if self.goal < self.least else 1
        if sign * (size - self.goal) >= 0:
            return "goal"
        return "least" if sign * (size - self.least) >= 0 else "BELOW"


GOALS = {
    "x real time, physics with servos": Goal(15, 8),
    "x real time, with skin and image 256 at 25 Hz": Goal(5, 3),
    "NaN": Goal(0, 0),
    "motors out of range": Goal(0, 0),
    "farthest skin point from rest, mm": Goal(45, 50),
    "motors frozen 0.4 s: greatest growth of energy, % of stored": Goal(0.1, 2),
    "motors frozen 0.4 s: growth of energy p95, % of stored": Goal(0.1, 1),
    "lip penetration p95, mm": Goal(0.3, 0.6),
    "lip penetration greatest, mm": Goal(1, 2),
    "rest tets inside out": Goal(0, 0),
    "cells of the sheet without rubber": Goal(0, 0),
    "poses after 8 histories, no backlash: mm": Goal(0.05, 0.3),
    "rest: sealed share of columns": Goal(0.95, 0.9),
    "shut hard: sealed share of columns": Goal(0.95, 0.9),
    "opening, mm": Goal(40, 32),
    "pucker: width, %": Goal(-25, -18),
    "pucker: upper lip forward, mm": Goal(7, 5),
    "pucker: lower lip forward, mm": Goal(7, 5),
    "oo: height over width of the opening": Goal(0.7, 0.5),
    "smile: width, %": Goal(20, 14),
    "f v: lower lip to the upper teeth, mm": Goal(0.5, 1),
    "f v: gap of the lips half-way to the corners, mm": Goal(1, 0.5),
    "pressed: red seen, % of rest": Goal(55, 70),
    "pressed: lips press, N": Goal(3, 2),
    "shut hard: lips press, N": Goal(3, 2),
    "lower lip opening, mm/s": Goal(200, 150),
    "lower lip closing, mm/s": Goal(200, 150),
    "corner up and out, mm/s": Goal(80, 50),
    "corner down and in, mm/s": Goal(80, 50),
    "found in random images, mirrored, %": Goal(100, 99),
    "lip points off, mirrored, median, % of the eyes' distance": Goal(3, 5),
    "r aperture, mirrored": Goal(0.99, 0.985),
    "r opening, mirrored": Goal(0.99, 0.985),
    "r width, mirrored": Goal(0.92, 0.85),
    "r corner left height, mirrored": Goal(0.9, 0.82),
    "r corner right height, mirrored": Goal(0.9, 0.82),
    **{
        f"corner {side} {way} alone, mm": Goal(7, 5, is_size=True)
        for side in ("left", "right")
        for way in ("up", "down")
    },
    **{
        f"corner {side} {way}: the other corner, mm": Goal(0.3, 0.5, is_size=True)
        for side in ("left", "right")
        for way in ("up", "down")
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="of random motion, each seed")
    parser.add_argument("--seeds", type=int, default=5, help="of random motion")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/body.json")
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
    print_table(figures)
    result = {
        "benchmark": "body",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, shared",
        "seed": args.seed,
        "figures": figures,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")


def print_table(figures: dict[str, float]) -> None:
    print("| figure | now | goal | least | |\n|---|---|---|---|---|")
    for name, value in figures.items():
        goal = GOALS.get(name)
        told = f"{goal.goal:g} | {goal.least:g} | {goal.judge(value)}" if goal else " | | "
        print(f"| {name} | {value} | {told} |")


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
    targets = [face.spec.rest.replace(pose) for pose in POSES.values()]
    targets += [draw_command(face, rng) for _ in range(7)]
    spreads = []
    for target in targets:
        ends = []
        for _ in range(N_HISTORIES):
            for _ in range(6):
                detour = draw_command(face, rng)
                for _ in range(8):
                    face.send(detour)
            for _ in range(HOLD_HOPS):
                face.send(target)
            ends.append(face.pose().skin_vertices)
        spreads.append(float(np.linalg.norm(np.ptp(ends, axis=0), axis=-1).max()))
    return {
        "same commands and seed: bit-equal": bool(np.array_equal(*paths)),
        f"poses after {N_HISTORIES} histories, no backlash: mm": round(max(spreads), 3),
        "poses that were so compared": len(targets),
    }


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
