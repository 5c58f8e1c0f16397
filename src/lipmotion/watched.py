"""A watched folder on disk: people's lips and voices, segment by segment.

    watched.json                  format version and how the folder was made
    index.parquet                 one row a segment, refused ones with their reason
    PERSON/NAME.json              the segment's row of the index; exists = the segment is finished
    PERSON/NAME.parquet           landmarks at the film's own rate: `image_t_s`, `quality`,
                                  `landmarks` (K × 3 px, null where no face was found)
    PERSON/NAME.flac              16 kHz mono, as in the film: it comes `offset_s` late, which
                                  `read_sound` takes off
    PERSON/NAME.lips.parquet      the LipTrack: twelve fields, `quality`, `in_speech`, a row a hop
    PERSON/owner.json             the person's rest, contact and range (`vision/owner.py`)

Landmarks are what the tracker gave; the LipTracks are made from them once all of a person's films
are in. Every file is written aside and renamed.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Float32, Shaped

from .errors import RecordingError
from .lips import LIP_FIELDS, LipTrack
from .media.flac import count_flac, read_flac
from .timing import SAMPLE_RATE_HZ

FORMAT_VERSION: Final = 2
READABLE: Final = (1, 2)  # folders of format 1 hold whole films, their offsets not measured
INFO_NAME: Final = "watched.json"
INDEX_NAME: Final = "index.parquet"
OWNER_NAME: Final = "owner.json"


@dataclass(frozen=True)
class Segment:
    """One row of the index: a stretch of film in which one person is seen and heard.

    Attributes:
        name: unique for the person.
        person: whose lips.
        source: the film's file name.
        language, licence: as stated by whoever watched, or "".
        start_s, end_s: where it lies in the film.
        images_hz: images a second.
        offset_s: by how much the film's sound comes late; 0 where not measured. `read_sound` and
            `in_speech` have it taken off: they go with the images.
        quality: mean over the images, in [0, 1].
        sync_r: correlation of the lips with those that the sound suggests, at that offset.
        sync_z: how sure the offset is, in standard deviations under chance; 0 where not looked at.
        speech_s: seconds of speech.
        reason: why it was refused, or "".
    """

    name: str
    person: str
    source: str
    language: str = ""
    licence: str = ""
    start_s: float = 0.0
    end_s: float = 0.0
    images_hz: float = 0.0
    offset_s: float = 0.0
    quality: float = 0.0
    reason: str = ""
    sync_r: float = 0.0
    sync_z: float = 0.0
    speech_s: float = 0.0


@dataclass(frozen=True)
class WatchedImages:
    """Landmarks of a segment at the film's own rate.

    Attributes:
        times_s: (T,) from the segment's start.
        quality: (T,) in [0, 1]; 0 where no face was found.
        landmarks: (T, K, 3) px, NaN where no face was found.
    """

    times_s: Float[np.ndarray, " images"]
    quality: Float32[np.ndarray, " images"]
    landmarks: Float32[np.ndarray, "images points 3"]


class WatchedFolder:
    """Reads and writes a watched folder.

    Args:
        folder: the folder; need not exist before something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def segments(self) -> list[Segment]:
        """All finished segments that were not refused, by person and name."""
        return [segment for segment in self.finished() if not segment.reason]

    def finished(self) -> list[Segment]:
        """All finished segments, refused ones too.

        Raises:
            RecordingError: a segment's description is damaged.
        """
        paths = sorted(p for p in self.folder.glob("*/*.json") if p.name != OWNER_NAME)
        return [_read_segment(path) for path in paths]

    def forget(self, person: str, film: str) -> None:
        """Removes all segments of a film, whoever of its people they belong to."""
        is_of = re.compile(re.escape(film) + r"(@\d+)?\.(json|parquet|lips\.parquet|flac)")
        for place in (self.folder / person, *self.folder.glob(f"{escape(f'{person}-{film}-')}*")):
            for path in place.glob(f"{escape(film)}*"):
                if is_of.fullmatch(path.name):
                    path.unlink(missing_ok=True)

    def sound_path(self, segment: Segment) -> Path:
        """The segment's sound, 16 kHz mono FLAC."""
        return self.folder / segment.person / f"{segment.name}.flac"

    def lips_path(self, segment: Segment) -> Path:
        """The segment's LipTrack."""
        return self._path(segment, "lips.parquet")

    def count_samples(self, segment: Segment) -> int:
        """Length of the segment's sound.

        Raises:
            MediaError: it cannot be read.
        """
        return count_flac(self.sound_path(segment))

    def owner_path(self, person: str) -> Path:
        return self.folder / person / OWNER_NAME

    def read_sound(self, segment: Segment) -> Float32[np.ndarray, " samples"]:
        """The segment's sound as it goes with the images, (N,) at 16 kHz; at most 320 · hops.

        A sound that comes late is moved forward, one that comes early back; silence fills in.

        Raises:
            MediaError: it cannot be read.
        """
        sound = read_flac(self.sound_path(segment))
        return move_earlier(sound, round(segment.offset_s * SAMPLE_RATE_HZ))

    def read_lips(self, segment: Segment) -> LipTrack:
        """The segment's lips on the 50 Hz grid, in resting mouth widths from the person's rest.

        Raises:
            RecordingError: missing or damaged; `lipmotion watch` makes it anew.
        """
        table = _read_table(self.lips_path(segment))
        values = np.stack([table[name].to_numpy() for name in LIP_FIELDS], axis=1)
        return LipTrack(
            values, table["quality"].to_numpy(), table["in_speech"].to_numpy(zero_copy_only=False)
        )

    def read_images(self, segment: Segment) -> WatchedImages:
        """The segment's landmarks as the tracker gave them.

        Raises:
            RecordingError: missing or damaged.
        """
        table = _read_table(self._path(segment, "parquet"))
        is_found = table["landmarks"].is_valid().to_numpy(zero_copy_only=False)
        n_points = int(table.schema.metadata[b"n_points"])
        landmarks = np.full((len(is_found), n_points, 3), np.nan, np.float32)
        found = table["landmarks"].combine_chunks().drop_null().flatten().to_numpy()
        landmarks[is_found] = found.reshape(-1, n_points, 3)
        return WatchedImages(table["image_t_s"].to_numpy(), table["quality"].to_numpy(), landmarks)

    def write_images(self, segment: Segment, images: WatchedImages) -> None:
        n_points = images.landmarks.shape[1]
        is_found = np.isfinite(images.landmarks).all(axis=(1, 2))
        rows = [
            row.ravel() if ok else None for row, ok in zip(images.landmarks, is_found, strict=True)
        ]
        table = pa.table(
            {
                "image_t_s": pa.array(images.times_s, pa.float64()),
                "quality": pa.array(images.quality, pa.float32()),
                "landmarks": pa.array(rows, pa.list_(pa.float32())),
            }
        ).replace_schema_metadata({"n_points": str(n_points)})
        packed = {"use_dictionary": False, "use_byte_stream_split": True, "compression": "zstd"}
        write_aside(
            self._path(segment, "parquet"), lambda path: pq.write_table(table, path, **packed)
        )

    def write_lips(self, segment: Segment, track: LipTrack) -> None:
        columns = {name: track.values[:, k] for k, name in enumerate(LIP_FIELDS)}
        table = pa.table({**columns, "quality": track.quality, "in_speech": track.in_speech})
        write_aside(self.lips_path(segment), lambda path: pq.write_table(table, path))

    def finish(self, segment: Segment) -> None:
        """Writes the segment's own row: from now on it is finished."""
        text = json.dumps(dataclasses.asdict(segment), indent=1, ensure_ascii=False) + "\n"
        write_aside(
            self._path(segment, "json"), lambda path: path.write_text(text, encoding="utf-8")
        )

    def write_index(self) -> None:
        """Gathers the rows of all finished segments into one table."""
        rows = [dataclasses.asdict(segment) for segment in self.finished()]
        write_aside(
            self.folder / INDEX_NAME, lambda path: pq.write_table(pa.Table.from_pylist(rows), path)
        )

    def sweep(self) -> None:
        """Removes what killed processes left half-written."""
        for path in self.folder.rglob(".*.part"):
            path.unlink(missing_ok=True)

    def _path(self, segment: Segment, suffix: str) -> Path:
        return self.folder / segment.person / f"{segment.name}.{suffix}"


