"""SelfModel: commands so far → what the mirror will show at the start of each hop.

In: (T, M) sent commands of the lip and jaw motors. Out: (T, 12 + Z): the lip shape, then the
latent; row n has felt the commands of hops < n. Apertures run on below 0 as closed lips press.
Trained by `learn/foresee.py`.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle, OnnxStep
from ..lips import N_LIP_FIELDS
from .bundle import Described, open_self


class SelfModel(OnnxStep):
    """A Step without look-ahead; a fresh state is a face at rest.

    Args:
        bundle: a face's self-model.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.session("foresee.onnx"), lookahead_hops=0)
        self.motors: tuple[str, ...] = tuple(bundle.manifest.settings["lip_motors"])

    @classmethod
    def open(cls, face: Described, folder: Path | None = None) -> "SelfModel":
        """From the face's own bundle; see `open_self`."""
        return cls(open_self(face, folder))

    def split(
        self, seen: Float32[np.ndarray, "hops seen"]
    ) -> tuple[Float32[np.ndarray, "hops fields"], Float32[np.ndarray, "hops latents"]]:
        """Output rows → lip shapes (T, 12) and latents (T, Z)."""
        return seen[:, :N_LIP_FIELDS], seen[:, N_LIP_FIELDS:]
