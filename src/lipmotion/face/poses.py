"""Poses: what the motors of any face must do for lips pressed together, and for an open mouth.

In: a face description. Out: (M,) commands. Nothing here knows a face: only what its motors move.
"""

import numpy as np
from jaxtyping import Float32

from .base import FaceSpec
from .drives import DRIVES, mirror_name
from .motors import MotorSpec


def press_pose(spec: FaceSpec) -> Float32[np.ndarray, " motors"]:
    """(M,) the lips pressed together, as the description says, else found from what motors move.

    Found: every motor that opens lips or jaw goes to its shut end, the others rest. A jaw of which
    nothing is known goes to the end that is nearer to its rest, since resting lips are closed.
    """
    pose = spec.rest.values.copy()
    for k, motor in enumerate(spec.motors):
        if spec.pressed is not None:
            pose[k] = spec.pressed.get(motor.name, pose[k])
        elif (opening := _measure_opening(motor)) != 0:
            pose[k] = 0.0 if opening > 0 else 1.0
    return pose


def opened_pose(spec: FaceSpec) -> Float32[np.ndarray, " motors"]:
    """(M,) jaw and lower lip at their open ends, the others at rest."""
    pose = spec.rest.values.copy()
    for k, motor in enumerate(spec.motors):
        is_below = motor.group == "jaw" or any(d.startswith("lower_lip") for d in motor.drives)
        if is_below and (opening := _measure_opening(motor)) != 0:
            pose[k] = 1.0 if opening > 0 else 0.0
    return pose


def find_twins(spec: FaceSpec) -> tuple[tuple[int, int, float], ...]:
    """Motors on the right that do on their side what another does on the left.

    Returns:
        For each its position, its twin's, and 1.0, or −1.0 where one of them runs the other way.
    """
    twins = []
    for right, motor in enumerate(spec.motors):
        left = next((k for k, other in enumerate(spec.motors) if _is_twin(motor, other)), None)
        if left is not None:
            ways = _find_way(motor), _find_way(spec.motors[left])
            twins.append((right, left, 1.0 if ways[0] == ways[1] else -1.0))
    return tuple(twins)


def _measure_opening(motor: MotorSpec) -> float:
    """How far its whole travel opens the mouth; 0 for motors of neither lips nor jaw."""
    if motor.group not in ("lips", "jaw"):
        return 0.0
    if motor.group == "jaw" and not motor.drives:
        return 0.5 - motor.rest or 1.0
    per_unit = sum(f for drive, f in motor.drives.items() if DRIVES[drive].is_opening)
    return motor.travel * per_unit


def _is_twin(right: MotorSpec, left: MotorSpec) -> bool:
    """Whether the names say so, or what they move, on one side only."""
    if right.group != left.group or right is left:
        return False
    if "right" in right.name and right.name.replace("right", "left") == left.name:
        return True
    mirrored = {mirror_name(drive) for drive in right.drives}
    is_one_side = any("right" in drive for drive in right.drives) and not mirrored & {*right.drives}
    return is_one_side and mirrored == {*left.drives}


def _find_way(motor: MotorSpec) -> float:
    """+1 where more command moves its first drive the positive way, −1 the other way."""
    factor = next(iter(motor.drives.values()), 1.0)
    return float(np.sign(motor.travel * factor))
