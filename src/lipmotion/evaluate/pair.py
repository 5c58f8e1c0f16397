"""Films against films: people's and a robot's, any robot's. No model, no description.

In: pairs of films of one face each, for the same sound and starting together. Out: a `Report` with
every measure that needs lips alone.

Conventions: speech is heard in the person's film, or in the robot's where the person's is silent.
An owner is fitted over all films of a person, and over all of the robot's: its contact is the least
opening (1st percentile) in them, its rest the closed lips of its silence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool

from .. import __version__
from ..errors import MediaError
from ..lips import LipTrack
from ..media.sound import read_sound
from ..media.video import read_video, read_video_info
from ..timing import HOP_HZ, HOP_SAMPLES
from ..vision.film import watch_film
from ..vision.measure import measure_lips
from ..vision.owner import Owner, fit_person, to_lip_shape
from ..vision.retime import retime
from ..voice.activity import VoiceActivity, hear_speech
from ..watch.plan import VIDEO_SUFFIXES, find_films
from ..watched import move_earlier
from .clip_list import TEST, ClipList
from .compose import compose_range, compose_score, compose_track, describe_machine, find_commit
from .keys import hash_code, hash_file_text, make_key
from .measures import describe_measures
from .metrics import SpeechRange, fit_range
from .parallel import run_jobs
from .report_json import FaceInfo, Made, MethodInfo, PersonInfo, Report, SourceInfo
from .suite import Clip, score_method
from .takes import load_arrays, open_landmarker, write_arrays
from .verdict import Seen

SOURCE: Final = "pair"
METHOD: Final = MethodInfo(
    "robot", "robot", "live", None, "The second film, whatever made its lips move.", True
)
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class FilmPair:
    """A person's film and the robot's for the same sound.

    Attributes:
        person, name: of the clip.
        human, robot: the films.
        late_s: by how much the sound of the person's film comes late.
    """

    person: str
    name: str
    human: Path
    robot: Path
    late_s: float = 0.0


def find_pairs(humans: Path, robots: Path, listed: ClipList | None = None) -> list[FilmPair]:
    """Two films, or the films of two folders that belong together.

    Args:
        humans: a film, or a folder with PERSON/NAME.mp4.
        robots: a film, or a folder with PERSON-NAME.mp4, PERSON/NAME.mp4 or NAME.mp4.
        listed: of folders, only its `test` clips; whose films must be the table's.

    Raises:
        MediaError: no such film or folder, a film against a folder, or nothing belongs together.
        RecordingError: a film is not the table's.
    """
    for path in (humans, robots):
        if not path.exists():
            raise MediaError(f"{path}: no such film or folder")
    if humans.is_dir() != robots.is_dir():
        raise MediaError(f"{humans}, {robots}: give two films or two folders")
    if humans.is_file():
        return [FilmPair("person", humans.name, humans, robots)]
    listed = listed or ClipList()
    wanted = listed.find(TEST)
    films = {(path.parent.name, path.stem): path for path in sorted(find_films(humans))}
    pairs = [
        FilmPair(person, name, film, robot, listed.late_s.get((person, name), 0.0))
        for (person, name), film in films.items()
        if not wanted or (person, name) in wanted
        if (robot := _find_robot(robots, person, name)) is not None
    ]
    if not pairs:
        raise MediaError(
            f"{humans}, {robots}: no film of one belongs to one of the other; the robot's are "
            "called PERSON-NAME.mp4, PERSON/NAME.mp4 or NAME.mp4"
        )
    listed.check_films({(pair.person, pair.name): pair.human for pair in pairs})
    return pairs


def judge_pairs(
    pairs: Sequence[FilmPair],
    work: Path,
    *,
    n_workers: int,
    seed: int,
    progress: Progress | None = None,
) -> Report:
    """Judges the lips of a robot's films against those of people's.

    Args:
        pairs: the films; looked at once, kept in `work`.
        work: the work folder.
        n_workers: processes.
        seed: of every draw.
        progress: told how many images are done.

    Raises:
        MediaError: a film cannot be used, neither has a voice, or two share less than a second.
        RecordingError: lips were hardly seen.
    """
    films = [film for pair in pairs for film in (pair.human, pair.robot)]
    looks = look_at_films(films, work / "pairs", n_workers=n_workers, progress=progress)
    seen = [_share(pair, *looks[2 * k : 2 * k + 2]) for k, pair in enumerate(pairs)]
    speech = [find_common_speech(pair, len(human.values))
              for pair, (human, _) in zip(pairs, seen, strict=True)]  # fmt: skip
    persons = list(dict.fromkeys(pair.person for pair in pairs))
    owners = {
        person: _fit(person, [(h, s) for p, (h, _), s in zip(pairs, seen, speech, strict=True)
                              if p.person == person])
        for person in persons
    }  # fmt: skip
    robot = _fit("robot", [(r, s) for (_, r), s in zip(seen, speech, strict=True)])
    tracks = [
        (_to_track(human, owners[pair.person], spoken), _to_track(own, robot, spoken))
        for pair, (human, own), spoken in zip(pairs, seen, speech, strict=True)
    ]
    ranges = {
        person: fit_range(
            [h for p, (h, _) in zip(pairs, tracks, strict=True) if p.person == person],
            noise=owners[person].noise,
        )
        for person in persons
    }
    clips = [
        Clip(SOURCE, pair.person, pair.name, "?", human, ranges[pair.person])
        for pair, (human, _) in zip(pairs, tracks, strict=True)
    ]
    robots = [own for _, own in tracks]
    return compose_pairs(clips, robots, fit_range(robots, noise=robot.noise), seed=seed)


def compose_pairs(
    clips: Sequence[Clip], robots: Sequence[LipTrack], own: SpeechRange, *, seed: int
) -> Report:
    """The report of people's clips and a robot's lips for each."""
    rng = np.random.default_rng(seed)
    score = score_method(clips, robots, [], own.noise, rng=rng)
    persons = {clip.person: clip.speech_range for clip in clips}
    told = tuple(
        PersonInfo(person, "?", sum(clip.person == person for clip in clips)) for person in persons
    )
    seconds = sum(len(robot) for robot in robots) / HOP_HZ
    command, machine = "lipmotion evaluate --pair", describe_machine()
    return Report(
        made=Made(__version__, find_commit(), command, "", machine, 0.0),
        face=FaceInfo("", "", ""),
        bundles={},
        seed=seed,
        films=(),
        warnings=(),
        measures=describe_measures(),
        methods=(METHOD,),
        sources=(SourceInfo(SOURCE, "people", seconds, told),),
        scores=(compose_score(SOURCE, METHOD.name, score),),
        chains=(),
        ranges=(
            *(compose_range(SOURCE, person, lips) for person, lips in persons.items()),
            compose_range(SOURCE, "robot", own, method=METHOD.name),
        ),
        tracks=(
            *(compose_track(SOURCE, clip.name, clip.person, clip.lips) for clip in clips),
            *(
                compose_track(SOURCE, clip.name, clip.person, robot, method=METHOD.name)
                for clip, robot in zip(clips, robots, strict=True)
            ),
        ),
    )


def look_at_films(
    films: Sequence[Path], folder: Path, *, n_workers: int, progress: Progress | None
) -> list[Seen]:
    """What is seen in each film, (T, 12) raw; those that lie in the folder are read from it."""
    code = hash_code("vision")
    paths = [folder / f"{make_key(hash_file_text(film), code)}.npz" for film in films]
    counts = [read_video_info(film).n_images or 0 for film in films]
    missing = {path: k for k, path in enumerate(paths) if not path.exists()}
    todo = list(missing.values())
    n_done, n_images = 0, sum(counts[k] for k in todo)

    def tell(done: int, _: int | None) -> None:
        if progress is not None:
            progress(n_done + done, n_images)

    folder.mkdir(parents=True, exist_ok=True)
    if n_workers > 1:
        for at, _ in run_jobs(look_at_film, [(films[k], paths[k]) for k in todo], n_workers):
            n_done += counts[todo[at]]
            tell(0, None)
    else:
        for k in todo:
            look_at_film(films[k], paths[k], tell)
            n_done += counts[k]
    return [Seen(*load_arrays(path, "values", "quality")) for path in paths]


def look_at_film(film: Path, path: Path, progress: Progress | None = None) -> None:
    """Watches one film and writes what was seen; runs in a worker.

    Raises:
        MediaError: the film cannot be used; the message names it.
    """
    try:
        images = read_video(film)
        times_s, quality, points = watch_film(images, open_landmarker(), progress=progress)
    except MediaError as error:
        told = str(error)
        raise MediaError(told if str(film) in told else f"{film}: {told}") from error
    n_hops = int(np.ceil(times_s[-1] * HOP_HZ)) + 1
    values, rated = retime(measure_lips(points), times_s, quality, n_hops)
    write_arrays(path, values=values, quality=rated)


def find_common_speech(pair: FilmPair, n_hops: int) -> Bool[np.ndarray, " hops"]:
    """Speech in the person's film, on the clock of the sound, or else in the robot's.

    Raises:
        MediaError: nobody speaks in either.
    """
    for path in (pair.human, pair.robot):
        if not read_video_info(path).has_sound:
            continue
        sound = read_sound(path)
        fitted = np.zeros(n_hops * HOP_SAMPLES, np.float32)
        fitted[: len(sound)] = sound[: len(fitted)]
        speech = hear_speech(fitted, VoiceActivity())
        if speech.any():
            return speech
    raise MediaError(f"{pair.human}, {pair.robot}: nobody speaks in either; judging needs speech")


def _share(pair: FilmPair, human: Seen, robot: Seen) -> tuple[Seen, Seen]:
    """Both on the hops that they share; the person's moved to where its sound should be."""
    late = round(pair.late_s * HOP_HZ)
    rows = (np.arange(len(human.values)) - late).clip(0, len(human.values) - 1)
    n_hops = min(len(human.values), len(robot.values))
    if n_hops < HOP_HZ:
        shared_s = n_hops / HOP_HZ
        raise MediaError(f"{pair.human}, {pair.robot}: they share {shared_s:.2f} s; 1 s is needed")
    moved = Seen(human.values[rows], move_earlier(human.quality, -late))
    first = np.arange(n_hops)
    return moved.pick(first), robot.pick(first)


def _find_robot(folder: Path, person: str, name: str) -> Path | None:
    stems = (f"{person}-{name}", f"{person}/{name}", name)
    paths = (folder / f"{stem}{suffix}" for stem in stems for suffix in VIDEO_SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def _fit(name: str, films: Sequence[tuple[Seen, Bool[np.ndarray, " _"]]]) -> Owner:
    return fit_person(
        name,
        [seen.values for seen, _ in films],
        [speech for _, speech in films],
        [seen.quality for seen, _ in films],
    )


def _to_track(seen: Seen, owner: Owner, speech: Bool[np.ndarray, " hops"]) -> LipTrack:
    return LipTrack(to_lip_shape(seen.values, owner), seen.quality, speech)
