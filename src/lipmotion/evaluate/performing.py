"""The methods themselves: ours, what must lose, what nobody can beat. See `methods.py`.

Conventions: a class per way of making commands; METHODS is the order of every table.
"""

import copy
from collections.abc import Callable
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..commands import CommandTrack
from ..errors import ConfigError
from ..face.base import Face
from ..face.open import open_face
from ..face.poses import opened_pose
from ..lips import LipTrack
from ..timing import SAMPLE_RATE_HZ
from ..voice.loudness import MOST_AMPLITUDE
from .baselines import fit_length, hold_still
from .formants import shape_formants
from .methods import REFERENCE, Borrowed, Case, Derived, Kit, Later, Method, resample_commands
from .optimise import optimise_commands
from .report_json import MethodInfo
from .rivals.contest import RIVAL_METHODS

SAME_FILM: Final = MethodInfo(
    "same-film", "same film again", REFERENCE, None,
    "The person's own film, turned over, compressed and resampled, tracked a second time: the "
    "ceiling.", False,
)  # fmt: skip
AMPLITUDE_HZ: Final = 30.0
IMAGE_HOPS: Final = 2


class Ours:
    """Sound → speech model → imagination → transformer, as `perform` does it."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = "The shipped path from sound, lips and jaw only, as `perform --still`."
        self.info = MethodInfo("ours", "ours", "live", float(kit.lookahead_ms), told, True)

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_sound(case.sound)

    def plan(self, case: Case) -> Float32[np.ndarray, "hops fields"]:
        return self._kit.performer.plan_sound(case.sound)


class HumanLips:
    """The person's own lips through the face's models: perfect hearing."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = "The person's lips as they were seen, through the face's own models."
        self.info = MethodInfo("human-lips", "human lips → robot", REFERENCE, None, told, False)

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_lips(_need_lips(case), case.opening)


class Optimised:
    """Commands optimised on the simulator's truth: what the body allows."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._face: Face | None = None
        told = "Commands corrected on the simulator's truth until they follow the person best."
        self.info = MethodInfo("optimised", "best commands", REFERENCE, None, told, False)

    def perform(self, case: Case) -> CommandTrack:
        follow = self._kit.performer.follow_shapes
        n_rounds = self._kit.n_rounds
        return optimise_commands(_need_lips(case), self._open, follow, n_rounds=n_rounds).commands

    def _open(self) -> Face:
        if self._face is None:
            self._face = open_face(self._kit.spec.folder, driver="sim", seed=self._kit.seed)
        return copy.deepcopy(self._face)


class Still:
    """The rest pose."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.info = MethodInfo(
            "still", "still mouth", "live", 0.0, "The rest pose.", False, must_lose=True
        )

    def perform(self, case: Case) -> CommandTrack:
        return hold_still(self._kit.spec, case.n_hops)


class RandomFrames:
    """Any frame of the babbling bank, another one each 40 ms."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = "Frames of the babbling bank, drawn anew for each image of 25 a second."
        self.info = MethodInfo("random", "random frames", "live", 0.0, told, False, must_lose=True)

    def perform(self, case: Case) -> CommandTrack:
        bank = self._kit.bank
        rng = self._kit.rng(case, self.info.name)
        rows = rng.integers(len(bank), size=-(-case.n_hops // IMAGE_HOPS))
        commands = bank.commands[rows.repeat(IMAGE_HOPS)[: case.n_hops]]
        return CommandTrack(self._kit.spec.motor_names, commands)


class Amplitude:
    """The paper's recipe: the mean of |sample| opens the mouth, one channel for all."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = (
            "Mean |sample| of each 1/30 s, at most 0.8, as a share of the travel that opens jaw "
            "and lower lip; straight lines between."
        )
        self.info = MethodInfo("amplitude", "amplitude", "live", 1000 / AMPLITUDE_HZ, told, False)

    def perform(self, case: Case) -> CommandTrack:
        spec = self._kit.spec
        level, times_s = measure_levels(case.sound)
        commands = np.repeat(spec.rest.values[None], len(level), axis=0)
        commands += level[:, None] * (opened_pose(spec) - commands)
        sent = resample_commands(spec.motor_names, commands, times_s, case.n_hops)
        return self._kit.performer.limit(np.array(sent.values))


