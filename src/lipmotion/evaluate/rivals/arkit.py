"""ARKit blend shapes from a CSV: Live Link Face, Audio2Face, MetaHuman; and what they look like.

In: a CSV with a column for each coefficient, a row for each image. Out: `RivalCurves` of the 27
coefficients of jaw and mouth, and a chart that makes lip shapes of them.

Conventions: names in any case, with or without `blendShapes.` before them and `_L`, `_R` for Left
and Right; other columns (eyes, brows, head) are not read. Time is the first of: a column `t_s`,
`time` or `timeCode` in seconds; `Timecode` as HH:MM:SS:FF or HH:MM:SS:FF.fff; the row number, where
the frame rate is given. It begins at 0 with the first row.
Source: Apple, ARFaceAnchor.BlendShapeLocation (names, 0 = neutral, 1 = the most); Epic, Live Link
Face (Timecode, BlendShapeCount, 61 columns); NVIDIA Audio2Face-3D samples (timeCode,
blendShapes.JawOpen …).
"""

import csv
import re
from pathlib import Path
from typing import Final

import numpy as np

from ...errors import ConfigError
from .charts import Chart, make_shape
from .curves import RivalCurves

ARKIT_NAMES: Final = (
    *("jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"),
    *("mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft"),
    *("mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft"),
    *("mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"),
    *("mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft"),
    *("mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
)
RATES_HZ: Final = (24, 25, 30, 50, 60)
_SECONDS: Final = ("t_s", "time", "times", "timecode", "seconds")
_TIMECODE: Final = re.compile(r"(\d+):(\d+):(\d+)[:;](\d+(?:\.\d+)?)")


def read_arkit_csv(path: Path, *, frame_rate_hz: float | None = None) -> RivalCurves:
    """Reads the coefficients of jaw and mouth.

    Args:
        path: the CSV.
        frame_rate_hz: images a second; needed where the file has no time column, or has timecodes
            over less than a second.

    Returns:
        Offline curves of the 27 coefficients, ARKIT_NAMES, clipped to [0, 1].

    Raises:
        ConfigError: not a CSV, a column is missing or twice, a cell is not a number, time does not
            rise, or nothing tells the time.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as CSV: {error}") from error
    if len(rows) < 2:
        raise ConfigError(f"{path}: has {len(rows)} rows; a header and one row at least are needed")
    header, body = [_clean(name) for name in rows[0]], rows[1:]
    for line, row in enumerate(body, 2):
        if len(row) != len(header):
            raise ConfigError(f"{path} line {line}: {len(row)} cells, the header has {len(header)}")
    columns = _find_columns(path, header)
    weights = np.array(
        [[_number(path, line, row[k]) for k in columns] for line, row in enumerate(body, 2)]
    )
    times_s = _read_times(path, header, body, frame_rate_hz)
    if (np.diff(times_s) <= 0).any():
        line = int((np.diff(times_s) <= 0).argmax()) + 3
        raise ConfigError(f"{path} line {line}: time does not rise; sort the rows")
    return RivalCurves(ARKIT_NAMES, times_s, weights.clip(0, 1).astype(np.float32), "offline", None)


def _clean(name: str) -> str:
    bare = name.strip().rpartition(".")[2]
    bare = re.sub(r"_L$", "Left", re.sub(r"_R$", "Right", bare))
    return bare.lower()


def _find_columns(path: Path, header: list[str]) -> list[int]:
    missing = [name for name in ARKIT_NAMES if name.lower() not in header]
    if missing:
        raise ConfigError(
            f"{path} line 1: no column {', '.join(missing)}; all {len(ARKIT_NAMES)} ARKit "
            "coefficients of jaw and mouth are needed"
        )
    for name in ARKIT_NAMES:
        if header.count(name.lower()) > 1:
            raise ConfigError(
                f"{path} line 1: column {name} is there {header.count(name.lower())} times"
            )
    return [header.index(name.lower()) for name in ARKIT_NAMES]


def _number(path: Path, line: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise ConfigError(f"{path} line {line}: {cell!r} is not a number")
    return value


def _read_times(
    path: Path, header: list[str], body: list[list[str]], frame_rate_hz: float | None
) -> np.ndarray:
    column = next((header.index(name) for name in _SECONDS if name in header), None)
    if column is None:
        if frame_rate_hz is None:
            raise ConfigError(f"{path}: has no time column; say how many images a second it has")
        return np.arange(len(body)) / frame_rate_hz
    cells = [row[column] for row in body]
    if not _TIMECODE.fullmatch(cells[0].strip()):
        seconds = np.array([_number(path, line, cell) for line, cell in enumerate(cells, 2)])
        return seconds - seconds[0]
    parts = [_TIMECODE.fullmatch(cell.strip()) for cell in cells]
    if None in parts:
        line = parts.index(None) + 2
        raise ConfigError(f"{path} line {line}: {cells[line - 2]!r} is not HH:MM:SS:FF")
    clock = np.array([[float(x) for x in part.groups()] for part in parts if part])  # (T, 4)
    rate_hz = frame_rate_hz or _guess_rate(path, clock[:, 3])
    seconds = clock[:, :3] @ (3600.0, 60.0, 1.0) + clock[:, 3] / rate_hz
    return seconds - seconds[0]


def _guess_rate(path: Path, frames: np.ndarray) -> float:
    """The least common rate that has so many frames in a second."""
    most = int(frames.max())
    starts_second = (np.diff(frames) < 0).any()
    fitting = [rate for rate in RATES_HZ if rate > most]
    if not starts_second or not fitting:
        raise ConfigError(
            f"{path}: frame numbers reach {most}; that does not tell the frame rate, say how many "
            "images a second it has"
        )
    return float(fitting[0])


_JAW: Final = (
    2.3  # jawOpen = 1 is the most a jaw can do: 0.8 mouth widths, 2.3 × a wide a of speech
)

# What each coefficient does at 1, beginning from rest: Apple's description gives the direction,
# sizes are our estimates from the pictures in its documentation. `fit_oracle` finds better ones
# where there are people to fit to.
ARKIT: Final = Chart(
    "Apple, ARFaceAnchor.BlendShapeLocation",
    {
        "jawOpen": make_shape(_JAW),
        "mouthClose": make_shape(-_JAW, jaw=0.16 * _JAW * 0.35),  # lips only: the chin stays down
        "mouthFunnel": make_shape(0.3, -0.25, protrusion=0.08),
        "mouthPucker": make_shape(0.0, -0.35, protrusion=0.1),
        "mouthSmileLeft": make_shape(0.0, 0.1, corner_left_height=0.12),
        "mouthSmileRight": make_shape(0.0, 0.1, corner_right_height=0.12),
        "mouthFrownLeft": make_shape(corner_left_height=-0.12),
        "mouthFrownRight": make_shape(corner_right_height=-0.12),
        "mouthDimpleLeft": make_shape(0.0, 0.05),
        "mouthDimpleRight": make_shape(0.0, 0.05),
        "mouthStretchLeft": make_shape(0.0, 0.08, corner_left_height=-0.05),
        "mouthStretchRight": make_shape(0.0, 0.08, corner_right_height=-0.05),
        "mouthRollLower": make_shape(-0.08, lower_vermilion=-0.08),
        "mouthRollUpper": make_shape(-0.05, upper_vermilion=-0.08),
        "mouthShrugLower": make_shape(-0.08, lower_lip_height=0.06),
        "mouthShrugUpper": make_shape(upper_lip_height=0.06),
        "mouthPressLeft": make_shape(-0.05, upper_vermilion=-0.02, lower_vermilion=-0.02),
        "mouthPressRight": make_shape(-0.05, upper_vermilion=-0.02, lower_vermilion=-0.02),
        "mouthLowerDownLeft": make_shape(0.15, aperture_left=0.05, lower_lip_height=-0.04),
        "mouthLowerDownRight": make_shape(0.15, aperture_right=0.05, lower_lip_height=-0.04),
        "mouthUpperUpLeft": make_shape(0.12, aperture_left=0.04, upper_lip_height=0.04),
        "mouthUpperUpRight": make_shape(0.12, aperture_right=0.04, upper_lip_height=0.04),
    },
)
