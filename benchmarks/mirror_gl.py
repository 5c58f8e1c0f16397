"""The mirror image by our own rasteriser and through OpenGL: how fast, and how alike.

    python benchmarks/mirror_gl.py           writes benchmarks/results/mirror_gl.json

Needs the extra `gl` and a driver. Milliseconds an image, wall clock, best of many taken in turn; a
driver without a card (llvmpipe) takes all cores, or one where LP_NUM_THREADS=0. Both place the head
by the same code: a card can't be faster than that.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from body_poses import draw_command, open_emo

import lipmotion
from lipmotion.face.sim.camera import MIRROR, PORTRAIT, Camera, View
from lipmotion.face.sim.gl import TOLERANCE, GlCamera
from lipmotion.face.sim.pose import HeadPose

VIEWS: dict[str, tuple[int, View]] = {
    "mirror 256": (256, MIRROR),
    "mirror 512": (512, MIRROR),
    "portrait 1024": (1024, PORTRAIT),
}
N_TIMES = 30
HOLD_HOPS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--poses", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results/mirror_gl.json"
    )
    args = parser.parse_args()
    poses = draw_poses(args.poses, rng=np.random.default_rng(args.seed))
    figures, device = {}, ""
    for name, (size_px, view) in VIEWS.items():
        cameras = {"ours": Camera(size_px, view), "OpenGL": GlCamera(size_px, view)}
        device = cameras["OpenGL"].device
        renders = {camera: each.render for camera, each in cameras.items()}
        spent = measure_speed(
            {**renders, "placing the head": cameras["ours"]._head.place}, poses[0]
        )
        figures[name] = {
            **{f"{what}, ms": round(1000 * s, 2) for what, s in spent.items()},
            "OpenGL over ours": round(spent["OpenGL"] / spent["ours"], 1),
            **measure_difference(cameras["ours"], cameras["OpenGL"], poses),
        }
    result = {
        "benchmark": "mirror_gl",
        "version": lipmotion.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, shared",
        "device": device,
        "poses": args.poses,
        "seed": args.seed,
        "tolerance": TOLERANCE,
        "figures": figures,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{device}\n\n| figure | " + " | ".join(figures) + " |\n" + "|---" * 4 + "|")
    for row in next(iter(figures.values())):
        print(f"| {row} | " + " | ".join(str(each[row]) for each in figures.values()) + " |")


def draw_poses(n: int, *, rng: np.random.Generator) -> list[HeadPose]:
    face, poses = open_emo(), []
    for _ in range(n):
        command = draw_command(face, rng)
        for _ in range(HOLD_HOPS):
            face.send(command)
        poses.append(face.pose())
    return poses


def measure_speed(
    works: dict[str, Callable[[HeadPose], object]], pose: HeadPose
) -> dict[str, float]:
    """Seconds that each takes, the best of many, all in turn."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(N_TIMES):
        for name, work in works.items():
            start = time.perf_counter()
            work(pose)
            spent[name].append(time.perf_counter() - start)
    return {name: min(each) for name, each in spent.items()}


def measure_difference(one: Camera, two: Camera, poses: list[HeadPose]) -> dict[str, float]:
    """Absolute differences, of 255: greatest mean and 99th percentile of an image."""
    means, most = [], []
    for pose in poses:
        apart = np.abs(one.render(pose).astype(int) - two.render(pose).astype(int))
        means.append(apart.mean())
        most.append(np.percentile(apart, 99))
    return {
        "difference, mean, worst pose": round(float(max(means)), 2),
        "difference, p99, worst pose": round(float(max(most)), 1),
    }


if __name__ == "__main__":
    main()
