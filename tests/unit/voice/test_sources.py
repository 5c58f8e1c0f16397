"""Sources: whole hops out of blocks of any length; text through espeak-ng."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import MediaError
from lipmotion.media.sound import open_sound, wrap_array
from lipmotion.voice.sources import Framer, read_hops, say


def frame(blocks: list[np.ndarray]) -> np.ndarray:
    framer = Framer()
    state = framer.init_state()
    hops = []
    for block in blocks:
        block.flags.writeable = False
        out, state = framer.step(block, state)
        hops.append(out)
    return np.concatenate([*hops, framer.flush(state)])


def test_hops_do_not_depend_on_blocks() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, 5_000).astype(np.float32)
    cuts = np.sort(rng.integers(0, 5_000, 20))
    whole = frame([sound])
    np.testing.assert_array_equal(frame(np.split(sound, cuts)), whole)
    assert whole.shape == (16, 320)
    np.testing.assert_array_equal(whole.reshape(-1)[:5_000], sound)
    assert not whole.reshape(-1)[5_000:].any()


@pytest.mark.parametrize(("n_samples", "n_hops"), [(1, 1), (320, 1), (321, 2), (3_200, 10)])
def test_count_of_hops(n_samples: int, n_hops: int) -> None:
    assert len(frame([np.zeros(n_samples, np.float32)])) == n_hops


@pytest.mark.parametrize("block_hops", [1, 7, 100])
def test_reading_hops_of_a_sound(block_hops: int) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 44_101).astype(np.float32)

    def read(n: int) -> Iterator[np.ndarray]:
        return read_hops(wrap_array(sound, 44_100), n)

    blocks = list(read(block_hops))
    assert all(len(block) == block_hops for block in blocks[:-1])
    whole = np.concatenate(blocks)
    assert whole.shape == (51, 320)  # ceil(50 × 44101 / 44100)
    np.testing.assert_allclose(whole, np.concatenate(list(read(13))), atol=1e-6)


def test_no_text_is_refused() -> None:
    with pytest.raises(MediaError, match="no text"), say("  "):
        pass


def test_saying_without_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MediaError, match="espeak-ng is not installed"), say("hello"):
        pass


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_saying() -> None:
    with say("-v nothing; hello there") as path:
        sound = open_sound(path)
        assert sound.duration_s is not None and sound.duration_s > 0.8
        assert max(float(np.abs(block).max()) for block in sound.blocks()) > 0.05
    assert not Path(path).exists()
