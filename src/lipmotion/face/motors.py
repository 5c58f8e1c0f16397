"""MotorSpec and ServoSet: what a motor is, how its servo behaves, and what it moves on a face."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .drives import DRIVES

MOTOR_GROUPS: Final = ("lips", "jaw", "brows", "lids", "eyes", "neck")


@dataclass(frozen=True)
class MotorSpec:
    """One motor as its servo behaves.

    Attributes:
        name: the field's name, unique in the face.
        group: one of MOTOR_GROUPS.
        low, high: where commands 0 and 1 put it, in `unit`; high may lie below low (reversed).
        unit: ``mm`` of skin pull or ``deg`` of rotation.
        rest: command of the resting face, in [0, 1].
        speed_per_s: greatest speed in commands per second.
        dead_time_s: delay before the servo starts to answer.
        lag_s: time constant of its first-order answer.
        backlash: play of the gear, in commands.
        hold_error: standard deviation of where it stops, in commands.
        horn_deg: turn of the servo's horn from command 0 to 1; brings a `ServoSet` to this motor.
        frame_s: the servo takes its command once in so long (pulse width); 0 = at once.
        dead_band: it rests while it is nearer to its command than half of this, in commands.
        load_give: how far the skin draws the horn back towards rest at the end of its travel, in
            commands; the skin's pull counts as proportional to the way from rest.
        heat_s: time constant in which holding a load warms it; 0 = never.
        heat_give: share by which `load_give` grows when it has held the end of its travel for long.
        moves: what it moves, drive → mm or deg of the drive for one `unit` of the motor; None: the
            drive of its own name by 1, if there is one. Several motors on one drive add up.
    """

    name: str
    group: str
    low: float
    high: float
    unit: str
    rest: float
    speed_per_s: float
    dead_time_s: float
    lag_s: float
    backlash: float
    hold_error: float
    horn_deg: float = 60.0
    frame_s: float = 0.0
    dead_band: float = 0.0
    load_give: float = 0.0
    heat_s: float = 0.0
    heat_give: float = 0.0
    moves: dict[str, float] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        if self.group not in MOTOR_GROUPS:
            raise ValueError(f"{self.name}: group is {self.group!r}, not {', '.join(MOTOR_GROUPS)}")
        if self.unit not in ("mm", "deg"):
            raise ValueError(f"{self.name}: unit is {self.unit!r}, not mm or deg")
        if self.low == self.high:
            raise ValueError(f"{self.name}: low and high are both {self.low:g}; it has no travel")
        if not 0 <= self.rest <= 1:
            raise ValueError(f"{self.name}: rest is {self.rest:g}, allowed 0 to 1")
        if not self.speed_per_s > 0:
            raise ValueError(f"{self.name}: speed_per_s is {self.speed_per_s:g}, must be above 0")
        for name in ("horn_deg", "heat_s", "heat_give"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{self.name}: {name} is {getattr(self, name):g}, allowed 0 up")
        if self.horn_deg == 0:
            raise ValueError(f"{self.name}: horn_deg is 0; a horn that never turns moves nothing")
        for name in (
            "dead_time_s", "lag_s", "backlash", "hold_error", "frame_s", "dead_band", "load_give",
        ):  # fmt: skip
            if not 0 <= getattr(self, name) <= 1:
                got = getattr(self, name)
                raise ValueError(f"{self.name}: {name} is {got:g}, allowed 0 to 1")
        for drive, factor in (self.moves or {}).items():
            if drive not in DRIVES:
                close = difflib.get_close_matches(drive, DRIVES, 1)
                hint = f" (did you mean {close[0]!r}?)" if close else ""
                raise ValueError(
                    f"{self.name}: moves: {drive} is no drive{hint}; drives: {', '.join(DRIVES)}"
                )
            if factor == 0 or not math.isfinite(factor):
                raise ValueError(f"{self.name}: moves: {drive} by {factor:g}; a number but 0")

    @property
    def drives(self) -> Mapping[str, float]:
        """What it moves, as `moves` tells; empty where that is nothing a face is known to have."""
        if self.moves is None:
            return {self.name: 1.0} if self.name in DRIVES else {}
        return self.moves

    @property
    def travel(self) -> float:
        """From command 0 to 1, in `unit`; negative where the motor is reversed."""
        return self.high - self.low

    def to_unit(self, command: float) -> float:
        """Position in the motor's unit for a command in [0, 1]."""
        return self.low + self.travel * command


@dataclass(frozen=True)
class ServoSet:
    """One kind of servo, in place of what the motors say of theirs; angles are of the horn.

    Attributes:
        speed_deg_per_s, dead_time_s, lag_s, frame_s, heat_s, heat_give: as in `MotorSpec`.
        backlash_deg, hold_error_deg, dead_band_deg, load_give_deg: likewise, by `horn_deg`.
    """

    speed_deg_per_s: float
    dead_time_s: float
    lag_s: float
    backlash_deg: float
    hold_error_deg: float
    frame_s: float = 0.0
    dead_band_deg: float = 0.0
    load_give_deg: float = 0.0
    heat_s: float = 0.0
    heat_give: float = 0.0

    def fit(self, motor: MotorSpec) -> MotorSpec:
        """The motor with this servo.

        Raises:
            ValueError: a number of the set is out of range.
        """
        return replace(
            motor,
            speed_per_s=self.speed_deg_per_s / motor.horn_deg,
            dead_time_s=self.dead_time_s,
            lag_s=self.lag_s,
            backlash=self.backlash_deg / motor.horn_deg,
            hold_error=self.hold_error_deg / motor.horn_deg,
            frame_s=self.frame_s,
            dead_band=self.dead_band_deg / motor.horn_deg,
            load_give=self.load_give_deg / motor.horn_deg,
            heat_s=self.heat_s,
            heat_give=self.heat_give,
        )
