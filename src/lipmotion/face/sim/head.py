"""Head: all that is seen of the simulated face, and where it is for a pose.

In: `HeadPose`. Out: points, normals and marks of one mesh for `raster.py`, in the head frame. Every
drive that is not simulated as soft skin acts here: brows pull the skin, lids and eyes turn, the
neck bends between head and body, the jaw carries teeth and tongue. Last, the face's own `Shape` is
given to all of it.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float64, Int32

from ..looks import Looks
from ..shape import EMO, Shape
from . import tables as tb
from .eyes import OPENING, build_eyes, mark_eyes, place_lids
from .flesh import Flesh, reshape_face
from .mouth import build_cavity, build_mouth, place_cavity
from .neck import COLLAR_Y_MM, NECK_PIVOT_MM, build_throat, place_throat
from .parts import HEAD, JAW, NECK
from .pose import HeadPose
from .raster import find_normals
from .relief import smoothstep
from .ring import Ring
from .shell import build_shell
from .skin import N_RENDER_ANGLES, render_angles, render_rows
from .surface import sample_surface, turn_jaw

# kind, wide and narrow highlight, softness of red, green, blue, edge light, own light, red of lips
_MATERIALS: Final = {
    "skin": (tb.SKIN, 0.125, 0.07, 0.66, 0.40, 0.28, 0.45, 0, 0),
    "upper_lip": (tb.SKIN, 0.11, 0.075, 0.66, 0.40, 0.28, 0.0, 0, 1),
    "lower_lip": (tb.SKIN, 0.11, 0.075, 0.66, 0.40, 0.28, 0.0, 0, 1),
    "throat": (tb.PLAIN, 0.05, 0.02, 0.66, 0.40, 0.28, 0.25, 0, 0),
    "lid": (tb.PLAIN, 0.07, 0.04, 0.66, 0.40, 0.28, 0.15, 0, 0),
    "eye": (tb.EYE, 0.015, 0.05, 0.52, 0.46, 0.46, 0, 0.06, 0),
    "wet": (tb.PLAIN, 0.1, 0.3, 0.66, 0.40, 0.28, 0, 0, 0),
    "tooth": (tb.PLAIN, 0.1, 0.3, 0.46, 0.42, 0.36, 0, 0, 0),
    "gum": (tb.PLAIN, 0.08, 0.22, 0.58, 0.34, 0.28, 0, 0, 0),
    "cavity": (tb.PLAIN, 0, 0, 0.34, 0.34, 0.34, 0, 0, 0),
    "shell": (tb.PLAIN, 0.14, 0.26, 0.30, 0.30, 0.34, 0.8, 0, 0),
    "hair": (tb.HAIR, 0.22, 0.10, 0.34, 0.30, 0.28, 0.5, 0, 0),
    "trim": (tb.PLAIN, 0.06, 0.05, 0.18, 0.18, 0.18, 0.2, 0, 0),
    "rubber": (tb.PLAIN, 0.06, 0.02, 0.34, 0.34, 0.34, 0.5, 0, 0),
    "light": (tb.PLAIN, 0, 0.05, 0.34, 0.34, 0.34, 0, 0.9, 0),
}
_RIM_COLUMNS: Final = np.arange(0, N_RENDER_ANGLES, 4)  # of the skin, where the cavity begins
_IN_MOUTH: Final = ("tooth", "gum", "cavity")
_LIPS_Z_MM: Final = -8.0  # where light comes in between the lips
_DEEPER: Final = np.array([1.5, 2.4, 2.5, 1.0], np.float32)  # red light alone comes through flesh


class Head:
    """The drawn head.

    Args:
        looks: its colours.
        row_step: away from the mouth every so many rows of the skin are drawn; 2 for small images.
        shape: its proportions.

    Attributes:
        triangles: (F, 3) int32 vertex numbers of the whole mesh.
        parts: (F,) int32 row of `materials` for each triangle.
        cuts: (F,) int8, 1 where an eye's opening cuts the skin.
        materials: (P, 9) table of `tables.py`.
        opening: (7,) the eye's opening in the skin.
        looks: the colours it was made with.
        pivot_mm: (3,) point about which the neck turns the head.
    """

    def __init__(self, looks: Looks, row_step: int = 1, shape: Shape = EMO) -> None:
        self.looks = looks
        self._shape = shape
        self.pivot_mm = shape.apply(np.array(NECK_PIVOT_MM))
        rest = sample_surface(render_angles()[:, None], render_rows()[None, :])
        self._n_rows = rest.shape[1]
        self._n_skin = rest.shape[0] * rest.shape[1]
        columns = np.arange(N_RENDER_ANGLES // 2, N_RENDER_ANGLES + 1) % N_RENDER_ANGLES
        self._outline = columns * self._n_rows
        self._rim = (_RIM_COLUMNS + 1) * self._n_rows - 1  # behind the edge of the red
        self._grid = [
            *build_shell(looks), *build_eyes(looks), *build_mouth(looks),
            build_cavity(looks, rest[_RIM_COLUMNS, -1]),
            build_throat(looks, reshape_face(rest.reshape(-1, 3)[self._outline])),
        ]  # fmt: skip
        self._stack(rest, row_step)
        self._flesh = Flesh(rest.reshape(-1, 3))
        self.opening = np.array(OPENING, np.float32)

    def _stack(self, rest: np.ndarray, row_step: int) -> None:
        """One mesh of the skin and all parts."""
        names = list(_MATERIALS)
        self.materials = np.array(list(_MATERIALS.values()), np.float32)
        self.materials[0, [tb.BROAD, tb.TIGHT]] *= np.float32(2 * self.looks.gloss)
        self.materials[1:3, [tb.BROAD, tb.TIGHT]] *= np.float32(self.looks.lip_gloss / 0.6)
        triangles = [_list_skin_triangles(self._n_rows, row_step)]
        parts = [_skin_parts(triangles[0], self._n_rows)]
        points, marks = [rest.reshape(-1, 3)], [_mark_skin(rest)]
        self._slices: dict[str, slice] = {}
        grids = [(0, N_RENDER_ANGLES, self._n_rows, 1)]
        first = self._n_skin
        for part in self._grid:
            n, m = part.points.shape[:2]
            self._slices[part.name] = slice(first, first + n * m)
            triangles.append(part.triangles() + np.int32(first))
            parts.append(np.full(len(triangles[-1]), names.index(part.material), np.int32))
            points.append(part.points.reshape(-1, 3))
            marks.append(part.marks.reshape(-1, 4))
            grids.append((first, n, m, int(part.is_ring)))
            first += n * m
        self.triangles = np.concatenate(triangles).astype(np.int32)
        self.parts = np.concatenate(parts).astype(np.int32)
        self._rest = np.concatenate(points).astype(np.float64)
        self._marks = np.concatenate(marks).astype(np.float32)
        cavity = next(part for part in self._grid if part.name == "cavity")
        self._cavity = cavity.points.astype(np.float32)
        self.cuts = np.zeros(len(self.triangles), np.int8)
        n_skin_triangles = len(triangles[0])
        near_eye = _is_near_eye(rest.reshape(-1, 3))
        self.cuts[:n_skin_triangles] = near_eye[triangles[0]].any(1)
        every = np.array(grids, np.int32)
        self._rest_normals = np.zeros((first, 3), np.float32)
        self._points = self._rest.astype(np.float32)
        find_normals(self._points, self._rest_normals, every)
        self._normals = self._rest_normals.copy()
        is_moved = [True] + [
            p.carrier not in (HEAD, JAW) and not p.name.startswith("eye_") for p in self._grid
        ]
        self._neck = [p for p in self._grid if p.carrier == NECK]
        heights = np.concatenate([part.points[0, :, 1] for part in self._neck])
        self._neck_shares = smoothstep(COLLAR_Y_MM + 2, -36, heights)
        self._neck_points = [self._shape.apply(part.points) for part in self._neck]
        self._moved_grids = every[np.array(is_moved)] if self._shape == EMO else every
        self._jaw = _join([self._slices[p.name] for p in self._grid if p.carrier == JAW])
        inside = [self._slices[p.name] for p in self._grid if p.material in _IN_MOUTH]
        self._in_mouth = _join(inside)
        self._mouth_marks = self._marks[self._in_mouth].copy()
        rows = render_rows()
        self._lip_row = int(np.argmin(np.abs(rows - 2.0)))
        self._ring = Ring(rest, rows)

    def place(self, pose: HeadPose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points (V, 3) mm, normals (V, 3) of any length, and marks (V, 4), all float32.

        The arrays are this head's own, and are written anew by the next call.
        """
        points, normals, marks = self._points, self._normals, self._marks
        skin = pose.skin_vertices.astype(np.float32)
        smiles = self._flesh.measure_smiles(pose.skin_vertices)
        self._flesh.move(skin, marks, smiles, pose.drives)
        points[: self._n_skin] = skin
        jaw = self._jaw
        points[jaw] = turn_jaw(self._rest[jaw], pose.jaw_rad)
        normals[jaw] = _turn_normals(self._rest_normals[jaw], pose.jaw_rad)
        for name, placed in place_lids(pose.drives, smiles).items():
            points[self._slices[name]] = placed.reshape(-1, 3)
        for name, marked in mark_eyes(pose.drives, smiles).items():
            marks[self._slices[name]] = marked.reshape(-1, 4)
        points[self._slices["throat"]] = place_throat(points[self._outline]).reshape(-1, 3)
        points[self._slices["cavity"]] = place_cavity(self._cavity, points[self._rim]).reshape(
            -1, 3
        )
        self._shade_mouth(points, marks)
        shaped = self._shape.apply(points)
        for part, placed in zip(self._neck, self._bend_neck(pose.drives), strict=True):
            shaped[self._slices[part.name]] = placed.reshape(-1, 3)
        find_normals(shaped, normals, self._moved_grids)
        return shaped, normals, marks

    def _bend_neck(self, drives: Mapping[str, float]) -> list[np.ndarray]:
        """Parts between body and head, seen from the head: each row turns by its own share."""
        turns = turn_head(drives).T @ _turn_share(drives, self._neck_shares)
        ends = np.cumsum([points.shape[1] for points in self._neck_points])
        pivot = self.pivot_mm
        return [
            ((points - pivot).transpose(1, 0, 2) @ own.transpose(0, 2, 1) + pivot).transpose(
                1, 0, 2
            )
            for points, own in zip(self._neck_points, np.split(turns, ends[:-1]), strict=True)
        ]

    def _shade_mouth(self, points: np.ndarray, marks: np.ndarray) -> None:
        """What lies deeper in the mouth is darker, the more so the less the lips part."""
        half = N_RENDER_ANGLES // 2
        columns = np.arange(N_RENDER_ANGLES)
        lip = points[columns * self._n_rows + self._lip_row]
        upper, lower = lip[half::-1], lip[(half + np.arange(half + 1)) % N_RENDER_ANGLES]
        inside = points[self._in_mouth]
        top = np.interp(inside[:, 0], upper[:, 0], upper[:, 1]).astype(np.float32)
        bottom = np.interp(inside[:, 0], lower[:, 0], lower[:, 1]).astype(np.float32)
        opening = np.maximum(0, top - bottom)
        deep = np.maximum(0, _LIPS_Z_MM - inside[:, 2]) / (11 + 0.6 * opening)
        light = 0.06 + 0.94 * np.exp(-deep * np.sqrt(deep))
        light *= 0.68 + 0.32 * smoothstep(0, 6, opening)
        light *= 0.62 + 0.38 * smoothstep(-1.5, 3, top - inside[:, 1])  # below the upper lip
        light *= 0.65 + 0.35 * smoothstep(-3, 2, inside[:, 1] - bottom)  # behind the lower lip
        within = self._ring.shade(points[: self._n_skin], marks[: self._n_skin])
        shaded = self._mouth_marks * np.power(np.float32(within), _DEEPER)
        shaded[:, 3] *= light
        marks[self._in_mouth] = shaded


