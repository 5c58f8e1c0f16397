"""Ours as a stream: what hops cost by a clock of ours, and the interval of a lag."""

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from fakes.reports import SAMPLE, make_report

from lipmotion.errors import RecordingError
from lipmotion.evaluate.assemble import Rows
from lipmotion.evaluate.compare import compare_reports
from lipmotion.evaluate.live import (
    N_HOPS,
    compose_live,
    cut_hops,
    draw_lags,
    find_lags,
    time_hops,
    time_live,
)
from lipmotion.evaluate.methods import Case
from lipmotion.evaluate.report_file import MUST_LOSE, read_report
from lipmotion.evaluate.report_json import TrackInfo
from lipmotion.evaluate.report_md import render_report
from lipmotion.evaluate.setting import Setting


class Echo:
    """A step that counts its hops."""

    lookahead_hops = 0

    def init_state(self) -> int:
        return 0

    def step(self, x: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        assert x.shape == (1, 320)
        assert x[0, 0] == state
        return x, state + 1

    def flush(self, state: int) -> np.ndarray:
        return np.zeros((0, 320), np.float32)


def test_each_hop_is_timed_by_itself() -> None:
    hops = np.repeat(np.arange(5, dtype=np.float32)[:, None], 320, axis=1)
    ticks = count()
    took = time_hops(Echo(), hops, clock=lambda: next(ticks) ** 2 / 1000)  # 0 1 | 4 9 | 16 25 …
    assert took == pytest.approx([1, 5, 9, 13, 17])
    live = compose_live("ours", 300.0, np.array([1.0, 2, 3, 4, 40]), ())
    assert (live.p50_ms, live.most_ms, live.n_hops, live.missed_hops) == (3, 40, 5, 1)
    assert live.p95_ms == pytest.approx(32.8)


def make_case(n_samples: int, value: float) -> Case:
    return Case("s", "ann", f"c{value}", "en", np.full(n_samples, value, np.float32))


def test_sounds_are_heard_one_after_another() -> None:
    hops = cut_hops([make_case(480, 1), make_case(160, 2)], 3)
    assert hops.shape == (3, 320)
    assert hops.reshape(-1).tolist() == [1] * 480 + [2] * 160 + [1] * 320
    assert not cut_hops([make_case(0, 1)], 2).any()


def make_track(method: str, clip: str, aperture: np.ndarray) -> TrackInfo:
    speech = ((0, len(aperture)),) if method == "" else ()
    fields = {"aperture": tuple(aperture.tolist())}
    return TrackInfo("people", clip, "ann", method, "seen", fields, speech, ())


def test_a_lag_and_its_interval() -> None:
    rng = np.random.default_rng(0)
    humans, robots = {}, {}
    for k in range(6):
        lips = np.convolve(rng.normal(size=200), np.hanning(9), "same")
        clip, late = f"c{k}", 3 + k % 3  # 60, 80 or 100 ms
        humans["ann", clip] = make_track("", clip, lips)
        robots["ann", clip] = make_track("ours", clip, np.roll(lips, late))
    low, high = draw_lags(humans, robots, rng=np.random.default_rng(0))
    assert 60 <= low < 80 < high <= 100
    same = {key: make_track("ours", key[1], np.array(t.fields["aperture"]))
            for key, t in humans.items()}  # fmt: skip
    assert draw_lags(humans, same, rng=rng) == pytest.approx((0, 0), abs=0.5)
    still = {key: make_track("ours", key[1], np.zeros(200)) for key in humans}
    assert np.isnan(draw_lags(humans, still, rng=rng)).all()


def test_lags_of_a_report() -> None:
    report = make_report()
    (lag,) = find_lags(report.scores, report.tracks, "ours", rng=np.random.default_rng(0))
    assert lag.source == "people"
    assert lag.lag_ms == report.find_scores("people")[3].lag_ms
    assert -20 < lag.low_ms <= lag.high_ms < 20


def test_nothing_is_timed_that_was_not_judged(tmp_path: Path) -> None:
    setting = Setting("emo", 0, 300, 4, (), tmp_path)
    cases = (make_case(32_000, 0),)
    assert time_live(("still",), setting, cases, Rows(), seed=0) == ()
    assert time_live(("ours",), setting, (), Rows(), seed=0) == ()
    (live,) = time_live(("ours",), setting, cases, Rows(), seed=0)
    assert 0 < live.p50_ms <= live.p95_ms <= live.p99_ms <= live.most_ms
    assert (live.n_hops, live.threads, live.lookahead_ms, live.lags) == (N_HOPS, 1, 300, ())


def test_what_it_says() -> None:
    report = read_report(SAMPLE)
    text = render_report(report)
    assert "## Live\n\n- ours: hears 300 ms ahead; a hop of 20 ms takes 2.0 ms (p95 3.0" in text
    assert "1 of 500 hops missed; 1 thread, Linux" in text
    assert "Lag on people: +3 ms (95 %: -5 to +11, 6 clips; + = late)." in text
    assert "## Live" not in render_report(replace(report, live=()))


def test_times_are_no_change() -> None:
    report = read_report(SAMPLE)
    slow = replace(report, live=tuple(replace(x, p99_ms=90.0) for x in report.live))
    assert compare_reports(report, slow, seed=0) == compare_reports(report, report, seed=0)


def test_an_older_report_is_read(tmp_path: Path) -> None:
    raw = json.loads(SAMPLE.read_text("utf-8"))
    raw.pop("live")
    for method in raw["methods"]:
        method.pop("must_lose")
    path = tmp_path / "report.json"
    path.write_text(json.dumps({**raw, "format_version": 1}), "utf-8")
    report = read_report(path)
    assert report == replace(read_report(SAMPLE), live=())
    assert [m.name for m in report.methods if m.must_lose] == ["ours+40ms", "still", "shuffled"]
    assert set(MUST_LOSE) >= {"ours+40ms", "ours+500ms", "random", "still", "shuffled"}
    path.write_text(json.dumps({**raw, "format_version": 1, "methods": [1]}), "utf-8")
    with pytest.raises(RecordingError, match="methods"):
        read_report(path)
    path.write_text(json.dumps({**raw, "format_version": 2}), "utf-8")
    with pytest.raises(RecordingError, match="live is missing"):
        read_report(path)
