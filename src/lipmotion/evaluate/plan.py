"""What `lipmotion evaluate` is asked for, and what it needs before anything is performed.

In: an `EvaluateConfig`. Out: opened sources, and what is `Ready`: names of methods, the `Setting`
of all workers, and what must be said of those that are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import ConfigError, RivalError
from ..watched import INFO_NAME, open_watched
from .clip_list import KNOWN, TEST, read_scored
from .lessons import find_lessons
from .methods import Case
from .performing import METHODS, NEED_BANK
from .rivals.contest import ARKIT_PREFIX, FITTED, ROWS
from .rivals.prepare import MOST_LESSONS, find_curves, name_curves, prepare_rivals
from .said import NOTHING_SAID, Said, open_said
from .setting import Setting
from .sources import (
    People,
    Sounds,
    Speech,
    Split,
    cut_case,
    open_people,
    open_sounds,
    open_speech,
    take_evenly,
)
from .takes import Report as Reporter
from .takes import make_bank
from .verdict import NATIVE, FilmStyle

MOUTH_PX: Final = 38.0  # where no person says better: GRID's mouths
IMAGES_HZ: Final = 25.0
QUICK_CLIPS: Final = 3
QUICK_SOUND_S: Final = 3.0
SOUND_S: Final = 10.0
QUICK_LEFT_OUT: Final = ("optimised",)  # five performances for one
NO_RIVALS: Final = (
    "no rival stands in the tables: name the folder they are installed in with --rivals "
    "(--install-rivals installs them)"
)
BANK_MINUTES, QUICK_BANK_MINUTES = 2.0, 0.3


@dataclass(frozen=True)
class EvaluateConfig:
    """What is judged, and how.

    Attributes:
        out: folder of report.json and report.md; the work folder lies in it.
        face: name of a face, or a folder.
        data: folders of films, or folders that `lipmotion watch` made.
        films: folders with the films of watched folders, for the ceiling.
        split: table person,name,split: only `test` is scored.
        lessons: watched folders that are not scored; their `train` clips teach maps and readers,
            as those of `data` do.
        aligns: folders with .align files of the people's films (GRID), for lip-reading and phones.
        speech: folders of speech with its phones.
        sounds: folders of sounds without a voice.
        methods: names, `arkit:FILE` among them; () = all (with `is_quick` all but the slowest).
        rivals: where rivals are installed; None = they don't take part.
        bank: a babble recording; None = two minutes are babbled.
        lookahead_ms: of our path.
        jpeg_quality: of the robot's film.
        is_native: score the film as the robot's camera gives it, too.
        n_clips: of each source at most so many; None = all.
        n_workers: processes.
        n_kept_films: clips of each source of people and of speech whose films are kept.
        is_quick: a first look in minutes: a few clips, one view.
        seed: of every draw.
        command: how it was called, for the report.
    """

    out: Path
    face: str = "emo"
    data: tuple[Path, ...] = ()
    films: tuple[Path, ...] = ()
    split: Path | None = None
    lessons: tuple[Path, ...] = ()
    aligns: tuple[Path, ...] = ()
    speech: tuple[Path, ...] = ()
    sounds: tuple[Path, ...] = ()
    methods: tuple[str, ...] = ()
    rivals: Path | None = None
    bank: Path | None = None
    lookahead_ms: int = 300
    jpeg_quality: int = 50
    is_native: bool = True
    n_clips: int | None = None
    n_workers: int = 1
    n_kept_films: int = 0
    is_quick: bool = False
    seed: int = 0
    command: str = "lipmotion evaluate"

    @property
    def work(self) -> Path:
        return self.out / "work"

    @property
    def schools(self) -> tuple[Path, ...]:
        """Watched folders whose `train` clips may teach."""
        own = (folder for folder in self.data if (folder / INFO_NAME).exists())
        return tuple(dict.fromkeys(folder.resolve() for folder in (*own, *self.lessons)))

    @property
    def most_clips(self) -> int | None:
        return QUICK_CLIPS if self.is_quick and self.n_clips is None else self.n_clips


@dataclass(frozen=True)
class Sources:
    """All sources of a run."""

    people: tuple[People, ...]
    speech: tuple[Speech, ...]
    sounds: tuple[Sounds, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All of them as methods get them."""
        return (
            *(case for people in self.people for case in people.cases),
            *(spoken.case for speech in self.speech for spoken in speech.spoken),
            *(case for sounds in self.sounds for case in sounds.cases),
        )

    @property
    def mouth_px(self) -> float:
        """Of the films the robot's is brought to: the median source's."""
        widths = sorted(people.mouth_px for people in self.people)
        return widths[len(widths) // 2] if widths else MOUTH_PX


@dataclass(frozen=True)
class Ready:
    """What is ready to perform.

    Attributes:
        setting: what every worker needs to know.
        names: of the methods.
        told: who is left out and why, a line each.
        said: what people say, where words are known.
    """

    setting: Setting
    names: tuple[str, ...]
    told: tuple[str, ...]
    said: Said = NOTHING_SAID


def choose_methods(config: EvaluateConfig) -> tuple[str, ...]:
    """Names of the methods to run; what another is derived from comes along.

    Raises:
        ConfigError: no such method.
    """
    curves = tuple(name_curves(n) for n in config.methods if n.startswith(ARKIT_PREFIX))
    names = tuple(n for n in config.methods if not n.startswith(ARKIT_PREFIX))
    if not config.methods:
        names = tuple(name for name in METHODS if not _is_left_out(name, config))
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise ConfigError(f"there is no method {unknown[0]!r}; methods: {', '.join(METHODS)}")
    derived = any(name.startswith("ours") or name == "shuffled" for name in names)
    own = (name for name in METHODS if name in names or (name == "ours" and derived))
    return (*own, *curves)


def open_sources(config: EvaluateConfig, report: Reporter) -> Sources:
    """Opens all folders; films are watched now.

    Raises:
        ConfigError: no folder was named, or two sources have the same name.
    """
    folders = (*config.data, *config.speech, *config.sounds)
    if not folders:
        raise ConfigError("nothing to judge; name folders with --data, --speech or --sounds")
    names = [folder.resolve().name for folder in folders]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two folders are called {name}; a source is known by that name")
    people = [p for folder in config.data for p in _open_people(folder, config, report)]
    speech = [open_speech(folder.resolve(), n_clips=config.most_clips) for folder in config.speech]
    sounds = [open_sounds(folder.resolve(), n_clips=config.most_clips) for folder in config.sounds]
    longest_s = QUICK_SOUND_S if config.is_quick else SOUND_S
    cut = [
        Sounds(found.name, tuple(cut_case(case, longest_s) for case in found.cases))
        for found in sounds
    ]
    return Sources(tuple(people), tuple(speech), tuple(cut))


def _open_people(folder: Path, config: EvaluateConfig, report: Reporter) -> list[People]:
    """The people of a folder who are scored; those marked `known` are a source of their own."""
    listed = None if config.split is None else read_scored(config.split)
    folder = folder.resolve()

    def open_those(split: Split | None, name: str) -> People:
        return open_people(
            folder, config.work, name=name, split=split, known=listed, films=config.films,
            n_clips=config.most_clips, n_workers=config.n_workers, progress=report("watching"),
        )  # fmt: skip

    if listed is None:
        return [open_those(None, folder.name)]
    found = [open_those(listed.find(TEST), folder.name)]
    if (folder / INFO_NAME).exists():
        known = listed.find(KNOWN)
        if known & {(s.person, s.name) for s in open_watched(folder).segments()}:
            found.append(open_those(known, f"{folder.name}-{KNOWN}"))
    return found


def make_ready(
    config: EvaluateConfig, sources: Sources, names: Sequence[str], report: Reporter
) -> Ready:
    """Films the babbling bank and lets rivals listen, where a method needs it.

    Raises:
        ConfigError: there are no curves for an ARKit method.
        RivalError: a rival that was asked for by name cannot take part.
    """
    styles = [FilmStyle("seen", IMAGES_HZ, sources.mouth_px, config.jpeg_quality)]
    if config.is_native and not config.is_quick:
        styles.append(NATIVE)
    setting = Setting(
        config.face, config.seed, config.lookahead_ms, 3 if config.is_quick else 4, tuple(styles),
        config.work,
    )  # fmt: skip
    if any(name in NEED_BANK for name in names):
        bank = make_bank(
            setting, config.bank,
            minutes=QUICK_BANK_MINUTES if config.is_quick else BANK_MINUTES,
            n_workers=config.n_workers, report=report,
        )  # fmt: skip
        setting = replace(setting, bank=bank)
    curves, depends = find_curves(config.methods, sources.cases)
    kept = tuple((name, tuple(files.items())) for name, files in curves.items())
    setting = replace(setting, curves=kept, depends=tuple(depends.items()))
    ready = _invite_rivals(config, sources, names, setting, report)
    if not config.aligns:
        return ready
    lessons = find_lessons(config.schools, config.split, of_strangers=False)
    said, told = open_said(config.aligns, lessons, sources.people)
    return replace(ready, said=said, told=(*ready.told, *told))


def _invite_rivals(
    config: EvaluateConfig,
    sources: Sources,
    names: Sequence[str],
    setting: Setting,
    report: Reporter,
) -> Ready:
    asked = [name for name in config.methods if name in ROWS]
    if config.rivals is None:
        if asked:
            raise RivalError(
                f"{asked[0]} is another program; install it with --install-rivals FOLDER, then "
                "name --rivals FOLDER"
            )
        told = () if config.methods else (NO_RIVALS,)
        return Ready(setting, tuple(names), told)
    lessons = take_evenly(
        find_lessons(config.schools, config.split, of_strangers=True), MOST_LESSONS
    )
    contest = prepare_rivals(
        names, config.rivals, sources.cases, lessons, config.work / "rivals", report=report,
        n_workers=config.n_workers,
    )  # fmt: skip
    for name in asked:
        if name in contest.left_out:
            raise RivalError(f"{name}: {contest.left_out[name]}")
    depends = (*setting.depends, *contest.depends.items())
    setting = replace(setting, rivals=contest.folders, depends=depends)
    kept = tuple(name for name in names if name not in contest.left_out)
    return Ready(setting, kept, (*_tell_left_out(contest.left_out), *contest.told))


def _is_left_out(name: str, config: EvaluateConfig) -> bool:
    """Whether a method is not run unless it is asked for by name."""
    if name in ROWS and config.rivals is None:
        return True
    return config.is_quick and (name in QUICK_LEFT_OUT or name.endswith(FITTED))


def _tell_left_out(left_out: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, why in left_out.items():
        by_reason.setdefault(why, []).append(name)
    return tuple(f"left out: {', '.join(names)}: {why}" for why, names in by_reason.items())
