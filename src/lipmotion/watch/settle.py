"""All films of one source → its segments: offsets, what is refused, each person's rest and lips.

Quick, and made anew from the records whenever one of them changed; what was seen and heard is never
touched, so watching more films of a source sharpens its offset without looking at old ones again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import RecordingError
from ..lips import LipTrack
from ..timing import HOP_HZ, count_hops
from ..vision.measure import measure_lips
from ..vision.owner import fit_person, to_lip_shape
from ..vision.retime import retime
from ..watched import Segment, WatchedFolder, move_earlier, write_aside
from .decide import Decision, decide
from .record import SUFFIX, FilmRecord, read_records

SETTLED_NAME = ".settled"
_FRONTAL_QUALITY = 0.5  # of a head turned by 35 degrees: beyond, shapes do not count for the range
_MIN_FRONTAL_HOPS = 500


@dataclass(frozen=True)
class _Seen:
    """One segment with its lips on the grid."""

    segment: Segment
    raw: np.ndarray
    quality: np.ndarray
    in_speech: np.ndarray


def settle_source(folder: WatchedFolder, person: str, *, check_sync: bool) -> None:
    """Writes the segments of a source's films; the mark that it is settled comes last."""
    mark = folder.folder / person / SETTLED_NAME
    mark.unlink(missing_ok=True)
    records = read_records(folder.folder, person)
    decisions = decide(records, check_sync=check_sync)
    segments = [s for r in records for s in _list_segments(r, decisions[r.name])]
    refused = [segment for segment, _ in segments if segment.reason]
    by_person: dict[str, list[_Seen]] = {}
    for segment, decision in segments:
        if not segment.reason:
            seen = _read(folder, segment, decision)
            by_person.setdefault(segment.person, []).append(seen)
    for who, own in by_person.items():
        refused += _write_person(folder, who, own)
    for segment in refused:
        folder.lips_path(segment).unlink(missing_ok=True)
        folder.finish(segment)
    digest = _hash_records(folder.folder / person, check_sync)
    write_aside(mark, lambda path: path.write_text(digest, encoding="utf-8"))


def is_settled(folder: Path, person: str, check_sync: bool) -> bool:
    """Whether nothing of a source has changed since it was settled."""
    mark = folder / person / SETTLED_NAME
    is_marked = mark.exists()
    return is_marked and mark.read_text(encoding="utf-8") == _hash_records(mark.parent, check_sync)


def _hash_records(place: Path, check_sync: bool) -> str:
    """What the segments are made from, in short."""
    digest = hashlib.sha256(f"{check_sync}".encode())
    for path in sorted(place.glob(f"*{SUFFIX}")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _list_segments(
    record: FilmRecord, decisions: Sequence[Decision]
) -> list[tuple[Segment, Decision | None]]:
    """The rows of one film: its parts, or the film itself where nothing of it can be used."""
    whole = Segment(record.name, record.person, record.source, record.language, record.licence)
    if not decisions:
        return [(replace(whole, end_s=record.length_s, reason=record.reason), None)]
    return [(_fill(whole, decision), decision) for decision in decisions]


def _fill(whole: Segment, decision: Decision) -> Segment:
    part, offset = decision.part, decision.offset
    segment = replace(
        whole,
        name=part.name,
        person=part.person,
        start_s=part.start_s,
        end_s=part.end_s,
        images_hz=part.images_hz,
        quality=part.quality,
        reason=decision.reason,
        speech_s=part.speech_hops / HOP_HZ,
    )
    if offset is None:
        return segment
    k = round(offset.seconds * HOP_HZ) + len(part.curve) // 2
    return replace(
        segment,
        offset_s=round(offset.seconds, 4) if offset.is_sure else 0.0,
        sync_r=round(part.curve[k] / max(part.energy, 1e-9), 3),
        sync_z=round(offset.sureness, 2),
    )


def _read(folder: WatchedFolder, segment: Segment, decision: Decision | None) -> _Seen:
    """Brings a segment's lips and speech to the grid, on the clock of its images."""
    assert decision is not None, "a film without parts is refused"
    images = folder.read_images(segment)
    n_hops = count_hops(folder.count_samples(segment))
    raw, quality = retime(measure_lips(images.landmarks), images.times_s, images.quality, n_hops)
    in_speech = np.zeros(n_hops, bool)
    for first, end in decision.part.speech:
        in_speech[first:end] = True
    in_speech = move_earlier(in_speech, round(segment.offset_s * HOP_HZ))
    return _Seen(segment, raw, quality, in_speech)


def _write_person(folder: WatchedFolder, person: str, own: Sequence[_Seen]) -> list[Segment]:
    """Fits a person's rest and range, and writes their lips; gives those that are refused."""
    try:
        owner = fit_person(
            person,
            [seen.raw for seen in own],
            [seen.in_speech for seen in own],
            _trust_frontal([seen.quality for seen in own]),
        )
    except (RecordingError, ValueError) as error:
        return [replace(s.segment, reason=str(error).removeprefix(f"{person}: ")) for s in own]
    owner.save(folder.owner_path(person))
    for seen in own:
        track = LipTrack(to_lip_shape(seen.raw, owner), seen.quality, seen.in_speech)
        folder.write_lips(seen.segment, track)
        folder.finish(seen.segment)
    return []


def _trust_frontal(qualities: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Qualities with turned heads at 0, if enough is left without them."""
    frontal = [np.where(q >= _FRONTAL_QUALITY, q, 0) for q in qualities]
    n_frontal = sum(int((q > 0).sum()) for q in frontal)
    return frontal if n_frontal >= _MIN_FRONTAL_HOPS else list(qualities)
