"""Latents: a copy is perfect, a still face explains nothing, lag is taken off."""

from types import SimpleNamespace

import numpy as np
import pytest

from lipmotion.evaluate.align import Lag
from lipmotion.evaluate.latents import add_latents, measure_latents
from lipmotion.evaluate.scores import ClipScore
from lipmotion.evaluate.stage import Take
from lipmotion.evaluate.suite import MethodScore
from lipmotion.evaluate.verdict import NATIVE, Eye, FilmStyle, Seen
from lipmotion.frames import Frame

ALWAYS = np.ones(200, bool)


def make_latents(n_hops: int = 200, n_latents: int = 3) -> np.ndarray:
    hops = np.arange(n_hops)[:, None]
    return np.sin(hops / np.array([9.0, 13.0, 17.0])[:n_latents]).astype(np.float32)


def test_a_copy_is_perfect() -> None:
    wanted = make_latents()
    error, distance = measure_latents(wanted, wanted, ALWAYS, lag_hops=0.0)
    assert error.value == 0
    assert distance.value == 0


def test_by_hand() -> None:
    wanted = np.array([[0.0, 0.0], [2.0, 0.0]], np.float32)  # varies by 1 + 1 about its mean
    seen = wanted + np.array([0.0, 1.0], np.float32)  # off by 1 in one of two latents
    error, distance = measure_latents(seen, wanted, np.ones(2, bool), lag_hops=0.0)
    assert (error.part, error.whole) == (2.0, 2.0)
    assert distance.value == 0.5


def test_a_still_face_at_the_mean_explains_nothing_yet_lies_near() -> None:
    wanted = make_latents()
    still = np.broadcast_to(wanted.mean(axis=0), wanted.shape).copy()
    wrong = make_latents()[::-1].copy()
    error, distance = measure_latents(still, wanted, ALWAYS, lag_hops=0.0)
    assert error.value == pytest.approx(1.0, abs=1e-3)
    assert distance.value < measure_latents(wrong, wanted, ALWAYS, lag_hops=0.0)[1].value


def test_lag_costs_nothing_once_it_is_taken_off() -> None:
    wanted = make_latents()
    late = np.concatenate([wanted[:1].repeat(5, axis=0), wanted[:-5]])
    assert measure_latents(late, wanted, ALWAYS, lag_hops=0.0)[0].value > 0.1
    assert measure_latents(late, wanted, ALWAYS, lag_hops=5.0)[0].value < 1e-9


def test_too_little_speech_is_not_defined() -> None:
    wanted = make_latents()
    spoken = np.zeros(200, bool)
    spoken[3] = True
    for share in measure_latents(wanted, wanted, spoken, lag_hops=0.0):
        assert share.whole == 0


def test_they_stand_in_a_score() -> None:
    wanted, seen = make_latents(), 0.5 * make_latents()
    lips = np.zeros((200, 12), np.float32)
    views = {NATIVE.name: Seen(lips, np.ones(200, np.float32), seen)}
    takes = [
        Take(np.zeros((200, 2), np.float32), views, None),
        Take(np.zeros((200, 2), np.float32), {}, None),
    ]
    clips = [ClipScore(name, "ann", "en", {}) for name in ("a", "b")]
    score = MethodScore(Lag(0.0, 0.0, is_defined=False), {}, clips, {})
    told = add_latents(score, takes, [wanted, wanted], [ALWAYS, ALWAYS], seed=0)
    varies = ((wanted - wanted.mean(axis=0)) ** 2).sum()
    expected = float(((seen - wanted) ** 2).sum() / varies)
    assert told.figures["latent_error"].value == pytest.approx(expected, rel=1e-4)
    assert told.figures["latent_error"].n_clips == 1  # the other was not filmed that way


def test_an_eye_encodes_what_it_sees() -> None:
    class Brightness:
        def encode(self, crops: np.ndarray) -> np.ndarray:
            return crops.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]

    points = np.random.default_rng(0).uniform(60, 190, (478, 3)).astype(np.float32)
    landmarker = SimpleNamespace(init_state=lambda: None, step=lambda image, state: (points, state))
    eye = Eye(NATIVE, landmarker, 60.0, Brightness())
    plain = Eye(FilmStyle("plain"), landmarker, 60.0)
    for k in range(3):
        frame = Frame(np.full((256, 256, 3), 40 * k, np.uint8), k / 25)
        eye.look(frame, frame.time_s)
        plain.look(frame, frame.time_s)
    latents = eye.finish(6).latents
    assert latents is not None
    assert latents[:5, 0] == pytest.approx([0, 20, 40, 60, 80], abs=1)
    assert plain.finish(6).latents is None
    rows = np.array([2, 2])
    picked = Seen(np.zeros((6, 12), np.float32), np.ones(6, np.float32), latents).pick(rows)
    assert picked.latents is not None
    assert picked.latents[:, 0] == pytest.approx([40, 40], abs=1)
