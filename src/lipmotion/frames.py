"""Frame: one image and its time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True)
class Frame:
    """An image as another person sees the face (a mirror image is turned back before).

    Attributes:
        image: (H, W, 3) uint8, RGB.
        time_s: when the image reached us, on the clock of whoever made it, in seconds.

    Raises:
        ValueError: the image is not (H, W, 3) uint8.
    """

    image: UInt8[np.ndarray, "height width 3"]
    time_s: float

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"expected (H, W, 3) uint8, got {self.image.shape} {self.image.dtype}")
        image = self.image.view()
        image.flags.writeable = False
        object.__setattr__(self, "image", image)
