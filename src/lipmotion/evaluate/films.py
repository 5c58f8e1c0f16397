"""`lipmotion evaluate --keep-films N`: films of the robot and of the people, to look at.

In: a report, its sources, and the commands that lie in the work folder. Out, beside the report:

    films/METHOD/NAME.mp4         the method performs the clip; `person`: the person's own film
    films/side-by-side/NAME.mp4   person, ours and the best rival in one
    strips/NAME.jpg               their mouths at telling moments

NAME is PERSON-CLIP (with the source before it where two sources have the same).

Conventions: clips are taken evenly from each source of people and of speech. A file is current
where work/films holds the key of all it was made from; only what is not current is made.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..watched import write_aside
from .align_files import AlignFolders, Word
from .filming import film_person, film_robot
from .keys import hash_code, hash_file_text, make_key
from .methods import Case
from .moments import Moment, find_moments, find_spoken_moments
from .page.figures import get_role
from .page.media import FILMS, SIDE_BY_SIDE, STRIPS, name_clip, name_folder
from .parallel import run_jobs
from .plan import Sources
from .reading_scores import find_words
from .report_json import Report
from .rivals.contest import ARKIT_PREFIX, FITTED, ROWS
from .setting import Setting
from .sources import take_evenly
from .strips import make_side_by_side, make_strip
from .takes import Report as Reporter
from .takes import load_commands

PERSON: Final = "person"
OWN: Final = ("human-lips", "ours", "nearest", "loudness", "amplitude", "still")
INSTEAD: Final = ("nearest", "formants", "loudness", "amplitude")  # where no rival takes part
RANKED_BY: Final = ("closure_f1", "r_aperture", "bilabial_f1")

Words = Mapping[tuple[str, str], Sequence[Word]]


@dataclass(frozen=True)
class Kept:
    """A clip whose films are kept: its name, and where the person's film is (or None)."""

    case: Case
    name: str
    film: Path | None
    start_s: float
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Job:
    """A file, the key of all it is made from, and how it is made."""

    path: Path
    key: str
    deed: Callable[..., None]
    arguments: tuple[Any, ...]


def keep_films(
    found: Report,
    sources: Sources,
    setting: Setting,
    words: Words,
    *,
    out: Path,
    n_clips: int,
    n_workers: int,
    report: Reporter,
) -> int:
    """Makes what is not there yet.

    Args:
        found: says which methods ran, and who is best.
        sources, setting: of the run.
        words: clip (person, name) → its words, where they are known.
        out: the report's folder.
        n_clips: of each source.
        n_workers: processes.
        report: names a part of the work, and gives its progress callback.

    Returns:
        How many films there are now.
    """
    kept = choose_clips(sources, n_clips, words)
    films = [job for clip in kept for job in _plan_films(clip, found, setting, out)]
    _make(films, setting.work, "filming", n_workers, report)
    keys = {job.path: job.key for job in films}
    pictures = [job for clip in kept for job in _plan_pictures(clip, found, keys, out)]
    _make(pictures, setting.work, "film strips", n_workers, report)
    return len(films)


def choose_clips(sources: Sources, n_clips: int, words: Words) -> list[Kept]:
    """Clips of people and of speech, evenly taken, with their moments."""
    found: list[tuple[Case, Path | None, float, list[Moment]]] = []
    for people in sources.people:
        pairs = list(zip(people.clips, people.cases, strict=True))
        for clip, case in take_evenly(pairs, n_clips):
            key = (clip.person, clip.name)
            start_s = people.segments[key].start_s
            moments = find_moments(clip.lips, clip.speech_range, words.get(key, ()))
            found.append((case, people.films.get(key), start_s, moments))
    for speech in sources.speech:
        for spoken in take_evenly(speech.spoken, n_clips):
            found.append((spoken.case, None, 0.0, find_spoken_moments(spoken)))
    times = Counter(name_clip(case.person, case.name) for case, *_ in found)
    kept = []
    for case, film, start_s, moments in found:
        name = name_clip(case.person, case.name)
        name = name if times[name] == 1 else name_clip(case.source, name)
        kept.append(Kept(case, name, film, start_s, tuple(moments)))
    return kept


def read_words(folders: Sequence[Path], sources: Sources) -> Words:
    """Words of all clips of people that have a .align file."""
    files = AlignFolders(folders)
    found = {}
    for people in sources.people:
        for key, segment in people.segments.items():
            words = find_words(files, segment)
            if words:
                found[key] = words
    return found


