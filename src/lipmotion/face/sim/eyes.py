"""Eyes and lids: balls that turn, and shells that slide over them.

In: `Looks`, then motor positions in degrees. Out: parts of the head and where they are now.
Angles are seen from the eyeball's centre: yaw to the owner's left, elevation up.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float

from ..looks import Looks, to_linear
from .flesh import reshape_face
from .parts import HEAD, MOVED, Part, colour_marks, face_outwards, make_ball
from .relief import EYE_MM, EYE_RADIUS_MM, measure_depth, smoothstep

SIDES: Final = (("left", 1.0), ("right", -1.0))
LID_GAP_MM: Final = 0.62  # lids over the eyeball
OPENING: Final = (EYE_MM[0], EYE_MM[1], 15.0, 11.0, 8.7, 0.06, 0.10)  # see `raster.is_open`
_LID_BY_CHEEK_DEG: Final = 8.0  # how far a full smile pushes the lower lid up
_CORNER_RAD: Final = np.deg2rad(62)  # where the margins of the lids meet
_YAW: Final = np.deg2rad(np.linspace(-78, 78, 31))
_BALL_YAW: Final = np.deg2rad(np.linspace(-66, 66, 27))
_BALL_PITCH: Final = np.deg2rad(np.linspace(-48, 48, 21))
_TO_BACK: Final = np.array(
    [0.0, 0.035, 0.09, 0.15, 0.24, 0.36, 0.5, 0.64, 0.8, 1.0]
)  # margin .. under skin

_LID_RADIUS: Final = (  # (columns, rows) mm: back and ends slip under the skin
    EYE_RADIUS_MM + LID_GAP_MM
    - 0.55 * (_TO_BACK == 0)
    - 0.2 * smoothstep(0.4, 0.8, _TO_BACK)
    - 1.8 * smoothstep(64, 78, np.abs(np.rad2deg(_YAW)))[:, None]
)  # fmt: skip


def build_eyes(looks: Looks) -> list[Part]:
    """Eyeballs and lids, both sides, lids shut; `place_lids` and `mark_eyes` move them."""
    parts = []
    for side, sign in SIDES:
        ball = _on_ball(_BALL_YAW[:, None], _BALL_PITCH[None, :], EYE_RADIUS_MM, sign)
        parts.append(
            Part(f"eye_{side}", "eye", MOVED, ball, np.ones((*ball.shape[:2], 4)), is_ring=False)
        )
        for lid, is_upper in (("upper", True), ("lower", False)):
            points = _place_lid(sign, 0.0, is_upper)
            marks = _mark_lid(looks, sign, is_upper)
            parts.append(Part(f"lid_{side}_{lid}", "lid", MOVED, points, marks, is_ring=False))
        parts += [_build_caruncle(looks, side, sign), _build_socket(looks, side, sign)]
    return parts


def _build_caruncle(looks: Looks, side: str, sign: float) -> Part:
    """The small red lump in the inner corner, and the fold beside it; shut lids cover it."""
    at = np.deg2rad(-57.0)
    x, z = (EYE_RADIUS_MM - 1.1) * np.sin(at), (EYE_RADIUS_MM - 1.1) * np.cos(at)
    centre = (sign * (EYE_MM[0] + x), EYE_MM[1] - 0.6, EYE_MM[2] + z)
    points = make_ball(centre, (1.8, 1.7, 1.7), 12, 7)
    marks = colour_marks(points.shape[:2], looks.blush)
    marks[..., :3] += 0.35 * (to_linear(looks.lids) - marks[..., :3])
    return face_outwards(Part(f"caruncle_{side}", "wet", HEAD, points, marks, True), centre)


def _build_socket(looks: Looks, side: str, sign: float) -> Part:
    """What is seen past the corners of the lids when the head is turned: flesh below the skin."""
    around = np.arange(32)[:, None] * (2 * np.pi / 32)
    away = np.array([11.0, 13.2, 15.4, 17.6, 20.4])
    x, y = EYE_MM[0] + away * np.cos(around), EYE_MM[1] + away * np.sin(around)
    z = np.minimum(measure_depth(x, y) - 0.8 - 0.3 * (away - 13.2), EYE_MM[2] + 5.5)
    points = reshape_face(np.stack([sign * x, y, z], -1))
    marks = colour_marks(points.shape[:2], looks.lids, 0.65)
    behind = (sign * EYE_MM[0], EYE_MM[1], EYE_MM[2] - 60.0)
    return face_outwards(Part(f"socket_{side}", "lid", HEAD, points, marks, True), behind)


def place_lids(
    drives: Mapping[str, float], smiles: Mapping[str, float]
) -> dict[str, Float[np.ndarray, "columns rows 3"]]:
    """Points of every lid of `build_eyes`."""
    placed = {}
    for side, sign in SIDES:
        upper, lower = _read_lids(drives, smiles, side)
        placed[f"lid_{side}_upper"] = _place_lid(sign, upper, is_upper=True)
        placed[f"lid_{side}_lower"] = _place_lid(sign, lower, is_upper=False)
    return placed


def mark_eyes(
    drives: Mapping[str, float], smiles: Mapping[str, float]
) -> dict[str, Float[np.ndarray, "columns rows 4"]]:
    """Marks of every eyeball of `build_eyes`: it turns by these, its points stay."""
    return {
        f"eye_{side}": np.concatenate(
            [
                _turn_ball(drives[f"eye_{side}_yaw"], drives[f"eye_{side}_pitch"]),
                _shade_ball(sign, *_read_lids(drives, smiles, side))[..., None],
            ],
            -1,
        )
        for side, sign in SIDES
    }


def _read_lids(
    drives: Mapping[str, float], smiles: Mapping[str, float], side: str
) -> tuple[float, float]:
    """Elevation of the upper and the lower lid's margin, degrees."""
    lever = (drives[f"lid_{side}_upper"] + 20) / 52  # 0 = shut, where it hangs over the lower lid
    upper = -31.5 + (87.5 - 18 * lever) * lever
    lower = drives[f"lid_{side}_lower"] - 3.5
    return upper, lower + _LID_BY_CHEEK_DEG * max(0.0, smiles[side])


