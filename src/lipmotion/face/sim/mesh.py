"""The simulated solid: one layer of tetrahedra between the outer and the inner side of the skin.

Nodes lie on N_ANGLES columns round the mouth and N_ROWS rows along the sheet (outer side from the
soft zone's rim to the lip, then back along the inner side), node = column · N_ROWS + row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64, Int32

from .surface import sample_surface

N_ANGLES: Final = 40
_SKIN_ROWS: Final = (1.0, 0.74, 0.53, 0.36, 0.23, 0.13, 0.06, 0.0)  # shares of the soft zone
_RED_ROWS: Final = (1.34, 1.63, 2.0)  # t of the rows on the red
N_OUTER: Final = len(_SKIN_ROWS) + len(_RED_ROWS)
N_ROWS: Final = 2 * N_OUTER


@dataclass(frozen=True)
class SoftMesh:
    """Rest shape of the solid.

    Attributes:
        rest: (N, 3) mm, head frame.
        tets: (E, 4) node numbers, positively oriented; every cell of the sheet is filled.
        columns, rows: (N,) place of each node on the sheet.
    """

    rest: Float64[np.ndarray, "nodes 3"]
    tets: Int32[np.ndarray, "tets 4"]
    columns: Int32[np.ndarray, " nodes"]
    rows: Int32[np.ndarray, " nodes"]


def build_mesh() -> SoftMesh:
    """Samples the surface and fills it with tetrahedra."""
    theta = sample_angles()
    rest = sample_surface(theta[:, None], sample_rows(theta)).reshape(-1, 3)
    columns, rows = np.divmod(np.arange(len(rest), dtype=np.int32), np.int32(N_ROWS))
    return SoftMesh(rest, _fill_with_tets(), columns, rows)


def sample_angles() -> Float64[np.ndarray, " columns"]:
    """theta of the columns, rad."""
    return np.arange(N_ANGLES) * (2 * np.pi / N_ANGLES)


def sample_rows(theta: Float64[np.ndarray, " columns"]) -> Float64[np.ndarray, "columns rows"]:
    """t of every node on some columns, rising along the sheet."""
    zone = _soft_zone(theta)[:, None]
    skin = 1 - np.array(_SKIN_ROWS) * zone
    red = np.broadcast_to(np.array(_RED_ROWS), (len(theta), len(_RED_ROWS)))
    outer = np.concatenate([skin, red], 1)
    return np.concatenate([outer, 5 - outer[:, ::-1]], 1)


def measure_volumes(
    nodes: Float64[np.ndarray, "nodes 3"], tets: Int32[np.ndarray, "tets 4"]
) -> Float64[np.ndarray, " tets"]:
    """Signed volumes, mm³."""
    edges = nodes[tets[:, 1:]] - nodes[tets[:, :1]]  # (E, 3, 3)
    return np.linalg.det(edges) / 6


def _soft_zone(theta: np.ndarray) -> np.ndarray:
    """Share of the way from the red to the outline that is simulated; less towards the nose."""
    s = np.sin(theta)
    return np.where(s > 1e-9, 0.72 - 0.42 * np.abs(s) ** 1.5, 0.74)


def _fill_with_tets() -> Int32[np.ndarray, "tets 4"]:
    """Five tets a cell, mirrored from cell to cell so that faces match; six beside the corners.

    At a corner of the mouth the slit and the red run along one line, so a cell there has area on
    one side of its diagonal only: both its faces take the diagonal that starts at the corner.
    """
    tets: list[tuple[int, ...]] = []
    beside_corner = (N_ANGLES - 1, 0, N_ANGLES // 2 - 1, N_ANGLES // 2)
    for column in range(N_ANGLES):
        left, right = column * N_ROWS, (column + 1) % N_ANGLES * N_ROWS
        for row in range(N_OUTER - 1):
            back = N_ROWS - 1 - row
            a, b, c, d = left + row, right + row, right + row + 1, left + row + 1
            e, f, g, h = left + back, right + back, right + back - 1, left + back - 1
            is_even = (column + row) % 2 == 0
            if column in beside_corner and row == N_OUTER - 2:
                if is_even:
                    tets += [(a, b, c, f), (a, c, g, f), (a, g, e, f)]
                    tets += [(a, c, d, h), (a, g, c, h), (a, e, g, h)]
                else:
                    tets += [(b, d, a, e), (b, h, d, e), (b, f, h, e)]
                    tets += [(b, d, g, c), (b, d, h, g), (b, h, f, g)]
            elif is_even:
                tets += [(a, b, c, f), (a, c, d, h), (a, f, h, e), (c, h, f, g), (a, c, h, f)]
            else:
                tets += [(b, a, e, d), (b, d, g, c), (b, e, f, g), (d, e, g, h), (b, d, e, g)]
    return np.array(tets, np.int32)[:, [0, 2, 1, 3]]
