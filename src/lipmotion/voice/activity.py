"""Sound → how likely somebody is speaking, hop by hop, and the spans of speech in it.

In: hops (T, 320) of 16 kHz sound, −1..1; out: (T,) probabilities. The model hears windows of 512
samples with the 64 before them; each hop takes the window that holds its middle, which is why
output k needs two hops more than hop k.

Source: Silero VAD 6 (MIT), its 16 kHz model for sequences of windows, as a bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32

from ..bundle import open_bundle
from ..errors import StreamError
from ..step import run_offline
from ..timing import HOP_HZ, HOP_SAMPLES
from .sources import cut_hops

BUNDLE: Final = Path(__file__).parents[1] / "bundles" / "voice_activity"

_WINDOW: Final = 512  # samples
_CONTEXT: Final = 64  # samples before a window that the model hears with it
_STATES: Final = {"h": "hn", "c": "cn"}  # the model's state inputs and outputs
_LIKELY, _UNLIKELY = 0.5, 0.35  # speech begins above, ends below; Source: Silero's defaults
_MIN_SPEECH_S: Final = 0.1
_SHARED_TURN_HOPS: Final = (100, 1500)  # least and most; see `find_turns`
_OWN_TURN_HOPS: Final = (1500, 3000)
_MIN_PAUSE_S: Final = 0.3  # shorter pauses belong to speech: the hold of p t k, breaks in a phrase


@dataclass(frozen=True)
class ActivityState:
    """State of one stream.

    Attributes:
        n_hops_in, n_hops_out: hops taken and given so far.
        owed: (n,) samples that no window has held yet, after the last window's end.
        context: (64,) samples before `owed`.
        tensors: the model's own state.
        probabilities: of the last windows, the newest last.
        n_windows: windows heard so far.
    """

    n_hops_in: int = 0
    n_hops_out: int = 0
    n_windows: int = 0
    owed: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    context: np.ndarray = field(default_factory=lambda: np.zeros(_CONTEXT, np.float32))
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)
    probabilities: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


class VoiceActivity:
    """Silero's model as a Step: hops (T, 320) → probability of speech (T,).

    Args:
        folder: the bundle of the model.

    Raises:
        BundleError: the bundle is missing, damaged or of another kind.
    """

    def __init__(self, folder: Path = BUNDLE) -> None:
        self._session = open_bundle(folder, "voice_activity").session("activity.onnx")

    @property
    def lookahead_hops(self) -> int:
        return 2

    def init_state(self) -> ActivityState:
        return ActivityState(tensors={name: np.zeros((1, 1, 128), np.float32) for name in _STATES})

    def step(
        self, x: Float32[np.ndarray, "hops samples"], state: ActivityState
    ) -> tuple[Float32[np.ndarray, " due"], ActivityState]:
        if x.ndim != 2 or x.shape[1] != HOP_SAMPLES:
            raise StreamError(f"block has shape {x.shape}, expected (T, {HOP_SAMPLES})")
        sound = np.concatenate([state.context, state.owed, x.ravel()]).astype(np.float32)
        n_new = (len(sound) - _CONTEXT) // _WINDOW
        probabilities, tensors = state.probabilities, state.tensors
        if n_new:
            heard = np.lib.stride_tricks.sliding_window_view(sound, _CONTEXT + _WINDOW)
            windows = np.ascontiguousarray(heard[: n_new * _WINDOW : _WINDOW])
            fetch = ["speech_probs", *_STATES.values()]
            new, *after = self._session.run(fetch, {"input": windows, **tensors})
            probabilities = np.concatenate([probabilities, new])
            tensors = dict(zip(_STATES, after, strict=True))
        n_windows = state.n_windows + n_new
        n_hops_in = state.n_hops_in + len(x)
        n_hops_out = max(n_hops_in - self.lookahead_hops, 0)
        out = _pick(probabilities, n_windows, state.n_hops_out, n_hops_out)
        rest = sound[n_new * _WINDOW :]
        return out, ActivityState(
            n_hops_in,
            n_hops_out,
            n_windows,
            rest[_CONTEXT:],
            rest[:_CONTEXT],
            tensors,
            probabilities[-3:],  # the oldest that a hop still to come can ask for
        )

    def flush(self, state: ActivityState) -> Float32[np.ndarray, " hops"]:
        if not state.n_hops_in:
            return np.zeros(0, np.float32)
        n_owed = state.n_hops_in - state.n_hops_out
        silence = np.zeros((self.lookahead_hops, HOP_SAMPLES), np.float32)
        out, _ = self.step(silence, state)
        return out[:n_owed]


def _pick(
    probabilities: np.ndarray, n_windows: int, first_hop: int, end_hop: int
) -> Float32[np.ndarray, " hops"]:
    """For each hop the probability of the window that holds its middle."""
    middle = np.arange(first_hop, end_hop) * HOP_SAMPLES + HOP_SAMPLES // 2
    window = middle // _WINDOW
    return probabilities[window - n_windows + len(probabilities)].astype(np.float32)


def find_speech(probability: Float32[np.ndarray, " hops"]) -> Bool[np.ndarray, " hops"]:
    """Spans of speech: (T,) True from where it is likely to where it is no longer.

    Pauses under 300 ms belong to speech, bursts under 100 ms do not count.
    """
    is_speech = np.zeros(len(probability), bool)
    speaking = False
    for hop, p in enumerate(probability):
        speaking = p >= (_UNLIKELY if speaking else _LIKELY)
        is_speech[hop] = speaking
    _flip_short_runs(is_speech, False, _MIN_PAUSE_S)
    _flip_short_runs(is_speech, True, _MIN_SPEECH_S)
    return is_speech


def hear_speech(
    sound: Float32[np.ndarray, " samples"], activity: VoiceActivity
) -> Bool[np.ndarray, " hops"]:
    """Spans of speech in a whole sound at 16 kHz, (ceil(N / 320),) on the grid."""
    return find_speech(run_offline(activity, cut_hops(sound)))


def find_turns(in_speech: Bool[np.ndarray, " hops"], *, is_shared: bool) -> list[tuple[int, int]]:
    """Cuts a sound in its pauses, so that it can be judged turn by turn.

    Args:
        in_speech: (T,) spans of speech.
        is_shared: several people may speak in it: it is cut in every pause, into turns of 2 s or
            more. Otherwise only what is longer than a minute is cut, into halves of minutes.

    Returns:
        Turns [first, end) that cover all hops.
    """
    least, most = _SHARED_TURN_HOPS if is_shared else _OWN_TURN_HOPS
    n_hops = len(in_speech)
    if n_hops <= (2 * least if is_shared else most):
        return [(0, n_hops)] if n_hops else []
    edges = np.flatnonzero(np.diff(in_speech.astype(np.int8))) + 1
    pauses = [(a + b) // 2 for a, b in pairwise(edges.tolist()) if not in_speech[a]]
    cuts = [0]
    for at in [*pauses, n_hops]:
        while at - cuts[-1] > most:
            cuts.append(cuts[-1] + most // 2)  # no pause for so long: cut through the speech
        if at - cuts[-1] >= least and n_hops - at >= least:
            cuts.append(at)
    return list(pairwise([*cuts, n_hops]))


def _flip_short_runs(flags: np.ndarray, value: bool, shorter_than_s: float) -> None:
    """Turns runs of `value` that are too short; silence at both ends is a pause of any length."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(flags)]
    for start, stop in pairwise(bounds):
        is_at_end = start == 0 or stop == len(flags)
        is_short = stop - start < shorter_than_s * HOP_HZ
        if flags[start] == value and is_short and (value or not is_at_end):
            flags[start:stop] = not value
