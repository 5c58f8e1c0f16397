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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from lipmotion.commands import CommandTrack
from lipmotion.evaluate.latents import measure_latents
from lipmotion.evaluate.metrics import SpeechRange, fit_range
from lipmotion.evaluate.scores import MEASURES, Pair, average, find_source_lag, score_clip
from lipmotion.evaluate.suite import Clip, score_truth
from lipmotion.evaluate.verdict import (
    NATIVE,
    Eye,
    FilmStyle,
    Truth,
    execute,
    film_owners,
    measure_mouth_px,
    to_track,
)
from lipmotion.face import Face, open_face, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.lips import N_LIP_FIELDS, LipTrack
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.selfmodel.imagine import Imagination
from lipmotion.step import Chain, run_offline
from lipmotion.timing import HOP_MS
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.owner import Owner, load_owner
from lipmotion.watched import Segment, open_watched

LIKE_GRID = FilmStyle("like the person's film", images_hz=25, mouth_px=38, jpeg_quality=50)


def main() -> None:
    """Scores a bundle and prints one JSON object; `--save` also keeps tracks and truth."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_arguments(parser)
    parser.add_argument("--save", type=Path, help="an npz with all tracks and the truth")
    options = parser.parse_args()
    audience = read_audience(options)
    figures, arrays = score_self(
        lambda: open_face(options.face, driver="sim", seed=options.seed),
        read_face_spec(options.face), options.bundle, audience, options.seed,
    )  # fmt: skip
    print(json.dumps(figures, indent=1))
    if options.save:
        np.savez(options.save, **arrays)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose lips, which face, which bundle."""
    parser.add_argument("--face", default="emo")
    parser.add_argument("--bundle", type=Path, help="default: the face's own")
    parser.add_argument("--people", type=Path, required=True, help="a watched folder")
    parser.add_argument("--split", type=Path, help="table person,name,split; `test` is scored")
    parser.add_argument("--side", default="test", help="which side of the table")
    parser.add_argument("--clips", type=int, default=12, help="at most so many, evenly taken")
    parser.add_argument("--seed", type=int, default=0)


@dataclass(frozen=True)
class Audience:
    """A person's clips, to be followed: their names, lips and range."""

    segments: list[Segment]
    humans: list[LipTrack]
    speech_range: SpeechRange

    @property
    def clips(self) -> list[Clip]:
        """The same, as the judge takes them."""
        return [
            Clip("", one.person, one.name, one.language or "?", human, self.speech_range)
            for one, human in zip(self.segments, self.humans, strict=True)
        ]


def read_audience(options: argparse.Namespace) -> Audience:
    """The clips that the arguments choose, of one person."""
    watched = open_watched(options.people)
    segments = choose(watched.segments(), options.split, options.side, options.clips)
    humans = [watched.read_lips(segment) for segment in segments]
    person = load_owner(watched.owner_path(segments[0].person))
    return Audience(segments, humans, fit_range(humans, noise=person.noise))


def score_self(
    open_body: Callable[[], Face],
    spec: FaceSpec,
    bundle: Path | None,
    audience: Audience,
    seed: int,
    open_whole: Callable[[], Face] | None = None,
) -> tuple[dict[str, dict[str, float]], dict[str, np.ndarray]]:
    """Figures by film style, and all tracks end to end.

    Args:
        open_body: opens the body that moves.
        spec, bundle: the face, and what it knows of itself; None = its own bundle.
        audience: whom it follows.
        seed: of bodies and bootstraps.
        open_whole: opens the body whose resting lips are the measure; None = the one that moves.
    """
    imagination = Imagination.open(spec, bundle)
    path = Chain((imagination, FacialActionTransformer.open(spec, bundle)))
    rng = np.random.default_rng(seed)
    eyes = make_eyes(spec, LipEncoder.open(spec, bundle))
    with (open_whole or open_body)() as face:
        owners = film_owners(face, eyes, rng=rng)
    names = ("human", "truth", "sent", "meant", "latents")
    kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
    truths = []
    tracks: dict[str, list[LipTrack]] = {eye.style.name: [] for eye in eyes}
    for human in audience.humans:
        asked = imagination.bring_near(human.values, audience.speech_range.span("aperture"))
        with open_body() as face:
            done = execute(face, to_commands(spec, path, asked), eyes)
        for name, seen in done.seen.items():
            tracks[name].append(to_track(seen, owners[name], human.in_speech))
        latents = done.seen[NATIVE.name].latents
        assert done.truth is not None, "the simulated face knows the truth"
        assert latents is not None, "the native eye has an encoder"
        truths.append(done.truth)
        meant = run_offline(imagination, asked)
        rows = (human.values, done.truth.gap_mm, done.sent.values, meant, latents)
        for name, values in zip(names, rows, strict=True):
            kept[name].append(values)
    figures = {
        name: score_view(found, owners[name], audience, kept["sent"], truths, rng)
        for name, found in tracks.items()
    }
    speaks = [human.in_speech for human in audience.humans]
    lag_hops = figures[NATIVE.name]["lag_ms"] / HOP_MS
    error = measure_latent_error(kept["latents"], kept["meant"], speaks, lag_hops)
    figures[NATIVE.name]["latent_error"] = round(error, 3)
    robots = {f"robot_{name}": [t.values for t in found] for name, found in tracks.items()}
    joined = {k: np.concatenate(v) for k, v in {**kept, **robots}.items()}
    return figures, {"in_speech": np.concatenate(speaks), **joined}


def score_view(
    tracks: list[LipTrack],
    owner: Owner,
    audience: Audience,
    sent: list[np.ndarray],
    truths: list[Truth],
    rng: np.random.Generator,
) -> dict[str, float]:
    """All measures of one film style, and rms errors in mouth widths."""
    own_range = fit_range(tracks, noise=owner.noise)
    pairs = [
        Pair(clip.name, clip.person, clip.language, clip.lips, track, rows)
        for clip, track, rows in zip(audience.clips, tracks, sent, strict=True)
    ]
    lag = find_source_lag(pairs)
    scores = [
        score_clip(pair, audience.speech_range, own_range, lag_hops=lag.hops, rng=rng)
        for pair in pairs
    ]
    figures = {name: average(scores, name) for name in MEASURES}
    true = score_truth(pairs, audience.clips, truths, own_range, lag)
    figures |= {f"true_{name}": value for name, value in true.items()}
    for field in ("aperture", "width"):
        off = [p.robot.field(field) - p.human.field(field) for p in pairs]
        spoken = np.concatenate([o[p.human.in_speech] for o, p in zip(off, pairs, strict=True)])
        figures[f"{field}_rms"] = float(np.sqrt(np.mean(spoken**2)))
        figures[f"{field}_rms_moving"] = float(spoken.std())
    rounded = {name: round(float(value), 4) for name, value in figures.items()}
    return {"lag_ms": round(lag.ms, 1)} | rounded


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


def to_commands(
    spec: FaceSpec, path: Chain, lips: Float32[np.ndarray, "hops fields"]
) -> CommandTrack:
    """Lip shapes → commands of all motors; those of no lip or jaw rest."""
    act = path.steps[-1]
    assert isinstance(act, FacialActionTransformer)
    values = np.tile(spec.rest.values, (len(lips), 1))
    values[:, [spec.motor_names.index(name) for name in act.motors]] = run_offline(path, lips)
    return CommandTrack(spec.motor_names, values)


if __name__ == "__main__":
    main()
