"""Sound by its time stamps: what overlaps is left out, stamps that say nothing are not believed."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lipmotion.media.sound import read_sound

RATE_HZ, BLOCK = 16_000, 1600


def write_blocks(path: Path, sound: np.ndarray, starts: Sequence[int]) -> Path:
    """Writes blocks of 0.1 s of 16-bit sound with the stamps given, in samples."""
    with av.open(str(path), "w", format="matroska") as file:
        track = file.add_stream("pcm_s16le", rate=RATE_HZ)
        track.codec_context.layout = "mono"
        for k, start in enumerate(starts):
            packet = av.Packet(sound[k * BLOCK : (k + 1) * BLOCK].tobytes())
            packet.stream, packet.time_base = track, Fraction(1, RATE_HZ)
            packet.pts = packet.dts = start
            packet.duration = BLOCK
            file.mux(packet)
    return path


def make_sound(n_blocks: int) -> np.ndarray:
    return np.random.default_rng(0).integers(-9000, 9000, n_blocks * BLOCK).astype(np.int16)


def test_joined_files_that_overlap_stay_in_time(tmp_path: Path) -> None:
    sound = make_sound(30)
    starts = [k * BLOCK - (960 if k >= 10 else 0) - (1120 if k >= 20 else 0) for k in range(30)]
    got = np.rint(read_sound(write_blocks(tmp_path / "joined.mka", sound, starts)) * 32768)
    assert len(got) == starts[-1] + BLOCK
    np.testing.assert_array_equal(got[: 11 * BLOCK], sound[: 11 * BLOCK])
    # two blocks after each seam all is where its stamp says
    np.testing.assert_array_equal(got[starts[12] : starts[19]], sound[12 * BLOCK : 19 * BLOCK])
    np.testing.assert_array_equal(got[starts[22] :], sound[22 * BLOCK :])


def test_small_jitter_and_stamps_that_stand_still_change_nothing(tmp_path: Path) -> None:
    sound = make_sound(12)
    jitter = [k * BLOCK - (k % 3) * 150 for k in range(12)]
    for name, starts in (("jitter", jitter), ("still", [0] * 12)):
        got = read_sound(write_blocks(tmp_path / f"{name}.mka", sound, starts))
        np.testing.assert_array_equal(np.rint(got * 32768), sound)
