"""Cameras: `HeadPose` in, images out. One sees what the mirror shows, one takes the portrait.

Images are as another person sees the face: the owner's left is on the image's right. The camera and
the lamps stand still in the world; the neck's motors turn the head before them. World frame = head
frame of the resting head, mm.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8

from ..looks import Looks, to_linear
from ..shape import EMO, Shape
from . import raster
from . import shade as sh
from . import tables as tb
from .fragments import make_fragments
from .head import Head, turn_head
from .paint import bake_skin
from .pose import HeadPose

_BAND_ROWS: Final = 32
TURN_Z_MM: Final = -40.0  # inside the head: a camera that goes round it keeps it in the middle
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
        turn_deg: how far round the head the camera stands, about the axis through TURN_Z_MM; + is
            towards the owner's left.
    """

    centre_mm: tuple[float, float]
    distance_mm: float
    height_mm: float
    texels_per_mm: float
    row_step: int = 1
    edge_light: float = 1.0
    turn_deg: float = 0.0

    @property
    def turn(self) -> Float64[np.ndarray, "3 3"]:
        """Rotation from the world to the camera's own axes."""
        cos, sin = np.cos(np.radians(self.turn_deg)), np.sin(np.radians(self.turn_deg))
        return np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])


MIRROR: Final = View((0.0, 28.0), 560.0, 222.0, 1.25, 2)
# A mirror at 45° beside the face shows it from the side. The way over it is longer.
SIDE: Final = View((0.0, 28.0), 700.0, 277.5, 1.25, 2, turn_deg=90.0)
PORTRAIT: Final = View((0.0, 21.0), 760.0, 256.0, 2.5, edge_light=0.45)


class Camera:
    """A still camera with its lamps.

    Args:
        size_px: side of the square image.
        view: MIRROR, PORTRAIT or another.
        looks: colours of the head.
        exposure: factor on all light, 0.6 dim, 1 as designed, 1.5 bright.
        n_threads: threads that share one image.
        shape: proportions of the head.
    """

    def __init__(
        self,
        size_px: int,
        view: View = MIRROR,
        looks: Looks | None = None,
        exposure: float = 1.0,
        n_threads: int = 1,
        shape: Shape = EMO,
    ) -> None:
        self.size_px, self.view, self.exposure = size_px, view, exposure
        self._head = Head(looks or Looks(), view.row_step, shape)
        head = self._head
        self._surfaces = sh.Surfaces(
            head.triangles, head.parts, head.materials, *_load_skin(head.looks, view.texels_per_mm)
        )
        self._film = _load_film(head.looks, size_px, exposure)
        n_numbers = _BAND_ROWS * raster.measure_stride(size_px)
        self._room = [
            (np.empty(n_numbers, np.float32), make_fragments(_BAND_ROWS * size_px))
            for _ in range(n_threads)
        ]
        self._pool = ThreadPoolExecutor(n_threads) if n_threads > 1 else None

    def render(self, pose: HeadPose) -> UInt8[np.ndarray, "size size 3"]:
        """The image of a head, RGB."""
        head, size = self._head, self.size_px
        points, normals, marks = head.place(pose)
        screen = np.empty_like(points)
        raster.project_points(points, self._find_view(pose).astype(np.float32), screen)
        visible, starts = raster.list_visible(screen, head.triangles, size, _BAND_ROWS)
        lights = self._find_lights(pose)
        image = np.empty((size * size, 3), np.uint8)

        def draw(share: int) -> None:
            samples, fragments = self._room[share]
            for band in range(share, len(starts) - 1, len(self._room)):
                rows = band * _BAND_ROWS, min((band + 1) * _BAND_ROWS, size)
                raster.cover(
                    screen, head.triangles, head.cuts, marks, head.opening,
                    visible[starts[band] : starts[band + 1]], size, *rows, samples,
                )  # fmt: skip
                sh.shade(
                    normals, marks, screen, self._surfaces, lights, self._film, samples, *rows,
                    fragments, image,
                )  # fmt: skip

        if self._pool is None:
            draw(0)
        else:
            list(self._pool.map(draw, range(len(self._room))))
        return image.reshape(size, size, 3)

    def project(
        self, points_mm: Float[np.ndarray, "points 3"], pose: HeadPose
    ) -> Float32[np.ndarray, "points 2"]:
        """Head-frame points of the shaped head to image places (x right, y down), px."""
        points = np.ascontiguousarray(points_mm, np.float32)
        screen = np.empty_like(points)
        raster.project_points(points, self._find_view(pose).astype(np.float32), screen)
        return screen[:, :2]

    def _find_view(self, pose: HeadPose) -> np.ndarray:
        """(3, 4) matrix of `raster.project_points` for a pose."""
        view, half = self.view, self.size_px / 2
        turn, pivot = turn_head(pose.drives), self._head.pivot_mm
        axis = np.array([0.0, 0.0, TURN_Z_MM])
        to_camera = view.turn @ turn
        world = np.concatenate(
            [to_camera, (view.turn @ (pivot - axis) + axis - to_camera @ pivot)[:, None]], 1
        )
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
        """Table of `tables.py`, turned into the head frame."""
        turn = turn_head(pose.drives)
        lights = np.zeros((tb.N_LIGHT_ROWS, 3))
        for row, direction, colour in _LAMPS:
            lights[row] = turn.T @ (np.array(direction) / np.linalg.norm(direction))
            lights[row + 1] = colour
        lights[tb.RIM + 1] *= self.view.edge_light
        lights[tb.UP] = turn.T @ np.array([0.0, 1.0, 0.0])
        lights[tb.SKY], lights[tb.GROUND] = _SKY, _GROUND
        lights[tb.CAMERA] = turn.T @ self.view.turn[2]
        for lamp, half in ((tb.KEY, tb.KEY_HALF), (tb.FILL, tb.FILL_HALF)):
            between = lights[lamp] + lights[tb.CAMERA]
            lights[half] = between / np.linalg.norm(between)
        looks = self._head.looks
        for row, colour in (
            (tb.LIPS, looks.lips), (tb.LIPS_INSIDE, looks.lips_inside), (tb.IRIS, looks.iris),
            (tb.SCLERA, looks.sclera), (tb.PUPIL, looks.pupil), (tb.HAIRS, looks.hair_colour),
        ):  # fmt: skip
            lights[row] = to_linear(colour)
        return lights.astype(np.float32)


