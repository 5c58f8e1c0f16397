"""Curiosity: what is unsure, thin, near closure or puckered is chosen; nothing twice in a row."""

import numpy as np
import pytest

from lipmotion.lips import LIP_INDEX
from lipmotion.mirror import curious
from lipmotion.mirror.curious import CuriousMind, Seen, make_up_mind
from lipmotion.mirror.foresight import PAST_HOPS, trace_motors

REST = np.full(4, 0.5)
SENT = np.tile(REST, (20, 1)).astype(np.float32)
APERTURE, WIDTH, JAW = (LIP_INDEX[name] for name in ("aperture", "width", "jaw"))


def look(traces: np.ndarray) -> np.ndarray:
    """Motor 0 opens, 1 widens, 2 moves the corners, 3 the jaw."""
    lips = np.zeros((len(traces), 12))
    lips[:, :3] = (0.2 + 0.3 * traces[:, :1]).clip(0)
    lips[:, WIDTH] = 0.3 * traces[:, 1]
    lips[:, 4:6] = 0.2 * np.sin(2 * traces[:, 2:3])
    lips[:, JAW] = 0.1 * traces[:, 3]
    return lips + 0.001 * np.random.default_rng(3).normal(size=lips.shape)


@pytest.fixture(scope="module")
def mind() -> CuriousMind:
    """It has seen motor 2 move a little, the others all their way."""
    rng = np.random.default_rng(0)
    poses = rng.uniform(-1, 1, (1500, 4)) * (1, 1, 0.2, 1)
    traces = np.repeat(poses, 2, axis=1)  # held for long: both lags have arrived
    seen = Seen(traces, look(poses), np.arange(1500) // 50)
    return make_up_mind(seen, (0, 1, 2, 3), REST, rng=np.random.default_rng(1))


def hold(*poses: tuple[float, ...]) -> np.ndarray:
    """Bouts that hold a pose, given as the way from rest in [−1, 1]."""
    return np.repeat((REST + np.array(poses) / 2)[:, None], 60, axis=1).astype(np.float32)


def foresee(mind: CuriousMind, *poses: tuple[float, ...]) -> np.ndarray:
    traces = trace_motors(np.repeat(hold(*poses)[:, :1], PAST_HOPS, axis=1), REST)[:, 0]
    return mind.foresight.foresee(traces)


@pytest.fixture(params=[0.0, 1.0], ids=["thin", "doubt"])
def rng(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> np.random.Generator:
    generator = np.random.default_rng(0)
    monkeypatch.setattr(curious, "_THIN_SHARE", 1.0 - request.param)
    return generator


def test_what_was_hardly_seen_is_chosen(mind: CuriousMind, rng: np.random.Generator) -> None:
    known, unknown = (0.5, 0.2, 0.1, 0.3), (0.5, 0.2, 0.9, 0.3)
    for bouts, wanted in ((hold(known, unknown), 1), (hold(unknown, known), 0)):
        assert mind.choose(bouts, SENT, rng=rng)[0] == wanted
    expected = foresee(mind, known, unknown)
    for measure in (mind.measure_thinness, mind.measure_doubt):
        sure, unsure = measure(expected)
        assert unsure > 2 * sure


def test_doubt_counts_more_in_closure_and_pucker(mind: CuriousMind) -> None:
    lips = np.zeros((2, 4, 12))  # two members, four shapes
    lips[:, :, APERTURE] = 0.3
    lips[:, 1, APERTURE] = 0.0
    lips[:, 2:, WIDTH] = mind.narrow, mind.usual
    lips[1, :, JAW] = 0.01
    calm, closed, narrow, usual = mind.measure_doubt(lips)
    assert closed > 1.8 * calm
    assert narrow > 1.2 * usual  # though it lies further from rest


def test_doubt_counts_less_far_from_rest(mind: CuriousMind) -> None:
    lips = np.zeros((2, 3, 12))  # two members, three shapes
    lips[1, :2] = 0.01
    lips[:, 1, WIDTH] += 1.0
    near, far, sure = mind.measure_doubt(lips)
    assert near > 1.5 * far > 0 and sure == 0


def test_what_is_chosen_counts_as_seen_for_the_next_choice(
    mind: CuriousMind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curious, "_THIN_SHARE", 1.0)
    rng = np.random.default_rng(0)
    first, second = (0.3, 0.1, 0.9, 0.2), (0.3, 0.1, -0.9, 0.2)
    bouts = hold(first, second)
    best, later = mind.choose(bouts, SENT, rng=rng)
    expected = foresee(mind, first, second)
    before, after = mind.measure_thinness(expected), later.measure_thinness(expected)
    assert after[best] < before[best] / 10
    assert after[1 - best] > before[1 - best] / 2
    assert later.choose(bouts, SENT, rng=rng)[0] == 1 - best


def test_a_bout_too_short_to_judge_is_taken_as_it_comes(mind: CuriousMind) -> None:
    bouts = hold((0.1, 0, 0, 0), (0, 0, 0.9, 0))[:, :3]
    best, same = mind.choose(bouts, SENT[:1], rng=np.random.default_rng(0))
    assert best == 0 and same is mind


def test_the_same_seed_makes_up_the_same_mind(mind: CuriousMind) -> None:
    rng = np.random.default_rng(0)
    poses = rng.uniform(-1, 1, (1500, 4)) * (1, 1, 0.2, 1)
    seen = Seen(np.repeat(poses, 2, axis=1), look(poses), np.arange(1500) // 50)
    again = make_up_mind(seen, (0, 1, 2, 3), REST, rng=np.random.default_rng(1))
    pose = (0.2, -0.5, 0.7, 0.1)
    np.testing.assert_array_equal(foresee(again, pose), foresee(mind, pose))
    np.testing.assert_array_equal(again.seen, mind.seen)
