"""A face with motors of its own: what they move, which way, and what no motor moves."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from fakes.odd_face import write_odd

pytest.importorskip("numba")

from lipmotion.errors import ConfigError, FaceError
from lipmotion.face import open_face, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.face.drives import DRIVES
from lipmotion.face.poses import find_twins, opened_pose, press_pose
from lipmotion.face.sim.drives import Linkage
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.truth import FaceTruth

EMO = read_face_spec("emo")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> FaceSpec:
    return read_face_spec(write_odd(tmp_path_factory.mktemp("odd")))


@pytest.fixture(scope="module")
def face(spec: FaceSpec) -> SimFace:
    return SimFace(spec)


def place(spec: FaceSpec, **commands: float) -> dict[str, float]:
    at = spec.rest.replace(commands).values
    return Linkage(spec).place(
        np.array([m.to_unit(float(c)) for m, c in zip(spec.motors, at, strict=True)])
    )


def hold(face: SimFace, changes: Mapping[str, float]) -> FaceTruth:
    for _ in range(40):
        face.send(face.spec.rest.replace(changes))
    return face.truth()


def test_drives_are_sums_of_what_motors_do(spec: FaceSpec) -> None:
    rest = place(spec)
    assert rest["jaw_open"] == pytest.approx(0, abs=1e-3)
    assert place(spec, chin=0.5)["jaw_open"] == pytest.approx(6, abs=1e-3)
    assert place(spec, chin=0.5, chin_fine=0.0)["jaw_open"] == pytest.approx(15, abs=2e-3)
    lowered = place(spec, flap=0.0)
    assert lowered["lower_lip_left"] == lowered["lower_lip_right"] == pytest.approx(6.4, abs=1e-3)
    moved = {k for k, at in place(spec, cheek_r=0.0).items() if abs(at - rest[k]) > 1e-6}
    assert moved == {"corner_right_spread"}


def test_what_no_motor_moves_stays_at_rest(spec: FaceSpec) -> None:
    wild = place(spec, **dict.fromkeys(spec.motor_names, 0.9))
    for name in ("lid_left_upper", "neck_yaw", "eye_right_pitch", "brow_left_inner"):
        assert wild[name] == DRIVES[name].rest


def test_a_motor_without_moves_is_the_drive_of_its_name() -> None:
    rest = place(EMO)
    assert rest == pytest.approx({m.name: m.to_unit(m.rest) for m in EMO.motors}, abs=1e-5)
    moved = Linkage(EMO).pull(np.arange(26.0))
    assert moved.raise_mm == (0, 1) and moved.lower_mm == (2, 3)
    assert moved.corner_spread_mm == (8, 9) and moved.jaw_rad == pytest.approx(np.radians(10))


def test_a_motor_that_moves_nothing_must_say_so(spec: FaceSpec, tmp_path: Path) -> None:
    folder = write_odd(tmp_path, (",\n     moves: {corner_left_spread: 1}}", "}"))
    assert not read_face_spec(folder).motors[2].drives
    with pytest.raises(FaceError, match=r"motor cheek_l is no drive .* moves: \{jaw_open: 1\}"):
        open_face(folder)
    with open_face(folder, driver="mock") as mock:
        assert mock.send(mock.spec.rest)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("corner_left_spread: 1", "corner_left_sprad: 1", "did you mean 'corner_left_spread'"),
        ("jaw_open: 1.5", "jaw_open: 0", "chin_fine: moves: jaw_open by 0"),
        ("jaw_open: 1.5", "jaw_open: nan", "chin_fine: moves: jaw_open by nan"),
        ("rules: []", "rules: []\npressed: {flop: 1}", "pressed: flop is no motor"),
        ("rules: []", "rules: []\npressed: {flap: 1.1}", "pressed.flap is 1.1, allowed 0 to 1"),
        ("rules: []", "rules: []\nshape: {width: 2}", "width is 2, allowed 0.8 to 1.25"),
        ("rules: []", "rules: []\nskin_stiffness: 9", "skin_stiffness is 9, allowed 0.5 to 2"),
        (
            "rules: []",
            "pressed: {flap: 1}\nrules: [{motor: flap, over: 0.9, above: true, other: chin, "
            "at_least: 0.2, at_most: 1, reason: x}]",
            "the pressed lips break it",
        ),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_face_spec(write_odd(tmp_path, (old, new)))


def test_what_counts_for_weights_is_in_the_hash(spec: FaceSpec, tmp_path: Path) -> None:
    hashes = {spec.hash}
    for k, more in enumerate(("pressed: {flap: 1}", "shape: {mouth: 0.9}", "skin_stiffness: 1.1")):
        folder = write_odd(tmp_path / str(k), ("rules: []", f"rules: []\n{more}"))
        hashes.add(read_face_spec(folder).hash)
    hashes.add(read_face_spec(write_odd(tmp_path / "m", ("jaw_open: 1.5", "jaw_open: 1.4"))).hash)
    assert len(hashes) == 5
    default = "rules: []\nshape: {width: 1, height: 1.0}\nskin_stiffness: 1"
    folder = write_odd(tmp_path / "d", ("rules: []", default))
    assert read_face_spec(folder).hash == spec.hash


def test_emo_is_the_same_with_its_moves_written_out(tmp_path: Path) -> None:
    text = (EMO.folder / "face.yaml").read_text(encoding="utf-8")
    told = text.replace("group: jaw,", "group: jaw, moves: {jaw_open: 1},")
    (tmp_path / "face.yaml").write_text(told, encoding="utf-8")
    spec = read_face_spec(tmp_path)
    assert spec.motors != EMO.motors and spec.hash == EMO.hash
    assert place(spec, jaw_open=0.7) == place(EMO, jaw_open=0.7)


def test_pressing_goes_to_the_shut_end_whichever_it_is(spec: FaceSpec, tmp_path: Path) -> None:
    pressed = dict(zip(spec.motor_names, press_pose(spec).tolist(), strict=True))
    assert (pressed["servo_3"], pressed["flap"], pressed["chin"], pressed["chin_fine"]) == (
        0,
        1,
        0,
        1,
    )
    assert pressed["cheek_l"] == pytest.approx(0.615)
    own = read_face_spec(write_odd(tmp_path, ("rules: []", "rules: []\npressed: {flap: 0.9}")))
    moved = press_pose(own) != own.rest.values
    assert [n for n, is_moved in zip(own.motor_names, moved, strict=True) if is_moved] == ["flap"]
    unknown = dataclasses.replace(spec.motors[4], name="x", moves=None, rest=0.95)
    assert press_pose(dataclasses.replace(spec, motors=(unknown,)))[0] == 1.0


def test_opening_goes_to_the_open_end(spec: FaceSpec) -> None:
    opened = dict(zip(spec.motor_names, opened_pose(spec).tolist(), strict=True))
    assert (opened["flap"], opened["chin"], opened["chin_fine"]) == (0, 1, 0)
    assert opened["servo_3"] == pytest.approx(0.143)  # an upper lip doesn't open downwards
    emo = dict(zip(EMO.motor_names, opened_pose(EMO).tolist(), strict=True))
    moved = {name for name, at in emo.items() if at != pytest.approx(EMO.rest[name])}
    assert moved == {"jaw_open", "lower_lip_left", "lower_lip_right"}


def test_twins_are_found_by_name_or_by_what_they_move(spec: FaceSpec) -> None:
    assert find_twins(spec) == ((3, 2, -1.0),)  # mounted the other way round
    names = EMO.motor_names
    twins = {names[right]: (names[left], way) for right, left, way in find_twins(EMO)}
    assert twins == {
        name: (name.replace("right", "left"), 1.0) for name in names if "right" in name
    }


def test_its_mouth_opens_presses_and_narrows(face: SimFace) -> None:
    rest = hold(face, {})
    assert rest.sealed_share >= 0.9
    opened = hold(face, {"servo_3": 1, "flap": 0, "chin": 1, "chin_fine": 0})
    assert opened.aperture_mm > 25
    pressed = hold(
        face, dict(zip(face.spec.motor_names, press_pose(face.spec).tolist(), strict=True))
    )
    assert pressed.sealed_share == 1 and pressed.lip_force_n > rest.lip_force_n + 1
    narrow = hold(face, {"cheek_l": 0, "cheek_r": 1})
    assert narrow.width_mm < 0.8 * rest.width_mm
    one = hold(face, {"cheek_l": 1})
    assert one.width_mm > rest.width_mm + 2
    assert abs(one.corner_height_mm[1]) < 0.3


def test_it_is_drawn(face: SimFace) -> None:
    hold(face, {})
    face.send(face.spec.rest)
    frame = face.look()
    assert frame is not None and frame.image.shape == (64, 64, 3)
    assert len(np.unique(frame.image.reshape(-1, 3), axis=0)) > 300


def test_the_page_about_ones_own_face_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "own-face.md").read_text(encoding="utf-8")
    (described,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    (tmp_path / "face.yaml").write_text(described, encoding="utf-8")
    face = open_face(tmp_path, seed=0)
    assert isinstance(face, SimFace)
    opened = hold(face, {"servo_4": 1, "top": 0})
    assert opened.aperture_mm > 15
    pressed = dict(zip(face.spec.motor_names, press_pose(face.spec).tolist(), strict=True))
    assert hold(face, pressed).sealed_share == 1
    pucker = hold(face, {"yoke": 0})
    assert pucker.width_mm < 40 and pucker.protrusion_mm[1] > 2
    table = re.findall(r"^\| (`.*?`) \|", page, re.M)
    assert re.findall(r"`(\w+)`", " ".join(table)) == list(DRIVES)
