"""Babbling with several bodies: the recording does not depend on how many, nor on breaks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.mirror import MirroredMock, OddEyes

from lipmotion.errors import FaceError, RecordingError
from lipmotion.face import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.mirror import curious, session, workers
from lipmotion.mirror.curious import CuriousMind, make_up_mind
from lipmotion.mirror.session import PlannedShard
from lipmotion.mirror.wear import count_wear
from lipmotion.mirror.workers import choose_workers, count_known, divide, record_with_workers
from lipmotion.recording import Recording, open_recording

SPEC = read_face_spec("emo")
Record = Callable[..., Recording]


def record(folder: Path, *, minutes: float = 0.25, seed: int = 3, **how: object) -> Recording:
    recording, _ = record_with_workers(
        "emo", folder, driver="mock", minutes=minutes, seed=seed, **{"n_workers": 1, **how}
    )
    return recording


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bodies that cost nothing and film three shards of 2 s each; the seeds of all opened."""
    make_cheap(monkeypatch.setattr)
    seeds: list[int] = []

    def open_face(name: str, driver: str | None, seed: int) -> MirroredMock:
        seeds.append(seed)
        return MirroredMock(SPEC, seed)

    monkeypatch.setattr(workers, "open_face", open_face)
    return seeds


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Twelve shards, four parts, recorded in one go by one body at a time."""
    with pytest.MonkeyPatch.context() as patch:
        make_cheap(patch.setattr)
        return record(tmp_path_factory.mktemp("whole") / "r", minutes=0.4)


def make_cheap(put: Callable[[object, str, object], None]) -> None:
    put(workers, "open_face", lambda name, driver, seed: MirroredMock(SPEC, seed))
    put(workers, "FaceLandmarker", lambda *, mirrored: OddEyes(SPEC))
    put(workers, "PART_SHARDS", 3)
    put(session, "SHARD_HOPS", 100)
    put(session, "SETTLE_HOPS", 10)
    put(session, "POSE_HOPS", 20)
    put(session, "POSE_SHARD_HOPS", 90)


def assert_same(first: Recording, second: Recording) -> None:
    assert first.indices == second.indices
    for index in first.indices:
        one, other = first.read(index), second.read(index)
        assert (one.first_hop, one.is_fresh, one.deeds) == (
            other.first_hop, other.is_fresh, other.deeds,
        )  # fmt: skip
        for name in ("command", "sent", "actual", "image_t_s", "landmarks"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        images = zip(first.images(index), second.images(index), strict=True)
        assert all(np.array_equal(*pair) for pair in images)
    assert (first.folder / "wear.json").read_text() == (second.folder / "wear.json").read_text()


def test_a_part_is_what_is_missing_of_a_minute() -> None:
    plan = [PlannedShard(k, 500 * k, 500) for k in (0, 2, 5, 6, 7, 19)]
    assert [[shard.index for shard in part] for part in divide(plan)] == [[0, 2, 5], [6, 7], [19]]
    assert divide([]) == []


def test_each_part_is_made_up_from_most_of_those_before() -> None:
    assert [count_known(number) for number in (0, 1, 2, 3, 4, 5, 6, 7, 19, 20, 40, 100)] == [
        0, 1, 1, 2, 2, 3, 3, 4, 16, 16, 31, 76,
    ]  # fmt: skip
    known = [count_known(number) for number in range(300)]
    assert known == sorted(known)


def test_every_part_has_a_body_of_its_own(tmp_path: Path, opened: list[int]) -> None:
    told: list[tuple[int, int | None]] = []
    recording = record(tmp_path / "r", progress=lambda *done: told.append(done))
    assert opened == [3, 4, 5]
    assert [recording.read(k).is_fresh for k in recording.indices] == [
        index in (0, 3, 6) for index in range(8)
    ]
    for index, seed in ((0, 3), (3, 4), (6, 5)):
        assert next(iter(recording.images(index)))[15].mean() == pytest.approx(seed, abs=2)
    assert told[0] == (0, 750) and told[-1] == (750, 750)


def test_what_is_done_and_seen_is_kept_and_rules_are_obeyed(whole: Recording) -> None:
    shards = [whole.read(k) for k in whole.indices]
    deeds = [deed for shard in shards for deed in shard.deeds]
    assert set(deeds) == {"rest", "press", "move", "random", "pose", "curious"}
    assert "curious" not in deeds[:290]  # one part, its first shard is shorter
    assert 0.4 < deeds.count("curious") / len(deeds[290:]) < 0.95
    limits = Limits(SPEC)
    for shard in shards:
        assert shard.landmarks is not None and np.isfinite(shard.landmarks).all()
        state = limits.init_state() if shard.is_fresh else state  # noqa: F821
        sent, state = limits.step(shard.command, state)
        np.testing.assert_array_equal(shard.sent, sent)
        if shard.index:
            np.testing.assert_array_equal(shard.command, sent)


def test_a_recording_depends_on_its_seed_alone(
    tmp_path: Path, opened: list[int], whole: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def open_threads(n_workers: int):  # type: ignore[no-untyped-def]
        with ThreadPoolExecutor(n_workers) as pool:
            yield pool

    monkeypatch.setattr(workers, "open_workers", open_threads)
    monkeypatch.setattr(workers, "warm_up", lambda *_: None)
    assert_same(whole, record(tmp_path / "many", minutes=0.4, n_workers=3))
    other = record(tmp_path / "other", minutes=0.1, seed=4)
    assert np.abs(whole.read(2).sent - other.read(2).sent).max() > 0.5


@pytest.mark.parametrize("removed", [[11], [10, 11], [7], [4, 11]])
def test_what_was_lost_is_filmed_again_as_it_was(
    tmp_path: Path, opened: list[int], whole: Recording, removed: list[int]
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(whole.folder, folder)
    for index in removed:
        (folder / f"shard-{index:05d}.parquet").unlink()
    (folder / "wear.json").unlink()
    (folder / ".wear.json.part").write_text("half")
    assert_same(whole, record(folder, minutes=0.4))
    assert not [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_random_motion_that_was_lost_is_filmed_again_as_it_was(
    tmp_path: Path, opened: list[int]
) -> None:
    once, twice = (
        record(tmp_path / name, minutes=0.12, is_curious=False) for name in ("once", "twice")
    )
    (twice.folder / "shard-00002.parquet").unlink()
    assert_same(once, record(twice.folder, minutes=0.12, is_curious=False))


_RECORD_SLOWLY = """
import sys, time
from pathlib import Path
from fakes.mirror import OddEyes
from lipmotion.mirror import workers
from unit.mirror import test_workers as test
class Slow(OddEyes):
    def step(self, image, state):
        time.sleep(0.001)
        return super().step(image, state)
