"""Compiles the simulated face once, in steps that can be shown; later starts only load.

In: a face description. Out: numba's cache on disk, about half a minute of work the first time.
"""

from collections.abc import Callable
from typing import Final

from ..base import FaceSpec
from .face import SimFace

_N_STEPS: Final = 4


def warm_up(spec: FaceSpec, progress: Callable[[int, int | None], None]) -> None:
    """Runs every kernel of the body and the camera once.

    Args:
        spec: a face that the simulator can move.
        progress: called with steps done and steps in all.
    """
    progress(0, _N_STEPS)
    with SimFace(spec) as face:  # the body's step
        progress(1, _N_STEPS)
        face.pose()  # the fine skin
        progress(2, _N_STEPS)
        face.look()  # the camera
        progress(3, _N_STEPS)
        face.truth()  # the measures
    progress(_N_STEPS, _N_STEPS)
