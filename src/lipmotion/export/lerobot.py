"""A mirror recording → a LeRobotDataset, with which others train their policies.

Rows are images (`rows.py`); `action` is what was sent in the row's first hop, `hops.sent` what was
sent in all of its hops. See docs/reference.md for all columns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import RecordingError
from ..recording import Recording
from .aside import write_folder_aside
from .card import CARD_NAME, write_card
from .datasheet import SHEET_NAME, Facts, write_datasheet
from .lerobot_files import DatasetFiles
from .lerobot_format import SCALARS, name_task, name_vectors
from .rows import Batch, Rows, find_rows, read_batches

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Exported:
    """What was written: episodes and rows, and how many images of the recording were left out."""

    n_episodes: int
    n_rows: int
    n_left_out: int


def export_lerobot(
    recording: Recording,
    out: Path,
    *,
    repo_id: str,
    licence: str = "",
    progress: Progress | None = None,
) -> Exported:
    """Writes a recording as a LeRobotDataset of format v3.0.

    Args:
        recording: whole shards of it.
        out: the dataset's folder: new, or empty. It is there once the dataset is whole.
        repo_id: the name that the dataset goes by, as OWNER/NAME.
        licence: the licence that its makers give it, for its datasheet; "" = not stated.
        progress: called with (rows written, rows in all).

    Raises:
        RecordingError: the recording is damaged, or too short for a single row.
        MediaError: `out` holds something, or cannot be written.
    """
    rows = find_rows(recording)
    with write_folder_aside(out) as folder:
        counts = _write_files(recording, rows, folder, progress)
        facts = Facts.gather(recording, rows, counts, folder, repo_id=repo_id, licence=licence)
        for name, text in ((CARD_NAME, write_card(facts)), (SHEET_NAME, write_datasheet(facts))):
            (folder / name).write_text(text, encoding="utf-8")
    return Exported(len(rows.lengths), len(rows), rows.n_images - len(rows))


def _write_files(
    recording: Recording, rows: Rows, folder: Path, progress: Progress | None
) -> dict[str, int]:
    """Writes all files but the datasheet; gives the number of rows of each task."""
    tasks = list(dict.fromkeys(name_task(deed) for deed in rows.deeds))
    files = DatasetFiles(
        folder,
        robot=f"lipmotion_{recording.info.face}",
        images_hz=rows.images_hz,
        vectors=name_vectors(recording.info.motors, rows.n_hops),
        ranges=_find_ranges(rows, len(tasks)),
        tasks=tasks,
    )
    counts = dict.fromkeys(tasks, 0)
    lengths = rows.lengths
    firsts = np.cumsum(lengths) - lengths
    try:
        images = _Images(recording)
        for batch in read_batches(recording, rows):
            frame_index = batch.first - int(firsts[batch.episode])
            if frame_index == 0:
                files.begin_episode(int(lengths[batch.episode]))
            columns = _make_columns(batch, rows, frame_index, int(lengths[batch.episode]), tasks)
            files.add_rows(columns)
            for number in batch.image:
                files.add_image(images.find(batch.shard, int(number)))
            if frame_index + len(batch) == lengths[batch.episode]:
                files.end_episode()
            for k in columns["task_index"]:
                counts[tasks[k]] += 1
            if progress is not None:
                progress(batch.first + len(batch), len(rows))
        files.finish()
    except BaseException:
        files.abandon()
        raise
    return counts


def _make_columns(
    batch: Batch, rows: Rows, frame_index: int, n_rows: int, tasks: list[str]
) -> dict[str, np.ndarray]:
    """All columns of a batch whose first row is the `frame_index`-th of an episode of `n_rows`."""
    frames = frame_index + np.arange(len(batch))
    return {
        "action": batch.sent[:, 0],
        "observation.state": batch.state,
        "hops.sent": batch.sent.reshape(len(batch), -1),
        "next.done": frames == n_rows - 1,
        "hop": batch.hop,
        "captured_s": batch.captured_s,
        "timestamp": (frames / rows.images_hz).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full(len(batch), batch.episode),
        "index": batch.first + np.arange(len(batch)),
        "task_index": np.array([tasks.index(name_task(deed)) for deed in batch.deeds]),
    }


def _find_ranges(rows: Rows, n_tasks: int) -> dict[str, tuple[float, float]]:
    longest = int(rows.lengths.max())
    ranges = {
        "next.done": (0.0, 1.0),
        "hop": (float(rows.hop.min()), float(rows.hop.max())),
        "captured_s": (float(rows.captured_s.min()), float(rows.captured_s.max())),
        "timestamp": (0.0, longest / rows.images_hz),
        "frame_index": (0.0, float(longest)),
        "episode_index": (0.0, float(len(rows.lengths))),
        "index": (0.0, float(len(rows))),
        "task_index": (0.0, float(n_tasks)),
    }
    assert ranges.keys() == SCALARS.keys()
    return ranges


class _Images:
    """Finds images of a recording that are asked for in order."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._shard, self._next = -1, 0
        self._left: Iterator[np.ndarray] = iter(())

    def find(self, shard: int, number: int) -> np.ndarray:
        """The image of this number in this shard; those before it are passed over.

        Raises:
            RecordingError: there are fewer images than the table says.
            MediaError: the images are missing or damaged.
        """
        if shard != self._shard:
            self._shard, self._next, self._left = shard, 0, self._recording.images(shard)
        image = next(islice(self._left, number - self._next, None), None)
        if image is None:
            raise RecordingError(
                f"{self._recording.folder}: shard {shard} has fewer images than its table says"
            )
        self._next = number + 1
        return image
