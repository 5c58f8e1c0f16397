"""FaceTruth: what the simulated mouth really does, in mm and N. It may score, never teach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64

from ..shape import EMO, Shape
from .body import Moving
from .contact import FIRST_NODE_ROW, LAST_NODE_ROW, find_lip_pairs
from .mesh import N_ANGLES, N_OUTER, N_ROWS, SoftMesh
from .pairs import Pairs, make_pairs, measure_gap
from .pose import HeadPose
from .skin import Skin

_HALF: Final = N_ANGLES // 2
_RED_ROW: Final = 7  # t = 1, the edge of the red
_TIP_ROW: Final = N_OUTER - 1  # t = 2, front of the touching face
_NEAR_MM: Final = 3.0  # nearer than this a gap is the signed distance to the other lip's skin


@dataclass(frozen=True)
class FaceTruth:
    """The mouth at one moment; head frame, left and right are the owner's.

    Attributes:
        gap_mm: (C,) signed gap between the lips per column, from the right corner to the left, the
            corners themselves left out; 0 = touching, negative = overlap of the numerics.
        opening_mm: (C,) height of the opening per column as seen from in front, at least 0; lips
            that stand before each other have a gap and no opening.
        width_mm: corner to corner.
        protrusion_mm: upper and lower lip forward of rest, at the middle.
        corner_height_mm: left and right corner above rest.
        jaw_rad: opening of the jaw.
        lip_force_n: sum of the forces that lip and lip press on each other with.
        teeth_force_n: sum of the forces of both lips on the teeth.
        bite_force_n: the share of it that the lower lip puts on the upper teeth, as in f and v.
        penetration_mm: (C,) how deep the lips overlap per column, at least 0.
        farthest_mm: greatest distance of any skin point from its rest, the head held still.
        lip_points_mm: (80, 3) edge of the red, then inner line, 40 each from the left corner over
            the upper lip and back below.
        lip_points_px: (80, 2) the same in the camera's image, x to the right, y down.
    """

    gap_mm: Float64[np.ndarray, " columns"]
    opening_mm: Float64[np.ndarray, " columns"]
    width_mm: float
    protrusion_mm: tuple[float, float]
    corner_height_mm: tuple[float, float]
    jaw_rad: float
    lip_force_n: float
    teeth_force_n: float
    bite_force_n: float
    penetration_mm: Float64[np.ndarray, " columns"]
    farthest_mm: float
    lip_points_mm: Float64[np.ndarray, "points 3"]
    lip_points_px: Float64[np.ndarray, "points 2"]

    @property
    def aperture_mm(self) -> float:
        """Height of the opening at the middle, as seen from in front."""
        return float(self.opening_mm[len(self.opening_mm) // 2])

    @property
    def sealed_share(self) -> float:
        """Share of the columns that are closed to 0.1 mm."""
        return float(np.mean(self.gap_mm <= 0.1))


def measure_gaps(x: Float64[np.ndarray, "nodes 3"]) -> Float64[np.ndarray, " columns"]:
    """Signed gap per column, mm, from the right corner to the left, corners left out.

    Within _NEAR_MM it is the least signed distance of the column's nodes to the other lip's skin;
    farther, the least distance between the two columns' nodes.
    """
    sheet = x.reshape(N_ANGLES, N_ROWS, 3)[:, FIRST_NODE_ROW : LAST_NODE_ROW + 1]
    upper, lower = sheet[1:_HALF], sheet[:-_HALF:-1][: _HALF - 1]  # left corner to right
    apart = np.linalg.norm(upper[:, :, None] - lower[:, None, :], axis=-1)
    gaps = apart.min((1, 2))
    pairs = make_pairs()
    nearest = np.full(_HALF - 1, np.inf)
    for p in range(find_lip_pairs(x, _NEAR_MM, np.empty_like(x), pairs, 0)):
        column = int(pairs.nodes[p, 0]) // N_ROWS
        place = min(column, N_ANGLES - column) - 1
        nearest[place] = min(nearest[place], measure_gap(x, pairs, p))
    return np.where(np.isfinite(nearest), nearest, gaps)[::-1].copy()


def measure_openings(x: Float64[np.ndarray, "nodes 3"]) -> Float64[np.ndarray, " columns"]:
    """Height of the opening per column as seen from in front, mm; columns as in `measure_gaps`."""
    height = x.reshape(N_ANGLES, N_ROWS, 3)[:, _RED_ROW : LAST_NODE_ROW + 1, 1]
    lowest, highest = height[1:_HALF].min(1), height[:-_HALF:-1].max(1)[: _HALF - 1]
    return (lowest - highest).clip(0)[::-1].copy()


def measure_truth(
    mesh: SoftMesh,
    moving: Moving,
    skin: Skin,
    pose: HeadPose,
    project: Callable[[Float64[np.ndarray, "points 3"]], np.ndarray],
    shape: Shape = EMO,
) -> FaceTruth:
    """Measures the body as it stands.

    Args:
        skin, pose: the fine skin at rest and now.
        project: points (n, 3) mm in the head frame → (n, 2) px in the camera's image.
        shape: the face's proportions; millimetres are those of this face.
    """
    x = shape.apply(moving.x)
    sheet = x.reshape(N_ANGLES, N_ROWS, 3)
    moved = sheet - shape.apply(mesh.rest).reshape(N_ANGLES, N_ROWS, 3)
    gaps = measure_gaps(x)
    top, bottom = N_ANGLES // 4, 3 * N_ANGLES // 4
    lips_n, teeth_n, bite_n = _sum_forces(moving.pairs, moving.counts)
    points = np.concatenate([sheet[:, _RED_ROW], sheet[:, _TIP_ROW]])
    strayed = shape.apply(pose.skin_vertices) - shape.apply(skin.rest)
    return FaceTruth(
        gap_mm=gaps,
        opening_mm=measure_openings(x),
        width_mm=float(sheet[0, _TIP_ROW, 0] - sheet[_HALF, _TIP_ROW, 0]),
        protrusion_mm=(float(moved[top, _TIP_ROW, 2]), float(moved[bottom, _TIP_ROW, 2])),
        corner_height_mm=(float(moved[0, _TIP_ROW, 1]), float(moved[_HALF, _TIP_ROW, 1])),
        jaw_rad=pose.jaw_rad,
        lip_force_n=lips_n,
        teeth_force_n=teeth_n,
        bite_force_n=bite_n,
        penetration_mm=np.maximum(0.0, -gaps),
        farthest_mm=float(np.linalg.norm(strayed, axis=1).max()),
        lip_points_mm=points,
        lip_points_px=np.asarray(project(points), float),
    )


def _sum_forces(pairs: Pairs, counts: np.ndarray) -> tuple[float, float, float]:
    """Forces between the lips, on the teeth, and of the lower lip on the upper teeth, N."""
    n_lips, n_all = int(counts[0]), int(counts[1])
    on_teeth = pairs.forces[n_lips:n_all]
    is_lower_lip = pairs.nodes[n_lips:n_all, 0] // N_ROWS > _HALF
    is_upper_arch = pairs.nodes[n_lips:n_all, 1] == 0
    return (
        float(pairs.forces[:n_lips].sum()) / 1000,
        float(on_teeth.sum()) / 1000,
        float(on_teeth[is_lower_lip & is_upper_arch].sum()) / 1000,
    )
