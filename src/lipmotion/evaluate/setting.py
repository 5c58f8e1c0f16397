"""What every worker needs to know, and where things lie in the work folder by what they depend on.

In: a `Setting`. Out: paths; KEY names all that a thing depends on (`keys.py`).

    commands/METHOD/KEY.npz   what a method said to a case
    takes/KEY.npz             what came of commands; methods that say the same share it
    looks/KEY.npz             second looks at people's films, for the ceiling
    rivals/               what rivals said, and their maps to people's lips
    bank/KEY.npz              the babbling bank, and the recording it is from
    owner/KEY-VIEW.json       the robot's rest, contact and noise, by view
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..commands import CommandTrack
from ..face.base import FaceSpec
from ..face.description import read_face_spec
from .bank import Bank
from .keys import describe_face, hash_bundles, hash_filming, hash_hearing, make_key
from .methods import Case, Kit
from .rivals.contest import ROWS
from .rivals.heard import RivalFolders
from .verdict import NATIVE, FilmStyle


@dataclass(frozen=True)
class Setting:
    """What every worker needs to know.

    Attributes:
        face: name or folder.
        seed: of every draw.
        lookahead_ms: of our path, in all.
        n_rounds: of optimising on the truth.
        styles: ways of filming; their names are the views of the report.
        work: the work folder.
        bank: the babbling bank's file, or None where no method needs it.
        rivals: other programs, or None where none performs.
        curves: of ARKit methods: name, and (key of the case, file) of each case.
        depends: method → what its commands depend on, besides what all methods do.
    """

    face: str
    seed: int
    lookahead_ms: int
    n_rounds: int
    styles: tuple[FilmStyle, ...]
    work: Path
    bank: Path | None = None
    rivals: RivalFolders | None = None
    curves: tuple[tuple[str, tuple[tuple[str, Path], ...]], ...] = ()
    depends: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> FaceSpec:
        return _read_spec(self.face)

    def make_kit(self, open_bank: Callable[[], Bank]) -> Kit:
        """What methods are built from."""
        return Kit(
            self.spec, self.lookahead_ms, self.seed, open_bank, self.n_rounds, self.rivals,
            {name: dict(files) for name, files in self.curves},
        )  # fmt: skip

    def commands_path(self, case: Case, method: str) -> Path:
        """Where a method's commands for a case lie."""
        lips = None if case.lips is None else case.lips.values
        needs = (self.seed, self.lookahead_ms, self.n_rounds, self.bank and self.bank.name)
        key = make_key(
            method, needs, describe_face(self.spec), hash_hearing(), case.key, case.sound, lips,
            *(own for name, own in self.depends if name == method),
        )  # fmt: skip
        return self.work / "commands" / method.replace(":", "-") / f"{key}.npz"

    def views_of(self, method: str) -> tuple[str, ...]:
        """The ways in which a method is filmed: rivals only as people are."""
        names = tuple(style.name for style in self.styles)
        return names[:1] if method in ROWS else names

    def take_path(self, commands: CommandTrack, method: str) -> Path:
        """Where a method's take of these commands lies; methods that say the same share it."""
        views = self.views_of(method)
        key = self._film_key(views, commands.motors, commands.values)
        return self.work / "takes" / f"{key}.npz"

    def owner_path(self, view: str) -> Path:
        return self.work / "owner" / f"{self._film_key((view,))}-{view}.json"

    def _film_key(self, views: tuple[str, ...], *parts: object) -> str:
        styles = tuple(style for style in self.styles if style.name in views)
        encoded = hash_bundles(self.spec.folder).get("selfmodel") if NATIVE in styles else None
        filmed = (self.spec.name, self.spec.hash, self.seed, styles, encoded)
        return make_key(filmed, hash_filming(), *parts)


@cache
def _read_spec(face: str) -> FaceSpec:
    return read_face_spec(face)
