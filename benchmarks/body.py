"""What the simulated body of faces/emo can do, how fast, and how surely.

    python benchmarks/body.py                writes benchmarks/results/body.json

All through `open_face`, commands and truth. Speeds are CPU time of one core, best of several runs.
The histories run without backlash and hold error: those are meant to leave traces.
"""

import argparse
import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

import lipmotion
from lipmotion.commands import Command
from lipmotion.face import read_face_spec
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.mesh import N_ANGLES, N_OUTER
from lipmotion.face.sim.truth import FaceTruth, measure_gaps
from lipmotion.timing import HOP_HZ

HOLD_HOPS = 60
NEW_TARGET_HOPS = 6
BESIDE_CORNER = 2  # columns beside each corner that penetration leaves out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="of random motion")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/body.json")
    args = parser.parse_args()
    wild, histories, speed = np.random.default_rng(args.seed).spawn(3)
    figures = {
        **measure_start(),
        **measure_speed(rng=speed),
        **measure_range(),
        **measure_sameness(args.seed, rng=histories),
        **measure_lag(),
        **measure_wildness(args.minutes, rng=wild),
    }
    for name, value in figures.items():
        print(f"{name:58s} {value}")
    result = {
        "benchmark": "body",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, shared",
        "seed": args.seed,
        "figures": figures,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")


def both(**changes: float) -> dict[str, float]:
    """upper_lip=1 stands for left and right; corner_raise and corner_spread likewise."""
    named = {}
    for name, value in changes.items():
        for side in ("left", "right"):
            what = name.removeprefix("corner_")
            full = f"corner_{side}_{what}" if what != name else f"{name}_{side}"
            named[full] = value
    return named


POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "open": {"jaw_open": 1} | both(upper_lip=1, lower_lip=1),
    "pressed": {"jaw_open": 0} | both(upper_lip=0, lower_lip=0),
    "pucker": {"upper_lip_roll": 1, "lower_lip_roll": 1} | both(corner_spread=0),
    "smile": both(corner_spread=1, corner_raise=0.9),
    "rolled in": {"upper_lip_roll": 0, "lower_lip_roll": 0, "jaw_open": 0.1},
    "f v": {"lower_lip_roll": 0.15, "jaw_open": 0.12} | both(lower_lip=0, upper_lip=0.8),
}


def hold(face: SimFace, changes: Mapping[str, float], n_hops: int = HOLD_HOPS) -> FaceTruth:
    command = face.spec.rest.replace(changes)
    for _ in range(n_hops):
        face.send(command)
    return face.truth()


def open_emo(seed: int = 0, *, ideal: bool = False) -> SimFace:
    spec = read_face_spec("emo")
    if ideal:
        motors = (dataclasses.replace(m, backlash=0.0, hold_error=0.0) for m in spec.motors)
        spec = dataclasses.replace(spec, motors=tuple(motors))
    return SimFace(spec, seed=seed)


def draw_command(face: SimFace, rng: np.random.Generator) -> Command:
    """Random on all motors; every second one at the ends of its travel."""
    values = rng.random(len(face.spec.motors))
    if rng.random() < 0.5:
        values = np.round(values)
    return Command(face.spec.motor_names, values.astype(np.float32))


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