def _turn_ball(yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """Direction of each point of a ball in the frame of the turned ball, (n, m, 3)."""
    yaw, pitch = np.deg2rad(yaw_deg), np.deg2rad(pitch_deg)
    (sin_yaw, sin_pitch), (cos_yaw, cos_pitch) = np.sin([yaw, pitch]), np.cos([yaw, pitch])
    frame = np.array(  # columns: left, up, forward
        [
            [cos_yaw, -sin_yaw * sin_pitch, sin_yaw * cos_pitch],
            [0.0, cos_pitch, sin_pitch],
            [-sin_yaw, -cos_yaw * sin_pitch, cos_yaw * cos_pitch],
        ]
    )
    return _BALL_DIRECTION @ frame


def _shade_ball(sign: float, upper_deg: float, lower_deg: float) -> np.ndarray:
    """Shadow of the lids on the ball, (n, m)."""
    yaw = sign * _BALL_YAW[:, None]
    from_upper = np.rad2deg(_margin(yaw, np.deg2rad(upper_deg), True) - _BALL_PITCH)
    from_lower = np.rad2deg(_BALL_PITCH - _margin(yaw, np.deg2rad(lower_deg), False))
    shade = 0.42 + 0.58 * smoothstep(-1, 17, from_upper)
    return shade * (0.72 + 0.28 * smoothstep(-1, 7, from_lower))


def _place_lid(sign: float, elevation_deg: float, is_upper: bool) -> np.ndarray:
    margin = _margin(sign * _YAW, np.deg2rad(elevation_deg), is_upper)[:, None]
    back = np.deg2rad(78.0 if is_upper else -72.0)
    pitch = margin + (back - margin) * _TO_BACK
    radius = _LID_RADIUS if is_upper else _LID_RADIUS - 0.12
    points = _on_ball(_YAW[:, None], pitch, radius, sign)
    return points if is_upper else points[:, ::-1]


def _mark_lid(looks: Looks, sign: float, is_upper: bool) -> np.ndarray:
    """Lid colour, lashes at the margin, darker towards the fold under the skin."""
    shape = (len(_YAW), len(_TO_BACK))
    fold = smoothstep(0.15, 0.62, _TO_BACK)
    marks = colour_marks(shape, looks.lids, 1 - (0.2 if is_upper else 0.16) * fold)
    outwards = sign * np.rad2deg(_YAW)[:, None]
    width = (0.095 if is_upper else 0.02) + (0.05 if is_upper else 0.02) * outwards / 60
    lash = smoothstep(1.25, 0.75, _TO_BACK / width) * (0.93 if is_upper else 0.35)
    marks[..., :3] += (to_linear(looks.lashes) - marks[..., :3]) * lash[..., None]
    return marks if is_upper else marks[:, ::-1]


def _margin(outwards_rad: np.ndarray, elevation_rad: float, is_upper: bool) -> np.ndarray:
    """Elevation of a lid's margin at yaw `outwards_rad` (+ = away from the nose), rad."""
    corner = np.deg2rad(-1.0) + 0.06 * outwards_rad
    # the upper arch is highest nearer the nose; shut, it lies along the lower lid
    shut = float(np.clip(-elevation_rad / np.deg2rad(15.0), 0, 1)) if is_upper else 1.0
    peak = np.deg2rad(-7.0 + 15.0 * shut)
    across = np.clip((outwards_rad - peak) / (_CORNER_RAD - peak * np.sign(outwards_rad)), -1, 1)
    return corner + (elevation_rad - corner) * (1 - across**2) ** 0.78


def _on_ball(
    yaw: Float[np.ndarray, "..."],
    pitch: Float[np.ndarray, "..."],
    radius: float | np.ndarray,
    sign: float,
) -> np.ndarray:
    direction = _point(yaw, pitch)
    centre = np.array([sign * EYE_MM[0], EYE_MM[1], EYE_MM[2]])
    return centre + np.broadcast_to(radius, direction.shape[:-1])[..., None] * direction


def _point(yaw: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Unit directions, (..., 3)."""
    across = np.cos(pitch)
    return np.stack(
        np.broadcast_arrays(np.sin(yaw) * across, np.sin(pitch), np.cos(yaw) * across), -1
    )


_BALL_DIRECTION: Final = _point(_BALL_YAW[:, None], _BALL_PITCH[None, :])
