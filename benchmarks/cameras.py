"""What a camera's faults, its delay and a second view do to what is measured.

    python benchmarks/cameras.py           writes benchmarks/results/cameras.json

Protrusion: random lips, held (every second with another turn of the head), babbling, and the
built-in example performed; Pearson's r with the simulator's truth (upper and lower lip forward of
rest, the mean) of what one frontal view guesses and of what it says with a mirror at 45° beside
the face; and of the landmarks of a view from 45°, triangulated with the frontal ones. Delay: what
`mirror.check` finds of a camera with a known delay, error in ms. Faults: the noise of the resting
aperture from image to image in resting mouth widths, r of the aperture with the simulator's
opening, r of protrusion in both views, share of faces found, 150 poses; `cheap` has all at once.
Cost: processor time an image, ms.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import lipmotion
from lipmotion.commands import Command
from lipmotion.face import CameraFaults, Lens, read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.face.sim.camera import MIRROR, SIDE, Camera
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.shutter import Light, Shutter
from lipmotion.frames import Frame
from lipmotion.lips import LIP_INDEX
from lipmotion.mirror.babble import babble
from lipmotion.mirror.check import check_mirror
from lipmotion.timing import HOP_HZ
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, RIGID_POINTS, measure_lips
from lipmotion.vision.owner import MAD_TO_STD
from lipmotion.vision.profile import fit_profile, measure_protrusion, trace_profile

EXAMPLE = Path(lipmotion.__file__).parent / "examples" / "example.opus"
HOLD_HOPS = 15
TURN = 0.1  # of the neck's travel, either way
N_REST = 50
HALF_DEG = 45.0
DELAYS_MS = (0, 20, 40, 60, 80, 100, 120)
N_SPOILED = 150
FAULTS = {
    "none": CameraFaults(),
    "a stop too dark": CameraFaults(exposure_stops=-1),
    "a stop too bright": CameraFaults(exposure_stops=1),
    "warm": CameraFaults(warmth_stops=0.7),
    "exposure drifts and jumps": CameraFaults(drift_stops=0.3, step_stops=0.5, step_every_s=1),
    "pushed 6 px, turned 4°": CameraFaults(shift_px=(6, -4), turn_deg=4),
    "blur 1.5 px": CameraFaults(blur_px=1.5),
    "noise 6 of 255": CameraFaults(noise=6),
    "JPEG 50": CameraFaults(jpeg_quality=50),
    "cheap": CameraFaults(
        exposure_stops=-0.5, warmth_stops=0.3, drift_stops=0.2, step_stops=0.4, shift_px=(4, -3),
        turn_deg=2, blur_px=0.8, noise=4, jpeg_quality=75, clock_ppm=120, jitter_s=0.003,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One moment: from the front, the side and 45°; and the truth (mm)."""

    front: np.ndarray
    side: np.ndarray
    half: np.ndarray
    protrusion: float
    aperture: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--poses", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/cameras.json")
    args = parser.parse_args()
    films = film_all(args.poses, seed=args.seed)
    result = {
        "seed": args.seed,
        "protrusion": {name: judge_views(films["rest"], film) for name, film in films.items()
                       if name != "rest"},
        "faults": {name: judge_faults(films, faults, args.seed) for name, faults in FAULTS.items()},
        "delay": {
            name: judge_delays(films["rest"][0].front, FAULTS[name], seed=args.seed)
            for name in ("none", "cheap")
        },
        "cost_ms": measure_cost(films["rest"]),
    }  # fmt: skip
    args.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


def film_all(n_poses: int, *, seed: int) -> dict[str, list[Look]]:
    """Rest, random lips, babbling for 20 s, and the example performed, seen by a perfect camera."""
    spec = read_face_spec("emo")
    spec = replace(spec, camera=replace(spec.camera, side="left", delay_s=0.0))
    rng = np.random.default_rng(seed)
    motors = lipmotion.perform(EXAMPLE).motors
    spoken = np.stack([motors[name].to_numpy() for name in spec.motor_names], axis=1)
    with SimFace(spec) as face:
        tracks: dict[str, tuple[np.ndarray, int]] = {
            "rest": (np.tile(spec.rest.values, (2 * N_REST, 1)), 2),
            "random lips, held": (draw_poses(spec, n_poses, rng).repeat(HOLD_HOPS, 0), HOLD_HOPS),
            "babbling": (babble(spec, 1000, rng=rng)[1], 2),
            "speech": (spoken, 2),
        }  # fmt: skip
        return {
            name: list(film(face, np.asarray(rows, np.float32), every))
            for name, (rows, every) in tracks.items()
        }


