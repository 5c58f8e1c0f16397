"""The profile that a mirror beside the face shows → how far the lips stand forward.

In: images of the face from the side, looking to the image's left before a plain background, and the
frontal view's KEPT_POINTS. Out: protrusion in eye distances, for `measure.py`'s raw lip shapes. A
frontal camera sees no depth; a profile shows it as a line, so no face needs to be found in it.

The line from forehead to nose is laid on the resting face's, which takes the head's motion off;
then the line is read at the rows where the frontal view sees the lips. Landmarks of a view from
half the side would not do: r with the simulator's truth −0.2 to 0.4, here 0.9 and more
(`benchmarks/cameras.py`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, UInt8

from ..errors import RecordingError
from .measure import KEPT_POINTS, find_pose, remove_pose

_WIDE_PX: Final = 4  # colour is averaged over so many pixels on each side of a step
_SHARE_OF_STEPS: Final = 0.25  # of the median over the rows of their highest steps
_LEAST_STEP: Final = 24.0  # |red| + |green| + |blue|
_NOSE_TIP, _UPPER_EDGE, _LOWER_EDGE = (KEPT_POINTS.index(k) for k in (4, 0, 17))
_UPPER_INNER, _LOWER_INNER = (KEPT_POINTS.index(k) for k in (13, 14))
_RIGID: Final = (-0.75, 0.04)  # eye distances below the tip of the nose: what skin does not move
_READ: Final = np.linspace(0, 0.75, 7)  # from a lip's outer edge inwards; nearer to the other
# lip that may stand before it. Its most forward place counts.
_LIPS_SOUGHT: Final = (0.6, 1.35)  # of their distance from the nose, as the frontal view sees it
_CREST_PX: Final = 0.7
_LEAST_DENT_PX: Final = 1.0  # lips stand before the skin between them and the nose
_OUTLIER_PX: Final = (8.0, 8.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.5)  # round by round
_READ_ROUNDS: Final = 4


@dataclass(frozen=True)
class Profile:
    """A resting face from the side.

    Attributes:
        contour: (H,) where its line is in each row, px from the left; NaN where there is none.
        px_per_unit: pixels of an eye distance.
        zero_row: row of height 0, the rigid points' centre in the frontal view.
        tip_row: row of the tip of the nose.
    """

    contour: Float[np.ndarray, " rows"]
    px_per_unit: float
    zero_row: float
    tip_row: float


def trace_profile(image: UInt8[np.ndarray, "height width 3"]) -> Float32[np.ndarray, " height"]:
    """The line that divides background and face, px from the left in each row; NaN for none.

    It is the first step of colour that is nearly as high as the image's steps are; the wall's own
    shading is none. The line lies where colour is half-way between what is on the step's two sides.
    """
    step = _find_steps(image)  # (H, W − 2 w + 1): between pixels x + w − 1 and x + w
    highest = step.max(axis=1)
    is_step = step > max(_SHARE_OF_STEPS * float(np.median(highest)), _LEAST_STEP)
    first = is_step.argmax(axis=1)
    rows = np.arange(len(image))[:, None]
    near = (first[:, None] + np.arange(2 * _WIDE_PX)).clip(0, step.shape[1] - 1)
    edge = np.take_along_axis(near, step[rows, near].argmax(axis=1)[:, None], axis=1)
    around = edge + np.arange(2 * _WIDE_PX)  # pixels about the step
    colours = image[rows, around].astype(np.float32)  # (H, 2 w, 3)
    wall, face = colours[:, :_WIDE_PX].mean(axis=1), colours[:, _WIDE_PX:].mean(axis=1)
    across = face - wall
    length = np.maximum((across**2).sum(axis=1), 1e-6)[:, None]
    share = ((colours - wall[:, None]) * across[:, None]).sum(axis=2) / length  # 0 wall, 1 face
    crossed = 1 + (share[:, 1:] > 0.5).argmax(axis=1)[:, None]
    low, high = (np.take_along_axis(share, crossed - k, axis=1) for k in (1, 0))
    within = ((0.5 - low) / np.maximum(high - low, 1e-6)).clip(0, 1)
    line = (np.take_along_axis(around, crossed, axis=1) - 0.5 + within)[:, 0]
    line[~is_step.any(axis=1)] = np.nan
    beside = np.lib.stride_tricks.sliding_window_view(np.pad(line, 1, mode="edge"), 3)
    return np.median(beside, axis=1).astype(np.float32)  # a speck of noise in one row is no face


def _find_steps(image: np.ndarray) -> Float32[np.ndarray, "height places"]:
    """How colour differs between the pixels at the left and the right of each place; summed."""
    n = image.shape[1] - 2 * _WIDE_PX + 1
    sums = np.zeros((len(image), image.shape[1] + 1, 3), np.int32)
    np.cumsum(image, axis=1, dtype=np.int32, out=sums[:, 1:])
    left, middle, right = (sums[:, k * _WIDE_PX : k * _WIDE_PX + n] for k in range(3))
    apart = np.abs(right - 2 * middle + left)
    return (apart[..., 0] + apart[..., 1] + apart[..., 2]).astype(np.float32) / _WIDE_PX


def fit_profile(
    contours: Float[np.ndarray, "images rows"], points: Float[np.ndarray, "images points 3"]
) -> Profile:
    """The resting face's profile, and how its rows go with the heights that the front shows.

    Args:
        contours: (N, H) lines of `trace_profile` while the face rests, head still.
        points: (N, K, 3) KEPT_POINTS of the frontal view in the same images.

    Raises:
        RecordingError: no face, or no nose and lips are seen in the profile.
    """
    seen = np.isfinite(points).all(axis=(1, 2))
    if not seen.any():
        raise RecordingError("no face was found at rest in the frontal view")
    contour = np.median(contours[seen], axis=0)
    height, front_px = _find_heights(points[seen])
    tip, lips = np.median(height[:, _NOSE_TIP]), np.median(height[:, [_UPPER_INNER, _LOWER_INNER]])
    found = _find_nose_and_lips(contour, float(np.median(front_px) * (tip - lips)))
    if found is None:
        raise RecordingError(
            "the side view shows no profile of a face before a plain background; look at its images"
        )
    tip_row, lips_row = found
    px = (lips_row - tip_row) / float(tip - lips)
    return Profile(contour, px, tip_row + px * float(tip), tip_row)


def _find_nose_and_lips(contour: np.ndarray, apart_px: float) -> tuple[float, float] | None:
    """Rows of their most forward points, about `apart_px` apart, or None: it is no profile."""
    n = len(contour)
    tip_row = _find_crest(contour, n // 6, n - n // 6)
    if not np.isfinite(tip_row):
        return None
    first, last = (int(tip_row + share * apart_px) for share in _LIPS_SOUGHT)
    lips_row = _find_crest(contour, first, last)
    if not first + 1 < lips_row < last - 1:
        return None
    above = contour[max(int(tip_row + _RIGID[0] * apart_px), 0) : int(tip_row)]
    dent = contour[int(tip_row) : int(lips_row)].max() - contour[int(lips_row)]
    is_profile = dent > _LEAST_DENT_PX and np.isfinite(above).mean() > 0.9
    return (tip_row, lips_row) if is_profile else None


def _find_crest(contour: np.ndarray, first: int, last: int) -> float:
    """Row of a line's most forward part: the middle of what is within _CREST_PX of it, or NaN."""
    part = contour[first:last]
    if not np.isfinite(part).any():
        return np.nan
    return first + 0.5 + float(np.flatnonzero(part <= np.nanmin(part) + _CREST_PX).mean())


