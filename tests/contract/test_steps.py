"""The laws of streaming, run over every Step; each new one must join the list below."""

import ast
import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lipmotion
from lipmotion.face.description import read_face_spec
from lipmotion.face.limits import Limits
from lipmotion.perform.idle import AtRest, Idle
from lipmotion.perform.join import Join
from lipmotion.perform.performer import open_path
from lipmotion.selfmodel.act import FacialActionTransformer
from lipmotion.selfmodel.foresee import SelfModel
from lipmotion.selfmodel.imagine import Imagination
from lipmotion.step import Step, run_offline
from lipmotion.timing import HOP_SAMPLES
from lipmotion.voice.activity import VoiceActivity
from lipmotion.voice.features import LogMel
from lipmotion.voice.loudness import Loudness
from lipmotion.voice.speech import SpeechModel

N_HOPS = 90
Draw = Callable[[np.random.Generator, int], np.ndarray]


def _draw_sound(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    envelope = 0.1 * np.abs(np.sin(np.arange(n_hops) / 5))[:, None]
    return (envelope * rng.normal(size=(n_hops, HOP_SAMPLES))).astype(np.float32)


def _draw_mel(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    return run_offline(LogMel(), _draw_sound(rng, n_hops))


def _draw_lips(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    waves = np.sin(np.arange(n_hops)[:, None] / rng.uniform(2, 9, 12) + rng.uniform(0, 6, 12))
    return (0.1 * waves).astype(np.float32)


def _draw_wanted(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    return run_offline(Imagination.open(_spec()), _draw_lips(rng, n_hops))


def _draw_commands(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    return rng.uniform(-0.2, 1.2, (n_hops, len(_spec().motors))).astype(np.float32)


def _draw_lip_commands(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    return rng.uniform(0, 1, (n_hops, len(SelfModel.open(_spec()).motors))).astype(np.float32)


@functools.cache
def _spec() -> Any:
    return read_face_spec("emo")


class _Late:
    """Lips that open with loudness, two hops late."""

    lookahead_hops = 2

    def __init__(self) -> None:
        self.motors = _spec().motor_names[:11]  # lips and jaw

    def init_state(self) -> int:
        return self.lookahead_hops

    def step(self, x: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        loud = np.abs(x).max(axis=1, keepdims=True) if len(x) else np.zeros((0, 1))
        n_skipped = min(state, len(x))
        out = np.tile(loud, (1, len(self.motors))).astype(np.float32)
        return out[n_skipped:], state - n_skipped

    def flush(self, state: int) -> np.ndarray:
        return np.zeros((self.lookahead_hops - state, len(self.motors)), np.float32)


def _join() -> Join:
    late, idle = _Late(), Idle(_spec(), seed=1)
    return Join(_spec(), late, late.motors, idle, idle.motors)


# class name → (how to make one, what it hears)
STEPS: dict[str, tuple[Callable[[], Step[Any]], Draw]] = {
    "LogMel": (LogMel, _draw_sound),
    "VoiceActivity": (VoiceActivity, _draw_sound),
    "Loudness": (Loudness, _draw_sound),
    "SpeechModel": (lambda: SpeechModel.open(lookahead_hops=8), _draw_mel),
    "Imagination": (lambda: Imagination.open(_spec()), _draw_lips),
    "FacialActionTransformer": (lambda: FacialActionTransformer.open(_spec()), _draw_wanted),
    "SelfModel": (lambda: SelfModel.open(_spec()), _draw_lip_commands),
    "Idle": (lambda: Idle(_spec(), seed=3), _draw_sound),
    "AtRest": (lambda: AtRest(_spec()), _draw_sound),
    "Join": (_join, _draw_sound),
    "Limits": (lambda: Limits(_spec()), _draw_commands),
    "Chain": (lambda: open_path(_spec()), _draw_sound),
}
# the protocol; what SpeechModel and others run through; takes blocks of any length (voice tests)
NOT_LISTED = {"Step", "OnnxStep", "Framer"}

every_step = pytest.mark.parametrize("name", STEPS)


def _make(name: str, n_hops: int = N_HOPS) -> tuple[Step[Any], np.ndarray]:
    make, draw = STEPS[name]
    return make(), draw(np.random.default_rng(7), n_hops)


def _freeze(state: Any) -> None:
    """Makes every array of a state read-only: a step that writes into it fails."""
    if isinstance(state, np.ndarray):
        state.flags.writeable = False
    elif dataclasses.is_dataclass(state):
        for field in dataclasses.fields(state):
            _freeze(getattr(state, field.name))
    elif isinstance(state, dict):
        _freeze(tuple(state.values()))
    elif isinstance(state, tuple):
        for part in state:
            _freeze(part)


def _run(step: Step[Any], x: np.ndarray, cuts: list[int]) -> np.ndarray:
    state, parts = step.init_state(), []
    for block in np.split(x, cuts):
        _freeze(state)
        out, state = step.step(block, state)
        parts.append(out)
    _freeze(state)
    parts.append(step.flush(state))
    return np.concatenate(parts)


def test_every_step_is_listed() -> None:
    source = Path(lipmotion.__file__).parent
    found = set()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                methods = {f.name for f in node.body if isinstance(f, ast.FunctionDef)}
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                if {"init_state", "step", "flush"} <= methods or "OnnxStep" in bases:
                    found.add(node.name)
    assert found - NOT_LISTED == set(STEPS)


@every_step
def test_any_chunking_equals_the_whole(name: str) -> None:
    step, x = _make(name)
    whole = _run(step, x, [])
    assert len(whole) == len(x)
    assert np.isfinite(whole).all()
    for cuts in (list(range(1, len(x))), [0, 0, 13, 14, 60], [len(x)]):
        np.testing.assert_allclose(_run(step, x, cuts), whole, atol=2e-4)


@every_step
@pytest.mark.parametrize("n_hops", [0, 1, 2, 5])
def test_short_and_empty_streams_pay_what_they_owe(name: str, n_hops: int) -> None:
    step, x = _make(name)
    assert len(_run(step, x[:n_hops], [])) == n_hops


@every_step
def test_the_past_ignores_what_lies_beyond_the_lookahead(name: str) -> None:
    step, x = _make(name)
    ahead = step.lookahead_hops
    other = x.copy()
    cut = 40
    other[cut:] = STEPS[name][1](np.random.default_rng(8), len(x))[cut:]
    a, b = _run(step, x, []), _run(step, other, [])
    np.testing.assert_allclose(a[: cut - ahead], b[: cut - ahead], atol=2e-4)


@every_step
def test_two_interleaved_streams_equal_two_separate_ones(name: str) -> None:
    step, x = _make(name)
    pair = (x, STEPS[name][1](np.random.default_rng(9), len(x)))
    states = [step.init_state() for _ in pair]
    parts: list[list[np.ndarray]] = [[] for _ in pair]
    for k in range(0, len(x), 10):
        for n, own in enumerate(pair):
            out, states[n] = step.step(own[k : k + 10], states[n])
            parts[n].append(out)
    for n, own in enumerate(pair):
        got = np.concatenate([*parts[n], step.flush(states[n])])
        np.testing.assert_allclose(got, _run(step, own, []), atol=2e-4)
