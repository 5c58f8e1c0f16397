"""478 landmarks of a face in an image, by MediaPipe's models as a bundle, numpy and onnxruntime.

In: images (H, W, 3) uint8 RGB, one after another; out: points (478, 3) float32, x and y in pixels
of the image (0 is the outer edge of the first pixel, y goes down), z in the same unit, smaller =
nearer to the camera, about 0 at the head's middle. One face. Nothing is smoothed.

The detector looks at the whole image only when there is no region yet or the face was lost;
otherwise the region comes from the points of the image before, kept in an explicit state.
`mirrored` averages each answer with the answer for the mirror image of the same crop.

Source: MediaPipe 0.10.21, FaceMesh with refined landmarks: its crops, thresholds and rules, written
anew. Measured there against it: lips differ by a median of 0.0003 px on single images.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32, UInt8

from ..bundle import open_bundle

N_POINTS: Final = 478
BUNDLE: Final = Path(__file__).parents[1] / "bundles" / "face_landmarks"

_DETECTOR_SIDE: Final = 128  # pixels of the detector's input
_LANDMARKS_SIDE: Final = 192  # pixels of the landmarks model's input
_MIN_SCORE: Final = 0.5  # of the detector, and of the landmarks model's presence
_SURE_SCORE: Final = 0.75  # of the detector, where faces are counted
_MIN_OVERLAP: Final = 0.3  # boxes that overlap the best one more than this are averaged with it
_ENLARGE: Final = 1.5  # side of a region over the long side of its box
_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners, the owner's
_NUDGE_PX: Final = 1e-5  # sends exact ties of the detector's sampling grid up, as MediaPipe does
_SUBPIXELS: Final = 32  # samples are taken on a grid of 1/32 pixel, as MediaPipe does


class Region(NamedTuple):
    """A turned square of an image: centre and side in pixels, angle in radians (clockwise)."""

    x: float
    y: float
    side: float
    angle: float


@dataclass(frozen=True)
class LandmarkState:
    """Where to look in the next image; None = look for a face in all of it."""

    region: Region | None = None


class FaceLandmarker:
    """Finds a face and its 478 points; one object serves any number of streams.

    Args:
        folder: the bundle of the models.
        mirrored: average with the mirror image; about half the noise for 1.6 ms more an image.
        n_threads: threads of the models.

    Raises:
        BundleError: the bundle is missing, damaged or of another kind.
    """

    def __init__(
        self, folder: Path = BUNDLE, *, mirrored: bool = False, n_threads: int = 1
    ) -> None:
        bundle = open_bundle(folder, "face_landmarks")
        self._detector = bundle.session("detector.onnx", n_threads=n_threads)
        self._model = bundle.session("landmarks.onnx", n_threads=n_threads)
        self._mirror = np.array(bundle.manifest.settings["mirror"])
        self._mirrored = mirrored

    def init_state(self) -> LandmarkState:
        """State of a stream that has seen nothing yet; also right for single images."""
        return LandmarkState()

    def step(
        self, image: UInt8[np.ndarray, "height width 3"], state: LandmarkState
    ) -> tuple[Float32[np.ndarray, "478 3"] | None, LandmarkState]:
        """Finds the points of one image.

        Returns:
            The points, or None where no face is seen, and the state for the next image.
        """
        region = state.region
        if region is None or not _holds_centre(image, region):
            region = self._detect(image)
        if region is None:
            return None, LandmarkState()
        points = self._locate(image, region)
        if points is None:
            return None, LandmarkState()
        return points, LandmarkState(_surround(points))

    def count_faces(self, image: UInt8[np.ndarray, "height width 3"]) -> int:
        """Faces in an image that are sure, and at least half as wide as the surest."""
        boxes, scores = self._look(image)
        widths: list[float] = []
        while (found := merge_boxes(boxes, scores, min_score=_SURE_SCORE)) is not None:
            (low, high), _ = found
            widths.append(float(high[0] - low[0]))
            middle = _ANCHORS + boxes[:, :2] / _DETECTOR_SIDE
            is_same = ((middle > low) & (middle < high)).all(axis=1)
            if not is_same.any():
                break
            scores = np.where(is_same, np.float32(-np.inf), scores)
        return sum(width >= widths[0] / 2 for width in widths)

    def _look(self, image: UInt8[np.ndarray, "height width 3"]) -> tuple[np.ndarray, np.ndarray]:
        """The detector's answer to a whole image: boxes (896, 16), scores (896,)."""
        height, width = image.shape[:2]
        whole = Region(width / 2 + _NUDGE_PX, height / 2 + _NUDGE_PX, max(height, width), 0.0)
        crop = sample_square(image, whole, _DETECTOR_SIDE, is_black_outside=True)
        x = crop[None] / np.float32(127.5) - np.float32(1)
        boxes, scores = self._detector.run(["boxes", "scores"], {"input": x})
        return boxes[0], scores[0, :, 0]

    def _detect(self, image: UInt8[np.ndarray, "height width 3"]) -> Region | None:
        found = merge_boxes(*self._look(image))
        if found is None:
            return None
        height, width = image.shape[:2]
        side = max(height, width)
        (low, high), (right_eye, left_eye) = found
        centre = (low + high) / 2 - 0.5
        along = left_eye - right_eye
        return Region(
            width / 2 + side * centre[0],
            height / 2 + side * centre[1],
            _ENLARGE * side * float((high - low).max()),
            float(np.arctan2(along[1], along[0])),
        )

    def _locate(
        self, image: UInt8[np.ndarray, "height width 3"], region: Region
    ) -> Float32[np.ndarray, "478 3"] | None:
        crop = sample_square(image, region, _LANDMARKS_SIDE) * np.float32(1 / 255)
        points = self._run(crop)
        if points is None:
            return None
        if self._mirrored:
            turned = self._run(np.ascontiguousarray(crop[:, :, ::-1]))
            if turned is not None:
                turned = turned[self._mirror]
                turned[:, 0] = _LANDMARKS_SIDE - turned[:, 0]
                points = (points + turned) / 2
        unit = points / _LANDMARKS_SIDE - np.array([0.5, 0.5, 0.0])
        cos, sin = np.cos(region.angle), np.sin(region.angle)
        x = region.x + region.side * (cos * unit[:, 0] - sin * unit[:, 1])
        y = region.y + region.side * (sin * unit[:, 0] + cos * unit[:, 1])
        return np.stack([x, y, region.side * unit[:, 2]], axis=1).astype(np.float32)

    def _run(self, crop: np.ndarray) -> np.ndarray | None:
        points, presence = self._model.run(["points", "presence"], {"input": crop[None]})
        return points if presence[0] > 0 else None  # a logit: 0 is a score of one half


