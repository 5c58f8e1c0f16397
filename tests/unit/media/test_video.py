"""Reading films: images, times, which way is up, and what is refused."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lipmotion.errors import MediaError
from lipmotion.media.video import read_video, read_video_info, turn_upright

FILM = Path(__file__).parents[2] / "data" / "people" / "s1" / "bbwm4n.mp4"


def write_film(path: Path, n_images: int, start: int = 0) -> None:
    """Grey images that grow lighter, 30 a second; `start` in thirtieths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(n_images):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + 10 * k, np.uint8))
            frame.pts, frame.time_base = start + k, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_images_come_in_order_with_their_times() -> None:
    frames = list(read_video(FILM))
    assert len(frames) == 75 and frames[0].image.shape == (288, 360, 3)
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(75) / 25, atol=1e-6)


def test_what_a_film_says_of_itself() -> None:
    info = read_video_info(FILM)
    assert (info.width, info.height, info.n_images, info.has_sound) == (360, 288, 75, True)
    assert info.images_hz == 25 and info.duration_s == pytest.approx(3.0, abs=0.05)


def test_a_silent_film(tmp_path: Path) -> None:
    write_film(tmp_path / "grey.mp4", 10)
    info = read_video_info(tmp_path / "grey.mp4")
    assert (info.width, info.height, info.images_hz, info.has_sound) == (64, 48, 30, False)
    means = [frame.image.mean() for frame in read_video(tmp_path / "grey.mp4")]
    np.testing.assert_allclose(means, 40 + 10 * np.arange(10), atol=3)


def test_time_0_is_the_files_start(tmp_path: Path) -> None:
    write_film(tmp_path / "late.mkv", 5, start=60)
    times = [frame.time_s for frame in read_video(tmp_path / "late.mkv")]
    np.testing.assert_allclose(times, np.arange(5) / 30, atol=2e-3)


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (2, 0)), (-90, (0, 1)), (180, (1, 2)), (270, (0, 1))]
)
def test_images_are_turned_counter_clockwise(rotation: int, corner: tuple[int, int]) -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    image[0, 0] = 255
    upright = turn_upright(image, rotation)
    assert upright[corner].tolist() == [255] * 3 and upright.sum() == 3 * 255
    assert upright.flags.c_contiguous


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="there is no such file"):
        list(read_video(tmp_path / "none.mp4"))
    (tmp_path / "text.mp4").write_text("not a film")
    with pytest.raises(MediaError, match="not readable as a film"):
        list(read_video(tmp_path / "text.mp4"))
    with pytest.raises(MediaError, match="not readable as a film"):
        read_video_info(tmp_path / "text.mp4")
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 320), np.int16), "s16", "mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
    with pytest.raises(MediaError, match="no film, it holds no images"):
        list(read_video(tmp_path / "sound.wav"))