# Lamps of the room: row of the table, direction to the lamp, linear colour.
_LAMPS: Final = (
    (tb.KEY, (-0.42, 0.58, 0.72), (0.80, 0.755, 0.70)),
    (tb.FILL, (0.80, 0.12, 0.55), (0.20, 0.215, 0.24)),
    (tb.RIM, (0.55, 0.45, -0.55), (0.75, 0.80, 0.88)),
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


def _load_skin(
    looks: Looks, texels_per_mm: float
) -> tuple[Float32[np.ndarray, "rows columns 8"], Float32[np.ndarray, "3"]]:
    """Texture of the skin and its frame, as `shade.Surfaces` has them."""
    baked, frame = bake_skin(looks, texels_per_mm)
    texture = baked.astype(np.float32) / np.float32(65535)
    texture[..., 4:7] = 2 * texture[..., 4:7] - 1
    return texture, frame


def _load_film(looks: Looks, size: int, exposure: float) -> sh.Film:
    wall, curve = _paint_background(looks, size), _make_curve()
    scale = np.float32(exposure * tb.LUT_STEPS)
    steps = np.minimum((wall * scale).astype(int), len(curve) - 1)
    return sh.Film(wall, curve[steps].reshape(-1, 3), scale, curve)


def _make_curve() -> UInt8[np.ndarray, " steps"]:
    """Linear light to sRGB bytes with a soft shoulder."""
    light = (np.arange(6 * tb.LUT_STEPS) + 0.5) / tb.LUT_STEPS
    room = 1 - _KNEE
    bent = np.where(light < _KNEE, light, _KNEE + room * (1 - np.exp(-(light - _KNEE) / room)))
    coded = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * bent ** (1 / 2.4) - 0.055)
    return np.clip(255 * coded + 0.5, 0, 255).astype(np.uint8)
