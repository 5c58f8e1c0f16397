"""A recording becomes a bank: what was seen, beside what was sent a little before."""

from pathlib import Path

import numpy as np
import pytest
from fakes.grey import GreyFace, GreyLandmarker

from lipmotion.errors import RecordingError
from lipmotion.evaluate.bank import find_lag_hops, read_bank
from lipmotion.face.description import read_face_spec
from lipmotion.mirror.session import record_babble
from lipmotion.recording import Recording
from lipmotion.vision.measure import KEPT_POINTS

SPEC = read_face_spec("emo")
JAW = SPEC.motor_names.index("jaw_open")


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    with GreyFace(SPEC) as face:
        found = record_babble(face, tmp_path / "babble", minutes=0.25, seed=0)
    landmarker = GreyLandmarker()
    for index in found.indices:
        rows = [landmarker.step(image, landmarker.init_state())[0] for image in found.images(index)]
        points = np.array([row[list(KEPT_POINTS)] for row in rows if row is not None])
        found.fill_landmarks(index, points)
    return found


def test_wide_lips_stand_beside_open_jaws(recording: Recording) -> None:
    bank = read_bank(recording, SPEC, GreyLandmarker())
    assert len(bank) > 100  # the babbling alone, 25 images a second
    others = list(SPEC.indices("brows", "lids", "eyes", "neck"))
    assert (bank.commands[:, others] == SPEC.rest.values[others]).all()
    jaw, aperture = bank.commands[:, JAW], bank.lips[:, 0]
    assert np.corrcoef(jaw, aperture)[0, 1] > 0.8


def test_slower_servos_are_later() -> None:
    assert (find_lag_hops(SPEC), find_lag_hops(read_face_spec("lite"))) == (2, 3)


def test_without_babbling_there_is_no_bank(recording: Recording) -> None:
    for path in recording.folder.glob("shard-*"):
        if not path.name.startswith("shard-00000"):
            path.unlink()
    with pytest.raises(RecordingError, match="no babbling with a face in view"):
        read_bank(recording, SPEC, GreyLandmarker())
