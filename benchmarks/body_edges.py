"""Where the edges of the lips truly are in an image, at the places that the tracker's points name.

In: the drawn skin of a pose, projected. Out: 40 true places, in the order of `EDGE_POINTS`.

Outer edge: where the red begins (t = 1), or the lip's own contour where it hides that line. Inner
edge: the contour of each lip as the camera sees it, over all of its rolled surface; where the lips
meet or overlap, the line half-way. A point of the tracker stands for one column of the skin, the
same in all poses: the place on its edge that is nearest to it in the resting face, made the same on
both sides. So a constant offset along an edge costs nothing, one across it does.
"""

from dataclasses import dataclass

import numpy as np

from lipmotion.face.sim.camera import Camera
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.skin import N_RENDER_ANGLES, render_rows
from lipmotion.vision.measure import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER

_HALF = N_RENDER_ANGLES // 2  # column of the right corner; 0 is the left one
_ROWS = render_rows()
_LIP = slice(*np.searchsorted(_ROWS, [1 - 1e-9, 3.5]))  # all of a lip that a camera may see
_RED_EDGE = 0  # rows of a lip's slice
_TIP = int(np.argmin(np.abs(_ROWS[_LIP] - 2)))
_UPPER = np.arange(1, _HALF)
_LOWER = N_RENDER_ANGLES - _UPPER  # the column below
_STEPS = 20  # of a column, in which nearest places are sought

EDGES: dict[str, tuple[tuple[int, ...], bool, bool]] = {  # points, is outer, is upper
    "upper outer": (UPPER_OUTER, True, True),
    "lower outer": (LOWER_OUTER[1:-1], True, False),
    "upper inner": (UPPER_INNER, False, True),
    "lower inner": (LOWER_INNER[1:-1], False, False),
}
EDGE_POINTS = tuple(point for points, _, _ in EDGES.values() for point in points)


@dataclass(frozen=True)
class Edges:
    """Both edges of the lips in an image, px.

    Attributes:
        outer, inner: (columns, 2), columns as in `skin.py`.
    """

    outer: np.ndarray
    inner: np.ndarray

    def opening(self) -> np.ndarray:
        """Height of the opening over each column between the corners, px, from the left."""
        return self.inner[_LOWER, 1] - self.inner[_UPPER, 1]


def find_edges(camera: Camera, pose: HeadPose) -> Edges:
    """The true edges as this camera sees them; the head may be turned a little."""
    lip = pose.skin_vertices.reshape(N_RENDER_ANGLES, -1, 3)[:, _LIP]
    px = camera.project(lip.reshape(-1, 3), pose).reshape(*lip.shape[:2], 2).astype(float)
    inner = px[:, _TIP].copy()
    for columns, row in (
        (_UPPER, px[_UPPER, :, 1].argmax(1)),
        (_LOWER, px[_LOWER, :, 1].argmin(1)),
    ):
        inner[columns] = px[columns, row]
    meet = inner[_UPPER, 1] >= inner[_LOWER, 1]
    middle = (inner[_UPPER] + inner[_LOWER])[meet] / 2
    inner[_UPPER[meet]] = inner[_LOWER[meet]] = middle
    outer = px[:, _RED_EDGE].copy()
    outer[_UPPER, 1] = np.minimum(outer[_UPPER, 1], inner[_UPPER, 1])
    outer[_LOWER, 1] = np.maximum(outer[_LOWER, 1], inner[_LOWER, 1])
    return Edges(outer, inner)


def fit_columns(points: np.ndarray, rest: Edges) -> np.ndarray:
    """The column that each of EDGE_POINTS stands for, (40,), fractions of columns allowed.

    Args:
        points: (478, 3) px, the tracker's points of the resting face, head straight.
        rest: the edges of the same image.
    """
    columns = []
    for indices, is_outer, is_upper in EDGES.values():
        first, last = (_HALF, 0) if is_upper else (_HALF + 1, N_RENDER_ANGLES - 1)
        places = np.linspace(first, last, abs(last - first) * _STEPS + 1)
        edge = _sample(rest.outer if is_outer else rest.inner, places)
        apart = np.linalg.norm(points[list(indices), None, :2] - edge, axis=-1)
        column = places[apart.argmin(1)]
        mirrored = (_HALF if is_upper else 3 * _HALF) - column[::-1]
        columns.append((column + mirrored) / 2)
    return np.concatenate(columns)


def place_points(edges: Edges, columns: np.ndarray) -> np.ndarray:
    """True places of EDGE_POINTS, (40, 2) px."""
    ends = np.cumsum([len(indices) for indices, _, _ in EDGES.values()])
    parts = np.split(columns, ends[:-1])
    return np.concatenate([
        _sample(edges.outer if is_outer else edges.inner, part)
        for part, (_, is_outer, _) in zip(parts, EDGES.values(), strict=True)
    ])  # fmt: skip


def _sample(edge: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Places on an edge between its columns, (n, 2)."""
    first = np.floor(columns).astype(int)
    share = (columns - first)[:, None]
    n = len(edge)
    return (1 - share) * edge[first % n] + share * edge[(first + 1) % n]
