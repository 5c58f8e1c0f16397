"""A recording as a LeRobotDataset: the values of the recording, the laws of the format."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import open_lerobot
from fakes.filmed import FilmedMock

from lipmotion.errors import MediaError, RecordingError
from lipmotion.export import lerobot_files, rows
from lipmotion.export.lerobot import Exported, export_lerobot
from lipmotion.export.lerobot_format import CAMERA, EPISODES_PATH, SCALARS, name_locally
from lipmotion.mirror.session import record_babble
from lipmotion.recording import Recording, open_recording

VECTORS = ("action", "observation.state", "hops.sent")
FILM = f"videos/{CAMERA}/chunk-000/file-000.mp4"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """21 s in two runs, of 17.5 s and 3.5 s; the face's grey is its jaw's last command."""
    folder = tmp_path_factory.mktemp("mirror") / "r"
    for minutes in (0.29, 0.35):
        with FilmedMock() as face:
            record_babble(face, folder, minutes=minutes, seed=2)
    return open_recording(folder)


@pytest.fixture(scope="module")
def exported(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "faces" / "d"
    told: list[tuple[int, int | None]] = []
    done = export_lerobot(
        recording, out, repo_id="me/mirror", progress=lambda n, of: told.append((n, of))
    )
    assert done == Exported(n_episodes=2, n_rows=523, n_left_out=2)
    assert told[-1] == (523, 523) and [n for n, _ in told] == sorted({n for n, _ in told})
    assert sorted(path.name for path in out.parent.iterdir()) == ["d"]  # nothing is left beside it
    return out


@pytest.fixture(scope="module")
def table(exported: Path) -> dict[str, np.ndarray]:
    found = pq.read_table(exported / "data/chunk-000/file-000.parquet")
    assert found.column_names == [*VECTORS, *SCALARS]
    return {
        name: np.stack(found[name].to_numpy()) if name in VECTORS else found[name].to_numpy()
        for name in found.column_names
    }


def test_commands_come_back_bit_for_bit(recording: Recording, table: dict[str, np.ndarray]) -> None:
    shards = [recording.read(k) for k in recording.indices]
    sent = np.concatenate([shard.sent for shard in shards])
    jaw = recording.info.motors.index("jaw_open")
    hop = table["hop"]
    hops = table["hops.sent"].reshape(len(hop), 2, -1)
    np.testing.assert_array_equal(hops, sent[hop[:, None] + np.arange(2)])
    np.testing.assert_array_equal(table["action"], sent[hop])
    actual = np.concatenate([shard.actual for shard in shards])
    np.testing.assert_array_equal(table["observation.state"], actual[hop - 1])
    assert np.abs(np.diff(table["action"][:, jaw])).max() > 0.01  # it moves
    deeds = [deed for shard in shards for deed in shard.deeds]
    first = {"move": 0, "rest": 1, "press": 2, "pose": 3, "random": 4}
    np.testing.assert_array_equal(table["task_index"], [first[deeds[k]] for k in hop])


def test_rows_are_numbered_and_timed_as_the_format_wants(table: dict[str, np.ndarray]) -> None:
    n = len(table["index"])
    np.testing.assert_array_equal(table["index"], np.arange(n))
    starts = np.flatnonzero(table["frame_index"] == 0)
    np.testing.assert_array_equal(np.flatnonzero(table["next.done"]), [*(starts[1:] - 1), n - 1])
    assert table["episode_index"][starts].tolist() == [0, 1]
    for first, end in zip(starts, [*starts[1:], n], strict=True):
        np.testing.assert_array_equal(table["frame_index"][first:end], np.arange(end - first))
        captured_s = table["captured_s"][first:end]
        np.testing.assert_allclose(
            table["timestamp"][first:end], captured_s - captured_s[0], atol=2e-6
        )
    np.testing.assert_allclose(table["captured_s"], table["hop"] / 50)
    assert table["timestamp"].dtype == np.float32


def test_the_film_shows_each_row_at_its_time(
    recording: Recording, exported: Path, table: dict[str, np.ndarray]
) -> None:
    with av.open(str(exported / FILM)) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.codec_context.pix_fmt) == (25, "yuv420p")
        frames = [
            (float(frame.pts * stream.time_base), frame.to_ndarray(format="rgb24").mean())
            for frame in container.decode(stream)
        ]
    assert len(frames) == len(table["index"])
    np.testing.assert_allclose([s for s, _ in frames], table["index"] / 25, atol=1e-9)
    jaw = recording.info.motors.index("jaw_open")
    before = np.concatenate([recording.read(k).sent for k in recording.indices])[table["hop"] - 1]
    np.testing.assert_allclose([grey / 255 for _, grey in frames], before[:, jaw], atol=0.02)


def test_what_meta_says_is_so(
    recording: Recording, exported: Path, table: dict[str, np.ndarray]
) -> None:
    info = json.loads((exported / "meta/info.json").read_text())
    assert (info["codebase_version"], info["fps"], info["robot_type"]) == (
        "v3.0",
        25,
        "lipmotion_emo",
    )
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (2, 523, 5)
    assert info["splits"] == {"train": "0:2"}
    assert info["features"].keys() == {*VECTORS, *SCALARS, CAMERA}
    motors = list(recording.info.motors)
    assert info["features"]["action"] == {"dtype": "float32", "shape": [26], "names": motors}
    assert info["features"]["hops.sent"]["names"] == [f"{m}+{k}" for k in (0, 1) for m in motors]
    assert info["features"][CAMERA]["shape"] == [32, 32, 3]
    assert info["data_path"].format(chunk_index=0, file_index=0).endswith("000/file-000.parquet")
    assert info["video_path"].format(video_key=CAMERA, chunk_index=0, file_index=0) == FILM
    tasks = pq.read_table(exported / "meta/tasks.parquet")
    assert tasks["task_index"].to_pylist() == [0, 1, 2, 3, 4]
    assert tasks["task"].to_pylist()[3] == "hold random poses before the mirror"
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]


def test_statistics_are_those_of_the_columns(exported: Path, table: dict[str, np.ndarray]) -> None:
    stats = json.loads((exported / "meta/stats.json").read_text())
    assert stats.keys() == {*table, CAMERA}
    episodes = pq.read_table(exported / EPISODES_PATH).to_pylist()
    ends = [episode["dataset_to_index"] for episode in episodes]
    parts = [(stats, slice(None))]
    for episode, first in zip(episodes, [0, *ends[:-1]], strict=True):
        assert (episode["dataset_from_index"], episode["length"]) == (
            first,
            episode["dataset_to_index"] - first,
        )
        own = {name: {key: episode[f"stats/{name}/{key}"] for key in stats[name]} for name in stats}
        parts.append((own, slice(first, episode["dataset_to_index"])))
    assert ends[-1] == len(table["index"])
    for told, part in parts:
        for name, values in table.items():
            wanted = values[part].reshape(len(values[part]), -1).astype(float)
            assert told[name]["count"] == [len(wanted)]
            for key in ("min", "max", "mean", "std"):
                np.testing.assert_allclose(
                    told[name][key], getattr(np, key)(wanted, axis=0), rtol=1e-9, atol=1e-9
                )
            spread = max(np.ptp(values.astype(float)), 1.0) * 2 / 4096
            median = np.quantile(wanted, 0.5, 0, method="inverted_cdf")
            np.testing.assert_allclose(told[name]["q50"], median, atol=spread)
        assert np.shape(told[CAMERA]["mean"]) == (3, 1, 1)
        assert told[CAMERA]["count"] == told["action"]["count"]


def test_episodes_know_their_place_in_films_that_roll_over(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_S", 2.0)
    monkeypatch.setattr(lerobot_files, "MOST_FILM_S", 5.0)
    monkeypatch.setattr(lerobot_files, "_EPISODES_AT_ONCE", 3)
    monkeypatch.setattr("lipmotion.export.lerobot_format.FILES_A_CHUNK", 2)
    export_lerobot(recording, tmp_path / "d", repo_id="me/mirror")
    info = json.loads((tmp_path / "d/meta/info.json").read_text())
    episodes = pq.read_table(tmp_path / "d" / EPISODES_PATH).to_pylist()
    assert len(episodes) == info["total_episodes"] == 11
    chunks = [episode["data/chunk_index"] for episode in episodes]
    assert chunks[0] == 0 and chunks[-1] >= 2
    seen = 0
    for k, episode in enumerate(episodes):
        assert (episode["episode_index"], episode["dataset_from_index"]) == (k, seen)
        place = {key: episode[f"data/{key}"] for key in ("chunk_index", "file_index")}
        assert place == {key: episode[f"videos/{CAMERA}/{key}"] for key in place}
        data = pq.ParquetFile(tmp_path / "d" / info["data_path"].format(**place))
        own = data.read().filter(pa.compute.field("episode_index") == k)
        assert own.num_rows == episode["length"]
        film = tmp_path / "d" / info["video_path"].format(video_key=CAMERA, **place)
        first_s, end_s = (episode[f"videos/{CAMERA}/{key}_timestamp"] for key in ("from", "to"))
        assert end_s - first_s == pytest.approx(episode["length"] / 25)
        with av.open(str(film)) as container:
            n_images = sum(1 for _ in container.decode(video=0))
        assert n_images == data.metadata.num_rows and end_s <= 5.0
        seen += episode["length"]
    assert seen == info["total_frames"]


def test_the_datasheet_is_filled_in(exported: Path) -> None:
    sheet = (exported / "DATASHEET.md").read_text(encoding="utf-8")
    assert "lipmotion babble --face emo --minutes 0.35 --seed 2 --random --out recording" in sheet
    assert "525 images and 1,050 hops (0.35 minutes). 2 images at" in " ".join(sheet.split())
    assert "| hold random poses before the mirror | 74 | 3.0 s |" in sheet
    assert "**Licence:** not stated." in sheet
    titles = [line[3:] for line in sheet.splitlines() if line.startswith("## ")]
    assert titles[:3] == ["Motivation", "Composition", "Collection process"] and len(titles) == 6
    assert max(len(x) for x in sheet.splitlines() if not x.startswith(("|", "lipmotion"))) <= 100
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: unknown\n") and '"me/mirror"' in card


def test_a_licence_is_written_as_the_hub_wants_it(recording: Recording, tmp_path: Path) -> None:
    export_lerobot(recording, tmp_path / "a", repo_id="me/a", licence="cc-by-4.0")
    assert (tmp_path / "a/README.md").read_text().startswith("---\nlicense: cc-by-4.0\n")
    assert "**Licence:** cc-by-4.0." in (tmp_path / "a/DATASHEET.md").read_text()
    export_lerobot(recording, tmp_path / "b", repo_id="me/b", licence='as "you" like')
    assert (
        'license: other\nlicense_name: "as \\"you\\" like"\n'
        in (tmp_path / "b/README.md").read_text()
    )


def test_what_is_there_is_not_touched(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    with pytest.raises(MediaError, match="mine: holds something else; choose a new or an empty"):
        export_lerobot(recording, tmp_path / "mine", repo_id="me/x")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "note.txt"]
    with pytest.raises(MediaError, match=r"note.txt: holds something else"):
        export_lerobot(recording, tmp_path / "mine" / "note.txt", repo_id="me/x")


def test_an_empty_folder_is_filled_and_what_a_kill_left_is_swept(
    recording: Recording, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / ".d.part").mkdir()
    (tmp_path / ".d.part" / "half").write_text("")
    export_lerobot(recording, tmp_path / "d", repo_id="me/x")
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    assert not (tmp_path / "d" / "half").exists()


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        (lambda film: film.unlink(), MediaError, "shard-00001.mkv: images cannot be read"),
        (lambda film: film.write_bytes(b"no film"), MediaError, "shard-00001.mkv: images cannot"),
        (
            lambda film: film.write_bytes(film.with_name("shard-00002.mkv").read_bytes()),
            RecordingError,
            "shard 1 has fewer images than its table says",
        ),
    ],
)
def test_a_damaged_recording_leaves_nothing(
    recording: Recording, tmp_path: Path, spoil, error: type[Exception], told: str
) -> None:
    broken = tmp_path / "r"
    broken.mkdir()
    for path in recording.folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    spoil(broken / "shard-00001.mkv")
    with pytest.raises(error, match=told):
        export_lerobot(open_recording(broken), tmp_path / "d", repo_id="me/x")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_names_for_what_nobody_named() -> None:
    assert name_locally(Path("/data/my mirror (1)")) == "local/my-mirror-1"
    assert name_locally(Path("/")) == "local/mirror"


def test_lerobot_itself_reads_it(
    recording: Recording, exported: Path, table: dict[str, np.ndarray], tmp_path: Path
) -> None:
    if importlib.util.find_spec("lerobot") is None:
        pytest.skip("lerobot is not installed")
    found = subprocess.run(
        [sys.executable, open_lerobot.__file__, str(exported), "me/mirror"],
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout.splitlines()[-1])
    assert (told["fps"], told["n_episodes"], len(told["tasks"])) == (25, 2, 523)
    for name in ("action", "observation.state", "hops.sent", "timestamp", "hop", "episode_index"):
        np.testing.assert_array_equal(np.array(told[name], table[name].dtype), table[name])
    tasks = pq.read_table(exported / "meta/tasks.parquet")["task"].to_pylist()
    assert told["tasks"] == [tasks[k] for k in table["task_index"]]
    assert np.flatnonzero(told["done"]).tolist() == np.flatnonzero(table["next.done"]).tolist()
    jaw = recording.info.motors.index("jaw_open")
    sent = np.concatenate([recording.read(k).sent for k in recording.indices])
    np.testing.assert_allclose(told["grey"], sent[table["hop"] - 1, jaw], atol=0.02)
    np.testing.assert_allclose(told["mean"], table["action"].mean(0), atol=1e-4)
    second = np.flatnonzero(table["episode_index"] == 1)
    np.testing.assert_array_equal(np.array(told["ahead"], np.float32), table["action"][second[1:4]])
    assert told["batch"]["action"] == [4, 26] and told["batch"][CAMERA] == [4, 3, 32, 32]
