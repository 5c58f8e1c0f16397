"""Trails of faces → stretches that can be used, and the reasons why others cannot.

In: `FilmFaces`. Out: `Stretch`es, each of one face that is seen well enough all through; a face
that is away or turned to the side for longer than half a second ends one. What is too short to be
worth a word is only counted, by reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from .faces import MAX_AWAY_S, FilmFaces, Trail
from .film import MAX_LOST, MIN_EYES_PX, rate_points
from .measure import KEPT_POINTS, RIGID_POINTS, Pose, find_pose, remove_pose

MIN_DURATION_S: Final = 0.5
MIN_IMAGES_HZ: Final = 20.0  # a closure lasts 60 to 100 ms: slower films miss it
MAX_APART: Final = 0.005  # eye distances, root mean square; see `group_people`
_REPEAT: Final = 0.3  # of the change of both neighbours: an image that only repeats another
_FRONTAL: Final = np.radians(35.0)
_RIGID = [KEPT_POINTS.index(point) for point in RIGID_POINTS]


@dataclass(frozen=True)
class Stretch:
    """A part of a film in which one face is seen.

    Attributes:
        trail: which of the film's trails.
        times_s: (T,) times of its images in the film.
        quality: (T,) in [0, 1].
        points: (T, K, 3) KEPT_POINTS, pixels; NaN where the face was not found.
        images_hz: images a second, those that repeat another left out.
        reason: why it is refused, or "".
    """

    trail: int
    times_s: Float[np.ndarray, " images"]
    quality: Float32[np.ndarray, " images"]
    points: Float32[np.ndarray, "images points 3"]
    images_hz: float
    reason: str

    @property
    def end_s(self) -> float:
        """Where it ends in the film: one image after its last."""
        return float(self.times_s[-1] + np.median(np.diff(self.times_s)))


def find_stretches(film: FilmFaces) -> tuple[list[Stretch], dict[str, float]]:
    """Cuts the trails of a film into stretches.

    Returns:
        Stretches by their beginning, and the seconds of face that were left out, by reason.
    """
    stretches: list[Stretch] = []
    left_out: dict[str, float] = {}

    def leave_out(reason: str, seconds: float) -> None:
        if seconds > 0:
            left_out[reason] = left_out.get(reason, 0.0) + seconds

    for number, trail in enumerate(film.trails):
        rows = slice(trail.first, trail.first + len(trail.points))
        times_s, quality = film.times_s[rows], rate_points(trail.points)
        runs = _find_runs(times_s, quality)
        used_s = sum(times_s[end - 1] - times_s[first] for first, end in runs)
        leave_out("turned away, or lost", float(times_s[-1] - times_s[0] - used_s))
        for first, end in runs:
            length_s = float(times_s[end - 1] - times_s[first])
            if end - first < 2 or length_s < MIN_DURATION_S - 1 / MIN_IMAGES_HZ:
                leave_out(f"seen for less than {MIN_DURATION_S} s", length_s)
                continue
            changes = film.changes[rows][first:end]
            part = slice(first, end)
            stretches.append(
                _judge(number, times_s[part], quality[part], trail.points[part], changes)
            )
    return sorted(stretches, key=lambda s: (s.times_s[0], s.trail)), left_out


def group_people(trails: Sequence[Trail]) -> list[int]:
    """Which trails of one film show the same person, (n,) numbers from 0.

    Faces that are seen at the same time are two people; others are one if what skin does not move
    lies alike: halves of one film differ by 0.0047 eye distances in 95 of 100, different people by
    more than 0.0050 in 90 of 100 (measured on 590 films of 60 people).
    """
    shapes = [_measure_shape(trail) for trail in trails]
    groups: list[list[int]] = []
    out: list[int] = []
    for k, shape in enumerate(shapes):
        gaps = [
            np.inf
            if any(_overlap(trails[k], trails[j]) for j in group)
            else min(_measure_gap(shape, shapes[j]) for j in group)
            for group in groups
        ]
        best = int(np.argmin(gaps)) if gaps else -1
        if best < 0 or gaps[best] > MAX_APART:
            groups.append([])
            best = len(groups) - 1
        groups[best].append(k)
        out.append(best)
    return out


def _find_runs(times_s: np.ndarray, quality: np.ndarray) -> list[tuple[int, int]]:
    """Runs (first, end) of images between which the face is never away for long."""
    good = np.flatnonzero(quality > 0)
    if not len(good):
        return []
    breaks = np.flatnonzero(np.diff(times_s[good]) > MAX_AWAY_S)
    firsts, lasts = good[np.r_[0, breaks + 1]], good[np.r_[breaks, len(good) - 1]]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


def _judge(
    number: int,
    times_s: np.ndarray,
    quality: np.ndarray,
    points: np.ndarray,
    changes: np.ndarray,
) -> Stretch:
    shown_hz = (len(times_s) - 1) / float(times_s[-1] - times_s[0])
    images_hz = shown_hz * (1 - _share_repeats(changes))
    seen = np.isfinite(points).all(axis=(1, 2))
    lost = 1 - float(seen.mean())
    eyes_px = float(np.median(1 / find_pose(points[seen]).scale))
    reason = ""
    if images_hz < MIN_IMAGES_HZ:
        repeats = ", the others repeated," if images_hz < 0.9 * shown_hz else ""
        reason = f"{images_hz:.3g} images a second{repeats} where {MIN_IMAGES_HZ:g} are needed"
    elif lost > MAX_LOST:
        reason = f"no face in {lost:.0%} of the images; at most {MAX_LOST:.0%} are allowed"
    elif eyes_px < MIN_EYES_PX:
        reason = f"the eyes lie {eyes_px:.0f} px apart; {MIN_EYES_PX:.0f} are needed"
    return Stretch(number, times_s, quality, points, shown_hz, reason)


def _share_repeats(changes: np.ndarray) -> float:
    """Share of images that hardly differ from the one before while both their neighbours do."""
    if len(changes) < 4:
        return 0.0
    inner = changes[2:-1]  # the first one's change belongs to the image before
    around = np.minimum(changes[1:-2], changes[3:])
    return float((inner < _REPEAT * around).mean())


def _measure_shape(trail: Trail) -> np.ndarray | None:
    """Where the rigid points lie in the face's own frame, (R, 3); None where hardly seen."""
    points = trail.points[np.isfinite(trail.points).all(axis=(1, 2))]
    pose = find_pose(points)
    front = pose.turn < _FRONTAL
    if front.sum() < 5:
        return None
    pose = Pose(pose.scale[front], pose.rotation[front], pose.shift[front])
    return np.median(remove_pose(points[front], pose)[:, _RIGID], axis=0)


def _measure_gap(first: np.ndarray | None, second: np.ndarray | None) -> float:
    if first is None or second is None:
        return float("inf")
    return float(np.sqrt(((first - second) ** 2).mean()))


def _overlap(first: Trail, second: Trail) -> bool:
    return first.first < second.first + len(second.points) and second.first < first.first + len(
        first.points
    )