def track_points(
    images: Iterable[UInt8[np.ndarray, "height width 3"]], landmarker: FaceLandmarker
) -> Iterator[Float32[np.ndarray, "478 3"] | None]:
    """Points of each image of a film, in order; None where no face is seen."""
    state = landmarker.init_state()
    for image in images:
        points, state = landmarker.step(image, state)
        yield points


def merge_boxes(
    boxes: Float32[np.ndarray, "anchors 16"],
    scores: Float32[np.ndarray, " anchors"],
    *,
    min_score: float = _MIN_SCORE,
) -> tuple[np.ndarray, np.ndarray] | None:
    """The best face among the detector's answers: the score-weighted mean of boxes that overlap.

    Args:
        boxes: (896, 16) per anchor, in pixels of the input: centre offset, size, six key points.
        scores: (896,) logits.
        min_score: least score, in (0, 1).

    Returns:
        The box's low and high corner (2, 2) and the owner's right and left eye (2, 2), as shares
        of the input's side; or None where no score is high enough.
    """
    keep = np.flatnonzero(scores >= np.log(min_score / (1 - min_score)))
    if not len(keep):
        return None
    score = 1 / (1 + np.exp(-scores[keep].clip(-80, 80)))
    anchor, box = _ANCHORS[keep], boxes[keep] / _DETECTOR_SIDE
    low = anchor + box[:, :2] - box[:, 2:4] / 2
    high = anchor + box[:, :2] + box[:, 2:4] / 2
    best = score.argmax()
    shared = (np.minimum(high, high[best]) - np.maximum(low, low[best])).clip(0).prod(axis=1)
    area = (high - low).prod(axis=1)
    overlap = shared / (area + area[best] - shared)
    weight = np.where(overlap > _MIN_OVERLAP, score, 0)
    weight /= weight.sum()
    eyes = (box[:, 4:8].reshape(-1, 2, 2) + anchor[:, None]).transpose(1, 0, 2)  # (2, n, 2)
    return np.stack([weight @ low, weight @ high]), weight @ eyes