def measure_protrusion(
    contours: Float[np.ndarray, "images rows"],
    points: Float[np.ndarray, "images points 3"],
    profile: Profile,
) -> Float32[np.ndarray, " images"]:
    """How far forward the lips stand, the mean of upper and lower, in eye distances.

    Args:
        contours, points: as for `fit_profile`, of any images.
        profile: of the same face and camera.

    Returns:
        (N,), + is forward; from a zero that is the same for all. NaN where a view shows no face.
    """
    protrusion = np.full(len(points), np.nan, np.float32)
    seen = np.isfinite(points).all(axis=(1, 2))
    if not seen.any():
        return protrusion
    height, _ = _find_heights(points[seen])
    motion = _find_motion(contours[seen], profile)
    forward = [
        _read_line(
            contours[seen],
            profile.zero_row
            - profile.px_per_unit * (edge[:, None] + (inner - edge)[:, None] * _READ),
            motion,
            profile,
        ).min(axis=1)
        for edge, inner in (
            (height[:, _UPPER_EDGE], height[:, _UPPER_INNER]),
            (height[:, _LOWER_EDGE], height[:, _LOWER_INNER]),
        )
    ]
    protrusion[seen] = -np.mean(forward, axis=0) / profile.px_per_unit
    return protrusion


def _find_heights(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights above the rigid points' centre, (N, K) eye distances, and px of an eye distance."""
    pose = find_pose(points)
    return remove_pose(points, pose)[:, :, 1], 1 / pose.scale


def _find_motion(contours: np.ndarray, profile: Profile) -> np.ndarray:
    """(N, 3) shift right, shift down (px) and turn (rad) of the resting face in each image.

    Gauss-Newton on the line from forehead to nose; rows that do not fit (hair, brows) hardly count.
    """
    rows, across, down = _rigid_part(profile)
    motion = np.zeros((len(contours), 3))
    for outlier_px in _OUTLIER_PX:
        x, y = _place(across, down, motion, profile)
        line = _sample(contours, y)
        slope = (_sample(contours, y + 1) - _sample(contours, y - 1)) / 2
        miss = line - x
        change = np.stack(
            [-np.ones_like(x), slope, down + slope * across], axis=-1
        )  # of miss, (N, R, 3)
        weight = 1 / (1 + (miss / outlier_px) ** 2)
        is_lost = ~np.isfinite(miss * slope)
        weight[is_lost], miss[is_lost], change[is_lost] = 0, 0, 0
        pull = np.einsum("nr,nri,nr->ni", weight, change, miss)
        stiff = np.einsum("nr,nri,nrj->nij", weight, change, change) + 1e-6 * np.eye(3)
        motion = motion - np.linalg.solve(stiff, pull[..., None])[..., 0]
        motion = motion.clip([-rows, -rows, -0.5], [rows, rows, 0.5])
    return motion


def _rigid_part(profile: Profile) -> tuple[int, np.ndarray, np.ndarray]:
    """Height of the image, and the rigid part of the line about the tip of the nose, px."""
    first, last = (profile.tip_row + share * profile.px_per_unit for share in _RIGID)
    y = np.arange(max(first, 0), min(last, len(profile.contour) - 1)) // 1 + 0.5
    x = profile.contour[y.astype(int)]
    kept = np.isfinite(x)
    tip_x = profile.contour[int(profile.tip_row)]
    return len(profile.contour), x[kept] - tip_x, y[kept] - profile.tip_row


def _place(
    across: np.ndarray, down: np.ndarray, motion: np.ndarray, profile: Profile
) -> tuple[np.ndarray, np.ndarray]:
    """Where points about the resting tip of the nose lie in each image, (N, R) px each."""
    right, lower, turn = motion.T[:, :, None]
    x = profile.contour[int(profile.tip_row)] + right + np.cos(turn) * across - np.sin(turn) * down
    y = profile.tip_row + lower + np.sin(turn) * across + np.cos(turn) * down
    return x, y


def _read_line(
    contours: np.ndarray, rows: np.ndarray, motion: np.ndarray, profile: Profile
) -> np.ndarray:
    """(N, R) where the line is in these rows of the resting face, px to the right of its nose."""
    right, lower, turn = motion.T[:, :, None]
    down = rows - profile.tip_row
    across = np.zeros(rows.shape)
    for _ in range(_READ_ROUNDS):  # the turn is small: the row hardly depends on what is found
        _, y = _place(across, down, motion, profile)
        x = _sample(contours, y) - profile.contour[int(profile.tip_row)] - right
        across = np.cos(turn) * x + np.sin(turn) * (y - profile.tip_row - lower)
    return across


def _sample(contours: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, R) the lines at rows y (N, R), between rows linear."""
    at = (y - 0.5).clip(0, contours.shape[1] - 1.001)
    row = np.nan_to_num(at).astype(int)
    share = at - row
    above, below = (np.take_along_axis(contours, row + k, axis=1) for k in (0, 1))
    return above * (1 - share) + below * share
