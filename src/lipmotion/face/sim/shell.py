"""The built parts: shell of the head, ear modules, throat, neck and collar.

In: `Looks`. Out: parts of the head. The shell leaves the face free along one drawn line, with a
dark joint between; the neck is ribbed rubber between collar and head.
"""

from typing import Final

import numpy as np

from .flesh import reshape_face
from .looks import Colour, Looks, to_linear
from .parts import HEAD, MOVED, NECK, Part, colour_marks, face_outwards, make_ball, turn_profile
from .relief import interpolate_monotone, measure_depth, smoothstep

NECK_PIVOT_MM: Final = (0.0, -30.0, -88.0)  # the head turns about it
COLLAR_Y_MM: Final = -104.0
_CENTRE: Final = (0.0, 48.0, -80.0)  # of the shell
_RADII: Final = (81.0, 101.0, 96.0)
_N_SHELL: Final = 96
_LINE_COLUMNS: Final = (11, 85)  # of the shell, for the lines between its plates

# Edge of the shell on the owner's left, from the top of the forehead to the nape: x, y, and z where
# it has left the face.
_EDGE: Final = (
    (0, 112, None), (22, 110, None), (43, 101, None), (58, 84, None), (65.5, 60, None),
    (67, 34, None), (65, 10, -72.0), (61, -8, -82.0), (52, -22, -94.0), (38, -32, -108.0),
    (20, -38, -122.0), (0, -40, -130.0),
)  # fmt: skip


def build_shell(looks: Looks) -> list[Part]:
    """Everything hard, and the neck; the throat is placed with the skin by `place_throat`."""
    edge = _trace_edge()
    helmet = _build_helmet(looks, edge)
    parts = [_build_core(looks), _build_joint(looks, edge), helmet]
    parts += [_build_line(looks, helmet, column) for column in _LINE_COLUMNS]
    for sign in (1, -1):
        parts += _build_ear(looks, sign)
    return [*parts, *_build_neck(looks)]


def _trace_edge() -> np.ndarray:
    """The shell's edge on the skin, (_N_SHELL, 3), once round."""
    half = np.array([(x, y, np.nan if z is None else z) for x, y, z in _EDGE])
    on_face = measure_depth(half[:, 0], half[:, 1], with_features=False)
    half[:, 2] = np.where(np.isnan(half[:, 2]), on_face, half[:, 2])
    loop = np.concatenate([half, half[-2:0:-1] * (-1, 1, 1)])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    total = length[-1] + np.linalg.norm(loop[0] - loop[-1])
    at = np.arange(_N_SHELL) * total / _N_SHELL
    closed = np.concatenate([loop[-3:], loop, loop[:4]])
    knots = np.concatenate([length[-3:] - total, length, length[:4] + total])
    smooth = [interpolate_monotone(np.stack([knots, closed[:, k]], -1), at) for k in range(3)]
    edge = np.stack(smooth, -1)
    edge = reshape_face(edge)
    for _ in range(6):
        edge = 0.25 * np.roll(edge, 1, 0) + 0.5 * edge + 0.25 * np.roll(edge, -1, 0)
    return edge


def _build_joint(looks: Looks, edge: np.ndarray) -> Part:
    """The dark joint between face and shell."""
    out = _away(edge)
    rows = [edge - 4 * out, edge + 0.1 * out, edge + 1.5 * out]
    points = np.stack(rows, 1)
    points[:, 0, 2] -= 1.0
    points[:, 2] += _along_back(edge) * 1.4
    part = Part("joint", "trim", HEAD, points, colour_marks(points.shape[:2], looks.trim), True)
    return face_outwards(part, _CENTRE)


