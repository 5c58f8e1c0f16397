"""Parts of a sound: cut exactly, in any order, in one pass, also where the file ends early."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from lipmotion.errors import MediaError
from lipmotion.media.parts import cut_sound


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, np.ndarray]:
    samples = np.random.default_rng(0).integers(-9000, 9000, 80_000).astype(np.int16)
    soundfile.write(tmp_path / "sound.wav", samples, 16_000)
    return tmp_path / "sound.wav", samples.astype(np.float32) / 32768


def test_parts_are_cut_exactly(sound: tuple[Path, np.ndarray]) -> None:
    path, samples = sound
    spans = [(3.0, 4.5), (0.0, 2.0), (1.0, 3.2), (4.0, 5.0), (0.0, 5.0), (2.5, 2.5)]
    parts = {number: (part, held) for number, part, held in cut_sound(path, spans)}
    assert sorted(parts) == list(range(len(spans)))
    for number, (start, end) in enumerate(spans):
        part, held = parts[number]
        np.testing.assert_array_equal(part, samples[round(start * 16_000) : round(end * 16_000)])
        assert held == len(part)


def test_beyond_the_end_there_is_silence(sound: tuple[Path, np.ndarray]) -> None:
    path, samples = sound
    parts = list(cut_sound(path, [(4.0, 6.0), (7.0, 8.0)]))
    assert [(number, len(part), held) for number, part, held in parts] == [
        (0, 32_000, 16_000),
        (1, 16_000, 0),
    ]
    np.testing.assert_array_equal(parts[0][1][:16_000], samples[64_000:])
    assert not parts[0][1][16_000:].any() and not parts[1][1].any()


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.wav").write_text("dear sound")
    with pytest.raises(MediaError):
        list(cut_sound(tmp_path / "letter.wav", [(0.0, 1.0)]))
