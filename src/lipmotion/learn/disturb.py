"""What another camera, another lamp or a less sure tracker would do to a crop of the lips.

In: crops and a generator. Out: the same lips, as a batch of as many cameras would show them. An
encoder that learns to see through it need not be taught anew when a lamp is switched on.
"""

from math import log, pi
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

EXPOSURE: Final = (0.7, 1.4)
WHITE_BALANCE: Final = 0.08  # spread of each colour's gain
SHIFT_PX: Final = 1.5  # spread; what the tracker leaves of a camera that is knocked
TURN_DEG: Final = 1.5
SCALE: Final = 0.015
NOISE: Final = (0.0, 0.03)
BLUR_SHARE: Final = 0.5  # of the crops are out of focus, more or less


def disturb(
    crops: Float32[Tensor, "images 3 height width"], rng: np.random.Generator
) -> Float32[Tensor, "images 3 height width"]:
    """Moves, blurs, lights and roughens each crop in its own way; values stay in [0, 1]."""
    n, _, height, _ = crops.shape
    moved = F.grid_sample(
        crops,
        F.affine_grid(_draw_moves(n, height, rng), list(crops.shape), align_corners=False),
        padding_mode="border",
        align_corners=False,
    )
    share = rng.uniform(0, 1, (n, 1, 1, 1)) * (rng.random((n, 1, 1, 1)) < BLUR_SHARE)
    blurred = F.avg_pool2d(moved, 5, 1, 2, count_include_pad=False)
    moved = moved + _to_tensor(share) * (blurred - moved)
    gain = np.exp(rng.uniform(log(EXPOSURE[0]), log(EXPOSURE[1]), (n, 1, 1, 1)))
    gain = gain * np.exp(rng.normal(0, WHITE_BALANCE, (n, 3, 1, 1)))
    rough = torch.from_numpy(rng.standard_normal(tuple(crops.shape), np.float32))
    noise = rough * _to_tensor(rng.uniform(*NOISE, (n, 1, 1, 1)))
    return (moved * _to_tensor(gain) + noise).clamp(0, 1)


def _draw_moves(n: int, height: int, rng: np.random.Generator) -> Tensor:
    """(n, 2, 3) small turns, scales and shifts, as `affine_grid` takes them."""
    turn = rng.normal(0, TURN_DEG * pi / 180, n)
    scale = np.exp(rng.normal(0, SCALE, n))
    shift = rng.normal(0, SHIFT_PX * 2 / height, (n, 2))
    rows = np.stack(
        [
            np.stack([scale * np.cos(turn), -scale * np.sin(turn), shift[:, 0]], 1),
            np.stack([scale * np.sin(turn), scale * np.cos(turn), shift[:, 1]], 1),
        ],
        1,
    )
    return _to_tensor(rows)


def _to_tensor(x: np.ndarray) -> Tensor:
    return torch.from_numpy(x.astype(np.float32))
