"""Telling moments: closures, openings and round lips of known lips and phones."""

import numpy as np
import pytest

from lipmotion.evaluate.align_files import Word
from lipmotion.evaluate.methods import Case
from lipmotion.evaluate.metrics import SpeechRange
from lipmotion.evaluate.moments import find_moments, find_spoken_moments
from lipmotion.evaluate.sources import Phone, Spoken
from lipmotion.lips import LIP_INDEX, LipTrack

LOW, HIGH, NOISE = np.zeros(12, np.float32), np.full(12, 0.3, np.float32), np.full(12, 1e-3)
OWN = SpeechRange(LOW, HIGH, 0.05, NOISE.astype(np.float32), 0.0)


def make_lips(n_hops: int = 150) -> LipTrack:
    """Opens widest at 0.5 s, closes at 1 s, opens again at 1.5 s, is round at 2 s."""
    t = np.arange(n_hops) / 50
    values = np.zeros((n_hops, 12), np.float32)
    for middle_s, height in ((0.5, 0.3), (1.5, 0.2)):
        values[:, LIP_INDEX["aperture"]] += height * np.exp(-(((t - middle_s) / 0.1) ** 2))
    values[t > 1.5, LIP_INDEX["aperture"]] = values[t > 1.5, LIP_INDEX["aperture"]].clip(0.08)
    values[:, LIP_INDEX["width"]] = 0.1 - 0.3 * np.exp(-(((t - 2.0) / 0.1) ** 2))
    values[(t > 0.7) & (t < 0.95), LIP_INDEX["aperture"]] = 0.08
    values[(t > 1.05) & (t < 1.42), LIP_INDEX["aperture"]] = 0.08
    return LipTrack(values, np.ones(n_hops, np.float32), (t > 0.3) & (t < 2.5))


def test_what_lips_do_is_found() -> None:
    found = find_moments(make_lips(), OWN, [Word(0.9, 1.1, "bin")])
    assert len(found) == 8
    times_s = [moment.time_s for moment in found]
    assert times_s == sorted(times_s)
    assert min(np.diff(times_s)) >= 0.12 - 1e-9
    by_kind = {m.kind: m for m in found}
    assert [m.time_s for m in found if m.kind == "open"] == pytest.approx([0.5, 1.5], abs=0.03)
    assert by_kind["closed"].time_s == pytest.approx(1.0, abs=0.03)
    assert by_kind["closed"].said == "bin"
    assert by_kind["round"].time_s == pytest.approx(2.0, abs=0.03)
    assert by_kind["round"].said == ""
    assert all(0.3 <= m.time_s <= 2.5 for m in found)


def test_half_of_many_are_closures() -> None:
    phones = [Phone(0.2 * k, 0.2 * k + 0.1, "b" if k % 2 else "uw") for k in range(40)]
    case = Case("voices", "kal", "one", "en", np.zeros(8 * 16_000, np.float32))
    holds = tuple(phone for phone in phones if phone.name == "b")
    found = find_spoken_moments(Spoken(case, "flite", tuple(phones), holds))
    assert [moment.kind for moment in found].count("closed") == 4
    assert {moment.kind: moment.said for moment in found} == {"closed": "b", "round": "uw"}


def test_a_short_or_silent_clip_has_moments() -> None:
    nothing = np.zeros((10, 12), np.float32)
    still = LipTrack(nothing, np.ones(10, np.float32), np.zeros(10, bool))
    found = find_moments(still, OWN)
    assert 1 <= len(found) <= 2  # 0.2 s have no room for more
    assert all(0 <= moment.time_s < 0.2 for moment in found)
