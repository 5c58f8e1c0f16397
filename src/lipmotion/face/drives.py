"""Drives: what motors can move on a face, by name. A description says which motor moves what.

Left and right are the owner's. A drive counts from the resting face: lids half open, eyes and head
straight. The motors of `faces/emo` are named after their drives, one motor each.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Drive:
    """One thing that moves.

    Attributes:
        unit: ``mm`` of skin pull, on a head of emo's size, or ``deg`` of rotation.
        positive: what it does in the positive direction.
        is_opening: positive opens the mouth, negative shuts and presses it.
        rest: where it stands in the resting face where no motor is named after it, in `unit`.
    """

    unit: str
    positive: str
    is_opening: bool = False
    rest: float = 0.0


DRIVES: Final = {
    "upper_lip_left": Drive("mm", "up", is_opening=True),
    "upper_lip_right": Drive("mm", "up", is_opening=True),
    "lower_lip_left": Drive("mm", "down", is_opening=True),
    "lower_lip_right": Drive("mm", "down", is_opening=True),
    "upper_lip_roll": Drive("deg", "turned out and forward"),
    "lower_lip_roll": Drive("deg", "turned out and forward"),
    "corner_left_raise": Drive("mm", "up"),
    "corner_right_raise": Drive("mm", "up"),
    "corner_left_spread": Drive("mm", "outwards"),
    "corner_right_spread": Drive("mm", "outwards"),
    "jaw_open": Drive("deg", "open", is_opening=True),
    "brow_left_inner": Drive("mm", "up"),
    "brow_left_outer": Drive("mm", "up"),
    "brow_right_inner": Drive("mm", "up"),
    "brow_right_outer": Drive("mm", "up"),
    "lid_left_upper": Drive("deg", "up", rest=19.0),
    "lid_left_lower": Drive("deg", "up", rest=-18.8),
    "lid_right_upper": Drive("deg", "up", rest=19.0),
    "lid_right_lower": Drive("deg", "up", rest=-18.8),
    "eye_left_yaw": Drive("deg", "to the owner's left"),
    "eye_left_pitch": Drive("deg", "up"),
    "eye_right_yaw": Drive("deg", "to the owner's left"),
    "eye_right_pitch": Drive("deg", "up"),
    "neck_yaw": Drive("deg", "to the owner's left"),
    "neck_pitch": Drive("deg", "up"),
    "neck_roll": Drive("deg", "to the owner's left shoulder"),
}
LIP_DRIVES: Final = tuple(DRIVES)[:11]  # those of the soft body, in its order; the jaw is the last


def mirror_name(name: str) -> str:
    """The same on the other side: left and right exchanged."""
    return name.replace("left", "@").replace("right", "left").replace("@", "right")