def move_earlier(values: Shaped[np.ndarray, " n"], n: int) -> Shaped[np.ndarray, " n"]:
    """A track that starts n steps earlier (later, if negative), of the same length; 0 fills in."""
    moved = np.zeros_like(values)
    if n >= 0:
        moved[: max(len(values) - n, 0)] = values[n:]
    else:
        moved[-n:] = values[:n]
    return moved


def open_watched(folder: Path) -> WatchedFolder:
    """Opens a watched folder for reading.

    Raises:
        RecordingError: it is none, is not finished, or was written in another format.
    """
    info = read_info(folder)
    if info is None:
        raise RecordingError(f"{folder}: no watched folder ({INFO_NAME} is missing)")
    if not (folder / INDEX_NAME).exists():
        raise RecordingError(f"{folder}: not finished; run the same `lipmotion watch` again")
    return WatchedFolder(folder)


def read_info(folder: Path) -> dict[str, object] | None:
    """How a watched folder was made, or None where there is none.

    Raises:
        RecordingError: damaged, or of another format.
    """
    path = folder / INFO_NAME
    if not path.exists():
        return None
    try:
        info: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        version = info["format_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path}: not readable: {error}") from error
    if version not in READABLE:
        raise RecordingError(f"{path}: format {version}, this program reads {READABLE}")
    return info


def write_info(folder: Path, settings: dict[str, object]) -> None:
    """Writes how a watched folder is made."""
    text = json.dumps({"format_version": FORMAT_VERSION, **settings}, indent=1) + "\n"
    write_aside(folder / INFO_NAME, lambda path: path.write_text(text, encoding="utf-8"))


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a file beside `path`, then renames it: what exists is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        write(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _read_segment(path: Path) -> Segment:
    try:
        return Segment(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete it and watch again") from error


def _read_table(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise RecordingError(f"{path}: not readable: {error}") from error
