"""Where espeak-ng's lips are closed: labels that teach, checked on its own sound."""

import ctypes.util

import numpy as np
import pytest

from lipmotion.learn.spoken import Spoken, speak
from lipmotion.timing import SAMPLE_RATE_HZ

needs_espeak = pytest.mark.skipif(
    ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed"
)


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    said = speak("Ah, bobo. Papa, mama.", "en-us")
    assert said is not None
    return said


@needs_espeak
def test_after_a_pause_the_hold_lies_before_the_sound_of_p_and_b(spoken: Spoken) -> None:
    firsts = [
        phone
        for before, phone in zip(spoken.phones, spoken.phones[1:], strict=False)
        if phone.name[:1] in tuple("pb") and before.name == ""
    ]
    assert [phone.name[0] for phone in firsts] == ["b", "p"]
    for phone in firsts:
        (hold,) = (h for h in spoken.closures if abs(h[1] - phone.start_s) < 0.05)
        assert hold[1] - hold[0] == pytest.approx(0.07)
        assert hold[0] < phone.start_s < hold[1]  # closed in the quiet, released in the sound


@needs_espeak
def test_each_p_b_m_has_its_hold_and_p_is_silent_in_it(spoken: Spoken) -> None:
    assert len(spoken.closures) == sum(p.name[:1] in tuple("pbm") for p in spoken.phones) == 6
    level = np.abs(spoken.samples)
    loudest = float(level.max())
    for name, (start, end) in zip("bbppmm", spoken.closures, strict=True):
        held = level[round(start * SAMPLE_RATE_HZ) : round((end - 0.015) * SAMPLE_RATE_HZ)]
        if name == "p":
            assert held.max() < 0.05 * loudest
        assert held.max() < 0.7 * loudest
