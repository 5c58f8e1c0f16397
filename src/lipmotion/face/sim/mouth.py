"""Inside the mouth: teeth, gums, tongue and the dark behind them.

In: `Looks`. Out: parts of the head. Tooth sizes: mean crown widths and heights of adults.
Source: R. C. Wheeler, "Dental Anatomy, Physiology and Occlusion", tables of crown sizes (rounded).
"""

from typing import Final

import numpy as np
from jaxtyping import Float

from ..looks import Looks, to_linear
from .parts import HEAD, JAW, MOVED, Part, colour_marks, face_outwards
from .relief import smoothstep
from .teeth import (
    ARCH_RADIUS_MM,
    LOWER_EDGE_Y_MM,
    LOWER_FRONT_Z_MM,
    UPPER_EDGE_Y_MM,
    UPPER_FRONT_Z_MM,
)

_UPPER_WIDTHS: Final = (8.4, 6.6, 7.4, 6.8, 6.6)  # middle incisor .. second premolar, mm
_UPPER_HEIGHTS: Final = (9.4, 8.6, 9.4, 8.2, 7.6)
_LOWER_WIDTHS: Final = (5.3, 5.8, 6.6, 6.8, 7.0)
_LOWER_HEIGHTS: Final = (8.2, 8.4, 9.0, 8.2, 7.6)
# The hollow of the mouth behind its rim: z, half width, half height, how far it goes with the rim.
_CAVITY_MM: Final = (
    (-26, 31, 27, 0.85), (-36, 35, 33, 0.7), (-47, 34, 36, 0.5), (-58, 30, 31, 0.25),
    (-66, 20, 21, 0.1), (-70, 0.01, 0.01, 0),
)  # fmt: skip
_TOOTH_MM: Final = 5.0  # front to back
_NECK_MM: Final = (8.4, 7.0)  # where the gum begins, from the biting edge: upper, lower
_LOWER_MM: Final = 1.8  # the lower teeth are drawn lower than lips feel them: in a wide open mouth
# the tracker took their edge for that of the lip
_UNDER_MM: Final = 0.3  # drawn this far behind the surface that the lips touch


def measure_arch_depth(x_mm: Float[np.ndarray, "..."], front_z_mm: float) -> np.ndarray:
    """Depth z of an arch's front at x, in mm."""
    return front_z_mm - np.square(x_mm) / (2 * ARCH_RADIUS_MM)


def build_mouth(looks: Looks) -> list[Part]:
    """All parts, teeth at rest; those that ride the jaw say so."""
    parts = [_build_tongue(looks)]
    for is_upper in (True, False):
        ends = _find_teeth(_UPPER_WIDTHS if is_upper else _LOWER_WIDTHS)
        parts += _build_arch(looks, ends, is_upper)
        parts += [_build_dentine(looks, is_upper), _build_gum(looks, ends, is_upper)]
    return parts


def _find_teeth(widths: tuple[float, ...]) -> Float[np.ndarray, " teeth"]:
    """x where each tooth on the owner's left begins and ends along the arch, mm; 0 first."""
    x = np.linspace(0, 30, 601)
    steps = np.hypot(np.diff(x), np.diff(measure_arch_depth(x, 0.0)))
    length = np.concatenate([[0], np.cumsum(steps)])
    return np.interp(np.concatenate([[0], np.cumsum(widths)]), length, x)


def _build_arch(looks: Looks, ends: np.ndarray, is_upper: bool) -> list[Part]:
    widths = _UPPER_WIDTHS if is_upper else _LOWER_WIDTHS
    heights = _UPPER_HEIGHTS if is_upper else _LOWER_HEIGHTS
    name = "upper" if is_upper else "lower"
    parts = []
    for k, (width, height) in enumerate(zip(widths, heights, strict=True)):
        centre = float(ends[k : k + 2].mean())
        for sign in (1, -1):
            points = _build_tooth(sign * centre, width, height, is_upper)
            to_edge = _measure_to_edge(points, is_upper)
            marks = colour_marks(points.shape[:2], looks.teeth)
            warm = to_linear(looks.teeth) * np.array([0.93, 0.84, 0.70])  # the root shines through
            marks[..., :3] += (warm - marks[..., :3]) * smoothstep(3.5, 9.5, to_edge)[..., None]
            part = Part(
                f"tooth_{name}_{k}_{'left' if sign > 0 else 'right'}",
                "tooth", HEAD if is_upper else JAW, points, marks, is_ring=False,
            )  # fmt: skip
            x, y, z = points.mean((0, 1))
            parts.append(face_outwards(part, (x, y, z - _TOOTH_MM)))
    return parts


