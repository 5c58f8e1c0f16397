"""Landmarks → the twelve numbers of a lip shape, head pose and size removed.

In: KEPT_POINTS of a face in each image, as `landmarks.py` gives them (pixels, y down, z away from
the camera). Out: raw lip shapes (T, 12) in LIP_FIELDS order and units of the face's eye distance
(outer corner to outer corner), heights above the rigid points' centre: absolute, not yet compared
with the owner's rest (`owner.py`). Left and right are the owner's: left is on the image's right.

Each image by itself: the points that skin does not move are laid on a mean face by the rotation,
scale and shift of least squares; the lips are then measured in that face's frame.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..lips import LIP_FIELDS

# Rigid points and where they lie on the mean face: (owner's left, up, forward) in eye distances.
# Measured: the face that the landmarks model answers to a blank image, made symmetric. Forehead,
# temples and ears are left out: they feign less pitch than there is (r of jaw against the simulated
# face's truth, head moving: 0.71 without, 0.55 with them).
RIGID_POINTS: Final[dict[int, tuple[float, float, float]]] = {
    33: (-0.500, 0.007, 0.021),  # outer corners of the eyes
    263: (0.500, 0.007, 0.021),
    133: (-0.198, 0.006, 0.075),  # inner corners
    362: (0.198, 0.006, 0.075),
    168: (0.000, 0.041, 0.252),  # bridge of the nose, downwards
    6: (0.000, -0.039, 0.289),
    197: (0.000, -0.110, 0.335),
    195: (0.000, -0.174, 0.383),
    4: (0.000, -0.322, 0.450),  # tip of the nose
    1: (0.000, -0.380, 0.423),
}

# From the owner's right corner to the left, along the edges of the lips.
UPPER_OUTER: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
UPPER_INNER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIP_POINTS: Final = tuple(sorted({*UPPER_OUTER, *LOWER_OUTER, *UPPER_INNER, *LOWER_INNER}))
CHIN_POINTS: Final = (148, 152, 175, 176, 199, 377, 400)
OTHER_POINTS: Final = (2, 98, 327, 10, 151, 127, 356, 162, 389, 234, 454)  # nose, forehead, ears

KEPT_POINTS: Final = tuple(sorted({*RIGID_POINTS, *LIP_POINTS, *CHIN_POINTS, *OTHER_POINTS}))
"""Indices into the 478 points that recordings and watched folders keep, in ascending order."""

_COLUMN = {point: k for k, point in enumerate(KEPT_POINTS)}
_MIDDLE = slice(4, 7)  # of an edge: the middle and a point on each side
_RIGHT_HALF = slice(2, 5)  # 0.70, 0.51 and 0.27 of the way from the middle to the corner
_LEFT_HALF = slice(6, 9)


@dataclass(frozen=True)
class Pose:
    """How a head is held in each image.

    Attributes:
        scale: (T,) eye distances per pixel.
        rotation: (T, 3, 3) from (image right, up, towards the camera) to the face's own axes.
        shift: (T, 3) eye distances; a point p lies at scale · rotation · p + shift in the face.
    """

    scale: Float[np.ndarray, " images"]
    rotation: Float[np.ndarray, "images 3 3"]
    shift: Float[np.ndarray, "images 3"]

    @property
    def turn(self) -> Float[np.ndarray, " images"]:
        """Angle between the face's forward axis and the camera's, (T,) in radians."""
        return np.arccos(self.rotation[:, 2, 2].clip(-1, 1))


def measure_lips(
    points: Float[np.ndarray, "images points 3"],
) -> Float32[np.ndarray, "images fields"]:
    """Measures the lips in each image, independent of the others.

    Args:
        points: (T, K, 3) KEPT_POINTS in pixels; rows with NaN where nothing was seen.

    Returns:
        (T, 12) raw lip shapes in LIP_FIELDS order, eye distances; NaN rows where nothing was seen.
        Apertures are gaps (at least 0), `width` is the mouth's width, heights are above the rigid
        points' centre, vermilions are heights of the red, `protrusion` is how far the lips' middle
        lies before the corners (weak: from a guessed depth), `jaw` is how far the chin lies below.
    """
    raw = np.full((len(points), len(LIP_FIELDS)), np.nan, np.float32)
    seen = np.isfinite(points).all(axis=(1, 2))
    if seen.any():
        raw[seen] = _measure_level(remove_pose(points[seen], find_pose(points[seen])))
    return raw


def find_pose(points: Float[np.ndarray, "images points 3"]) -> Pose:
    """Rotation, scale and shift that lay the rigid points on the mean face with least squares.

    Args:
        points: (T, K, 3) KEPT_POINTS in pixels, finite.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point
    patterns, PAMI 1991.
    """
    mean_face = np.array(list(RIGID_POINTS.values()))  # (R, 3)
    rigid = points[:, [_COLUMN[k] for k in RIGID_POINTS]] * _UP_AND_FORWARD  # (T, R, 3)
    centre, mean_centre = rigid.mean(axis=1), mean_face.mean(axis=0)
    spread, mean_spread = rigid - centre[:, None], mean_face - mean_centre
    u, size, v = np.linalg.svd(np.einsum("ri,trj->tij", mean_spread, spread))
    sign = np.ones_like(size)  # (T, 3)
    sign[:, 2] = np.sign(np.linalg.det(u @ v))  # a rotation, never a mirror image
    rotation = (u * sign[:, None]) @ v
    scale = (size * sign).sum(axis=1) / (spread**2).sum(axis=(1, 2))
    shift = mean_centre - scale[:, None] * np.einsum("tij,tj->ti", rotation, centre)
    return Pose(scale, rotation, shift)


def remove_pose(
    points: Float[np.ndarray, "images points 3"], pose: Pose
) -> Float[np.ndarray, "images points 3"]:
    """Points in the face's own axes: (owner's left, up, forward) in eye distances, (T, K, 3)."""
    turned = np.einsum("tij,tkj->tki", pose.rotation, points * _UP_AND_FORWARD)
    return pose.scale[:, None, None] * turned + pose.shift[:, None]


_UP_AND_FORWARD: Final = np.array([1.0, -1.0, -1.0])  # image axes → right, up, towards the camera


def _measure_level(points: Float[np.ndarray, "images points 3"]) -> np.ndarray:
    """The twelve numbers from points in the face's own axes, (T, 12)."""

    def line(indices: tuple[int, ...], axis: int) -> np.ndarray:
        return points[:, [_COLUMN[k] for k in indices], axis]

    gap = (line(UPPER_INNER, 1) - line(LOWER_INNER, 1)).clip(0)  # (T, 11)
    upper_outer, lower_outer = line(UPPER_OUTER, 1), line(LOWER_OUTER, 1)
    upper_inner, lower_inner = line(UPPER_INNER, 1), line(LOWER_INNER, 1)
    upper_lip = upper_outer[:, _MIDDLE].mean(axis=1)
    lower_lip = lower_outer[:, _MIDDLE].mean(axis=1)
    forward = line(UPPER_OUTER, 2)[:, 5] + line(LOWER_OUTER, 2)[:, 5]
    corners_forward = line((61, 291), 2).sum(axis=1)
    values = {
        "aperture": gap[:, _MIDDLE].mean(axis=1),
        "aperture_left": gap[:, _LEFT_HALF].mean(axis=1),
        "aperture_right": gap[:, _RIGHT_HALF].mean(axis=1),
        "width": _measure_width(line(_WIDTH_LEFT, 0), line(_WIDTH_RIGHT, 0)),
        "corner_left_height": line((291, 308), 1).mean(axis=1),
        "corner_right_height": line((61, 78), 1).mean(axis=1),
        "upper_lip_height": upper_lip,
        "lower_lip_height": lower_lip,
        "upper_vermilion": upper_lip - upper_inner[:, _MIDDLE].mean(axis=1),
        "lower_vermilion": lower_inner[:, _MIDDLE].mean(axis=1) - lower_lip,
        "protrusion": (forward - corners_forward) / 2,
        "jaw": -line(CHIN_POINTS, 1).mean(axis=1),
    }
    return np.stack([values[name] for name in LIP_FIELDS], axis=1).astype(np.float32)


# Corners and the points next to them: six pairs are less noisy than one (r of two trackings of the
# same film 0.941 against 0.937 on 20 GRID clips), ten follow a turning head worse (0.875 against
# 0.888). On the mean face they lie this share of a mouth's width apart.
_WIDTH_LEFT = (291, 308, 409, 375, 415, 324)
_WIDTH_RIGHT = (61, 78, 185, 146, 191, 95)
_WIDTH_SHARE = 0.871


def _measure_width(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (left - right).mean(axis=1) / _WIDTH_SHARE
