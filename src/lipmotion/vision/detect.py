"""The face detector's answer → where faces are in an image.

In: what MediaPipe's short-range detector answers to a square of 128 × 128 pixels that holds the
whole image: 896 boxes and scores. Out: regions, turned squares in pixels of the image, in which the
landmarks model looks.

Source: MediaPipe 0.10.21, face detection: its anchors, thresholds and rules, written anew.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float32

DETECTOR_SIDE: Final = 128  # pixels of the detector's input
ENLARGE: Final = 1.5  # side of a region over the long side of its box
MIN_SCORE: Final = 0.5
SURE_SCORE: Final = 0.75  # where faces are counted
_MIN_OVERLAP: Final = 0.3  # boxes that overlap the best one more than this are averaged with it


class Region(NamedTuple):
    """A turned square of an image: centre and side in pixels, angle in radians (clockwise)."""

    x: float
    y: float
    side: float
    angle: float


class FoundFace(NamedTuple):
    """A face: the detector's score in [0, 1], and where it is."""

    score: float
    region: Region


def merge_boxes(
    boxes: Float32[np.ndarray, "anchors 16"],
    scores: Float32[np.ndarray, " anchors"],
    *,
    min_score: float = MIN_SCORE,
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
    anchor, box = _ANCHORS[keep], boxes[keep] / DETECTOR_SIDE
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


def find_regions(
    boxes: Float32[np.ndarray, "anchors 16"],
    scores: Float32[np.ndarray, " anchors"],
    height: int,
    width: int,
    *,
    min_score: float,
) -> Iterator[FoundFace]:
    """Yields every face, the surest first."""
    while (found := merge_boxes(boxes, scores, min_score=min_score)) is not None:
        (low, high), _ = found
        middle = _ANCHORS + boxes[:, :2] / DETECTOR_SIDE
        is_same = ((middle > low) & (middle < high)).all(axis=1)
        score = 1 / (1 + float(np.exp(-scores.max().clip(-80, 80))))
        yield FoundFace(score, place_region(found, height, width))
        if not is_same.any():
            break
        scores = np.where(is_same, np.float32(-np.inf), scores)


def place_region(found: tuple[np.ndarray, np.ndarray], height: int, width: int) -> Region:
    """The region of a face found by `merge_boxes`, in pixels of the image."""
    side = max(height, width)
    (low, high), (right_eye, left_eye) = found
    centre = (low + high) / 2 - 0.5
    along = left_eye - right_eye
    return Region(
        width / 2 + side * float(centre[0]),
        height / 2 + side * float(centre[1]),
        ENLARGE * side * float((high - low).max()),
        float(np.arctan2(along[1], along[0])),
    )


def _make_anchors() -> Float32[np.ndarray, "896 2"]:
    """Centres of the detector's anchors: 2 on each of 16 × 16 cells, 6 on each of 8 × 8."""
    grids = []
    for n_cells, n_anchors in ((16, 2), (8, 6)):
        middle = (np.arange(n_cells) + 0.5) / n_cells
        cells = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        grids.append(cells.repeat(n_anchors, axis=0))
    return np.concatenate(grids).astype(np.float32)


_ANCHORS: Final = _make_anchors()
