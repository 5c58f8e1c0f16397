"""Babbling with several bodies: what each films, how many there are, and what an error leaves."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.commands import Command
from lipmotion.errors import FaceError
from lipmotion.face import read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.frames import Frame
from lipmotion.mirror import workers
from lipmotion.mirror.session import PlannedShard
from lipmotion.mirror.workers import choose_workers, divide, record_with_workers

SPEC = read_face_spec("emo")


class FilmedMock(MockFace):
    """A mock with a camera of 16 px that shows its seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(SPEC)
        self._seed = seed
        self._n_sent = 0

    def send(self, command: Command) -> Command:
        self._n_sent += 1
        return super().send(command)

    def look(self) -> Frame | None:
        if self._n_sent % 2:
            return None
        return Frame(np.full((16, 16, 3), 20 * self._seed, np.uint8), self._n_sent / 50)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the bodies that were opened."""
    seeds: list[int] = []

    def open_face(name: str, driver: str | None, seed: int) -> MockFace:
        seeds.append(seed)
        return FilmedMock(seed)

    monkeypatch.setattr(workers, "open_face", open_face)
    return seeds


def test_a_part_is_what_is_missing_of_a_minute() -> None:
    plan = [PlannedShard(k, 500 * k, 500) for k in (0, 2, 5, 6, 7, 19)]
    assert [[shard.index for shard in part] for part in divide(plan)] == [[0, 2, 5], [6, 7], [19]]
    assert divide([]) == []


def test_every_minute_has_a_body_of_its_own(tmp_path: Path, opened: list[int]) -> None:
    told: list[tuple[int, int | None]] = []
    recording = record_with_workers(
        "emo", tmp_path / "r", driver="mock", minutes=1.2, seed=3, n_workers=1,
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert opened == [3, 4]
    assert [recording.read(k).is_fresh for k in recording.indices] == [
        index in (0, 6) for index in range(8)
    ]
    assert next(iter(recording.images(0))).mean() == pytest.approx(60, abs=2)
    assert next(iter(recording.images(6))).mean() == pytest.approx(80, abs=2)
    assert told[0] == (375, 3600) and told[-1] == (3600, 3600)


def test_a_part_taken_up_again_has_the_same_body(tmp_path: Path, opened: list[int]) -> None:
    for minutes in (1.1, 1.4):
        record_with_workers(
            "emo", tmp_path / "r", driver="mock", minutes=minutes, seed=0, n_workers=1
        )
    assert opened == [0, 1, 1]


def test_a_whole_recording_opens_no_body(tmp_path: Path, opened: list[int]) -> None:
    for _ in range(2):
        record_with_workers("emo", tmp_path / "r", driver="mock", minutes=0.2, seed=0)
    assert opened == [0]


def test_how_many_bodies_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for n_cores, n_workers in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(workers, "count_cores", lambda n=n_cores: n)
        assert choose_workers(SPEC, "sim", None) == n_workers
    assert choose_workers(SPEC, "sim", 9) == 9
    with pytest.raises(FaceError, match="no driver 'simm'"):
        choose_workers(SPEC, "simm", 1)
    monkeypatch.setattr(workers, "DRIVERS", ("sim", "servo"))
    assert choose_workers(SPEC, "servo", None) == 1
    with pytest.raises(FaceError, match="moves one body"):
        choose_workers(SPEC, "servo", 2)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_leaves_nothing_half_made(tmp_path: Path, n_workers: int) -> None:
    with pytest.raises(FaceError, match="no mirror image"):  # the mock has no camera
        record_with_workers(
            "emo", tmp_path / "r", driver="mock", minutes=2, seed=0, n_workers=n_workers
        )
    assert list(tmp_path.iterdir()) == []
