"""One film → its record, and for each part of it landmarks and sound.

All that takes long happens here, film by film, in any process on any machine; nothing here depends
on other films. A film that cannot be used leaves a record with the reason.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import MediaError, RecordingError
from ..lips import LIP_INDEX
from ..media.flac import write_flac
from ..media.parts import cut_sound
from ..media.picture import encode_jpeg
from ..media.video import read_video, read_video_info
from ..runs import find_runs
from ..step import run_offline
from ..timing import HOP_HZ, HOP_SAMPLES, SAMPLE_RATE_HZ, count_hops
from ..vision.faces import FilmFaces, follow_faces
from ..vision.landmarks import FaceLandmarker
from ..vision.measure import measure_lips
from ..vision.retime import retime
from ..vision.stretches import Stretch, find_stretches, group_people
from ..vision.sync import compare
from ..voice.activity import VoiceActivity, find_turns, hear_speech
from ..voice.features import LogMel
from ..voice.sources import cut_hops
from ..voice.speech import SpeechModel
from ..watched import Segment, WatchedFolder, WatchedImages, write_aside
from .reasons import count_empty, find_damage, say_why, shorten
from .record import FilmRecord, Part, find_record, read_record, write_record

MOST_PX: Final = 1280  # larger images are made smaller: the detector sees 128 pixels a side anyway
PICTURE_PX: Final = 320
MAX_SILENT_END_S: Final = 0.25  # a sound track may end so much before the pictures
_LOOKAHEAD_HOPS: Final = 16
_RANGE: Final = (5.0, 95.0)


@dataclass(frozen=True)
class Senses:
    """What a process needs to watch films: eyes and ears."""

    landmarker: FaceLandmarker
    activity: VoiceActivity
    speech: SpeechModel

    @classmethod
    def open(cls, *, mirrored: bool) -> "Senses":
        """Opens what ships with the package."""
        speech = SpeechModel.open(lookahead_hops=_LOOKAHEAD_HOPS)
        return cls(FaceLandmarker(mirrored=mirrored), VoiceActivity(), speech)


@dataclass(frozen=True)
class _Piece:
    """A part with its data, before it is written."""

    part: Part
    images: WatchedImages
    sound: Float32[np.ndarray, " samples"]


def is_watched(film: Path, segment: Segment, folder: Path) -> bool:
    """Whether the folder holds a record of this very file."""
    path = find_record(folder, segment.person, segment.name)
    if not path.exists():
        return False
    record = read_record(path)
    return (record.n_bytes, record.changed_ns) == _stamp(film)


def watch_film(film: Path, segment: Segment, folder: WatchedFolder, senses: Senses) -> FilmRecord:
    """Watches one film into the folder.

    Args:
        film: the file.
        segment: its person and name, and what is stated of it.
        folder: the watched folder; what it holds of an earlier film of this name is replaced.
        senses: eyes and ears.

    Returns:
        The record, as it was written.
    """
    began = time.monotonic()
    record = _begin(film, segment)
    path = find_record(folder.folder, record.person, record.name)
    for old in (path, path.with_suffix(".jpg")):
        old.unlink(missing_ok=True)
    folder.forget(record.person, record.name)
    try:
        record = _watch(film, record, folder, senses)
    except MediaError as error:
        record = replace(record, reason=shorten(error, film))
    except (OSError, ValueError, MemoryError) as error:  # the decoder's; one film, not the run
        record = replace(record, reason=f"not readable: {type(error).__name__}: {error}")
    record = replace(record, took_s=round(time.monotonic() - began, 3))
    write_record(folder.folder, record)
    return record


def refuse_film(film: Path, segment: Segment, folder: Path, reason: str) -> None:
    """Writes a record that says why nothing of a film can be used."""
    write_record(folder, replace(_begin(film, segment), reason=reason))


def _stamp(film: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns, by which a film is known; 0 where gone."""
    try:
        stat = film.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


def _begin(film: Path, segment: Segment) -> FilmRecord:
    n_bytes, changed_ns = _stamp(film)
    return FilmRecord(
        name=segment.name,
        person=segment.person,
        source=segment.source,
        n_bytes=n_bytes,
        changed_ns=changed_ns,
        language=segment.language,
        licence=segment.licence,
    )


@contextmanager
def _writing(folder: WatchedFolder) -> Iterator[None]:
    """What cannot be written ends the run; it is not the film's fault."""
    try:
        yield
    except (OSError, MediaError) as error:
        raise RecordingError(f"{folder.folder}: cannot be written: {error}") from error


def _watch(film: Path, record: FilmRecord, folder: WatchedFolder, senses: Senses) -> FilmRecord:
    if not record.n_bytes:
        raise MediaError("the file is empty (0 bytes)" if film.exists() else "the file is gone")
    info = read_video_info(film)
    if not info.has_sound:
        raise MediaError("the film has no sound")
    faces = follow_faces(read_video(film, most_px=MOST_PX), senses.landmarker)
    people = group_people(faces.trails)
    stretches, left_out = find_stretches(faces)
    record = replace(
        _show(record, faces, people, folder),
        damage=find_damage(faces, info, film),
        left_out={**count_empty(faces), **left_out},
        length_s=round(faces.end_s + 1 / info.images_hz, 3),
    )
    pieces: list[_Piece] = []
    spans_s = [(float(s.times_s[0]), s.end_s) for s in stretches]
    for number, sound, n_held in cut_sound(film, spans_s):
        stretch = stretches[number]
        is_shared = any(_meet(stretch, s) for s in stretches if s is not stretch)
        sound = sound[:n_held] if _lacks(len(sound), n_held) else sound
        pieces += _take_in(stretch, people[stretch.trail], sound, senses, is_shared=is_shared)
    if not pieces:
        return replace(record, reason=say_why(faces, record.left_out))
    return replace(record, parts=_write(_name(pieces, record), record, folder))


