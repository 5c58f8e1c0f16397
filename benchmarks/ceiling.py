"""The ceiling: one person's films tracked twice, one scored as a robot that copies the other.

    python benchmarks/ceiling.py --data DIR [--names FILE] [--out benchmarks/results/ceiling.json]

DIR holds films of one person (GRID speaker 1's test clips for the shipped figures); FILE lists the
stems of those to take, one a line. No method can be told from a perfect one above these figures:
what is missing to 1 is the tracker's own noise. The second tracking sees every image

- `mirrored, JPEG 50`: turned over and compressed to JPEG quality 50;
- `… , resampled`: besides scaled to 93 % and shifted by a fraction of a pixel. An average with the
  mirror image hardly notices that an image was turned over, so only here are its two trackings
  independent.

Needs Pillow (it comes with matplotlib).
"""

import argparse
import io
import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from lipmotion import __version__
from lipmotion.bundle import open_bundle
from lipmotion.evaluate.align import find_lag
from lipmotion.evaluate.events import match_runs
from lipmotion.evaluate.metrics import (
    find_closed,
    find_closures,
    find_rounded,
    fit_range,
    measure_chance,
    measure_correlation,
)
from lipmotion.lips import LIP_FIELDS, LipTrack, measure_asymmetry
from lipmotion.media.sound import open_sound
from lipmotion.media.video import read_video
from lipmotion.vision.film import rate_points
from lipmotion.vision.landmarks import BUNDLE, FaceLandmarker, track_points
from lipmotion.vision.measure import KEPT_POINTS, measure_lips
from lipmotion.vision.owner import fit_person, to_lip_shape
from lipmotion.vision.retime import retime
from lipmotion.voice.activity import VoiceActivity, hear_speech

