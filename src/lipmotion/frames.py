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
        side: the same moment in a mirror beside the face, of the image's shape, or None.

    Raises:
        ValueError: an image is not (H, W, 3) uint8, or the two differ in shape.
    """

    image: UInt8[np.ndarray, "height width 3"]
    time_s: float
    side: UInt8[np.ndarray, "height width 3"] | None = None

    def __post_init__(self) -> None:
        if self.side is not None and self.side.shape != self.image.shape:
            raise ValueError(f"views differ in shape: {self.image.shape} and {self.side.shape}")
        for name in ("image", "side"):
            image = getattr(self, name)
            if image is None:
                continue
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
                raise ValueError(f"expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
            image = image.view()
            image.flags.writeable = False
            object.__setattr__(self, name, image)