def _take_in(
    stretch: Stretch,
    face: int,
    sound: Float32[np.ndarray, " samples"],
    senses: Senses,
    *,
    is_shared: bool,
) -> list[_Piece]:
    """Hears a stretch, cuts it into turns, and compares lips and sound in each."""
    n_hops = count_hops(len(sound))
    times_s = stretch.times_s - stretch.times_s[0]
    in_speech = hear_speech(sound, senses.activity)
    heard = hear_lips(sound, senses.speech)
    raw, quality = retime(measure_lips(stretch.points), times_s, stretch.quality, n_hops)
    pieces = []
    for first, end in find_turns(in_speech, is_shared=is_shared):
        start_s = first / HOP_HZ
        shown = (times_s >= start_s) & (times_s < end / HOP_HZ)
        if shown.sum() < 2:
            continue
        turn = slice(first, end)
        evidence = compare(raw[turn], quality[turn], heard[turn])
        is_used = in_speech[turn] & (quality[turn] > 0)
        aperture = raw[turn][is_used][:, LIP_INDEX["aperture"]]
        low, high = np.percentile(aperture, _RANGE) if len(aperture) else (0.0, 0.0)
        part_sound = sound[first * HOP_SAMPLES : end * HOP_SAMPLES]
        part = Part(
            name="",
            person="",
            face=face,
            start_s=round(float(stretch.times_s[0]) + start_s, 4),
            end_s=round(float(stretch.times_s[0]) + start_s + len(part_sound) / SAMPLE_RATE_HZ, 4),
            images_hz=round(stretch.images_hz, 3),
            quality=round(float(stretch.quality[shown].mean()), 4),
            reason=stretch.reason,
            speech=tuple((int(a), int(b)) for a, b in find_runs(in_speech[turn])),
            moves=round(float(high - low), 5),
            curve=tuple(np.round(evidence.curve, 3).tolist()),
            variance=round(evidence.variance, 3),
            energy=round(evidence.energy, 3),
        )
        images = WatchedImages(
            times_s[shown] - start_s, stretch.quality[shown], stretch.points[shown]
        )
        pieces.append(_Piece(part, images, part_sound))
    return pieces


def hear_lips(
    sound: Float32[np.ndarray, " samples"], speech: SpeechModel
) -> Float32[np.ndarray, "hops fields"]:
    """The lips that a sound at 16 kHz suggests, (ceil(N / 320), 12)."""
    return run_offline(speech, run_offline(LogMel(), cut_hops(sound)))


def _name(pieces: list[_Piece], record: FilmRecord) -> list[_Piece]:
    """Gives parts their names and people.

    The film's person is the source's, unless it shows several who speak. Pictures on the wall, and
    what the tracker takes for a face, are no people.
    """
    faces = {piece.part.face for piece in pieces}
    alive = {piece.part.face for piece in pieces if piece.part.is_alive and not piece.part.reason}
    pieces = sorted(pieces, key=lambda piece: (piece.part.start_s, piece.part.face))
    named = []
    for n, piece in enumerate(pieces, 1):
        face = piece.part.face
        is_only = len(faces) < 2 or alive == {face}
        person = record.person if is_only else f"{record.person}-{record.name}-{face + 1}"
        name = record.name if len(pieces) == 1 else f"{record.name}@{n:03d}"
        named.append(replace(piece, part=replace(piece.part, name=name, person=person)))
    return named


def _write(pieces: list[_Piece], record: FilmRecord, folder: WatchedFolder) -> tuple[Part, ...]:
    """Writes landmarks and sounds of the parts."""
    with _writing(folder):
        for piece in pieces:
            segment = Segment(piece.part.name, piece.part.person, record.source)
            folder.write_images(segment, piece.images)
            write_aside(folder.sound_path(segment), partial(write_flac, sound=piece.sound))
    return tuple(piece.part for piece in pieces)


def _show(
    record: FilmRecord, faces: FilmFaces, people: list[int], folder: WatchedFolder
) -> FilmRecord:
    """Writes a small picture of the film, and says where its faces are."""
    picture = faces.picture
    step = max(1, -(-max(picture.image.shape[:2]) // PICTURE_PX))
    small = np.ascontiguousarray(picture.image[::step, ::step])
    path = find_record(folder.folder, record.person, record.name).with_suffix(".jpg")
    with _writing(folder):
        write_aside(path, lambda aside: aside.write_bytes(encode_jpeg(small)))
    height, width = picture.image.shape[:2]
    boxes = tuple(
        (float(people[trail]), *(round(x, 1) for x in box)) for trail, box in picture.boxes.items()
    )
    return replace(record, size_px=(width, height), picture_s=round(picture.time_s, 2), boxes=boxes)


def _lacks(n_wanted: int, n_held: int) -> bool:
    return n_wanted - n_held > MAX_SILENT_END_S * SAMPLE_RATE_HZ


def _meet(first: Stretch, second: Stretch) -> bool:
    """Whether two faces are seen at the same time."""
    return bool(first.times_s[0] < second.end_s and second.times_s[0] < first.end_s)
