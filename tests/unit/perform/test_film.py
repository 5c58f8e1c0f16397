"""Films: images and sound on one clock, found by decoding what was written."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fakes.faces import LampFace, paint_lamp
from fakes.films import read_light, read_sound

from lipmotion.errors import FaceError, MediaError
from lipmotion.face.description import read_face_spec
from lipmotion.media.sound import wrap_array
from lipmotion.media.write import write_aside
from lipmotion.perform import film

CLICKS_S = (0.4, 1.16, 2.72)


def make_clicks(rate_hz: int, seconds: float) -> np.ndarray:
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    return sum(0.8 * np.exp(-(((t - at) / 0.001) ** 2)) for at in CLICKS_S).astype(np.float32)


def find_clicks(path: Path) -> list[float]:
    sound, rate_hz = read_sound(path)
    t = np.arange(len(sound)) / rate_hz
    weights = [np.where(abs(t - at) < 0.05, sound[:, 0] ** 2, 0) for at in CLICKS_S]
    return [float((t * weight).sum() / weight.sum()) for weight in weights]


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_flash_and_click_come_together(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "x.mp4"
    flashes = {round(at * 25) for at in CLICKS_S}
    sound = wrap_array(make_clicks(rate_hz, 3.02), rate_hz)
    with film.open_film(path, paint_lamp, sound) as taken:
        for k in range(76):
            taken.take(1.0 if k in flashes else 0.0)
    times, light = read_light(path)
    np.testing.assert_allclose(times, np.arange(76) / 25, atol=1e-6)
    seen = times[light > 128]
    np.testing.assert_allclose(seen, CLICKS_S, atol=1e-6)
    np.testing.assert_allclose(find_clicks(path), seen, atol=1e-3)


def test_stays_in_time(tmp_path: Path) -> None:
    seconds = 40
    rate_hz = 44_100
    sound = np.zeros((seconds * rate_hz, 2), np.float32)
    sound[37 * rate_hz : 37 * rate_hz + 44] = 0.8
    with film.open_film(tmp_path / "x.mp4", paint_lamp, wrap_array(sound, rate_hz)) as taken:
        for k in range(seconds * 25):
            taken.take(float(k == 37 * 25))
    times, light = read_light(tmp_path / "x.mp4")
    heard, heard_hz = read_sound(tmp_path / "x.mp4")
    assert times[light > 128] == pytest.approx([37])
    assert np.abs(heard[:, 0]).argmax() / heard_hz == pytest.approx(37, abs=2e-3)
    assert heard.shape[1] == 2


def test_plays_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    with film.open_film(path, paint_lamp, wrap_array(make_clicks(16_000, 1), 16_000)) as taken:
        for _ in range(25):
            taken.take(0.0)
    with av.open(str(path)) as opened:
        shown, heard = opened.streams.video[0], opened.streams.audio[0]
        assert (shown.codec_context.name, heard.codec_context.name) == ("h264", "aac")
        assert shown.codec_context.pix_fmt == "yuv420p"
        assert shown.average_rate == 25
        assert shown.start_time == 0
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before all of it has come


def test_colours_are_kept(tmp_path: Path) -> None:
    colour = np.array([200, 120, 60], np.uint8)
    sound = wrap_array(np.zeros(16_000), 16_000)
    with film.open_film(tmp_path / "x.mp4", lambda _: np.tile(colour, (48, 64, 1)), sound) as taken:
        for _ in range(25):
            taken.take(None)
    with av.open(str(tmp_path / "x.mp4")) as opened:
        seen = next(opened.decode(video=0)).to_ndarray(format="rgb24")
    assert abs(seen.reshape(-1, 3).mean(axis=0) - colour).max() < 4


def test_a_painter_that_fails_is_heard_of(tmp_path: Path) -> None:
    def fail(pose: Any) -> np.ndarray:
        raise MediaError("no paint")

    sound = wrap_array(np.zeros(16_000), 16_000)
    with (
        pytest.raises(MediaError, match="no paint"),
        film.open_film(tmp_path / "x.mp4", fail, sound) as taken,
    ):
        for _ in range(25):
            taken.take(0.0)


def test_image_k_shows_the_body_before_row_2k(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = read_face_spec("emo")
    monkeypatch.setattr(film, "open_face", lambda *_: LampFace(spec))
    monkeypatch.setattr(film, "open_painter", lambda looks: paint_lamp)
    rows = np.tile(spec.rest.values, (100, 1))
    jaw = spec.motor_names.index("jaw_open")
    rows[50:60, jaw] = 1  # at full speed it is past half-way in the third hop
    sound = wrap_array(np.zeros(32_000), 16_000)
    path = tmp_path / "x.mp4"
    with film.film_face(path, sound, spec, driver="sim", seed=0) as play:
        play(rows[:33])
        play(rows[33:])
    times, light = read_light(path)
    assert len(times) == 50
    assert times[light > 128][0] == pytest.approx(1.08)  # sent at 1.00, 1.02, 1.04: open at 1.06


def test_a_face_without_body_is_refused(tmp_path: Path) -> None:
    sound = wrap_array(np.zeros(320), 16_000)
    with (
        pytest.raises(FaceError, match="no body to film"),
        film.film_face(tmp_path / "x.mp4", sound, read_face_spec("emo"), driver="mock", seed=0),
    ):
        pass


def test_a_full_disk_ends_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail(self: Any, image: np.ndarray) -> None:
        calls.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film.FilmWriter, "write_image", fail)
    sound = wrap_array(np.zeros(16_000), 16_000)
    with (
        pytest.raises(MediaError, match=r"x\.mp4: writing stopped: No space left"),
        write_aside(tmp_path / "x.mp4") as aside,
        film.open_film(aside, paint_lamp, sound) as taken,
    ):
        for _ in range(25):
            taken.take(0.0)
    assert len(calls) == 1
    assert not list(tmp_path.iterdir())
