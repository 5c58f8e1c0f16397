"""What can be judged: anything that turns a sound into commands for the face.

In: a `Case`, a sound and, for reference methods only, the person's lips. Out: a `CommandTrack`; the
face executes it and the mirror camera films it, the same for all (`run.py`). A method that is new
is a class of some twenty lines, put into METHODS (docs/benchmark.md shows one).

A `Later` or `Borrowed` method has no commands of its own: it is the take of another method, begun
later or laid on the wrong clip. The same film tracked again has neither (`ceiling.py`).
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32

from ..commands import CommandTrack
from ..errors import ConfigError
from ..face.base import FaceSpec
from ..lips import LipTrack
from ..timing import HOP_HZ, HOP_MS, count_hops
from .bank import Bank
from .baselines import Performer
from .report_json import MethodInfo
from .rivals.heard import RivalFolders
from .stage import Take

REFERENCE: Final = "reference"


@dataclass(frozen=True)
class Case:
    """One clip as a method gets it.

    Attributes:
        source, person, name, language: where it comes from.
        sound: (N,) 16 kHz mono.
        lips: of the person; None where nobody was filmed, and for all but reference methods.
        opening: 5 to 95 % of the person's aperture in speech, over all their clips; with `lips`.
    """

    source: str
    person: str
    name: str
    language: str
    sound: Float32[np.ndarray, " samples"]
    lips: LipTrack | None = None
    opening: float | None = None

    @property
    def n_hops(self) -> int:
        return count_hops(len(self.sound)) if self.lips is None else len(self.lips)

    @property
    def key(self) -> str:
        return f"{self.source}/{self.person}-{self.name}"


@dataclass(frozen=True)
class Kit:
    """What methods are built from.

    Attributes:
        spec: the face.
        lookahead_ms: of our path from sound, in all.
        seed: of every draw.
        open_bank: films the babbling bank, or reads it.
        n_rounds: of optimising on the simulator's truth.
        rivals: other programs, where they are at hand.
        curves: method (`arkit:NAME`) → key of the case → file of its curves.
    """

    spec: FaceSpec
    lookahead_ms: int
    seed: int
    open_bank: Callable[[], Bank]
    n_rounds: int = 4
    rivals: RivalFolders | None = None
    curves: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)

    @cached_property
    def performer(self) -> Performer:
        return Performer(self.spec, lookahead_ms=self.lookahead_ms)

    @cached_property
    def bank(self) -> Bank:
        return self.open_bank()

    def rng(self, case: Case, method: str) -> np.random.Generator:
        """Draws of one method for one clip, the same in whatever order clips are performed."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{method} {case.key}".encode())])


@runtime_checkable
class Method(Protocol):
    """Turns a case into commands: row k is for time k / 50 s on the sound's clock."""

    @property
    def info(self) -> MethodInfo: ...

    def perform(self, case: Case) -> CommandTrack: ...


@runtime_checkable
class Planner(Protocol):
    """A method that can say which lips it means before any face moves."""

    def plan(self, case: Case) -> Float32[np.ndarray, "hops fields"]: ...


@runtime_checkable
class Choosy(Protocol):
    """A method that cannot perform every case."""

    def serves(self, case: Case) -> bool: ...


@runtime_checkable
class Derived(Protocol):
    """A method whose takes are those of another, changed."""

    @property
    def info(self) -> MethodInfo: ...

    @property
    def of(self) -> str: ...

    def change(self, takes: Sequence[Take], n_hops: Sequence[int]) -> list[Take]: ...


@dataclass(frozen=True)
class Later:
    """The takes of another method, begun later: the face waits at rest meanwhile."""

    info: MethodInfo
    of: str
    delay_ms: int

    def change(self, takes: Sequence[Take], n_hops: Sequence[int]) -> list[Take]:
        delay = self.delay_ms // HOP_MS
        return [
            pick_hops(take, (np.arange(n) - delay)) for take, n in zip(takes, n_hops, strict=True)
        ]


@dataclass(frozen=True)
class Borrowed:
    """The takes of another method for the next clip, begun again where that is shorter."""

    info: MethodInfo
    of: str

    def change(self, takes: Sequence[Take], n_hops: Sequence[int]) -> list[Take]:
        turned = [*takes[1:], *takes[:1]]
        return [take.fit(n) for take, n in zip(turned, n_hops, strict=True)]


def pick_hops(take: Take, hops: np.ndarray) -> Take:
    """These hops of a take, its first and last held."""
    rows = hops.clip(0, len(take) - 1)
    seen = {name: s.pick(rows) for name, s in take.seen.items()}
    truth = take.truth and take.truth.pick(rows)
    return Take(take.sent[rows], seen, truth)


def resample_commands(
    motors: tuple[str, ...],
    values: Float[np.ndarray, "rows motors"],
    times_s: Float[np.ndarray, " rows"],
    n_hops: int,
) -> CommandTrack:
    """Commands given at other times → one row a hop, straight lines between, ends held.

    Args:
        motors: their names.
        values: (R, M) in [0, 1].
        times_s: (R,) on the sound's clock, rising.
        n_hops: hops of the clip.

    Raises:
        ConfigError: there is no row, or times do not rise.
    """
    if not len(times_s) or len(times_s) != len(values) or (np.diff(times_s) <= 0).any():
        raise ConfigError(
            f"{len(values)} rows of commands at {len(times_s)} times; they must be as many, at "
            "least one, and times must rise"
        )
    grid = np.arange(n_hops) / HOP_HZ
    columns = [np.interp(grid, times_s, values[:, k]) for k in range(values.shape[1])]
    return CommandTrack(motors, np.stack(columns, axis=1).astype(np.float32).clip(0, 1))


def open_methods(names: Sequence[str], kit: Kit) -> list[Method | Derived]:
    """Methods by name, in the order of METHODS; ARKit curves of `kit.curves` come last.

    Raises:
        ConfigError: there is no such method.
    """
    from .performing import METHODS
    from .rivals.contest import ArkitMethod

    unknown = [name for name in names if name not in METHODS and name not in kit.curves]
    if unknown:
        raise ConfigError(f"there is no method {unknown[0]!r}; methods: {', '.join(METHODS)}")
    curves = [ArkitMethod(kit, name) for name in names if name in kit.curves]
    return [*(build(kit) for name, build in METHODS.items() if name in names), *curves]


def can_perform(method: Method | Derived, cases: Sequence[Case]) -> bool:
    """Whether a method can perform all these cases."""
    return not isinstance(method, Choosy) or all(method.serves(case) for case in cases)