class Loudness:
    """Level in dB opens the mouth, through the face's own models."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = "Level in dB as an opening, through the face's own models."
        self.info = MethodInfo("loudness", "loudness", "live", 0.0, told, False)

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_loudness(case.sound)


class NearestLandmark:
    """The paper's second baseline: the bank's frame whose lips are nearest to those we mean."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = (
            "Our planned lips, imagined for this robot; for each hop the commands of the babbling "
            "bank's frame that looked most like them."
        )
        lookahead_ms = float(kit.lookahead_ms)
        self.info = MethodInfo("nearest", "nearest landmark", "live", lookahead_ms, told, False)

    def perform(self, case: Case) -> CommandTrack:
        performer, bank = self._kit.performer, self._kit.bank
        wanted = performer.imagine(performer.plan_sound(case.sound))
        early = (np.arange(len(wanted)) + performer.preview_hops).clip(0, max(len(wanted) - 1, 0))
        rows = bank.find_nearest(wanted[early])
        return CommandTrack(self._kit.spec.motor_names, bank.commands[rows])


class Formants:
    """Formants about the speaker's centre vowel; see `formants.py`."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        told = (
            "First two formants about the speaker's centre vowel, turned into height and width of "
            "the lips (Ishi et al. 2011), through the face's own models."
        )
        self.info = MethodInfo("formants", "formants", "offline", None, told, False)

    def perform(self, case: Case) -> CommandTrack:
        return self._kit.performer.follow_shapes(shape_formants(case.sound))


def begin_later(name: str, title: str, delay_ms: int) -> Callable[[Kit], Later]:
    """Ours, begun later; its commands could as well be made without so much look-ahead."""

    def build(kit: Kit) -> Later:
        told = f"The takes of ours, begun {delay_ms} ms later."
        lookahead_ms = float(kit.lookahead_ms)
        info = MethodInfo(name, title, "live", lookahead_ms, told, False, must_lose=True)
        return Later(info, "ours", delay_ms)

    return build


def shuffle(kit: Kit) -> Borrowed:
    """Ours for the wrong sound."""
    told = "The takes of ours for the next clip: what luck gives."
    lookahead_ms = float(kit.lookahead_ms)
    info = MethodInfo(
        "shuffled", "shuffled sound", REFERENCE, lookahead_ms, told, False, must_lose=True
    )
    return Borrowed(info, "ours")


METHODS: Final[dict[str, Callable[[Kit], Method | Derived]]] = {
    "optimised": Optimised,
    "human-lips": HumanLips,
    "ours": Ours,
    "ours+40ms": begin_later("ours+40ms", "ours + 1 frame", 40),
    "ours+500ms": begin_later("ours+500ms", "ours + 0.5 s", 500),
    "nearest": NearestLandmark,
    "formants": Formants,
    "loudness": Loudness,
    "amplitude": Amplitude,
    **RIVAL_METHODS,
    "random": RandomFrames,
    "still": Still,
    "shuffled": shuffle,
}
NEED_BANK: Final = ("nearest", "random")


def measure_levels(sound: Float32[np.ndarray, " samples"]) -> tuple[np.ndarray, np.ndarray]:
    """Mean |sample| of each 1/30 s, at most 0.8, and the middle of each, s.

    Source: the amplitude baseline of Hu et al. 2026, Science Robotics.
    """
    starts = np.arange(0, max(len(sound), 1), SAMPLE_RATE_HZ / AMPLITUDE_HZ).round().astype(int)
    ends = np.append(starts[1:], max(len(sound), starts[-1] + 1))
    level = [float(np.abs(sound[a:b]).mean()) if a < len(sound) else 0.0
             for a, b in zip(starts, ends, strict=True)]  # fmt: skip
    return np.minimum(level, MOST_AMPLITUDE), (starts + ends) / 2 / SAMPLE_RATE_HZ


def perform_case(method: Method, case: Case) -> CommandTrack:
    """A method's commands, one row a hop of the clip."""
    commands = method.perform(case)
    if not len(commands):
        raise ConfigError(f"{method.info.name} gave no command for {case.key}")
    return fit_length(commands, case.n_hops)


def _need_lips(case: Case) -> LipTrack:
    if case.lips is None:
        raise ConfigError(f"{case.key}: nobody was filmed; this method needs a person's lips")
    return case.lips
