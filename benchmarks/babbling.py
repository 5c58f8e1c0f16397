"""Babbling at random against babbling with curiosity, at equal minutes.

Both are recorded with several seeds, as `lipmotion babble` does. Of each: how much of the seen lip
space it visits, how often lips close and pucker, what it costs the servos, and how well the net of
`learn self` (lips alone, learned for a minute) foresees what it has not seen: another body that
babbled at random, one that was curious (the last seed), and a face that speaks: it is sent commands
that `lipmotion perform SOUND --motors X.parquet` wrote. Lips are seen, never the simulator's truth.
Needs the extra `learn`. Recordings are kept in --data and taken up again.

    python benchmarks/babbling.py --data DIR --minutes 4 --seeds 1 2 3 4 --speech X.parquet …
                                            writes benchmarks/results/babbling.json
"""

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch

from lipmotion.face import open_face, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.learn.foresee import APERTURES, PAST_HOPS, SelfModel
from lipmotion.lips import LIP_FIELDS, LIP_INDEX
from lipmotion.mirror.session import MirrorSession, describe, pose_commands, see_points
from lipmotion.mirror.wear import count_wear
from lipmotion.mirror.workers import record_with_workers
from lipmotion.recording import POSE_DEEDS, SHARD_HOPS, Recording, create_recording
from lipmotion.timing import HOP_HZ
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import measure_lips
from lipmotion.vision.owner import fit_robot, to_lip_shape

KINDS = ("random", "curious")
CELL = (0.04, 0.05, 0.03)  # of aperture, width and corners' height, resting mouth widths
CLOSES, OPENS = 0.03, 0.06  # aperture
PUCKERS, UNPUCKERS = -0.25, -0.2  # width
# a frontal camera hardly sees protrusion, and the jaw's R² is mostly the head's motion
COMPARED = tuple(k for k, name in enumerate(LIP_FIELDS) if name not in ("protrusion", "jaw"))
IMAGES_HZ = 25.0
BATCH, RATE = 256, 3e-3


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A recording's images: the commands before each, (N, 16, M), and the lips in it, (N, 12)."""

    commands: np.ndarray
    lips: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="where recordings are kept")
    parser.add_argument("--face", default="emo")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1, 2, 3], help="the last one tests"
    )
    parser.add_argument("--speech", type=Path, nargs="+", required=True, help="motor tables")
    parser.add_argument("--workers", type=int, help="bodies at once; changes no figure")
    parser.add_argument("--steps", type=int, default=2000, help="of learning")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/babbling.json")
    args = parser.parse_args()
    torch.set_num_threads(1)
    spec = read_face_spec(args.face)
    assert spec.camera.images_hz == IMAGES_HZ
    *seeds, test_seed = args.seeds
    recordings = {
        (kind, seed): record(
            args.face, args.data / f"{kind}-{seed}", kind, seed, args.minutes, args.workers
        )
        for seed in args.seeds
        for kind in KINDS
    }
    lessons = {key: read_lesson(recording, spec) for key, recording in recordings.items()}
    tests = {f"{kind}, another body": lessons[kind, test_seed] for kind in KINDS}
    speech = film_speech(spec, args.data / "speech", args.speech)
    tests["speech"] = read_lesson(speech, spec)
    everywhere = np.unique(np.concatenate([find_cells(x.lips) for x in lessons.values()]), axis=0)
    rows = []
    for kind in KINDS:
        for seed in seeds:
            lesson = lessons[kind, seed]
            told = {"kind": kind, "seed": seed, **measure(lesson, len(everywhere))}
            told |= measure_wear(recordings[kind, seed], spec)
            told["r2"] = judge(lesson, tests, spec, seed=seed, n_steps=args.steps)
            rows.append(told)
            print(json.dumps(told), flush=True)
    found = {
        "face": spec.name, "face_hash": spec.hash, "minutes": args.minutes, "seeds": seeds,
        "test_seed": test_seed, "cells_in_all": len(everywhere), "steps": args.steps,
        "speech_s": round(len(tests["speech"].lips) / IMAGES_HZ, 1),
        "speech_wear": measure_wear(speech, spec), "rows": rows,
    }  # fmt: skip
    args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def record(
    face: str, folder: Path, kind: str, seed: int, minutes: float, n_workers: int | None
) -> Recording:
    """Babbles, and finds the landmarks where that was not done while filming."""
    recording, _ = record_with_workers(
        face, folder, driver=None, minutes=minutes, seed=seed, is_curious=kind == "curious",
        n_workers=n_workers,
    )  # fmt: skip
    landmarker = FaceLandmarker(mirrored=True)
    for index in recording.indices:
        if recording.read(index).landmarks is None:
            images = list(recording.images(index))
            recording.fill_landmarks(index, see_points(images, landmarker))
    return recording


def film_speech(spec: FaceSpec, folder: Path, tables: list[Path]) -> Recording:
    """Rest, press, and then the face as it speaks, each table in shards of its own."""
    recording = create_recording(folder, describe(spec, 0))
    if recording.indices:
        return recording
    deeds, poses = pose_commands(spec)
    stretches = [(deeds, poses)]
    for path in tables:
        table = pq.read_table(path)
        columns = [table[name].to_numpy() for name in spec.motor_names]
        commands = np.stack(columns, axis=1).astype(np.float32)
        for start in range(0, len(commands) - HOP_HZ, SHARD_HOPS):
            rows = commands[start : start + SHARD_HOPS]
            stretches.append((("speech",) * len(rows), rows))
    with open_face(spec.folder, "sim", seed=0) as face:
        mirror, first_hop = MirrorSession(face, recording, FaceLandmarker(mirrored=True)), 0
        for index, (deeds, rows) in enumerate(stretches):
            mirror.film(deeds, rows, index, first_hop)
            first_hop += len(rows)
    return recording