def _build_helmet(looks: Looks, edge: np.ndarray) -> Part:
    """From the joint over the head to its back."""
    centre, radii = np.array(_CENTRE), np.array(_RADII)
    start = edge + _along_back(edge) * 1.2
    ray = start - centre
    distance = np.linalg.norm(ray, axis=1)
    polar = np.arccos(ray[:, 2] / distance)
    round_ = np.arctan2(ray[:, 1], ray[:, 0])
    share = np.concatenate([[0, 0, 0.004, 0.012, 0.025], np.linspace(0.045, 1, 20) ** 1.1])
    lift = np.array([-2.5, 1.4, 2.8, 3.7, 4.3] + [4.6] * 20)
    angle = polar[:, None] + (np.pi - polar[:, None]) * share
    direction = np.stack(
        [
            np.sin(angle) * np.cos(round_[:, None]),
            np.sin(angle) * np.sin(round_[:, None]),
            np.cos(angle),
        ],
        -1,
    )
    skull = 1 / np.linalg.norm(direction / radii, axis=-1)
    near = np.exp(-(((angle - polar[:, None]) / np.deg2rad(30)) ** 2))
    radius = skull + (distance[:, None] - skull) * near + lift * near
    points = centre + radius[..., None] * direction
    shade = 1 - 0.45 * (np.arange(25) < 2) - 0.1 * (np.arange(25) == 2)
    marks = colour_marks(points.shape[:2], looks.shell, shade)
    return face_outwards(Part("helmet", "shell", HEAD, points, marks, True), _CENTRE)


def _build_core(looks: Looks) -> Part:
    """Dark body inside the shell, so that no gap shows daylight."""
    points = make_ball((0, 24, -104), (58, 70, 36), 32, 16)
    marks = colour_marks(points.shape[:2], looks.trim, 0.5)
    return face_outwards(Part("core", "trim", HEAD, points, marks, True), (0, 24, -104))


def _build_line(looks: Looks, helmet: Part, column: int) -> Part:
    """A thin dark line between two plates of the shell, from its edge to its back."""
    here = helmet.points[column, 2:]
    beside = helmet.points[column + 1, 2:] - here
    beside = beside / np.linalg.norm(beside, axis=1, keepdims=True)
    out = here - np.array(_CENTRE)
    out = 0.25 * out / np.linalg.norm(out, axis=1, keepdims=True)
    points = np.stack([here + out - 0.55 * beside, here + 1.3 * out, here + out + 0.55 * beside], 1)
    marks = colour_marks(points.shape[:2], looks.trim)
    name = f"line_{column}"
    return face_outwards(Part(name, "trim", HEAD, points, marks, is_ring=False), _CENTRE)


def _build_ear(looks: Looks, sign: int) -> list[Part]:
    """A round module with a ring of light."""
    name = "left" if sign > 0 else "right"
    rings: list[tuple[str, str, Colour, list[tuple[float, float]]]] = [
        ("rim", "shell", looks.shell, [(-10, 20), (3, 20), (5.2, 19.4), (6.2, 17.8), (6.2, 15)]),
        ("light", "light", looks.accent, [(6.2, 15), (5.4, 14.8), (5.4, 12.6), (6.2, 12.4)]),
        ("cap", "shell", looks.shell, [(6.2, 12.4), (7.4, 11), (8.2, 7), (8.4, 0.01)]),
        ("band", "trim", looks.trim, [(-1.6, 20.2), (-1.0, 20.5), (0.2, 20.5), (0.8, 20.2)]),
    ]
    parts = []
    centre = (sign * 78.0, 38.0, -84.0)
    for ring, material, colour, profile in rings:
        turned = turn_profile(profile, 36)
        points = np.stack([sign * turned[..., 1], turned[..., 0], turned[..., 2]], -1)
        points = points + np.array(centre)
        part = Part(
            f"ear_{name}_{ring}", material, HEAD, points,
            colour_marks(points.shape[:2], colour), is_ring=True,
        )  # fmt: skip
        inside = (centre[0] - sign * 20, *centre[1:])
        parts.append(face_outwards(part, inside))
    return parts


