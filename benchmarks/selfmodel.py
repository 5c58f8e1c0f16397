"""Human lips → robot: what a face makes of people's lips, seen as people are seen.

Needs no sound: the lips that were watched go straight into Imagination and the
FacialActionTransformer, the simulated face executes their commands with its servos, its mirror
camera films it, and the judge of `evaluate` compares. It says what the body and its self-model
allow, whatever is heard.

    python benchmarks/selfmodel.py --people WATCHED --split SPLIT.csv --clips 12
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from lipmotion.commands import CommandTrack
from lipmotion.evaluate.latents import measure_latents
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.scores import MEASURES, Pair, average, find_source_lag, score_clip
from lipmotion.evaluate.suite import Clip, score_truth
from lipmotion.evaluate.verdict import (
    NATIVE,
    Eye,
    FilmStyle,
    execute,
    film_owners,
    measure_mouth_px,
    to_track,
)
from lipmotion.face import open_face, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.lips import N_LIP_FIELDS, LipTrack
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.selfmodel.imagine import Imagination
from lipmotion.step import Chain, run_offline
from lipmotion.timing import HOP_MS
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.owner import load_owner
from lipmotion.watched import Segment, open_watched

LIKE_GRID = FilmStyle("like the person's film", images_hz=25, mouth_px=38, jpeg_quality=50)


def main() -> None:
    """Scores a bundle and prints one JSON object; `--save` also keeps tracks and truth."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--face", default="emo")
    parser.add_argument("--bundle", type=Path, help="default: the face's own")
    parser.add_argument("--people", type=Path, required=True, help="a watched folder")
    parser.add_argument("--split", type=Path, help="table person,name,split; `test` is scored")
    parser.add_argument("--side", default="test", help="which side of the table")
    parser.add_argument("--clips", type=int, default=12, help="at most so many, evenly taken")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path, help="an npz with all tracks and the truth")
    options = parser.parse_args()
    spec = read_face_spec(options.face)
    watched = open_watched(options.people)
    segments = choose(watched.segments(), options.split, options.side, options.clips)
    humans = [watched.read_lips(segment) for segment in segments]
    path = Chain(
        (
            Imagination.open(spec, options.bundle),
            FacialActionTransformer.open(spec, options.bundle),
        )
    )
    rng = np.random.default_rng(options.seed)
    eyes = make_eyes(spec, LipEncoder.open(spec, options.bundle))
    with open_face(options.face, driver="sim", seed=options.seed) as face:
        owners = film_owners(face, eyes, rng=rng)
    kept: dict[str, list[np.ndarray]] = {
        "human": [], "truth": [], "sent": [], "meant": [], "latents": [],
    }  # fmt: skip
    truths = []
    tracks: dict[str, list[LipTrack]] = {eye.style.name: [] for eye in eyes}
    sent = []
    for segment, human in zip(segments, humans, strict=True):
        commands = to_commands(spec, path, human)
        with open_face(options.face, driver="sim", seed=options.seed) as face:
            done = execute(face, commands, eyes)
        sent.append(done.sent.values)
        for name, seen in done.seen.items():
            tracks[name].append(to_track(seen, owners[name], human.in_speech))
        assert done.truth is not None, "the simulated face knows the truth"
        kept["human"].append(human.values)
        kept["truth"].append(done.truth.gap_mm)
        kept["sent"].append(done.sent.values)
        truths.append(done.truth)
        kept["meant"].append(run_offline(path.steps[0], human.values))
        latents = done.seen[NATIVE.name].latents
        assert latents is not None, "the native eye has an encoder"
        kept["latents"].append(latents)
        print(f"{segment.person}/{segment.name}", flush=True)
    person = load_owner(watched.owner_path(segments[0].person))
    human_range = fit_range(humans, noise=person.noise)
    clips = [
        Clip("", segment.person, segment.name, segment.language or "?", human, human_range)
        for segment, human in zip(segments, humans, strict=True)
    ]
    figures = {}
    for name, seen_tracks in tracks.items():
        robot_range = fit_range(seen_tracks, noise=owners[name].noise)
        pairs = [
            Pair(segment.name, segment.person, segment.language or "?", human, track, rows)
            for segment, human, track, rows in zip(segments, humans, seen_tracks, sent, strict=True)
        ]
        lag = find_source_lag(pairs)
        scores = [
            score_clip(pair, human_range, robot_range, lag_hops=lag.hops, rng=rng) for pair in pairs
        ]
        figures[name] = {"lag_ms": round(lag.ms, 1)} | {
            measure: round(average(scores, measure), 3) for measure in MEASURES
        }
        true = score_truth(pairs, clips, truths, robot_range, lag)
        figures[name] |= {f"true_{key}": round(value, 3) for key, value in true.items()}
    figures[NATIVE.name]["latent_error"] = round(
        measure_latent_error(
            kept["latents"], kept["meant"], [human.in_speech for human in humans],
            figures[NATIVE.name]["lag_ms"] / HOP_MS,
        ), 3,
    )  # fmt: skip
    print(json.dumps(figures, indent=1))
    if options.save:
        robots = {f"robot_{name}": [t.values for t in found] for name, found in tracks.items()}
        joined = {k: np.concatenate(v) for k, v in {**kept, **robots}.items()}
        np.savez(options.save, in_speech=np.concatenate([h.in_speech for h in humans]), **joined)


def measure_latent_error(
    seen: list[np.ndarray], meant: list[np.ndarray], speaks: list[np.ndarray], lag_hops: float
) -> float:
    """1 − R² of latents seen against imagined, mean over the clips, as the judge has it."""
    shares = [
        measure_latents(one, other[:, :-N_LIP_FIELDS], spoken, lag_hops=lag_hops)[0]
        for one, other, spoken in zip(seen, meant, speaks, strict=True)
    ]
    return float(np.mean([share.value for share in shares]))


def choose(segments: list[Segment], split: Path | None, side: str, n_clips: int) -> list[Segment]:
    """Segments on one side of a split, at most `n_clips`, evenly taken."""
    if split is not None:
        with split.open(newline="", encoding="utf-8") as file:
            named = {(r["person"], r["name"]) for r in csv.DictReader(file) if r["split"] == side}
        segments = [s for s in segments if (s.person, s.name) in named]
    take = np.linspace(0, len(segments) - 1, min(n_clips, len(segments))).astype(int)
    return [segments[k] for k in take]


def make_eyes(spec: FaceSpec, encoder: LipEncoder) -> list[Eye]:
    """The native film, with latents, and one as small and compressed as the person's."""
    landmarker = FaceLandmarker(mirrored=True)
    with open_face(spec.folder, driver="sim", seed=0) as face:
        mouth_px = measure_mouth_px(face, landmarker)
    return [
        Eye(LIKE_GRID, landmarker, mouth_px),
        Eye(NATIVE, landmarker, mouth_px, encoder),
    ]


def to_commands(spec: FaceSpec, path: Chain, human: LipTrack) -> CommandTrack:
    """A person's lips → commands of all motors; those of no lip or jaw rest."""
    act = path.steps[-1]
    assert isinstance(act, FacialActionTransformer)
    values = np.tile(spec.rest.values, (len(human), 1))
    values[:, [spec.motor_names.index(name) for name in act.motors]] = run_offline(
        path, human.values
    )
    return CommandTrack(spec.motor_names, values)


if __name__ == "__main__":
    main()
