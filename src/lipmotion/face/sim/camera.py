"""Cameras: `HeadPose` in, images out. One sees what the mirror shows, one takes the portrait.

Images are as another person sees the face: the owner's left is on the image's right. The camera and
the lamps stand still in the world; the neck's motors turn the head before them. World frame = head
frame of the resting head, mm.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, UInt8

from . import raster
from . import shade as sh
from .head import Head, turn_head
from .looks import Looks, bake_skin, to_linear
from .pose import HeadPose
from .shell import NECK_PIVOT_MM

_BAND_ROWS: Final = 64
_KNEE: Final = 0.62  # the tone curve bends from here up, so that bright places keep colour


@dataclass(frozen=True)
class View:
    """Where a camera stands and what it takes in.

    Attributes:
        centre_mm: world point in the middle of the image.
        distance_mm: from the plane z = 0 to the camera.
        height_mm: height of that plane that fits the image.
        texels_per_mm: fineness of the skin's texture.
        row_step: coarseness of the skin away from the mouth, see `Head`.
        edge_light: factor on the lamp behind the head.
    """

    centre_mm: tuple[float, float]
    distance_mm: float
    height_mm: float
    texels_per_mm: float
    row_step: int = 1
    edge_light: float = 1.0


MIRROR: Final = View((0.0, 28.0), 560.0, 222.0, 1.25, 2)
PORTRAIT: Final = View((0.0, 21.0), 760.0, 256.0, 2.5, edge_light=0.45)


class Camera:
    """A still camera with its lamps.

    Args:
        size_px: side of the square image.
        view: MIRROR, PORTRAIT or another.
        looks: colours of the head.
        exposure: factor on all light, 0.6 dim, 1 as designed, 1.5 bright.
        n_threads: threads that share one image.
    """

    def __init__(
        self,
        size_px: int,
        view: View = MIRROR,
        looks: Looks | None = None,
        exposure: float = 1.0,
        n_threads: int = 1,
    ) -> None:
        self.size_px, self.view, self.exposure = size_px, view, exposure
        self._head = Head(looks or Looks(), view.row_step)
        self._texture, self._texture_frame = bake_skin(self._head.looks, view.texels_per_mm)
        self._background = _paint_background(self._head.looks, size_px)
        self._curve = _make_curve()
        n_triangles = len(self._head.triangles)
        self._visible = np.empty(n_triangles, np.int32)
        self._rows = np.empty((n_triangles, 2), np.int32)
        self._bands = _cut_bands(size_px)
        shape = (max(end - first for first, end in self._bands), size_px, raster.N_SAMPLES)
        self._samples = [
            (np.empty(shape, np.float32), np.empty(shape, np.int32)) for _ in range(n_threads)
        ]
        self._pool = ThreadPoolExecutor(n_threads) if n_threads > 1 else None

    def render(self, pose: HeadPose) -> UInt8[np.ndarray, "size size 3"]:
        """The image of a head, RGB."""
        head = self._head
        points, normals, marks = head.place(pose)
        screen = np.empty_like(points)
        raster.project_points(points, self._find_view(pose).astype(np.float32), screen)
        n_visible = raster.list_visible(
            screen, head.triangles, self.size_px, self._visible, self._rows
        )
        lights = self._find_lights(pose)
        image = np.empty((self.size_px, self.size_px, 3), np.uint8)

        def draw(share: int) -> None:
            near, seen = self._samples[share]
            for band in self._bands[share :: len(self._samples)]:
                raster.cover(
                    screen, head.triangles, head.cuts, marks, head.opening, self._visible,
                    self._rows, n_visible, *band, near, seen,
                )  # fmt: skip
                sh.shade(
                    normals, marks, screen, head.triangles, head.parts, head.materials, lights,
                    self._texture, self._texture_frame, near, seen, self._background,
                    self.exposure, self._curve, *band, image,
                )  # fmt: skip

        if self._pool is None:
            draw(0)
        else:
            list(self._pool.map(draw, range(len(self._samples))))
        return image

    def project(
        self, points_mm: Float[np.ndarray, "points 3"], pose: HeadPose
    ) -> Float32[np.ndarray, "points 2"]:
        """Head-frame points to image places (x right, y down), px."""
        points = np.ascontiguousarray(points_mm, np.float32)
        screen = np.empty_like(points)
        raster.project_points(points, self._find_view(pose).astype(np.float32), screen)
        return screen[:, :2]

    def _find_view(self, pose: HeadPose) -> np.ndarray:
        """(3, 4) matrix of `raster.project_points` for a pose."""
        view, half = self.view, self.size_px / 2
        turn, pivot = turn_head(pose.motors), np.array(NECK_PIVOT_MM)
        world = np.concatenate([turn, (pivot - turn @ pivot)[:, None]], 1)
        focal = self.size_px * view.distance_mm / view.height_mm
        cx, cy = view.centre_mm
        camera = np.array(
            [
                [focal, 0, -half, half * view.distance_mm - focal * cx],
                [0, -focal, -half, half * view.distance_mm + focal * cy],
                [0, 0, -1, view.distance_mm],
            ]
        )
        return camera @ np.concatenate([world, [[0, 0, 0, 1]]])

    def _find_lights(self, pose: HeadPose) -> np.ndarray:
        """Table of `shade.py`, turned into the head frame."""
        turn = turn_head(pose.motors)
        lights = np.zeros((sh.N_LIGHT_ROWS, 3))
        for row, direction, colour in _LAMPS:
            lights[row] = turn.T @ (np.array(direction) / np.linalg.norm(direction))
            lights[row + 1] = colour
        lights[sh.RIM + 1] *= self.view.edge_light
        lights[sh.UP] = turn.T @ np.array([0.0, 1.0, 0.0])
        lights[sh.SKY], lights[sh.GROUND] = _SKY, _GROUND
        lights[sh.CAMERA] = turn.T @ np.array([0.0, 0.0, 1.0])
        for lamp, half in ((sh.KEY, sh.KEY_HALF), (sh.FILL, sh.FILL_HALF)):
            between = lights[lamp] + lights[sh.CAMERA]
            lights[half] = between / np.linalg.norm(between)
        looks = self._head.looks
        for row, colour in (
            (sh.LIPS, looks.lips), (sh.LIPS_INSIDE, looks.lips_inside), (sh.IRIS, looks.iris),
            (sh.SCLERA, looks.sclera), (sh.PUPIL, looks.pupil),
        ):  # fmt: skip
            lights[row] = to_linear(colour)
        return lights.astype(np.float32)


# Lamps of the room: row of the table, direction to the lamp, linear colour.
_LAMPS: Final = (
    (sh.KEY, (-0.42, 0.58, 0.72), (0.80, 0.755, 0.70)),
    (sh.FILL, (0.80, 0.12, 0.55), (0.20, 0.215, 0.24)),
    (sh.RIM, (0.55, 0.45, -0.55), (0.75, 0.80, 0.88)),
)
_SKY: Final = (0.27, 0.285, 0.30)
_GROUND: Final = (0.17, 0.15, 0.14)


def _paint_background(looks: Looks, size: int) -> Float32[np.ndarray, "size size 3"]:
    """A soft wall: lighter above, darker towards the corners; linear light."""
    y, x = np.mgrid[0:size, 0:size] / max(1, size - 1)
    top, bottom = to_linear(looks.background_top), to_linear(looks.background_bottom)
    wall = top + (bottom - top) * (y * y * (3 - 2 * y))[..., None]
    away = (x - 0.5) ** 2 + (y - 0.42) ** 2
    return (wall * (1.06 - 0.42 * away)[..., None]).astype(np.float32)


def _make_curve() -> UInt8[np.ndarray, " steps"]:
    """Linear light to sRGB bytes with a soft shoulder."""
    light = (np.arange(6 * sh.LUT_STEPS) + 0.5) / sh.LUT_STEPS
    room = 1 - _KNEE
    bent = np.where(light < _KNEE, light, _KNEE + room * (1 - np.exp(-(light - _KNEE) / room)))
    coded = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return np.clip(255 * coded + 0.5, 0, 255).astype(np.uint8)


def _cut_bands(size: int) -> list[tuple[int, int]]:
    """Bands of rows, small enough for their samples to stay in the processor's cache."""
    edges = np.linspace(0, size, -(-size // _BAND_ROWS) + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]
