"""Verdicts on a mirror in plain words, and the file that keeps its camera's delay."""

import dataclasses
import json
from pathlib import Path

import pytest

from lipmotion.errors import RecordingError
from lipmotion.face import read_face_spec
from lipmotion.mirror.judge import MirrorFigures, judge, read_camera_delay, write_figures

SPEC = read_face_spec("emo")
GOOD = MirrorFigures(25.0, 1.0, 58.0, 0.0, 0.0005, 0.0204, 0.0006, "", None)


def test_a_good_mirror_is_good() -> None:
    verdicts = judge(GOOD, SPEC)
    assert all(verdict.is_good for verdict in verdicts)
    assert verdicts[-1].text == "the camera's delay is 20 ± 0.6 ms"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"images_hz": 14.9}, "14.9 images a second (at least 22.5)"),
        ({"found": 0.93}, "face found in 93 % of the images"),
        ({"mouth_px": 22.0}, "mouth 22 px wide (at least 40)"),
        ({"clipped": 0.08}, "8.0 % about the mouth too bright or too dark"),
        ({"noise": 0.009}, "known to 0.90 % of its width"),
        ({"no_profile": "the side view shows no profile"}, "no profile"),
        ({"camera_delay_error_s": 0.005}, "20 ± 5.0 ms"),
        ({"camera_delay_s": None, "no_delay": "no light is seen"}, "not measured: no light is"),
    ],
)
def test_each_fault_is_told_alone(change: dict[str, object], told: str) -> None:
    bad = [v for v in judge(dataclasses.replace(GOOD, **change), SPEC) if v.is_good is False]  # type: ignore[arg-type]
    assert len(bad) == 1 and told in bad[0].text


def test_a_face_without_a_light_is_not_blamed_for_it() -> None:
    dark = dataclasses.replace(
        GOOD, camera_delay_s=None, camera_delay_error_s=None,
        no_delay="this face has no light to switch",
    )  # fmt: skip
    assert judge(dark, SPEC)[-1].is_good is None


def test_another_delay_than_the_description_says_what_to_do() -> None:
    slow = dataclasses.replace(GOOD, camera_delay_s=0.063)
    told = judge(slow, SPEC)[-1]
    assert told.is_good and told.text.endswith("says 20: give babble --camera-delay 63")


def test_the_delay_is_kept_and_read_for_the_same_face_alone(tmp_path: Path) -> None:
    path = tmp_path / "mirror.json"
    write_figures(path, dataclasses.replace(GOOD, camera_delay_s=0.063), SPEC)
    assert read_camera_delay(path, SPEC) == 0.063
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(RecordingError, match="not of this description of face emo"):
        read_camera_delay(path, dataclasses.replace(SPEC, hash="other"))
    write_figures(path, dataclasses.replace(GOOD, camera_delay_s=None), SPEC)
    with pytest.raises(RecordingError, match="no delay was found"):
        read_camera_delay(path, SPEC)
    path.write_text(json.dumps([1]))
    with pytest.raises(RecordingError, match="not written by mirror --check"):
        read_camera_delay(path, SPEC)
    with pytest.raises(RecordingError, match="not written by mirror --check"):
        read_camera_delay(tmp_path / "no.json", SPEC)
