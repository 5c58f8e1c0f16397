"""Runs, two-level thresholds and one-to-one matching, by hand and against plain references."""

from itertools import permutations

import numpy as np
import pytest

from lipmotion.evaluate.events import EventScore, keep_runs, latch, match_runs, widen
from lipmotion.runs import find_runs


def test_runs_by_hand() -> None:
    holds = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    assert find_runs(holds).tolist() == [[0, 2], [4, 5], [6, 7]]
    assert find_runs(np.zeros(3, bool)).shape == (0, 2)
    assert find_runs(np.zeros(0, bool)).shape == (0, 2)


def test_latch_begins_low_and_ends_high() -> None:
    curve = np.array([0.2, 0.12, 0.08, 0.12, 0.16, 0.17, 0.12, 0.3, 0.05, 0.1])
    closed = latch(curve, begins_at=0.08, ends_above=0.16)
    assert closed.tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 1, 1]


def test_kept_runs_have_their_centre_there_and_are_short() -> None:
    runs = np.array([[0, 4], [5, 8], [10, 30]])
    where = np.zeros(40, bool)
    where[6:] = True
    assert keep_runs(runs, where).tolist() == [[5, 8], [10, 30]]
    assert keep_runs(runs, where, max_hops=3).tolist() == [[5, 8]]
    assert keep_runs(runs[:0], where).shape == (0, 2)


def test_matching_is_one_to_one() -> None:
    human = np.array([[10, 14]])
    robot = np.array([[8, 12], [11, 13], [12, 16]])
    assert match_runs(human, robot) == EventScore(1, 3, 1)
    assert match_runs(robot, human) == EventScore(3, 1, 1)


def test_sixty_ms_match_and_more_do_not() -> None:
    human = np.array([[10, 12]])
    assert match_runs(human, human + 3).n_matched == 1
    assert match_runs(human, human + 4).n_matched == 0


def test_matching_is_the_greatest() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        human, robot = (
            np.sort(rng.choice(24, size=rng.integers(0, 6), replace=False))[:, None] + [[0, 1]]
            for _ in range(2)
        )
        assert match_runs(human, robot).n_matched == _match_slowly(human, robot)


def _match_slowly(human: np.ndarray, robot: np.ndarray) -> int:
    few, many = sorted((human.mean(axis=1), robot.mean(axis=1)), key=len)
    pairings = (zip(few, chosen, strict=True) for chosen in permutations(many, len(few)))
    return max(sum(abs(a - b) <= 3 for a, b in pairing) for pairing in pairings)


def test_scores_of_nothing() -> None:
    nothing = EventScore(0, 0, 0)
    assert np.isnan([nothing.f1, nothing.precision, nothing.recall]).all()
    assert EventScore(3, 0, 0).f1 == 0
    assert EventScore(4, 2, 2).f1 == pytest.approx(2 / 3)
    assert (EventScore(4, 2, 2).recall, EventScore(4, 2, 2).precision) == (0.5, 1.0)


def test_widen_reaches_both_sides_and_stops_at_the_ends() -> None:
    holds = np.array([0, 0, 0, 1, 0, 0, 0], bool)
    assert widen(holds, 2).tolist() == [0, 1, 1, 1, 1, 1, 0]
    assert widen(holds, 50).all()
    assert widen(np.zeros(0, bool), 3).shape == (0,)
