"""A mirror session: what was sent and seen is kept, in time, and goes on after a break."""

from pathlib import Path

import numpy as np
import pytest
from fakes.filmed import FilmedMock

from lipmotion.errors import FaceError, RecordingError
from lipmotion.face import read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.face.poses import press_pose
from lipmotion.mirror.session import (
    MirrorSession,
    PlannedShard,
    plan_shards,
    record_babble,
)


def test_a_recording_holds_rest_press_and_babble_in_time(tmp_path: Path) -> None:
    done = []
    with FilmedMock() as face:
        recording = record_babble(
            face, tmp_path / "r", minutes=0.35, seed=4, progress=lambda n, of: done.append((n, of))
        )
    assert done == [(375, 1050), (875, 1050), (1050, 1050)]
    poses, first, _ = (recording.read(k) for k in recording.indices)
    assert {deed: poses.deeds.count(deed) for deed in set(poses.deeds)} == {
        "move": 75,
        "rest": 200,
        "press": 100,
    }
    assert set(first.deeds) <= {"random", "pose"}
    in_press = np.array(poses.deeds) == "press"
    jaw = recording.info.motors.index("jaw_open")
    assert (poses.sent[in_press, jaw] == 0).all()
    rows = first.image_hops
    np.testing.assert_allclose(first.image_t_s[rows], (first.first_hop + rows) / 50)
    grey = np.array([image.mean() for image in recording.images(1)])
    np.testing.assert_allclose(grey / 255, first.sent[rows - 1, jaw], atol=0.02)


def test_a_broken_session_goes_on_with_the_same_draws_and_a_fresh_body(tmp_path: Path) -> None:
    with FilmedMock() as face:
        whole = record_babble(face, tmp_path / "whole", minutes=0.35, seed=1)
    for minutes in (0.25, 0.35):
        with FilmedMock() as face:
            parts = record_babble(face, tmp_path / "parts", minutes=minutes, seed=1)
    assert (whole.n_hops, parts.n_hops) == (1050, 1050)
    assert [parts.read(k).is_fresh for k in parts.indices] == [True, False, True]
    last = parts.read(parts.indices[-1])
    times = last.image_t_s[last.image_hops]
    np.testing.assert_allclose(times, (last.first_hop + last.image_hops) / 50)


def test_a_face_without_camera_is_refused(tmp_path: Path) -> None:
    with MockFace(read_face_spec("emo")) as face, pytest.raises(FaceError, match="no mirror image"):
        record_babble(face, tmp_path / "r", minutes=0.1, seed=0)


def test_a_shard_is_at_most_ten_seconds(tmp_path: Path) -> None:
    with FilmedMock() as face:
        recording = record_babble(face, tmp_path / "r", minutes=0.01, seed=0)
        session = MirrorSession(face, recording)
        with pytest.raises(ValueError, match="at most 500 hops, got 501"):
            session.film(("random",) * 501, np.tile(face.spec.rest.values, (501, 1)), 1, 375)


def test_a_shard_that_is_missing_is_filmed_and_the_others_stay(tmp_path: Path) -> None:
    with FilmedMock() as face:
        recording = record_babble(face, tmp_path / "r", minutes=0.5, seed=1)
    assert recording.lengths == {0: 375, 1: 500, 2: 500, 3: 125}
    (tmp_path / "r" / "shard-00001.parquet").unlink()
    assert plan_shards(recording, 0.6) == [PlannedShard(1, 375, 500), PlannedShard(4, 1500, 300)]
    with FilmedMock() as face:
        record_babble(face, tmp_path / "r", minutes=0.6, seed=1)
    assert [recording.read(k).is_fresh for k in range(5)] == [True, True, False, False, True]
    for k in range(5):
        shard = recording.read(k)
        times = shard.image_t_s[shard.image_hops]
        np.testing.assert_allclose(times, (shard.first_hop + shard.image_hops) / 50)


def test_pressing_moves_lips_and_jaw_only() -> None:
    spec = read_face_spec("emo")
    pose = press_pose(spec)
    moved = {spec.motor_names[k] for k in np.flatnonzero(pose != spec.rest.values)}
    assert moved == {
        "upper_lip_left",
        "upper_lip_right",
        "lower_lip_left",
        "lower_lip_right",
        "jaw_open",
    }


def test_a_measured_delay_is_taken_off_instead_of_the_described_one(tmp_path: Path) -> None:
    with FilmedMock() as face:
        recording = record_babble(face, tmp_path / "r", minutes=0.1, seed=0, camera_delay_s=0.05)
    assert recording.info.camera_delay_s == 0.05
    shard = recording.read(0)
    rows = shard.image_hops
    np.testing.assert_allclose(shard.image_t_s[rows], (rows + 1) / 50 - 0.05)
    with (
        FilmedMock() as face,
        pytest.raises(RecordingError, match=r"camera_delay_s 0\.05, now 0\.02"),
    ):
        record_babble(face, tmp_path / "r", minutes=0.2, seed=0)
