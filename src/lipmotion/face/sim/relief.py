"""The relief of the face: depth of the resting skin over the frontal plane.

In: points (x, y) of the frontal plane in mm. Out: z in mm. Head frame of `pose.py`. The face is our
own sculpture in closed form (sums of smooth bumps), so no one else's mesh or scan is in it. The
mouth region (|x| < 36, -42 < y < 18) is what the soft body was measured with: leave it alone.
"""

from typing import Final

import numpy as np
from jaxtyping import Float

EYE_MM: Final = (29.8, 62.0, -23.0)  # centre of the owner's left eyeball; the right one is mirrored
EYE_RADIUS_MM: Final = 16.6
# Where the face ends below the shell, on the owner's left, (x, y): forehead, temple, cheek.
FACE_EDGE_MM: Final = ((0, 112), (22, 110), (43, 101), (58, 84), (65.5, 60), (67, 34))
_TEMPLE_DEPTH_MM: Final = 78.0  # how far the outline lies behind the middle line

# Middle line from chin to forehead (y, z), with lips and chin, and the same without their waves.
_MIDLINE: Final = np.array(
    [
        (-70, -46), (-56, -30), (-50, -19), (-44, -11), (-34, -5), (-25, -6), (-17, -9), (-11, -5),
        (0, -1), (8, -2), (16, -4), (22, -5), (35, -4), (60, -6), (74, -4.5), (88, -1.2),
        (100, -1.6), (112, -7), (125, -21), (140, -50),
    ],
    float,
)  # fmt: skip
_SMOOTH_LINE: Final = np.array(
    [
        (-70, -46), (-56, -30), (-44, -12.5), (-34, -7), (-20, -4.6), (0, -3.4), (15, -3.6),
        (30, -4.6), (60, -6),
    ],
    float,
)  # fmt: skip
_HALF_WIDTH: Final = np.array(
    [
        (-70, 22), (-56, 28), (-48, 36), (-38, 46), (-20, 56), (0, 63), (30, 71), (60, 74),
        (85, 74), (110, 70), (130, 58), (145, 40),
    ],
    float,
)  # fmt: skip
_NOSE_HEIGHT: Final = np.array(
    [
        (15, 0), (18.5, 0.6), (21.5, 5.0), (26, 13.0), (30.5, 16.6), (36, 14.8), (44, 11),
        (54, 7.2), (64, 4.4), (74, 2.0), (84, 0),
    ],
    float,
)  # fmt: skip
_NOSE_WIDTH: Final = np.array(
    [(16, 8.5), (22, 9.6), (28, 9.4), (35, 7.6), (45, 6.4), (56, 6.6), (68, 8.5), (84, 12)], float
)


def measure_depth(
    x_mm: Float[np.ndarray, "..."], y_mm: Float[np.ndarray, "..."], *, with_features: bool = True
) -> Float[np.ndarray, "..."]:
    """Depth z of the resting skin over (x, y), in mm.

    Args:
        x_mm, y_mm: arrays of one shape, head frame.
        with_features: with nose and eye sockets; without them for the inner side of the skin.
    """
    x_mm, y_mm = np.asarray(x_mm, float), np.asarray(y_mm, float)
    side = np.abs(x_mm)
    depth = _measure_bowl(side, y_mm)
    depth = depth + 4.0 * _bump(side, y_mm, (36, 30), (16, 18))  # cheek
    fold = np.exp(-(((side - 25 - 0.12 * y_mm) / 4.5) ** 2) - ((y_mm - 10) / 16) ** 2)
    depth = depth - 1.6 * fold  # from nose to corner of the mouth
    depth = depth - 0.9 * _bump(x_mm, y_mm, (0, 14), (2.6, 5))  # philtrum and its two ridges
    depth = depth + 0.5 * _bump(side, y_mm, (4.6, 13), (2.2, 5))
    return _add_features(depth, side, y_mm) if with_features else depth


