"""Neck: ribbed rubber or steel rods between collar and head, the collar, and the throat's skin.

In: `Looks`, and the lower outline of the face. Out: parts of the head.
"""

from typing import Final

import numpy as np

from ..looks import Colour, Looks, to_linear
from .parts import MOVED, NECK, Part, colour_marks, face_outwards, turn_profile
from .relief import smoothstep

NECK_PIVOT_MM: Final = (0.0, -30.0, -88.0)  # the head turns about it
COLLAR_Y_MM: Final = -99.0
_RADIUS_MM: Final = 39.0  # of the rubber, at the collar
_TOP_RADIUS_MM: Final = 34.0  # below the jaw
_RODS: Final = ((25.0, 17.0), (34.0, -4.0))  # x to either side and z before the pivot, mm


def build_neck(looks: Looks) -> list[Part]:
    """From collar to head, and the collar, which stays with the body."""
    parts = [_build_rubber(looks)]
    if looks.neck == "rods":
        parts += [
            _build_rod(looks, f"rod_{side}_{k}", sign * x, z)
            for k, (x, z) in enumerate(_RODS)
            for side, sign in (("left", 1), ("right", -1))
        ]
    return [*parts, *_build_collar(looks)]


def _build_rubber(looks: Looks) -> Part:
    is_wide = looks.neck == "ribbed"
    wide, n_columns, n_rows = (_RADIUS_MM, 48, 61) if is_wide else (0.68 * _RADIUS_MM, 32, 49)
    height = np.linspace(COLLAR_Y_MM - 12, -18, n_rows)
    rib = np.abs(np.sin((height - COLLAR_Y_MM) / 8.5 * np.pi)) ** 0.7
    narrow = smoothstep(-86, -48, height)
    radius = wide + (min(wide, _TOP_RADIUS_MM) - wide) * narrow + 1.5 * rib
    points = turn_profile(list(zip(height, radius, strict=True)), n_columns)
    points = points * (1, 1, 0.95) + np.array([0, 0, NECK_PIVOT_MM[2]])
    shade = (0.55 + 0.45 * rib) * (1 - 0.62 * smoothstep(-90, -52, height))
    marks = colour_marks(points.shape[:2], looks.rubber, shade)
    inside = (0, -60, NECK_PIVOT_MM[2])
    return face_outwards(Part("neck", "rubber", NECK, points, marks, True), inside)


def _build_rod(looks: Looks, name: str, x: float, z: float) -> Part:
    """A piston: a thin bright rod that comes out of a sleeve."""
    low = COLLAR_Y_MM - 8
    profile = [
        (low, 5.6), (low + 10, 5.6), (low + 26, 5.6), (low + 27, 6.6), (low + 30, 6.6),
        (low + 31, 5.4), (low + 31.5, 3.4), (low + 36, 3.2), (low + 50, 3.2), (low + 62, 3.2),
        (-30, 3.2),
    ]  # fmt: skip
    points = turn_profile(profile, 12) + np.array([x, 0, NECK_PIVOT_MM[2] + z])
    height = np.array([y for y, _ in profile])
    shade = 1 - 0.6 * smoothstep(-88, -52, height)
    marks = colour_marks(points.shape[:2], looks.metal, shade)
    is_sleeve = (height < low + 31.2)[None, :, None]
    marks[..., :3] = np.where(is_sleeve, to_linear(looks.shell), marks[..., :3])
    middle = (x, float(height.mean()), NECK_PIVOT_MM[2] + z)
    return face_outwards(Part(name, "shell", NECK, points, marks, is_ring=True), middle)


def _build_collar(looks: Looks) -> list[Part]:
    rings: list[tuple[str, str, Colour, list[tuple[float, float]]]] = [
        ("floor", "trim", looks.trim, [
            (COLLAR_Y_MM - 1.5, 22), (COLLAR_Y_MM - 1, 44), (COLLAR_Y_MM - 0.5, 48),
        ]),
        ("light", "light", looks.accent, [(COLLAR_Y_MM - 0.5, 48), (COLLAR_Y_MM - 2.6, 49.2)]),
        ("ring", "shell", looks.shell, [
            (COLLAR_Y_MM - 2.6, 49), (COLLAR_Y_MM - 3, 50.5), (COLLAR_Y_MM - 5, 53),
            (COLLAR_Y_MM - 10, 59), (COLLAR_Y_MM - 17, 72), (COLLAR_Y_MM - 26, 96),
            (COLLAR_Y_MM - 40, 130), (COLLAR_Y_MM - 70, 160),
        ]),
    ]  # fmt: skip
    parts = []
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
    """Skin from the outline of the face back into the neck; `outline` as in `place_throat`."""
    points = place_throat(outline)
    n, m = points.shape[:2]
    marks = colour_marks((n, m), looks.skin, 0.9 - 0.6 * np.linspace(0, 1, m))
    return Part("throat", "throat", MOVED, points, marks, is_ring=False)


def place_throat(outline: np.ndarray) -> np.ndarray:
    """Throat for the moved lower outline of the skin (n, 3), right to left corner.

    Returns:
        (n, m, 3), from left to right: rows run under the chin into the rubber. Beside the chin the
        outline itself lies in the rubber, and nothing is left to close.
    """
    outline, within = outline[::-1], min(_TOP_RADIUS_MM, 0.68 * _RADIUS_MM) - 4.0
    away = outline[:, [0, 2]] - np.array([0.0, NECK_PIVOT_MM[2]])
    radius = np.hypot(away[:, 0], away[:, 1])[:, None]
    end = outline.copy()
    end[:, [0, 2]] -= away * np.maximum(0, 1 - within / radius)
    end[:, 1] = np.minimum(outline[:, 1] + 3.0, -30.0)
    s = np.linspace(0, 1, 6)[:, None]
    placed: np.ndarray = outline[:, None] + (end - outline)[:, None] * s
    placed[..., 1] -= 0.6 * np.sin(np.pi * s[:, 0])
    return placed
