"""The fine skin that is drawn, bound to the coarse solid that is simulated.

Vertices lie on N_RENDER_ANGLES angles and `render_rows()` rows of the surface, vertex = angle ·
rows + row. In the soft zone each vertex moves by a bicubic (Catmull-Rom) blend of the 4 × 4 nodes
around it on the sheet; outside, it follows the jaw by a fixed share.

Source: E. Catmull, R. Rom, "A class of local interpolating splines", 1974.
"""

from typing import Final, no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int32

from .mesh import N_ANGLES, N_ROWS, sample_rows
from .surface import sample_surface, turn_jaw, weigh_jaw

N_RENDER_ANGLES: Final = 160


def render_rows() -> Float64[np.ndarray, " rows"]:
    """t of the drawn rows: dense near the lips, coarse towards the outline."""
    parts = [
        np.linspace(0, 0.25, 9)[:-1],
        np.linspace(0.25, 0.62, 30)[:-1],
        np.linspace(0.62, 0.92, 24)[:-1],
        np.linspace(0.92, 1, 6)[:-1],
        np.linspace(1, 2, 13)[:-1],
        np.linspace(2, 3, 6)[:-1],
        np.linspace(3, 4, 6),
    ]
    return np.concatenate(parts)


def render_angles() -> Float64[np.ndarray, " angles"]:
    """theta of the drawn columns, rad."""
    return np.arange(N_RENDER_ANGLES) * (2 * np.pi / N_RENDER_ANGLES)


def render_triangles() -> Int32[np.ndarray, "triangles 3"]:
    """Triangles of the drawn skin, wound so that normals point away from the skin."""
    n_rows = len(render_rows())
    here = np.arange(N_RENDER_ANGLES)[:, None] * n_rows + np.arange(n_rows - 1)
    beside = np.roll(here, -1, axis=0)
    first = np.stack([here, beside, here + 1], -1).reshape(-1, 3)
    second = np.stack([here + 1, beside, beside + 1], -1).reshape(-1, 3)
    return np.concatenate([first, second]).astype(np.int32)


class Skin:
    """Moves the drawn skin with the solid.

    Attributes:
        rest: (V, 3) mm, the drawn skin at rest.
    """

    def __init__(self, solid_rest: Float64[np.ndarray, "nodes 3"]) -> None:
        theta, t = render_angles(), render_rows()
        self.rest = sample_surface(theta[:, None], t[None, :]).reshape(-1, 3)
        self._solid_rest = solid_rest
        self._nodes, self._weights, is_soft = _bind(theta, t)
        share = np.where(is_soft, 0.0, weigh_jaw(self.rest))
        self._with_jaw = np.flatnonzero(share)
        self._jaw_share = share[self._with_jaw, None]

    def place(
        self, nodes: Float64[np.ndarray, "nodes 3"], jaw_rad: float
    ) -> Float64[np.ndarray, "vertices 3"]:
        """The drawn skin for a state of the solid, (V, 3) mm."""
        placed = self.rest.copy()
        riding = self.rest[self._with_jaw]
        placed[self._with_jaw] += self._jaw_share * (turn_jaw(riding, jaw_rad) - riding)
        _add_blend(placed, nodes - self._solid_rest, self._nodes, self._weights)
        return placed


def _bind(theta: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes (V, 16), weights (V, 16) and which vertices lie in the soft zone (V,)."""
    at_column = theta / (2 * np.pi) * N_ANGLES
    column = np.floor(at_column).astype(int)
    solid_rows = sample_rows(theta)  # (angles, N_ROWS)
    at_row = np.stack([np.interp(t, own, np.arange(N_ROWS)) for own in solid_rows])
    row = np.minimum(at_row.astype(int), N_ROWS - 2)
    is_soft = t >= solid_rows[:, :1] - 1e-9
    near = np.arange(-1, 3)
    columns = (column[:, None] + near) % N_ANGLES  # (angles, 4)
    rows = np.clip(row[..., None] + near, 0, N_ROWS - 1)  # (angles, rows, 4)
    nodes = columns[:, None, :, None] * N_ROWS + rows[:, :, None, :]
    column_weights = _blend(at_column - column)
    row_weights = _blend(at_row - row)
    weights = column_weights[:, None, :, None] * row_weights[:, :, None, :]
    weights = weights * is_soft[:, :, None, None]
    n_vertices = is_soft.size
    return (
        nodes.reshape(n_vertices, 16).astype(np.int32),
        weights.reshape(n_vertices, 16),
        is_soft.reshape(-1),
    )


def _blend(u: np.ndarray) -> np.ndarray:
    """Catmull-Rom weights of the four neighbours, (..., 4), for 0 <= u <= 1."""
    u2, u3 = u * u, u * u * u
    return 0.5 * np.stack([-u + 2 * u2 - u3, 2 - 5 * u2 + 3 * u3, u + 4 * u2 - 3 * u3, u3 - u2], -1)


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _add_blend(
    placed: np.ndarray, moved: np.ndarray, nodes: np.ndarray, weights: np.ndarray
) -> None:
    for v in range(nodes.shape[0]):
        if weights[v, 5] == 0.0:
            continue
        x = y = z = 0.0
        for k in range(16):
            w = weights[v, k]
            n = nodes[v, k]
            x += w * moved[n, 0]
            y += w * moved[n, 1]
            z += w * moved[n, 2]
        placed[v, 0] += x
        placed[v, 1] += y
        placed[v, 2] += z
