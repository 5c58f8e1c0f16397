"""What can a face do, and does the tracker find it? For any description, also of your own.

    python benchmarks/faces.py [FACE…] [--poses 400]      writes benchmarks/results/faces.json

A face rests, presses its lips, and holds random commands for 0.4 s each: every second one at the
ends of the travel, every second one with the jaw near rest. Reach and seal are the simulator's
truth; the tracker searches each mirror image anew and is compared with the truth by Pearson's r.
Lag: by how much the true opening follows a jaw that babbles, where the correlation is greatest.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from body_poses import draw_command, hold

from lipmotion.commands import Command
from lipmotion.face import list_faces, read_face_spec
from lipmotion.face.poses import press_pose
from lipmotion.face.sim.face import SimFace
from lipmotion.lips import LIP_INDEX
from lipmotion.timing import HOP_HZ, HOP_MS
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, measure_lips

HOLD_HOPS = 20
SEALED = 0.95  # share of the columns from which on lips count as shut
LAG_HOPS = 20 * HOP_HZ
JAW_HZ = (0.7, 1.3, 2.1, 3.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", nargs="*", default=list_faces())
    parser.add_argument("--poses", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/faces.json")
    args = parser.parse_args()
    found = {name: measure_face(name, args.poses, args.seed) for name in args.faces}
    result = {"poses": args.poses, "seed": args.seed, "faces": found}
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def measure_face(name: str, n_poses: int, seed: int) -> dict:
    """Reach, seal, what the tracker sees, and lag; mm, N, ms."""
    spec = read_face_spec(name)
    face = SimFace(spec, seed=seed)
    rest = hold(face, {})
    pressed = hold(face, dict(zip(spec.motor_names, press_pose(spec).tolist(), strict=True)))
    figures = {
        "motors": len(spec.motors),
        "lip_and_jaw_motors": len(spec.indices("lips", "jaw")),
        "rest": {
            "width_mm": rest.width_mm,
            "sealed": rest.sealed_share,
            "lips_n": rest.lip_force_n,
        },
        "pressed": {"sealed": pressed.sealed_share, "lips_n": pressed.lip_force_n},
        **hold_poses(face, n_poses, rng=np.random.default_rng(seed)),
        "lag_ms": measure_lag(SimFace(spec, seed=seed), rng=np.random.default_rng(seed)),
    }
    return round_all(figures)


def hold_poses(face: SimFace, n_poses: int, *, rng: np.random.Generator) -> dict:
    """What random commands reach, and what the tracker makes of them."""
    landmarker, true, seen = FaceLandmarker(), [], []
    jaw, rest = list(face.spec.indices("jaw")), face.spec.rest.values
    for k in range(n_poses):
        command = draw_command(face, rng)
        if k % 2:
            near = command.values.copy()
            near[jaw] = rest[jaw] + 0.05 * (near[jaw] - rest[jaw])
            command = Command(command.motors, near)
        frame = None
        for _ in range(HOLD_HOPS):
            face.send(command)
            frame = face.look() or frame
        truth = face.truth()
        true.append(
            (truth.aperture_mm, truth.width_mm, truth.sealed_share, truth.bite_force_n,
             min(truth.protrusion_mm), truth.penetration_mm[2:-2].max())
        )  # fmt: skip
        points = landmarker.step(frame.image, landmarker.init_state())[0]
        lost = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
        seen.append(lost if points is None else points[list(KEPT_POINTS)])
    aperture, width, sealed, bite, forward, overlap = np.array(true).T
    lips = measure_lips(np.array(seen))
    is_found = np.isfinite(lips).all(1)
    r = {
        field: float(np.corrcoef(lips[is_found, LIP_INDEX[field]], truth[is_found])[0, 1])
        for field, truth in (("aperture", aperture), ("width", width))
    }
    return {
        "most_open_mm": aperture.max(),
        "width_mm": {"least": width.min(), "most": width.max()},
        "both_lips_forward_mm": forward.max(),
        "bites_without_seal_n": bite[sealed < SEALED].max(),
        "shut": float(np.mean(sealed >= SEALED)),
        "deepest_overlap_mm": overlap.max(),
        "found": float(is_found.mean()),
        "seen_r": r,
    }


def measure_lag(face: SimFace, *, rng: np.random.Generator) -> float:
    """By how much the opening follows the jaw's commands, ms, parabolic between hops."""
    spec, jaw = face.spec, face.spec.indices("jaw")[0]
    times_s = np.arange(LAG_HOPS) / HOP_HZ
    phases = rng.uniform(0, 2 * np.pi, len(JAW_HZ))
    wave = sum(np.sin(2 * np.pi * hz * times_s + at) for hz, at in zip(JAW_HZ, phases, strict=True))
    wave = (wave - wave.min()) / np.ptp(wave)
    opened = 1.0 if spec.motors[jaw].rest < 0.5 else 0.0
    commands = spec.rest.values[jaw] + 0.4 * wave * (opened - spec.rest.values[jaw])
    aperture = []
    for command in commands:
        face.send(spec.rest.replace({spec.motor_names[jaw]: float(command)}))
        aperture.append(face.truth().aperture_mm)
    followed = [
        np.corrcoef(wave[:-HOP_HZ], np.roll(aperture, -k)[:-HOP_HZ])[0, 1] for k in range(25)
    ]
    k = int(np.argmax(followed[1:-1])) + 1
    before, at, after = followed[k - 1 : k + 2]
    between = 0.5 * (after - before) / (2 * at - before - after)
    return float((k + 1 + between) * HOP_MS)  # sent at the start of a hop, seen at its end


def round_all(figures: dict) -> dict:
    """Three digits are enough."""
    return {
        key: round_all(value)
        if isinstance(value, dict)
        else value
        if isinstance(value, int)
        else round(float(value), 3)
        for key, value in figures.items()
    }


if __name__ == "__main__":
    main()
