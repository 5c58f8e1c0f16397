"""A mirror recording on disk: what was commanded, what was sent, what was seen. For any face.

A folder with `recording.json` and numbered shards of at most 10 s: `shard-00042.parquet` (one row a
hop) and `shard-00042.mkv` (its images). A shard is written aside and renamed, the table last: where
the table exists, the shard is whole. kill −9 loses at most the open shard.

Columns: `hop` (counts on through the recording), `t_s` (hop/50), `deed` (what was done: "rest",
"press", "move" between poses; "random", "pose" for held poses, "curious", all "babble" in earlier
recordings; …), `command.MOTOR`, `sent.MOTOR`, `actual.MOTOR` if the bus can tell, `image_t_s` (when
the image that arrived in this hop was taken, on the same clock as `t_s`, the camera's own delay
taken off; null where none arrived). A command row acts from `t_s` on. Filled while filming, or
later, maybe on another machine: `landmarks` (a list of K × 3 px, null where no face was found) and
`quality` (1 where a face was found, else 0).
"""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Float32, Int, UInt8

from .errors import RecordingError
from .media.shard import read_images, write_images
from .timing import HOP_HZ

FORMAT_VERSION: Final = 1
INFO_NAME: Final = "recording.json"
SHARD_HOPS: Final = 10 * HOP_HZ
POSE_DEEDS: Final = ("rest", "press", "move")  # of the first shard; all others are motion
RANDOM: Final = "random"
CURIOUS: Final = "curious"
_FIXED: Final = (
    "face", "face_hash", "motors", "seed", "images_hz", "camera_delay_s", "babbling",
)  # fmt: skip


@dataclass(frozen=True)
class RecordingInfo:
    """What a recording is of; `recording.json`.

    Attributes:
        face: name of the face.
        face_hash: hash of its description.
        motors: motor names in the face's order.
        seed: seed of the babbling.
        images_hz: images a second.
        camera_delay_s: the camera's own delay, already taken off `image_t_s`.
        version: lipmotion that wrote it.
        babbling: RANDOM, or CURIOUS: what is done depends on what was seen before.
    """

    face: str
    face_hash: str
    motors: tuple[str, ...]
    seed: int
    images_hz: float
    camera_delay_s: float
    version: str
    babbling: str = RANDOM  # earlier recordings do not say
    hop_hz: int = HOP_HZ
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True)
class Shard:
    """One shard's table.

    Attributes:
        index: its number.
        first_hop: number of its first hop in the recording.
        is_fresh: what was sent just before is not in the recording (the face was just opened).
        deeds: (T,) what was done in each hop.
        command, sent: (T, M) float32 in [0, 1]: wanted, and really sent after the limits.
        actual: (T, M) where the motors were, or None where the bus cannot tell.
        image_t_s: (T,) float64 capture time of the image that arrived in each hop, NaN for none.
        landmarks: (N, K, 3) float32 px of the shard's N images, NaN where no face was found; None
            until they are filled in.
    """

    index: int
    first_hop: int
    is_fresh: bool
    deeds: tuple[str, ...]
    command: Float32[np.ndarray, "hops motors"]
    sent: Float32[np.ndarray, "hops motors"]
    actual: Float32[np.ndarray, "hops motors"] | None
    image_t_s: Float[np.ndarray, " hops"]
    landmarks: Float32[np.ndarray, "images points 3"] | None = None

    def __len__(self) -> int:
        return len(self.sent)

    @property
    def image_hops(self) -> Int[np.ndarray, " images"]:
        """(N,) rows of this shard in which an image arrived."""
        return np.flatnonzero(np.isfinite(self.image_t_s))


