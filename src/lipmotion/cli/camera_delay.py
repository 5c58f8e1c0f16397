"""The option `--camera-delay`: milliseconds, or what `lipmotion mirror --check` measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

if TYPE_CHECKING:
    from ..face.base import FaceSpec

MOST_DELAY_MS: Final = 1000.0


def _read_ms(text: str) -> float | None:
    """A number, or None: a file's name."""
    try:
        return float(text)
    except ValueError:
        return None


def _check(kind: Any, value: str | None) -> None:
    del kind
    ms = None if value is None else _read_ms(value)
    if ms is not None and not 0 <= ms <= MOST_DELAY_MS:
        raise ValueError(f"must be 0 to {MOST_DELAY_MS:g} ms, or a file")


CameraDelay = Annotated[
    str | None,
    Parameter(
        help="the camera's own delay, ms, or the JSON of `mirror --check`; else the face's",
        validator=_check,
    ),
]


def read_delay_s(option: str | None, spec: "FaceSpec") -> float | None:
    """The option's delay, s; None: as the face's description says.

    Raises:
        RecordingError: the file is not of `mirror --check`, of another face, or holds no delay.
    """
    from ..mirror.judge import read_camera_delay

    if option is None:
        return None
    ms = _read_ms(option)
    return read_camera_delay(Path(option), spec) if ms is None else ms / 1000
