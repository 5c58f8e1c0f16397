"""The paper's own experiments: from its authors' public files, and on this face.

    git clone https://github.com/H-Y-H-Y-H/Crossing-the-Uncanny-Valley-with-Robot-Lip-Motion
    python benchmarks/paper.py Crossing-the-Uncanny-Valley-with-Robot-Lip-Motion
    python benchmarks/paper.py --report report/report.json

The first computes the table of the paper's measure anew, with the rows that it lacks: mouths that
do not move, every delay from 0 to 6 images, how much of a track was looked up by the distance that
scores it, and how rough it is (`paper_authors.py`). The second is the same experiment for this
face, from reports of `lipmotion evaluate`, by language (`paper_ours.py`). Markdown goes to stdout,
JSON to --out. What each experiment of the paper is: docs/paper.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from paper_authors import (
    CLIPS,
    COLUMNS,
    COMMIT,
    DELAYS,
    FLOOR,
    FOLDERS,
    IMAGES_HZ,
    MOTIONLESS,
    URL,
    Clip,
    Language,
    judge_files,
    read_files,
    read_manifest,
)
from paper_ours import LATENT, MEASURES, Row, find_beaten, find_notes, make_rows

import lipmotion
from lipmotion.errors import LipmotionError
from lipmotion.evaluate.report_file import read_report, to_plain
from lipmotion.evaluate.report_json import Report
from lipmotion.evaluate.scores import Figure


def main() -> None:
    options = read_options()
    result: dict[str, object] = {"benchmark": "paper", "version": lipmotion.__version__}
    parts = []
    try:
        if options.authors is not None:
            manifest = read_manifest()
            clips, languages = judge_files(read_files(options.authors, manifest))
            parts.append(render_authors(clips, languages))
            result["authors"] = tell_authors(clips, languages, manifest)
        if options.report:
            reports = [read_report(path) for path in options.report]
            labels = [f"{k + 1}: " if len(reports) > 1 else "" for k in range(len(reports))]
            pairs = zip(reports, labels, strict=True)
            rows = [row for report, label in pairs for row in make_rows(report, label)]
            parts.append(render_ours(rows, reports))
            result["ours"] = tell_ours(rows, reports)
    except LipmotionError as error:
        sys.exit(str(error))
    print("\n\n".join(parts))
    if options.out is not None:
        text = json.dumps(to_plain(result), indent=1, ensure_ascii=False)
        options.out.write_text(text + "\n", encoding="utf-8")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("authors", nargs="?", type=Path, help=f"a clone of {URL}")
    parser.add_argument("--report", nargs="+", type=Path, default=[], help="report.json")
    parser.add_argument("--out", type=Path, help="JSON")
    options = parser.parse_args()
    if options.authors is None and not options.report:
        parser.error("name the authors' files, or --report")
    return options


# --- the authors' files -------------------------------------------------------------------------


def render_authors(clips: Sequence[Clip], languages: Sequence[Language]) -> str:
    """Four tables."""
    head = [f"clip {clip.clip} ({clip.n_images} images)" for clip in clips]
    distances = [["mean squared latent distance", *head]]
    for name in (*COLUMNS, *MOTIONLESS, FLOOR):
        distances.append([name, *(f"{clip.distances[name]:.4f}" for clip in clips)])
    delays = [["their track late by", *head]]
    for n in DELAYS:
        late = f"{n} image{'' if n == 1 else 's'} ({1000 * n / IMAGES_HZ:.0f} ms)"
        delays.append([late, *(f"{clip.by_delay[n]:.4f}" for clip in clips)])
    origins = [["their track", *head]]
    for name, told in (
        ("database_rows", "images that are images of the database"),
        ("nearest_rows", "images that are the database's nearest to the target"),
        ("same_index", "images nearest to the same image of the database as the target"),
    ):
        origins.append([told, *(f"{100 * getattr(c.origin, name):.1f} %" for c in clips)])
    for name in FOLDERS.values():
        told = f"roughness of {name}, target = 1"
        origins.append([told, *(f"{clip.roughness[name]:.2f}" for clip in clips)])
    worst = max(clip.stored_error for clip in clips)
    spoken = [["language", "s", "theirs ± deviation", "floor", "clip-mean pose", "same image"]]
    for one in languages:
        spoken.append([
            one.language, f"{one.seconds:.1f}", f"{one.theirs:.3f} ± {one.deviation:.3f}",
            f"{one.floor:.3f}", f"{one.still:.2f}", f"{100 * one.same_index:.0f} %",
        ])  # fmt: skip
    return "\n\n".join((
        f"# The authors' files, {COMMIT[:7]}",
        f"Their own six figures a clip are met to {100 * worst:.2f} %.",
        *(to_markdown(table) for table in (distances, delays, origins)),
        "Squared distance summed over 16 numbers, one clip a language:",
        to_markdown(spoken),
    ))  # fmt: skip


def tell_authors(
    clips: Sequence[Clip], languages: Sequence[Language], manifest: dict[str, str]
) -> dict[str, object]:
    """The figures, and which files they are from."""
    assert [clip.clip for clip in clips] == list(CLIPS)
    return {
        "repository": URL,
        "commit": COMMIT,
        "clips": [asdict(clip) for clip in clips],
        "languages": [asdict(language) for language in languages],
        "sha256": manifest,
    }


# --- this face ----------------------------------------------------------------------------------


def render_ours(rows: Sequence[Row], reports: Sequence[Report]) -> str:
    """A table for people, a table for speech, and what a still mouth beats."""
    titles = {measure.name: measure.title for report in reports for measure in report.measures}
    parts = ["# The same on this face"]
    parts += [f"{k + 1}. {_tell_made(report)}" for k, report in enumerate(reports)]
    parts += [f"> {note}" for note in find_notes(rows)]
    for kind, measures in MEASURES.items():
        own = [row for row in rows if row.kind == kind]
        columns = [name for name in measures if any(name in row.figures for row in own)]
        if not columns:
            continue
        lag = ["lag ms"] if kind == "people" else []
        head = ["source", "language", "method", "clips", "s", *lag]
        table = [[*head, *(titles[name] for name in columns)]]
        for row in own:
            late = "–" if row.lag_ms is None else f"{round(row.lag_ms):+d}"
            seconds = "–" if row.seconds is None else f"{row.seconds:.0f}"
            about = [row.source, row.language or "–", row.method, str(row.n_clips), seconds]
            cells = [show(row.figures.get(name), 3 if name in LATENT else 2) for name in columns]
            table.append([*about, *([late] if lag else []), *cells])
        parts += [f"## {kind.capitalize()}", to_markdown(table)]
        if kind == "speech" and "latent_distance" in columns:
            parts.append(
                "Nobody was filmed: the target of the latent measures is what ours planned, so "
                "they say how well a plan is executed, not whether it was right."
            )
        for still, beaten in find_beaten(own):
            told = ", ".join(beaten) or "none"
            parts.append(
                f"In latent distance the still mouth beats, in {still.source} "
                f"({still.language or 'language not told'}): {told}."
            )
    return "\n\n".join(parts)


def tell_ours(rows: Sequence[Row], reports: Sequence[Report]) -> dict[str, object]:
    """The rows, and which reports they are from."""
    return {
        "reports": [
            {
                "made": report.made,
                "face": report.face,
                "bundles": report.bundles,
                "seed": report.seed,
            }
            for report in reports
        ],
        "notes": find_notes(rows),
        "rows": rows,
    }


def show(figure: Figure | None, digits: int = 2) -> str:
    """`0.85 ± 0.04`; one clip has no interval; – where it is not defined."""
    if figure is None:
        return "–"
    value = f"{figure.value:.{digits}f}"
    if figure.n_clips == 1:
        return value
    return f"{value} ± {(figure.high - figure.low) / 2:.{digits}f}"


def to_markdown(table: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in table)
    return "\n".join([head, "|" + "---|" * len(table[0]), *body])


def _tell_made(report: Report) -> str:
    made, face = report.made, report.face
    return (
        f"{face.name or 'two films'}, lipmotion {made.version}, {made.commit or '–'}, {made.when}"
    )


if __name__ == "__main__":
    main()
