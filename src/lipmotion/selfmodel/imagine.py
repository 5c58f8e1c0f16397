"""Imagination: lip shapes, anybody's → the latent and the shape of this robot making them.

In: (T, 12) lip shapes in resting mouth widths. Out: (T, Z + 12): the latent, then the shape that is
meant, within what this robot can do, with negative apertures where lips are to be pressed.
Trained by `learn/imagine.py`.
"""

from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from ..bundle import Bundle, OnnxStep
from ..lips import LIP_INDEX, N_LIP_FIELDS
from .bundle import Described, open_self

CLOSES_AT: Final = 0.08  # of a person's range: a closure begins; Source: the project's measures
_NEAR: Final = 3.0  # times the greater threshold: apertures beyond are left as they are
_APERTURES: Final = tuple(LIP_INDEX[n] for n in ("aperture", "aperture_left", "aperture_right"))


class Imagination(OnnxStep):
    """A Step without look-ahead and without memory.

    Args:
        bundle: a face's self-model.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.session("imagine.onnx"), lookahead_hops=0)
        self.n_latents = int(bundle.manifest.settings["n_latents"])
        self.presses_from = float(bundle.manifest.settings["press"]["from_aperture"])

    @classmethod
    def open(cls, face: Described, folder: Path | None = None) -> "Imagination":
        """From the face's own bundle; see `open_self`."""
        return cls(open_self(face, folder))

    def split(
        self, meant: Float32[np.ndarray, "hops meant"]
    ) -> tuple[Float32[np.ndarray, "hops latents"], Float32[np.ndarray, "hops fields"]]:
        """Output rows → latents (T, Z) and meant lip shapes (T, 12)."""
        return meant[:, :-N_LIP_FIELDS], meant[:, -N_LIP_FIELDS:]

    def bring_near(
        self, lips: Float32[np.ndarray, "hops fields"], opening: float
    ) -> Float32[np.ndarray, "hops fields"]:
        """A person's lips, (T, 12), with apertures near contact on this robot's scale.

        It presses from one aperture on, found from the people it learned with. A small mouth comes
        nearer than that without closing; a large one closes before. So what counts as closed for
        this person is laid on where the press begins; wide apertures stay as they are.

        Args:
            lips: in resting mouth widths.
            opening: 5 to 95 % of this person's aperture in speech, in resting mouth widths.

        Raises:
            ValueError: the opening is no positive number.
        """
        if not 0 < opening < np.inf:
            raise ValueError(f"an opening is a positive number of mouth widths, got {opening}")
        closes = CLOSES_AT * opening
        far = _NEAR * max(closes, self.presses_from)
        near = lips.copy()
        apertures = lips[:, _APERTURES]
        moved = np.interp(apertures, (0, closes, far), (0, self.presses_from, far))
        near[:, _APERTURES] = np.where((apertures > 0) & (apertures < far), moved, apertures)
        return near
