"""Babbling: seeded, within limits, at speech speeds, often near closure, as a mind wants."""

from pathlib import Path

import numpy as np
import pytest
from fakes.odd_face import write_odd

from lipmotion.face import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.mirror.babble import babble


@pytest.fixture(scope="module")
def long_track() -> np.ndarray:
    spec = read_face_spec("emo")
    return np.concatenate(
        [babble(spec, 500, rng=np.random.default_rng([1, k]))[1] for k in range(20)]
    )


def test_the_same_seed_babbles_the_same_and_another_differs() -> None:
    spec = read_face_spec("emo")
    first, same, other = (babble(spec, 200, rng=np.random.default_rng(s))[1] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0.3


def test_commands_stay_in_range_and_set_out_from_where_the_face_stands() -> None:
    spec = read_face_spec("emo")
    start = np.full(26, 0.9, np.float32)
    deeds, track = babble(spec, 100, rng=np.random.default_rng(0), start=start)
    assert track.shape == (100, 26) and track.dtype == np.float32
    assert len(deeds) == 100 and set(deeds) <= {"random", "pose"}
    assert track.min() >= 0 and track.max() <= 1
    assert np.abs(track[0] - start).max() < 0.2


def test_every_lip_motor_uses_its_travel_and_the_jaw_is_mostly_near_rest(
    long_track: np.ndarray,
) -> None:
    spec = read_face_spec("emo")
    lips = long_track[:, list(spec.indices("lips"))]
    assert (np.percentile(lips, 2, axis=0) < 0.05).all()
    assert (np.percentile(lips, 98, axis=0) > 0.9).all()
    (jaw,) = spec.indices("jaw")
    near = np.abs(long_track[:, jaw] - spec.motors[jaw].rest) < 0.1
    assert 0.4 < near.mean() < 0.9


def test_left_and_right_move_together_and_apart(long_track: np.ndarray) -> None:
    names = read_face_spec("emo").motor_names
    left = long_track[:, names.index("corner_left_raise")]
    right = long_track[:, names.index("corner_right_raise")]
    same = np.abs(left - right) < 1e-6
    assert 0.25 < same.mean() < 0.75


def test_motion_is_band_limited_to_speech(long_track: np.ndarray) -> None:
    lips = long_track[:, :10] - long_track[:, :10].mean(0)
    power = np.abs(np.fft.rfft(lips, axis=0)) ** 2
    hz = np.fft.rfftfreq(len(lips), 0.02)
    assert power[hz > 12].sum() / power.sum() < 0.08
    assert power[(hz > 2) & (hz < 8)].sum() / power.sum() > 0.2


def test_a_face_with_names_of_its_own_babbles(tmp_path: Path) -> None:
    spec = read_face_spec(write_odd(tmp_path))
    track = np.concatenate(
        [babble(spec, 500, rng=np.random.default_rng([1, k]))[1] for k in range(20)]
    )
    lips = track[:, list(spec.indices("lips"))]
    assert (np.percentile(lips, 2, axis=0) < 0.05).all()
    assert (np.percentile(lips, 98, axis=0) > 0.9).all()
    rest = spec.rest.values
    jaw = track[:, list(spec.indices("jaw"))]
    assert (np.abs(jaw - rest[4:6]).mean(0) < 0.3).all()  # near rest, at either end of the travel
    left, right = ((track[:, k] - rest[k]) / 13 for k in (2, 3))  # one runs the other way
    assert 0.2 < (np.abs(left + right) < 1e-3).mean() < 0.8
    assert (np.abs(left - right) < 1e-3).mean() < 0.15


def test_a_face_without_anything_but_lips_babbles(tmp_path: Path) -> None:
    folder = write_odd(tmp_path, ("tail, group: neck", "tail, group: lips"))
    _, track = babble(read_face_spec(folder), 300, rng=np.random.default_rng(0))
    assert track.shape == (300, 7) and np.isfinite(track).all()


def test_what_is_drawn_keeps_the_limits_of_the_face(long_track: np.ndarray) -> None:
    limits = Limits(read_face_spec("emo"))
    for stretch in long_track.reshape(20, 500, 26):
        sent, _ = limits.step(stretch, limits.init_state())
        np.testing.assert_array_equal(sent, stretch)


class Last:
    """Chooses the last of three, always, and counts what it was shown."""

    def __init__(self, n_shown: int = 0) -> None:
        self.n_shown = n_shown
        self.share, self.n_drawn = 1.0, 3

    def choose(
        self, bouts: np.ndarray, sent: np.ndarray, *, rng: np.random.Generator
    ) -> tuple[int, "Last"]:
        assert bouts.shape[0] == 3 and np.isfinite(bouts).all()
        self.seen = bouts, sent
        return 2, Last(self.n_shown + bouts.shape[1])


def test_a_mind_is_shown_bouts_as_they_would_be_sent_and_gets_its_choice() -> None:
    mind = Last()
    deeds, track = babble(read_face_spec("emo"), 300, rng=np.random.default_rng(0), mind=mind)
    bouts, sent = mind.seen  # of the first choice
    np.testing.assert_array_equal(track[: bouts.shape[1]], bouts[2])
    np.testing.assert_array_equal(sent, [read_face_spec("emo").rest.values])
    assert set(deeds) == {"curious"}
    assert np.abs(bouts[0] - bouts[2]).max() > 0.05
