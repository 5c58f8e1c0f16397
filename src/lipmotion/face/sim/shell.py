"""The built parts of the head: shell, hair, ear modules.

In: `Looks`. Out: parts of the head. The shell leaves the face free along one drawn line, with a
dark joint between.
"""

from typing import Final

import numpy as np

from ..looks import Colour, Looks
from .flesh import reshape_face
from .neck import build_neck
from .parts import HEAD, Part, colour_marks, face_outwards, make_ball, turn_profile
from .relief import FACE_EDGE_MM, interpolate_monotone, measure_depth, smoothstep

_CENTRE: Final = (0.0, 48.0, -80.0)  # of the shell
_RADII: Final = (81.0, 101.0, 96.0)
_N_SHELL: Final = 96
_LINE_COLUMNS: Final = (11, 85)  # of the shell, for the lines between its plates
_SKULL_LINE_COLUMNS: Final = (0, 6, 17, 79, 90)

# Edge of the shell on the owner's left, from the top of the forehead to the nape: x, y, and z where
# it has left the face.
_EDGE: Final = (
    *((x, y, None) for x, y in FACE_EDGE_MM), (65, 10, -72.0), (61, -8, -82.0),
    (52, -22, -94.0), (38, -32, -108.0), (20, -38, -122.0), (0, -40, -130.0),
)  # fmt: skip


def build_shell(looks: Looks) -> list[Part]:
    """Everything hard, hair, and the neck; `place_throat` places the throat with the skin."""
    edge = _trace_edge(_N_SHELL)
    if looks.hair == "cap":
        crown = _build_cap(_trace_edge(3 * _N_SHELL))
    else:
        crown = _build_helmet(looks, edge)
    parts = [_build_core(looks), _build_joint(looks, edge), crown]
    if looks.hair != "cap":
        columns = _LINE_COLUMNS if looks.hair == "helmet" else _SKULL_LINE_COLUMNS
        parts += [_build_line(looks, crown, column) for column in columns]
    if looks.ears == "module":
        for sign in (1, -1):
            parts += _build_ear(looks, sign)
    return [*parts, *build_neck(looks)]


def _trace_edge(n: int) -> np.ndarray:
    """The shell's edge on the skin, (n, 3), once round."""
    half = np.array([(x, y, np.nan if z is None else z) for x, y, z in _EDGE])
    on_face = measure_depth(half[:, 0], half[:, 1], with_features=False)
    half[:, 2] = np.where(np.isnan(half[:, 2]), on_face, half[:, 2])
    loop = np.concatenate([half, half[-2:0:-1] * (-1, 1, 1)])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    total = length[-1] + np.linalg.norm(loop[0] - loop[-1])
    at = np.arange(n) * total / n
    closed = np.concatenate([loop[-3:], loop, loop[:4]])
    knots = np.concatenate([length[-3:] - total, length, length[:4] + total])
    smooth = [interpolate_monotone(np.stack([knots, closed[:, k]], -1), at) for k in range(3)]
    edge = np.stack(smooth, -1)
    edge = reshape_face(edge)
    for _ in range(6 * (n // _N_SHELL) ** 2):
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
    """From the joint over the head to its back; a bare skull lies closer than a helmet."""
    share = np.concatenate([[0, 0, 0.004, 0.012, 0.025], np.linspace(0.045, 1, 20) ** 1.1])
    lift = np.array([-2.5, 1.4, 2.8, 3.7, 4.3] + [4.6] * 20)
    lift *= np.exp(-((share / 0.27) ** 2))
    if looks.hair == "none":
        lift = np.minimum(lift, 3.0) + 0.5 * smoothstep(0.02, 0.3, share)
    points = wrap_head(edge, share, np.broadcast_to(lift, (len(edge), 25)))
    shade = 1 - 0.45 * (np.arange(25) < 2) - 0.1 * (np.arange(25) == 2)
    marks = colour_marks(points.shape[:2], looks.shell, shade)
    return face_outwards(Part("helmet", "shell", HEAD, points, marks, True), _CENTRE)


def wrap_head(edge: np.ndarray, share: np.ndarray, lift_mm: np.ndarray) -> np.ndarray:
    """A grid from the face's edge over the head to its back, (columns, rows, 3).

    Args:
        edge: (columns, 3) mm.
        share: (rows,) of the way round the head, 0 to 1.
        lift_mm: (columns, rows) above the skull, or above the face next to its edge.
    """
    centre, radii = np.array(_CENTRE), np.array(_RADII)
    start = edge + _along_back(edge) * 1.2
    ray = start - centre
    distance = np.linalg.norm(ray, axis=1)[:, None]
    polar = np.arccos(ray[:, 2:] / distance)
    round_ = np.arctan2(ray[:, 1:2], ray[:, :1])
    angle = polar + (np.pi - polar) * share
    direction = np.stack(
        [np.sin(angle) * np.cos(round_), np.sin(angle) * np.sin(round_), np.cos(angle)], -1
    )
    skull = 1 / np.linalg.norm(direction / radii, axis=-1)
    near = np.exp(-(((angle - polar) / np.deg2rad(30)) ** 2))
    radius = skull + (distance - skull) * near + lift_mm
    return centre + radius[..., None] * direction


def _build_cap(edge: np.ndarray) -> Part:
    """Hair of soft silicone, combed back from the forehead in locks; strands are painted on."""
    share = np.concatenate([[0, 0, 0.008, 0.02, 0.04, 0.07], np.linspace(0.11, 1, 18)])
    round_off = np.array([-2.0, 0.6, 2.6, 4.2, 5.4, 6.2] + [6.6] * 18)
    turn = (np.arange(len(edge)) * (2 * np.pi / len(edge)))[:, None]  # 0 = top of the forehead
    comb = turn + 0.5 * np.sin(turn) * share * (1 - 0.5 * share)  # back and down behind the ears
    lock = np.sin(23 * comb + 1.5 * np.sin(5 * share + 3 * comb))
    volume = 0.40 + 0.60 * smoothstep(-0.35, 0.7, _away(edge)[:, 1:2])
    rise = smoothstep(0.0, 0.06, share)
    points = wrap_head(edge, share, round_off * volume + 0.35 * lock * rise * (1 - share))
    marks = np.empty((*points.shape[:2], 4))
    marks[..., 0], marks[..., 1], marks[..., 2] = np.cos(comb), np.sin(comb), share
    marks[..., 3] = (0.5 + 0.5 * rise) * (1 + 0.05 * lock)
    return face_outwards(Part("cap", "hair", HEAD, points, marks, True), _CENTRE)


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


def _away(edge: np.ndarray) -> np.ndarray:
    away = edge - np.array(_CENTRE)
    return away / np.linalg.norm(away, axis=1, keepdims=True)


def _along_back(edge: np.ndarray) -> np.ndarray:
    """Unit direction across the edge, away from the face, tangent to the head."""
    out = _away(edge)
    forward = np.array([0.0, 0.0, 1.0])
    back = -(forward - out * (out @ forward)[:, None])
    return back / np.linalg.norm(back, axis=1, keepdims=True)
