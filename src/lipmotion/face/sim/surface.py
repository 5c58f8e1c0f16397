"""The skin as one surface F(theta, t): a polar sheet round the mouth, outside and inside.

Head frame of `pose.py`, mm. theta runs round the mouth: 0 = the owner's left corner, pi/2 = middle
of the upper lip, pi = right corner, 3 pi/2 = middle of the lower lip. t runs along the sheet:

    0 outline of the face .. 1 edge of the red .. 2 front of the lip's touching face
    .. 3 its back .. 4 behind the edge of the red .. 5 behind the outline

The inner side at t lies behind the outer side at 5 - t. The simulated solid and the fine mesh that
is drawn are both sampled from it, so the one binds to the other without search.
"""

from typing import Final

import numpy as np
from jaxtyping import Float

from .relief import measure_depth, measure_half_width, smoothstep

SLIT_HALF_WIDTH_MM: Final = 25.0
RED_HALF_WIDTH_MM: Final = 27.2
SKIN_MM: Final = 4.2  # thickness of the skin away from the lips
MOULDED_GAP_MM: Final = 0.05  # each lip's distance from the slit as moulded
JAW_HINGE_MM: Final = (0.0, 38.0, -82.0)
_SMILE_MM: Final = 1.4  # corners above the middle of the resting mouth
_EVEN_SHARE: Final = 0.45  # 0: columns crowd at the corners (thin tets there); 1: even in x
_FRONT_ROUNDING: Final = 0.02  # how far the touching face's front stands back, in lip heights
_BACK_ROUNDING: Final = 0.06


def sample_surface(
    theta: Float[np.ndarray, "..."], t: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "... 3"]:
    """Points of the resting skin, in mm.

    Args:
        theta: angles round the mouth, rad.
        t: places along the sheet, 0 to 5; broadcast against theta.

    Returns:
        (..., 3) mm, head frame.
    """
    theta, t = np.broadcast_arrays(np.asarray(theta, float), np.asarray(t, float))
    touching = np.clip(t - 2, 0, 1)[..., None]
    outer = _sample_outer(theta, np.minimum(t, 2))
    inner = _sample_inner(theta, np.minimum(5 - t, 2))
    sheet = np.where(t[..., None] < 2.5, outer, inner)
    tip = outer + (inner - outer) * touching
    tip[..., 1] = _tip_height(theta, touching[..., 0])
    return np.where((touching > 0) & (touching < 1), tip, sheet)


def sample_slit(theta: Float[np.ndarray, "..."]) -> tuple[np.ndarray, np.ndarray]:
    """The line where the lips meet, (x, y) in mm."""
    across = _across(theta)
    side = np.abs(across)
    x = SLIT_HALF_WIDTH_MM * across
    wave = -0.7 * np.exp(-((x / 6) ** 2)) + 0.5 * np.exp(-(((np.abs(x) - 11) / 7) ** 2))
    return x, 0.3 + _SMILE_MM * side**2 + (wave + 0.5) * smoothstep(0, 0.35, 1 - side)


def sample_red_edge(theta: Float[np.ndarray, "..."]) -> tuple[np.ndarray, np.ndarray]:
    """The edge of the red of the lips, (x, y) in mm."""
    across = _across(theta)
    side = np.abs(across)
    x = RED_HALF_WIDTH_MM * across
    bow = 0.9 * np.exp(-(((np.abs(x) - 5) / 3.2) ** 2)) - 1.0 * np.exp(-((x / 2.6) ** 2))
    taper = np.clip((1 - side) * 8, 0, 1)
    upper = 8.2 * (1 - side**1.7) ** 0.75 + bow * taper
    lower = -9.8 * (1 - side**2.3) ** 0.72
    return x, 0.3 + _SMILE_MM * side**2 + np.where(np.sin(theta) >= 0, upper, lower)


def sample_outline(theta: Float[np.ndarray, "..."]) -> tuple[np.ndarray, np.ndarray]:
    """The outline of the face, (x, y) in mm."""
    c, s = np.cos(theta), np.sin(theta)
    x = np.sign(c) * np.abs(c) ** 0.82 * np.where(s >= 0, 72, 71)
    y = np.where(s >= 0, np.abs(s) ** 0.9 * 134, -(np.abs(s) ** 1.15) * 60)
    y = y + 20 * np.abs(c) ** 1.5
    limit = measure_half_width(y) * 0.985
    return np.clip(x, -limit, limit), y


def weigh_jaw(points_mm: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "..."]:
    """How far skin that is not simulated follows the jaw, 0 to 1."""
    return smoothstep(34, -26, points_mm[..., 1] - 0.10 * np.abs(points_mm[..., 0]))


