"""Films → a folder with a page that asks viewers, and the key to what they saw.

    OUT/index.html        the page, in which no method is named
    OUT/films/CODE.mp4    the films under names that tell nothing
    OUT/key.json          which code is which; not for viewers

Conventions: films of methods and of the person are found by the name of their clip, in a folder
each; only clips that all of them have are asked about.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import ConfigError, RecordingError
from ...watched import write_aside
from ..keys import hash_file_text, make_key
from ..page.media import SIDE_BY_SIDE
from .draw import draw_study
from .plan import PERSON, Side, Trial, make_plan

PERSON_NAME: Final = "person"
KEY_NAME: Final = "key.json"
KEY_FORMAT: Final = "lipmotion-study-key"
KEY_VERSION: Final = 1
N_CATCHES: Final = 6

FilmOf = tuple[str | None, str]  # method (None: the person), clip


@dataclass(frozen=True)
class Key:
    """What the codes of a study mean: code → (method, clip); a method None is the person."""

    study: str
    methods: tuple[str, ...]
    films: Mapping[str, FilmOf]


def find_folders(given: Sequence[str]) -> dict[str, Path]:
    """NAME=FOLDER…, or one folder with a folder NAME each, as films/ beside a report.

    Raises:
        ConfigError: no such folder, a name twice, no `person`, or fewer than two methods.
    """
    folders: dict[str, Path] = {}
    if len(given) == 1 and "=" not in given[0]:
        if not Path(given[0]).is_dir():
            raise ConfigError(f"--films {given[0]}: no such folder")
        given = [
            f"{path.name}={path}"
            for path in sorted(Path(given[0]).iterdir())
            if path.is_dir() and path.name != SIDE_BY_SIDE
        ]
    for text in given:
        name, sign, folder = text.partition("=")
        if not (name and sign and folder):
            raise ConfigError(
                f"--films {text}: a study needs NAME=FOLDER, or one folder of folders"
            )
        if name in folders:
            raise ConfigError(f"--films {text}: {name} is there twice")
        if not Path(folder).is_dir():
            raise ConfigError(f"--films {text}: no such folder")
        folders[name] = Path(folder)
    if PERSON_NAME not in folders:
        raise ConfigError(f"a study needs the person's films: --films {PERSON_NAME}=FOLDER …")
    if len(folders) < 3:
        raise ConfigError(f"a study needs films of two methods besides {PERSON_NAME}")
    return folders


def build_study(
    folders: Mapping[str, Path], out: Path, *, n_viewers: int, n_trials: int, seed: int
) -> Key:
    """Writes page, films and key.

    Raises:
        ConfigError: fewer than two clips in common, or `out` holds another study.
    """
    methods = [name for name in folders if name != PERSON_NAME]
    films = {name: {path.stem: path for path in sorted(folders[name].glob("*.mp4"))}
             for name in folders}  # fmt: skip
    clips = sorted(set.intersection(*(set(own) for own in films.values())))
    if len(clips) < 2:
        told = "; ".join(f"{name} {len(own)} films" for name, own in films.items())
        raise ConfigError(f"a study needs two clips that all have, by name.mp4: {told}")
    plan = make_plan(len(methods), len(clips), n_viewers=n_viewers, n_trials=n_trials,
                     n_catches=N_CATCHES, seed=seed)  # fmt: skip
    codes = {
        (k, c): make_key(seed, name, clip, hash_file_text(films[name][clip]))[:12]
        for k, name in ((PERSON, PERSON_NAME), *enumerate(methods))
        for c, clip in enumerate(clips)
    }
    study = make_key(seed, n_viewers, n_trials, sorted(codes.values()))[:12]
    meaning: dict[str, FilmOf] = {
        code: (None if k == PERSON else methods[k], clips[c]) for (k, c), code in codes.items()
    }
    key = Key(study, tuple(methods), meaning)
    _refuse_other(out / KEY_NAME, study)
    (out / "films").mkdir(parents=True, exist_ok=True)
    for (k, c), code in codes.items():
        source = films[PERSON_NAME if k == PERSON else methods[k]][clips[c]]
        shutil.copyfile(source, out / "films" / f"{code}.mp4")
    page = draw_study(study, [[_encode(trial, codes) for trial in own] for own in plan])
    for name, text in ((KEY_NAME, _write_key(key)), ("index.html", page)):
        write_aside(out / name, lambda aside, text=text: aside.write_text(text, encoding="utf-8"))  # type: ignore[misc]
    return key


def read_key(path: Path) -> Key:
    """Reads a key.

    Raises:
        RecordingError: missing, damaged or of another format.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.get("format") != KEY_FORMAT or raw.get("format_version") != KEY_VERSION:
            raise RecordingError(f"{path}: no key of a study of format {KEY_VERSION}")
        films = {code: (film[0], film[1]) for code, film in raw["films"].items()}
        return Key(raw["study"], tuple(raw["methods"]), films)
    except FileNotFoundError:
        raise RecordingError(f"{path}: no key of a study here") from None
    except (OSError, ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise RecordingError(f"{path}: not readable: {error}") from error


def _write_key(key: Key) -> str:
    told = {"format": KEY_FORMAT, "format_version": KEY_VERSION, "study": key.study,
            "methods": key.methods, "films": key.films}  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _encode(trial: Trial, codes: Mapping[Side, str]) -> tuple[str, str, str]:
    return codes[PERSON, trial.clip], codes[trial.left], codes[trial.right]


def _refuse_other(path: Path, study: str) -> None:
    """Answers to an old study are worth nothing without its key."""
    if path.exists() and read_key(path).study != study:
        raise ConfigError(f"{path.parent}: holds another study; name a new folder")
