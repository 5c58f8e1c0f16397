"""Looks as parameters: what a description may say, and faces drawn at random."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.errors import ConfigError
from lipmotion.face import DESIGNS, Looks, draw_looks, open_face, read_face_spec
from lipmotion.face.description import FACES_FOLDER
from lipmotion.face.looks import EARS, HAIR, NECKS
from lipmotion.face.sim.camera import Camera
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.relief import EYE_MM
from lipmotion.face.sim.skin import render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface

EMO = (FACES_FOLDER / "emo" / "face.yaml").read_text(encoding="utf-8")
SPEC = read_face_spec("emo")
SKIN = sample_surface(render_angles()[:, None], render_rows()[None, :]).reshape(-1, 3)
POSE = HeadPose(SKIN, 0.0, {m.name: m.to_unit(m.rest) for m in SPEC.motors})


def read(folder: Path, added: str):
    (folder / "face.yaml").write_text(EMO + added, encoding="utf-8")
    return read_face_spec(folder)


def test_a_face_has_the_default_looks_and_may_have_others(tmp_path: Path) -> None:
    assert SPEC.looks == Looks() == DESIGNS["android"]
    spec = read(tmp_path, "\nlooks: {lips: [0.8, 0.3, 0.3], hair: cap, freckles: 0.5}\n")
    assert spec.looks == Looks(lips=(0.8, 0.3, 0.3), hair="cap", freckles=0.5)
    assert spec.hash != SPEC.hash  # what a mirror shows is other than what weights learned from
    assert read(tmp_path, "\ndesign: graphite\n").looks == DESIGNS["graphite"]
    assert read(tmp_path, "\ndesign: android\n").hash == SPEC.hash


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("looks: {lip: [1, 0, 0]}", r"looks.lip is not a key \(did you mean 'lips'\?\)"),
        ("looks: {lips: [1, 0]}", "looks.lips must be a list of 3, got 2"),
        ("looks: {lips: [1, 0, 1.5]}", r"looks: lips is .*1.5.*, allowed 0 to 1"),
        ("looks: {gloss: -0.1}", "looks: gloss is -0.1, allowed 0 to 1"),
        ("looks: {hair: wig}", "looks: hair is 'wig', allowed: helmet, cap, none"),
        ("looks: {pores: much}", "looks.pores must be a number, got 'much'"),
        ("design: gold", "there is no design 'gold'; designs: android, warm, graphite"),
        ("design: warm\nlooks: {hair: cap}", "design and looks are both given"),
    ],
)
def test_wrong_looks_are_refused(tmp_path: Path, added: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, f"\n{added}\n")


def test_the_mirror_shows_the_looks_of_the_description(tmp_path: Path) -> None:
    spec = read(tmp_path, "\ndesign: graphite\n")
    with open_face(spec.folder) as face:
        frame = face.look()
    assert frame is not None
    wanted, other = (Camera(256, looks=looks).render(POSE) for looks in (spec.looks, Looks()))
    assert np.abs(frame.image[:20].astype(int) - wanted[:20]).max() <= 1
    assert np.abs(frame.image[:20].astype(int) - other[:20]).mean() > 20


def test_drawn_looks_are_plausible_and_differ() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_looks(rng=rng) for _ in range(60)]
    for looks in drawn:
        for field in dataclasses.fields(looks):
            value = getattr(looks, field.name)
            if isinstance(value, str):
                continue
            numbers = value if isinstance(value, tuple) else (value,)
            assert all(0 <= number <= 1 for number in numbers), field.name
        redness = looks.lips[0] / sum(looks.lips) - looks.skin[0] / sum(looks.skin)
        assert redness > 0.06  # the lips stand out from the skin
    light = np.array([np.mean(looks.skin) for looks in drawn])
    assert light.min() < 0.4
    assert light.max() > 0.75
    for name, choices in (("hair", HAIR), ("ears", EARS), ("neck", NECKS)):
        assert {getattr(looks, name) for looks in drawn} == set(choices)
    again = draw_looks(rng=np.random.default_rng(0))
    assert again == drawn[0]


@pytest.mark.parametrize("name", list(DESIGNS))
def test_no_design_tears(name: str) -> None:
    """Within the outline of the head nothing shows the wall behind it."""
    looks = dataclasses.replace(
        DESIGNS[name], background_top=(0.0, 1.0, 0.0), background_bottom=(0.0, 1.0, 0.0)
    )
    image = Camera(192, looks=looks).render(POSE).astype(int)
    is_wall = (image[..., 1] > 180) & (image[..., 0] < 60) & (image[..., 2] < 60)
    assert not is_wall[20:145, 70:122].any()  # between the ears, from crown to chin


@pytest.mark.parametrize("lid", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("side", ["left", "right"])
def test_no_look_past_the_corner_of_an_eye(side: str, lid: float) -> None:
    """Turned so that one eye is seen from its outer side, no wall shows beside its lids."""
    looks = Looks(background_top=(0.0, 1.0, 0.0), background_bottom=(0.0, 1.0, 0.0))
    camera, sign = Camera(256, looks=looks), 1 if side == "left" else -1
    for turn, nod in ((0.2, 0.5), (0.0, 1.0)):
        yaw = turn if side == "left" else 1 - turn  # away from the side looked at
        commands = {f"lid_{side}_upper": lid, "neck_yaw": yaw, "neck_pitch": nod}
        motors = {m.name: m.to_unit(commands.get(m.name, m.rest)) for m in SPEC.motors}
        pose = HeadPose(SKIN, 0.0, motors)
        image = camera.render(pose).astype(int)
        x, y = camera.project(np.array([(sign * EYE_MM[0], EYE_MM[1], -8.0)]), pose)[0].astype(int)
        near = image[y - 12 : y + 13, x - 16 : x + 17]
        assert not (near[..., 1] > 40 + near[..., [0, 2]].max(-1)).any()
