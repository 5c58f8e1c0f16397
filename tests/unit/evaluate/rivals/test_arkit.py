"""ARKit CSVs: three kinds of time, strict columns, and lips that do what the names say."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import ConfigError
from lipmotion.evaluate.rivals.arkit import ARKIT, ARKIT_NAMES, read_arkit_csv
from lipmotion.evaluate.rivals.charts import chart_shapes
from lipmotion.lips import LIP_INDEX


def write(
    path: Path,
    rows: list[dict[str, float]],
    times: list[str] | None,
    *,
    time_name: str = "Timecode",
    style: str = "{}",
) -> Path:
    names = [style.format(name[0].upper() + name[1:]) for name in ARKIT_NAMES]
    lines = [",".join([*([time_name, "BlendShapeCount"] if times else []), "EyeBlinkLeft", *names])]
    for k, row in enumerate(rows):
        cells = [f"{row.get(name, 0):.6f}" for name in ARKIT_NAMES]
        lines.append(",".join([*([times[k], "61"] if times else []), "0.5", *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_live_link_face(tmp_path: Path) -> None:
    times = [f"10:15:{59 + k // 60}:{k % 60:02d}.125" for k in range(60)] + ["10:16:00:00.125"]
    rows = [{"jawOpen": k / 60} for k in range(61)]
    curves = read_arkit_csv(write(tmp_path / "take.csv", rows, times))
    assert curves.names == ARKIT_NAMES
    np.testing.assert_allclose(curves.times_s, np.arange(61) / 60, atol=1e-9)
    assert curves.weights[30, ARKIT_NAMES.index("jawOpen")] == pytest.approx(0.5)


def test_audio2face(tmp_path: Path) -> None:
    times = [f"{k / 30:.6f}" for k in range(5)]
    rows = [{"mouthPucker": 1.2}] * 5
    path = write(tmp_path / "a2f.csv", rows, times, time_name="timeCode", style="blendShapes.{}")
    curves = read_arkit_csv(path)
    np.testing.assert_allclose(curves.times_s, np.arange(5) / 30, atol=1e-6)
    assert curves.weights[:, ARKIT_NAMES.index("mouthPucker")].tolist() == [1.0] * 5


def test_rows_alone_need_a_frame_rate(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", [{}] * 3, None)
    with pytest.raises(ConfigError, match=r"rows\.csv: has no time column"):
        read_arkit_csv(path)
    assert read_arkit_csv(path, frame_rate_hz=25).times_s.tolist() == [0, 0.04, 0.08]


def test_too_short_a_timecode_needs_a_frame_rate(tmp_path: Path) -> None:
    path = write(tmp_path / "short.csv", [{}] * 2, ["00:00:00:00.0", "00:00:00:01.0"])
    with pytest.raises(ConfigError, match="does not tell the frame rate"):
        read_arkit_csv(path)
    assert read_arkit_csv(path, frame_rate_hz=60).times_s[1] == pytest.approx(1 / 60)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.replace("JawOpen", "JawAjar"), "line 1: no column jawOpen"),
        (lambda s: s.replace("EyeBlinkLeft", "JawOpen"), "line 1: column jawOpen is there 2 times"),
        (lambda s: s.replace("0.250000", "wide"), "line 3: 'wide' is not a number"),
        (lambda s: s.replace("0.250000", "nan"), "line 3: 'nan' is not a number"),
        (lambda s: s.replace(",0.250000", ""), "line 3: 29 cells, the header has 30"),
        (lambda s: s.replace("00:00:01:00", "00:00:00:00"), "line 4: time does not rise"),
        (lambda s: s.replace("00:00:01:00", "one second"), "line 4: 'one second' is not"),
        (lambda s: s.splitlines()[0], "has 1 rows"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, change, told: str) -> None:
    times = ["00:00:00:00", "00:00:00:24", "00:00:01:00"]
    path = write(tmp_path / "bad.csv", [{}, {"jawOpen": 0.25}, {}], times)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        read_arkit_csv(path)


def test_a_missing_file_and_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_arkit_csv(tmp_path / "none.csv")
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_arkit_csv(tmp_path / "image.csv")


def shapes_of(tmp_path: Path, **weights: float) -> dict[str, float]:
    curves = read_arkit_csv(write(tmp_path / "x.csv", [weights] * 2, None), frame_rate_hz=60)
    lips = chart_shapes(curves, ARKIT, 1)[0]
    return {name: float(lips[k]) for name, k in LIP_INDEX.items()}


def test_lips_do_what_the_names_say(tmp_path: Path) -> None:
    assert set(ARKIT.shapes) < set(ARKIT_NAMES)
    jaw = shapes_of(tmp_path, jawOpen=0.4)
    assert jaw["aperture"] == pytest.approx(0.322)
    assert jaw["jaw"] > 0 > jaw["lower_lip_height"]
    closed = shapes_of(tmp_path, jawOpen=0.4, mouthClose=0.4)
    assert closed["aperture"] == pytest.approx(0, abs=1e-6)
    assert closed["jaw"] == pytest.approx(jaw["jaw"], abs=1e-3)
    assert shapes_of(tmp_path, mouthPucker=1)["width"] < -0.3
    smile = shapes_of(tmp_path, mouthSmileLeft=1)
    assert smile["width"] > 0 and smile["corner_left_height"] > smile["corner_right_height"]
    assert shapes_of(tmp_path, mouthPressLeft=1, mouthPressRight=1)["aperture"] < 0
