"""An image → the lips alone, as if the head were held straight.

In: an image and the KEPT_POINTS in it. Out: a square of 128 × 128 pixels at a fixed place and scale
of the face, head pose removed: lips that open, widen or rise do so in the crop, a head that turns
or nears does not. It covers the widest opening and the broadest smile.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32, UInt8

from .measure import find_pose

CROP_PX: Final = 128
SIDE: Final = 0.85  # of the crop, in eye distances
CENTRE: Final = (0.0, -0.85, 0.1)  # on the mean face: owner's left, up, forward; below the lips


def crop_lips(
    image: UInt8[np.ndarray, "height width 3"], points: Float32[np.ndarray, "points 3"]
) -> UInt8[np.ndarray, "128 128 3"]:
    """Cuts out the lips, upright and straight.

    Args:
        image: as another person sees the face (owner's left on the right).
        points: (K, 3) KEPT_POINTS in pixels, finite.

    Returns:
        The crop; what lies beyond the image is its edge, drawn out.
    """
    pose = find_pose(points[None])
    right, up = pose.rotation[0, 0], pose.rotation[0, 1]  # the face's axes in the camera's
    px_per_unit = 1 / pose.scale[0]
    middle = pose.rotation[0].T @ (np.array(CENTRE) - pose.shift[0]) * px_per_unit
    n_sub = max(1, int(np.ceil(px_per_unit * SIDE / CROP_PX)))  # samples a pixel, against moiré
    n = CROP_PX * n_sub
    along = ((np.arange(n) + 0.5) / n - 0.5) * SIDE * px_per_unit
    x = middle[0] + along[None, :] * right[0] - along[:, None] * up[0]
    y = -(middle[1] + along[None, :] * right[1] - along[:, None] * up[1])
    sampled = _sample(image, x - 0.5, y - 0.5)
    blocks = sampled.reshape(CROP_PX, n_sub, CROP_PX, n_sub, 3).mean(axis=(1, 3))
    return np.rint(blocks).astype(np.uint8)


def _sample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> Float32[np.ndarray, "n n 3"]:
    """Bilinear samples; whole numbers are the middles of pixels, the edge is drawn out."""
    height, width = image.shape[:2]
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left, above = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(left + 1, width - 1), np.minimum(above + 1, height - 1)
    x_share = (x - left).astype(np.float32)[..., None]
    y_share = (y - above).astype(np.float32)[..., None]
    upper = image[above, left] * (1 - x_share) + image[above, right] * x_share
    lower = image[below, left] * (1 - x_share) + image[below, right] * x_share
    return upper * (1 - y_share) + lower * y_share