def turn_head(drives: Mapping[str, float]) -> Float64[np.ndarray, "3 3"]:
    """Rotation of the head frame by the neck."""
    return _turn_share(drives, np.ones(1))[0]


def _turn_share(
    drives: Mapping[str, float], shares: Float64[np.ndarray, " rows"]
) -> Float64[np.ndarray, "rows 3 3"]:
    """Rotations by a share of the neck's angles, for what bends between body and head."""
    yaw, pitch, roll = (
        np.deg2rad(shares * drives[f"neck_{axis}"]) for axis in ("yaw", "pitch", "roll")
    )
    turn, nod, lean = (np.zeros((len(shares), 3, 3)) for _ in range(3))
    for matrix, angle, (i, j) in (
        (turn, yaw, (0, 2)),  # the nose goes to +x
        (nod, pitch, (1, 2)),  # the nose goes to +y
        (lean, roll, (0, 1)),  # the crown goes to +x
    ):
        k = 3 - i - j
        matrix[:, k, k] = 1
        matrix[:, i, i] = matrix[:, j, j] = np.cos(angle)
        matrix[:, i, j] = np.sin(angle)
        matrix[:, j, i] = -np.sin(angle)
    return turn @ nod @ lean


def _turn_normals(normals: np.ndarray, jaw_rad: float) -> np.ndarray:
    c, s = np.cos(jaw_rad), np.sin(jaw_rad)
    x, y, z = normals.T
    return np.stack([x, c * y - s * z, s * y + c * z], -1).astype(np.float32)


