"""Speech with known phones from elsewhere teaches, unless it judges or cannot be read."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import ConfigError, RecordingError
from lipmotion.learn.known import find_known, read_known

ABOUT = {
    "engine": "mine", "voice": "me", "text": "Emma", "phones": [[0.1, 0.3, "m"], [0.3, 0.6, "a"]],
    "closures": [[0.1, 0.3, "m"]],
}  # fmt: skip


def write(folder: Path, name: str, about: object) -> None:
    tone = 0.1 * np.sin(np.arange(16_000) / 20).astype(np.float32)
    soundfile.write(folder / f"{name}.wav", tone, 16_000)
    (folder / f"{name}.json").write_text(json.dumps(about))


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, "a", ABOUT)
    soundfile.write(tmp_path / "alone.wav", np.zeros(100), 16_000)  # no phones beside it
    (spoken,) = read_known(find_known(tmp_path))
    assert [(p.name, p.start_s, p.end_s) for p in spoken.phones] == [
        ("m", 0.1, 0.3),
        ("a", 0.3, 0.6),
    ]
    assert spoken.closures == ((0.1, 0.3),)
    assert np.abs(spoken.samples).max() == pytest.approx(0.6)
    assert find_known(None) == []


@pytest.mark.parametrize(
    "changed",
    [{"phones": []}, {"phones": [[0, 1]]}, {"closures": 3}, {"phones": [[0.1, 9.0, "m"]]}],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, changed: dict[str, object]) -> None:
    write(tmp_path, "a", ABOUT | changed)
    with pytest.raises(RecordingError, match=r"a\.json"):
        list(read_known(find_known(tmp_path)))


def test_what_judges_is_refused_and_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no sounds"):
        find_known(tmp_path)
    write(tmp_path, "a", ABOUT | {"engine": "piper 1.2"})
    with pytest.raises(ConfigError, match="held out"):
        find_known(tmp_path)
