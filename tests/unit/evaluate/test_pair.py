"""Two films: the same one is perfect, a late one shows its lag."""

import numpy as np
import pytest
from fakes.reports import talk

from lipmotion.evaluate.pair import compose_pair
from lipmotion.evaluate.report_file import check_report
from lipmotion.evaluate.report_md import render_report
from lipmotion.lips import LipTrack


@pytest.fixture
def human() -> LipTrack:
    return talk(np.random.default_rng(4))


def test_a_film_against_itself_is_perfect(human: LipTrack) -> None:
    report = compose_pair("human.mp4", human, human, seed=0)
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
    (score,) = compose_pair("human.mp4", human, late, seed=0).scores
    assert score.lag_ms == pytest.approx(20 * hops, abs=2)
    assert score.figures["r_aperture"].value == pytest.approx(1, abs=0.01)
