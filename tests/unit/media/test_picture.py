"""A JPEG holds the picture."""

import io

import av
import numpy as np

from lipmotion.media.picture import encode_jpeg


def test_a_picture_is_read_back() -> None:
    y, x = np.mgrid[0:50, 0:70]
    picture = np.stack([3 * x, 4 * y, 255 - 3 * x], axis=-1).astype(np.uint8)
    code = encode_jpeg(picture)
    assert code == encode_jpeg(picture)
    assert code[:2] == b"\xff\xd8"
    with av.open(io.BytesIO(code), format="mjpeg") as file:
        found = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert found.shape == picture.shape
    assert np.abs(found.astype(float) - picture).mean() < 3
