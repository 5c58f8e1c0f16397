"""Charts: shapes add up by weight, closed shapes press, nothing is delayed that need not be."""

import numpy as np
import pytest

from lipmotion.evaluate.rivals.charts import (
    CHARTS,
    DEEPEST,
    HEADAUDIO,
    PRESSED,
    PYLIPSYNC,
    RHUBARB,
    WAWA,
    WLIPSYNC,
    Chart,
    chart_shapes,
    follow,
    make_shape,
)
from lipmotion.evaluate.rivals.curves import Kind, RivalCurves, fill_cues
from lipmotion.evaluate.rivals.known import KNOWN
from lipmotion.lips import LIP_INDEX
from lipmotion.voice.loudness import WIDEST

APERTURE, WIDTH = LIP_INDEX["aperture"], LIP_INDEX["width"]


def hold(
    names: tuple[str, ...], weights: list[float], kind: Kind = "live", n: int = 30
) -> RivalCurves:
    rows = np.repeat(np.array([weights], np.float32), n, axis=0)
    return RivalCurves(names, np.arange(n) / 60, rows, kind, None)


def test_every_rival_has_a_chart_and_its_cues_are_in_it() -> None:
    assert set(CHARTS) == set(KNOWN)
    assert set(KNOWN["rhubarb"].cues) == set(RHUBARB.shapes)


def test_a_wide_a_opens_as_wide_as_people_do_and_closed_lips_press() -> None:
    wide = chart_shapes(hold(("aa", "PP"), [1, 0]), HEADAUDIO, 10)
    assert wide[:, APERTURE] == pytest.approx(WIDEST)
    closed = chart_shapes(hold(("aa", "PP"), [0, 1]), HEADAUDIO, 10)
    assert closed[:, APERTURE] == pytest.approx(PRESSED)
    assert (closed[:, LIP_INDEX["upper_vermilion"]] < 0).all()


def test_weights_add_up_from_rest() -> None:
    both = chart_shapes(hold(("aa", "U"), [0.5, 0.25]), HEADAUDIO, 5)
    wanted = 0.5 * HEADAUDIO.shapes["aa"] + 0.25 * HEADAUDIO.shapes["U"]
    np.testing.assert_allclose(both, np.tile(wanted, (5, 1)), rtol=1e-5, atol=1e-6)


def test_rounded_shapes_are_narrow_and_spread_ones_wide() -> None:
    for chart, rounded, spread in ((RHUBARB, "F", "B"), (HEADAUDIO, "U", "I")):
        assert chart.shapes[rounded][WIDTH] < 0 < chart.shapes[spread][WIDTH]


def test_rhubarbs_order_of_openness_is_as_its_readme_says() -> None:
    opening = {name: shape[APERTURE] for name, shape in RHUBARB.shapes.items()}
    assert opening["A"] < opening["X"] < opening["B"] < opening["E"] <= opening["C"]
    assert opening["C"] <= opening["H"] < opening["D"]


def test_a_cue_is_neither_early_nor_late() -> None:
    times, weights = fill_cues([(0, 1, "D"), (0.4, 0.5, "A")], tuple("ABCDEFGHX"), 1.0)
    curves = RivalCurves(tuple("ABCDEFGHX"), times, weights, "offline", None)
    lips = chart_shapes(curves, RHUBARB, 50)[:, APERTURE]
    assert lips[19] == pytest.approx(WIDEST, abs=1e-5)
    assert lips[25] > WIDEST / 3
    assert lips[21:25] == pytest.approx(PRESSED, abs=1e-5)
    closed_middle = np.mean(np.flatnonzero(lips < WIDEST / 2)) / 50
    assert closed_middle == pytest.approx(0.45, abs=0.011)


def test_volume_shuts_the_mouth() -> None:
    for volume in (0.0, 0.5):
        curves = hold(("A", "S", "volume"), [0.8, 0.2, volume])
        lips = chart_shapes(curves, WLIPSYNC, 4)
        assert lips[:, APERTURE] == pytest.approx(0.8 * volume * WIDEST)


def test_weights_chase_the_viseme_as_the_demo_does() -> None:
    assert WAWA.chase is not None
    smooth = follow(hold(("sil", "PP", "aa"), [0, 1, 0], n=3), WAWA.chase)
    assert smooth.weights[:, 1] == pytest.approx([0.4, 0.64, 0.784])
    vowel = follow(hold(("sil", "PP", "aa"), [0, 0, 1], n=2), WAWA.chase)
    assert vowel.weights[:, 2] == pytest.approx([0.2, 0.36])


def test_a_live_rival_may_not_be_averaged_over_its_future() -> None:
    with pytest.raises(ValueError, match="looks ahead"):
        chart_shapes(hold(("aa",), [1.0]), PYLIPSYNC, 5)


def test_curves_of_another_rival_are_refused() -> None:
    with pytest.raises(ValueError, match="none of them is in the chart"):
        chart_shapes(hold(("jaw",), [1.0]), RHUBARB, 5)


def test_no_sum_presses_deeper_than_skin_bears() -> None:
    deep = Chart("a test", {"a": make_shape(-1.0), "b": make_shape(-1.0)})
    assert chart_shapes(hold(("a", "b"), [1, 1]), deep, 3)[:, APERTURE] == pytest.approx(DEEPEST)
