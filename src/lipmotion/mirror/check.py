"""Measures a mirror: the face rests before it, and a light is switched where the face has one.

In: an opened face. Out: figures (`judge.py`), among them the camera's own delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import UInt8

from ..commands import Command
from ..errors import FaceError, RecordingError
from ..face.base import Face, FaceSpec
from ..lips import LIP_INDEX
from ..timing import HOP_HZ
from ..vision.landmarks import FaceLandmarker
from ..vision.measure import KEPT_POINTS, LIP_POINTS, measure_lips
from ..vision.owner import MAD_TO_STD
from ..vision.profile import fit_profile, trace_profile
from .clock import CameraClock, even_out, to_hop_clock
from .delay import Lit, draw_switches, find_delay, shrink
from .judge import MirrorFigures
from .session import Progress, see_points

SECONDS: Final = 20.0
_LOOK_SHARE: Final = 0.25  # of the time: the face is looked at before a light comes and goes
_MOST_IMAGES: Final = 125  # in which the face is sought
_CORNERS = [KEPT_POINTS.index(k) for k in (61, 291)]
_LIPS = [KEPT_POINTS.index(k) for k in LIP_POINTS]


def check_mirror(
    face: Face,
    *,
    rng: np.random.Generator,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> MirrorFigures:
    """Lets the face rest before its mirror, and measures.

    Args:
        face: just opened: its clock starts here. With a light (`delay.Lit`) the camera's delay is
            found, too.
        rng: draws when the light is switched.
        seconds: for how long.
        progress: called with (hops done, hops in all).

    Raises:
        FaceError: the face gave no image.
    """
    film = _film_rest(face, seconds, rng, progress)
    if not len(film.stamps_s):
        raise FaceError(f"face {face.spec.name} gave no mirror image; it needs a camera")
    points = see_points(film.images, FaceLandmarker(mirrored=True))
    is_found = np.isfinite(points).all(axis=(1, 2))
    seen = points[is_found]
    delay_s, error_s, no_delay = _find_delay(film, face.spec)
    return MirrorFigures(
        images_hz=(len(film.stamps_s) - 1) / max(float(np.ptp(film.stamps_s)), 1e-6),
        found=float(is_found.mean()),
        mouth_px=_measure_mouth(seen),
        clipped=_measure_clipping(film.images, points),
        noise=_measure_noise(seen),
        camera_delay_s=delay_s,
        camera_delay_error_s=error_s,
        no_delay=no_delay,
        no_profile=_judge_profile(film.sides, points, face.spec),
    )


@dataclass(frozen=True)
class _Film:
    """A run: every image's stamp, arrival and cells; some images themselves."""

    switches_s: np.ndarray
    stamps_s: np.ndarray
    hops_s: np.ndarray
    cells: np.ndarray
    images: list[UInt8[np.ndarray, "height width 3"]]
    sides: list[UInt8[np.ndarray, "height width 3"]]


def _film_rest(
    face: Face, seconds: float, rng: np.random.Generator, progress: Progress | None
) -> _Film:
    spec = face.spec
    n_hops = round(seconds * HOP_HZ)
    look_s = _LOOK_SHARE * seconds  # a light beside the mouth moves what the tracker sees
    every = int(look_s * spec.camera.images_hz / _MOST_IMAGES) + 1
    pending = []
    if isinstance(face, Lit):
        pending = (look_s + draw_switches(seconds - look_s, rng=rng)).tolist()
    rest = Command(spec.motor_names, spec.rest.values)
    switches: list[float] = []
    stamps, hops, cells, images, sides = [], [], [], [], []
    for hop in range(n_hops):
        while isinstance(face, Lit) and pending and pending[0] <= (hop + 1) / HOP_HZ:
            switches.append(face.switch_light(len(switches) % 2 == 0, pending.pop(0)))
        face.send(rest)
        frame = face.look()
        if frame is not None:
            stamps.append(frame.time_s)
            hops.append((hop + 1) / HOP_HZ)
            cells.append(shrink(frame.image))
            if hop < look_s * HOP_HZ and len(stamps) % every == 0:
                images.append(frame.image)
                sides += [] if frame.side is None else [frame.side]
        if progress is not None:
            progress(hop + 1, n_hops)
    return _Film(
        np.array(switches), np.array(stamps), np.array(hops), np.array(cells), images, sides
    )


def _measure_mouth(seen: np.ndarray) -> float:
    if not len(seen):
        return 0.0
    right, left = seen[:, _CORNERS, :2].transpose(1, 0, 2)
    return float(np.median(np.linalg.norm(left - right, axis=1)))


def _measure_clipping(images: Sequence[np.ndarray], points: np.ndarray) -> float:
    shares = []
    for image, own in zip(images, points, strict=True):
        if np.isfinite(own).all():
            low, high = own[_LIPS, :2].min(axis=0), own[_LIPS, :2].max(axis=0)
            room = (high - low).max() / 2
            left, top = np.maximum(low - room, 0).astype(int)
            right, bottom = (high + room).astype(int)
            part = image[top:bottom, left:right]
            shares.append(float(((part >= 254) | (part <= 1)).any(axis=2).mean()))
    return float(np.mean(shares)) if shares else 1.0


def _measure_noise(seen: np.ndarray) -> float:
    if len(seen) < 2:
        return 1.0
    raw = measure_lips(seen)
    steps = np.diff(raw[:, LIP_INDEX["aperture"]])
    width = np.median(raw[:, LIP_INDEX["width"]])
    return float(MAD_TO_STD * np.median(np.abs(steps)) / np.sqrt(2) / width)


def _find_delay(film: _Film, spec: FaceSpec) -> tuple[float | None, float | None, str]:
    if not len(film.switches_s):
        return None, None, "this face has no light to switch"
    clock = CameraClock()
    clock.add(film.stamps_s, film.hops_s)
    times_s = to_hop_clock(even_out(film.stamps_s, spec.camera.images_hz), *clock.fit())
    try:
        found = find_delay(film.switches_s, times_s, film.cells)
    except FaceError as error:
        return None, None, str(error)
    return max(found.delay_s, 0.0), found.error_s, ""


def _judge_profile(sides: Sequence[np.ndarray], points: np.ndarray, spec: FaceSpec) -> str | None:
    if spec.camera.side is None:
        return None
    if len(sides) != len(points):
        return "the description promises a side mirror, and the camera gives no view of it"
    views = sides if spec.camera.side == "left" else [side[:, ::-1] for side in sides]
    try:
        fit_profile(np.array([trace_profile(view) for view in views]), points)
    except RecordingError as error:
        return str(error)
    return ""
