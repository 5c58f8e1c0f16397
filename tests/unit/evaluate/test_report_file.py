"""report.json: what is written is read back, what does not fit is refused with the place."""

import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.reports import SAMPLE, make_report

from lipmotion.errors import RecordingError
from lipmotion.evaluate.compose import find_warnings
from lipmotion.evaluate.report_file import read_report, to_plain, write_report
from lipmotion.evaluate.report_json import Report


@pytest.fixture(scope="module")
def sample() -> Report:
    return read_report(SAMPLE)


def test_the_sample_is_what_its_script_makes(sample: Report, tmp_path: Path) -> None:
    write_report(make_report(), tmp_path / "report.json")
    assert to_plain(read_report(tmp_path / "report.json")) == to_plain(sample)


def test_what_is_written_is_read_back(sample: Report, tmp_path: Path) -> None:
    write_report(sample, tmp_path / "deep" / "report.json")
    assert read_report(tmp_path / "deep" / "report.json") == sample
    assert not list(tmp_path.rglob("*.part"))


def test_a_packed_report_is_read(sample: Report, tmp_path: Path) -> None:
    packed = tmp_path / "report.json.xz"
    packed.write_bytes(lzma.compress(SAMPLE.read_bytes()))
    assert read_report(packed) == sample
    packed.write_bytes(b"\xfd7zXZ")
    with pytest.raises(RecordingError, match="not readable"):
        read_report(packed)


def test_a_report_finds_its_rows(sample: Report) -> None:
    rows = sample.find_scores("people")
    assert [row.method for row in rows] == [method.name for method in sample.methods]
    assert sample.method("ours").is_ours
    assert {row.group for row in sample.scores if row.source == "voices"} > {"", "flite"}
    (chain,) = [c for c in sample.chains if c.measure == "r_aperture"]
    assert [link.part for link in chain.links] == ["eye", "body", "mirror", "hearing"]
    assert sum(link.share or 0 for link in chain.links) == pytest.approx(1, abs=1e-3)


def test_warnings_are_of_ours_and_human_lips_alone(sample: Report) -> None:
    told = {text.split(": ")[0] for text in find_warnings(sample.scores)}
    assert told == {"human-lips", "ours"}


def test_a_report_from_before_there_was_sound_is_read(sample: Report, tmp_path: Path) -> None:
    raw = json.loads(SAMPLE.read_text("utf-8"))
    for track in raw["tracks"]:
        del track["sound"]
    (tmp_path / "report.json").write_text(json.dumps(raw), "utf-8")
    report = read_report(tmp_path / "report.json")
    assert not any(track.sound for track in report.tracks)
    assert report.scores == sample.scores


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.pop("seed"), "seed is missing"),
        (lambda raw: raw.update(beauty=1), "beauty is no key"),
        (lambda raw: raw["scores"][3].update(lag_ms="late"), r'scores\[3\].lag_ms: got "late"'),
        (lambda raw: raw["scores"][0].update(method="magic"), r"scores\[0\].method: got 'magic'"),
        (lambda raw: raw["scores"][0].update(view="felt"), r"scores\[0\].view: got 'felt'"),
        (lambda raw: raw["methods"][0].update(kind="wild"), r"methods\[0\].kind"),
        (lambda raw: raw["methods"][0].update(is_ours=1), "expected true or false"),
        (lambda raw: raw["tracks"][0]["fields"]["width"].pop(), r"tracks\[0\].fields"),
        (lambda raw: raw["tracks"][0]["sound"].pop(), r"tracks\[0\].fields: got 'curves of \[199"),
        (lambda raw: raw["tracks"][0]["in_speech"].append([1]), "expected 2 items"),
        (lambda raw: raw.update(format_version=9), "format 9"),
        (lambda raw: raw.update(format="song"), "no report of lipmotion"),
    ],
)
def test_what_does_not_fit_is_refused(change, told: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    raw = json.loads(SAMPLE.read_text("utf-8"))
    change(raw)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(raw), "utf-8")
    with pytest.raises(RecordingError, match=told):
        read_report(path)


def test_what_is_no_report_is_refused(sample: Report, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no report here"):
        read_report(tmp_path / "report.json")
    (tmp_path / "report.json").write_text("{", "utf-8")
    with pytest.raises(RecordingError, match="not readable"):
        read_report(tmp_path / "report.json")
    with pytest.raises(RecordingError, match="allowed"):
        write_report(replace(sample, sources=()), tmp_path / "other.json")
