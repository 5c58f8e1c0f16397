"""Lip tracks, commands and frames refuse what is no lip track, command or frame."""

import numpy as np
import pytest

from lipmotion.commands import Command, CommandTrack
from lipmotion.frames import Frame
from lipmotion.lips import LIP_FIELDS, LIP_INDEX, LipTrack, measure_asymmetry, measure_rounding


def _track(**changes) -> LipTrack:
    parts = {
        "values": np.zeros((4, len(LIP_FIELDS)), np.float32),
        "quality": np.ones(4, np.float32),
        "in_speech": np.zeros(4, bool),
    }
    return LipTrack(**{**parts, **changes})


def test_lip_track_is_read_only_and_keeps_its_own_copy() -> None:
    values = np.zeros((4, len(LIP_FIELDS)), np.float32)
    track = _track(values=values)
    values[0] = 9.0
    assert track.values.max() == 0.0
    with pytest.raises(ValueError, match="read-only"):
        track.values[0, 0] = 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.full((4, 12), np.nan, np.float32)}, "finite"),
        ({"quality": np.full(4, 1.5, np.float32)}, "quality"),
        ({"values": np.zeros((4, 11), np.float32)}, "expected"),
    ],
)
def test_bad_lip_tracks_are_refused(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        _track(**changes)


def test_derived_measures_follow_their_definition() -> None:
    values = np.zeros((1, len(LIP_FIELDS)), np.float32)
    for name, value in {"width": -0.2, "corner_left_height": 0.1, "aperture_right": 0.05}.items():
        values[0, LIP_INDEX[name]] = value
    assert measure_rounding(values) == pytest.approx(0.2)
    assert measure_asymmetry(values) == pytest.approx(0.1 - 0.05)


def test_commands_stay_in_range_and_are_found_by_name() -> None:
    command = Command(("a", "b"), np.array([0.25, 1.0], np.float32))
    assert command["b"] == 1.0
    assert command.replace({"a": 0.5})["a"] == 0.5
    with pytest.raises(KeyError, match="c is no motor; motors: a, b"):
        command.replace({"c": 0.5})
    for bad in (-0.01, 1.01, np.nan):
        with pytest.raises(ValueError, match=r"leaves|finite"):
            CommandTrack(("a",), np.array([[bad]], np.float32))


def test_command_track_gives_commands_in_order() -> None:
    track = CommandTrack(("a", "b"), np.array([[0, 1], [0.5, 0.5]], np.float32))
    assert [c["a"] for c in track] == [0.0, 0.5]
    assert track.motor("b").tolist() == [1.0, 0.5]


def test_frames_are_rgb_bytes() -> None:
    with pytest.raises(TypeError, match="UInt8"):  # the test run checks shapes and types itself
        Frame(np.zeros((4, 4, 3), np.float32), 0.0)  # type: ignore[arg-type]
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="read-only"):
        Frame(image, 0.0).image[0, 0, 0] = 1
    with pytest.raises(TypeError, match="side"):
        Frame(image, 0.0, image[:2])
