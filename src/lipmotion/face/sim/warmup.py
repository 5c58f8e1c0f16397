"""Compiles the simulated face once; later starts only load.

In: a face description. Out: numba's cache on disk, 15 to 30 s of one core the first time.
"""

from ..base import FaceSpec
from .face import SimFace


def warm_up(spec: FaceSpec) -> None:
    """Runs every kernel of the body and the cameras once; `compiling.py` tells how far it is.

    The truth, for scoring only, takes another second when it is asked for the first time.
    """
    with SimFace(spec) as face:
        face.look()  # the fine skin and the camera; all cameras share their kernels
