"""Clips → persons → languages, and the bootstrap over persons, then clips."""

import numpy as np
import pytest

from lipmotion.evaluate.metrics import UNDEFINED, Share
from lipmotion.evaluate.scores import MEASURES, ClipScore, average, summarise


def clip(person: str, language: str, part: float, whole: float = 1.0) -> ClipScore:
    shares = dict.fromkeys(MEASURES, UNDEFINED) | {"r_aperture": Share(part, whole)}
    return ClipScore("clip", person, language, shares)


def test_clips_then_persons_then_languages() -> None:
    scores = [
        clip("a", "en", 0.2),
        clip("a", "en", 0.4),
        clip("b", "en", 0.9),
        clip("c", "de", 0.1),
        clip("d", "de", 0.0, 0.0),
    ]
    # en: (0.3 + 0.9) / 2 = 0.6; de: 0.1; d has nothing defined
    assert average(scores, "r_aperture") == pytest.approx(0.35)


def test_counts_are_summed_within_a_person() -> None:
    scores = [clip("a", "en", 2, 8), clip("a", "en", 2, 2)]
    assert average(scores, "r_aperture") == pytest.approx(0.4)


def test_interval_of_one_person_is_that_of_their_clips() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.5, 0.1, 100)
    scores = [clip("a", "en", v) for v in values]
    figure = summarise(scores, "r_aperture", rng=rng)
    half = 1.96 * values.std() / 10
    assert figure.value == pytest.approx(values.mean())
    assert figure.low == pytest.approx(values.mean() - half, abs=0.005)
    assert figure.high == pytest.approx(values.mean() + half, abs=0.005)
    assert (figure.n_clips, figure.n_persons) == (100, 1)


def test_persons_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    alike = [clip(f"p{k % 4}", "en", 0.5 + 0.01 * (k % 3)) for k in range(40)]
    apart = [clip(f"p{k % 4}", "en", 0.3 + 0.1 * (k % 4)) for k in range(40)]
    narrow, wide = (summarise(s, "r_aperture", rng=rng) for s in (alike, apart))
    assert narrow.high - narrow.low < 0.02
    assert wide.high - wide.low > 0.15


def test_not_defined_stays_so() -> None:
    figure = summarise([clip("a", "en", 0, 0)], "r_aperture", rng=np.random.default_rng(0))
    assert np.isnan([figure.value, figure.low, figure.high]).all()
    assert figure.n_clips == 0
