"""Ring: lips that stand forward round a small opening leave what is behind them in the dark.

In: the moved skin. Out: how much of the light from in front comes in between the lips, and the
shade of the lips' own inner side. A point on the axis, `depth` behind a round hole of area A, sees
the hole as a share A / (A + pi depth^2) of all that a diffuse surface sees.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Float32

from .relief import smoothstep
from .skin import N_RENDER_ANGLES

_REACH_MM: Final = 3.0  # a lip counts as standing forward from here on
_TUBE: Final = 2.3  # how much less light comes in than into a hole: lips are thick and red
_INSIDE_T: Final = (1.15, 1.9)  # of a lip, along the sheet: from its front to its inner side


class Ring:
    """Light between the lips.

    Args:
        rest: (angles, rows, 3) mm, the resting skin.
        rows: t of its rows.
    """

    def __init__(
        self, rest: Float[np.ndarray, "angles rows 3"], rows: Float[np.ndarray, " rows"]
    ) -> None:
        self._rows = np.flatnonzero((rows > _INSIDE_T[0]) & (rows < 3.2))
        self._inward = smoothstep(*_INSIDE_T, rows[self._rows])
        self._edge = int(np.argmin(np.abs(rows - 2.0)))
        self._shape = rest.shape
        self._front = np.arange(-8, 9) + N_RENDER_ANGLES // 4  # of the upper lip; lower: + half
        self._rest_z = rest[self._front, self._edge, 2].mean()

    def shade(
        self, skin: Float32[np.ndarray, "vertices 3"], marks: Float32[np.ndarray, "vertices 4"]
    ) -> float:
        """Share of light that comes in, 0 to 1; writes the shade of the lips' inner side."""
        half = N_RENDER_ANGLES // 2
        lips = skin.reshape(self._shape)
        edge = lips[:, self._edge]
        upper, lower = edge[half::-1], edge[half + np.arange(half + 1) - N_RENDER_ANGLES]
        x = (upper[:, 0] + lower[:, 0]) / 2
        gap = np.maximum(0, upper[:, 1] - lower[:, 1] - 0.3)
        area = float(np.sum((gap[1:] + gap[:-1]) / 2 * np.abs(np.diff(x)))) + 1e-3
        forward = float(edge[self._front, 2].mean() + edge[self._front + half, 2].mean()) / 2
        depth = max(0.0, forward - float(self._rest_z) - _REACH_MM) * _TUBE
        share = area / (area + np.pi * depth**2)
        inner = marks.reshape(*self._shape[:2], 4)[:, self._rows, 3]
        if depth == 0:
            inner[:] = 1
        else:
            middle = float((gap * x).sum() / (gap.sum() + 1e-3))
            height = float((gap * (upper[:, 1] + lower[:, 1])).sum() / (2 * gap.sum() + 1e-3))
            radius = 1.1 * np.sqrt(area / np.pi) + 0.5
            ring = lips[:, self._rows]
            away = np.hypot(ring[..., 0] - middle, ring[..., 1] - height) / radius
            inner[:] = 1 - (1 - share) * self._inward * smoothstep(1.75, 0.95, away)
        marks.reshape(*self._shape[:2], 4)[:, self._rows, 3] = inner
        return share
