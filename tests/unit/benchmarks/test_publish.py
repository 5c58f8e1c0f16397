"""What may be published of a report: no curve and no picture of a source that is left out."""

import base64
from pathlib import Path

from fakes.reports import SAMPLE
from publish import publish

from lipmotion.evaluate.report_file import read_report


def test_a_source_is_left_out(tmp_path: Path) -> None:
    report = read_report(SAMPLE)
    (tmp_path / "strips").mkdir()
    of_people = next(t for t in report.tracks if t.source == "people")
    of_voices = next(c for s in report.scores if s.source == "voices" for c in s.clips)
    strips = [f"{of_people.person}-{of_people.clip}", f"{of_voices.person}-{of_voices.clip}"]
    for name in strips:
        (tmp_path / "strips" / f"{name}.jpg").write_bytes(f"picture of {name}".encode())
    publish(report, tmp_path, tmp_path / "all", set())
    publish(report, tmp_path, tmp_path / "some", {"people"})
    whole, some = (read_report(tmp_path / name / "report.json.xz") for name in ("all", "some"))
    assert whole == report
    assert some.scores == report.scores
    assert not any(track.source == "people" for track in some.tracks)
    pages = [(tmp_path / name / "report.html").read_text("utf-8") for name in ("all", "some")]
    shown = [base64.b64encode(f"picture of {name}".encode()).decode() for name in strips]
    assert [[picture in page for picture in shown] for page in pages] == [
        [True, True],
        [False, True],
    ]
    assert (tmp_path / "some" / "report.md").read_text("utf-8").startswith("# How good")
