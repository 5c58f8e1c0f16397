"""Where clips come from: films of people, speech with known phones, sounds without a voice.

In: folders. Out: `People`, `Speech` and `Sounds`, each with the cases that methods are given.

Conventions: a folder of films is watched once into the work folder (`lipmotion watch`), a folder
that was watched already is read as it is. A split table names the clips that are scored; a person's
range is taken over all their clips. A source is called after its folder.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from ..errors import MediaError, RecordingError
from ..media.sound import read_sound
from ..timing import HOP_HZ, SAMPLE_RATE_HZ
from ..vision.measure import KEPT_POINTS, LOWER_OUTER
from ..vision.owner import load_owner
from ..watch.plan import WatchConfig, find_films, plan_segments
from ..watch.run import Progress, watch_films
from ..watched import INFO_NAME, Segment, WatchedFolder, move_earlier, open_watched
from .clip_list import ClipList, Key
from .methods import Case
from .metrics import SpeechRange, fit_range
from .suite import Clip, find_mouth_px

SOUND_SUFFIXES: Final = (".flac", ".wav", ".opus", ".ogg", ".mp3", ".m4a")
_CORNERS: Final = [KEPT_POINTS.index(LOWER_OUTER[0]), KEPT_POINTS.index(LOWER_OUTER[-1])]

Split = frozenset[Key]
T = TypeVar("T")


@dataclass(frozen=True)
class Phone:
    """A phone of synthetic speech: [start_s, end_s) and its name."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True)
class Spoken:
    """Speech with its labels.

    Attributes:
        case: the sound; its person is the voice.
        engine: what made it, e.g. ``flite``.
        phones: in order.
        closures: of p b m, the hold.
    """

    case: Case
    engine: str
    phones: tuple[Phone, ...]
    closures: tuple[Phone, ...]


@dataclass(frozen=True)
class People:
    """Films of people.

    Attributes:
        name: of the source.
        clips: what is scored.
        cases: the same clips as methods get them.
        ranges: person → range over all their clips.
        mouth_px: median width of their mouths in these films.
        films: clip (person, name) → its film, where it is at hand (for the ceiling).
        segments: clip (person, name) → where it lies in its film.
    """

    name: str
    clips: tuple[Clip, ...]
    cases: tuple[Case, ...]
    ranges: dict[str, SpeechRange]
    mouth_px: float
    films: dict[tuple[str, str], Path]
    segments: dict[tuple[str, str], Segment]


@dataclass(frozen=True)
class Speech:
    """Speech with known phones."""

    name: str
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True)
class Sounds:
    """Sounds without a voice."""

    name: str
    cases: tuple[Case, ...]


def open_people(
    folder: Path,
    work: Path,
    *,
    name: str = "",
    split: Split | None = None,
    known: ClipList | None = None,
    films: Iterable[Path] = (),
    n_clips: int | None = None,
    n_workers: int = 1,
    progress: Progress | None = None,
) -> People:
    """A watched folder, or a folder of films that is watched now.

    Args:
        folder: either.
        work: films are watched into `work/watched/NAME`.
        name: of the source; "" = the folder's.
        split: (person, name) of the clips to score; None = all.
        known: what is known of the films: how late their sound is, their hashes.
        films: folders with the films of a watched folder, for the ceiling.
        n_clips: at most so many, evenly taken; of films no others are watched.
        n_workers: processes for watching.
        progress: told how many films are watched.

    Raises:
        RecordingError: no clip is left.
        MediaError: no such folder.
    """
    title, known = name or folder.name, known or ClipList()
    if not folder.exists():
        raise MediaError(f"{folder}: no such folder")
    if (folder / INFO_NAME).exists():
        watched, where = open_watched(folder), list(films)
    else:
        watched, where = _watch(folder, work, split, n_clips, n_workers, progress), [folder]
    segments = watched.segments()
    own = [s for s in segments if split is None or (s.person, s.name) in split]
    own = take_evenly(own, n_clips)
    if not segments:
        why = next((s.reason for s in watched.finished()), "it holds none")
        raise RecordingError(f"{folder}: none of its films can be used: {why}")
    if not own:
        raise RecordingError(f"{folder}: no clip of it is `test` in the split table")
    persons = {segment.person for segment in own}
    ranges = {
        person: fit_range(
            [watched.read_lips(s) for s in segments if s.person == person],
            noise=load_owner(watched.owner_path(person)).noise,
        )
        for person in sorted(persons)
    }
    clips, cases = [], []
    for s in own:
        lips, language = watched.read_lips(s), s.language or "?"
        late_s = known.late_s.get((s.person, s.name), s.offset_s) - s.offset_s
        sound = move_earlier(watched.read_sound(s), round(late_s * SAMPLE_RATE_HZ))
        spoken = move_earlier(lips.in_speech, round(late_s * HOP_HZ))
        lips = replace(lips, in_speech=spoken)
        clips.append(Clip(title, s.person, s.name, language, lips, ranges[s.person]))
        opening = ranges[s.person].span("aperture")
        cases.append(Case(title, s.person, s.name, language, sound, lips, opening))
    corners = [watched.read_images(segment).landmarks[:, _CORNERS] for segment in own]
    mouth_px = round(find_mouth_px(np.concatenate(corners)), 1)
    found = _match_films(watched, persons, where)
    known.check_films(found)
    scored = {(s.person, s.name): s for s in own}
    return People(title, tuple(clips), tuple(cases), ranges, mouth_px, found, scored)


