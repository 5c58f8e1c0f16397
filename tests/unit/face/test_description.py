import dataclasses
from pathlib import Path

import pytest

from lipmotion.errors import ConfigError, FaceError
from lipmotion.face import list_faces, read_face_spec
from lipmotion.face.description import FACES_FOLDER

EMO = (FACES_FOLDER / "emo" / "face.yaml").read_text(encoding="utf-8")


def write_face(folder: Path, text: str) -> Path:
    (folder / "face.yaml").write_text(text, encoding="utf-8")
    return folder


def test_emo_has_its_motors_in_order() -> None:
    names = read_face_spec("emo").motor_names
    assert names[:2] == ("upper_lip_left", "upper_lip_right")
    assert names[10] == "jaw_open"
    assert names[-3:] == ("neck_yaw", "neck_pitch", "neck_roll")
    assert len(names) == 26


def test_a_face_is_found_by_folder_too(tmp_path: Path) -> None:
    spec = read_face_spec(write_face(tmp_path, EMO))
    assert spec.folder == tmp_path
    assert spec.hash == read_face_spec("emo").hash


def test_an_unknown_face_lists_the_known_ones() -> None:
    with pytest.raises(FaceError, match=r"no face 'enno'.*emo"):
        read_face_spec("enno")
    assert "emo" in list_faces()


def test_comments_and_driver_leave_the_hash_alone(tmp_path: Path) -> None:
    changed = EMO.replace("driver: sim", "driver: mock  # for today")
    assert read_face_spec(write_face(tmp_path, changed)).hash == read_face_spec("emo").hash


def test_keys_left_at_their_default_leave_the_hash_alone(tmp_path: Path) -> None:
    changed = EMO.replace("horn_deg: 54", "horn_deg: 53, frame_s: 0, dead_band: 0")
    assert changed != EMO
    assert read_face_spec(write_face(tmp_path, changed)).hash == read_face_spec("emo").hash
    loose = EMO.replace("horn_deg: 54", "dead_band: 0.01")
    assert read_face_spec(write_face(tmp_path, loose)).hash != read_face_spec("emo").hash


def test_an_unknown_set_of_servos_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(FaceError, match=r"no set of servos 'toy'.*hobby"):
        read_face_spec("emo", servos="toy")
    late = EMO.replace(
        "hobby: {speed_deg_per_s: 353, dead_time_s: 0.03",
        "hobby: {speed_deg_per_s: 353, dead_time_s: 3",
    )
    with pytest.raises(ConfigError, match=r"servos.hobby: .*dead_time_s is 3"):
        read_face_spec(write_face(tmp_path, late), servos="hobby")


def test_another_body_changes_the_hash(tmp_path: Path) -> None:
    spec = read_face_spec("emo")
    changed = EMO.replace(f"body: {spec.body}\n", f"body: {spec.body + 1}\n")
    other = read_face_spec(write_face(tmp_path, changed))
    assert other.body == spec.body + 1
    assert other.hash != spec.hash


def test_a_travel_changes_the_hash(tmp_path: Path) -> None:
    changed = EMO.replace("high: 22,", "high: 16,")
    assert changed != EMO
    assert read_face_spec(write_face(tmp_path, changed)).hash != read_face_spec("emo").hash


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: lower_lip_left,", "name: upper_lip_left,", "upper_lip_left stands more than once"),
        ("group: jaw", "group: jawbone", "jaw_open: group is 'jawbone'"),
        ("unit: deg, rest: 0.0265", "unit: rad, rest: 0.0265", "jaw_open: unit is 'rad'"),
        ("rest: 0.0265", "rest: 1.5", "jaw_open: rest is 1.5, allowed 0 to 1"),
        ("low: -0.6, high: 22,", "low: 22, high: 22,", "no travel"),
        ("low: -0.6,", "low: -0.6, low: 1,", "low stands twice"),
        ("speed_per_s: 8, dead_time_s: 0.012", "sped_per_s: 8, dead_time_s: 0.012", "speed_per_s"),
        ("horn_deg: 54", "horn_deg: 0", "jaw_open: horn_deg is 0"),
        ("frame_s: 0.02, dead", "frames_s: 0.02, dead", "did you mean 'frame_s'"),
        ("motor: jaw_open,", "motor: jaw,", "jaw is no motor of this face"),
        ("other: lower_lip_roll", "other: jaw_open", "motor and other are both jaw_open"),
        ("over: 0.013", "over: 0.9", "the resting face breaks it"),
        ("images_hz: 25", "images_hz: 0", "images_hz"),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in EMO
    changed = EMO.replace(old, new, 1)
    if "breaks" in message:
        changed = changed.replace("at_least: 0.15", "at_least: 0.6", 1)
    with pytest.raises(ConfigError, match=message):
        read_face_spec(write_face(tmp_path, changed))


def test_a_motor_can_run_backwards() -> None:
    jaw = dataclasses.replace(read_face_spec("emo").motors[10], low=17.0, high=-1.0)
    assert jaw.to_unit(0.0) == 17.0
    assert jaw.to_unit(0.5) == 8.0


def test_a_mirror_beside_the_face_is_told_by_its_side(tmp_path: Path) -> None:
    assert "side: left" in EMO
    for side in ("left", "right", None):
        told = EMO.replace("side: left", f"side: {side or 'null'}")
        spec = read_face_spec(write_face(tmp_path, told))
        assert spec.camera.side == side
        assert spec.hash == read_face_spec("emo").hash  # it moves no lip
    above = EMO.replace("side: left", "side: above")
    with pytest.raises(ConfigError, match="side is 'above', not left or right"):
        read_face_spec(write_face(tmp_path, above))
