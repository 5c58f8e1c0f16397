"""Limits: the one visible step in front of every face that keeps commands safe.

In: (T, M) wanted commands, any finite numbers. Out: (T, M) commands that keep three laws:
range (each in [0, 1]), speed (no motor moves faster than its speed limit), and the face's rules
(no pair of motors that would harm each other). No driver and no unit conversion clamps on its own.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from ..errors import FaceError
from ..timing import HOP_S
from .base import FaceSpec, Rule


@dataclass(frozen=True)
class LimitsState:
    """Last command sent, (M,) in [0, 1]."""

    sent: Float32[np.ndarray, " motors"]


class Limits:
    """Range, speed and rules of one face, as a Step without look-ahead."""

    lookahead_hops = 0

    def __init__(self, spec: FaceSpec) -> None:
        self._rest = spec.rest.values
        self._step_size = spec.column("speed_per_s") * np.float32(HOP_S)  # (M,)
        index = {name: k for k, name in enumerate(spec.motor_names)}
        self._rules = tuple((index[r.motor], index[r.other], r) for r in spec.rules)

    def init_state(self) -> LimitsState:
        """The face at rest."""
        return LimitsState(self._rest)

    def step(
        self, x: Float[np.ndarray, "hops motors"], state: LimitsState
    ) -> tuple[Float32[np.ndarray, "hops motors"], LimitsState]:
        """Limits some hops.

        Raises:
            FaceError: a number is NaN or infinite, or there is not one for each motor.
        """
        if x.ndim != 2 or x.shape[1] != len(self._rest):
            raise FaceError(f"commands have shape {x.shape}, expected (T, {len(self._rest)})")
        if not np.isfinite(x).all():
            raise FaceError("a command is not a finite number; nothing was sent")
        sent = np.empty(x.shape, np.float32)  # (T, M)
        last = state.sent
        for hop, wanted in enumerate(x):
            last = self._limit(np.clip(wanted, 0, 1).astype(np.float32), last)
            sent[hop] = last
        return sent, LimitsState(last)

    def flush(self, state: LimitsState) -> Float32[np.ndarray, "hops motors"]:
        """Nothing is owed: (0, M)."""
        return np.empty((0, len(state.sent)), np.float32)

    def _limit(self, wanted: np.ndarray, last: np.ndarray) -> np.ndarray:
        for motor, other, rule in self._rules:
            if is_past(rule, float(wanted[motor])):
                wanted[other] = np.clip(wanted[other], rule.at_least, rule.at_most)
        sent = np.clip(wanted, last - self._step_size, last + self._step_size)
        for motor, other, rule in self._rules:
            if is_past(rule, float(sent[motor])) and not is_held(rule, float(sent[other])):
                if is_held(rule, float(last[other])):  # it was safe, so holding it costs no speed
                    sent[other] = np.clip(sent[other], rule.at_least, rule.at_most)
                else:  # `other` is still on its way: `motor` waits for it at the threshold
                    sent[motor] = rule.over
        return np.clip(sent, 0, 1)


def limit_many(
    spec: FaceSpec,
    tracks: Float32[np.ndarray, "tracks hops motors"],
    sent: Float32[np.ndarray, " motors"],
) -> Float32[np.ndarray, "tracks hops motors"]:
    """What `Limits` would send of each of several tracks that all set out from `sent`, at once."""
    step_size = spec.column("speed_per_s") * np.float32(HOP_S)
    index = {name: k for k, name in enumerate(spec.motor_names)}
    rules = [(index[r.motor], index[r.other], r) for r in spec.rules]
    limited = np.empty_like(tracks)
    last = np.broadcast_to(sent, (len(tracks), len(sent)))
    for hop in range(tracks.shape[1]):
        wanted = np.clip(tracks[:, hop], 0, 1)  # (N, M)
        for motor, other, rule in rules:
            held = np.clip(wanted[:, other], rule.at_least, rule.at_most)
            wanted[:, other] = np.where(_are_past(rule, wanted[:, motor]), held, wanted[:, other])
        now = np.clip(wanted, last - step_size, last + step_size)
        for motor, other, rule in rules:
            harms = _are_past(rule, now[:, motor]) & ~_are_held(rule, now[:, other])
            was_safe = _are_held(rule, last[:, other])
            held = np.clip(now[:, other], rule.at_least, rule.at_most)
            now[:, other] = np.where(harms & was_safe, held, now[:, other])
            now[:, motor] = np.where(harms & ~was_safe, np.float32(rule.over), now[:, motor])
        last = limited[:, hop] = np.clip(now, 0, 1)
    return limited


def _are_past(rule: Rule, command: np.ndarray) -> np.ndarray:
    return command > np.float32(rule.over) if rule.above else command < np.float32(rule.over)


def _are_held(rule: Rule, command: np.ndarray) -> np.ndarray:
    return (np.float32(rule.at_least) <= command) & (command <= np.float32(rule.at_most))


def is_past(rule: Rule, command: float) -> bool:
    """Whether a rule acts when its motor is at `command`."""
    over = np.float32(rule.over)
    return bool(command > over if rule.above else command < over)


def is_held(rule: Rule, command: float) -> bool:
    """Whether the held motor of a rule is within its bounds."""
    return bool(np.float32(rule.at_least) <= command <= np.float32(rule.at_most))
