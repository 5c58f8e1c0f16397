"""report.json: everything `lipmotion evaluate` found, as plain data that is checked when read.

In: a `Report`, out: JSON text, and back. Whatever shows a report (Markdown, a page, `--compare`) is
a pure function of it. A file that lacks a key, has one too many or one of another type is refused
with the place: `report.json: scores[3].lag_ms: got "late", expected a number or null`.

Conventions: what is not defined is null, never 0. Numbers are rounded to four digits. Lip curves
are in resting mouth widths of their owner, 50 a second. Names of methods, sources, clips and
measures are keys between the tables; the order of `methods` and `sources` is that of all tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FORMAT: Final = "lipmotion-report"
FORMAT_VERSION: Final = 2
SOURCE_KINDS: Final = ("people", "speech", "sounds")
METHOD_KINDS: Final = ("live", "offline", "reference")
VIEWS: Final = ("seen", "native", "planned")


@dataclass(frozen=True)
class Made:
    """How the report came to be.

    Version and commit (null where not known) of lipmotion, the command line, when it ended
    (UTC), the machine, and how long it took.
    """

    version: str
    commit: str | None
    command: str
    when: str
    machine: str
    seconds: float


@dataclass(frozen=True)
class FaceInfo:
    """The face judged; `hash` is of its description. All "" for two films (`--pair`)."""

    name: str
    hash: str
    driver: str


@dataclass(frozen=True)
class FilmInfo:
    """How the robot was filmed for a view; null = as its camera gives it."""

    view: str
    images_hz: float | None
    mouth_px: float | None
    jpeg_quality: int | None


@dataclass(frozen=True)
class MeasureInfo:
    """A measure.

    `perfect`: what a perfect copy has; `of`: kinds of source for which it is defined; `judged`:
    whether methods are ranked by it (chance, for one, is only read beside).
    """

    name: str
    title: str
    unit: str
    definition: str
    perfect: float
    judged: bool
    of: tuple[str, ...]


@dataclass(frozen=True)
class MethodInfo:
    """A method.

    `kind`: "live" (streams), "offline" (hears a whole file first) or "reference" (sees what no
    method may: the person's lips, the simulator's truth). `lookahead_ms`: null = the whole
    utterance. `is_ours`: what `--compare` guards. `must_lose`: it is there to be beaten.
    """

    name: str
    title: str
    kind: str
    lookahead_ms: float | None
    says: str
    is_ours: bool
    must_lose: bool = False


@dataclass(frozen=True)
class PersonInfo:
    """A person (people), a voice (speech) or a sound (sounds) of a source."""

    name: str
    language: str
    n_clips: int


@dataclass(frozen=True)
class SourceInfo:
    """Where clips come from.

    `kind`: "people" (films with sound), "speech" (sound with its phones) or "sounds" (without a
    voice). `seconds`: of what was scored.
    """

    name: str
    kind: str
    seconds: float
    persons: tuple[PersonInfo, ...]


@dataclass(frozen=True)
class FigureInfo:
    """One measure over all clips with its bootstrap 95 % interval, and how many had a value."""

    value: float | None
    low: float | None
    high: float | None
    n_clips: int
    n_persons: int


@dataclass(frozen=True)
class ClipInfo:
    """A clip's measures as [part, whole].

    Within a person parts and wholes are summed, then divided; what is not defined is left out.
    """

    clip: str
    person: str
    language: str
    shares: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Score:
    """One method on one source.

    `view`: "seen" (filmed and tracked as people are), "native" (the robot's film as its camera
    gives it), or "planned" (the lips that were meant). `group`: "" = all clips, or one engine of
    synthetic speech. `lag_ms`: + = the robot is late; taken off where a measure says so. `true`:
    of a simulated face, its real lips: `seen_f1` (seen closures against contact), `contact_f1`
    (contact against the person's closures), `narrow_f1`, `r_aperture`, `forward_mm`
    (protrusion in the person's rounding, above that in the rest of their speech).
    """

    source: str
    method: str
    view: str
    group: str
    lag_ms: float | None
    lag_peak: float | None
    figures: Mapping[str, FigureInfo]
    true: Mapping[str, float | None]
    clips: tuple[ClipInfo, ...]


@dataclass(frozen=True)
class ChainLink:
    """One link of the way from perfect to ours.

    `part` (eye, body, mirror, hearing) loses `loss`: this method's value against the one before.
    `share`: of all that is lost on the way.
    """

    part: str
    method: str
    value: float
    loss: float
    share: float | None


@dataclass(frozen=True)
class Chain:
    """From perfect to ours, on one source and in one measure: where the error comes from."""

    source: str
    measure: str
    links: tuple[ChainLink, ...]


@dataclass(frozen=True)
class RangeInfo:
    """How far an owner's lips go in speech.

    `method` "" = a person's. `low`, `high`: 5th and 95th percentile of the twelve lip fields;
    `rounded`: 85th of rounding; `noise`: of the tracker.
    """

    source: str
    owner: str
    method: str
    view: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    rounded: float
    contact: float
    noise: tuple[float, ...]


@dataclass(frozen=True)
class TrackInfo:
    """Lips of one clip, a number a hop for each field.

    `method` "" = the person, whose `in_speech` and `unseen` ([start, end) in hops; unseen =
    filled in) count for the robots too; `sound`: with the person, peak of |sample| of each hop, of
    full scale; () where it is not known, as in older reports.
    """

    source: str
    clip: str
    person: str
    method: str
    view: str
    fields: Mapping[str, tuple[float, ...]]
    in_speech: tuple[tuple[int, int], ...]
    unseen: tuple[tuple[int, int], ...]
    sound: tuple[float, ...] = ()


@dataclass(frozen=True)
class LagInfo:
    """How late lips are on one source: its lag, and the 95 % interval over persons, then clips."""

    source: str
    lag_ms: float
    low_ms: float
    high_ms: float
    n_clips: int


@dataclass(frozen=True)
class LiveInfo:
    """A method as a stream, hop by hop, on the machine named.

    `p50_ms`, `p95_ms`, `p99_ms`, `most_ms`: what one hop takes, after warm-up; `missed_hops` of
    `n_hops` took longer than a hop lasts. `threads`: that it computes with.
    """

    method: str
    lookahead_ms: float
    lags: tuple[LagInfo, ...]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    n_hops: int
    missed_hops: int
    threads: int
    machine: str


@dataclass(frozen=True)
class Report:
    """All of it. `warnings` are to be shown first. `bundles`: name → hash of its manifest.

    `live`: a method each that was timed; times differ from machine to machine, so `--compare`
    leaves them out.
    """

    made: Made
    face: FaceInfo
    bundles: Mapping[str, str]
    seed: int
    films: tuple[FilmInfo, ...]
    warnings: tuple[str, ...]
    measures: tuple[MeasureInfo, ...]
    methods: tuple[MethodInfo, ...]
    sources: tuple[SourceInfo, ...]
    scores: tuple[Score, ...]
    chains: tuple[Chain, ...]
    ranges: tuple[RangeInfo, ...]
    tracks: tuple[TrackInfo, ...]
    live: tuple[LiveInfo, ...] = ()

    def method(self, name: str) -> MethodInfo:
        """A method by name."""
        return next(method for method in self.methods if method.name == name)

    def find_scores(self, source: str, view: str = "seen", group: str = "") -> list[Score]:
        """The scores of one source, in the order of the methods."""
        order = [method.name for method in self.methods]
        found = [s for s in self.scores if (s.source, s.view, s.group) == (source, view, group)]
        return sorted(found, key=lambda score: order.index(score.method))