Spoil = Callable[[np.ndarray], np.ndarray]
SCALE = 0.93
SHIFT_PX = (1.3, 0.7)
MIRROR = np.array(open_bundle(BUNDLE, "face_landmarks").manifest.settings["mirror"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of one person's films")
    parser.add_argument("--names", type=Path, help="stems of the films to take, one a line")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/ceiling.json"))
    arguments = parser.parse_args()
    films = sorted(arguments.data.rglob("*.mp4"))
    if arguments.names:
        names = set(arguments.names.read_text(encoding="utf-8").split())
        films = [film for film in films if film.stem in names]
    if not films:
        raise SystemExit(f"{arguments.data}: no films here")
    activity = VoiceActivity()
    speech = [hear_speech(hear(film), activity) for film in films]
    single, averaged = FaceLandmarker(), FaceLandmarker(mirrored=True)
    passes = {
        "single": watch(films, speech, single, keep, keep_points),
        "single, mirrored, JPEG 50": watch(films, speech, single, spoil, restore),
        "averaged": watch(films, speech, averaged, keep, keep_points),
        "averaged, mirrored, JPEG 50": watch(films, speech, averaged, spoil, restore),
        "averaged, mirrored, JPEG 50, resampled": watch(
            films, speech, averaged, spoil_more, restore_more
        ),
    }
    tables = {
        second: compare(passes[second.split(",")[0]], track)
        for second, track in passes.items()
        if "," in second
    }
    result = {
        "benchmark": "ceiling",
        "version": __version__,
        "machine": platform.processor() or platform.machine(),
        "n_clips": len(films),
        "ceiling": tables,
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(tables, indent=1))


def hear(film: Path) -> np.ndarray:
    return np.concatenate(list(open_sound(film).blocks()))[:, 0]


def watch(
    films: list[Path],
    speech: list[np.ndarray],
    landmarker: FaceLandmarker,
    change: Spoil,
    undo: Callable[[np.ndarray, int], np.ndarray],
) -> list[LipTrack]:
    """Tracks all films, with `change` done to each image, and fits the person anew."""
    raws, qualities = [], []
    for film, in_speech in zip(films, speech, strict=True):
        frames = list(read_video(film))
        width = frames[0].image.shape[1]
        points = track_points((change(frame.image) for frame in frames), landmarker)
        landmarks = np.stack(list(fill(points)))
        kept = undo(landmarks, width)[:, list(KEPT_POINTS)].astype(np.float32)
        times_s = np.array([frame.time_s for frame in frames])
        raw, quality = retime(measure_lips(kept), times_s, rate_points(kept), len(in_speech))
        raws.append(raw)
        qualities.append(quality)
    owner = fit_person("person", raws, speech, qualities)
    return [
        LipTrack(to_lip_shape(raw, owner), quality, in_speech)
        for raw, quality, in_speech in zip(raws, qualities, speech, strict=True)
    ]


def fill(points: Iterator[np.ndarray | None]) -> Iterator[np.ndarray]:
    nothing = np.full((478, 3), np.nan, np.float32)
    return (nothing if found is None else found for found in points)


def keep(image: np.ndarray) -> np.ndarray:
    return image


def keep_points(landmarks: np.ndarray, width: int) -> np.ndarray:  # noqa: ARG001
    return landmarks


def spoil(image: np.ndarray) -> np.ndarray:
    return compress(np.ascontiguousarray(image[:, ::-1]))


def restore(landmarks: np.ndarray, width: int) -> np.ndarray:
    return landmarks[:, MIRROR] * np.array([-1, 1, 1]) + np.array([width, 0, 0])


def spoil_more(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    size = (round(SCALE * width), round(SCALE * height))
    affine = (1 / SCALE, 0, SHIFT_PX[0], 0, 1 / SCALE, SHIFT_PX[1])
    small = Image.fromarray(image).transform(
        size, Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC
    )
    return compress(np.ascontiguousarray(np.asarray(small)[:, ::-1]))


def restore_more(landmarks: np.ndarray, width: int) -> np.ndarray:
    back = restore(landmarks, round(SCALE * width)) / SCALE
    return back + np.array([*SHIFT_PX, 0])


def compress(image: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=50)
    return np.asarray(Image.open(buffer))


def compare(first: list[LipTrack], second: list[LipTrack]) -> dict[str, float]:
    """Scores the second tracking as a robot against the first; every clip counts alike in r."""
    rng = np.random.default_rng(0)
    lips = [fit_range(first), fit_range(second)]
    tracks = [cut_seen(*pair) for pair in zip(first, second, strict=True)]
    curves = [[t.field("aperture") for t in side] for side in zip(*tracks, strict=True)]
    lag = find_lag(*curves, [a.in_speech for a, _ in tracks])
    scores: dict[str, list[float]] = {}
    counts = {"closure": np.zeros(3), "rounding": np.zeros(3)}
    chance = np.zeros(2)
    for a, b in tracks:
        for name in LIP_FIELDS:
            r = measure_correlation(a.field(name), b.field(name), a.in_speech)
            scores.setdefault(f"r_{name}", []).append(r.value)
        r = measure_correlation(*(measure_asymmetry(t.values) for t in (a, b)), a.in_speech)
        scores.setdefault("r_asymmetry", []).append(r.value)
        closed = [
            find_closed(t.field("aperture"), own) for t, own in zip((a, b), lips, strict=True)
        ]
        runs = [find_closures(c, a.in_speech) for c in closed]
        counts["closure"] += count(match_runs(*runs))
        by_chance = measure_chance(runs[0], closed[1], a.in_speech, max_hops=20.0, rng=rng)
        chance += (by_chance.part, by_chance.whole)
        rounded = [
            find_rounded(t.values, own, a.in_speech) for t, own in zip((a, b), lips, strict=True)
        ]
        counts["rounding"] += count(match_runs(*rounded))
    result = {name: round(float(np.nanmean(values)), 4) for name, values in scores.items()}
    for name, (n_first, n_second, n_matched) in counts.items():
        result[f"{name}_f1"] = round(2 * n_matched / (n_first + n_second), 4)
        result[f"n_{name}s"] = int(n_first)
    result["closure_f1_chance"] = round(float(chance[0] / chance[1]), 4)
    result["lag_ms"] = round(lag.ms, 2)
    return result


def cut_seen(a: LipTrack, b: LipTrack) -> tuple[LipTrack, LipTrack]:
    """Both tracks with speech only where both saw the face."""
    in_speech = a.in_speech & (a.quality > 0) & (b.quality > 0)
    return LipTrack(a.values, a.quality, in_speech), LipTrack(b.values, b.quality, in_speech)


def count(score) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.array([score.n_human, score.n_robot, score.n_matched])


if __name__ == "__main__":
    main()