def _measure_to_edge(points: np.ndarray, is_upper: bool) -> np.ndarray:
    """Distance from the biting edge along y, mm."""
    y: np.ndarray = points[..., 1]
    return y - UPPER_EDGE_Y_MM if is_upper else LOWER_EDGE_Y_MM - y


def _build_tooth(centre_x: float, width: float, height: float, is_upper: bool) -> np.ndarray:
    """Front and edge of a rounded box on the arch, narrower at the gum; its back is never seen."""
    around = np.linspace(-0.35, np.pi + 0.35, 11)[:, None]
    polar = np.linspace(0, np.pi, 10)

    def square(wave: np.ndarray, power: float) -> np.ndarray:
        return np.sign(wave) * np.abs(wave) ** power

    ring = square(np.sin(polar), 0.34)
    box = np.stack(
        [
            square(np.cos(around), 0.5) * ring,
            square(np.cos(polar), 0.62) + 0 * around,
            square(np.sin(around), 0.75) * ring,
        ],
        -1,
    )
    to_edge = 0.5 - box[..., 1] / 2 if is_upper else 0.5 + box[..., 1] / 2  # 1 at the biting edge
    box = box * np.array([width * 0.5, height / 2, _TOOTH_MM / 2])
    box[..., 0] *= 0.86 + 0.14 * np.clip(to_edge / 0.6, 0, 1)
    turn = np.arctan(-centre_x / ARCH_RADIUS_MM)
    c, s = np.cos(turn), np.sin(turn)
    box = box @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
    front = (UPPER_FRONT_Z_MM if is_upper else LOWER_FRONT_Z_MM) - _UNDER_MM
    edge = UPPER_EDGE_Y_MM + height / 2 if is_upper else LOWER_EDGE_Y_MM - _LOWER_MM - height / 2
    depth = float(measure_arch_depth(np.array([centre_x]), front)[0]) - _TOOTH_MM / 2
    return box + np.array([centre_x, edge, depth])


def _build_dentine(looks: Looks, is_upper: bool) -> Part:
    """A band in the shade between the teeth, so that no gap shows the dark of the mouth."""
    x = np.linspace(-23, 23, 41)[:, None]
    up = np.array([1.3, 2.2, 10.0])
    edge, sign = (UPPER_EDGE_Y_MM, 1) if is_upper else (LOWER_EDGE_Y_MM, -1)
    front = UPPER_FRONT_Z_MM if is_upper else LOWER_FRONT_Z_MM
    z = measure_arch_depth(x, front - 1.5) - np.array([0.8, 0.0, 0.0])
    points = np.stack(np.broadcast_arrays(x, edge + sign * up, z), -1)
    marks = colour_marks((41, 3), looks.teeth, 0.8)
    marks[..., :3] *= np.array([0.74, 0.60, 0.48])
    name = "dentine_upper" if is_upper else "dentine_lower"
    part = Part(name, "tooth", HEAD if is_upper else JAW, points, marks, is_ring=False)
    return face_outwards(part, (0, 0, -60))