def sample_square(
    image: UInt8[np.ndarray, "height width 3"],
    region: Region,
    n: int,
    *,
    is_black_outside: bool = False,
) -> Float32[np.ndarray, "3 n n"]:
    """Samples a turned square bilinearly, rounded to whole numbers 0..255.

    Sample (0, 0) is the square's very corner, without half a pixel. Outside the image its edge
    pixels go on, or black.

    Source: what OpenCV 4's warpPerspective gives inside MediaPipe.
    """
    at = (np.arange(n) / n - 0.5) * region.side * _SUBPIXELS
    cos, sin = np.cos(region.angle), np.sin(region.angle)
    x = (region.x * _SUBPIXELS + cos * at)[None, :] - (sin * at)[:, None]
    y = (region.y * _SUBPIXELS + sin * at)[None, :] + (cos * at)[:, None]
    x, y = np.rint(x).astype(np.int32).ravel(), np.rint(y).astype(np.int32).ravel()  # (n · n,)
    x_share = (x % _SUBPIXELS).astype(np.float32) / _SUBPIXELS
    y_share = (y % _SUBPIXELS).astype(np.float32) / _SUBPIXELS
    x //= _SUBPIXELS
    y //= _SUBPIXELS
    columns, rows = (int(x.min()), int(x.max()) + 2), (int(y.min()), int(y.max()) + 2)
    part = _cut(image, *columns, *rows, is_black_outside)
    stride = part.shape[1]
    corner = (y - rows[0]) * stride + (x - columns[0])
    sampled = np.empty((3, n * n), np.float32)
    for channel in range(3):
        pixels = part[:, :, channel].astype(np.float32).ravel()
        above = _blend(pixels.take(corner), pixels.take(corner + 1), x_share)
        corner_below = corner + stride
        below = _blend(pixels.take(corner_below), pixels.take(corner_below + 1), x_share)
        np.floor(_blend(above, below, y_share) + np.float32(0.5), out=sampled[channel])
    return sampled.reshape(3, n, n)


def _blend(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """first + share · (second − first), in the memory of its arguments."""
    second -= first
    second *= share
    first += second
    return first


def _cut(
    image: np.ndarray, left: int, right: int, top: int, bottom: int, is_black_outside: bool
) -> np.ndarray:
    """The rectangle [top, bottom) × [left, right), with its edge or black beyond the image."""
    height, width = image.shape[:2]
    inner_top, inner_bottom = max(top, 0), min(bottom, height)
    inner_left, inner_right = max(left, 0), min(right, width)
    beyond = (
        (inner_top - top, bottom - inner_bottom),
        (inner_left - left, right - inner_right),
        (0, 0),
    )
    part = image[inner_top:inner_bottom, inner_left:inner_right]
    if not any(map(any, beyond)):
        return part
    return np.pad(part, beyond, mode="constant" if is_black_outside else "edge")


def _holds_centre(image: np.ndarray, region: Region) -> bool:
    height, width = image.shape[:2]
    return 0 <= region.x < width and 0 <= region.y < height


def _surround(points: Float32[np.ndarray, "478 3"]) -> Region:
    """The next image's region: an upright box round all points, turned by the eyes."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    along = points[_LEFT_EYE] - points[_RIGHT_EYE]
    x, y = (low + high) / 2
    side = _ENLARGE * float((high - low).max())
    return Region(float(x), float(y), side, float(np.arctan2(along[1], along[0])))


def _make_anchors() -> Float32[np.ndarray, "896 2"]:
    """Centres of the detector's anchors: 2 on each of 16 × 16 cells, 6 on each of 8 × 8."""
    grids = []
    for n_cells, n_anchors in ((16, 2), (8, 6)):
        middle = (np.arange(n_cells) + 0.5) / n_cells
        cells = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        grids.append(cells.repeat(n_anchors, axis=0))
    return np.concatenate(grids).astype(np.float32)


_ANCHORS: Final = _make_anchors()
