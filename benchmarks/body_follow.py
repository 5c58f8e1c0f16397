"""Commands by which the body follows given lips, found on its own truth: what the body allows.

In: lips wanted, FOLLOWED of `lipmotion.evaluate.optimise` in resting mouth widths. Out: commands,
and what they did. First a smooth model of settled lips (quadratic in the commands, fitted once on
random settled poses); then, clip by clip, iterative learning control: the clip is executed with all
its servos, what is off is turned into changes of the commands by the model's slope at the commands
(least change, more of it where a motor is free), and the clip is executed again. The best round is
kept. So what is missing in the end is missing in the body, not in who drives it.
"""

import copy
from dataclasses import dataclass

import numpy as np

from lipmotion.commands import Command, CommandTrack
from lipmotion.evaluate.metrics import low_pass
from lipmotion.evaluate.optimise import perform_truth
from lipmotion.face.sim.face import SimFace

MOTORS = (
    *("upper_lip_left", "upper_lip_right", "lower_lip_left", "lower_lip_right"),
    *("upper_lip_roll", "lower_lip_roll", "corner_left_raise", "corner_right_raise"),
    *("corner_left_spread", "corner_right_spread", "jaw_open"),
)
N_POSES = 700
HOLD_HOPS = 12
N_ROUNDS = 10
LEAD_IN_HOPS = 25  # a film may begin in the middle of a word
LAG_HOPS = 2  # lips behind commands; the rest of the lag is learned
GAIN = 0.8
_OPEN_ENOUGH = 0.01  # resting widths: below it the opening says nothing of the commands
_FREE = np.array([1, 1, 1, 1, 0.15, 0.15, 1, 1, 1, 1, 1.2])  # how willingly each motor is used
_STRICT = np.array([1.0, 1.0, 0.7, 0.7])  # how much each of FOLLOWED matters
_RIDGE = 2e-3
_SHUT_BELOW = -0.02  # aperture asked for where the person's lips are shut


class Opener:
    """Opens the same settled face again and again, by copying it."""

    def __init__(self, face: SimFace) -> None:
        self._face = face

    def __call__(self) -> SimFace:
        """A face of its own, at rest."""
        return copy.deepcopy(self._face)


@dataclass(frozen=True)
class LipModel:
    """FOLLOWED of the settled face, quadratic in the commands of MOTORS from rest.

    Attributes:
        rest: (11,) commands.
        weights: (4, features).
    """

    rest: np.ndarray
    weights: np.ndarray

    def predict(self, commands: np.ndarray) -> np.ndarray:
        """FOLLOWED of commands, (T, 4)."""
        return _expand(commands - self.rest) @ self.weights.T

    def slope(self, commands: np.ndarray) -> np.ndarray:
        """Change of FOLLOWED by each motor, (T, 4, 11)."""
        step = 1e-4
        moved = commands - self.rest
        columns = [
            (_expand(moved + step * unit) - _expand(moved - step * unit)) @ self.weights.T
            for unit in np.eye(len(self.rest))
        ]
        return np.stack(columns, axis=-1) / (2 * step)


@dataclass(frozen=True)
class Followed:
    """What came of one clip.

    Attributes:
        commands: (T, 11) of the best round, MOTORS.
        done: (T, 4) FOLLOWED as executed, in the robot's resting widths.
        errors: of each round, in shares of the person's spread.
    """

    commands: np.ndarray
    done: np.ndarray
    errors: tuple[float, ...]


