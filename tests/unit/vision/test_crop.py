"""Lip crops: upright whatever the pose, fixed scale, what is where."""

import numpy as np
import pytest

from lipmotion.vision.crop import CENTRE, CROP_PX, SIDE, crop_lips
from lipmotion.vision.measure import KEPT_POINTS, RIGID_POINTS


def film(angle: float, scale_px: float, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """An image whose colour says where it lies on a face that is rolled by `angle`."""
    cos, sin = np.cos(angle), np.sin(angle)
    y, x = np.mgrid[:n, :n] + 0.5 - n / 2
    left, up = (cos * x + sin * y) / scale_px, (sin * x - cos * y) / scale_px
    image = np.stack([128 + 80 * left, 128 + 80 * up, np.zeros_like(x)], axis=2)
    points = np.zeros((len(KEPT_POINTS), 3), np.float32)
    for row, k in enumerate(KEPT_POINTS):
        at = np.array(RIGID_POINTS.get(k, (0, -0.7, 0))) * scale_px
        points[row] = (
            n / 2 + cos * at[0] + sin * at[1],
            n / 2 + sin * at[0] - cos * at[1],
            -at[2],
        )
    return image.clip(0, 255).astype(np.uint8), points


@pytest.mark.parametrize("angle", [0.0, 0.4, -0.9])
@pytest.mark.parametrize("scale_px", [60.0, 110.0, 200.0])
def test_a_place_of_the_face_has_its_place_in_the_crop(angle: float, scale_px: float) -> None:
    image, points = film(angle, scale_px, n=640)
    crop = crop_lips(image, points)
    assert crop.shape == (128, 128, 3) and crop.dtype == np.uint8
    along = ((np.arange(CROP_PX) + 0.5) / CROP_PX - 0.5) * SIDE
    np.testing.assert_allclose(crop[64, :, 0], 128 + 80 * (CENTRE[0] + along), atol=1.6)
    np.testing.assert_allclose(crop[:, 64, 1], 128 + 80 * (CENTRE[1] - along), atol=1.6)


def test_beyond_the_image_its_edge_goes_on() -> None:
    image, points = film(0.0, 110.0)
    points[:, 1] += 150
    assert crop_lips(image, points).shape == (128, 128, 3)
