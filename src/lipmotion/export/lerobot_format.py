"""The words of the LeRobotDataset format, v3.0: paths, columns, and what lies in `meta/`.

Tested with lerobot 0.4.4 and 0.6.1, whose readers both ask for v3.0.

Source: lerobot 0.6.1, `lerobot/datasets` (Apache-2.0; read, not copied) and its documentation,
"LeRobotDataset v3.0".
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ..media.film import CODEC, CRF, KEY_EVERY, PIXELS, PRESET
from .tally import Summary

VERSION: Final = "v3.0"
CAMERA: Final = "observation.images.mirror"
INFO_PATH: Final = "meta/info.json"
STATS_PATH: Final = "meta/stats.json"
TASKS_PATH: Final = "meta/tasks.parquet"
# the format lets this file end at 100 MB and go on in another: at 1,000 hours
EPISODES_PATH: Final = "meta/episodes/chunk-000/file-000.parquet"
FILES_A_CHUNK: Final = 1000
MOST_DATA_MB: Final = 100
MOST_FILM_MB: Final = 200
_DATA: Final = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
_FILM: Final = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"

# a deed of a recording → what lerobot calls a task: a sentence
_TASKS: Final = {
    "babble": "babble before the mirror",
    "random": "babble before the mirror, at random",
    "pose": "hold random poses before the mirror",
    "curious": "explore what is hardly known before the mirror",
    "rest": "rest before the mirror, lips lightly closed",
    "press": "press the lips together before the mirror",
    "move": "move to the next pose before the mirror",
}
# scalar columns, in the order of the table; no name may contain "image" (lerobot's statistics
# take such a column for pixels), nor begin like `action` or `observation` (its policies take those)
SCALARS: Final = {
    "next.done": "bool",
    "hop": "int64",
    "captured_s": "float64",
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}


def name_task(deed: str) -> str:
    """The task that a deed is, in words."""
    return _TASKS.get(deed, f"{deed} before the mirror")


def name_locally(folder: Path) -> str:
    """A name for a dataset that nobody has named, after its folder."""
    return f"local/{re.sub('[^A-Za-z0-9]+', '-', folder.resolve().name).strip('-') or 'mirror'}"


def place_data(file: int) -> str:
    """Path of the n-th file of rows."""
    chunk_index, file_index = divmod(file, FILES_A_CHUNK)
    return _DATA.format(chunk_index=chunk_index, file_index=file_index)


def place_film(file: int) -> str:
    """Path of the n-th film."""
    chunk_index, file_index = divmod(file, FILES_A_CHUNK)
    return _FILM.format(video_key=CAMERA, chunk_index=chunk_index, file_index=file_index)


def name_vectors(motors: tuple[str, ...], n_hops: int) -> dict[str, list[str]]:
    """Vector columns → names of their numbers."""
    return {
        "action": list(motors),
        "observation.state": list(motors),
        "hops.sent": [f"{motor}+{hop}" for hop in range(n_hops) for motor in motors],
    }


def make_table(columns: dict[str, np.ndarray]) -> pa.Table:
    """Rows as the data files hold them; (R, D) arrays become lists of fixed length."""
    table = {}
    for name, values in columns.items():
        if values.ndim == 2:
            flat = pa.array(values.astype(np.float32).ravel())
            table[name] = pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
        else:
            table[name] = pa.array(values.astype(SCALARS[name]))
    return pa.table(table)


def make_tasks(tasks: list[str]) -> pa.Table:
    """`meta/tasks.parquet`: numbers of tasks, found by their words as a pandas index."""
    text = {"pandas_type": "unicode", "numpy_type": "object", "metadata": None}
    number = {"pandas_type": "int64", "numpy_type": "int64", "metadata": None}
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [{"name": None, "field_name": None, **text}],
        "columns": [
            {"name": "task_index", "field_name": "task_index", **number},
            {"name": "task", "field_name": "task", **text},
        ],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.0.0",
    }
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": tasks})
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def make_episode(
    episode: int,
    tasks: list[str],
    rows: tuple[int, int],
    file: int,
    seconds: tuple[float, float],
    stats: dict[str, Summary],
) -> dict[str, Any]:
    """A row of `meta/episodes`.

    Args:
        episode: its number.
        tasks: tasks in it.
        rows: its first row, and the one after its last.
        file: number of the file that holds its rows, and of the film.
        seconds: where it begins and ends in the film.
        stats: column → statistics.
    """
    chunk_index, file_index = divmod(file, FILES_A_CHUNK)
    row: dict[str, Any] = {
        "episode_index": episode,
        "tasks": tasks,
        "length": rows[1] - rows[0],
        "data/chunk_index": chunk_index,
        "data/file_index": file_index,
        "dataset_from_index": rows[0],
        "dataset_to_index": rows[1],
        f"videos/{CAMERA}/chunk_index": chunk_index,
        f"videos/{CAMERA}/file_index": file_index,
        f"videos/{CAMERA}/from_timestamp": seconds[0],
        f"videos/{CAMERA}/to_timestamp": seconds[1],
    }
    for name, summary in stats.items():
        row |= {f"stats/{name}/{stat}": value for stat, value in summary.items()}
    return row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}


def make_info(
    *,
    robot: str,
    images_hz: float,
    size_px: tuple[int, int],
    vectors: dict[str, list[str]],
    n_episodes: int,
    n_rows: int,
    n_tasks: int,
) -> dict[str, Any]:
    """`meta/info.json`.

    Args:
        robot: kind of robot.
        images_hz: rows a second; written as a whole number where it is one.
        size_px: width and height of the images.
        vectors: names of the numbers in vector columns.
        n_episodes, n_rows, n_tasks: how many there are.
    """
    fps = round(images_hz) if images_hz == round(images_hz) else images_hz
    width, height = size_px
    features: dict[str, Any] = {
        name: {"dtype": "float32", "shape": [len(names)], "names": names}
        for name, names in vectors.items()
    }
    features[CAMERA] = {
        "dtype": "video",
        "shape": [height, width, 3],
        "names": ["height", "width", "channels"],
        "info": {
            "video.height": height,
            "video.width": width,
            "video.codec": CODEC,
            "video.pix_fmt": PIXELS,
            "video.fps": fps,
            "video.channels": 3,
            "video.g": KEY_EVERY,
            "video.crf": CRF,
            "video.preset": PRESET,
            "has_audio": False,
            "is_depth_map": False,
        },
    }
    features |= {k: {"dtype": v, "shape": [1], "names": None} for k, v in SCALARS.items()}
    return {
        "codebase_version": VERSION,
        "fps": fps,
        "features": features,
        "total_episodes": n_episodes,
        "total_frames": n_rows,
        "total_tasks": n_tasks,
        "chunks_size": FILES_A_CHUNK,
        "data_files_size_in_mb": MOST_DATA_MB,
        "video_files_size_in_mb": MOST_FILM_MB,
        "data_path": _DATA,
        "video_path": _FILM,
        "robot_type": robot,
        "splits": {"train": f"0:{n_episodes}"},
    }
