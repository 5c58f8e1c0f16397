"""Inside the mouth: teeth, gums, tongue and the dark behind them.

In: `Looks`. Out: parts of the head. Tooth sizes: mean crown widths and heights of adults.
Source: R. C. Wheeler, "Dental Anatomy, Physiology and Occlusion", tables of crown sizes (rounded).
"""

from typing import Final

import numpy as np
from jaxtyping import Float

from .looks import Looks
from .parts import HEAD, JAW, Part, colour_marks, face_outwards, make_ball
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
_TOOTH_MM: Final = 5.0  # front to back
_UNDER_MM: Final = 0.3  # drawn this far behind the surface that the lips touch


def measure_arch_depth(x_mm: Float[np.ndarray, "..."], front_z_mm: float) -> np.ndarray:
    """Depth z of an arch's front at x, in mm."""
    return front_z_mm - np.square(x_mm) / (2 * ARCH_RADIUS_MM)


def build_mouth(looks: Looks) -> list[Part]:
    """All parts, teeth at rest; those that ride the jaw say so."""
    parts = [
        *_build_arch(looks, is_upper=True),
        *_build_arch(looks, is_upper=False),
        _build_gum(looks, is_upper=True),
        _build_gum(looks, is_upper=False),
        _build_tongue(looks),
        _build_cavity(looks),
    ]
    return parts


def _build_arch(looks: Looks, is_upper: bool) -> list[Part]:
    widths = _UPPER_WIDTHS if is_upper else _LOWER_WIDTHS
    heights = _UPPER_HEIGHTS if is_upper else _LOWER_HEIGHTS
    name = "upper" if is_upper else "lower"
    x = np.linspace(0, 30, 601)
    length = np.concatenate(
        [[0], np.cumsum(np.hypot(np.diff(x), np.diff(measure_arch_depth(x, 0.0))))]
    )
    parts = []
    start = 0.0
    for k, (width, height) in enumerate(zip(widths, heights, strict=True)):
        centre = float(np.interp(start + width / 2, length, x))
        start += width
        for sign in (1, -1):
            points = _build_tooth(sign * centre, width, height, is_upper)
            n, m = points.shape[:2]
            marks = colour_marks((n, m), looks.teeth)
            parts.append(
                face_outwards(
                    Part(
                        f"tooth_{name}_{k}_{'left' if sign > 0 else 'right'}",
                        "tooth", HEAD if is_upper else JAW, points, marks, is_ring=True,
                    ),
                    tuple(points.mean((0, 1))),
                )
            )  # fmt: skip
    return parts


def _build_tooth(centre_x: float, width: float, height: float, is_upper: bool) -> np.ndarray:
    """A rounded box standing on the arch, narrower at the gum."""
    around = np.arange(16)[:, None] * (2 * np.pi / 16)
    polar = np.linspace(0, np.pi, 8)

    def square(wave: np.ndarray, power: float) -> np.ndarray:
        return np.sign(wave) * np.abs(wave) ** power

    ring = square(np.sin(polar), 0.5)
    box = np.stack(
        [
            square(np.cos(around), 0.55) * ring,
            square(np.cos(polar), 0.45) + 0 * around,
            square(np.sin(around), 0.7) * ring,
        ],
        -1,
    )
    to_edge = 0.5 - box[..., 1] / 2 if is_upper else 0.5 + box[..., 1] / 2  # 1 at the biting edge
    box = box * np.array([width * 0.49, height / 2, _TOOTH_MM / 2])
    box[..., 0] *= 0.82 + 0.18 * np.clip(to_edge / 0.7, 0, 1)
    turn = np.arctan(-centre_x / ARCH_RADIUS_MM)
    c, s = np.cos(turn), np.sin(turn)
    box = box @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
    front = (UPPER_FRONT_Z_MM if is_upper else LOWER_FRONT_Z_MM) - _UNDER_MM
    edge = UPPER_EDGE_Y_MM + height / 2 if is_upper else LOWER_EDGE_Y_MM - height / 2
    depth = float(measure_arch_depth(np.array([centre_x]), front)[0]) - _TOOTH_MM / 2
    return box + np.array([centre_x, edge, depth])


def _build_gum(looks: Looks, is_upper: bool) -> Part:
    x = np.linspace(-25, 25, 41)[:, None]
    down = np.linspace(0, 1, 6)
    sign = 1 if is_upper else -1
    start = UPPER_EDGE_Y_MM + 7.6 if is_upper else LOWER_EDGE_Y_MM - 6.6
    scallop = 0.9 * np.abs(np.sin(x * 0.42)) * (1 - down)
    y = start + sign * (14 * down - scallop)
    front = UPPER_FRONT_Z_MM if is_upper else LOWER_FRONT_Z_MM
    z = measure_arch_depth(x, front - 0.6) - 2.2 * (down - 0.25) ** 2 - 1.2 * (down == 0)
    points = np.stack(np.broadcast_arrays(x, y, z), -1)
    part = Part(
        "gum_upper" if is_upper else "gum_lower", "gum", HEAD if is_upper else JAW, points,
        colour_marks((41, 6), looks.gums), is_ring=False,
    )  # fmt: skip
    return face_outwards(part, (0, 0, -60))


def _build_tongue(looks: Looks) -> Part:
    points = make_ball((0, -10.5, -30), (16.5, 7.0, 18), 24, 15)
    points[..., 1] -= 1.6 * np.exp(-((points[..., 0] / 3.5) ** 2)) * (points[..., 1] > -10.5)
    depth = np.clip((points[..., 2] + 46) / 34, 0.2, 1)
    part = Part("tongue", "gum", JAW, points, colour_marks((24, 15), looks.tongue, depth), True)
    return face_outwards(part, (0, -10.5, -30))


def _build_cavity(looks: Looks) -> Part:
    """A bowl seen from inside, behind everything; low down it lies behind the opened jaw's skin."""
    points = make_ball((0, -6, -40), (36, 42, 30), 24, 12)
    front_z = np.clip(1.1 * points[..., 1] - 9.6, -44, None)  # the chin comes back by 30 mm
    points[..., 2] = np.minimum(points[..., 2], front_z)
    part = Part("cavity", "cavity", HEAD, points, colour_marks((24, 12), looks.cavity), True)
    outwards = face_outwards(part, (0, -6, -40))
    return Part("cavity", "cavity", HEAD, outwards.points[::-1], outwards.marks[::-1], True)