class Recording:
    """A recording's folder; see `create_recording` and `open_recording`.

    Attributes:
        folder: where it is.
        info: what it is of.
    """

    def __init__(self, folder: Path, info: RecordingInfo) -> None:
        self.folder = folder
        self.info = info

    @property
    def indices(self) -> tuple[int, ...]:
        """Numbers of the whole shards, in order."""
        return tuple(sorted(int(p.stem[6:]) for p in self.folder.glob("shard-*.parquet")))

    @property
    def lengths(self) -> dict[int, int]:
        """Number of each whole shard → its hops."""
        return {k: pq.read_metadata(self._table(k)).num_rows for k in self.indices}

    @property
    def n_hops(self) -> int:
        """Hops in all whole shards."""
        return sum(self.lengths.values())

    @property
    def n_images(self) -> int:
        """Images in all whole shards."""
        times = (pq.read_table(self._table(k), columns=["image_t_s"]) for k in self.indices)
        return sum(table.num_rows - table["image_t_s"].null_count for table in times)

    def remove(self) -> None:
        """Removes a recording without shards, and its folder."""
        (self.folder / INFO_NAME).unlink()
        self.folder.rmdir()

    def write(self, shard: Shard, images: list[UInt8[np.ndarray, "height width 3"]]) -> None:
        """Puts a whole shard in place: images first, then the table, each written aside.

        Raises:
            RecordingError: there is not one image for each `image_t_s`.
        """
        if len(images) != len(shard.image_hops):
            raise RecordingError(
                f"{self.folder}: shard {shard.index} has {len(images)} images for "
                f"{len(shard.image_hops)} image times"
            )
        film = self._film(shard.index)
        aside = film.with_suffix(".mkv.part")
        write_images(aside, images, images_hz=self.info.images_hz)
        aside.replace(film)
        self._write_table(shard)

    def read(self, index: int) -> Shard:
        """Reads a shard's table.

        Raises:
            RecordingError: the shard is missing or damaged.
        """
        path = self._table(index)
        try:
            table = pq.read_table(path)
            return _from_table(table, index, self.info.motors)
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise RecordingError(f"{path}: not a readable shard: {error}") from error

    def images(self, index: int) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
        """Yields a shard's images in order, RGB."""
        return read_images(self._film(index))

    def fill_landmarks(self, index: int, landmarks: Float32[np.ndarray, "images points 3"]) -> None:
        """Writes a shard's landmark column anew; the rest of the shard stays as it is.

        Raises:
            RecordingError: there is not one row for each image.
        """
        shard = self.read(index)
        if len(landmarks) != len(shard.image_hops):
            raise RecordingError(
                f"{self._table(index)}: {len(landmarks)} rows of landmarks for "
                f"{len(shard.image_hops)} images"
            )
        self._write_table(dataclasses.replace(shard, landmarks=np.asarray(landmarks, np.float32)))

    def _write_table(self, shard: Shard) -> None:
        path = self._table(shard.index)
        aside = path.with_suffix(".parquet.part")
        pq.write_table(_to_table(shard, self.info.motors), aside, compression="zstd")
        aside.replace(path)

    def _table(self, index: int) -> Path:
        return self.folder / f"shard-{index:05d}.parquet"

    def _film(self, index: int) -> Path:
        return self.folder / f"shard-{index:05d}.mkv"


