"""What was seen and heard in one film, before anything is decided: a JSON file in the folder.

    PERSON/NAME.film     the record; exists = the film is watched
    PERSON/NAME.jpg      a picture of it, for the report

PERSON is the source: what lies in it is taken to have been filmed and cut by the same people with
the same gear, unless a film's own sound says otherwise.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import RecordingError
from ..vision.sync import Evidence
from ..watched import write_aside

SUFFIX: Final = ".film"
MIN_MOVES: Final = 0.015  # eye distances of aperture, 5th to 95th percentile in speech


@dataclass(frozen=True)
class Part:
    """A stretch of a film as it was seen and heard.

    Attributes:
        name, person: of its segment; the person is the source's, or one of several in the film.
        face: which of the film's faces; 0 = the first.
        start_s, end_s: where it lies in the film.
        images_hz, quality: as in the index.
        reason: why its pictures alone refuse it, or "".
        speech: [first, end) hops in which somebody speaks, from the part's start.
        moves: range of the aperture in speech (5th to 95th percentile), eye distances.
        curve, variance, energy: how lips and sound agree (`vision/sync.py`).
    """

    name: str
    person: str
    face: int
    start_s: float
    end_s: float
    images_hz: float
    quality: float
    reason: str = ""
    speech: tuple[tuple[int, int], ...] = ()
    moves: float = 0.0
    curve: tuple[float, ...] = ()
    variance: float = 0.0
    energy: float = 0.0

    @property
    def evidence(self) -> Evidence:
        return Evidence(np.array(self.curve), self.variance, self.energy)

    @property
    def is_alive(self) -> bool:
        """Whether the lips move while somebody speaks, as those of a picture do not."""
        return self.moves >= MIN_MOVES

    @property
    def speech_hops(self) -> int:
        return sum(end - first for first, end in self.speech)


@dataclass(frozen=True)
class FilmRecord:
    """One film.

    Attributes:
        name: the film's, unique for its person.
        person: the source it belongs to.
        source: the file's name.
        n_bytes, changed_ns: of the file, so that another one is noticed.
        language, licence: as stated by whoever watched.
        length_s: of the pictures.
        parts: by their beginning.
        left_out: reason → seconds of face.
        reason: why nothing of the film can be used, or "".
        damage: why it could not be read to its end, or "".
        size_px: width and height as it was looked at.
        picture_s: time of the picture.
        boxes: where faces are in the picture: face, left, top, right, bottom in pixels.
        took_s: seconds that watching took.
    """

    name: str
    person: str
    source: str
    n_bytes: int = 0
    changed_ns: int = 0
    language: str = ""
    licence: str = ""
    length_s: float = 0.0
    parts: tuple[Part, ...] = ()
    left_out: dict[str, float] = field(default_factory=dict)
    reason: str = ""
    damage: str = ""
    size_px: tuple[int, int] = (0, 0)
    picture_s: float = 0.0
    boxes: tuple[tuple[float, ...], ...] = ()
    took_s: float = 0.0


def find_record(folder: Path, person: str, name: str) -> Path:
    """Where a film's record lies."""
    return folder / person / f"{name}{SUFFIX}"


def write_record(folder: Path, record: FilmRecord) -> None:
    """Writes a record, aside and renamed: from now on the film is watched."""
    text = json.dumps(dataclasses.asdict(record), ensure_ascii=False) + "\n"
    write_aside(
        find_record(folder, record.person, record.name),
        lambda path: path.write_text(text, encoding="utf-8"),
    )


def read_record(path: Path) -> FilmRecord:
    """Reads a record.

    Raises:
        RecordingError: missing or damaged.
    """
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        parts = tuple(_read_part(part) for part in raw.pop("parts"))
        size_px, boxes = tuple(raw.pop("size_px")), tuple(map(tuple, raw.pop("boxes")))
        return FilmRecord(**raw, parts=parts, size_px=size_px, boxes=boxes)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete it and watch again") from error


def read_records(folder: Path, person: str) -> list[FilmRecord]:
    """All films of a person, by name."""
    return [read_record(path) for path in sorted((folder / person).glob(f"*{SUFFIX}"))]


def _read_part(raw: dict[str, Any]) -> Part:
    speech = tuple((int(first), int(end)) for first, end in raw.pop("speech"))
    curve = tuple(raw.pop("curve"))
    return Part(**raw, speech=speech, curve=curve)