def fit_model(open_face: Opener, *, rng: np.random.Generator) -> LipModel:
    """Fits the model on random poses in which the lips are open; half of them near rest."""
    face = open_face()
    places = [face.spec.motor_names.index(name) for name in MOTORS]
    rest = face.spec.rest.values[places].astype(float)
    inputs, outputs = [], []
    width = face.truth().width_mm
    for k in range(N_POSES):
        reach = 1.0 if k % 2 else 0.5
        wanted = rest + reach * (rng.random(len(MOTORS)) - rest)
        values = face.spec.rest.values.copy()
        values[places] = wanted
        for _ in range(HOLD_HOPS):
            sent = face.send(Command(face.spec.motor_names, values.astype(np.float32)))
        truth = face.truth()
        inputs.append(sent.values[places])
        outputs.append([truth.aperture_mm, truth.width_mm - width, *truth.corner_height_mm])
    done = np.array(outputs) / width
    is_open = done[:, 0] > _OPEN_ENOUGH
    features = _expand(np.array(inputs)[is_open] - rest)
    small = 1e-3 * len(features) * np.eye(features.shape[1])
    weights = np.linalg.solve(features.T @ features + small, features.T @ done[is_open])
    return LipModel(rest, weights.T)


def follow(wanted: np.ndarray, shut: np.ndarray, open_face: Opener, model: LipModel) -> Followed:
    """Finds the commands for one clip, (T, 4) wanted; (T,) where the lips are to touch."""
    spread = np.maximum(wanted.std(axis=0), 0.01)
    target = wanted.copy()
    target[shut, 0] = 0
    asked = target.copy()
    asked[shut, 0] = _SHUT_BELOW
    commands = np.tile(model.rest, (len(wanted), 1))
    for _ in range(4):
        commands = change_commands(commands, asked - model.predict(commands), spread, model)
    commands = _shift(commands, LAG_HOPS)
    errors: list[float] = []
    best: tuple[np.ndarray, np.ndarray] | None = None
    for _ in range(N_ROUNDS):
        done = execute(open_face, commands)
        off = target - done
        errors.append(float((_STRICT**2 * (off / spread) ** 2).mean()))
        if best is None or errors[-1] <= min(errors):
            best = commands, done
        smooth = np.stack([low_pass(column) for column in off.T], axis=1)
        commands = change_commands(commands, GAIN * _shift(smooth, LAG_HOPS), spread, model)
    assert best is not None, "at least one round"
    return Followed(*best, tuple(errors))


def execute(open_face: Opener, commands: np.ndarray) -> np.ndarray:
    """FOLLOWED as done, (T, 4); the face is at rest and goes to the first commands beforehand."""
    spec = open_face().spec
    rows = np.tile(spec.rest.values, (LEAD_IN_HOPS + len(commands), 1))
    led = np.concatenate([np.repeat(commands[:1], LEAD_IN_HOPS, axis=0), commands])
    rows[:, [spec.motor_names.index(name) for name in MOTORS]] = led
    track = CommandTrack(spec.motor_names, rows.astype(np.float32))
    return perform_truth(open_face, track)[LEAD_IN_HOPS:]


def change_commands(
    commands: np.ndarray, off: np.ndarray, spread: np.ndarray, model: LipModel
) -> np.ndarray:
    """Commands changed by what is off: least change, motors at their ends left out."""
    strict = _STRICT / spread
    slope = model.slope(commands) * strict[:, None] * _FREE  # (T, 4, 11)
    aim = (off * strict)[..., None]
    free = np.ones_like(commands)
    for _ in range(4):
        held = slope * free[:, None]
        damped = held @ held.transpose(0, 2, 1) + _RIDGE / spread.min() ** 2 * np.eye(4)
        step = _FREE * (held.transpose(0, 2, 1) @ np.linalg.solve(damped, aim))[..., 0]
        changed = commands + step
        outside = (changed < 0) | (changed > 1)
        at_end = outside & ((commands <= 1e-6) | (commands >= 1 - 1e-6))
        if not (at_end & (free > 0)).any():
            break
        free[at_end] = 0
    return np.clip(commands + np.clip(step, -0.25, 0.25), 0, 1)


def _shift(values: np.ndarray, n_hops: int) -> np.ndarray:
    """Earlier by n_hops, the end held."""
    return np.concatenate([values[n_hops:], np.repeat(values[-1:], n_hops, axis=0)])


def _expand(moved: np.ndarray) -> np.ndarray:
    """Linear and quadratic terms; none constant: rest stays rest."""
    first, second = np.triu_indices(moved.shape[-1])
    return np.concatenate([moved, moved[..., first] * moved[..., second]], axis=-1)