def draw_poses(spec: Any, n_poses: int, rng: np.random.Generator) -> np.ndarray:
    poses = np.tile(spec.rest.values, (n_poses, 1))
    lips, neck = list(spec.indices("lips", "jaw")), list(spec.indices("neck"))
    poses[:, lips] = rng.random((n_poses, len(lips)))
    poses[1::2, neck] += rng.uniform(-TURN, TURN, (n_poses // 2, len(neck)))
    return poses


def film(face: SimFace, commands: np.ndarray, every: int) -> Iterator[Look]:
    """Drives the face; a look each `every` hops. With the next command it is back at rest."""
    size_px = face.spec.camera.size_px
    cameras = [Camera(size_px, view) for view in (MIRROR, SIDE, replace(MIRROR, turn_deg=HALF_DEG))]
    for hop, row in enumerate(commands, 1):
        face.send(Command(face.spec.motor_names, row))
        if hop % every == 0:
            pose, truth = face.pose(), face.truth()
            views = [camera.render(pose) for camera in cameras]
            yield Look(*views, float(np.mean(truth.protrusion_mm)), truth.aperture_mm)
    for _ in range(50):
        face.send(face.spec.rest)


def spoil(looks: Iterable[Look], faults: CameraFaults, seed: int) -> list[Look]:
    """The same, as a camera with faults gives it, 25 images a second."""
    lens = Lens(faults, seed)
    return [
        replace(
            look, front=lens.spoil(look.front, k, k / 25), side=lens.spoil(look.side, k, k / 25, 1)
        )
        for k, look in enumerate(looks)
    ]


def see(looks: Iterable[Look]) -> tuple[np.ndarray, np.ndarray]:
    """KEPT_POINTS of the front, each image by itself, and lines of the side."""
    tracker = FaceLandmarker(mirrored=True)
    points, lines = [], []
    for look in looks:
        found, _ = tracker.step(look.front, tracker.init_state())
        lost = np.full((len(KEPT_POINTS), 3), np.nan, np.float32)
        points.append(lost if found is None else found[list(KEPT_POINTS)])
        lines.append(trace_profile(look.side))
    return np.array(points), np.array(lines)


def judge_views(rest: list[Look], looks: list[Look]) -> dict[str, float]:
    """r with the truth by one view, by the profile, and by landmarks in two views."""
    rest_points, rest_lines = see(rest)
    points, lines = see(looks)
    half, _ = see([replace(look, front=look.half) for look in looks])
    deep = measure_lips(triangulate(points, half))[:, LIP_INDEX["protrusion"]]
    true = np.array([look.protrusion for look in looks])
    figures = rate(fit_profile(rest_lines, rest_points), points, lines, looks)
    return figures | {"landmarks_of_two_views_r": correlate(deep, true), "n": len(looks)}


def triangulate(front: np.ndarray, half: np.ndarray) -> np.ndarray:
    """The frontal points, their depth from a view HALF_DEG further round (parallel rays)."""
    rigid = [KEPT_POINTS.index(k) for k in RIGID_POINTS]
    across, beside = (p[..., :2] - p[:, rigid, :2].mean(1, keepdims=True) for p in (front, half))
    scale = (across[..., 1] * beside[..., 1]).sum(1) / (beside[..., 1] ** 2).sum(1)
    cos, sin = np.cos(np.radians(HALF_DEG)), np.sin(np.radians(HALF_DEG))
    deep = front.copy()
    deep[..., 2] = (scale[:, None] * beside[..., 0] - cos * across[..., 0]) / sin
    return deep


def rate(
    profile: Any, points: np.ndarray, lines: np.ndarray, looks: list[Look]
) -> dict[str, float]:
    raw = measure_lips(points)
    two = measure_protrusion(lines, points, profile)
    true = np.array([look.protrusion for look in looks])
    return {
        "one_view_r": correlate(raw[:, LIP_INDEX["protrusion"]], true),
        "two_views_r": correlate(two, true),
        "seen": round(float(np.isfinite(two).mean()), 3),
        "aperture_r": correlate(
            raw[:, LIP_INDEX["aperture"]], np.array([look.aperture for look in looks])
        ),
    }


def judge_faults(films: dict[str, list[Look]], faults: CameraFaults, seed: int) -> dict[str, float]:
    rest = spoil(films["rest"], faults, seed)
    looks = spoil(films["random lips, held"][:N_SPOILED], faults, seed)
    rest_points, rest_lines = see(rest)
    points, lines = see(looks)
    raw = measure_lips(rest_points)
    steps = np.diff(raw[:, LIP_INDEX["aperture"]])
    noise = MAD_TO_STD * np.nanmedian(np.abs(steps)) / np.sqrt(2)
    width = np.nanmedian(raw[:, LIP_INDEX["width"]])
    return {
        "aperture_noise": round(float(noise / width), 5),
        "found": round(float(np.isfinite(points).all(axis=(1, 2)).mean()), 3),
        **rate(fit_profile(rest_lines, rest_points), points, lines, looks),
    }


class StillFace(MockFace):
    """The resting face as one picture, before its camera with faults and its light."""

    def __init__(self, picture: np.ndarray, faults: CameraFaults, seed: int) -> None:
        super().__init__(read_face_spec("emo"))
        self._picture, self._n_hops, self._light = picture, 0, Light()
        self._shutter, self._lens = Shutter(self.spec.camera, faults, seed), Lens(faults, seed)

    def send(self, command: Command) -> Command:
        """One hop."""
        self._n_hops += 1
        return command

    def look(self) -> Frame | None:
        """The picture, when an image has arrived."""
        taken = self._shutter.see(self._n_hops / HOP_HZ)
        if taken is None:
            return None
        lit = self._light.shine(self._picture, taken.taken_s)
        return Frame(self._lens.spoil(lit, taken.number, taken.taken_s), taken.stamp_s)

    def switch_light(self, is_on: bool, at_s: float) -> float:
        """See `mirror.delay.Lit`."""
        self._light.switch(is_on, at_s)
        return at_s


def judge_delays(picture: np.ndarray, faults: CameraFaults, *, seed: int) -> dict[str, Any]:
    errors = []
    for k, delay_ms in enumerate(DELAYS_MS):
        face = StillFace(picture, replace(faults, delay_s=delay_ms / 1000), seed + k)
        found = check_mirror(face, rng=np.random.default_rng([seed, k]))
        assert found.camera_delay_s is not None, found.no_delay
        errors.append(1000 * found.camera_delay_s - delay_ms)
    return {
        "true_ms": DELAYS_MS,
        "error_ms": [round(error, 2) for error in errors],
        "worst_ms": round(float(np.abs(errors).max()), 2),
    }


def measure_cost(looks: list[Look]) -> dict[str, float]:
    front, side = looks[0].front, looks[0].side
    cheap = FAULTS["cheap"]
    lens, plain = Lens(cheap, 0), Lens(replace(cheap, jpeg_quality=None), 0)
    tracker, camera = FaceLandmarker(mirrored=True), Camera(len(side), SIDE)
    with SimFace(read_face_spec("emo")) as face:
        pose = face.pose()
    return {
        "all faults": clock(lambda: lens.spoil(front, 1, 1.0)),
        "all but JPEG": clock(lambda: plain.spoil(front, 1, 1.0)),
        "side view drawn": clock(lambda: camera.render(pose)),
        "its line": clock(lambda: trace_profile(side)),
        "landmarks of the front": clock(lambda: tracker.step(front, tracker.init_state())),
    }


def clock(do: Callable[[], object], n: int = 30) -> float:
    do()
    start = time.process_time()
    for _ in range(n):
        do()
    return round(1000 * (time.process_time() - start) / n, 2)


def correlate(a: np.ndarray, b: np.ndarray) -> float:
    kept = np.isfinite(a) & np.isfinite(b)
    return round(float(np.corrcoef(a[kept], b[kept])[0, 1]), 3)


if __name__ == "__main__":
    main()
