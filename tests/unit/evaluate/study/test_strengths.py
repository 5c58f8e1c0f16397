"""Bradley-Terry strengths: closed form for two, known strengths from simulated viewers."""

import numpy as np
import pytest

from lipmotion.evaluate.study.strengths import fit_strengths, score_methods

ALL = np.ones((2, 2), bool) & ~np.eye(2, dtype=bool)


@pytest.mark.parametrize(("a", "b"), [(7, 3), (50, 50), (20, 0), (0.5, 99), (10_000, 1)])
def test_two_methods_have_a_closed_form(a: float, b: float) -> None:
    strength = fit_strengths(np.array([[0, a], [b, 0.0]]), ALL)
    assert strength[0] - strength[1] == pytest.approx(np.log((a + 0.5) / (b + 0.5)), abs=1e-9)
    assert strength.sum() == pytest.approx(0)


def test_strengths_are_where_the_likelihood_is_greatest() -> None:
    rng = np.random.default_rng(0)
    wins = rng.integers(0, 30, (4, 4)).astype(float)
    np.fill_diagonal(wins, 0)
    shown = wins + wins.T > 0
    found = fit_strengths(wins, shown)

    def likelihood(s: np.ndarray) -> float:
        won = wins + 0.5 * shown
        return float(-(won * np.log1p(np.exp(s[None, :] - s[:, None]))).sum())

    for _ in range(50):
        assert likelihood(found) > likelihood(found + rng.normal(0, 0.01, 4))


def test_plain_minorisation_agrees() -> None:
    rng = np.random.default_rng(1)
    wins = rng.integers(1, 40, (5, 5)).astype(float)
    np.fill_diagonal(wins, 0)
    won = wins + 0.5 * (wins > 0)
    power = np.ones(5)
    for _ in range(5000):  # Hunter 2004, Annals of Statistics 32
        shown = won + won.T
        power = won.sum(axis=1) / (shown / (power[:, None] + power[None, :])).sum(axis=1)
        power /= np.exp(np.log(power).mean())
    np.testing.assert_allclose(fit_strengths(wins, wins > 0), np.log(power), atol=1e-8)


def simulate(truth: np.ndarray, n_viewers: int, n: int, rng: np.random.Generator) -> np.ndarray:
    wins = np.zeros((n_viewers, len(truth), len(truth)))
    for own in wins:
        for _ in range(n):
            i, j = rng.choice(len(truth), 2, replace=False)
            is_won = rng.random() < 1 / (1 + np.exp(truth[j] - truth[i]))
            own[(i, j) if is_won else (j, i)] += 1
    return wins


def test_simulated_viewers_give_back_their_strengths() -> None:
    truth = np.array([1.2, 0.4, -0.3, -1.3])
    n_inside, rng = 0, np.random.default_rng(3)
    for _ in range(25):
        wins = simulate(truth, 30, 24, rng)
        rows = score_methods(list("abcd"), wins, rng=rng, n_draws=200)
        for row in rows:
            expected = truth["abcd".index(row.method)]
            assert row.strength == pytest.approx(expected, abs=0.6)
            n_inside += row.low <= expected <= row.high
    assert 88 <= n_inside <= 100  # of 100, at 95 %


def test_a_method_that_always_wins_is_finite_and_first() -> None:
    wins = np.zeros((3, 3, 3))
    wins[:, 0, 1] = wins[:, 0, 2] = 4
    wins[:, 1, 2] = wins[:, 2, 1] = 2
    rows = score_methods(["x", "y", "z"], wins, rng=np.random.default_rng(0))
    assert rows[0].method == "x"
    assert np.isfinite(rows[0].high)
    assert (rows[0].n_chosen, rows[0].n_shown) == (24, 24)
    assert rows[1].strength == pytest.approx(rows[2].strength)


def test_methods_that_were_never_compared_are_refused() -> None:
    wins = np.zeros((2, 4, 4))
    wins[:, 0, 1] = wins[:, 2, 3] = 1
    with pytest.raises(ValueError, match=r"a, b \| c, d"):
        score_methods(list("abcd"), wins, rng=np.random.default_rng(0))
