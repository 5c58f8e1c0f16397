"""Films made poorer: size, smoothness, and what JPEG loses."""

import numpy as np
import pytest

from lipmotion.media.degrade import _weigh, compress, resize


def picture() -> np.ndarray:
    """A smooth picture with one sharp bar, (50, 70, 3)."""
    y, x = np.mgrid[0:50, 0:70] / 50
    image = np.stack([120 + 80 * np.sin(5 * x), 100 + 60 * np.cos(4 * y), 90 + 40 * x * y], -1)
    image[20:24, 10:60] = (180, 60, 70)
    return image.astype(np.uint8)


def test_a_plain_colour_stays() -> None:
    plain = np.full((40, 61, 3), (200, 40, 90), np.uint8)
    assert np.abs(compress(plain, 50).astype(int) - plain).max() <= 3
    assert (resize(plain, 0.6) == plain[0, 0]).all()


def test_lower_quality_loses_more() -> None:
    image = picture()
    errors = [
        float(np.abs(compress(image, quality).astype(float) - image).mean())
        for quality in (100, 75, 50, 10)
    ]
    assert errors == sorted(errors)
    assert errors[0] < 2 < errors[3]


def test_jpeg_agrees_with_pillow() -> None:
    import io

    pillow = pytest.importorskip("PIL.Image", reason="compares with Pillow where it is there")
    buffer = io.BytesIO()
    pillow.fromarray(picture()).save(buffer, "JPEG", quality=50)
    expected = np.asarray(pillow.open(buffer)).astype(float)
    assert np.abs(compress(picture(), 50) - expected).mean() < 2.5


def test_a_line_lies_where_it_lay() -> None:
    image = np.zeros((80, 80, 3), np.uint8)
    image[40:44] = 255  # centre at 42
    small = resize(image, 0.5)[:, 20, 0].astype(float)
    assert small.shape == (40,)
    centre = (small * (np.arange(40) + 0.5)).sum() / small.sum()
    assert centre == pytest.approx(21, abs=0.01)
    assert small.sum() * 2 == pytest.approx(image[:, 0, 0].sum(), rel=0.01)


def test_same_size_is_the_same_image() -> None:
    assert resize(picture(), 1.0) is not None
    assert np.array_equal(resize(picture(), 1.0), picture())


@pytest.mark.parametrize("scale", [0.31, 0.94, 1.7])
def test_bands_are_the_whole_sum(scale: float) -> None:
    image = picture()
    rows, columns = (_weigh(n, round(n * scale)) for n in image.shape[:2])
    whole = np.einsum("ay,bx,yxc->abc", rows, columns, image.astype(float))
    assert np.abs(resize(image, scale) - whole).max() < 0.5 + 1e-9


def test_no_such_quality() -> None:
    with pytest.raises(ValueError, match="quality is 0, allowed 1 to 100"):
        compress(picture(), 0)