def measure_range() -> dict[str, float]:
    face = open_emo()
    rest, opened, pressed, pucker, _, rolled, bite = (hold(face, p) for p in POSES.values())
    smile = hold(face, both(corner_spread=1))
    figures = {
        "rest: sealed share of columns": rest.sealed_share,
        "rest: lips press, N": rest.lip_force_n,
        "pressed: sealed share of columns": pressed.sealed_share,
        "pressed: lips press, N": pressed.lip_force_n,
        "opening, mm": opened.aperture_mm,
        "pucker: width, %": 100 * (pucker.width_mm / rest.width_mm - 1),
        "pucker: upper lip forward, mm": pucker.protrusion_mm[0],
        "pucker: lower lip forward, mm": pucker.protrusion_mm[1],
        "smile: width, %": 100 * (smile.width_mm / rest.width_mm - 1),
        "rolled in: lips back, mm": float(np.mean(rolled.protrusion_mm)),
        "f v: lower lip on upper teeth, N": bite.bite_force_n,
    }
    for k, side in enumerate(("left", "right")):
        for name, value in (("up", 1.0), ("down", 0.0)):
            heights = hold(face, {f"corner_{side}_raise": value}).corner_height_mm
            figures[f"corner {side} {name} alone, mm"] = heights[k]
            figures[f"corner {side} {name}: the other corner, mm"] = heights[1 - k]
    return {name: round(float(value), 2) for name, value in figures.items()}


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
    targets += [draw_command(face, rng) for _ in range(20)]
    spreads = []
    for target in targets:
        ends = []
        for _ in range(3):
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
        f"{len(targets)} poses after 3 histories, no backlash: mm": round(max(spreads), 3),
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


def measure_wildness(minutes: float, *, rng: np.random.Generator) -> dict[str, float]:
    face = open_emo()
    low = np.minimum(face.spec.column("low"), face.spec.column("high"))
    high = np.maximum(face.spec.column("low"), face.spec.column("high"))
    slack = 4 * face.spec.column("hold_error") * (high - low)
    n_bad = n_out = n_inside = 0
    farthest, overlaps = 0.0, []
    for hop in range(round(minutes * 60 * HOP_HZ)):
        if hop % NEW_TARGET_HOPS == 0:
            command = draw_command(face, rng)
        sent = face.send(command).values
        n_out += int((sent < 0).any() or (sent > 1).any())
        if hop % 5:
            continue
        pose = face.pose()
        at = np.array([pose.motors[name] for name in face.spec.motor_names])
        n_out += int((at < low - slack).any() or (at > high + slack).any())
        n_bad += int(not np.isfinite(pose.skin_vertices).all())
        moved = np.linalg.norm(pose.skin_vertices - face._skin.rest, axis=1)
        farthest = max(farthest, float(moved.max()))
        overlaps.append(np.maximum(0, -measure_gaps(face._moving.x)))
        n_inside += int(hop % 25 == 0 and is_any_node_inside(face))
    overlap = np.array(overlaps)  # (samples, columns)
    middle = overlap[:, BESIDE_CORNER:-BESIDE_CORNER].max(1)
    beside = np.delete(overlap, np.s_[BESIDE_CORNER:-BESIDE_CORNER], 1).max(1)
    return {
        "random full-speed motion, minutes": minutes,
        "NaN": n_bad,
        "motors out of range": n_out,
        "farthest skin point from rest, mm": round(farthest, 1),
        "lip penetration p95, mm": round(float(np.percentile(middle, 95)), 3),
        "lip penetration greatest, mm": round(float(middle.max()), 2),
        "lip penetration beside the corners p95, mm": round(float(np.percentile(beside, 95)), 3),
        "moments with a lip node inside the other lip's rubber": n_inside,
    }


def is_any_node_inside(face: SimFace) -> bool:
    """A check that shares nothing with the contact code: lower lip's nodes in upper lip's tets."""
    mesh, x, half = face._mesh, face._moving.x, N_ANGLES // 2
    near_lip = (mesh.rows >= N_OUTER - 3) & (mesh.rows <= N_OUTER + 2)
    beside = np.minimum(mesh.columns % half, half - mesh.columns % half)
    nodes = x[near_lip & (mesh.columns > half) & (beside > BESIDE_CORNER)]
    is_upper = (mesh.columns[mesh.tets] <= half).all(1) & near_lip[mesh.tets].all(1)
    corners = x[mesh.tets[is_upper]]  # (E, 4, 3)
    frame = np.linalg.inv(np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2))
    share = np.einsum("eij,enj->eni", frame, nodes[None] - corners[:, :1])
    inside = np.concatenate([share, 1 - share.sum(-1, keepdims=True)], -1).min(-1)
    return bool((inside > 0.15).any())


if __name__ == "__main__":
    main()
