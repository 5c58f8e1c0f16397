"""Does a head that turns change what is measured of its lips?

    python benchmarks/turning.py [--data WATCHED…]      writes benchmarks/results/turning.json

Simulated: the same lips, random, held while the neck turns; the mean change against the head held
straight, in resting mouth widths. People: how far what is measured goes with the turn of the head
(R² of a line and a parabola in yaw, and a line in pitch), and whether taking that off brings it
nearer to what the sound alone suggests (Pearson r): if the turn pollutes, it does.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from lipmotion.commands import Command
from lipmotion.face import open_face
from lipmotion.face.sim.camera import Camera
from lipmotion.lips import LIP_INDEX
from lipmotion.timing import HOP_HZ, count_hops
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, find_pose, measure_lips
from lipmotion.vision.retime import retime
from lipmotion.vision.sync import compare, find_offset, pool
from lipmotion.voice.speech import SpeechModel
from lipmotion.watch.film import hear_lips
from lipmotion.watched import open_watched

FIELDS = ("width", "aperture", "upper_lip_height", "corner_left_height", "jaw")
YAWS_DEG = (-30, -20, -10, 0, 10, 20, 30)
PITCHES_DEG = (-12, 0, 12)
N_SHAPES = 8
HOLD_HOPS = 15
LEAST_TURN_DEG = 3.0  # standard deviation of yaw from which on a person counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="watched folders")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/turning.json")
    args = parser.parse_args()
    result = {"seed": args.seed, "simulated": turn_neck(rng=np.random.default_rng(args.seed))}
    if args.data:
        result["people"] = judge_people(args.data)
    args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def turn_neck(*, rng: np.random.Generator) -> dict:
    """Mean change of each field by yaw and pitch of the neck, resting mouth widths."""
    tracker = FaceLandmarker(mirrored=True)
    raw: dict[tuple[int, int, int], np.ndarray] = {}
    with open_face("emo", driver="sim") as face:
        camera = Camera(face.spec.camera.size_px)
        names = [motor.name for motor in face.spec.motors]
        moved = list(face.spec.indices("lips", "jaw"))
        for shape in range(N_SHAPES):
            lips = face.spec.rest.values.copy()
            if shape:
                lips[moved] = (lips[moved] + rng.uniform(-0.35, 0.35, len(moved))).clip(0, 1)
            for yaw in YAWS_DEG:
                for pitch in PITCHES_DEG:
                    for motor, deg in (("neck_yaw", yaw), ("neck_pitch", pitch)):
                        m = face.spec.motors[names.index(motor)]
                        lips[names.index(motor)] = (deg - m.low) / (m.high - m.low)
                    for _ in range(HOLD_HOPS):
                        face.send(Command(face.spec.motor_names, lips))
                    image = camera.render(face.pose())
                    points, _ = tracker.step(image, tracker.init_state())
                    if points is not None:
                        raw[shape, yaw, pitch] = measure_lips(points[None, list(KEPT_POINTS)])[0]
    width = raw[0, 0, 0][LIP_INDEX["width"]]
    table: dict = {"yaw_deg": YAWS_DEG}
    for field in FIELDS:
        k = LIP_INDEX[field]
        table[field] = {
            f"pitch {pitch}": [
                round(
                    float(
                        np.mean(
                            [
                                (raw[s, yaw, pitch][k] - raw[s, 0, 0][k]) / width
                                for s in range(N_SHAPES)
                                if (s, yaw, pitch) in raw
                            ]
                        )
                    ),
                    3,
                )
                for yaw in YAWS_DEG
            ]
            for pitch in PITCHES_DEG
        }
    return table


def judge_people(folders: list[Path]) -> dict:
    """Over people who turn their heads: r with what is heard, turns left in and taken off."""
    model = SpeechModel.open(lookahead_hops=16)
    people: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for folder in map(open_watched, folders):
        for segment in folder.segments():
            images, sound = folder.read_images(segment), folder.read_sound(segment)
            seen = np.isfinite(images.landmarks).all(axis=(1, 2))
            turn = np.full((len(seen), 2), np.nan)
            rotation = find_pose(images.landmarks[seen]).rotation
            turn[seen, 0] = np.arctan2(rotation[:, 2, 0], rotation[:, 2, 2])
            turn[seen, 1] = np.arcsin(-rotation[:, 2, 1].clip(-1, 1))
            both = np.concatenate([measure_lips(images.landmarks), turn], axis=1)
            values, quality = retime(both, images.times_s, images.quality, count_hops(len(sound)))
            people.setdefault(segment.person, []).append((values, quality, hear_lips(sound, model)))
    rows = []
    for clips in people.values():
        late = find_offset(pool(compare(v[:, :-2], q, h) for v, q, h in clips)).seconds
        k = round(late * HOP_HZ)
        values, heard = (
            np.concatenate([np.asarray(x) for x in xs])
            for xs in zip(
                *[(v[q > 0], np.roll(h, -k, axis=0)[q > 0]) for v, q, h in clips], strict=True
            )
        )
        yaw, pitch = values[:, -2], values[:, -1]
        if np.degrees(yaw.std()) >= LEAST_TURN_DEG:
            rows.append([compare_turn(values, heard, yaw, pitch, field) for field in FIELDS])
    mean = np.mean(rows, axis=0)
    keys = ("r2_of_turn", "r_as_measured", "r_turn_taken_off")
    table = {
        field: {key: round(float(x), 3) for key, x in zip(keys, values, strict=True)}
        for field, values in zip(FIELDS, mean, strict=True)
    }
    return {"n_people": len(rows), **table}


def compare_turn(
    values: np.ndarray, heard: np.ndarray, yaw: np.ndarray, pitch: np.ndarray, field: str
) -> tuple[float, float, float]:
    """R² of the turn in a field, and r with what is heard without and with it taken off."""
    own, other = values[:, LIP_INDEX[field]], heard[:, LIP_INDEX[field]]
    turn = np.stack([yaw, yaw**2, pitch], axis=1)
    turn = turn - turn.mean(axis=0)
    explained = turn @ np.linalg.lstsq(turn, own - own.mean(), rcond=None)[0]
    r2 = float(explained.var() / own.var())
    r_own = float(np.corrcoef(own, other)[0, 1])
    return r2, r_own, float(np.corrcoef(own - explained, other)[0, 1])


if __name__ == "__main__":
    main()
