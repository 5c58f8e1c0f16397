"""A mirror beside the face shows what a frontal view cannot: how far the lips stand forward."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import RecordingError
from lipmotion.face import read_face_spec
from lipmotion.face.sim.face import SimFace
from lipmotion.frames import Frame
from lipmotion.learn.mirrored import fill_landmarks, see_lips
from lipmotion.lips import LIP_INDEX
from lipmotion.mirror.session import (
    POSE_SHARD_HOPS,
    MirrorSession,
    PlannedShard,
    describe,
    film_shard,
)
from lipmotion.recording import Recording, create_recording


class Scored(SimFace):
    """Remembers, for scoring, how far the lips stood forward in each image, mm."""

    def look(self) -> Frame | None:
        frame = super().look()
        if frame is not None:
            self.true_mm.append(float(np.mean(self.truth().protrusion_mm)))
        return frame

    true_mm: list[float]


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, np.ndarray]:
    """Rest and pressed lips, then 6 s of babbling, with the mirror at the right."""
    spec = read_face_spec("emo")
    camera = dataclasses.replace(spec.camera, side="right", delay_s=0.0, images_hz=10.0)
    spec = dataclasses.replace(spec, camera=camera)
    folder = tmp_path_factory.mktemp("side") / "r"
    with Scored(spec) as face:
        face.true_mm = []
        mirror = MirrorSession(face, create_recording(folder, describe(spec, 1)))
        for shard in (PlannedShard(0, 0, POSE_SHARD_HOPS), PlannedShard(1, POSE_SHARD_HOPS, 300)):
            film_shard(mirror, shard, 1)
        true_mm = np.array(face.true_mm)
    recording = Recording(folder, describe(spec, 1))
    fill_landmarks(recording)
    return recording, true_mm


def test_protrusion_is_what_the_profile_shows(filmed: tuple[Recording, np.ndarray]) -> None:
    recording, true_mm = filmed
    owner, lips = see_lips(recording, "emo")
    seen = np.isfinite(lips).all(1)
    found = lips[:, LIP_INDEX["protrusion"]]
    assert seen.mean() > 0.95
    assert np.corrcoef(found[seen], true_mm[seen])[0, 1] > 0.8
    slope = np.polyfit(found[seen], true_mm[seen], 1)[0]
    assert slope == pytest.approx(50, rel=0.3)  # mm of a resting mouth's width
    at_rest = np.abs(found[: len(found) // 6])
    assert np.median(at_rest) < 0.02
    assert owner.noise[LIP_INDEX["protrusion"]] < 0.01


def test_without_the_side_view_it_is_a_guess(filmed: tuple[Recording, np.ndarray]) -> None:
    recording, true_mm = filmed
    front = Recording(recording.folder, dataclasses.replace(recording.info, side=None))
    _, lips = see_lips(front, "emo")
    _, with_side = see_lips(recording, "emo")
    seen = np.isfinite(lips).all(1) & np.isfinite(with_side).all(1)
    r = np.corrcoef(lips[seen, LIP_INDEX["protrusion"]], true_mm[seen])[0, 1]
    assert r < 0.7
    others = [k for k in range(12) if k != LIP_INDEX["protrusion"]]
    np.testing.assert_array_equal(lips[seen][:, others], with_side[seen][:, others])


def test_a_side_view_that_shows_no_face_is_told(
    filmed: tuple[Recording, np.ndarray], tmp_path: Path
) -> None:
    recording, _ = filmed
    blind = create_recording(tmp_path / "blind", recording.info)
    for index in recording.indices:
        shard, images = recording.read(index), list(recording.images(index))
        blind.write(shard, images, [np.zeros_like(image) for image in images])
        assert shard.landmarks is not None and shard.profile is not None
        blind.fill_landmarks(index, shard.landmarks, np.full_like(shard.profile, np.nan))
    with pytest.raises(RecordingError, match="blind: the side view shows no profile"):
        see_lips(blind, "emo")
