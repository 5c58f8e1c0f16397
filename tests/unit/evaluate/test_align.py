"""Lag of a source and moving a track by it."""

import numpy as np
import pytest

from lipmotion.evaluate.align import correlate, find_lag, remove_lag


def wave(n_hops: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(n_hops) / 50
    hz, phase = rng.uniform(0.5, 5, 6), rng.uniform(0, 7, 6)
    return np.sin(2 * np.pi * hz[:, None] * t + phase[:, None]).sum(axis=0)


def test_one_lag_for_all_clips() -> None:
    rng = np.random.default_rng(0)
    humans = [wave(n, rng) for n in (120, 200, 300)]
    masks = [np.ones(len(h), bool) for h in humans]
    lag = find_lag(humans, [np.roll(h, 5) for h in humans], masks)
    assert lag.ms == pytest.approx(100, abs=2)
    assert lag.peak > 0.9


def test_the_longer_clip_counts_for_more() -> None:
    rng = np.random.default_rng(1)
    short, long = wave(60, rng), wave(600, rng)
    masks = [np.ones(60, bool), np.ones(600, bool)]
    lag = find_lag([short, long], [np.roll(short, -8), np.roll(long, 3)], masks)
    assert lag.ms == pytest.approx(60, abs=6)


def test_hops_outside_the_mask_do_not_count() -> None:
    rng = np.random.default_rng(2)
    human = wave(400, rng)
    robot = np.roll(human, 4)
    mask = np.zeros(400, bool)
    mask[150:300] = True
    spoilt = robot.copy()
    spoilt[:120] = rng.normal(size=120)
    spoilt[330:] = 50.0
    assert find_lag([human], [spoilt], [mask]).ms == pytest.approx(
        find_lag([human], [robot], [mask]).ms, abs=0.1
    )


def test_a_mouth_that_does_not_move_has_no_lag() -> None:
    human = wave(200, np.random.default_rng(3))
    lag = find_lag([human], [np.full(200, 0.25)], [np.ones(200, bool)])
    assert not lag.is_defined
    assert lag.hops == 0
    assert np.isnan(lag.ms)
    assert not find_lag([], [], []).is_defined


def test_whole_hops_are_moved_exactly() -> None:
    values = np.arange(20, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32)
    moved, seen = remove_lag(values, 3.0)
    assert np.array_equal(moved[:17], values[3:])
    assert np.array_equal(moved[17:], np.repeat(values[-1:], 3, axis=0))
    assert seen.tolist() == [True] * 17 + [False] * 3
    moved, seen = remove_lag(values, -2.0)
    assert np.array_equal(moved[2:], values[:-2])
    assert seen.tolist() == [False] * 2 + [True] * 18


def test_fractions_of_a_hop_follow_a_smooth_curve() -> None:
    at = np.arange(100)
    moved, seen = remove_lag(np.sin(2 * np.pi * at / 12.5), 0.4)
    assert np.abs(moved - np.sin(2 * np.pi * (at + 0.4) / 12.5))[1:-2].max() < 0.02
    assert seen.sum() == 99


def test_an_empty_track_can_be_moved() -> None:
    moved, seen = remove_lag(np.zeros((0, 12), np.float32), 1.5)
    assert moved.shape == (0, 12)
    assert seen.shape == (0,)


def test_correlation_is_pearson_and_defined_for_what_stands_still() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 50))
    assert correlate(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert correlate(a, 3 * a + 2) == pytest.approx(1)
    assert correlate(a, np.ones(50)) == 0
    assert np.isnan(correlate(np.ones(50), a))
    assert np.isnan(correlate(a[:1], b[:1]))


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="4, 5, 4 hops"):
        find_lag([np.zeros(4)], [np.zeros(5)], [np.ones(4, bool)])