def turn_jaw(points_mm: Float[np.ndarray, "... 3"], jaw_rad: float) -> Float[np.ndarray, "... 3"]:
    """Points fixed to the jaw after it opened by `jaw_rad`: down and back about the hinge, mm."""
    c, s = np.cos(jaw_rad), np.sin(jaw_rad)
    hinge = np.array(JAW_HINGE_MM)
    arm = points_mm - hinge
    turned = np.stack(
        [arm[..., 0], c * arm[..., 1] - s * arm[..., 2], s * arm[..., 1] + c * arm[..., 2]], -1
    )
    return turned + hinge


def _across(theta: np.ndarray) -> np.ndarray:
    """-1 (right corner) to 1 (left corner): a cosine made more even, so corner cells keep size."""
    c = np.cos(theta)
    even = 1 - 2 * np.arccos(np.clip(c, -1, 1)) / np.pi
    return (1 - _EVEN_SHARE) * c + _EVEN_SHARE * even


def _lip_side(theta: np.ndarray) -> np.ndarray:
    """+1 on the upper lip, -1 on the lower, 0 at the corners."""
    s = np.sin(theta)
    return np.where(np.abs(s) < 1e-9, 0.0, np.sign(s))


def _tip_height(theta: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Height y of the touching face; `along` 0 = front, 1 = back; lowest in between."""
    _, slit_y = sample_slit(theta)
    _, red_y = sample_red_edge(theta)
    gap = MOULDED_GAP_MM * np.clip((1 - np.abs(_across(theta))) * 8, 0, 1)
    front = _FRONT_ROUNDING * np.clip(1 - along / 0.4, 0, 1) ** 2
    back = _BACK_ROUNDING * np.clip((along - 0.4) / 0.6, 0, 1) ** 2
    return slit_y + _lip_side(theta) * gap + (red_y - slit_y) * (front + back)


def _spread(theta: np.ndarray, t: np.ndarray, tip_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a place lies seen from the front: from the outline over the red's edge to the tip."""
    red_x, red_y = sample_red_edge(theta)
    out_x, out_y = sample_outline(theta)
    slit_x, _ = sample_slit(theta)
    away, into = np.clip(1 - t, 0, 1), np.clip(t - 1, 0, 1)
    turn = np.sin(into * np.pi / 2) ** 1.25
    x = red_x + (out_x - red_x) * away + (slit_x - red_x) * turn
    y = red_y + (out_y - red_y) * away + (tip_y - red_y) * turn
    return x, y


def _sample_outer(theta: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Skin (t < 1) and red of the lip (1 to 2), seen from outside."""
    red_x, red_y = sample_red_edge(theta)
    away, into = np.clip(1 - t, 0, 1), np.clip(t - 1, 0, 1)
    x, y = _spread(theta, t, _tip_height(theta, np.zeros(())))
    skin_z = measure_depth(x, y) + 0.35 * np.exp(-((away / 0.03) ** 2))
    red_z = (measure_depth(red_x, red_y) + 0.35) * (1 - into) + _slit_depth(theta) * into
    red_z = red_z + _bulge(theta) * np.sin(np.pi * 0.8 * into) ** 0.9
    return np.stack([x, y, np.where(into > 0, red_z, skin_z)], -1)


def _sample_inner(theta: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The same places on the inner side; no nose, no lip bulge."""
    red_x, red_y = sample_red_edge(theta)
    into = np.clip(t - 1, 0, 1)
    x, y = _spread(theta, t, _tip_height(theta, np.ones(())))
    skin_z = measure_depth(x, y, with_features=False) - SKIN_MM
    edge_z = measure_depth(red_x, red_y, with_features=False) - SKIN_MM
    tip_z = _slit_depth(theta) + _bulge(theta) * np.sin(np.pi * 0.8) ** 0.9
    back_z = tip_z - _lip_thickness(theta)
    lip_z = edge_z + (back_z - edge_z) * into * into * (3 - 2 * into)
    return np.stack([x, y, np.where(into > 0, lip_z, skin_z)], -1)


def _slit_depth(theta: np.ndarray) -> np.ndarray:
    slit_x, _ = sample_slit(theta)
    return measure_depth(slit_x, np.zeros_like(slit_x)) + 0.3


def _bulge(theta: np.ndarray) -> np.ndarray:
    s = np.sin(theta)
    return np.where(s >= 0, 4.4, 4.9) * np.abs(s) ** 0.75


def _lip_thickness(theta: np.ndarray) -> np.ndarray:
    """Front to back of the touching face, mm."""
    return 3.5 + 2.5 * np.abs(np.sin(theta)) ** 0.8
