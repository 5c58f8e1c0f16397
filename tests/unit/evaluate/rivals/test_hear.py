"""Asking a rival in a process of its own: what it is given, what it may say, when it is stopped."""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import RivalError
from lipmotion.evaluate.rivals import hear
from lipmotion.evaluate.rivals.charts import CHARTS, chart_shapes
from lipmotion.evaluate.rivals.child import run_child
from lipmotion.evaluate.rivals.hear import InstalledRival
from lipmotion.evaluate.rivals.install import install_rivals
from lipmotion.evaluate.rivals.known import KNOWN, Known
from lipmotion.lips import LIP_INDEX
from lipmotion.media.sound import change_rate

LISTENER = """
import json, sys
import numpy as np
rate, *files = sys.argv[1:]
for sound, answer in zip(files[::2], files[1::2]):
    x = np.fromfile(sound, "<f4")
    json.dump({answer}, open(answer, "w"))
"""


def make_rival(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    *,
    cues: tuple[str, ...] = (),
    rate_hz: int = 16_000,
) -> InstalledRival:
    (folder / "listener.py").write_text(LISTENER.replace("{answer}", answer))
    monkeypatch.setattr(hear, "HEARERS", folder)
    known = Known("a rival", "openfacefx", "listener.py", "live", 0.0, rate_hz, cues)
    return InstalledRival(known, Path(sys.executable), None)


def test_it_gets_the_sound_at_its_own_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (
        '{"names": ["loud", "n"], "times_s": [0.0, 0.5, 7.0], '
        '"weights": [[float(np.abs(x).max()), len(x) / 1e5]] * 3}'
    )
    rival = make_rival(tmp_path, monkeypatch, answer, rate_hz=48_000)
    sounds = [np.full(16_000, level, np.float32) for level in (0.25, 0.5)]
    for sound, curves in zip(sounds, rival.listen_all(sounds), strict=True):
        assert curves.names == ("loud", "n")
        assert curves.times_s.tolist() == [0.0, 0.5]  # what lies beyond the sound is left out
        assert curves.weights[0, 0] == pytest.approx(
            sound[0], rel=0.15
        )  # the filter rings at the ends
        assert curves.weights[0, 1] == pytest.approx(0.48)


def test_cues_become_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '{"cues": [[0, 0.1, "X"], [0.1, 0.2, "A"]]}'
    rival = make_rival(tmp_path, monkeypatch, answer, cues=("A", "X"))
    curves = rival.listen(np.zeros(3200, np.float32))
    assert curves.weights[:, 0].tolist() == [0] * 10 + [1] * 10


@pytest.mark.parametrize("answer", ['{"names": []}', "[1]", '{"cues": [[0, 1, "Q"]]}'])
def test_nonsense_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    cues = ("A",) if "cues" in answer else ()
    rival = make_rival(tmp_path, monkeypatch, answer, cues=cues)
    with pytest.raises(RivalError, match="a rival: its answer cannot be read"):
        rival.listen(np.zeros(320, np.float32))


def test_its_complaint_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rival = make_rival(tmp_path, monkeypatch, "1 / 0")
    with pytest.raises(RivalError, match=r"a rival: ended with status 1.*ZeroDivision") as caught:
        rival.listen(np.zeros(320, np.float32))
    assert "\n" not in str(caught.value)


def test_whoever_takes_too_long_is_stopped_with_all_its_children(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("process groups")
    script = f"(sleep 3; touch {tmp_path}/late) & sleep 60"
    began = time.monotonic()
    with pytest.raises(RivalError, match="sleeper: not done after 0 s"):
        run_child(["sh", "-c", script], name="sleeper", timeout_s=0.3)
    assert time.monotonic() - began < 30
    assert not (tmp_path / "late").exists()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RivalError, match=r"rival: .*nothing cannot be run: No such file"):
        run_child([tmp_path / "nothing"], name="rival", timeout_s=1)


def test_resampling_keeps_time() -> None:
    click = np.zeros(16_000, np.float32)
    click[4000] = 1
    found = change_rate(click, 16_000, 48_000)
    assert len(found) == 48_000
    assert abs(int(np.abs(found).argmax()) - 12_000) <= 1
    assert len(change_rate(np.zeros(0, np.float32), 16_000, 48_000)) == 0


@pytest.mark.slow
def test_real_rivals_open_for_a_vowel_and_rest_in_silence(tmp_path: Path) -> None:
    """Installs all of them, from the registries that npm and pip are set up for."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    rivals = install_rivals(tmp_path)
    assert set(rivals) == set(KNOWN)
    at = np.arange(16_000) / 16_000
    voice = sum(
        gain * np.sin(2 * np.pi * f * at) for f, gain in ((130, 0.2), (780, 0.3), (1170, 0.2))
    )
    sound = np.concatenate([np.zeros(16_000), voice, np.zeros(16_000)]).astype(np.float32)
    for name, rival in rivals.items():
        curves = rival.listen(sound)
        again = rival.listen_all([np.zeros(0, np.float32), sound])
        assert len(again[0]) == 0
        np.testing.assert_array_equal(again[1].weights, curves.weights)
        opening = chart_shapes(curves, CHARTS[name], 150)[:, LIP_INDEX["aperture"]]
        assert opening[:40].max() < 0.05, name
        assert len(json.dumps(curves.names)) > 2