def open_speech(folder: Path, *, n_clips: int | None = None) -> Speech:
    """A folder of sounds, each with NAME.json: `phones`, `closures`, `engine`, `voice`, `lang`.

    Raises:
        RecordingError: none there, or a JSON file is not as it should be.
    """
    labels = [(path, _find_sound(path)) for path in sorted(folder.glob("*.json"))]
    spoken = [_read_spoken(path, sound, folder.name) for path, sound in labels if sound is not None]
    spoken = [s for s in spoken if s.phones]
    if not spoken:
        raise RecordingError(
            f"{folder}: no speech here (NAME.json with phones beside its sound, "
            f"NAME{', NAME'.join(SOUND_SUFFIXES)})"
        )
    if n_clips is not None:
        engines = dict.fromkeys(s.engine for s in spoken)
        share = max(1, n_clips // len(engines))
        spoken = [
            s for e in engines for s in take_evenly([s for s in spoken if s.engine == e], share)
        ]
    return Speech(folder.name, tuple(spoken))


def open_sounds(folder: Path, *, n_clips: int | None = None) -> Sounds:
    """A folder of sounds in which nobody speaks.

    Raises:
        RecordingError: none there.
    """
    paths = [p for p in sorted(folder.glob("*")) if p.suffix.lower() in SOUND_SUFFIXES]
    if not paths:
        raise RecordingError(f"{folder}: no sounds here; looked for {', '.join(SOUND_SUFFIXES)}")
    cases = [
        Case(folder.name, path.stem, path.stem, "", read_sound(path))
        for path in take_evenly(paths, n_clips)
    ]
    return Sounds(folder.name, tuple(cases))


def cut_case(case: Case, seconds: float) -> Case:
    """The beginning of a case."""
    return replace(case, sound=case.sound[: round(seconds * SAMPLE_RATE_HZ)])


def take_evenly(items: Sequence[T], n_items: int | None) -> list[T]:
    """At most `n_items`, from the first to the last."""
    if n_items is None or n_items >= len(items):
        return list(items)
    rows = np.linspace(0, len(items) - 1, n_items).astype(int)
    return [items[k] for k in rows]


def _find_sound(path: Path) -> Path | None:
    """The sound beside a file of labels, or None."""
    sounds = (path.with_suffix(suffix) for suffix in SOUND_SUFFIXES)
    return next((sound for sound in sounds if sound.exists()), None)


def _read_spoken(path: Path, sound: Path, source: str) -> Spoken:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        phones, closures = (
            tuple(Phone(float(a), float(b), str(name)) for a, b, name in raw.get(key, ()))
            for key in ("phones", "closures")
        )
        engine = str(raw.get("engine", "?")).split()[0]
        voice, language = str(raw.get("voice", path.stem)), str(raw.get("lang", "?"))
    except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise RecordingError(f"{path}: phones and closures are not readable: {error}") from error
    case = Case(source, voice, path.stem, language, read_sound(sound))
    return Spoken(case, engine, phones, closures)


def _watch(
    folder: Path,
    work: Path,
    split: Split | None,
    n_clips: int | None,
    n_workers: int,
    progress: Progress | None,
) -> WatchedFolder:
    """Watches a folder of films: all, for the people's ranges, or only the few asked for.

    Films of a table were looked through by hand: the table says how late their sound is.
    """
    config = WatchConfig(n_workers=n_workers, check_sync=split is None)
    if n_clips is None:
        return watch_films([folder], work / "watched" / folder.name, config, progress=progress)
    planned = [
        film
        for film, segment in plan_segments([folder], config)
        if split is None or (segment.person, segment.name) in split
    ]
    films = take_evenly(planned, n_clips)
    if not films:
        raise RecordingError(f"{folder}: no film of it is `test` in the split table")
    out = work / "watched" / f"{folder.name}-{n_clips}"
    return watch_films(films, out, config, progress=progress)


def _match_films(
    watched: WatchedFolder, persons: set[str], folders: Sequence[Path]
) -> dict[tuple[str, str], Path]:
    """The films at hand of a watched folder's segments, by person (folder) and file name."""
    known = {
        (s.person, s.source): (s.person, s.name)
        for s in watched.segments()
        if not s.start_s and "@" not in s.name  # parts of a film are no films
    }
    found = {}
    for folder in folders:
        for film in find_films(folder):
            key = known.get((film.parent.name, film.name))
            if key is not None and key[0] in persons:
                found[key] = film
    return found
