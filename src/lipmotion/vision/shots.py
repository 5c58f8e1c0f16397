"""Images one after another → where a new shot begins, and which images only repeat the one before.

A cut changes nearly all of the picture at once: far more than the images before it changed, and
more than a head that turns can. Fades and dissolves are not found; there the tracker loses the
face.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from jaxtyping import UInt8

_SIDE: Final = 24  # the picture is compared on a grid of about so many points a side
_LEAST_CHANGE: Final = 20.0  # of 255, mean over the grid
_TIMES_USUAL: Final = 3.0  # a cut against the median change of the images before
_MEMORY: Final = 12  # images


@dataclass(frozen=True)
class ShotState:
    """What is remembered of the images before.

    Attributes:
        grid: the last image on the grid, or None before the first.
        image: the last image.
        changes: mean change of each of the last images.
    """

    grid: np.ndarray | None = None
    image: np.ndarray | None = None
    changes: tuple[float, ...] = field(default=())


def find_cut(
    image: UInt8[np.ndarray, "height width 3"], state: ShotState
) -> tuple[float, bool, bool, ShotState]:
    """Compares an image with those before it.

    Returns:
        The mean change in [0, 255], whether a new shot begins with it, whether it is the last image
        again, bit by bit, and the state for the next. The first image of a film begins no new shot.
    """
    step = max(1, min(image.shape[:2]) // _SIDE)
    grid = image[step // 2 :: step, step // 2 :: step, 1].astype(np.float32)
    if state.grid is None or state.image is None or state.grid.shape != grid.shape:
        return 0.0, False, False, ShotState(grid, image)
    change = float(np.abs(grid - state.grid).mean())
    if not change and np.array_equal(image, state.image):
        return 0.0, False, True, state
    usual = float(np.median(state.changes)) if state.changes else 0.0
    is_cut = change > max(_LEAST_CHANGE, _TIMES_USUAL * usual)
    changes = () if is_cut else (*state.changes[1 - _MEMORY :], change)
    return change, is_cut, False, ShotState(grid, image, changes)