test.make_cheap(setattr)
workers.FaceLandmarker = lambda *, mirrored: Slow(test.SPEC)
test.record(Path(sys.argv[1]), minutes=0.4)
"""


def test_a_killed_recording_goes_on_as_if_it_had_not_been(
    tmp_path: Path, opened: list[int], whole: Recording
) -> None:
    tests = Path(__file__).parents[2]
    begun = subprocess.Popen(
        [sys.executable, "-c", _RECORD_SLOWLY, str(tmp_path / "killed")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
    )
    while len(list((tmp_path / "killed").glob("*.parquet"))) < 8:
        assert begun.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    kept = open_recording(tmp_path / "killed").indices
    assert kept == tuple(range(len(kept))) and len(kept) < 12
    assert_same(whole, record(tmp_path / "killed", minutes=0.4))


def test_curiosity_goes_where_chance_hardly_goes(
    tmp_path: Path, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far its lips lie from those of a random recording, and how far those of another one."""

    def make_up_bold_mind(*known: object, rng: np.random.Generator) -> CuriousMind:
        return replace(make_up_mind(*known, rng=rng), share=1.0)

    monkeypatch.setattr(workers, "make_up_mind", make_up_bold_mind)
    known = find_lips(record(tmp_path / "chance", minutes=0.6, seed=9, is_curious=False))
    spread = known.std(0)
    monkeypatch.setattr(curious, "_THIN_SHARE", 1.0)
    thinness = {}
    for is_curious in (True, False):
        folders = ((tmp_path / f"{is_curious}{seed}", seed) for seed in (1, 2))
        lips = np.concatenate(
            [find_lips(record(f, minutes=0.6, seed=s, is_curious=is_curious)) for f, s in folders]
        )
        far = np.linalg.norm((lips[:, None] - known) / spread, axis=2)
        thinness[is_curious] = np.partition(far, 5, axis=1)[:, 5].mean()
    assert thinness[True] > 1.05 * thinness[False]


def find_lips(recording: Recording) -> np.ndarray:
    """(N, 4) aperture, width and corners in every fourth hop, without the first part."""
    eyes = OddEyes(SPEC)
    sent = np.concatenate([recording.read(k).sent for k in recording.indices[3:]])
    return np.array([eyes.measure(row) for row in sent[::4]])


def test_a_whole_recording_opens_no_body(tmp_path: Path, opened: list[int]) -> None:
    for _ in range(2):
        record(tmp_path / "r", minutes=0.04)
    assert opened == [3]


def test_random_and_curious_do_not_mix(tmp_path: Path, opened: list[int]) -> None:
    recording = record(tmp_path / "r", minutes=0.04, is_curious=False)
    assert recording.read(0).landmarks is None
    with pytest.raises(RecordingError, match="babbling random, now curious"):
        record(tmp_path / "r", minutes=0.06)


def test_a_face_that_the_tracker_does_not_find_is_told_of_random(
    tmp_path: Path, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = OddEyes(SPEC, is_blind=True)
    monkeypatch.setattr(workers, "FaceLandmarker", lambda *, mirrored: blind)
    with pytest.raises(FaceError, match=r"finds it in 0 of \d+ .*`babble --random`"):
        record(tmp_path / "r", minutes=0.4)
    assert not (tmp_path / "r").exists()
    assert record(tmp_path / "r", minutes=0.04, is_curious=False).n_hops == 140


def test_a_real_face_is_one_body_and_rests_while_it_thinks(
    tmp_path: Path, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "COMPUTED", ())
    recording = record(tmp_path / "r")
    assert opened == [3]
    assert [recording.read(k).is_fresh for k in recording.indices] == [
        index in (0, 3, 6) for index in range(8)
    ]
    last = recording.read(7)
    times = last.image_t_s[last.image_hops]
    arrived = (last.first_hop + last.image_hops + 1) / 50
    np.testing.assert_allclose(times, arrived - SPEC.camera.delay_s)


def test_what_was_filmed_before_an_error_is_counted(
    tmp_path: Path, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, of: int | None) -> None:
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(tmp_path / "r", progress=stop)
    recording = open_recording(tmp_path / "r")
    assert recording.indices == (0, 1, 2)
    hours = count_wear(recording, SPEC).hours
    assert f'"hours": {round(hours, 5)}' in (tmp_path / "r" / "wear.json").read_text()


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
        record(tmp_path / "r", minutes=0.4, n_workers=n_workers)
    assert list(tmp_path.iterdir()) == []
