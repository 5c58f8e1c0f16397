"""Command: one number per motor in [0, 1], by name; the order is the face description's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True)
class Command:
    """One command for one hop.

    Attributes:
        motors: motor names in the face's order.
        values: (M,) float32 in [0, 1].

    Raises:
        ValueError: lengths differ, a value is not finite or outside [0, 1].
    """

    motors: tuple[str, ...]
    values: Float32[np.ndarray, " motors"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _checked(self.motors, self.values[None])[0])

    def __getitem__(self, motor: str) -> float:
        return float(self.values[self.motors.index(motor)])

    def replace(self, changes: Mapping[str, float]) -> "Command":
        """The same command with some motors set anew.

        Raises:
            KeyError: a name that is no motor of this command.
        """
        values = self.values.copy()
        for motor, value in changes.items():
            if motor not in self.motors:
                raise KeyError(f"{motor} is no motor; motors: {', '.join(self.motors)}")
            values[self.motors.index(motor)] = value
        return Command(self.motors, values)


@dataclass(frozen=True)
class CommandTrack:
    """Commands on the 50 Hz grid; row k is the command for time k/50.

    Attributes:
        motors: motor names in the face's order.
        values: (T, M) float32 in [0, 1].

    Raises:
        ValueError: shapes differ, a value is not finite or outside [0, 1].
    """

    motors: tuple[str, ...]
    values: Float32[np.ndarray, "hops motors"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _checked(self.motors, self.values))

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Command]:
        return (Command(self.motors, row) for row in self.values)

    def motor(self, name: str) -> Float32[np.ndarray, " hops"]:
        """One motor over time, (T,) in [0, 1]."""
        return self.values[:, self.motors.index(name)]


def _checked(
    motors: tuple[str, ...], values: Float32[np.ndarray, "hops motors"]
) -> Float32[np.ndarray, "hops motors"]:
    if values.ndim != 2 or values.shape[1] != len(motors):
        raise ValueError(f"values have shape {values.shape} for {len(motors)} motors")
    if not np.isfinite(values).all():
        raise ValueError("a command is not finite")
    if values.size and (values.min() < 0 or values.max() > 1):
        low, high = float(values.min()), float(values.max())
        raise ValueError(f"a command leaves [0, 1]: got {low:g} to {high:g}")
    checked = np.array(values, np.float32)
    checked.flags.writeable = False
    return checked
