"""Flesh: what the drawn skin adds to the simulated one. Proportions, brows, cheeks and folds.

In: resting points of the skin, then how the corners of the mouth moved and where the brow drives
are. Out: displacements in mm, head frame. Nothing here pushes back on the simulated body.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float

from .relief import interpolate_monotone, measure_depth, smoothstep
from .skin import N_RENDER_ANGLES, render_rows

# Height y and how much narrower the outline is drawn there than it is simulated, mm.
_NARROWER: Final = np.array(
    [(-70, 1), (-56, 5.0), (-40, 8.0), (-20, 8.8), (0, 7.5), (20, 4.5), (40, 2), (70, 1), (110, 0)],
    float,
)
_SHORTER_MM: Final = 11.5  # how much higher the chin is drawn
# Where each brow motor pulls the skin, on the owner's left: centre and reach in mm.
_BROW_PULLS: Final = {"inner": ((19.0, 83.0), (12.5, 13.0)), "outer": ((42.0, 85.0), (14.0, 13.0))}
# What a full smile does: centre and reach in mm, then displacement outwards, up and forward in mm.
_CHEEK_MOVES: Final = (
    ((39.0, 33.0), (15.0, 11.5), (1.4, 5.6, 8.0)),  # the ball of the cheek
    ((31.0, 46.0), (15.0, 5.0), (0.0, 2.2, 2.0)),  # below the eye
    ((47.0, 4.0), (11.0, 14.0), (0.8, 1.2, 1.6)),  # beside the corner
)
_SMILE_MM: Final = 10.0  # travel of a corner, up and 0.6 times outwards, that counts as full
_PLEAT_COLUMNS: Final = 18  # on either side of a corner
_SOFTER: Final = 6  # steps of a running mean over three columns
_SIDES: Final = (("left", 1.0, 0), ("right", -1.0, N_RENDER_ANGLES // 2))  # and the corner's column


def reshape_face(points_mm: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "... 3"]:
    """Resting points in the proportions that are drawn: a shorter, narrower lower face.

    Lips and what lies next to them stay: the tracker's and the body's measures are the same.
    """
    x, y = points_mm[..., 0], points_mm[..., 1]
    side = np.abs(x)
    narrow = interpolate_monotone(_NARROWER, np.clip(y, -70, 110)) * smoothstep(27, 60, side)
    chin = 0.16 * side * smoothstep(-18, -52, y)
    shaped = points_mm.copy()
    shaped[..., 0] -= np.sign(x) * (narrow + chin)
    middle = 1 - 0.24 * smoothstep(2, 34, side) + 0.07 * np.exp(-((side / 15) ** 2))
    shaped[..., 1] += _SHORTER_MM * middle * smoothstep(-15, -64, y)
    return shaped


class Flesh:
    """Moves the drawn skin beyond the simulated body.

    Args:
        rest: (V, 3) mm, the simulated skin at rest, angle-major.
    """

    def __init__(self, rest: Float[np.ndarray, "vertices 3"]) -> None:
        rows = render_rows()
        t = np.tile(rows, N_RENDER_ANGLES)
        self._shape = (reshape_face(rest) - rest).astype(np.float32)
        self._brows = _weigh_brows(rest, t)
        self._cheeks = {side: _weigh_cheek(rest, t, sign) for side, sign, _ in _SIDES}
        edge = int(np.argmin(np.abs(rows - 1)))
        self._corners = {side: column * len(rows) + edge for side, _, column in _SIDES}
        columns, beside, self._even, self._pleat_share = _find_pleats(rows)
        self._pleats = columns, beside
        grid = rest.reshape(N_RENDER_ANGLES, -1, 3)
        self._pleat_rest = grid[columns, beside].astype(np.float32)
        self._corner_rest = {side: rest[k] for side, k in self._corners.items()}

    def measure_smiles(self, skin: Float[np.ndarray, "vertices 3"]) -> dict[str, float]:
        """How far each corner of the moved skin smiles, -0.5 (drawn in or down) to 1.2 (full)."""
        smiles = {}
        for side, sign, _ in _SIDES:
            moved = skin[self._corners[side]] - self._corner_rest[side]
            smiles[side] = float(np.clip((moved[1] + 0.6 * sign * moved[0]) / _SMILE_MM, -0.5, 1.2))
        return smiles

    def move(
        self,
        skin: Float[np.ndarray, "vertices 3"],
        marks: Float[np.ndarray, "all 4"],
        smiles: Mapping[str, float],
        drives: Mapping[str, float],
    ) -> None:
        """Moves float32 skin (V, 3), and writes the shade of its first V marks."""
        self._soften(skin)
        skin += self._shape
        for side, smile in smiles.items():
            vertices, move, groove = self._cheeks[side]
            share = np.float32(smile if smile > 0 else 0.6 * smile)
            skin[vertices] += share * move
            marks[vertices, 3] = 1 - np.float32(max(0.0, smile)) * groove
        for name, (vertices, weights) in self._brows.items():
            skin[vertices] += np.float32(drives[f"brow_{name}"]) * weights

    def _soften(self, skin: Float[np.ndarray, "vertices 3"]) -> None:
        """Evens out, across, how the skin beside the corners moved: thick skin pleats less."""
        columns, rows = self._pleats
        near = skin.reshape(N_RENDER_ANGLES, -1, 3)[columns, rows]
        moved = (near - self._pleat_rest).reshape(2, len(self._pleat_share), -1)
        shift = (self._even @ moved).reshape(2, *self._pleat_share.shape[:2], 3)
        near += (shift * self._pleat_share).reshape(near.shape)
        skin.reshape(N_RENDER_ANGLES, -1, 3)[columns, rows] = near


def _find_pleats(rows: np.ndarray) -> tuple[np.ndarray, slice, np.ndarray, np.ndarray]:
    """Beside both corners: columns (2 n,), rows, what evens them out (n, n), and by what share."""
    near = np.arange(-_PLEAT_COLUMNS, _PLEAT_COLUMNS + 1)
    mean = np.zeros((len(near), len(near)))
    inner = np.arange(1, len(near) - 1)
    mean[[0, -1], [0, -1]] = 1
    mean[inner, inner], mean[inner, inner - 1], mean[inner, inner + 1] = 0.5, 0.25, 0.25
    even = (np.linalg.matrix_power(mean, _SOFTER) - np.eye(len(near))).astype(np.float32)
    first, last = np.searchsorted(rows, [0.6, 0.995])
    along = smoothstep(0.6, 0.75, rows[first:last]) * smoothstep(0.995, 0.95, rows[first:last])
    away = np.abs(near).astype(float)
    share = smoothstep(_PLEAT_COLUMNS, _PLEAT_COLUMNS - 8, away)[:, None] * along
    columns = np.concatenate([column + near for _, _, column in _SIDES]) % N_RENDER_ANGLES
    return columns, slice(int(first), int(last)), even, share[..., None].astype(np.float32)


def _weigh_cheek(
    rest: np.ndarray, t: np.ndarray, sign: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices that a smile moves, mm (n, 3) at a full one, and how dark the fold gets (n,)."""
    x, y = sign * rest[:, 0], rest[:, 1]
    move = np.zeros((len(rest), 3))
    for (cx, cy), (wide, high), by in _CHEEK_MOVES:
        weight = np.exp(-(((x - cx) / wide) ** 2) - ((y - cy) / high) ** 2)
        move += weight[:, None] * (np.array(by) * (sign, 1, 1))
    along = smoothstep(32, 20, y) * smoothstep(-18, 4, y)
    down = 27.0 - y  # from the nose's wing, in a bow, round the corner of the mouth
    across = (x - 17.0 - (0.74 - 0.0058 * down) * down) * 0.87
    groove = np.exp(-((across / 3.4) ** 2)) * along
    move[:, 2] += along * 2.4 * np.exp(-(((across - 7.5) / 5.5) ** 2)) - 1.8 * groove
    hollow = groove + 0.5 * np.exp(-(((x - 33.0) / 14.0) ** 2) - ((y - 49.0) / 2.6) ** 2)
    ball = np.exp(-(((x - 39.0) / 11.0) ** 2) - ((y - 36.0) / 8.0) ** 2)
    bare = smoothstep(0.995, 0.94, t) * (t < 1)  # the red of the lips is the body's alone
    move *= bare[:, None]
    vertices = np.flatnonzero((np.abs(move).max(1) > 0.12) & (x > 0))
    return (
        vertices,
        move[vertices].astype(np.float32),
        ((0.23 * hollow - 0.13 * ball) * bare)[vertices],
    )


def _weigh_brows(rest: np.ndarray, t: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each brow motor: skin vertices and their displacement per mm, along the relief."""
    pulls = {}
    slope = measure_depth(rest[:, 0], rest[:, 1] + 0.5) - measure_depth(
        rest[:, 0], rest[:, 1] - 0.5
    )  # mm of depth per mm of height
    for side, sign, _ in _SIDES:
        for end, ((x, y), (wide, high)) in _BROW_PULLS.items():
            up = (rest[:, 1] - y) / np.where(rest[:, 1] > y, 1.2 * high, 0.8 * high)
            weight = np.exp(-(((sign * rest[:, 0] - x) / wide) ** 2) - up**2)
            vertices = np.flatnonzero((weight > 0.01) & (t < 1))
            pull = np.zeros((len(vertices), 3), np.float32)
            pull[:, 1] = weight[vertices]
            pull[:, 2] = weight[vertices] * np.clip(slope[vertices], -1.5, 1.5)
            pulls[f"{side}_{end}"] = (vertices, pull)
    return pulls
