"""The ceiling: a person's own film, tracked a second time, in the robot's place.

In: films. Out: lip tracks. The second look sees every image cut by a pixel, made smaller, turned
over and compressed, so the two trackings share no noise. No method can be told from a perfect one
above these figures: what is missing to a perfect copy is the tracker's own noise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..bundle import open_bundle
from ..lips import LipTrack
from ..media.degrade import compress, resize
from ..media.video import read_video
from ..vision.film import rate_points
from ..vision.landmarks import BUNDLE, N_POINTS, FaceLandmarker
from ..vision.measure import KEPT_POINTS, measure_lips
from ..vision.owner import fit_person, to_lip_shape
from ..vision.retime import retime
from .suite import Clip
from .verdict import Seen

SCALE: Final = 0.93
CUT_PX: Final = (1, 2)  # from the left and the top: pixels fall on other places
JPEG_QUALITY: Final = 50


def look_again(film: Path, n_hops: int, landmarker: FaceLandmarker) -> Seen:
    """A film's raw lip shapes, seen a second time, on the grid."""
    mirror = np.array(open_bundle(BUNDLE, "face_landmarks").manifest.settings["mirror"])
    state = landmarker.init_state()
    rows, times_s = [], []
    for frame in read_video(film):
        image, scale = spoil(frame.image)
        points, state = landmarker.step(image, state)
        if points is None:
            points = np.full((N_POINTS, 3), np.nan, np.float32)
        rows.append(restore(points[mirror], image.shape[1], scale)[list(KEPT_POINTS)])
        times_s.append(frame.time_s)
    kept = np.array(rows, np.float32)
    return Seen(*retime(measure_lips(kept), np.array(times_s), rate_points(kept), n_hops))


def spoil(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An image cut, smaller, turned over and compressed; and its scale (x, y)."""
    left, top = CUT_PX
    cut = image[top:, left:]
    small = resize(cut, SCALE)
    scale = np.array(small.shape[1::-1]) / np.array(cut.shape[1::-1])
    return compress(np.ascontiguousarray(small[:, ::-1]), JPEG_QUALITY), scale


def restore(
    points: Float32[np.ndarray, "478 3"], width: int, scale: np.ndarray
) -> Float32[np.ndarray, "478 3"]:
    """Points in the spoilt image → in the film's own pixels."""
    x = (width - points[:, 0]) / scale[0] + CUT_PX[0]
    y = points[:, 1] / scale[1] + CUT_PX[1]
    return np.stack([x, y, points[:, 2] / scale.mean()], axis=1).astype(np.float32)


def fit_again(clips: Sequence[Clip], looks: Sequence[Seen]) -> list[LipTrack]:
    """Second looks → lips; each person is fitted anew, over these clips."""
    tracks: dict[int, LipTrack] = {}
    for person in dict.fromkeys(clip.person for clip in clips):
        own = [k for k, clip in enumerate(clips) if clip.person == person]
        speech = [clips[k].lips.in_speech for k in own]
        raws, qualities = [looks[k].values for k in own], [looks[k].quality for k in own]
        owner = fit_person(person, raws, speech, qualities)
        for k in own:
            values = to_lip_shape(looks[k].values, owner)
            tracks[k] = LipTrack(values, looks[k].quality, clips[k].lips.in_speech)
    return [tracks[k] for k in range(len(clips))]
