"""Two films: the same one is perfect, a late one shows its lag. Folders: who belongs together."""

from pathlib import Path

import numpy as np
import pytest
from fakes.reports import talk

from lipmotion.errors import MediaError
from lipmotion.evaluate.clip_list import ClipList
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.pair import FilmPair, compose_pairs, find_pairs
from lipmotion.evaluate.report_file import check_report
from lipmotion.evaluate.report_json import Report
from lipmotion.evaluate.report_md import render_report
from lipmotion.evaluate.suite import Clip
from lipmotion.lips import LipTrack


def compose_pair(human: LipTrack, robot: LipTrack) -> Report:
    clip = Clip("pair", "person", "human.mp4", "?", human, fit_range([human]))
    return compose_pairs([clip], [robot], fit_range([robot]), seed=0)


@pytest.fixture
def human() -> LipTrack:
    return talk(np.random.default_rng(4))


def test_a_film_against_itself_is_perfect(human: LipTrack) -> None:
    report = compose_pair(human, human)
    check_report(report)
    (score,) = report.scores
    assert score.lag_ms == pytest.approx(0, abs=0.5)
    for name in ("r_aperture", "r_width", "closure_f1", "rounding_f1", "amplitude_ratio"):
        assert score.figures[name].value == pytest.approx(1, abs=1e-3), name
    assert score.figures["misalignment_ms"].value == 0
    assert score.figures["jitter"].value is None  # nobody knows its commands
    assert "| robot | +0 | 1.00" in render_report(report)


@pytest.mark.parametrize("hops", [-5, 3])
def test_a_shifted_film_shows_its_lag(human: LipTrack, hops: int) -> None:
    late = LipTrack(np.roll(human.values, hops, axis=0), human.quality, human.in_speech)
    (score,) = compose_pair(human, late).scores
    assert score.lag_ms == pytest.approx(20 * hops, abs=2)
    assert score.figures["r_aperture"].value == pytest.approx(1, abs=0.01)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_two_folders(tmp_path: Path) -> None:
    humans, robots = tmp_path / "humans", tmp_path / "robots"
    touch(humans / "ann" / "a.mp4", humans / "ann" / "b.mp4", humans / "bob" / "c.mov")
    touch(humans / "bob" / "alone.mp4")
    touch(robots / "ann-a.mp4", robots / "ann" / "b.mkv", robots / "c.mp4", robots / "else.mp4")
    found = {(p.person, p.name): p.robot.name for p in find_pairs(humans, robots)}
    assert found == {("ann", "a"): "ann-a.mp4", ("ann", "b"): "b.mkv", ("bob", "c"): "c.mp4"}
    words = {("ann", "b"): "test", ("bob", "c"): "train"}
    listed = ClipList(words, late_s={("ann", "b"): 0.1})
    paths = humans / "ann" / "b.mp4", robots / "ann" / "b.mkv"
    assert find_pairs(humans, robots, listed) == [FilmPair("ann", "b", *paths, 0.1)]


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "humans" / "ann" / "a.mp4", tmp_path / "robots" / "x.mp4", tmp_path / "b.mp4")
    with pytest.raises(MediaError, match="PERSON-NAME"):
        find_pairs(tmp_path / "humans", tmp_path / "robots")
    with pytest.raises(MediaError, match="two films or two folders"):
        find_pairs(tmp_path / "humans", tmp_path / "b.mp4")
    with pytest.raises(MediaError, match="no such film"):
        find_pairs(tmp_path / "none.mp4", tmp_path / "b.mp4")