def _mark_skin(rest: np.ndarray) -> np.ndarray:
    """Resting x, y, t along the sheet and full light for every skin vertex."""
    marks = np.ones((*rest.shape[:2], 4))
    marks[..., :2] = rest[..., :2]
    marks[..., 2] = render_rows()
    return marks.reshape(-1, 4)


def _list_skin_triangles(n_rows: int, row_step: int) -> Int32[np.ndarray, "triangles 3"]:
    """Triangles of the skin, each half the mirror image of the other."""
    rows = np.arange(n_rows)
    kept = rows[(render_rows() > 0.8) | (rows % row_step == 0)]
    column = np.arange(N_RENDER_ANGLES)[:, None]
    beside = (column + 1) % N_RENDER_ANGLES * n_rows
    a, b = column * n_rows + kept[:-1], beside + kept[:-1]
    c, d = column * n_rows + kept[1:], beside + kept[1:]
    is_left = np.cos((column + 0.5) * (2 * np.pi / N_RENDER_ANGLES)) > 0
    first = np.where(is_left[..., None], np.stack([a, b, d], -1), np.stack([a, b, c], -1))
    second = np.where(is_left[..., None], np.stack([a, d, c], -1), np.stack([c, b, d], -1))
    return np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)]).astype(np.int32)


def _skin_parts(triangles: np.ndarray, n_rows: int) -> np.ndarray:
    """0 skin, 1 upper lip, 2 lower lip: surfaces of their own, so edges between them stay sharp."""
    column, row = np.divmod(triangles, n_rows)
    is_lip = render_rows()[row.min(1)] >= 0.999
    is_upper = np.sin((np.median(column, 1) + 0.25) * (2 * np.pi / N_RENDER_ANGLES)) > 0
    return np.where(is_lip, np.where(is_upper, 1, 2), 0).astype(np.int32)


def _is_near_eye(rest: np.ndarray) -> np.ndarray:
    x, y = np.abs(rest[:, 0]) - OPENING[0], rest[:, 1] - OPENING[1]
    return (np.abs(x) < OPENING[2] + 4) & (np.abs(y) < OPENING[3] + 4) & (rest[:, 2] > -60)


def _join(slices: list[slice]) -> np.ndarray:
    return np.concatenate([np.arange(s.start, s.stop) for s in slices])
