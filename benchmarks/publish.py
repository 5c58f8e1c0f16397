"""A report as it may be published: small, and without films and curves of people who did not agree.

    python benchmarks/publish.py report/report.json OUT [--leave-out SOURCE…]

Writes report.json.xz, report.md and report.html into OUT. Of the sources that are left out every
figure stays, but no lip curve, film or picture. Strips and films side by side that lie beside the
report go into the page for the others, as far as its room allows.
"""

import argparse
import lzma
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from lipmotion.evaluate.page.media import FILMS, SIDE_BY_SIDE, STRIPS, name_all
from lipmotion.evaluate.page.page import write_page
from lipmotion.evaluate.report_file import read_report, write_report
from lipmotion.evaluate.report_json import Report
from lipmotion.evaluate.report_md import render_report


def main() -> None:
    """Reads, leaves out, writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="SOURCE")
    options = parser.parse_args()
    report = read_report(options.report)
    known = {source.name for source in report.sources}
    for name in options.leave_out:
        if name not in known:
            parser.error(f"no source {name}; sources: {', '.join(sorted(known))}")
    publish(report, options.report.parent, options.out, set(options.leave_out))


def publish(report: Report, folder: Path, out: Path, left_out: set[str]) -> None:
    """Writes what may be published of a report whose films lie in `folder`."""
    tracks = tuple(track for track in report.tracks if track.source not in left_out)
    kept = replace(report, tracks=tracks)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        write_report(kept, desk / "report.json")
        names = name_clips(report, left_out)
        for place in (Path(STRIPS), Path(FILMS, SIDE_BY_SIDE)):
            (desk / place).mkdir(parents=True)
            for path in sorted((folder / place).glob("*")):
                if path.stem in names:
                    shutil.copy(path, desk / place)
        shutil.copy(write_page(desk / "report.json"), out)
        packed = lzma.compress((desk / "report.json").read_bytes(), preset=6)
    (out / "report.json.xz").write_bytes(packed)
    (out / "report.md").write_text(render_report(kept), encoding="utf-8")


def name_clips(report: Report, left_out: set[str]) -> set[str]:
    """Names that files of clips may have, for those whose sources are not left out."""
    found: tuple[set[str], set[str]] = (set(), set())
    for score in report.scores:
        for clip in score.clips:
            names = name_all(score.source, clip.person, clip.clip)
            found[score.source in left_out].update(names)
    return found[0] - found[1]


if __name__ == "__main__":
    main()