def measure_half_width(y_mm: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Half the width of the face at height y, in mm."""
    return interpolate_monotone(_HALF_WIDTH, np.clip(y_mm, -70, 145))


def smoothstep(
    low: float | int, high: float | int, x: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """0 at `low`, 1 at `high`, smooth between; `low` may lie above `high`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def interpolate_monotone(
    knots: Float[np.ndarray, "knots 2"], x: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """Smooth curve through knots (x, value) that never overshoots them.

    Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic
    interpolants", 1984.
    """
    xs, ys = knots[:, 0], knots[:, 1]
    step = np.diff(xs)
    slope = np.diff(ys) / step
    w1, w2 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    is_turn = slope[:-1] * slope[1:] <= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(is_turn, 0.0, (w1 + w2) / (w1 / slope[:-1] + w2 / slope[1:]))
    tangent = np.concatenate([slope[:1], inner, slope[-1:]])
    k = np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(step) - 1)
    t = (x - xs[k]) / step[k]
    t2, t3 = t * t, t * t * t
    return (
        (2 * t3 - 3 * t2 + 1) * ys[k]
        + (t3 - 2 * t2 + t) * step[k] * tangent[k]
        + (3 * t2 - 2 * t3) * ys[k + 1]
        + (t3 - t2) * step[k] * tangent[k + 1]
    )


def _measure_bowl(side: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Middle line bent back towards the temples; lips and chin only near the middle."""
    across = np.clip(side / measure_half_width(y), 0, 0.9999)
    middle = interpolate_monotone(_MIDLINE, np.clip(y, -70, 140))
    smooth = interpolate_monotone(_SMOOTH_LINE, np.clip(y, -70, 60))
    near_middle = np.exp(-((side / 24.0) ** 2))
    is_low = smoothstep(40, 16, y) * smoothstep(-62, -46, y)
    middle = middle + (smooth - middle) * (1 - near_middle) * is_low
    return middle - _TEMPLE_DEPTH_MM * (1 - (1 - across**2.35) ** 0.55)


def _add_features(depth: np.ndarray, side: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Nose, nostrils, eye sockets, and the lids over the eyeballs."""
    height = interpolate_monotone(_NOSE_HEIGHT, np.clip(y, 15, 84))
    width = interpolate_monotone(_NOSE_WIDTH, np.clip(y, 16, 84))
    depth = depth + height * np.exp(-((side / width) ** 2.2))
    depth = depth + 0.16 * height * np.exp(-((side / (2.3 * width)) ** 2))  # into the cheeks
    depth = depth + 5.6 * _bump(side, y, (12.6, 25.6), (4.7, 5.4))  # wing of the nose
    depth = depth - 2.2 * _bump(side, y, (6.5, 20.6), (3.2, 1.8))  # nostril
    eye_x, eye_y, eye_z = EYE_MM
    depth = depth - 4.6 * _bump(side, y, (eye_x - 3, eye_y + 5), (18, 10))  # eye socket
    depth = depth - 1.2 * _bump(side, y, (eye_x - 14, eye_y + 2), (6, 8))  # beside the nose
    depth = depth + 3.6 * _bump(side, y, (31, eye_y - 13.5), (17, 8))  # below the eye
    depth = depth + 6.0 * _bump(side, y, (48, eye_y - 1), (10, 15))  # outer corner of the lids
    depth = depth + 2.6 * _bump(side, y, (28, 82), (22, 6.5))  # brow bone
    radius = EYE_RADIUS_MM + 1.6
    flat = np.where(y < eye_y, 1.08, 1.02)  # below, the ball hardly lifts the skin
    away2 = (side - eye_x) ** 2 + ((y - eye_y) * flat) ** 2
    ball = eye_z + np.sqrt(np.clip(radius**2 - away2, 0, None) + 1.0)
    ball = ball - 12 * smoothstep(0.78, 1.5, away2 / radius**2)
    softness = 1.6
    over = np.where(away2 < 1.6 * radius**2, np.clip((ball - depth) / softness, -40, 40), -40)
    return depth + softness * np.logaddexp(0, over)


def _bump(
    x: np.ndarray, y: np.ndarray, centre: tuple[float, float], size: tuple[float, float]
) -> np.ndarray:
    return np.exp(-(((x - centre[0]) / size[0]) ** 2) - ((y - centre[1]) / size[1]) ** 2)
