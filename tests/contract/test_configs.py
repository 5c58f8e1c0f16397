"""Every shipped face description loads, and its motors are the field's own."""

from pathlib import Path

import pytest

import lipmotion
from lipmotion.face.motors import MOTOR_GROUPS

FACES = sorted(p.parent for p in (Path(lipmotion.__file__).parent / "faces").glob("*/face.yaml"))


@pytest.mark.parametrize("folder", FACES, ids=lambda p: p.name)
def test_face_description_loads(folder: Path) -> None:
    with lipmotion.open_face(folder, driver="mock") as face:
        spec = face.spec
    assert spec.name == folder.name
    assert len(set(spec.motor_names)) == len(spec.motors)
    assert {motor.group for motor in spec.motors} <= set(MOTOR_GROUPS)
    assert spec.rest.motors == spec.motor_names


def test_emo_has_its_26_motors() -> None:
    with lipmotion.open_face("emo", driver="mock") as face:
        groups = [motor.group for motor in face.spec.motors]
    counts = {group: groups.count(group) for group in MOTOR_GROUPS}
    assert counts == {"lips": 10, "jaw": 1, "brows": 4, "lids": 4, "eyes": 4, "neck": 3}