def read_lesson(recording: Recording, spec: FaceSpec) -> Lesson:
    """What a recording shows; rest and press only fix the scale."""
    columns = list(spec.indices("lips", "jaw"))
    rest = np.tile(spec.rest.values[columns], (PAST_HOPS, 1))
    commands, raws, deeds, past = [], [], [], rest
    for index in recording.indices:
        shard = recording.read(index)
        assert shard.landmarks is not None
        sent = np.concatenate([rest if shard.is_fresh else past, shard.sent[:, columns]])
        windows = np.lib.stride_tricks.sliding_window_view(sent, PAST_HOPS, axis=0)
        hop = np.round(shard.image_t_s[shard.image_hops] * HOP_HZ).astype(int) - shard.first_hop
        commands.append(windows[hop.clip(0, len(shard))].transpose(0, 2, 1))
        raws.append(measure_lips(shard.landmarks))
        deeds += [shard.deeds[row] for row in shard.image_hops]
        past = sent[-PAST_HOPS:]
    raw, deed = np.concatenate(raws), np.array(deeds)
    is_moving = ~np.isin(deed, POSE_DEEDS)
    owner = fit_robot(spec.name, raw[deed == "rest"], raw[deed == "press"], raw[is_moving])
    is_kept = is_moving & np.isfinite(raw).all(1)
    lips = to_lip_shape(raw[is_kept], owner).astype(np.float32)
    return Lesson(np.concatenate(commands)[is_kept].astype(np.float32), lips)


def measure(lesson: Lesson, n_cells: int) -> dict[str, float]:
    """What was seen: share of the cells that any recording visits, and visits a minute."""
    minutes = len(lesson.lips) / IMAGES_HZ / 60
    closures = count_visits(lesson, "aperture", CLOSES, OPENS)
    puckers = count_visits(lesson, "width", PUCKERS, UNPUCKERS)
    return {
        "images": len(lesson.lips),
        "cells": round(len(np.unique(find_cells(lesson.lips), axis=0)) / n_cells, 3),
        "closures_per_min": round(closures / minutes, 1),
        "puckers_per_min": round(puckers / minutes, 1),
        "near_closure": round(float((lesson.lips[:, 0] < OPENS).mean()), 3),
    }


def measure_wear(recording: Recording, spec: FaceSpec) -> dict[str, float]:
    """Mean over the lip and jaw motors; `load` is the share of the farthest way from rest."""
    wear, lips = count_wear(recording, spec), list(spec.indices("lips", "jaw"))
    per_min = 1 / (60 * wear.hours)
    return {
        "strokes_per_min": round(float(wear.strokes[lips].mean() * per_min), 1),
        "reversals_per_min": round(float(wear.reversals[lips].mean() * per_min), 1),
        "load": round(float(wear.load_hours[lips].mean() / wear.hours), 3),
    }


def find_cells(lips: np.ndarray) -> np.ndarray:
    """(N, 3) cells of aperture × width × the corners' mean height."""
    corners = lips[:, [LIP_INDEX["corner_left_height"], LIP_INDEX["corner_right_height"]]].mean(1)
    values = np.stack([lips[:, LIP_INDEX["aperture"]], lips[:, LIP_INDEX["width"]], corners], 1)
    return np.floor(values / CELL).astype(int)


def count_visits(lesson: Lesson, field: str, enters: float, leaves: float) -> int:
    """How often a field sinks below `enters` having been above `leaves`."""
    n_visits, is_in = 0, False
    for value in lesson.lips[:, LIP_INDEX[field]]:
        n_visits += not is_in and value <= enters
        is_in = value <= enters or (is_in and value <= leaves)
    return n_visits


def judge(
    lesson: Lesson, tests: dict[str, Lesson], spec: FaceSpec, *, seed: int, n_steps: int
) -> dict[str, dict[str, float]]:
    """Learns from one recording: R² on the tests, mean of the compared fields and some of them."""
    net = learn(lesson, spec, seed=seed, n_steps=n_steps)
    told = {}
    for name, test in tests.items():
        with torch.no_grad():
            guess = net(torch.from_numpy(test.commands))[:, -1].numpy()
        guess[:, list(APERTURES)] = guess[:, list(APERTURES)].clip(0)
        r2 = 1 - ((guess - test.lips) ** 2).mean(0) / test.lips.var(0)
        fields = {field: r2[LIP_INDEX[field]] for field in ("aperture", "width")}
        told[name] = {"mean": r2[list(COMPARED)].mean()} | fields
    return {name: {k: round(float(v), 3) for k, v in r2.items()} for name, r2 in told.items()}


def learn(lesson: Lesson, spec: FaceSpec, *, seed: int, n_steps: int) -> SelfModel:
    """The net of `learn self`, for the lips alone."""
    rest = spec.rest.values[list(spec.indices("lips", "jaw"))]
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    contact = np.full(len(LIP_FIELDS), -np.inf, np.float32)
    net = SelfModel(rest, lesson.lips.std(0).astype(np.float32), contact, 0)
    commands, lips = torch.from_numpy(lesson.commands), torch.from_numpy(lesson.lips)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, n_steps)
    for _ in range(n_steps):
        drawn = torch.randint(len(lips), (BATCH,), generator=generator)
        noise = 0.01 * torch.randn(commands[drawn].shape, generator=generator)
        guess = net(commands[drawn] + noise)[:, -1]
        loss = (((guess - lips[drawn]) / net.scale) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        pace.step()
    return net.eval()


if __name__ == "__main__":
    main()
