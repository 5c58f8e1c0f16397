"""What is heard in a clip that teaches: by the student's encoder, or by its teachers.

In: samples at 16 kHz. Out: (V, T, W) float16 states, one row a hop, in one or more views: with
other look-aheads, of changed sound. Teachers hear the clean clip as a whole, so in one view.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float16, Float32

from ..errors import MissingExtraError
from ..timing import HOP_SAMPLES
from ..voice.features import HISTORY_SAMPLES, N_FEATURES, START_LEVEL_DB, even_out, measure_power
from .augment import augment_power
from .data import standardise
from .hear import POSITION_PERIOD, SpeechEncoder
from .noise import make_noise
from .teacher import LONGEST_HOPS, Teacher

try:
    import torch
except ImportError as error:
    raise MissingExtraError("torch", "learn") from error

View = tuple[int, bool]  # future hops of the encoder's first layer, is the sound changed
Samples = Float32[np.ndarray, " samples"]
States = Float16[np.ndarray, "views hops states"]


@runtime_checkable
class Listener(Protocol):
    """Whoever hears the clips."""

    def listen(
        self, samples: Samples, n_hops: int, views: Sequence[View], *, rng: np.random.Generator
    ) -> States:
        """States of the first `n_hops` of a clip; silence after its end."""
        ...


class StudentEar:
    """The streaming encoder, in every view asked for.

    Args:
        encoder: frozen.
    """

    def __init__(self, encoder: SpeechEncoder) -> None:
        self._encoder = encoder

    def listen(
        self, samples: Samples, n_hops: int, views: Sequence[View], *, rng: np.random.Generator
    ) -> States:
        """See `Listener`."""
        padded = np.zeros(HISTORY_SAMPLES + n_hops * HOP_SAMPLES, np.float32)
        heard = samples[: n_hops * HOP_SAMPLES]
        padded[HISTORY_SAMPLES : HISTORY_SAMPLES + len(heard)] = heard
        clean = measure_power(padded)
        states = []
        for right_hops, is_changed in views:
            power = clean
            if is_changed:
                noise = np.zeros_like(padded)
                noise[HISTORY_SAMPLES:] = make_noise(n_hops * HOP_SAMPLES, rng=rng)
                power = augment_power(clean[None], measure_power(noise)[None], rng=rng)[0]
            mel, _ = even_out(power, START_LEVEL_DB)
            features = torch.from_numpy(mel.reshape(1, n_hops, N_FEATURES))
            at = torch.tensor([int(rng.integers(0, POSITION_PERIOD))])
            with torch.no_grad():
                states.append(self._encoder(features, right_hops, at)[0].numpy().astype(np.float16))
        return np.stack(states)


class TeacherEar:
    """The teachers' encoders side by side, clean and in one view, whatever is asked for.

    A clip is taken to lie anywhere in their 30 s. What the states say about that is taken out by
    `settle`, which needs to have heard all: until then they are not to be used.

    Args:
        teachers: `tiny.en` and `base`.
    """

    def __init__(self, teachers: tuple[Teacher, Teacher]) -> None:
        self._teachers = teachers
        self._heard: list[np.ndarray] = []
        self._positions: list[np.ndarray] = []

    def listen(
        self, samples: Samples, n_hops: int, views: Sequence[View], *, rng: np.random.Generator
    ) -> States:
        """See `Listener`; at most 30 s.

        Raises:
            ValueError: the clip is longer.
        """
        del views
        if n_hops > LONGEST_HOPS:
            raise ValueError(f"the teachers hear 30 s at most, got {n_hops} hops")
        whole = np.zeros(n_hops * HOP_SAMPLES, np.float32)
        whole[: len(samples)] = samples[: len(whole)]
        at = int(rng.integers(0, LONGEST_HOPS - n_hops + 1))
        with torch.no_grad():
            heard = [t(torch.from_numpy(whole), at).numpy() for t in self._teachers]
        states = np.concatenate(heard, axis=1).astype(np.float16)
        self._heard.append(states)
        self._positions.append(np.arange(at, at + n_hops))
        return states[None]

    def settle(self) -> None:
        """Standardises all states heard so far, in place, and takes out their positions."""
        everything = np.concatenate(self._heard)
        standardise(everything, np.concatenate(self._positions), self._teachers)
        first = 0
        for states in self._heard:
            states[...] = everything[first : first + len(states)]
            first += len(states)
        self._heard, self._positions = [], []
