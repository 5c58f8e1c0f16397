"""Optimising on the truth: a body that answers late and weakly is driven so that it follows."""

from collections import deque

import numpy as np
import pytest

from lipmotion.commands import Command, CommandTrack
from lipmotion.errors import FaceError
from lipmotion.evaluate.optimise import optimise_commands, perform_truth
from lipmotion.face.description import read_face_spec
from lipmotion.face.mock import MockFace
from lipmotion.lips import LIP_INDEX, LipTrack

SPEC = read_face_spec("emo")
JAW, SPREAD = (SPEC.motor_names.index(name) for name in ("jaw_open", "corner_left_spread"))

REST = SPEC.rest.values.tolist()


class WeakTruth:
    def __init__(self, jaw: float, spread: float) -> None:
        self.aperture_mm = max(0.0, 20 * (jaw - REST[JAW]))
        self.width_mm = 50 + 10 * (spread - REST[SPREAD])
        self.corner_height_mm = (0.0, 0.0)


class WeakFace(MockFace):
    """Does half of what it is told, two hops later."""

    def __init__(self) -> None:
        super().__init__(SPEC)
        self._due = deque([SPEC.rest.values] * 2, maxlen=2)

    def send(self, command: Command) -> Command:
        sent = super().send(command)
        self._due.append(sent.values)
        return sent

    def truth(self) -> WeakTruth:
        return WeakTruth(float(self._due[0][JAW]), float(self._due[0][SPREAD]))


def follow(shapes: np.ndarray) -> CommandTrack:
    values = np.repeat(SPEC.rest.values[None], len(shapes), axis=0)
    values[:, JAW] += shapes[:, LIP_INDEX["aperture"]]
    values[:, SPREAD] += shapes[:, LIP_INDEX["width"]]
    return CommandTrack(SPEC.motor_names, values.clip(0, 1))


@pytest.fixture
def lips() -> LipTrack:
    t = np.arange(150) / 50
    values = np.zeros((150, 12), np.float32)
    values[:, 0] = 0.1 * (1 - np.cos(2 * np.pi * t))
    values[:, LIP_INDEX["width"]] = 0.04 * np.sin(2 * np.pi * 0.7 * t)
    return LipTrack(values, np.ones(150, np.float32), np.ones(150, bool))


def test_rounds_come_nearer_and_the_best_is_kept(lips: LipTrack) -> None:
    found = optimise_commands(lips, WeakFace, follow, n_rounds=5)
    assert len(found.errors) == 5
    assert min(found.errors) < 0.3 * found.errors[0]
    done = perform_truth(WeakFace, found.commands)
    wanted = np.stack([lips.field("aperture"), lips.field("width")], axis=1)
    before = perform_truth(WeakFace, follow(np.array(lips.values)))
    assert np.abs(done[:, :2] - wanted).mean() < 0.6 * np.abs(before[:, :2] - wanted).mean()


def test_one_round_is_what_the_models_say(lips: LipTrack) -> None:
    found = optimise_commands(lips, WeakFace, follow, n_rounds=1)
    assert np.array_equal(found.commands.values, follow(np.array(lips.values)).values)


def test_a_face_without_truth_is_refused(lips: LipTrack) -> None:
    with pytest.raises(FaceError, match="no truth"):
        optimise_commands(lips, lambda: MockFace(SPEC), follow, n_rounds=1)
