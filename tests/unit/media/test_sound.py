"""Sounds in: any rate, channels and container, aligned in time; bad files end in one sentence."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from lipmotion.errors import MediaError
from lipmotion.media.sound import (
    SoundFile,
    mix,
    open_sound,
    read_sound,
    resample,
    wrap_array,
)


def read(sound: Any, rate_hz: int = 16_000, n_channels: int = 1) -> np.ndarray:
    return np.concatenate(list(sound.blocks(rate_hz, n_channels)))


def make_clicks(rate_hz: int, seconds: float, at_s: tuple[float, ...]) -> np.ndarray:
    """Short Gaussian pulses (4 ms wide, so every rate carries them), (N,) float32."""
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    return sum(0.5 * np.exp(-(((t - at) / 0.002) ** 2)) for at in at_s).astype(np.float32)


def find_click(sound: np.ndarray, rate_hz: int, near_s: float) -> float:
    """Centre of the pulse nearest to a time, in seconds."""
    t = np.arange(len(sound)) / rate_hz
    weight = np.where(abs(t - near_s) < 0.05, np.abs(sound), 0.0) ** 2
    return float((t * weight).sum() / weight.sum())


def encode(path: Path, codec: str, sound: np.ndarray, rate_hz: int, start_s: float = 0) -> None:
    """Writes mono sound through PyAV; `start_s` > 0 adds a film that starts at 0."""
    with av.open(str(path), "w") as container:
        film = container.add_stream("mpeg4", rate=25) if start_s else None
        stream = container.add_stream(codec, rate=rate_hz)
        stream.codec_context.layout = "mono"
        if film is not None:
            film.width = film.height = 32
            for k in range(25):
                image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
                image.pts = k
                container.mux(film.encode(image))
            container.mux(film.encode(None))
        for k in range(0, len(sound), 1024):
            values = np.ascontiguousarray(sound[None, k : k + 1024])
            frame = av.AudioFrame.from_ndarray(values, "fltp", "mono")
            frame.rate = rate_hz
            frame.pts = k + round(start_s * rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_gives_exact_length_and_time(tmp_path: Path, rate_hz: int) -> None:
    sound = make_clicks(rate_hz, 1.0007, (0.25, 0.8))
    soundfile.write(tmp_path / "x.wav", sound, rate_hz, subtype="FLOAT")
    opened = open_sound(tmp_path / "x.wav")
    heard = read(opened)[:, 0]
    assert opened.duration_s == pytest.approx(len(sound) / rate_hz)
    assert len(heard) == int(np.ceil(len(sound) * 16_000 / rate_hz))
    for at in (0.25, 0.8):
        assert find_click(heard, 16_000, at) == pytest.approx(at, abs=2e-4)
    assert heard.max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("name", ["x.flac", "x.ogg", "x.aiff", "x.au", "x.caf", "x.w64"])
def test_containers_of_soundfile(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, make_clicks(24_000, 0.6, (0.3,)), 24_000)
    heard = read(open_sound(tmp_path / name))[:, 0]
    assert len(heard) == 9_600
    assert find_click(heard, 16_000, 0.3) == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("x.m4a", "aac"), ("x.mp3", "libmp3lame"), ("x.mkv", "flac"), ("x.webm", "libopus")],
)
def test_compressed_sound_keeps_its_time(tmp_path: Path, name: str, codec: str) -> None:
    encode(tmp_path / name, codec, make_clicks(48_000, 1.0, (0.4,)), 48_000)
    heard = read(open_sound(tmp_path / name))[:, 0]
    assert find_click(heard, 16_000, 0.4) == pytest.approx(0.4, abs=2e-3)
    assert len(heard) == pytest.approx(16_000, abs=480)


def test_mp4_is_as_long_as_its_header_says(tmp_path: Path) -> None:
    encode(tmp_path / "x.mp4", "aac", make_clicks(44_100, 1.0, (0.4,)), 44_100)
    assert len(read(open_sound(tmp_path / "x.mp4"), 44_100)) == 44_100


@pytest.mark.parametrize(
    ("name", "codec", "late_s"), [("x.mkv", "flac", 0.2), ("x.mp4", "aac", 1.0)]
)
def test_late_sound_track_of_a_film_is_preceded_by_silence(
    tmp_path: Path, name: str, codec: str, late_s: float
) -> None:
    sound = make_clicks(48_000, 2.0, (0.3, 1.7))
    encode(tmp_path / name, codec, sound, 48_000, start_s=late_s)
    heard = read(open_sound(tmp_path / name))[:, 0]
    assert len(heard) == pytest.approx(16_000 * (2.0 + late_s), abs=500)
    for click_s in (0.3 + late_s, 1.7 + late_s):
        assert find_click(heard, 16_000, click_s) == pytest.approx(click_s, abs=3e-3)


def test_channels_are_averaged_or_kept(tmp_path: Path) -> None:
    left = make_clicks(16_000, 0.5, (0.1,))
    right = make_clicks(16_000, 0.5, (0.4,))
    soundfile.write(tmp_path / "x.wav", np.stack([left, right], 1), 16_000, subtype="FLOAT")
    opened = open_sound(tmp_path / "x.wav")
    assert opened.n_channels == 2
    np.testing.assert_allclose(read(opened)[:, 0], (left + right) / 2, atol=1e-6)
    np.testing.assert_allclose(read(opened, 16_000, 2)[:, 1], right, atol=1e-6)


def test_a_whole_sound_is_its_blocks_end_to_end(tmp_path: Path) -> None:
    sound = make_clicks(48_000, 3.0, (0.1, 2.7))
    soundfile.write(tmp_path / "x.wav", np.stack([sound, sound], 1), 48_000, subtype="FLOAT")
    whole = read_sound(str(tmp_path / "x.wav"))
    assert whole.shape == (48_000,) and whole.dtype == np.float32
    np.testing.assert_array_equal(whole, read(open_sound(tmp_path / "x.wav"))[:, 0])


def test_mono_fills_both_channels() -> None:
    np.testing.assert_array_equal(mix(np.ones((3, 1), np.float32), 2), np.ones((3, 2)))


def test_24_bits_and_8_bits(tmp_path: Path) -> None:
    sound = make_clicks(16_000, 0.3, (0.1,))
    for subtype, tolerance in (("PCM_24", 1e-6), ("PCM_U8", 0.01)):
        soundfile.write(tmp_path / "x.wav", sound, 16_000, subtype=subtype)
        np.testing.assert_allclose(
            read(open_sound(tmp_path / "x.wav"))[:, 0], sound, atol=tolerance
        )


def test_blocks_of_any_length_resample_alike() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, (30_000, 1)).astype(np.float32)

    def cut(n: int) -> Iterator[np.ndarray]:
        return (sound[k : k + n] for k in range(0, len(sound), n))

    whole = np.concatenate(list(resample([sound], 44_100, 16_000, 1)))
    for n in (441, 5_000):
        chunked = np.concatenate(list(resample(cut(n), 44_100, 16_000, 1)))
        np.testing.assert_allclose(chunked, whole, atol=1e-6)


def test_a_pipe_wrote_no_length(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", make_clicks(16_000, 0.5, (0.2,)), 16_000)
    data = bytearray((tmp_path / "x.wav").read_bytes())
    at = data.index(b"data")
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    (tmp_path / "x.wav").write_bytes(data)
    assert len(read(open_sound(tmp_path / "x.wav"))) == 8_000


def consume(path: Path) -> None:
    opened = open_sound(path)
    assert isinstance(opened, SoundFile)
    for _ in opened.blocks():
        pass


def test_bad_files_end_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.txt").write_text("these are words, not sound\n" * 50)
    (tmp_path / "noise.bin").write_bytes(np.random.default_rng(0).bytes(4_000))
    soundfile.write(tmp_path / "zero.wav", np.zeros(0, np.float32), 16_000)
    nan = make_clicks(16_000, 0.5, (0.2,))
    nan[4_000] = np.nan
    soundfile.write(tmp_path / "nan.wav", nan, 16_000, subtype="FLOAT")
    for name, told in [
        ("missing.wav", "no such file"),
        (".", "is a folder"),
        ("empty.wav", "is empty"),
        ("text.txt", "not a sound or video file|no sound"),
        ("noise.bin", "not a sound or video file|no sound"),
        ("zero.wav", "holds no sound"),
        ("nan.wav", r"sample 4000 \(at 0.250 s\) is not a finite number"),
    ]:
        with pytest.raises(MediaError, match=told) as caught:
            consume(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("x.wav", ""), ("x.flac", ""), ("x.ogg", ""), ("x.mp3", "libmp3lame"), ("x.m4a", "aac")],
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_cut_files_are_refused(tmp_path: Path, name: str, codec: str, share: float) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000 * 2).astype(np.float32)
    if codec:
        encode(tmp_path / name, codec, noise, 48_000)
    else:
        soundfile.write(tmp_path / name, noise, 48_000)
    data = (tmp_path / name).read_bytes()
    consume(tmp_path / name)
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match="cut short"):
        consume(tmp_path / name)


def test_film_without_sound(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "x.mp4"), "w") as container:
        film = container.add_stream("mpeg4", rate=25)
        film.width = film.height = 32
        container.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        container.mux(film.encode(None))
    with pytest.raises(MediaError, match="no sound track"):
        open_sound(tmp_path / "x.mp4")


def test_arrays() -> None:
    whole = (np.arange(-400, 400) * 80).astype(np.int16)
    np.testing.assert_allclose(read(wrap_array(whole, 16_000))[:, 0], whole / 32768)
    assert wrap_array(np.zeros((100, 2)), 16_000).n_channels == 2
    with pytest.raises(MediaError, match="0 samples"):
        wrap_array(np.zeros(0), 16_000)
    with pytest.raises(MediaError, match="expected \\(N,\\)"):
        wrap_array(np.zeros((2, 16_000)), 16_000)
    with pytest.raises(MediaError, match="not a finite number"):
        wrap_array(np.array([0.0, np.inf]), 16_000)
    with pytest.raises(MediaError, match="sample_rate_hz is 0"):
        wrap_array(np.zeros(5), 0)
    with pytest.raises(MediaError, match="complex"):
        wrap_array(np.zeros(5, complex), 16_000)


def test_wave_files_of_the_standard_library(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(32_000)
        file.writeframes(b"\0" * 4 * 3_200)
    assert read(open_sound(tmp_path / "x.wav")).shape == (1_600, 1)