def _build_gum(looks: Looks, ends: np.ndarray, is_upper: bool) -> Part:
    """From between the teeth up and away; its edge is scalloped round each tooth."""
    x = np.linspace(-24, 24, 97)[:, None]
    away = np.array([0.0, 0.05, 0.15, 0.35, 0.65, 1.0])
    k = np.clip(np.searchsorted(ends, np.abs(x), side="right") - 1, 0, len(ends) - 2)
    along = (np.abs(x) - ends[k]) / (ends[k + 1] - ends[k])  # 0 to 1 across a tooth
    scallop = 1.5 * np.sqrt(np.clip(1 - (2 * along - 1) ** 2, 0, 1))
    edge, sign = (UPPER_EDGE_Y_MM, 1) if is_upper else (LOWER_EDGE_Y_MM, -1)
    neck = _NECK_MM[0 if is_upper else 1] - 1.7
    y = edge + sign * (neck + scallop * (1 - away) ** 2 + 14 * away)
    front = (UPPER_FRONT_Z_MM if is_upper else LOWER_FRONT_Z_MM) - _UNDER_MM
    thick = np.array([-1.1, 0.05, 0.1, -0.6, -2.4, -4.5])
    points = np.stack(np.broadcast_arrays(x, y, measure_arch_depth(x, front) + thick), -1)
    marks = colour_marks(points.shape[:2], looks.gums)
    marks[:, 2:, :3] *= np.array([0.86, 0.72, 0.74])  # redder away from the teeth
    name = "gum_upper" if is_upper else "gum_lower"
    part = Part(name, "gum", HEAD if is_upper else JAW, points, marks, is_ring=False)
    return face_outwards(part, (0, 0, -60))


def _build_tongue(looks: Looks) -> Part:
    """At rest on the floor of the mouth, its tip behind the lower front teeth."""
    around = np.arange(24)[:, None] * (2 * np.pi / 24)
    s = np.concatenate([np.linspace(0, 0.2, 7)[:-1], np.linspace(0.2, 1, 10)])  # tip .. root
    z = -15.6 - 36.0 * s
    round_ = np.sqrt(np.clip(1 - (1 - s / 0.24) ** 2, 0, 1)) * (s < 0.24) + (s >= 0.24)
    wide = round_ * (9.5 + 7.5 * smoothstep(0.05, 0.7, s))
    top = -5.2 + 6.0 * smoothstep(0.05, 0.75, s)
    thick = round_ * (3.2 + 4.5 * smoothstep(0, 0.5, s))
    c, up = np.cos(around), np.sin(around)
    x = wide * np.sign(c) * np.abs(c) ** 0.8
    y = top - thick + thick * np.sign(up) * np.abs(up) ** 0.9
    groove = 1.1 * smoothstep(0.08, 0.35, s) * np.exp(-((x / 2.6) ** 2)) * (up > 0)
    points = np.stack(np.broadcast_arrays(x, y - groove, z), -1)
    marks = colour_marks(points.shape[:2], looks.tongue, 1.1 - 0.12 * groove)
    marks[..., :3] *= (1 + 0.10 * smoothstep(0.3, 0.0, s))[..., None]
    return face_outwards(Part("tongue", "gum", JAW, points, marks, True), (0, -8, -34))


def build_cavity(looks: Looks, rim: np.ndarray) -> Part:
    """A bowl seen from inside, behind everything: palate and cheeks in front, the dark behind.

    Args:
        rim: (n, 3) the back edge of the resting lips, once round from the owner's left corner.
    """
    turn = np.arange(len(rim))[:, None] * (2 * np.pi / len(rim))
    z, wide, high, _ = np.array(_CAVITY_MM).T
    rings = [wide * np.cos(turn), -4 + high * np.sin(turn), z + 0 * turn]
    points = np.concatenate([rim[:, None], np.stack(rings, -1)], 1)
    marks = colour_marks(points.shape[:2], looks.cavity)
    flesh = 0.55 * to_linear(looks.gums)
    near = smoothstep(-66, -30, points[..., 2])[..., None]
    marks[..., :3] += (flesh - marks[..., :3]) * near
    return Part("cavity", "cavity", MOVED, points, marks, is_ring=True)


def place_cavity(rest: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """The bowl (n, m, 3) for its resting points and the moved back edge of the lips (n, 3)."""
    share = np.array([1.0, *(row[3] for row in _CAVITY_MM)])
    placed: np.ndarray = rest + share[:, None] * (rim - rest[:, 0])[:, None]
    return placed
