"""The paper's experiments on this face: one row a source, language and method of a report.

In: reports of `lipmotion evaluate`. Out: `Row`s; the paper's own measure stands beside measures
that a still mouth cannot win.

Conventions: within a language as in every report: parts and wholes are summed within a person, then
persons are averaged (`evaluate/scores.py`). Latents are those of the robot's film as its camera
gives it ("native"), or where a report lacks it of the film as people are seen; all other measures
are of the latter ("seen").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lipmotion.evaluate.metrics import UNDEFINED, Share
from lipmotion.evaluate.report_json import ClipInfo, Report, Score, SourceInfo
from lipmotion.evaluate.scores import ClipScore, Figure, summarise
from lipmotion.timing import HOP_HZ

STILL: Final = "still"
# The paper's rows by our names, between what the eye and the body allow and what must lose.
METHODS: Final = (
    "same-film", "human-lips", "ours", "ours+40ms", "ours+500ms", "nearest", "amplitude", "random",
    STILL, "shuffled",
)  # fmt: skip
LATENT: Final = ("latent_distance", "latent_error")
MEASURES: Final = {
    "people": (*LATENT, "closure_f1", "closure_chance", "r_aperture"),
    "speech": (*LATENT, "bilabial_f1", "bilabial_chance"),
}


@dataclass(frozen=True)
class Row:
    """One method in one language of one source.

    Attributes:
        source, kind, language, method: what; a kind is "people" or "speech".
        n_clips: how many were scored.
        seconds: of them; None where the report does not tell.
        lag_ms: of the method on the whole source, + = late.
        figures: measure → value with its interval; measures the report lacks are left out.
    """

    source: str
    kind: str
    language: str
    method: str
    n_clips: int
    seconds: float | None
    lag_ms: float | None
    figures: Mapping[str, Figure]


def make_rows(report: Report, label: str = "") -> list[Row]:
    """All rows of a report, by source, language, and the order of METHODS.

    Args:
        report: what was found.
        label: put before the name of each source.
    """
    rows = []
    for source in report.sources:
        if source.kind not in MEASURES:
            continue
        for language in sorted({person.language for person in source.persons}):
            for method in METHODS:
                row = _make_row(report, source, language, method, label)
                if row is not None:
                    rows.append(row)
    return rows


def find_notes(rows: Sequence[Row]) -> list[str]:
    """What is missing, to be read before the tables."""
    notes = []
    for kind in MEASURES:
        own = [row for row in rows if row.kind == kind]
        for source in dict.fromkeys(row.source for row in own):
            of_source = [row for row in own if row.source == source]
            if not any(name in row.figures for row in of_source for name in LATENT):
                notes.append(f"{source}: the report has no latent measures; those cells are empty.")
            if not any(row.method == STILL for row in of_source):
                notes.append(f"{source}: no still mouth; evaluate again with it among --methods.")
    return notes


def find_beaten(
    rows: Sequence[Row], measure: str = "latent_distance"
) -> list[tuple[Row, list[str]]]:
    """Each still row, and the methods that it beats in a measure where less is better."""
    found = []
    for still in rows:
        if still.method != STILL or measure not in still.figures:
            continue
        value = still.figures[measure].value
        beaten = [
            row.method for row in rows
            if (row.source, row.language) == (still.source, still.language)
            and measure in row.figures and row.figures[measure].value > value
        ]  # fmt: skip
        found.append((still, beaten))
    return found


def _make_row(
    report: Report, source: SourceInfo, language: str, method: str, label: str
) -> Row | None:
    views = {
        score.view: score
        for view in ("native", "seen")
        for score in report.scores
        if (score.source, score.method, score.view, score.group) == (source.name, method, view, "")
    }
    if not views:
        return None
    figures = {}
    for measure in MEASURES[source.kind]:
        of_views = ("native", "seen") if measure in LATENT else ("seen",)
        for score in (views[view] for view in of_views if view in views):
            figure = _summarise(score, language, measure, report.seed)
            if figure is not None:
                figures[measure] = figure
                break
    seen = views.get("seen") or views["native"]
    clips = [clip for clip in seen.clips if clip.language == language]
    seconds = _count_seconds(report, source, clips)
    return Row(
        label + source.name,
        source.kind,
        language,
        method,
        len(clips),
        seconds,
        seen.lag_ms,
        figures,
    )


def _summarise(score: Score, language: str, measure: str, seed: int) -> Figure | None:
    """None where no clip of the language has the measure defined."""
    clips = [
        ClipScore(c.clip, c.person, c.language, {measure: Share(*c.shares[measure])})
        if measure in c.shares
        else ClipScore(c.clip, c.person, c.language, {measure: UNDEFINED})
        for c in score.clips
        if c.language == language
    ]
    if not any(clip.shares[measure].whole for clip in clips):
        return None
    return summarise(clips, measure, rng=np.random.default_rng(seed))


def _count_seconds(report: Report, source: SourceInfo, clips: Sequence[ClipInfo]) -> float | None:
    """From the clips' curves; else the source's own, if it has but one language."""
    lengths = {
        (track.person, track.clip): len(next(iter(track.fields.values()), ()))
        for track in report.tracks
        if track.source == source.name
    }
    if all((clip.person, clip.clip) in lengths for clip in clips):
        return sum(lengths[clip.person, clip.clip] for clip in clips) / HOP_HZ
    languages = {person.language for person in source.persons}
    return source.seconds if len(languages) == 1 else None
