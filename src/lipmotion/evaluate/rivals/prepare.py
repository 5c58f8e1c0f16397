"""What rivals need before they can perform: answers to every sound, and maps to people's lips.

In: names of methods, cases, clips that may teach. Out: what the workers need, and who is left out
and why. A sound is heard once: answers and maps stay on disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ...errors import ConfigError, RivalError
from ..keys import hash_code, hash_file_text, make_key
from ..lessons import Lesson
from ..methods import Case
from ..takes import Report as Reporter
from .contest import ARKIT_PREFIX, ROWS
from .curves import Remembered, Rival, RivalCurves, hash_sound
from .heard import RivalFolders
from .install import find_installed
from .oracle import fit_oracle

MOST_LESSONS: Final = 120
_LEAST_LESSONS: Final = 2
_MOST_NAMED: Final = 3

Curves = Mapping[str, Mapping[str, Path]]


@dataclass(frozen=True)
class Contest:
    """Rivals that are ready.

    Attributes:
        folders: where they lie.
        depends: method → what its commands depend on, besides what all methods do.
        left_out: method → why, in one line each.
        told: rivals that fail at some sounds, in one line each.
    """

    folders: RivalFolders
    depends: Mapping[str, str]
    left_out: Mapping[str, str]
    told: tuple[str, ...] = ()


def prepare_rivals(
    names: Sequence[str],
    installed: Path,
    cases: Sequence[Case],
    lessons: Sequence[Lesson],
    work: Path,
    *,
    report: Reporter,
    n_workers: int = 1,
) -> Contest:
    """Lets rivals hear every sound, and fits their maps.

    Args:
        names: of methods; those that are no rival's are passed over.
        installed: where rivals are installed.
        cases: all that will be performed.
        lessons: clips of people who are not scored; with fewer than two no map is fitted.
        work: keeps answers in `heard` and maps in `maps`.
        report: names a part of the work, and gives its progress callback.
        n_workers: how many of a rival may run at once.
    """
    answers, code = work / "heard", hash_code("evaluate/rivals")
    found = find_installed(installed)
    maps: dict[str, Path] = {}
    depends: dict[str, str] = {}
    left_out: dict[str, str] = {}
    mute: dict[str, list[Case]] = {}
    wanted = [name for name in names if name in ROWS]
    progress = report("rivals listen")
    for k, name in enumerate(wanted):
        progress(k, len(wanted))
        rival, is_fitted = ROWS[name]
        if rival not in found:
            left_out[name] = f"not installed in {installed}"
            continue
        if is_fitted and len(lessons) < _LEAST_LESSONS:
            left_out[name] = "nobody to fit it to: no clip is `train` of a person who is not scored"
            continue
        remembered = Remembered(found[rival], answers, n_workers=n_workers)
        try:
            if rival not in mute:
                mute[rival] = find_mute(remembered, cases)
            if is_fitted:
                maps[rival] = fit_map(remembered, lessons, work / "maps")
        except RivalError as error:
            left_out[name] = str(error)
            continue
        fitted = hash_file_text(maps[rival]) if is_fitted else ""
        depends[name] = make_key(remembered.version, code, fitted)
    silent = [(r, hash_sound(case.sound)) for r, failed in mute.items() for case in failed]
    folders = RivalFolders(installed, answers, tuple(maps.items()), tuple(silent))
    told = tuple(
        f"{rival} fails at {len(failed)} of {len(cases)} sounds ({_name(failed)}); its lips rest "
        "there"
        for rival, failed in mute.items()
        if failed
    )
    return Contest(folders, depends, left_out, told)


def find_mute(rival: Rival, cases: Sequence[Case]) -> list[Case]:
    """The cases at which a rival fails, as some do at one sound in twenty.

    Raises:
        RivalError: it fails at every other sound or more: it does not work here.
    """
    answers = listen_to_most(rival, [case.sound for case in cases])
    failed = [case for case, answer in zip(cases, answers, strict=True) if answer is None]
    if len(failed) > len(cases) / 2:
        rival.listen(failed[0].sound)  # says why
        raise RivalError(f"{rival.name} fails at {len(failed)} of {len(cases)} sounds")
    return failed


def _name(cases: Sequence[Case]) -> str:
    names = ", ".join(case.key for case in cases[:_MOST_NAMED])
    return names if len(cases) <= _MOST_NAMED else f"{names}, …"


def fit_map(rival: Rival, lessons: Sequence[Lesson], folder: Path) -> Path:
    """Fits the best linear map from a rival's outputs to people's lips, or finds it on disk."""
    lips = [lesson.lips for lesson in lessons]
    code = hash_code("evaluate/rivals/oracle.py", "evaluate/rivals/curves.py")
    key = make_key(rival.name, rival.version, code, *(track.values for track in lips))
    path = folder / f"{key}.npz"
    if not path.exists():
        answers = listen_to_most(rival, [lesson.sound for lesson in lessons])
        pairs = [(a, track) for a, track in zip(answers, lips, strict=True) if a is not None]
        if len(pairs) < _LEAST_LESSONS:
            raise RivalError(f"{rival.name} fails on nearly all clips that could teach its map")
        folder.mkdir(parents=True, exist_ok=True)
        fit_oracle(pairs).save(path)
    return path


def listen_to_most(
    rival: Rival, sounds: Sequence[Float32[np.ndarray, " _"]]
) -> list[RivalCurves | None]:
    """What a rival says; None for a sound at which it fails, as some do at one in twenty."""
    answers: list[RivalCurves | None] = []
    try:
        answers += rival.listen_all(sounds)
    except RivalError:
        for sound in sounds:
            try:
                answers.append(rival.listen(sound))
            except RivalError:
                answers.append(None)
    return answers


def find_curves(
    methods: Sequence[str], cases: Sequence[Case]
) -> tuple[dict[str, dict[str, Path]], dict[str, str]]:
    """Which ARKit file is for which case.

    A folder holds PERSON-NAME.csv, PERSON/NAME.csv or NAME.csv of each clip; a single file is for
    the clip that it is named after, or for the only one there is.

    Args:
        methods: as they were asked for; those that do not begin with `arkit:` are passed over.
        cases: all that may be performed.

    Returns:
        Method (`arkit:NAME`) → key of the case → file; and method → what its files depend on.

    Raises:
        ConfigError: there is no such file, none is for any case, or two methods have one name.
    """
    found: dict[str, dict[str, Path]] = {}
    depends: dict[str, str] = {}
    for method in methods:
        if not method.startswith(ARKIT_PREFIX):
            continue
        place, name = Path(method.removeprefix(ARKIT_PREFIX)), name_curves(method)
        if name in found:
            raise ConfigError(f"two methods are called {name}; rename one of the files")
        if not place.exists():
            raise ConfigError(f"{place}: no such file or folder of ARKit curves")
        files = {case.key: _find_file(place, case, len(cases)) for case in cases}
        found[name] = {key: path for key, path in files.items() if path is not None}
        if not found[name]:
            raise ConfigError(
                f"{place}: no ARKit curves for any clip; a folder holds PERSON-NAME.csv or "
                f"NAME.csv, a file is called after its clip, for instance {cases[0].name}.csv"
                if cases else f"{place}: there is no clip to perform"
            )  # fmt: skip
        told = {key: hash_file_text(path) for key, path in found[name].items()}
        depends[name] = make_key(sorted(told.items()), hash_code("evaluate/rivals"))
    return found, depends


def name_curves(method: str) -> str:
    """`arkit:PATH` → the method's name in tables, `arkit:NAME`."""
    return ARKIT_PREFIX + Path(method.removeprefix(ARKIT_PREFIX)).stem


def _find_file(place: Path, case: Case, n_cases: int) -> Path | None:
    if place.is_file():
        fits = place.stem in (case.name, f"{case.person}-{case.name}") or n_cases == 1
        return place if fits else None
    names = (f"{case.person}-{case.name}.csv", f"{case.person}/{case.name}.csv", f"{case.name}.csv")
    return next((place / name for name in names if (place / name).is_file()), None)
