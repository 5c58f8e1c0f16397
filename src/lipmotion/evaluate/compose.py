"""Scores and lips → the rows of a report.

In: what `suite.py` found (`MethodScore`, `LipTrack`, `SpeechRange`). Out: rows of `report_json.py`.
"""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from ..lips import LipTrack
from ..runs import find_runs
from ..timing import HOP_SAMPLES
from .metrics import SpeechRange
from .report_json import (
    Chain,
    ChainLink,
    ClipInfo,
    FigureInfo,
    RangeInfo,
    Score,
    TrackInfo,
)
from .scores import ClipScore, Figure
from .suite import MethodScore

TRACK_FIELDS: Final = (
    "aperture", "aperture_left", "aperture_right", "width",
    "corner_left_height", "corner_right_height",
)  # fmt: skip
CHAIN_MEASURES: Final = ("r_aperture", "r_width", "closure_f1")
# part of the way → the method that has lost all up to it
CHAIN: Final = (
    ("eye", "same-film"),
    ("body", "optimised"),
    ("mirror", "human-lips"),
    ("hearing", "ours"),
)
TRUE_ENOUGH: Final = 0.95
WARNED: Final = ("human-lips", "ours")  # that rivals' lips do not seal is no news


def compose_score(
    source: str, method: str, score: MethodScore, *, view: str = "seen", group: str = ""
) -> Score:
    """One method on one source as a row."""
    return Score(
        source,
        method,
        view,
        group,
        _known(score.lag.ms),
        _known(score.lag.peak) if score.lag.is_defined else None,
        {name: compose_figure(figure) for name, figure in score.figures.items()},
        {name: _known(value) for name, value in score.true.items()},
        tuple(compose_clip(clip) for clip in score.clips),
    )


def compose_figure(figure: Figure) -> FigureInfo:
    """A figure with null for what is not defined."""
    value, low, high = (_known(x) for x in (figure.value, figure.low, figure.high))
    return FigureInfo(value, low, high, figure.n_clips, figure.n_persons)


def compose_clip(clip: ClipScore) -> ClipInfo:
    """A clip with the measures that are defined for it."""
    shares = {
        name: (float(share.part), float(share.whole))
        for name, share in clip.shares.items()
        if share.whole
    }
    return ClipInfo(clip.clip, clip.person, clip.language, shares)


def compose_range(
    source: str, owner: str, lips: SpeechRange, *, method: str = "", view: str = "seen"
) -> RangeInfo:
    """An owner's range as a row."""
    low, high, noise = (tuple(map(float, x)) for x in (lips.low, lips.high, lips.noise))
    return RangeInfo(
        source, owner, method, view, low, high, float(lips.rounded), float(lips.contact), noise
    )


def compose_track(
    source: str,
    clip: str,
    person: str,
    lips: LipTrack,
    *,
    method: str = "",
    view: str = "seen",
    sound: Float32[np.ndarray, " samples"] | None = None,
) -> TrackInfo:
    """One clip's lips as a row; who is in speech, unseen and heard stands with the person alone."""
    curves = {
        name: tuple(lips.field(name).astype(float).round(4).tolist()) for name in TRACK_FIELDS
    }
    is_person = method == ""
    speech = _runs(lips.in_speech) if is_person else ()
    unseen = _runs(lips.quality <= 0)
    heard = () if sound is None else measure_peaks(sound, len(lips))
    return TrackInfo(source, clip, person, method, view, curves, speech, unseen, heard)


def measure_peaks(sound: Float32[np.ndarray, " samples"], n_hops: int) -> tuple[float, ...]:
    """Peak of |sample| of each hop, of full scale; silence after the sound's end."""
    padded = np.zeros(n_hops * HOP_SAMPLES, np.float32)
    n_samples = min(len(sound), len(padded))
    padded[:n_samples] = np.abs(sound[:n_samples])
    peaks = padded.reshape(n_hops, HOP_SAMPLES).max(axis=1, initial=0)
    return tuple(peaks.astype(float).round(3).tolist())


def find_chains(scores: Sequence[Score]) -> tuple[Chain, ...]:
    """Where the way from a perfect copy to ours loses, for each source that has both ends.

    Links are the eye (the same film tracked again), the body (commands optimised on the truth),
    the mirror (human lips through the face's own models) and hearing (ours). The body allows at
    least what it did with human lips: the better of both is its link. A link whose method
    was not run is left out; its loss then counts to the next.
    """
    chains = []
    seen = {(s.source, s.method): s for s in scores if s.view == "seen" and not s.group}
    for source in dict.fromkeys(score.source for score in scores):
        for measure in CHAIN_MEASURES:
            values = {
                part: (method, seen[source, method].figures[measure].value)
                for part, method in CHAIN
                if (source, method) in seen and measure in seen[source, method].figures
            }
            known = {p: (m, v) for p, (m, v) in values.items() if v is not None}
            if "body" in known and "mirror" in known:  # the body can at least what it did
                known["body"] = max(known["body"], known["mirror"], key=lambda link: link[1])
            if "hearing" in known and len(known) > 1:
                chains.append(Chain(source, measure, _link(known)))
    return tuple(chains)


def find_warnings(scores: Sequence[Score]) -> tuple[str, ...]:
    """What must be said before any table: where seen closures are not contact."""
    told: dict[str, list[str]] = {}
    for score in scores:
        agree = score.true.get("seen_f1")
        if score.method not in WARNED or score.view != "seen":
            continue
        if agree is not None and agree < TRUE_ENOUGH:
            told.setdefault(score.method, []).append(f"{agree:.2f} in {score.source}")
    return tuple(
        f"{method}: seen closures agree with the simulator's contact only to F1 "
        f"{', '.join(found)}, not {TRUE_ENOUGH}; lips that look closed may not seal"
        for method, found in told.items()
    )


def describe_machine() -> str:
    """The machine in a few words, without its name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def find_commit() -> str | None:
    """The commit of the checkout this package runs from; None where it is installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _link(known: Mapping[str, tuple[str, float]]) -> tuple[ChainLink, ...]:
    last, whole, links = 1.0, 1.0 - known["hearing"][1], []
    for part, (method, value) in known.items():
        loss = last - value
        share = loss / whole if whole > 1e-9 else None
        links.append(ChainLink(part, method, value, loss, share))
        last = value
    return tuple(links)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _runs(holds: Bool[np.ndarray, " hops"]) -> tuple[tuple[int, int], ...]:
    return tuple((int(start), int(end)) for start, end in find_runs(holds))
