"""Imagination: lip shapes, anybody's → the latent and the shape of this robot making them.

In: (T, 12) lip shapes in resting mouth widths. Out: (T, Z + 12): the latent, then the shape that is
meant, within what this robot can do, with negative apertures where lips are to be pressed.
Trained by `learn/imagine.py`.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle, OnnxStep
from ..lips import N_LIP_FIELDS
from .bundle import Described, open_self


class Imagination(OnnxStep):
    """A Step without look-ahead and without memory.

    Args:
        bundle: a face's self-model.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.session("imagine.onnx"), lookahead_hops=0)
        self.n_latents = int(bundle.manifest.settings["n_latents"])

    @classmethod
    def open(cls, face: Described, folder: Path | None = None) -> "Imagination":
        """From the face's own bundle; see `open_self`."""
        return cls(open_self(face, folder))

    def split(
        self, meant: Float32[np.ndarray, "hops meant"]
    ) -> tuple[Float32[np.ndarray, "hops latents"], Float32[np.ndarray, "hops fields"]]:
        """Output rows → latents (T, Z) and meant lip shapes (T, 12)."""
        return meant[:, :-N_LIP_FIELDS], meant[:, -N_LIP_FIELDS:]
