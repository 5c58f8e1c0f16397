"""Curves of rivals: what is refused, what stands at a time, cues, and answers kept on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import RecordingError, RivalError
from lipmotion.evaluate.rivals.curves import (
    BATCH,
    Kind,
    Remembered,
    Rival,
    RivalCurves,
    fill_cues,
    load_curves,
    save_curves,
)


def make_curves(kind: Kind = "offline") -> RivalCurves:
    weights = np.array([[0, 1], [1, 0], [0.5, 0.5]], np.float32)
    return RivalCurves(("aa", "PP"), np.array([0.1, 0.2, 0.4]), weights, kind, None)


class Counting:
    """A rival that says how loud a sound is, and counts how often it was asked."""

    name, version, kind, lookahead_ms = "counting", "1", "live", 0.0

    def __init__(self) -> None:
        self.asked: list[int] = []

    def listen(self, sound: np.ndarray) -> RivalCurves:
        return self.listen_all([sound])[0]

    def listen_all(self, sounds: Sequence[np.ndarray]) -> list[RivalCurves]:
        self.asked.append(len(sounds))
        return [
            RivalCurves(("loud",), np.array([0.0]), np.abs(s[:1, None]), "live", 0.0)
            for s in sounds
        ]


def test_an_offline_rival_is_joined_by_lines_and_a_live_one_holds_its_last_word() -> None:
    at = np.array([0.0, 0.1, 0.15, 0.3, 9.0])
    np.testing.assert_allclose(make_curves().at(at)[:, 0], [0, 0, 0.5, 0.75, 0.5])
    np.testing.assert_allclose(make_curves("live").at(at)[:, 0], [0, 0, 0, 1, 0.5])
    np.testing.assert_allclose(make_curves("live").at(at)[:, 1], [0, 1, 1, 0, 0.5])


def test_a_rival_that_said_nothing_weighs_nothing() -> None:
    empty = RivalCurves(("a",), np.zeros(0), np.zeros((0, 1), np.float32), "live", 0.0)
    assert empty.on_grid(3).tolist() == [[0], [0], [0]]


@pytest.mark.parametrize(
    ("names", "times", "weights", "told"),
    [
        (("a",), [0.0, 0.0], [[0], [0]], "times must be finite and rise"),
        (("a",), [0.0], [[1.5]], r"lie in \[0, 1\]"),
        (("a",), [0.0], [[np.nan]], r"lie in \[0, 1\]"),
        (("a", "b"), [0.0], [[0]], "weights have shape"),
        (("a", "a"), [0.0], [[0, 0]], "named twice"),
    ],
)
def test_impossible_curves_are_refused(
    names: tuple[str, ...], times: list[float], weights: list[list[float]], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        RivalCurves(names, np.array(times), np.array(weights, np.float32), "live", 0.0)


def test_the_later_of_two_overlapping_cues_counts() -> None:
    times, weights = fill_cues([(0.0, 0.05, "X"), (0.03, 0.08, "A")], ("A", "X"), 0.1)
    assert times.tolist() == pytest.approx(((np.arange(10) + 0.5) / 100).tolist())
    assert weights[:, 0].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert weights[:, 1].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="'Q'"):
        fill_cues([(0.0, 0.1, "Q")], ("A",), 0.1)


def test_answers_are_kept_by_sound_and_version(tmp_path: Path) -> None:
    rival = Counting()
    assert isinstance(rival, Rival)
    assert isinstance(Remembered(rival, tmp_path), Rival)
    sounds = [np.full(4, k / 100, np.float32) for k in range(BATCH + 1)]
    first = Remembered(rival, tmp_path).listen_all(sounds)
    assert rival.asked == [BATCH, 1]
    again = Remembered(rival, tmp_path).listen_all([*sounds[::-1], sounds[0]])
    assert rival.asked == [BATCH, 1]
    assert [c.weights[0, 0] for c in again[:-1]] == [c.weights[0, 0] for c in first[::-1]]
    rival.version = "2"
    Remembered(rival, tmp_path).listen(sounds[0])
    assert rival.asked == [BATCH, 1, 1]


def test_a_sound_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RivalError, match="not a finite number"):
        Remembered(Counting(), tmp_path).listen(np.array([np.nan], np.float32))


def test_kept_curves_come_back_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "curves.npz"
    save_curves(path, make_curves())
    found = load_curves(path)
    assert (found.names, found.kind, found.lookahead_ms) == (("aa", "PP"), "offline", None)
    np.testing.assert_array_equal(found.weights, make_curves().weights)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RecordingError, match=r"curves\.npz: not readable"):
        load_curves(path)
