"""Films of people → a watched folder: their landmarks, voices, and lips over time.

In: films, or folders of films, each of one person in one shot (as in the GRID corpus); others are
refused with a reason that stands in the index. Out: the folder that `watched.py` describes. A film
that is finished is skipped next time, so a run that was stopped goes on where it was.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import as_completed
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..errors import MediaError, RecordingError
from ..lips import LipTrack
from ..media.flac import write_flac
from ..media.sound import open_sound
from ..media.video import read_video, read_video_info
from ..processes import open_workers
from ..timing import SAMPLE_RATE_HZ
from ..vision.film import watch_film
from ..vision.landmarks import FaceLandmarker
from ..vision.measure import measure_lips
from ..vision.owner import fit_person, to_lip_shape
from ..vision.retime import retime
from ..voice.activity import VoiceActivity, hear_speech
from ..watched import (
    OWNER_NAME,
    Segment,
    WatchedFolder,
    WatchedImages,
    read_info,
    write_aside,
    write_info,
)

VIDEO_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg")
MIN_DURATION_S: Final = 0.5
MIN_IMAGES_HZ: Final = 20.0  # a closure lasts 60 to 100 ms: slower films miss it

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class WatchConfig:
    """How films are watched.

    Attributes:
        mirrored: average each image's landmarks with those of its mirror image.
        language, licence: of all these films, for the index; "" = not known.
        person: whose films these are; None = the name of the folder a film lies in.
        n_workers: processes.
    """

    mirrored: bool = True
    language: str = ""
    licence: str = ""
    person: str | None = None
    n_workers: int = 1


def watch_films(
    paths: Sequence[Path], out: Path, config: WatchConfig, *, progress: Progress | None = None
) -> WatchedFolder:
    """Watches films into a folder, and fits each person's owner and lips over all their films.

    Args:
        paths: films, or folders that are searched for films.
        out: the watched folder; taken up again if it is one.
        config: how.
        progress: told how many films are finished, and of how many.

    Returns:
        The folder; refused films stand in its index with a reason.

    Raises:
        RecordingError: nothing to watch, two films of one name, or `out` was made in another way.
        MediaError: a path does not exist.
    """
    jobs = plan_segments(paths, config)
    _claim(out, config)
    folder = WatchedFolder(out)
    folder.sweep()
    todo = [job for job in jobs if not folder.is_finished(job[1].person, job[1].name)]
    n_before = len(jobs) - len(todo)
    try:
        with closing(_watch_all(todo, folder, config)) as counts:
            for n_done in counts:
                if progress:
                    progress(n_before + n_done, len(jobs))
        measure_people(folder)
        folder.write_index()
    finally:
        folder.sweep()
    return folder


def plan_segments(paths: Sequence[Path], config: WatchConfig) -> list[tuple[Path, Segment]]:
    """The films under `paths` and the segments they will be, by person and name.

    Raises:
        RecordingError: no films there, or two that would have the same name.
        MediaError: a path does not exist.
    """
    films = sorted({film.resolve() for path in paths for film in find_films(path)})
    if not films:
        raise RecordingError(
            f"{', '.join(map(str, paths))}: no films here; looked for {', '.join(VIDEO_SUFFIXES)}"
        )
    planned: dict[tuple[str, str], tuple[Path, Segment]] = {}
    for film in films:
        segment = Segment(
            name=film.stem if film.stem != Path(OWNER_NAME).stem else f"{film.stem}-film",
            person=config.person or film.parent.name,
            source=film.name,
            language=config.language,
            licence=config.licence,
        )
        other, _ = planned.setdefault((segment.person, segment.name), (film, segment))
        if other != film:
            raise RecordingError(
                f"{other} and {film} would both be {segment.person}/{segment.name}; rename one, or "
                "watch them apart with --person"
            )
    return [planned[key] for key in sorted(planned)]


def watch_segment(
    film: Path,
    segment: Segment,
    folder: WatchedFolder,
    landmarker: FaceLandmarker,
) -> Segment:
    """Watches one film and writes its landmarks and sound, or why it was refused.

    Returns:
        The segment as it stands in the index.
    """
    try:
        info = read_video_info(film)
        if not info.has_sound:
            raise MediaError("the film has no sound")
        if info.images_hz < MIN_IMAGES_HZ:
            raise MediaError(f"{info.images_hz:.3g} images a second; {MIN_IMAGES_HZ:g} are needed")
        sound = np.concatenate(list(open_sound(film).blocks(SAMPLE_RATE_HZ, 1)))[:, 0]
        times_s, quality, landmarks = watch_film(read_video(film), landmarker)
        end_s = float(times_s[-1]) + 1 / info.images_hz
        if end_s < MIN_DURATION_S:
            raise MediaError(f"{end_s:.2f} s long; {MIN_DURATION_S} s are needed")
    except MediaError as error:
        done = replace(segment, reason=str(error).removeprefix(f"{film}: "))
    else:
        sound = _fit_length(sound, round(end_s * SAMPLE_RATE_HZ))
        write_aside(folder.sound_path(segment), lambda path: write_flac(path, sound))
        folder.write_images(segment, WatchedImages(times_s, quality, landmarks))
        done = replace(
            segment, end_s=end_s, images_hz=info.images_hz, quality=float(quality.mean())
        )
    folder.finish(done)
    return done


def measure_people(folder: WatchedFolder) -> None:
    """Fits the owner of each person over all their segments, and writes the lips of each."""
    segments = folder.segments()
    activity = VoiceActivity()
    for person in sorted({segment.person for segment in segments}):
        own = [segment for segment in segments if segment.person == person]
        speech = [hear_speech(folder.read_sound(segment), activity) for segment in own]
        raws, qualities = [], []
        for segment, in_speech in zip(own, speech, strict=True):
            images = folder.read_images(segment)
            raw = measure_lips(images.landmarks)
            on_grid, quality = retime(raw, images.times_s, images.quality, len(in_speech))
            raws.append(on_grid)
            qualities.append(quality)
        owner = fit_person(person, raws, speech, qualities)
        owner.save(folder.owner_path(person))
        for segment, raw, quality, in_speech in zip(own, raws, qualities, speech, strict=True):
            folder.write_lips(segment, LipTrack(to_lip_shape(raw, owner), quality, in_speech))


def _watch_all(
    todo: list[tuple[Path, Segment]], folder: WatchedFolder, config: WatchConfig
) -> Generator[int, None, None]:
    """Yields the number of films done, in this process or in several."""
    if config.n_workers <= 1:
        landmarker = FaceLandmarker(mirrored=config.mirrored)
        for n_done, (film, segment) in enumerate(todo, 1):
            watch_segment(film, segment, folder, landmarker)
            yield n_done
        return
    with open_workers(config.n_workers) as pool:
        jobs = [
            pool.submit(_watch_alone, film, segment, folder.folder, config.mirrored)
            for film, segment in todo
        ]
        for n_done, job in enumerate(as_completed(jobs), 1):
            job.result()
            yield n_done


def _watch_alone(film: Path, segment: Segment, folder: Path, mirrored: bool) -> None:
    watch_segment(film, segment, WatchedFolder(folder), FaceLandmarker(mirrored=mirrored))


def find_films(path: Path) -> list[Path]:
    """The films under a path, or the path itself.

    Raises:
        MediaError: it does not exist.
    """
    if path.is_dir():
        return [
            p for p in path.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES and not _is_hidden(p)
        ]
    if not path.exists():
        raise MediaError(f"{path}: no such film or folder")
    return [path]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _claim(out: Path, config: WatchConfig) -> None:
    """Marks the folder as ours, or refuses it."""
    wanted: dict[str, object] = {"mirrored": config.mirrored}
    info = read_info(out)
    if info is None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise RecordingError(f"{out}: is in use and no watched folder; name another with --out")
        write_info(out, wanted)
        return
    got = {key: info.get(key) for key in wanted}
    if got != wanted:
        raise RecordingError(
            f"{out}: was watched with {got}, now {wanted}; name another with --out"
        )


def _fit_length(
    sound: Float32[np.ndarray, " samples"], n_samples: int
) -> Float32[np.ndarray, " wanted"]:
    """The sound brought to the film's length: cut, or followed by silence."""
    fitted = np.zeros(n_samples, np.float32)
    fitted[: len(sound)] = sound[:n_samples]
    return fitted
