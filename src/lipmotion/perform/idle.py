"""Idle motion: what a face does beside its lips: blinks, gaze, small motion of head and brows.

In: (T, 320) hops of sound; out: (T, I) commands of brows, lids, eyes and neck. The head and brows
go with the voice: livelier while it sounds, a nod and a lift of the brows where it grows louder.
Every draw is numbered and made from the seed alone, so blocks of any length give the same motion.
What is meant is said in drives (`face.drives`), counted from rest; a motor that moves several does
the mean of what is meant for them, and drives that no motor moves are left out.

Source: blinks last 100 to 400 ms, 15 to 30 a minute in conversation, and like the ends of phrases
(Bentivoglio et al. 1997; Nakano and Kitazawa 2010); the amplitudes are ours, chosen by eye.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..face.base import FaceSpec
from ..face.motors import MotorSpec
from ..timing import HOP_HZ, HOP_S, HOP_SAMPLES

IDLE_GROUPS: Final = ("brows", "lids", "eyes", "neck")

# A blink: shares of its length for closing and being shut; the rest is opening.
_BLINK_S: Final = (0.15, 0.20)
_CLOSING_SHARE, _SHUT_SHARE = 0.36, 0.14
_BLINK_EVERY_S: Final = (2.6, 0.55, 0.8, 9.0)  # median, sigma of its log, least, most
_PHRASE_END_BLINK: Final = 0.35  # probability
_VIEWER_S: Final = (1.5, 0.6, 0.4, 5.0)  # a look at the viewer
_AVERTED_S: Final = (0.7, 0.4, 0.3, 1.8)  # a look aside
_AVERT: Final = 0.3  # probability that a look at the viewer is followed by one aside
_LID_FOLLOWS_EYE: Final = 0.6
_SIDES: Final = ("left", "right")
_SHUT_DEG: Final = {
    f"lid_{s}_{lid}": deg for s in _SIDES for lid, deg in (("upper", -37.44), ("lower", 6.3))
}
_LIFT_MM: Final = {
    f"brow_{s}_{end}": mm for s in _SIDES for end, mm in (("inner", 2.34), ("outer", 1.82))
}

_EMPHASIS: Final = (0.15, 1.0)  # of a phrase: some are said with hardly a brow
_VOICE_RANGE_DB: Final = 30.0
_LEAST_PEAK_DB: Final = -45.0
_PEAK_FALL_DB: Final = 0.04  # a hop


@dataclass(frozen=True)
class IdleState:
    """Where one stream's idle motion is.

    Attributes:
        hop: hops so far.
        peak_db: loudness of the loudest hops lately, dBFS.
        level, usual: loudness now and its slow mean, in [0, 1].
        emphasis: how much brows and head make of this phrase, in [0, 1].
        accent: how much louder it is than usual, smoothed, in [0, 1].
        activity: how much voice there was in the last second, in [0, 1].
        is_voiced: whether a phrase is sounding.
        blink_hop, blink_s: when the last blink began, and its length.
        next_blink_hop: when the next begins.
        gaze_yaw_deg, gaze_pitch_deg, gaze_end_hop: where the eyes look, and until when.
        n_draws: draws so far.
    """

    hop: int = 0
    peak_db: float = _LEAST_PEAK_DB
    level: float = 0.0
    usual: float = 0.0
    emphasis: float = 0.0
    accent: float = 0.0
    activity: float = 0.0
    is_voiced: bool = False
    blink_hop: int = -HOP_HZ
    blink_s: float = 0.17
    next_blink_hop: int = HOP_HZ
    gaze_yaw_deg: float = 0.0
    gaze_pitch_deg: float = 0.0
    gaze_end_hop: int = HOP_HZ
    n_draws: int = 0


class Idle:
    """Idle motion of one face, as a Step without look-ahead.

    Args:
        spec: the face.
        seed: draws blinks, looks and the head's drift.

    Attributes:
        motors: names of the motors it moves, in the face's order.
    """

    lookahead_hops = 0

    def __init__(self, spec: FaceSpec, *, seed: int) -> None:
        self._moved = [spec.motors[k] for k in spec.indices(*IDLE_GROUPS)]
        self.motors = tuple(motor.name for motor in self._moved)
        self._rest = np.array([motor.rest for motor in self._moved], np.float32)  # (I,)
        self._shut = {k: self._moved[k].rest + by for k, by in _share_out(_SHUT_DEG, self._moved)}
        self._lift = {k: self._moved[k].rest + by for k, by in _share_out(_LIFT_MM, self._moved)}
        self._seed = seed
        drift = np.random.Generator(np.random.Philox(key=[seed, 0]))
        self._rates_hz = drift.uniform((0.07, 0.2), (0.14, 0.35), (3, 2))  # neck axes, two waves
        self._phases = drift.uniform(0, 2 * math.pi, (3, 2))

    def init_state(self) -> IdleState:
        return IdleState()

    def step(
        self, x: Float32[np.ndarray, "hops 320"], state: IdleState
    ) -> tuple[Float32[np.ndarray, "hops motors"], IdleState]:
        power = np.einsum("ts,ts->t", x, x, dtype=np.float64) / HOP_SAMPLES
        level_db = 10 * np.log10(power + 1e-10)
        commands = np.tile(self._rest, (len(x), 1))  # (T, I)
        for row, db in zip(commands, level_db, strict=True):
            was_voiced = state.is_voiced
            state = self._stress(self._listen(float(db), state), was_voiced)
            state = self._look(self._blink(state, was_voiced))
            self._pose(row, state)
            state = replace(state, hop=state.hop + 1)
        return commands, state

    def flush(self, state: IdleState) -> Float32[np.ndarray, "hops motors"]:
        """Nothing is owed: (0, I)."""
        del state
        return np.zeros((0, len(self.motors)), np.float32)

    def _listen(self, db: float, state: IdleState) -> IdleState:
        peak_db = max(db, state.peak_db - _PEAK_FALL_DB, _LEAST_PEAK_DB)
        now = min(max(1 + (db - peak_db) / _VOICE_RANGE_DB, 0.0), 1.0)
        level = state.level + 0.12 * (now - state.level)
        louder = min(max(level - state.usual - 0.08, 0.0) * 2.5, 1.0)
        return replace(
            state,
            accent=state.accent + 0.15 * (louder - state.accent),
            peak_db=peak_db,
            level=level,
            usual=state.usual + 0.01 * (level - state.usual),
            activity=state.activity + 0.02 * (float(now > 0.4) - state.activity),
            is_voiced=level > (0.3 if state.is_voiced else 0.45),
        )

    def _stress(self, state: IdleState, was_voiced: bool) -> IdleState:
        if was_voiced or not state.is_voiced:
            return state
        emphasis = float(self._draw(state).uniform(*_EMPHASIS))
        return replace(state, emphasis=emphasis, n_draws=state.n_draws + 1)

    def _blink(self, state: IdleState, was_voiced: bool) -> IdleState:
        has_rested = state.hop - state.blink_hop > HOP_HZ
        if was_voiced and not state.is_voiced and has_rested:  # a phrase has ended
            rng = self._draw(state)
            soon = state.hop + int(rng.integers(2, 13))
            will = rng.random() < _PHRASE_END_BLINK
            due = min(soon, state.next_blink_hop) if will else state.next_blink_hop
            state = replace(state, next_blink_hop=due, n_draws=state.n_draws + 1)
        if state.hop < state.next_blink_hop:
            return state
        rng = self._draw(state)
        return replace(
            state,
            blink_hop=state.hop,
            blink_s=float(rng.uniform(*_BLINK_S)),
            next_blink_hop=state.hop + round(_draw_span(rng, _BLINK_EVERY_S) * HOP_HZ),
            n_draws=state.n_draws + 1,
        )

    def _look(self, state: IdleState) -> IdleState:
        if state.hop < state.gaze_end_hop:
            return state
        rng = self._draw(state)
        was_at_viewer = math.hypot(state.gaze_yaw_deg, state.gaze_pitch_deg) < 3
        if was_at_viewer and rng.random() < _AVERT:
            yaw = float(rng.choice((-1, 1)) * rng.uniform(5, 11))
            pitch = float(rng.uniform(-5, 4))
            span_s = _draw_span(rng, _AVERTED_S)
        else:  # another point of the viewer's face
            yaw, pitch = (float(v) for v in rng.normal(0, (0.9, 0.7)).clip(-1.8, 1.8))
            span_s = _draw_span(rng, _VIEWER_S)
        return replace(
            state,
            gaze_yaw_deg=yaw,
            gaze_pitch_deg=pitch,
            gaze_end_hop=state.hop + round(span_s * HOP_HZ),
            n_draws=state.n_draws + 1,
        )

    def _pose(self, row: np.ndarray, state: IdleState) -> None:
        """Writes one hop's commands into `row`."""
        shut = _shut_share((state.hop - state.blink_hop) * HOP_S / state.blink_s)
        accent = state.accent * state.emphasis
        t = state.hop * HOP_S
        waves = np.sin(2 * math.pi * self._rates_hz * t + self._phases).sum(axis=1) / 2
        waves *= min(t, 1.0) * (0.45 + 0.55 * state.activity)  # begins at rest
        turns = {
            "neck_yaw": 3.0 * float(waves[0]),
            "neck_pitch": 1.2 * float(waves[1]) - 2.5 * accent,
            "neck_roll": 1.6 * float(waves[2]),
        }
        for side in _SIDES:
            turns[f"eye_{side}_yaw"] = state.gaze_yaw_deg
            turns[f"eye_{side}_pitch"] = state.gaze_pitch_deg
            turns[f"lid_{side}_upper"] = _LID_FOLLOWS_EYE * state.gaze_pitch_deg
        for k, by in _share_out(turns, self._moved):
            row[k] += by
        for targets, share in ((self._shut, shut), (self._lift, accent)):
            if share:
                for k, target in targets.items():
                    row[k] += share * (target - row[k])

    def _draw(self, state: IdleState) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self._seed, 1 + state.n_draws]))


