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
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt8

from ..bundle import open_bundle
from .detect import (
    DETECTOR_SIDE,
    ENLARGE,
    SURE_SCORE,
    FoundFace,
    Region,
    find_regions,
    merge_boxes,
    place_region,
)

N_POINTS: Final = 478
BUNDLE: Final = Path(__file__).parents[1] / "bundles" / "face_landmarks"

_LANDMARKS_SIDE: Final = 192  # pixels of the landmarks model's input
_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners, the owner's
_NUDGE_PX: Final = 1e-5  # sends exact ties of the detector's sampling grid up, as MediaPipe does
_SUBPIXELS: Final = 32  # samples are taken on a grid of 1/32 pixel, as MediaPipe does


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
            found = merge_boxes(*self._look(image))
            region = None if found is None else place_region(found, *image.shape[:2])
        if region is None:
            return None, LandmarkState()
        points = self._locate(image, region)
        if points is None:
            return None, LandmarkState()
        return points, LandmarkState(_surround(points))

    def count_faces(self, image: UInt8[np.ndarray, "height width 3"]) -> int:
        """Faces in an image that are sure, and at least half as wide as the surest."""
        sides = [face.region.side for face in self.find_faces(image)]
        return sum(side >= sides[0] / 2 for side in sides)

    def find_faces(
        self, image: UInt8[np.ndarray, "height width 3"], *, min_score: float = SURE_SCORE
    ) -> list[FoundFace]:
        """Where the faces are, the surest first; `min_score` in (0, 1) is the least for each."""
        return list(find_regions(*self._look(image), *image.shape[:2], min_score=min_score))

    def _look(self, image: UInt8[np.ndarray, "height width 3"]) -> tuple[np.ndarray, np.ndarray]:
        """The detector's answer to a whole image: boxes (896, 16), scores (896,)."""
        height, width = image.shape[:2]
        whole = Region(width / 2 + _NUDGE_PX, height / 2 + _NUDGE_PX, max(height, width), 0.0)
        crop = sample_square(image, whole, DETECTOR_SIDE, is_black_outside=True)
        x = crop[None] / np.float32(127.5) - np.float32(1)
        boxes, scores = self._detector.run(["boxes", "scores"], {"input": x})
        return boxes[0], scores[0, :, 0]

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
    side = ENLARGE * float((high - low).max())
    return Region(float(x), float(y), side, float(np.arctan2(along[1], along[0])))
