"""Parts of the head: grid-shaped meshes with marks and a material, and simple shapes to make them.

Head frame of `pose.py`, mm. A grid has columns i and rows j, vertex = i · rows + j; it is wound so
that (next column) x (next row) points out of the body.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int32

from ..looks import Colour, to_linear

HEAD: Final = "head"  # fixed to the head
JAW: Final = "jaw"  # rides the jaw
MOVED: Final = "moved"  # placed anew for each pose
NECK: Final = "neck"  # bends between body and head


@dataclass(frozen=True)
class Part:
    """One grid-shaped mesh.

    Attributes:
        name: what it is, unique.
        material: name of its material in `head.py`.
        carrier: what moves it: HEAD, JAW, NECK or MOVED.
        points: (n, m, 3) mm.
        marks: (n, m, 4), meaning by material, see `tables.py`.
        is_ring: the last column joins the first.
    """

    name: str
    material: str
    carrier: str
    points: Float[np.ndarray, "columns rows 3"]
    marks: Float[np.ndarray, "columns rows 4"]
    is_ring: bool

    def triangles(self) -> Int32[np.ndarray, "triangles 3"]:
        """Vertex numbers within the part."""
        n, m = self.points.shape[:2]
        column = np.arange(n if self.is_ring else n - 1)[:, None]
        here = column * m + np.arange(m - 1)
        beside = (column + 1) % n * m + np.arange(m - 1)
        first = np.stack([here, beside, here + 1], -1).reshape(-1, 3)
        second = np.stack([here + 1, beside, beside + 1], -1).reshape(-1, 3)
        return np.concatenate([first, second]).astype(np.int32)


def face_outwards(part: Part, centre: tuple[float, float, float]) -> Part:
    """The part with its columns turned round if it faces `centre` instead of away from it."""
    p = part.points
    along, across = np.gradient(p, axis=0)[1:-1], np.gradient(p, axis=1)[1:-1]
    away = p[1:-1] - np.array(centre)
    if np.sum(np.cross(along, across) * away) >= 0:
        return part
    return replace(part, points=p[::-1], marks=part.marks[::-1])


def colour_marks(
    shape: tuple[int, int], colour: Colour, shade: Float[np.ndarray, "..."] | float = 1.0
) -> Float32[np.ndarray, "columns rows 4"]:
    """Marks of one colour with a shade (broadcast) in the last column."""
    marks = np.empty((*shape, 4), np.float32)
    marks[..., :3] = to_linear(colour)
    marks[..., 3] = shade
    return marks


def turn_profile(profile: list[tuple[float, float]], n: int) -> Float[np.ndarray, "columns rows 3"]:
    """A profile of (height, radius) turned round the y axis, (n, len(profile), 3)."""
    angle = np.arange(n)[:, None] * (2 * np.pi / n)
    height, radius = np.array(profile, float).T
    return np.stack(
        [
            radius * np.sin(angle),
            np.broadcast_to(height, (n, len(profile))),
            radius * np.cos(angle),
        ],
        -1,
    )


def make_ball(
    centre: tuple[float, float, float], radii: tuple[float, float, float], n: int, m: int
) -> Float[np.ndarray, "columns rows 3"]:
    """An ellipsoid about the z axis, (n, m, 3)."""
    around = np.arange(n)[:, None] * (2 * np.pi / n)
    polar = np.linspace(0, np.pi, m)
    direction = np.stack(
        [
            np.sin(polar) * np.cos(around),
            np.sin(polar) * np.sin(around),
            np.cos(polar) + 0 * around,
        ],
        -1,
    )
    return np.array(centre) + np.array(radii) * direction
