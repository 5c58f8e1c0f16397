"""Poses of the face `emo` that `body*.py` measure, and the hands that put it there."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from lipmotion.commands import Command
from lipmotion.face import read_face_spec
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.mesh import N_ANGLES
from lipmotion.face.sim.skin import N_RENDER_ANGLES, render_rows
from lipmotion.face.sim.truth import FaceTruth

HOLD_HOPS = 60
NEW_TARGET_HOPS = 6
BESIDE_CORNER = 2  # columns beside each corner that penetration leaves out
HALF = N_ANGLES // 2
_FACING = slice(*np.searchsorted(render_rows(), [1.0, 3.5]))  # drawn rows of the lip itself
_RED_EDGE = int(np.argmin(np.abs(render_rows() - 1)))


def both(**changes: float) -> dict[str, float]:
    """upper_lip=1 stands for left and right; corner_raise and corner_spread likewise."""
    named = {}
    for name, value in changes.items():
        for side in ("left", "right"):
            what = name.removeprefix("corner_")
            full = f"corner_{side}_{what}" if what != name else f"{name}_{side}"
            named[full] = value
    return named


POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "open": {"jaw_open": 1} | both(upper_lip=1, lower_lip=1),
    "ah": {"jaw_open": 0.6} | both(upper_lip=0.35, lower_lip=0.3),
    "shut hard": {"jaw_open": 0} | both(upper_lip=0, lower_lip=0),
    "pressed": {"upper_lip_roll": 0, "lower_lip_roll": 0, "jaw_open": 0.044}
    | both(upper_lip=0, lower_lip=0),
    "pucker": {"upper_lip_roll": 1, "lower_lip_roll": 1} | both(corner_spread=0),
    "oo": {"upper_lip_roll": 0.9, "lower_lip_roll": 0.9, "jaw_open": 0.052}
    | both(corner_spread=0, upper_lip=0.7, lower_lip=0.7),
    "smile": both(corner_spread=1, corner_raise=0.9),
    "ee": {"jaw_open": 0.175}
    | both(corner_spread=0.95, corner_raise=0.6, upper_lip=0.45, lower_lip=0.35),
    "one-sided": {"corner_left_spread": 1, "corner_left_raise": 0.9},
    "corners up": both(corner_raise=1),
    "corners down": both(corner_raise=0),
    "f v": {"lower_lip_roll": 0.1, "jaw_open": 0.157}
    | both(lower_lip=0, upper_lip=0.7, corner_spread=0.7),
}


def hold(face: SimFace, changes: Mapping[str, float], n_hops: int = HOLD_HOPS) -> FaceTruth:
    command = face.spec.rest.replace(changes)
    for _ in range(n_hops):
        face.send(command)
    return face.truth()


def open_emo(seed: int = 0, *, ideal: bool = False) -> SimFace:
    """The face as shipped, or without backlash and hold error."""
    spec = read_face_spec("emo")
    if ideal:
        motors = (dataclasses.replace(m, backlash=0.0, hold_error=0.0) for m in spec.motors)
        spec = dataclasses.replace(spec, motors=tuple(motors))
    return SimFace(spec, seed=seed)


def draw_command(face: SimFace, rng: np.random.Generator) -> Command:
    """Random on all motors; every second one at the ends of its travel."""
    values = rng.random(len(face.spec.motors))
    if rng.random() < 0.5:
        values = np.round(values)
    return Command(face.spec.motor_names, values.astype(np.float32))


@dataclasses.dataclass(frozen=True)
class FrontView:
    """The mouth as seen from straight in front, from the drawn skin.

    Attributes:
        height_mm: greatest opening between the lips' contours.
        width_mm: from side to side where that opening is above half a millimetre.
        red_mm: height of the red of both lips that is seen at the middle.
        half_red_mm: the same, mean over the middle half of the mouth.
        lower_edge_mm: y of the lower lip's contour at the middle.
    """

    height_mm: float
    width_mm: float
    red_mm: float
    half_red_mm: float
    lower_edge_mm: float


def see_mouth(face: SimFace) -> FrontView:
    half = N_RENDER_ANGLES // 2
    sheet = face.pose().skin_vertices.reshape(N_RENDER_ANGLES, -1, 3)
    upper, lower = sheet[1:half], sheet[:half:-1]  # left corner to right
    low = upper[:, _FACING, 1].min(1)
    high = lower[:, _FACING, 1].max(1)
    apart = low - high
    red_up, red_down = upper[:, _RED_EDGE, 1], lower[:, _RED_EDGE, 1]
    red = np.minimum((red_up - low) + (high - red_down), red_up - red_down)
    is_open = apart > 0.5
    across = 0.5 * (upper[:, _FACING, 0].mean(1) + lower[:, _FACING, 0].mean(1))
    middle = half // 2 - 1
    near = np.abs(across) < 0.25 * np.ptp(across)  # the middle half of the mouth
    return FrontView(
        float(max(0.0, apart.max())),
        float(np.ptp(across[is_open])) if is_open.any() else 0.0,
        float(red[middle]),
        float(red[near].mean()),
        float(high[middle]),
    )
