"""A mirror recording on disk: what was commanded, what was sent, what was seen. For any face.

A folder with `recording.json` and numbered shards of at most 10 s: `shard-00042.parquet` (one row a
hop) and `shard-00042.mkv` (its images; where a mirror stands beside the face, what it shows is at
the right of each). A shard is written aside and renamed, the table last: where the table exists,
the shard is whole. kill −9 loses at most the open shard.

What stands in a table: `shards.py`.
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
from jaxtyping import Float, Float32, UInt8

from .errors import RecordingError
from .media.shard import read_images, write_images
from .shards import POSE_DEEDS, SHARD_HOPS, Shard, from_table, to_table
from .timing import HOP_HZ

FORMAT_VERSION: Final = 1
INFO_NAME: Final = "recording.json"
_FIXED: Final = (
    "face", "face_hash", "motors", "seed", "images_hz", "camera_delay_s", "side", "babbling",
)  # fmt: skip
RANDOM: Final = "random"
CURIOUS: Final = "curious"

__all__ = [
    "POSE_DEEDS",
    "SHARD_HOPS",
    "Recording",
    "RecordingInfo",
    "Shard",
    "create_recording",
    "open_recording",
    "sweep_recording",
]


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
        side: where the mirror stands beside the face, `left` or `right`; None: there is none.
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
    side: str | None = None


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

    def write(
        self,
        shard: Shard,
        images: list[UInt8[np.ndarray, "height width 3"]],
        sides: list[UInt8[np.ndarray, "height width 3"]] | None = None,
    ) -> None:
        """Puts a whole shard in place: images first, then the table, each written aside.

        Args:
            shard: its table.
            images: one for each `image_t_s`.
            sides: their side views, where the recording has such.

        Raises:
            RecordingError: there is not one image, or side view, for each `image_t_s`.
        """
        n_sides = len(shard.image_hops) if self.info.side else 0
        if len(images) != len(shard.image_hops) or len(sides or ()) != n_sides:
            raise RecordingError(
                f"{self.folder}: shard {shard.index} has {len(images)} images and "
                f"{len(sides or ())} side views for {len(shard.image_hops)} image times"
            )
        if sides:
            images = [np.hstack(views) for views in zip(images, sides, strict=True)]
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
            return from_table(table, index, self.info.motors)
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise RecordingError(f"{path}: not a readable shard: {error}") from error

    def images(self, index: int) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
        """Yields a shard's images in order, RGB, from the front."""
        return (front for front, _ in self.views(index))

    def views(
        self, index: int
    ) -> Iterator[
        tuple[UInt8[np.ndarray, "height width 3"], UInt8[np.ndarray, "height width 3"] | None]
    ]:
        """Yields a shard's images in order, RGB, and the side view of each, or None."""
        for image in read_images(self._film(index)):
            if self.info.side is None:
                yield image, None
            else:
                front, side = np.hsplit(image, 2)
                yield np.ascontiguousarray(front), np.ascontiguousarray(side)

    def fill_landmarks(
        self,
        index: int,
        landmarks: Float32[np.ndarray, "images points 3"],
        profile: Float32[np.ndarray, "images rows"] | None = None,
    ) -> None:
        """Writes a shard's landmarks, and profile, anew; the rest of the shard stays as it is.

        Raises:
            RecordingError: there is not one row for each image.
        """
        shard = self.read(index)
        for what, rows in (("landmarks", landmarks), ("profile", profile)):
            if rows is not None and len(rows) != len(shard.image_hops):
                raise RecordingError(
                    f"{self._table(index)}: {len(rows)} rows of {what} for "
                    f"{len(shard.image_hops)} images"
                )
        self._write_table(
            dataclasses.replace(
                shard,
                landmarks=np.asarray(landmarks, np.float32),
                profile=None if profile is None else np.asarray(profile, np.float32),
            )
        )

    def retime(self, index: int, image_t_s: Float[np.ndarray, " hops"]) -> None:
        """Writes a shard's image times anew; the rest of the shard stays as it is.

        Raises:
            RecordingError: there are not times for the same images.
        """
        shard = self.read(index)
        if not np.array_equal(np.isfinite(image_t_s), np.isfinite(shard.image_t_s)):
            raise RecordingError(f"{self._table(index)}: the times are not of its images")
        self._write_table(dataclasses.replace(shard, image_t_s=image_t_s))

    def _write_table(self, shard: Shard) -> None:
        path = self._table(shard.index)
        aside = path.with_suffix(".parquet.part")
        pq.write_table(to_table(shard, self.info.motors), aside, compression="zstd")
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
