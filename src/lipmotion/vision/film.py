"""A whole film → the landmarks of the one face in it, or why it cannot be used.

In: images and their times; out: KEPT_POINTS per image and how far each can be trusted. Only films
of one face in one shot are taken; a film with several faces, a cut, or a face that is often lost is
refused in a sentence.
"""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from ..errors import MediaError
from ..frames import Frame
from .landmarks import FaceLandmarker
from .measure import KEPT_POINTS, find_pose

MAX_LOST: Final = 0.2  # share of images without a face
MIN_EYES_PX: Final = 24.0  # outer corner to outer corner; below, the mouth is some 12 px wide
MAX_JUMP: Final = 0.6  # eye distances that a head moves from one seen image to the next
MAX_GROWTH: Final = 1.3  # by which it grows or shrinks
SOON_S = 0.2  # within it a head cannot have jumped; a cut may cost an image or two
_COUNT_EVERY_S = 1.0  # several faces are looked for this often
_TRUSTED_TURN, _LOST_TURN = np.radians(20.0), np.radians(50.0)  # quality falls in between


def watch_film(
    frames: Iterable[Frame],
    landmarker: FaceLandmarker,
    *,
    progress: Callable[[int, int | None], None] | None = None,
    n_images: int | None = None,
) -> tuple[
    Float[np.ndarray, " images"],
    Float32[np.ndarray, " images"],
    Float32[np.ndarray, "images points 3"],
]:
    """Tracks the face through a film.

    Args:
        frames: the film's images, in order.
        landmarker: finds the points.
        progress: told how many images are done.
        n_images: how many there will be, where known.

    Returns:
        times (T,) in seconds, quality (T,) in [0, 1] and KEPT_POINTS (T, K, 3) in pixels, NaN rows
        where no face was found.

    Raises:
        MediaError: the film cannot be used; the message says why.
    """
    kept = list(KEPT_POINTS)
    nothing = np.full((len(kept), 3), np.nan, np.float32)
    times, rows = [], []
    state = landmarker.init_state()
    counted_s = -np.inf
    for n, frame in enumerate(frames, 1):
        if frame.time_s >= counted_s + _COUNT_EVERY_S:
            counted_s = frame.time_s
            n_faces = landmarker.count_faces(frame.image)
            if n_faces > 1:
                raise MediaError(f"{n_faces} faces at {frame.time_s:.1f} s; one is needed")
        points, state = landmarker.step(frame.image, state)
        times.append(frame.time_s)
        rows.append(nothing if points is None else points[kept])
        if progress:
            progress(n, n_images)
    if not rows:
        raise MediaError("the film holds no images")
    landmarks, times_s = np.stack(rows), np.array(times)
    _refuse(times_s, landmarks)
    return times_s, rate_points(landmarks), landmarks


def rate_points(
    landmarks: Float32[np.ndarray, "images points 3"],
) -> Float32[np.ndarray, " images"]:
    """How far each image's points can be trusted, (T,): 0 without a face or seen from the side."""
    quality = np.zeros(len(landmarks), np.float32)
    seen = np.isfinite(landmarks).all(axis=(1, 2))
    if seen.any():
        turn = find_pose(landmarks[seen]).turn
        quality[seen] = ((_LOST_TURN - turn) / (_LOST_TURN - _TRUSTED_TURN)).clip(0, 1)
    return quality


def _refuse(times_s: np.ndarray, landmarks: np.ndarray) -> None:
    seen = np.isfinite(landmarks).all(axis=(1, 2))
    if not seen.any():
        raise MediaError("no face in any image")
    lost = 1 - seen.mean()
    if lost > MAX_LOST:
        raise MediaError(f"no face in {lost:.0%} of the images; at most {MAX_LOST:.0%} are allowed")
    pose = find_pose(landmarks[seen])
    eyes_px = 1 / pose.scale
    if np.median(eyes_px) < MIN_EYES_PX:
        raise MediaError(
            f"the eyes lie {np.median(eyes_px):.0f} px apart; {MIN_EYES_PX:.0f} are needed"
        )
    centre = landmarks[seen, :, :2].mean(axis=1)
    jump = np.linalg.norm(np.diff(centre, axis=0), axis=1) / eyes_px[1:]
    growth = np.exp(np.abs(np.diff(np.log(eyes_px))))
    is_soon = np.diff(times_s[seen]) <= SOON_S
    is_cut = is_soon & ((jump > MAX_JUMP) | (growth > MAX_GROWTH))
    if is_cut.any():
        at_s = times_s[seen][1:][is_cut][0]
        raise MediaError(f"the shot or the face changes at {at_s:.2f} s; one shot is needed")