class AtRest:
    """`--still`: the same motors as `Idle`, at rest."""

    lookahead_hops = 0

    def __init__(self, spec: FaceSpec) -> None:
        motors = [spec.motors[k] for k in spec.indices(*IDLE_GROUPS)]
        self.motors = tuple(motor.name for motor in motors)
        self._rest = np.array([motor.rest for motor in motors], np.float32)

    def init_state(self) -> None:
        return None

    def step(
        self, x: Float32[np.ndarray, "hops 320"], state: None
    ) -> tuple[Float32[np.ndarray, "hops motors"], None]:
        return np.tile(self._rest, (len(x), 1)), state

    def flush(self, state: None) -> Float32[np.ndarray, "hops motors"]:
        """Nothing is owed: (0, I)."""
        del state
        return np.zeros((0, len(self.motors)), np.float32)


def _share_out(
    wanted: Mapping[str, float], motors: Sequence[MotorSpec]
) -> Iterator[tuple[int, float]]:
    """What drives are meant to do, mm or deg → numbers of motors, and their change of command."""
    for k, motor in enumerate(motors):
        ways = [wanted[name] / factor for name, factor in motor.drives.items() if name in wanted]
        if ways:
            yield k, sum(ways) / len(ways) / motor.travel


def _shut_share(phase: float) -> float:
    """How far a blink has shut the eye, in [0, 1], at a phase of its length."""
    if not 0 <= phase < 1:
        return 0.0
    opening = _CLOSING_SHARE + _SHUT_SHARE
    if phase < _CLOSING_SHARE:
        return 0.5 - 0.5 * math.cos(math.pi * phase / _CLOSING_SHARE)
    if phase < opening:
        return 1.0
    return 0.5 + 0.5 * math.cos(math.pi * (phase - opening) / (1 - opening))


def _draw_span(rng: np.random.Generator, law: tuple[float, float, float, float]) -> float:
    """Draws a log-normal span in seconds: median, sigma of its log, least, most."""
    median, sigma, least, most = law
    return float(np.clip(median * math.exp(sigma * rng.standard_normal()), least, most))
