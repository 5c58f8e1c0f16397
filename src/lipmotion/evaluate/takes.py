"""Cases × methods, performed and filmed; everything kept on disk, so nothing is done twice.

In: cases and names of methods. Out: a `Take` each; where they lie says `setting.py`.
"""

import copy
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..commands import CommandTrack
from ..errors import RecordingError
from ..face.base import Face, FaceSpec
from ..face.open import open_face
from ..mirror.workers import record_with_workers
from ..recording import open_recording
from ..selfmodel.encode import LipEncoder
from ..vision.landmarks import FaceLandmarker
from ..vision.owner import Owner, load_owner
from ..watched import write_aside
from .bank import Bank, load_bank, read_bank
from .ceiling import look_again
from .keys import hash_code, hash_file_text, make_key
from .methods import Case, Derived, Method, open_methods
from .parallel import run_jobs
from .performing import perform_case
from .setting import Setting
from .stage import Stage, Take, load_take
from .verdict import NATIVE, Seen

Report = Callable[[str], Callable[[int, int | None], None]]


class Theatre:
    """Performs cases by methods; one for each process.

    Args:
        setting: what to use.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._stage: Stage | None = None

    def command(self, case: Case, name: str) -> CommandTrack:
        """A method's commands for a case; made if they are not on disk."""
        path = self._setting.commands_path(case, name)
        if path.exists():
            return load_commands(path, self._setting.spec)
        method = open_method(self._setting, name)
        commands = perform_case(method, case)
        write_arrays(path, commands=commands.values)
        return commands

    def take(self, case: Case, name: str) -> Path:
        """Performs and films; where it already lies on disk, that's all."""
        commands = self.command(case, name)
        path = self._setting.take_path(commands, name)
        if not path.exists():
            self.stage.take(commands, self._setting.views_of(name)).save(path)
        return path

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            self._stage = open_stage(self._setting)
        return self._stage


def open_stage(setting: Setting) -> Stage:
    """The simulated face before its camera. It is built once; each take has a copy of it."""
    built: list[Face] = []

    def open_copy() -> Face:
        if not built:
            built.append(open_face(setting.face, driver="sim", seed=setting.seed))
        return copy.deepcopy(built[0])

    encoder = LipEncoder.open(setting.spec) if NATIVE in setting.styles else None
    return Stage(open_copy, setting.styles, open_landmarker(), seed=setting.seed, encoder=encoder)


@cache
def open_landmarker() -> FaceLandmarker:
    """The eye that people are watched with, too; one a process, as it remembers nothing."""
    return FaceLandmarker(mirrored=True)


def perform_all(
    jobs: Sequence[tuple[Case, str]],
    setting: Setting,
    *,
    n_workers: int,
    report: Report,
) -> dict[tuple[str, str], Path]:
    """Performs each case by each method that is not on disk yet: (case's key, method) → file."""
    found = {(case.key, name): find_take(setting, case, name) for case, name in jobs}
    todo = [(setting, case, name) for case, name in jobs if found[case.key, name] is None]
    n_done = len(jobs) - len(todo)
    progress = report("performing")
    progress(n_done, len(jobs))
    for k, path in run_jobs(perform, todo, n_workers):
        _, case, name = todo[k]
        found[case.key, name] = path
        n_done += 1
        progress(n_done, len(jobs))
    return {key: path for key, path in found.items() if path is not None}


def find_take(setting: Setting, case: Case, name: str) -> Path | None:
    """The take's file, if commands and take are on disk."""
    commands = setting.commands_path(case, name)
    if not commands.exists():
        return None
    path = setting.take_path(load_commands(commands, setting.spec), name)
    return path if path.exists() else None


def perform(setting: Setting, case: Case, name: str) -> Path:
    """One case by one method; runs in a worker."""
    return get_theatre(setting).take(case, name)


def look_all(
    films: Sequence[tuple[Path, int]], work: Path, *, n_workers: int, report: Report
) -> list[Seen]:
    """Second looks at films, each (film, hops of its clip)."""
    code = hash_code("vision", "evaluate/ceiling.py", "media/degrade.py")
    paths = [
        work / "looks" / f"{make_key(hash_file_text(film), n_hops, code)}.npz"
        for film, n_hops in films
    ]
    jobs = [(f, n, p) for (f, n), p in zip(films, paths, strict=True) if not p.exists()]
    progress = report("looking again")
    for n_done, _ in enumerate(run_jobs(look, jobs, n_workers), 1):
        progress(len(films) - len(jobs) + n_done, len(films))
    return [Seen(*load_arrays(path, "values", "quality")) for path in paths]


def look(film: Path, n_hops: int, path: Path) -> None:
    """One second look; runs in a worker."""
    seen = look_again(film, n_hops, open_landmarker())
    write_arrays(path, values=seen.values, quality=seen.quality)


def film_owner(setting: Setting, *, report: Report) -> dict[str, Owner]:
    """The robot as an owner, by view; filmed once."""
    paths = {style.name: setting.owner_path(style.name) for style in setting.styles}
    if not all(path.exists() for path in paths.values()):
        report("filming rest and pressed lips")(0, None)
        for name, owner in get_theatre(setting).stage.film_owners().items():
            paths[name].parent.mkdir(parents=True, exist_ok=True)
            owner.save(paths[name])
    return {name: load_owner(path) for name, path in paths.items()}


def make_bank(
    setting: Setting, recording: Path | None, *, minutes: float, n_workers: int, report: Report
) -> Path:
    """The bank of a recording, or of one that is filmed now; gives its file.

    Raises:
        RecordingError: no recording of this face there.
    """
    spec, folder = setting.spec, setting.work / "bank"
    told = (spec.hash, setting.seed, minutes)
    if recording is not None:
        info = open_recording(recording, face_hash=spec.hash)
        told = (spec.hash, info.info.seed, float(info.n_hops))
    code = hash_code("vision", "mirror", "face", "evaluate/bank.py")
    path = folder / f"{make_key(told, recording is not None, code)}.npz"
    if path.exists():
        return path
    if recording is None:
        recording = folder / path.stem
        record_with_workers(
            setting.face, recording, driver="sim", minutes=minutes, seed=setting.seed,
            is_curious=False, n_workers=n_workers, progress=report("babbling"),
        )  # fmt: skip
    report("reading the babbling bank")(0, None)
    read_bank(open_recording(recording, face_hash=spec.hash), spec, FaceLandmarker()).save(path)
    return path


@cache
def get_theatre(setting: Setting) -> Theatre:
    """This process's theatre."""
    return Theatre(setting)


@cache
def open_method(setting: Setting, name: str) -> Method:
    """One method, built once in each process."""

    def open_bank() -> Bank:
        if setting.bank is None:
            raise RecordingError(f"method {name} needs a babbling bank; name one with --bank")
        return load_bank(setting.bank)

    (method,) = open_methods([name], setting.make_kit(open_bank))
    assert not isinstance(method, Derived), f"{name} has no commands of its own"
    return method


@cache
def load_cached_take(path: Path) -> Take:
    """A take, read once."""
    return load_take(path)


def load_commands(path: Path, spec: FaceSpec) -> CommandTrack:
    """Commands as `Theatre.command` wrote them."""
    return CommandTrack(spec.motor_names, load_arrays(path, "commands")[0])


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Writes arrays, aside and renamed."""

    def write(aside: Path) -> None:
        with aside.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    write_aside(path, write)


def load_arrays(path: Path, *names: str) -> list[Any]:
    """Arrays by name, as `write_arrays` wrote them.

    Raises:
        RecordingError: missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            return [arrays[name] for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete it and run again") from error
