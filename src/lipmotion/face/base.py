"""The Face protocol and FaceSpec: what every face, simulated or built, is and can do.

In: `Command` by name; out: what was really sent, what was measured, what the mirror camera saw.
Building a face has no side effect; opening it (the `with` block) does; leaving, also by an error,
goes to the rest pose and then frees the torque. Limits are not here: `limits.py`, one visible step.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from ..commands import Command
from ..errors import FaceError
from ..frames import Frame
from .looks import Looks
from .motors import MotorSpec
from .shape import EMO, Shape


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
            what of the rest is not the default).
        looks: what it looks like where it is simulated.
        body: version of what the motors move and the camera sees; see `face.yaml`.
        pressed: commands of the motors that press the lips together, the others rest; None: found
            from what each motor moves, see `poses.press_pose`.
        shape: its proportions where it is simulated.
        skin_stiffness: its skin's there, as a multiple of emo's.
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
    pressed: dict[str, float] | None = field(default=None, hash=False)
    shape: Shape = EMO
    skin_stiffness: float = 1.0

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

    @property
    def servo_lag_s(self) -> float:
        """How late the servos of lips and jaw follow small motion, in seconds: the median."""
        lags = [m.dead_time_s + m.lag_s for m in self.motors if m.group in ("lips", "jaw")]
        return float(np.median(lags)) if lags else 0.0

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
