"""The files of a LeRobotDataset, written episode by episode in constant memory.

In: rows and images, in order. Out: `data/` (a row group an episode), `videos/`, and at the end
`meta/`. A film and its rows begin new files together: after a quarter of an hour, or at the size
that the format asks for.
"""

import contextlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import UInt8

from ..media.film import ImageFilm
from .lerobot_format import (
    CAMERA,
    EPISODES_PATH,
    INFO_PATH,
    MOST_DATA_MB,
    MOST_FILM_MB,
    SCALARS,
    STATS_PATH,
    TASKS_PATH,
    make_episode,
    make_info,
    make_table,
    make_tasks,
    place_data,
    place_film,
)
from .tally import PixelTally, Tally

# lerobot's reader compares times in a film as float32 and allows 0.1 ms between them, less than
# their step from 1024 s on. At 29.97 images a second it then finds no image for 4 times in 1000
# (measured with lerobot 0.6.1 and a film of 30 min; at 25 and 50 none is lost).
MOST_FILM_S: Final = 900.0
_EPISODES_AT_ONCE: Final = 10  # rows of meta/episodes a row group: one each would be mostly headers

Columns = dict[str, np.ndarray]


class DatasetFiles:
    """Writes one dataset.

    Args:
        folder: an empty folder.
        robot: kind of robot.
        images_hz: rows a second.
        vectors: vector column → names of its numbers, which lie in [0, 1].
        ranges: scalar column → its least and greatest value.
        tasks: all tasks, in the order of their numbers.

    Raises:
        OSError, MediaError: from any method: a file cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        robot: str,
        images_hz: float,
        vectors: dict[str, list[str]],
        ranges: dict[str, tuple[float, float]],
        tasks: list[str],
    ) -> None:
        self._folder = folder
        self._robot = robot
        self._images_hz = images_hz
        self._vectors = vectors
        self._ranges = ranges
        self._tasks = tasks
        self._file = -1
        self._film: ImageFilm | None = None
        self._data: pq.ParquetWriter | None = None
        self._episodes: pq.ParquetWriter | None = None
        self._size_px: tuple[int, int] | None = None
        self._batches: list[Columns] = []
        self._pixels = PixelTally()
        self._first_s = 0.0  # of the episode, in its film
        self._told: list[dict[str, Any]] = []
        self._all = self._start_tallies()
        self._all_pixels = PixelTally()
        self._n_rows = self._n_episodes = 0

    def begin_episode(self, n_rows: int) -> None:
        """Starts an episode of so many rows."""
        self._batches, self._pixels = [], PixelTally()
        if self._film is not None:
            end_s = (self._film.n_images + n_rows) / self._images_hz
            if end_s > MOST_FILM_S or self._are_files_full():
                self._close_files()
        if self._film is None:
            self._file += 1
        self._first_s = 0.0 if self._film is None else self._film.n_images / self._images_hz

    def add_rows(self, columns: Columns) -> None:
        """Adds rows to the episode: each vector column (R, D), each scalar one (R,)."""
        self._batches.append(columns)

    def add_image(self, image: UInt8[np.ndarray, "height width 3"]) -> None:
        """Adds the next image of the episode.

        Raises:
            MediaError: it has another size than those before, or an odd one.
        """
        if self._film is None:
            if self._size_px is None:
                self._size_px = (image.shape[1], image.shape[0])
            path = self._make_place(place_film(self._file))
            self._film = ImageFilm(path, self._size_px, self._images_hz)
        self._film.write(image)
        self._pixels.add(image)

    def end_episode(self) -> None:
        """Writes the episode's rows, and what is to be said of it."""
        film = self._film
        assert film is not None
        names = (*self._vectors, *SCALARS)
        columns = {name: np.concatenate([b[name] for b in self._batches]) for name in names}
        table = make_table(columns)
        if self._data is None:
            place = self._make_place(place_data(self._file))
            self._data = pq.ParquetWriter(place, table.schema, compression="zstd")
        self._data.write_table(table, row_group_size=len(table))
        tallies = self._start_tallies()
        for name, values in columns.items():
            tallies[name].add(values.reshape(len(values), -1))
            self._all[name].join(tallies[name])
        self._all_pixels.join(self._pixels)
        done = dict.fromkeys(columns["task_index"].tolist())
        self._told.append(
            make_episode(
                self._n_episodes,
                [self._tasks[k] for k in done],
                (self._n_rows, self._n_rows + len(table)),
                self._file,
                (self._first_s, film.n_images / self._images_hz),
                {name: tally.describe() for name, tally in tallies.items()}
                | {CAMERA: self._pixels.describe()},
            )
        )
        self._n_rows += len(table)
        self._n_episodes += 1
        if len(self._told) == _EPISODES_AT_ONCE:
            self._tell_episodes()

    def finish(self) -> None:
        """Closes all files and writes the rest of `meta/`."""
        self._close_files()
        self._tell_episodes()
        if self._episodes is not None:
            self._episodes.close()
        assert self._size_px is not None
        pq.write_table(make_tasks(self._tasks), self._make_place(TASKS_PATH))
        stats = {name: tally.describe() for name, tally in self._all.items()}
        self._write_json(STATS_PATH, stats | {CAMERA: self._all_pixels.describe()})
        info = make_info(
            robot=self._robot,
            images_hz=self._images_hz,
            size_px=self._size_px,
            vectors=self._vectors,
            n_episodes=self._n_episodes,
            n_rows=self._n_rows,
            n_tasks=len(self._tasks),
        )
        self._write_json(INFO_PATH, info)

    def abandon(self) -> None:
        """Closes all files without finishing them."""
        if self._film is not None:
            self._film.abandon()
        for writer in (self._data, self._episodes):
            with contextlib.suppress(OSError):
                if writer is not None:
                    writer.close()

    def _start_tallies(self) -> dict[str, Tally]:
        tallies = {name: Tally(len(names), 0.0, 1.0) for name, names in self._vectors.items()}
        return tallies | {name: Tally(1, *self._ranges[name]) for name in SCALARS}

    def _are_files_full(self) -> bool:
        sizes = [(place_data(self._file), MOST_DATA_MB), (place_film(self._file), MOST_FILM_MB)]
        return any((self._folder / p).stat().st_size >= most * 2**20 for p, most in sizes)

    def _close_files(self) -> None:
        if self._film is not None:
            self._film.finish()
        if self._data is not None:
            self._data.close()
        self._film = self._data = None

    def _tell_episodes(self) -> None:
        if not self._told:
            return
        table = pa.Table.from_pylist(self._told)
        if self._episodes is None:
            self._episodes = pq.ParquetWriter(self._make_place(EPISODES_PATH), table.schema)
        self._episodes.write_table(table.cast(self._episodes.schema))
        self._told = []

    def _make_place(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _write_json(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, indent=4, ensure_ascii=False)
        self._make_place(name).write_text(text + "\n", encoding="utf-8")
