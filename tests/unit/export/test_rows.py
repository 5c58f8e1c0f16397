"""Rows of a recording: each command is the one that followed the image, and none is lost."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import RecordingError
from lipmotion.export import rows as rows_module
from lipmotion.export.rows import Batch, Rows, find_rows, read_batches
from lipmotion.recording import Recording, RecordingInfo, Shard, create_recording

SHARD_HOPS = 40


def record(
    folder: Path,
    captured_s: np.ndarray,
    *,
    n_hops: int = 200,
    images_hz: float = 25.0,
    delay_s: float = 0.03,
    fresh: tuple[int, ...] = (0,),
    skipped: tuple[int, ...] = (),
    is_measured: bool = True,
) -> Recording:
    """A recording of two motors whose images were taken then; `fresh` shards begin a new body."""
    info = RecordingInfo("tiny", "abc", ("a", "b"), 3, images_hz, delay_s, "0.1.0")
    recording = create_recording(folder, info)
    rng = np.random.default_rng(0)
    arrival = np.ceil((captured_s + delay_s) * 50 - 1e-6).astype(int) - 1
    for index, first in enumerate(range(0, n_hops, SHARD_HOPS)):
        image_t_s = np.full(SHARD_HOPS, np.nan)
        for time_s, hop in zip(captured_s, arrival, strict=True):
            if first <= hop < first + SHARD_HOPS:
                image_t_s[hop - first] = time_s
        sent = rng.random((SHARD_HOPS, 2), dtype=np.float32)
        shard = Shard(
            index, first, index in fresh, ("babble",) * SHARD_HOPS, sent, sent,
            sent * np.float32(0.5) if is_measured else None, image_t_s,
        )  # fmt: skip
        if index not in skipped:
            images = [np.zeros((2, 2, 3), np.uint8)] * len(shard.image_hops)
            recording.write(shard, images)
    return recording


def read(recording: Recording) -> tuple[Rows, list[Batch], np.ndarray]:
    """Rows, batches, and all that was sent by hop (NaN where it was not recorded)."""
    rows = find_rows(recording)
    sent = np.full((1000, 2), np.nan, np.float32)
    for index in recording.indices:
        shard = recording.read(index)
        sent[shard.first_hop : shard.first_hop + len(shard)] = shard.sent
    return rows, list(read_batches(recording, rows)), sent


@pytest.mark.parametrize("offset_s", [0.0, 0.0007, 0.0193])
@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.7])  # the last: taken a shard earlier
def test_a_row_holds_what_was_sent_from_its_image_on(
    tmp_path: Path, offset_s: float, delay_s: float
) -> None:
    captured_s = offset_s + np.arange(98) / 25
    recording = record(tmp_path / "r", captured_s, delay_s=delay_s)
    rows, batches, sent = read(recording)
    assert (rows.n_hops, rows.is_measured, rows.deeds) == (2, True, ("babble",))
    assert [batch.first for batch in batches] == np.cumsum([0, *map(len, batches[:-1])]).tolist()
    for batch in batches:
        for k, hop in enumerate(batch.hop):
            assert hop / 50 >= batch.captured_s[k] - 1e-9 > (hop - 1) / 50 - 1e-8
            np.testing.assert_array_equal(batch.sent[k], sent[hop : hop + 2])
            np.testing.assert_array_equal(batch.state[k], sent[hop - 1] * np.float32(0.5))
    hops = (rows.hop[:, None] + np.arange(rows.n_hops)).ravel()
    np.testing.assert_array_equal(hops, np.arange(hops[0], hops[-1] + 1))  # each hop once
    assert hops[0] <= 4 and hops[-1] >= 194 - 50 * delay_s


def test_without_sensors_the_state_is_the_command_before(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", np.arange(98) / 25, is_measured=False)
    rows, batches, sent = read(recording)
    assert not rows.is_measured
    state = np.concatenate([batch.state for batch in batches])
    np.testing.assert_array_equal(state, sent[rows.hop - 1])


def test_an_unsteady_camera_loses_no_command(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    captured_s = 0.04 + np.arange(90) / 25 + rng.uniform(-0.009, 0.009, 90)
    rows, batches, _ = read(record(tmp_path / "r", captured_s))
    assert rows.n_hops == 3 and rows.episode.max() == 0
    reached = {h for batch in batches for hop in batch.hop for h in range(hop, hop + 3)}
    assert reached == set(range(rows.hop[0], rows.hop[-1] + 3))
    assert 0.005 < rows.stray_s < 0.02
    assert np.isin(rows.captured_s, captured_s).all() and len(rows) >= 88


def test_other_rates(tmp_path: Path) -> None:
    rows, _, _ = read(record(tmp_path / "r", 0.001 + np.arange(110) / 30, images_hz=30.0))
    assert (rows.images_hz, rows.n_hops, rows.episode.max()) == (30.0, 2, 0)
    rows, _, _ = read(record(tmp_path / "s", 0.001 + np.arange(18) / 5, images_hz=5.0))
    assert (rows.images_hz, rows.n_hops, rows.episode.max()) == (5.0, 10, 0)
    rows, _, _ = read(record(tmp_path / "t", np.arange(190) / 50, images_hz=60.0))
    assert (rows.images_hz, rows.n_hops, rows.episode.max()) == (50.0, 1, 0)


def test_a_fresh_body_a_lost_image_and_a_lost_shard_begin_episodes(tmp_path: Path) -> None:
    captured_s = np.delete(np.arange(98) / 25, 50)  # lost: the one at 2.00 s
    recording = record(tmp_path / "r", captured_s, fresh=(0, 1), skipped=(3,))
    rows, batches, sent = read(recording)
    # shard 0 | shards 1, 2 with the gap at hop 100 | shard 4
    assert [rows.hop[rows.episode == e].tolist() for e in range(4)] == [
        list(range(2, 39, 2)),
        list(range(42, 99, 2)),
        list(range(102, 119, 2)),
        list(range(162, 195, 2)),
    ]
    assert np.isfinite(sent[(rows.hop[:, None] + np.arange(-1, 2)).ravel()]).all()
    assert rows.n_images == 97 - 20 and rows.lengths.tolist() == [19, 29, 9, 17]
    assert all(len(set(np.diff(batch.hop))) == 1 for batch in batches)


def test_long_runs_are_cut_into_equal_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "MOST_S", 1.0)
    rows, batches, _ = read(record(tmp_path / "r", np.arange(98) / 25))
    assert rows.lengths.sum() == len(rows) == sum(map(len, batches))
    assert rows.lengths.max() <= 25 and np.ptp(rows.lengths) <= 1
    np.testing.assert_array_equal(np.diff(rows.hop), 2)


def test_images_without_a_command_before_or_after_them_are_left_out(tmp_path: Path) -> None:
    # before any command; at the first; in the last hop but one; in the last; after all
    captured_s = np.array([-0.04, 0.0, *(np.arange(2, 198, 2) / 50), 3.96, 3.98])
    rows, _, _ = read(record(tmp_path / "r", captured_s, delay_s=0.0401))
    assert (rows.hop[0], rows.hop[-1]) == (2, 196)
    short = record(tmp_path / "s", np.array([0.0]), n_hops=SHARD_HOPS)
    with pytest.raises(RecordingError, match="none of its 1 images has a command before it"):
        find_rows(short)
    empty = create_recording(tmp_path / "e", short.info)
    with pytest.raises(RecordingError, match="no whole shard"):
        find_rows(empty)
