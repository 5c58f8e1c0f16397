"""A mirror recording: what is written is read; what is half-written is never seen."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import RecordingError
from lipmotion.recording import RecordingInfo, Shard, create_recording, open_recording

INFO = RecordingInfo("tiny", "abc", ("a", "b"), 3, 25.0, 0.02, "0.1.0")


def _shard(index: int, n_hops: int = 6) -> tuple[Shard, list[np.ndarray]]:
    rng = np.random.default_rng(index)
    image_t_s = np.full(n_hops, np.nan)
    image_t_s[::2] = (index * n_hops + np.arange(0, n_hops, 2)) / 50
    sent = rng.random((n_hops, 2), dtype=np.float32)
    shard = Shard(
        index, index * n_hops, index == 0, ("babble",) * n_hops, sent, sent, None, image_t_s
    )
    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    images = [
        np.stack(np.broadcast_arrays(ramp, ramp[:, None], 40 * k), -1).astype(np.uint8)
        for k in range(len(shard.image_hops))
    ]
    return shard, images


def test_a_shard_comes_back_as_it_was(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", INFO)
    shard, images = _shard(0)
    recording.write(shard, images)
    back = open_recording(tmp_path / "r", face_hash="abc").read(0)
    np.testing.assert_array_equal(back.sent, shard.sent)
    np.testing.assert_array_equal(back.image_t_s, shard.image_t_s)
    assert (back.is_fresh, back.deeds, back.actual, back.landmarks) == (
        True,
        shard.deeds,
        None,
        None,
    )
    seen = list(recording.images(0))
    assert len(seen) == 3
    for image, wanted in zip(seen, images, strict=True):
        assert np.abs(image.astype(int) - wanted).max() <= 12  # coded, but close


def test_landmarks_are_filled_in_later_and_gaps_stay_gaps(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", INFO)
    recording.write(*_shard(0))
    landmarks = np.arange(3 * 4 * 3, dtype=np.float32).reshape(3, 4, 3)
    landmarks[1] = np.nan
    recording.fill_landmarks(0, landmarks)
    np.testing.assert_array_equal(recording.read(0).landmarks, landmarks)
    with pytest.raises(RecordingError, match="2 rows of landmarks for 3 images"):
        recording.fill_landmarks(0, landmarks[:2])


def test_a_killed_recording_goes_on_after_its_last_whole_shard(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", INFO)
    for index in (0, 1):
        recording.write(*_shard(index))
    (tmp_path / "r" / "shard-00002.mkv").write_bytes(b"its table was never written")
    (tmp_path / "r" / "shard-00002.parquet.part").write_bytes(b"half")
    again = create_recording(tmp_path / "r", INFO)
    assert (again.indices, again.n_hops) == ((0, 1), 12)
    assert sorted(p.name for p in (tmp_path / "r").glob("shard-00002*")) == []


def test_another_face_seed_format_or_folder_is_refused(tmp_path: Path) -> None:
    create_recording(tmp_path / "r", INFO)
    with pytest.raises(RecordingError, match="face_hash abc, now xyz"):
        create_recording(tmp_path / "r", dataclasses.replace(INFO, face_hash="xyz"))
    with pytest.raises(RecordingError, match="another description of face tiny"):
        open_recording(tmp_path / "r", face_hash="xyz")
    with pytest.raises(RecordingError, match="seed 3, now 4"):
        create_recording(tmp_path / "r", dataclasses.replace(INFO, seed=4))
    path = tmp_path / "r" / "recording.json"
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 9'))
    with pytest.raises(RecordingError, match="format_version is 9"):
        open_recording(tmp_path / "r")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("mine")
    with pytest.raises(RecordingError, match="holds something else"):
        create_recording(tmp_path / "other", INFO)
    with pytest.raises(RecordingError, match="no recording here"):
        open_recording(tmp_path / "other")


def test_images_must_match_their_times(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", INFO)
    shard, images = _shard(0)
    with pytest.raises(RecordingError, match="2 images and 0 side views for 3 image times"):
        recording.write(shard, images[:2])
    assert recording.indices == ()


def test_a_camera_of_any_rate_is_recorded(tmp_path: Path) -> None:
    info = dataclasses.replace(INFO, images_hz=29.97)
    recording = create_recording(tmp_path / "r", info)
    recording.write(*_shard(0))
    assert len(list(recording.images(0))) == 3


def test_side_views_lie_beside_the_images_and_come_back(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", dataclasses.replace(INFO, side="left"))
    shard, images = _shard(0)
    sides = [image[::-1] for image in images]
    with pytest.raises(RecordingError, match="3 images and 0 side views"):
        recording.write(shard, images)
    recording.write(shard, images, sides)
    again = open_recording(tmp_path / "r")
    assert again.info.side == "left"
    for (front, side), image, view in zip(again.views(0), images, sides, strict=True):
        assert front.shape == image.shape
        assert np.abs(front.astype(int) - image).max() <= 12
        assert side is not None and np.abs(side.astype(int) - view).max() <= 12
    for front, image in zip(again.images(0), images, strict=True):
        assert np.abs(front.astype(int) - image).max() <= 12
    with pytest.raises(RecordingError, match="recorded with side left, now None"):
        create_recording(tmp_path / "r", INFO)


def test_profiles_are_filled_in_with_landmarks_and_gaps_stay_gaps(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", dataclasses.replace(INFO, side="left"))
    shard, images = _shard(0)
    recording.write(shard, images, images)
    assert recording.read(0).profile is None
    landmarks = np.ones((3, 4, 3), np.float32)
    profile = np.arange(3 * 32, dtype=np.float32).reshape(3, 32)
    profile[1, 4:9] = np.nan
    recording.fill_landmarks(0, landmarks, profile)
    np.testing.assert_array_equal(recording.read(0).profile, profile)
    with pytest.raises(RecordingError, match="2 rows of landmarks for 3 images"):
        recording.fill_landmarks(0, landmarks[:2], profile[:2])


def test_image_times_are_mended_alone(tmp_path: Path) -> None:
    recording = create_recording(tmp_path / "r", INFO)
    shard, images = _shard(0)
    recording.write(shard, images)
    recording.retime(0, shard.image_t_s + 0.003)
    back = recording.read(0)
    np.testing.assert_allclose(back.image_t_s, shard.image_t_s + 0.003)
    np.testing.assert_array_equal(back.sent, shard.sent)
    with pytest.raises(RecordingError, match="not of its images"):
        recording.retime(0, np.zeros(6))