def _build_neck(looks: Looks) -> list[Part]:
    """Ribbed rubber from collar to head, and the collar, which stays with the body."""
    height = np.linspace(COLLAR_Y_MM - 12, -18, 61)
    rib = np.abs(np.sin((height - COLLAR_Y_MM) / 9.5 * np.pi)) ** 0.7
    narrow = smoothstep(COLLAR_Y_MM - 12, -60, height)
    radius = 44 - 4 * narrow + 1.6 * rib
    points = turn_profile(list(zip(height, radius, strict=True)), 48)
    points = points * (1, 1, 0.95) + np.array([0, 0, NECK_PIVOT_MM[2]])
    shade = (0.55 + 0.45 * rib) * (1 - 0.55 * smoothstep(-92, -48, height))
    marks = colour_marks(points.shape[:2], looks.rubber, shade)
    neck = face_outwards(
        Part("neck", "rubber", NECK, points, marks, True), (0, -60, NECK_PIVOT_MM[2])
    )
    rings: list[tuple[str, str, Colour, list[tuple[float, float]]]] = [
        ("floor", "trim", looks.trim, [
            (COLLAR_Y_MM - 1.5, 40), (COLLAR_Y_MM - 1, 47), (COLLAR_Y_MM - 0.5, 51),
        ]),
        ("light", "light", looks.accent, [(COLLAR_Y_MM - 0.5, 51), (COLLAR_Y_MM - 2.6, 52.2)]),
        ("ring", "shell", looks.shell, [
            (COLLAR_Y_MM - 2.6, 52), (COLLAR_Y_MM - 3, 53.5), (COLLAR_Y_MM - 5, 55.5),
            (COLLAR_Y_MM - 10, 60), (COLLAR_Y_MM - 17, 72), (COLLAR_Y_MM - 26, 96),
            (COLLAR_Y_MM - 40, 130), (COLLAR_Y_MM - 70, 160),
        ]),
    ]  # fmt: skip
    parts = [neck]
    for ring, material, colour, profile in rings:
        turned = turn_profile(profile, 64)
        wide = 1 + 0.25 * smoothstep(60, 150, np.hypot(turned[..., 0], turned[..., 2]))
        turned[..., 0] *= wide
        turned = turned + np.array([0, 0, NECK_PIVOT_MM[2]])
        marks = colour_marks(turned.shape[:2], colour)
        part = Part(f"collar_{ring}", material, NECK, turned, marks, is_ring=True)
        parts.append(face_outwards(part, (0, COLLAR_Y_MM - 60, NECK_PIVOT_MM[2])))
    return parts


def build_throat(looks: Looks, outline: np.ndarray) -> Part:
    """Skin from the lower outline of the face back to the neck; `outline` as for `place_throat`."""
    points = place_throat(outline)
    n, m = points.shape[:2]
    to_neck = np.linspace(0, 1, m)
    marks = colour_marks((n, m), looks.skin, 1 - 0.75 * smoothstep(0.0, 0.75, to_neck))
    joint = smoothstep(0.86, 0.9, to_neck)[:, None]
    marks[..., :3] += (to_linear(looks.rubber) - marks[..., :3]) * joint
    return Part("throat", "throat", MOVED, points, marks, is_ring=False)


def place_throat(outline: np.ndarray) -> np.ndarray:
    """Throat for the moved lower outline of the skin (n, 3), right to left corner: (n, m, 3)."""
    n = len(outline)
    angle = np.linspace(-np.pi / 2, np.pi / 2, n)
    neck = np.stack(
        [38 * np.sin(angle), np.full(n, -34.0), NECK_PIVOT_MM[2] + 34 * np.cos(angle)], -1
    )
    s = np.linspace(0, 1, 9)[:, None]
    inward = outline * (0.90, 1, 1) + np.array([0, -1.0, -12.0])
    low = neck + np.array([0, -9.0, 6.0])
    b0, b1, b2, b3 = (1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3
    return outline[:, None] * b0 + inward[:, None] * b1 + low[:, None] * b2 + neck[:, None] * b3


def _away(edge: np.ndarray) -> np.ndarray:
    away = edge - np.array(_CENTRE)
    return away / np.linalg.norm(away, axis=1, keepdims=True)


def _along_back(edge: np.ndarray) -> np.ndarray:
    """Unit direction across the edge, away from the face, tangent to the head."""
    out = _away(edge)
    forward = np.array([0.0, 0.0, 1.0])
    back = -(forward - out * (out @ forward)[:, None])
    return back / np.linalg.norm(back, axis=1, keepdims=True)
