"""The robot's own motion, asked for again: can it make what it has seen itself make?

Held-out stretches of a mirror recording are moved through the simulator once more, which gives what
was seen from in front (lip shapes and latents) and what was true. What was seen is then meant: the
FacialActionTransformer makes commands of it, they are executed, and true protrusion and asymmetry
are compared with those of the first time. How far lips stand forward is read from the latents, by a
line fitted to the stretches that were learned from; a frontal tracker does not see it. Babbling is
harder than speech: faster, wider, lopsided.

    python benchmarks/own_takes.py --recording MIRROR
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lipmotion.commands import CommandTrack
from lipmotion.evaluate.verdict import NATIVE, Eye, execute, film_owners, measure_mouth_px
from lipmotion.face import open_face, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.learn.mirrored import HELD_OUT_EVERY, see_lips
from lipmotion.lips import LIP_INDEX, measure_asymmetry
from lipmotion.recording import Recording, open_recording
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.step import run_offline
from lipmotion.vision.crop import crop_lips
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.owner import Owner, to_lip_shape

SETTLE_HOPS = 25
FITTED_EVERY = 4  # every so many shards tell how latents show protrusion
PROTRUSION = LIP_INDEX["protrusion"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recording", type=Path, required=True)
    parser.add_argument("--face", default="emo")
    parser.add_argument("--bundle", type=Path, help="default: the face's own")
    parser.add_argument("--shards", type=int, default=6, help="at most so many, held out")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    spec = read_face_spec(options.face)
    recording = open_recording(options.recording, face_hash=spec.hash)
    held_out = [k for n, k in enumerate(recording.indices) if n % HELD_OUT_EVERY == 7]
    act = FacialActionTransformer.open(spec, options.bundle)
    encoder = LipEncoder.open(spec, options.bundle)
    sense = fit_protrusion(recording, spec, encoder)
    landmarker = FaceLandmarker(mirrored=True)
    with open_face(spec.folder, "sim", seed=options.seed) as face:
        eye = Eye(NATIVE, landmarker, measure_mouth_px(face, landmarker), encoder)
    with open_face(spec.folder, "sim", seed=options.seed) as face:
        owner = film_owners(face, [eye], rng=np.random.default_rng(options.seed))[NATIVE.name]
    parts = []
    for index in held_out[: options.shards]:
        sent = recording.read(index).sent.copy()
        others = [k for k in range(len(spec.motors)) if k not in spec.indices("lips", "jaw")]
        sent[:, others] = spec.rest.values[others]  # the head is held still
        first = perform(spec, sent, eye, owner, options.seed)
        meant = first["lips"].copy()
        meant[:, PROTRUSION] = sense(first["latents"])
        commands = np.tile(spec.rest.values, (len(sent), 1))
        commands[:, [spec.motor_names.index(m) for m in act.motors]] = run_offline(
            act, np.concatenate([first["latents"], meant], axis=1)
        )
        parts.append((first, perform(spec, commands, eye, owner, options.seed)))
        print(f"shard {index}", flush=True)
    print(json.dumps(compare(parts), indent=1))


def fit_protrusion(
    recording: Recording, spec: FaceSpec, encoder: LipEncoder
) -> Callable[[np.ndarray], np.ndarray]:
    """Latents (T, Z) → how far the lips stand forward, (T,), as the recording has it."""
    _, lips = see_lips(recording, spec.name)
    latents, seen, first = [], [], 0
    for n, index in enumerate(recording.indices):
        shard = recording.read(index)
        rows = lips[first : first + len(shard.image_hops), PROTRUSION]
        first += len(rows)
        if n % HELD_OUT_EVERY == 7 or n % FITTED_EVERY:
            continue
        assert shard.landmarks is not None, "see_lips needs them"
        is_seen = np.isfinite(rows) & np.isfinite(shard.landmarks).all((1, 2))
        images = zip(recording.images(index), shard.landmarks, is_seen, strict=True)
        crops = [crop_lips(image, points) for image, points, is_good in images if is_good]
        latents.append(encoder.encode(np.stack(crops)))
        seen.append(rows[is_seen])
    found, values = np.concatenate(latents), np.concatenate(seen)
    middle, level = found.mean(0), values.mean()
    weights, *_ = np.linalg.lstsq(found - middle, values - level, rcond=None)

    def sense(row: np.ndarray) -> np.ndarray:
        return (row - middle) @ weights + level

    return sense


def perform(
    spec: FaceSpec, commands: np.ndarray, eye: Eye, owner: Owner, seed: int
) -> dict[str, np.ndarray]:
    """Lips seen (T, 12), their asymmetry, latents (T, Z), and true protrusion, mm."""
    settled = np.concatenate([commands[:1].repeat(SETTLE_HOPS, 0), commands])
    with open_face(spec.folder, "sim", seed=seed) as face:
        done = execute(face, CommandTrack(spec.motor_names, settled), [eye])
    assert done.truth is not None, "the simulated face knows the truth"
    seen = done.seen[NATIVE.name]
    assert seen.latents is not None, "the eye has an encoder"
    lips = to_lip_shape(seen.values, owner)[SETTLE_HOPS:]
    return {
        "lips": lips, "latents": seen.latents[SETTLE_HOPS:],
        "forward": done.truth.forward_mm[SETTLE_HOPS:], "asymmetry": measure_asymmetry(lips),
    }  # fmt: skip


def compare(parts: list[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]) -> dict[str, float]:
    """Pearson's r over all hops of all stretches."""
    wanted, made = (
        {name: np.concatenate([part[side][name] for part in parts]) for name in parts[0][side]}
        for side in (0, 1)
    )
    figures = {
        f"r true {name}": np.corrcoef(wanted[name], made[name])[0, 1] for name in ("forward",)
    }
    figures["r seen asymmetry"] = np.corrcoef(wanted["asymmetry"], made["asymmetry"])[0, 1]
    for k, name in ((0, "aperture"), (3, "width")):
        figures[f"r seen {name}"] = np.corrcoef(wanted["lips"][:, k], made["lips"][:, k])[0, 1]
    return {name: round(float(value), 3) for name, value in figures.items()}


if __name__ == "__main__":
    main()
