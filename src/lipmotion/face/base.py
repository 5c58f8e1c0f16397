"""The Face protocol and FaceSpec: what every face, simulated or built, is and can do.

In: `Command` by name; out: what was really sent, what was measured, what the mirror camera saw.
Building a face has no side effect; opening it (the `with` block) does; leaving, also by an error,
goes to the rest pose and then frees the torque. Limits are not here: `limits.py`, one visible step.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from ..commands import Command
from ..errors import FaceError
from ..frames import Frame
from .looks import Looks

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
        for field in ("horn_deg", "heat_s", "heat_give"):
            if not 0 <= getattr(self, field) < float("inf"):
                raise ValueError(f"{self.name}: {field} is {getattr(self, field):g}, allowed 0 up")
        if self.horn_deg == 0:
            raise ValueError(f"{self.name}: horn_deg is 0; a horn that never turns moves nothing")
        for field in (
            "dead_time_s", "lag_s", "backlash", "hold_error", "frame_s", "dead_band", "load_give",
        ):  # fmt: skip
            if not 0 <= getattr(self, field) <= 1:
                got = getattr(self, field)
                raise ValueError(f"{self.name}: {field} is {got:g}, allowed 0 to 1")

    def to_unit(self, command: float) -> float:
        """Position in the motor's unit for a command in [0, 1]."""
        return self.low + (self.high - self.low) * command


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


@dataclass(frozen=True)
class Rule:
    """A pair of motors that must not be driven together.

    Where `motor` is commanded past `over`, `other` is held at or above / below `bound`.

    Attributes:
        motor: the motor that starts the rule.
        over: command of `motor` from which the rule acts, in [0, 1].
        above: True: acts where `motor` > `over`; False: where `motor` < `over`.
        other: the motor that is held.
        at_most, at_least: bounds on `other` while the rule acts, in [0, 1].
        reason: why, in a few words.
    """

    motor: str
    over: float
    above: bool
    other: str
    at_most: float
    at_least: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.at_least <= self.at_most <= 1:
            raise ValueError(
                f"at_least {self.at_least:g} and at_most {self.at_most:g} must be ordered in [0, 1]"
            )
        if not 0 < self.over < 1:
            raise ValueError(f"over is {self.over:g}, must lie between 0 and 1")
        if self.motor == self.other:
            raise ValueError(f"motor and other are both {self.motor}")


@dataclass(frozen=True)
class CameraSpec:
    """The mirror camera.

    Attributes:
        size_px: side of its square images.
        images_hz: images a second.
        delay_s: its own delay, as far as is known; `lipmotion mirror --check` measures it.
        side: where a mirror stands at 45° beside the face, so that the camera sees its profile:
            at the owner's `left` or `right`; None: there is none.
    """

    size_px: int
    images_hz: float
    delay_s: float
    side: str | None = None

    def __post_init__(self) -> None:
        if self.side not in (None, "left", "right"):
            raise ValueError(f"side is {self.side!r}, not left or right")


@dataclass(frozen=True)
class FaceSpec:
    """A face description (`face.yaml`), checked.

    Attributes:
        name: the face's name.
        folder: the folder it was read from.
        motors: in the order that commands follow.
        rules: pairs that must not be driven together.
        camera: the mirror camera.
        driver: the driver used where none is asked for.
        hash: sha256 of everything that learned weights depend on (motors, rules, camera, body, and
            looks that are not the default).
        looks: what it looks like where it is simulated.
        body: version of what the motors move and the camera sees; see `face.yaml`.
    """

    name: str
    folder: Path
    motors: tuple[MotorSpec, ...]
    rules: tuple[Rule, ...]
    camera: CameraSpec
    driver: str
    hash: str
    looks: Looks
    body: int = 1

    @property
    def motor_names(self) -> tuple[str, ...]:
        return tuple(motor.name for motor in self.motors)

    @property
    def rest(self) -> Command:
        """The command of the resting face."""
        return Command(
            self.motor_names, np.array([motor.rest for motor in self.motors], np.float32)
        )

    def indices(self, *groups: str) -> tuple[int, ...]:
        """Positions of the motors of these groups, in the face's order."""
        return tuple(k for k, motor in enumerate(self.motors) if motor.group in groups)

    def column(self, field: str) -> Float32[np.ndarray, " motors"]:
        """One numeric field of all motors, (M,)."""
        return np.array([getattr(motor, field) for motor in self.motors], np.float32)


@runtime_checkable
class Face(Protocol):
    """A face that can be sent commands and looked at.

    One `send` is one hop. `look` gives None where the face has no camera or no new image is due
    (the camera is slower than the grid); images are as another person sees the face. Whose mirror
    camera has a light to switch, for its delay to be measured, offers `mirror.delay.Lit`, too.
    """

    @property
    def spec(self) -> FaceSpec: ...

    def send(self, command: Command) -> Command:
        """Sends one command and gives back what was really sent, after the limits."""
        ...

    def read(self) -> Command | None:
        """Where the motors really are, in commands, or None where the bus cannot tell."""
        ...

    def look(self) -> Frame | None:
        """The newest mirror image, or None."""
        ...

    def close(self) -> None:
        """Goes to rest, then frees the torque; safe to call twice."""
        ...

    def __enter__(self) -> "Face": ...

    def __exit__(self, *error: object) -> None: ...


def sort_command(spec: FaceSpec, command: Command) -> Float32[np.ndarray, " motors"]:
    """Values of a command in the face's order, (M,); motors go by name, never by position.

    Raises:
        FaceError: a motor of the face is missing, or one is unknown to it.
    """
    names = spec.motor_names
    if command.motors == names:
        return command.values
    missing = [name for name in names if name not in command.motors]
    unknown = [name for name in command.motors if name not in names]
    if missing or unknown or len(command.motors) != len(names):
        told = f"missing: {', '.join(missing)}" if missing else f"unknown: {', '.join(unknown)}"
        raise FaceError(f"the command does not fit face {spec.name}; {told}")
    return np.array([command[name] for name in names], np.float32)
