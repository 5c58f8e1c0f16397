"""LipShape: what a mouth looks like, the same twelve numbers for people and robots.

Conventions: every number is a displacement from the owner's rest (lips lightly closed), in units of
the owner's resting mouth width, head pose removed. Left and right are the owner's. Order below.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32

LIP_FIELDS: Final[tuple[str, ...]] = (
    "aperture",  # inner-lip gap in the middle; 0 = touching; negative only when meant (pressed)
    "aperture_left",  # the same half-way to the left corner
    "aperture_right",
    "width",  # corner to corner, minus rest
    "corner_left_height",  # + is up
    "corner_right_height",
    "upper_lip_height",  # outer edge of the upper lip, middle; + is up
    "lower_lip_height",  # outer edge of the lower lip, middle; + is up
    "upper_vermilion",  # visible red height, minus rest; small when rolled in or pressed
    "lower_vermilion",
    "protrusion",  # lips forward of the corners' rest plane; a frontal camera hardly sees it
    "jaw",  # chin drop; + is down
)
N_LIP_FIELDS: Final = len(LIP_FIELDS)
LIP_INDEX: Final = {name: k for k, name in enumerate(LIP_FIELDS)}
MIRRORED: Final = tuple(  # field k of a mirrored mouth is field MIRRORED[k]
    LIP_INDEX[name.replace("left", "@").replace("right", "left").replace("@", "right")]
    for name in LIP_FIELDS
)
ASYMMETRY_FIELDS: Final = (
    *("corner_left_height", "corner_right_height", "aperture_left", "aperture_right"),
)


@dataclass(frozen=True)
class LipTrack:
    """Lip shapes on the 50 Hz grid.

    Attributes:
        values: (T, 12) float32 in LIP_FIELDS order, resting mouth widths from rest; always finite.
        quality: (T,) float32 in [0, 1]; 0 where nothing was seen and the value was filled in.
        in_speech: (T,) bool, speech spans; pauses under 300 ms belong to them.

    Raises:
        ValueError: lengths differ, a value is not finite, or quality leaves [0, 1].
    """

    values: Float32[np.ndarray, "hops fields"]
    quality: Float32[np.ndarray, " hops"]
    in_speech: Bool[np.ndarray, " hops"]

    def __post_init__(self) -> None:
        n_hops = len(self.values)
        if self.values.ndim != 2 or self.values.shape[1] != N_LIP_FIELDS:
            raise ValueError(f"values have shape {self.values.shape}, expected (T, {N_LIP_FIELDS})")
        if len(self.quality) != n_hops or len(self.in_speech) != n_hops:
            raise ValueError(
                f"lengths differ: {n_hops} values, {len(self.quality)} quality, "
                f"{len(self.in_speech)} in_speech"
            )
        if not np.isfinite(self.values).all():
            raise ValueError("lip values must be finite; fill gaps and set quality 0 there")
        if n_hops and not (self.quality.min() >= 0 and self.quality.max() <= 1):
            raise ValueError("quality must lie in [0, 1]")
        for name in ("values", "quality", "in_speech"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.values)

    def field(self, name: str) -> Float32[np.ndarray, " hops"]:
        """One field of LIP_FIELDS over time, (T,), resting mouth widths."""
        return self.values[:, LIP_INDEX[name]]


def measure_rounding(
    values: Float[np.ndarray, "hops fields"],
) -> Float[np.ndarray, " hops"]:
    """Narrowing, −width: what a frontal camera sees of rounded lips, (T,)."""
    return -values[:, LIP_INDEX["width"]]


def measure_asymmetry(
    values: Float[np.ndarray, "hops fields"],
) -> Float[np.ndarray, " hops"]:
    """(corner left − right) + (aperture left − right), (T,); 0 for a symmetric mouth."""
    corner = (
        values[:, LIP_INDEX["corner_left_height"]] - values[:, LIP_INDEX["corner_right_height"]]
    )
    gap = values[:, LIP_INDEX["aperture_left"]] - values[:, LIP_INDEX["aperture_right"]]
    return corner + gap
