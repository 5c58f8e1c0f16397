"""Images alone as a film: every image at its time, quickly found, much as it was."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from lipmotion.errors import MediaError
from lipmotion.media.film import ImageFilm

SIDE = np.linspace(40, 200, 64, dtype=np.uint8)


def _image(k: int) -> np.ndarray:
    return np.stack(np.broadcast_arrays(SIDE, SIDE[:, None], 40 + 5 * k), -1).astype(np.uint8)


@pytest.mark.parametrize(("images_hz", "rate"), [(25.0, (25, 1)), (29.97, (2997, 100))])
def test_each_image_is_at_its_time(tmp_path: Path, images_hz: float, rate: tuple[int, int]) -> None:
    film = ImageFilm(tmp_path / "f.mp4", (64, 64), images_hz)
    for k in range(31):
        film.write(_image(k))
    film.finish()
    with av.open(str(tmp_path / "f.mp4")) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.average_rate.as_integer_ratio() == rate
    assert len(frames) == film.n_images == 31
    times = [float(frame.pts * stream.time_base) for frame in frames]
    np.testing.assert_allclose(times, np.arange(31) / images_hz, atol=5e-5)
    is_key = [frame.key_frame for frame in frames]
    assert is_key[0] and all(a or b for a, b in pairwise(is_key))
    for k in (0, 7, 30):
        away = frames[k].to_ndarray(format="rgb24").astype(int) - _image(k)
        assert np.abs(away).mean() < 2.5


def test_sizes_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"63 × 64: H.264 needs even"):
        ImageFilm(tmp_path / "odd.mp4", (63, 64), 25.0)
    film = ImageFilm(tmp_path / "f.mp4", (64, 64), 25.0)
    film.write(_image(0))
    with pytest.raises(MediaError, match="image 1 is 32 × 48, those before it 64 × 64"):
        film.write(np.zeros((48, 32, 3), np.uint8))
    film.abandon()


def test_a_film_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    film = ImageFilm(tmp_path / "nowhere" / "f.mp4", (64, 64), 25.0)
    film.write(_image(0))  # still in the encoder
    with pytest.raises(MediaError, match=r"f.mp4: the film cannot be written: No such file"):
        film.finish()
    film.abandon()
