"""What `lipmotion evaluate` is asked for, and what it needs before anything is performed.

In: an `EvaluateConfig`. Out: names of methods, opened sources, and the `Setting` of all workers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from .performing import METHODS, NEED_BANK
from .setting import Setting
from .sources import (
    People,
    Sounds,
    Speech,
    cut_case,
    open_people,
    open_sounds,
    open_speech,
    read_split,
)
from .takes import Report as Reporter
from .takes import make_bank
from .verdict import FilmStyle

MOUTH_PX: Final = 38.0  # where no person says better: GRID's mouths
IMAGES_HZ: Final = 25.0
QUICK_CLIPS: Final = 3
QUICK_SOUND_S: Final = 3.0
SOUND_S: Final = 10.0
QUICK_LEFT_OUT: Final = ("optimised",)  # five performances for one
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
        speech: folders of speech with its phones.
        sounds: folders of sounds without a voice.
        methods: names; () = all (with `is_quick` all but the slowest).
        bank: a babble recording; None = two minutes are babbled.
        lookahead_ms: of our path.
        jpeg_quality: of the robot's film.
        is_native: score the film as the robot's camera gives it, too.
        n_clips: of each source at most so many; None = all.
        n_workers: processes.
        is_quick: a first look in minutes: a few clips, one view.
        seed: of every draw.
        command: how it was called, for the report.
    """

    out: Path
    face: str = "emo"
    data: tuple[Path, ...] = ()
    films: tuple[Path, ...] = ()
    split: Path | None = None
    speech: tuple[Path, ...] = ()
    sounds: tuple[Path, ...] = ()
    methods: tuple[str, ...] = ()
    bank: Path | None = None
    lookahead_ms: int = 300
    jpeg_quality: int = 50
    is_native: bool = True
    n_clips: int | None = None
    n_workers: int = 1
    is_quick: bool = False
    seed: int = 0
    command: str = "lipmotion evaluate"

    @property
    def work(self) -> Path:
        return self.out / "work"

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
    def mouth_px(self) -> float:
        """Of the films the robot's is brought to: the median source's."""
        widths = sorted(people.mouth_px for people in self.people)
        return widths[len(widths) // 2] if widths else MOUTH_PX


def choose_methods(config: EvaluateConfig) -> tuple[str, ...]:
    """Names of the methods to run; what another is derived from comes along.

    Raises:
        ConfigError: no such method.
    """
    left_out = QUICK_LEFT_OUT if config.is_quick else ()
    names = config.methods or tuple(name for name in METHODS if name not in left_out)
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise ConfigError(f"there is no method {unknown[0]!r}; methods: {', '.join(METHODS)}")
    derived = any(name.startswith("ours") or name == "shuffled" for name in names)
    return tuple(name for name in METHODS if name in names or (name == "ours" and derived))


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
    split = None if config.split is None else read_split(config.split)
    people = [
        open_people(
            folder.resolve(), config.work, split=split, films=config.films,
            n_clips=config.most_clips, n_workers=config.n_workers, progress=report("watching"),
        )
        for folder in config.data
    ]  # fmt: skip
    speech = [open_speech(folder.resolve(), n_clips=config.most_clips) for folder in config.speech]
    sounds = [open_sounds(folder.resolve(), n_clips=config.most_clips) for folder in config.sounds]
    longest_s = QUICK_SOUND_S if config.is_quick else SOUND_S
    cut = [
        Sounds(found.name, tuple(cut_case(case, longest_s) for case in found.cases))
        for found in sounds
    ]
    return Sources(tuple(people), tuple(speech), tuple(cut))


def make_setting(
    config: EvaluateConfig, sources: Sources, names: Sequence[str], report: Reporter
) -> Setting:
    """What the workers need to know; films the babbling bank where a method needs it."""
    styles = [FilmStyle("seen", IMAGES_HZ, sources.mouth_px, config.jpeg_quality)]
    if config.is_native and not config.is_quick:
        styles.append(FilmStyle("native"))
    setting = Setting(
        config.face, config.seed, config.lookahead_ms, 3 if config.is_quick else 4, tuple(styles),
        config.work,
    )  # fmt: skip
    if not any(name in NEED_BANK for name in names):
        return setting
    bank = make_bank(
        setting, config.bank,
        minutes=QUICK_BANK_MINUTES if config.is_quick else BANK_MINUTES,
        n_workers=config.n_workers, report=report,
    )  # fmt: skip
    return replace(setting, bank=bank)
