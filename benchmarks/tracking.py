"""Can the tracker see the simulated face, and does what it sees follow the truth?

    python benchmarks/tracking.py            writes benchmarks/results/tracking.json

Finding: random commands on all motors, neck within 15 degrees about each axis, exposures 0.6, 1 and
1.5 in turn, each image on its own. Following: random lips and jaw, head still; Pearson r of the
tracked aperture and width against the simulator's gap at the middle column and corner distance.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from lipmotion.commands import Command
from lipmotion.face import open_face
from lipmotion.face.sim.camera import Camera
from lipmotion.lips import LIP_FIELDS
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, measure_lips

EXPOSURES = (0.6, 1.0, 1.5)
NECK_DEG = 15.0
HOLD_HOPS = 15  # long enough for every motor to arrive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--found", type=int, default=500, help="images of the first figure")
    parser.add_argument("--followed", type=int, default=300, help="poses of the second figure")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/tracking.json")
    args = parser.parse_args()
    finding, following = np.random.default_rng(args.seed).spawn(2)
    result = {
        "seed": args.seed,
        **measure_finding(args.found, rng=finding),
        **measure_following(args.followed, rng=following),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def measure_finding(n_images: int, *, rng: np.random.Generator) -> dict:
    """Share of random images in which the face is found."""
    found = {exposure: [] for exposure in EXPOSURES}
    tracker = FaceLandmarker()
    with open_face("emo", driver="sim") as face:
        cameras = [Camera(face.spec.camera.size_px, exposure=e) for e in EXPOSURES]
        neck = face.spec.indices("neck")
        reach = [NECK_DEG / abs(face.spec.motors[k].high - face.spec.motors[k].low) for k in neck]
        for k in range(n_images):
            values = rng.uniform(0, 1, len(face.spec.motors))
            values[list(neck)] = 0.5 + rng.uniform(-1, 1, len(neck)) * reach
            hold(face, values)
            image = cameras[k % len(cameras)].render(face.pose())
            points, _ = tracker.step(image, tracker.init_state())
            found[EXPOSURES[k % len(EXPOSURES)]].append(points is not None)
    every = [one for some in found.values() for one in some]
    return {
        "images": n_images,
        "found": float(np.mean(every)),
        "found_by_exposure": {str(e): float(np.mean(f)) for e, f in found.items()},
    }


def measure_following(n_poses: int, *, rng: np.random.Generator) -> dict:
    """Correlation of tracked with true aperture and width."""
    points, true = [], []
    trackers = {"once": FaceLandmarker(), "mirrored": FaceLandmarker(mirrored=True)}
    seen = {name: [] for name in trackers}
    with open_face("emo", driver="sim") as face:
        camera = Camera(face.spec.camera.size_px)
        moved = list(face.spec.indices("lips", "jaw"))
        for _ in range(n_poses):
            values = face.spec.rest.values.copy()
            values[moved] = rng.uniform(0, 1, len(moved))
            hold(face, values)
            truth = face.truth()
            true.append((truth.gap_mm[len(truth.gap_mm) // 2], truth.width_mm))
            image = camera.render(face.pose())
            for name, tracker in trackers.items():
                points, _ = tracker.step(image, tracker.init_state())
                blank = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
                seen[name].append(blank if points is None else points[list(KEPT_POINTS)])
    true = np.array(true)
    true[:, 0] = np.maximum(true[:, 0], 0)  # a camera sees no pressing
    result: dict = {"poses": n_poses}
    for name, rows in seen.items():
        lips = measure_lips(np.stack(rows))
        for column, field in enumerate(("aperture", "width")):
            tracked = lips[:, LIP_FIELDS.index(field)]
            good = np.isfinite(tracked)
            r = np.corrcoef(tracked[good], true[good, column])[0, 1]
            result[f"r_{field}_{name}"] = round(float(r), 4)
    result["true_range_mm"] = {
        "aperture": np.percentile(true[:, 0], [0, 50, 100]).round(2).tolist(),
        "width": np.percentile(true[:, 1], [0, 50, 100]).round(2).tolist(),
    }
    return result


def hold(face, values) -> None:
    command = Command(face.spec.motor_names, np.asarray(values, np.float32))
    for _ in range(HOLD_HOPS):
        face.send(command)


if __name__ == "__main__":
    main()
