"""Two reports: what is worse is an alarm, what is the same is none."""

from pathlib import Path

import pytest
from fakes.reports import METHODS, SAMPLE, make_report

from lipmotion import cli
from lipmotion.evaluate.compare import compare_reports, render_comparison
from lipmotion.evaluate.report_file import write_report
from lipmotion.evaluate.report_json import Report

OURS = tuple(method for method in METHODS if method.name in ("ours", "still"))


@pytest.fixture(scope="module")
def good() -> Report:
    return make_report(methods=OURS, n_clips=12)


@pytest.fixture(scope="module")
def worse() -> Report:
    return make_report(worse=0.08, methods=OURS, n_clips=12)


def test_the_same_report_has_not_changed(good: Report) -> None:
    changes = compare_reports(good, good, seed=0)
    assert {change.method for change in changes} == {method.name for method in good.methods}
    assert not any(change.is_sure or change.is_alarm for change in changes)
    assert all(change.change == 0 for change in changes)
    assert "did not surely change" in render_comparison(changes)


def test_worse_and_better_are_told(good: Report, worse: Report) -> None:
    changes = compare_reports(good, worse, seed=0)
    assert {change.method for change in changes} == {"ours", "still"}  # of both reports
    alarms = {change.measure for change in changes if change.is_alarm}
    assert "r_aperture" in alarms
    back = {c.measure: c for c in compare_reports(worse, good, seed=0) if c.method == "ours"}
    assert back["r_aperture"].is_sure
    assert not back["r_aperture"].is_alarm
    told = render_comparison(changes)
    assert told.startswith("ALARM, worse: people, ours")
    assert "better: people, ours" in render_comparison(list(back.values()))


def test_a_few_clips_raise_no_alarm() -> None:
    few = [make_report(worse=noise, methods=OURS, n_clips=3) for noise in (0.0, 0.08)]
    assert not any(change.is_alarm for change in compare_reports(*few, seed=0))


def test_only_ours_raises_an_alarm(good: Report) -> None:
    methods = tuple(m for m in METHODS if m.name == "still")
    changes = compare_reports(good, make_report(3, methods=methods), seed=0)
    assert changes
    assert not any(change.is_alarm for change in changes)


def test_the_command_line_exits_3(
    good: Report, worse: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, before = tmp_path / "worse.json", tmp_path / "good.json"
    write_report(worse, path)
    write_report(good, before)
    assert cli.run(["evaluate", "--compare", str(SAMPLE), str(SAMPLE)]) == cli.DONE
    assert cli.run(["evaluate", "--compare", str(before), str(path)]) == cli.WORSE == 3
    assert "ALARM, worse: people, ours" in capsys.readouterr().out
    assert cli.run(["evaluate", "--compare", str(SAMPLE), str(tmp_path / "no.json")]) == cli.FAILED
    assert "no report here" in capsys.readouterr().err