def choose_methods(found: Report) -> list[str]:
    """Whose films are kept: ours, what a study asks about, and all rivals by their own charts."""
    return [m.name for m in found.methods if m.name in OWN or _is_charted(m.name)]


def find_best_rival(found: Report) -> str | None:
    """The rival with the highest mean of RANKED_BY over all sources; without one, see INSTEAD."""
    values: dict[str, list[float]] = {}
    for score in found.scores:
        if score.view == "seen" and not score.group and _is_charted(score.method):
            figures = (score.figures[name].value for name in RANKED_BY if name in score.figures)
            values.setdefault(score.method, []).extend(v for v in figures if v is not None)
    known = {name: sum(own) / len(own) for name, own in values.items() if own}
    if known:
        return max(known, key=lambda name: known[name])
    ran = {method.name for method in found.methods}
    return next((name for name in INSTEAD if name in ran), None)


def _is_charted(name: str) -> bool:
    """Whether it is another program by its own chart, or ARKit curves."""
    return (name in ROWS and not name.endswith(FITTED)) or name.startswith(ARKIT_PREFIX)


def _plan_films(clip: Kept, found: Report, setting: Setting, out: Path) -> list[Job]:
    """A clip's films: of each method that performed it, and the person's own."""
    case, code = clip.case, hash_code("face", "evaluate/filming.py", "media/write.py")
    jobs = []
    if clip.film is not None:
        key = make_key(hash_file_text(clip.film), clip.start_s, case.sound, code)
        arguments = (clip.film, clip.start_s, setting.face, setting.seed, case.sound)
        jobs.append(Job(_film_path(out, PERSON, clip), key, film_person, arguments))
    for method in choose_methods(found):
        said = setting.commands_path(case, method)
        if said.exists():
            commands = load_commands(said, setting.spec)
            needs = (setting.spec.name, setting.spec.hash, setting.seed, commands.motors)
            key = make_key(*needs, commands.values, case.sound, code)
            performed = (setting.face, setting.seed, commands, case.sound)
            jobs.append(Job(_film_path(out, method, clip), key, film_robot, performed))
    return jobs


def _plan_pictures(clip: Kept, found: Report, keys: Mapping[Path, str], out: Path) -> list[Job]:
    """A clip's strip, and its films side by side."""
    rival = find_best_rival(found)
    ours = [method.name for method in found.methods if get_role(method) == "ours"][:1]
    titles = {PERSON: "the person", **{m.name: m.title for m in found.methods}}
    of_strip = dict.fromkeys((PERSON, "human-lips", *ours, rival, "nearest"))
    of_sides = dict.fromkeys((PERSON, *ours, rival))
    code = hash_code("evaluate/strips.py", "evaluate/lettering.py", "media/picture.py")
    rows, sides = (
        [
            (titles[name], _film_path(out, name, clip)) for name in names
            if name is not None and _film_path(out, name, clip) in keys
        ]
        for names in (of_strip, of_sides)
    )  # fmt: skip
    jobs = []
    if rows:
        needs = [(title, keys[film]) for title, film in rows]
        key = make_key("strip", needs, clip.moments, code)
        path = out / STRIPS / f"{clip.name}.jpg"
        jobs.append(Job(path, key, make_strip, (rows, clip.moments)))
    if len(sides) > 1:
        key = make_key("sides", [(title, keys[film]) for title, film in sides], code)
        path = _film_path(out, SIDE_BY_SIDE, clip)
        jobs.append(Job(path, key, make_side_by_side, (sides, clip.case.sound)))
    return jobs


def _film_path(out: Path, method: str, clip: Kept) -> Path:
    return out / FILMS / name_folder(method) / f"{clip.name}.mp4"


def _make(jobs: Sequence[Job], work: Path, title: str, n_workers: int, report: Reporter) -> None:
    """Makes what is not current."""
    note = {
        job.path: work / "films" / job.path.parent.name / f"{job.path.name}.key" for job in jobs
    }
    todo = [(job, note[job.path]) for job in jobs if not _is_current(job, note[job.path])]
    n_done, progress = len(jobs) - len(todo), report(title)
    progress(n_done, len(jobs))
    for _ in run_jobs(_do, todo, n_workers):
        n_done += 1
        progress(n_done, len(jobs))


def _is_current(job: Job, note: Path) -> bool:
    return job.path.exists() and note.exists() and note.read_text(encoding="utf-8") == job.key


def _do(job: Job, note: Path) -> None:
    """Makes one file, then notes what it was made from; runs in a worker."""
    job.deed(job.path, *job.arguments)
    write_aside(note, lambda aside: aside.write_text(job.key, encoding="utf-8"))