def create_recording(folder: Path, info: RecordingInfo) -> Recording:
    """Starts a recording, or takes one up again after its last whole shard.

    What a killed recording left half-written is swept away.

    Raises:
        RecordingError: the folder holds something else, or a recording of another face or kind.
    """
    path = folder / INFO_NAME
    if path.is_file():
        found = open_recording(folder).info
        for name in _FIXED:
            got, wanted = getattr(found, name), getattr(info, name)
            if got != wanted:
                raise RecordingError(
                    f"{folder}: recorded with {name} {got}, now {wanted}; choose another folder"
                )
        recording = Recording(folder, found)
        sweep_recording(recording)
        return recording
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RecordingError(f"{folder}: holds something else; choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{INFO_NAME}.part"
    aside.write_text(json.dumps(dataclasses.asdict(info), indent=1) + "\n", encoding="utf-8")
    aside.replace(path)
    return Recording(folder, info)


def open_recording(folder: Path, *, face_hash: str | None = None) -> Recording:
    """Opens a recording to read.

    Args:
        folder: its folder.
        face_hash: hash of the face description that it must be of; None = any face.

    Raises:
        RecordingError: no recording here, of another format, or of another face.
    """
    path = folder / INFO_NAME
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        got = raw.get("format_version")
        if got != FORMAT_VERSION:
            raise RecordingError(
                f"{path}: format_version is {got}, this program reads {FORMAT_VERSION}"
            )
        info = RecordingInfo(**{**raw, "motors": tuple(raw["motors"])})
    except FileNotFoundError:
        raise RecordingError(f"{folder}: no recording here ({INFO_NAME} is missing)") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingError(f"{path}: not a readable recording: {error}") from error
    if info.hop_hz != HOP_HZ:
        raise RecordingError(f"{path}: hop_hz is {info.hop_hz}, this program needs {HOP_HZ}")
    if face_hash is not None and info.face_hash != face_hash:
        raise RecordingError(
            f"{folder}: recorded with another description of face {info.face} "
            f"(hash {info.face_hash[:12]}, now {face_hash[:12]}); record again"
        )
    return Recording(folder, info)


def sweep_recording(recording: Recording) -> None:
    """Removes what is left of shards that did not become whole."""
    whole = set(recording.indices)
    for path in recording.folder.glob("shard-*"):
        is_orphan = path.suffix == ".mkv" and int(path.stem[6:]) not in whole
        if path.suffix == ".part" or is_orphan:
            path.unlink()
    for path in recording.folder.glob(".*.part"):
        path.unlink()


def _to_table(shard: Shard, motors: tuple[str, ...]) -> pa.Table:
    hops = shard.first_hop + np.arange(len(shard))
    columns: dict[str, Any] = {
        "hop": pa.array(hops, pa.int64()),
        "t_s": pa.array(hops / HOP_HZ),
        "deed": pa.array(shard.deeds).dictionary_encode(),
    }
    for group in ("command", "sent", "actual"):
        values = getattr(shard, group)
        if values is not None:
            columns |= {f"{group}.{m}": pa.array(values[:, k]) for k, m in enumerate(motors)}
    columns["image_t_s"] = pa.array(shard.image_t_s, mask=~np.isfinite(shard.image_t_s))
    meta = {"is_fresh": str(int(shard.is_fresh))}
    if shard.landmarks is not None:
        flat: list[np.ndarray | None] = [None] * len(shard)
        for row, points in zip(shard.image_hops, shard.landmarks, strict=True):
            flat[row] = points.ravel() if np.isfinite(points).all() else None
        columns["landmarks"] = pa.array(flat, pa.list_(pa.float32()))
        columns["quality"] = pa.array([float(points is not None) for points in flat])
        meta["n_points"] = str(shard.landmarks.shape[1])
    return pa.table(columns).replace_schema_metadata(meta)


def _from_table(table: pa.Table, index: int, motors: tuple[str, ...]) -> Shard:
    meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}

    def group(name: str) -> np.ndarray:
        return np.stack([table[f"{name}.{m}"].to_numpy() for m in motors], 1).astype(np.float32)

    image_t_s = table["image_t_s"].to_numpy().astype(np.float64)
    landmarks = None
    if "n_points" in meta:
        n_points = int(meta["n_points"])
        rows = table["landmarks"].to_pylist()
        found = [rows[k] for k in np.flatnonzero(np.isfinite(image_t_s))]
        landmarks = np.full((len(found), n_points, 3), np.nan, np.float32)
        for k, row in enumerate(found):
            if row is not None:
                landmarks[k] = np.reshape(row, (n_points, 3))
    return Shard(
        index=index,
        first_hop=table["hop"][0].as_py() if len(table) else 0,
        is_fresh=meta["is_fresh"] == "1",
        deeds=tuple(table["deed"].to_pylist()),
        command=group("command"),
        sent=group("sent"),
        actual=group("actual") if f"actual.{motors[0]}" in table.column_names else None,
        image_t_s=image_t_s,
        landmarks=landmarks,
    )
