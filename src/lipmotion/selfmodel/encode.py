"""LipEncoder: a crop of the lips → its latent, by the LipVae's encoder.

In: (N, 128, 128, 3) uint8 as `vision/crop.py` cuts them. Out: (N, Z), mean 0 and spread 1 over the
face's own recording. Trained by `learn/encode.py`.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from ..bundle import Bundle
from .bundle import Described, open_self


class LipEncoder:
    """Sees latents; without memory.

    Args:
        bundle: a face's self-model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._session = bundle.session("encode.onnx")
        self._n_latents = int(bundle.manifest.settings["n_latents"])

    @classmethod
    def open(cls, face: Described, folder: Path | None = None) -> "LipEncoder":
        """From the face's own bundle; see `open_self`."""
        return cls(open_self(face, folder))

    def encode(
        self, crops: UInt8[np.ndarray, "images 128 128 3"], *, batch: int = 64
    ) -> Float32[np.ndarray, "images latents"]:
        """Latents of some crops, (N, Z)."""
        parts = [np.empty((0, self._n_latents), np.float32)]
        for k in range(0, len(crops), batch):
            feed = {"crops": np.ascontiguousarray(crops[k : k + batch], np.float32)}
            parts.append(self._session.run(["latents"], feed)[0])
        return np.concatenate(parts)
