"""Faces: Command in, moving skin out; the simulated body, and a mock. See `base.Face`."""

from .base import CameraSpec, Face, FaceSpec, Rule
from .changes import BodyChanges
from .description import list_faces, read_face_spec
from .faults import CameraFaults, Lens
from .limits import Limits
from .looks import DESIGNS, Looks, draw_looks
from .motors import MotorSpec, ServoSet
from .open import open_face, warm_up, watch_first_start
from .shape import Shape

__all__ = [
    "DESIGNS",
    "BodyChanges",
    "CameraFaults",
    "CameraSpec",
    "Face",
    "FaceSpec",
    "Lens",
    "Limits",
    "Looks",
    "MotorSpec",
    "Rule",
    "ServoSet",
    "Shape",
    "draw_looks",
    "list_faces",
    "open_face",
    "read_face_spec",
    "warm_up",
    "watch_first_start",
]
