"""SpeechModel: log-mel features → lip shapes of a canonical owner, streaming.

In: (T, 160) features of `features.py`. Out: (T, 12) LipShape in resting mouth widths from rest; a
negative aperture is meant: pressed past contact, as for p b m. Where nobody speaks the lips rest.
One set of weights serves every look-ahead from 20 to 320 ms; `learn/speech.py` trains what runs
here.
"""

from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle, OnnxState, OnnxStep, open_bundle
from ..errors import BundleError, StreamError
from ..lips import N_LIP_FIELDS
from ..timing import HOP_MS
from .features import FLOOR, N_FEATURES

KIND: Final = "speech"
GRAPH_NAME: Final = "speech.onnx"
SHIPPED: Final = Path(__file__).parents[1] / "bundles" / "speech"
LIVE_LOOKAHEAD_HOPS: Final = 3
CLAIMS: Final = ("closure", "rounding", "labiodental", "voice")
_BLOCK_HOPS: Final = 128  # attention grows with the square of a block: long ones are cut here


class SpeechModel:
    """The learned ear as a Step.

    Args:
        bundle: an opened bundle of kind ``speech``.
        lookahead_hops: future hops to listen to; more than the weights can use is not taken.

    Raises:
        StreamError: the look-ahead is shorter than the weights allow.
        BundleError: the bundle's manifest lacks what is needed here.
    """

    def __init__(self, bundle: Bundle, *, lookahead_hops: int) -> None:
        settings = bundle.manifest.settings
        try:
            least, most = (
                int(settings["least_lookahead_hops"]),
                int(settings["most_lookahead_hops"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.folder}: the manifest lacks {error}") from error
        if lookahead_hops < least:
            raise StreamError(
                f"a look-ahead of {lookahead_hops * HOP_MS} ms for the speech model is too short; "
                f"it needs at least {least * HOP_MS} ms of the whole path's look-ahead"
            )
        taken = min(lookahead_hops, most)
        silence = np.full(N_FEATURES, (np.log10(FLOOR) + 4) / 4, np.float32)
        self._graph = OnnxStep(
            bundle.session(GRAPH_NAME),
            lookahead_hops=taken,
            pad=silence,
            parameters={"right_hops": np.array(taken - least, np.int64)},
        )

    @classmethod
    def open(
        cls, folder: Path = SHIPPED, *, lookahead_hops: int = LIVE_LOOKAHEAD_HOPS
    ) -> "SpeechModel":
        """Opens a bundle; without a folder the one that ships."""
        return cls(open_bundle(folder, KIND), lookahead_hops=lookahead_hops)

    @property
    def lookahead_hops(self) -> int:
        return self._graph.lookahead_hops

    def init_state(self) -> OnnxState:
        return self._graph.init_state()

    def step(
        self, x: Float32[np.ndarray, "hops features"], state: OnnxState
    ) -> tuple[Float32[np.ndarray, "due fields"], OnnxState]:
        """Takes (T, 160) features and gives the (T', 12) lip shapes that are now due."""
        lips, _, state = self.hear(x, state)
        return lips, state

    def flush(self, state: OnnxState) -> Float32[np.ndarray, "hops fields"]:
        return self._graph.flush(state)[:, :N_LIP_FIELDS]

    def hear(
        self, x: Float32[np.ndarray, "hops features"], state: OnnxState
    ) -> tuple[Float32[np.ndarray, "due fields"], Float32[np.ndarray, "due claims"], OnnxState]:
        """Like `step`, and (T', 4) how sure the model is of each of CLAIMS, in [0, 1]."""
        parts = []
        for k in range(0, max(len(x), 1), _BLOCK_HOPS):
            part, state = self._graph.step(x[k : k + _BLOCK_HOPS], state)
            parts.append(part)
        out = np.concatenate(parts)
        return out[:, :N_LIP_FIELDS], out[:, N_LIP_FIELDS:], state
