"""Temporal misalignment of turning points, against plain references."""

import numpy as np
import pytest

from lipmotion.evaluate.misalign import find_turns, measure_misalignment, smooth, warp


def wave(n_hops: int, late_hops: float = 0.0) -> np.ndarray:
    t = (np.arange(n_hops) - late_hops) / 50
    return np.sin(2 * np.pi * 1.1 * t) + 0.6 * np.sin(2 * np.pi * 2.3 * t + 1)


def test_warping_is_the_cheapest_path() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = rng.normal(size=(2, 12))
        assert np.array_equal(warp(a, b), _warp_slowly(a, b))


def _warp_slowly(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    n = len(a)
    cost = np.full((n + 1, n + 1), np.inf)
    cost[0, 0] = 0
    for i in range(n):
        for j in range(n):
            before = min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
            cost[i + 1, j + 1] = before + (a[i] - b[j]) ** 2
    partners: list[list[int]] = [[] for _ in range(n)]
    i = j = n - 1
    while i >= 0:
        partners[i].append(j)
        steps = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        i, j = min(steps, key=lambda s: cost[s[0] + 1, s[1] + 1])
    return np.array([np.mean(p) for p in partners])


def test_turning_points() -> None:
    assert find_turns(np.array([0.0, 1, 2, 1, 0, 3])).tolist() == [2, 4]
    assert find_turns(np.arange(5.0)).tolist() == []


def test_smoothing_keeps_what_is_constant_or_straight() -> None:
    assert smooth(np.full(30, 0.4)) == pytest.approx(np.full(30, 0.4))
    assert smooth(np.arange(60.0))[20:40] == pytest.approx(np.arange(20, 40))


@pytest.mark.parametrize("late_hops", [0, 3, -5])
def test_a_late_copy_shows_its_lateness(late_hops: int) -> None:
    everywhere = np.ones(300, bool)
    share = measure_misalignment(wave(300), 2 * wave(300, late_hops), everywhere)
    assert share.value == pytest.approx(20 * abs(late_hops), abs=6)


def test_only_speech_counts_and_nothing_is_defined() -> None:
    h = wave(300)
    in_speech = np.zeros(300, bool)
    assert measure_misalignment(h, h, in_speech).whole == 0
    in_speech[100:200] = True
    assert 0 < measure_misalignment(h, h, in_speech).whole < 12
    assert measure_misalignment(h, np.full(300, 0.2), in_speech).whole == 0
