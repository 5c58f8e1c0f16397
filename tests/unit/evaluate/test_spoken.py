"""Lips against known phones."""

import numpy as np
import pytest

from lipmotion.evaluate.measures import SPEECH_MEASURES
from lipmotion.evaluate.methods import Case
from lipmotion.evaluate.sources import Phone, Spoken
from lipmotion.evaluate.spoken import (
    find_labelled,
    find_spoken,
    score_speech,
    tell_rounding,
    to_planned,
)
from lipmotion.lips import LIP_INDEX, LipTrack

N_HOPS = 300


def utter(seed: int, engine: str = "flite") -> tuple[Spoken, LipTrack]:
    """An utterance of p, vowels and f, and lips that do just what they should."""
    rng = np.random.default_rng(seed)
    phones, closures, at_s = [], [], 0.4
    values = np.zeros((N_HOPS, 12), np.float32)
    values[:, 0] = 0.01
    while at_s < 5.0:
        for name in (rng.choice(["p", "f", "s"]), rng.choice(["uw", "iy", "er", "ow", "ae"])):
            end_s = at_s + rng.uniform(0.08, 0.12)
            hops = slice(round(at_s * 50), round(end_s * 50))
            phones.append(Phone(at_s, end_s, str(name)))
            is_round = tell_rounding(str(name), engine)
            values[hops, 0] = {"p": 0.0, "f": 0.08}.get(str(name), 0.2)
            values[hops, LIP_INDEX["width"]] = (
                -0.1 if is_round else 0.05 if is_round is False else 0
            )
            if name == "p":
                closures.append(phones[-1])
            at_s = end_s
    case = Case("voices", "kal", f"u{seed}", "en", np.zeros(320 * N_HOPS, np.float32))
    spoken = Spoken(case, engine, tuple(phones), tuple(closures))
    return spoken, to_planned(values, find_spoken(spoken, N_HOPS))


def score(tracks: list[LipTrack], spoken: list[Spoken]) -> dict[str, float]:
    found = score_speech(spoken, tracks, rng=np.random.default_rng(0))
    return {name: figure.value for name, figure in found[""].figures.items()}


@pytest.fixture(scope="module")
def said() -> tuple[list[Spoken], list[LipTrack]]:
    spoken, tracks = zip(
        *(utter(k, "flite" if k % 2 else "festival") for k in range(4)), strict=True
    )
    return list(spoken), list(tracks)


def test_lips_that_do_as_they_should_are_perfect(said) -> None:  # type: ignore[no-untyped-def]
    spoken, tracks = said
    values = score(tracks, spoken)
    assert set(values) == set(SPEECH_MEASURES)
    for name, perfect in SPEECH_MEASURES.items():
        if name != "bilabial_chance":
            assert values[name] == pytest.approx(perfect, abs=0.01), name
    assert values["bilabial_chance"] < 0.7
    assert set(score_speech(spoken, tracks, rng=np.random.default_rng(0))) == {
        "", "flite", "festival",
    }  # fmt: skip


def with_aperture(track: LipTrack, aperture: np.ndarray | float) -> LipTrack:
    values = np.zeros_like(track.values)
    values[:, 0] = aperture
    return LipTrack(values, track.quality, track.in_speech)


@pytest.mark.parametrize(
    "aperture",
    [0.0, 0.3, 0.1 * (1 - np.cos(2 * np.pi * 4 * np.arange(N_HOPS) / 50))],
    ids=["shut", "open", "flapping at 4 Hz"],
)
def test_no_trick_wins(said, aperture) -> None:  # type: ignore[no-untyped-def]
    spoken, tracks = said
    values = score([with_aperture(track, aperture) for track in tracks], spoken)
    for name in ("bilabial_f1", "bilabial_recall", "labiodental", "vowel_rounding_f1"):
        assert np.isnan(values[name]) or values[name] < 0.6, name


def test_late_lips_lose(said) -> None:  # type: ignore[no-untyped-def]
    spoken, tracks = said
    late = [
        LipTrack(np.roll(t.values, 8, axis=0), t.quality, np.array(t.in_speech)) for t in tracks
    ]
    values = score(late, spoken)
    assert values["bilabial_recall"] < 0.6
    assert values["vowel_rounding_f1"] < 0.8


def test_labelled_closures_that_touch_are_one() -> None:
    phones = [Phone(0.10, 0.16, "b"), Phone(0.18, 0.24, "m"), Phone(0.5, 0.505, "p")]
    assert find_labelled(phones, 100).tolist() == [[5, 12], [25, 26]]
    assert find_labelled(phones, 20).tolist() == [[5, 12]]
    assert find_labelled([], 20).shape == (0, 2)


def test_pauses_are_not_spoken() -> None:
    phones = (Phone(0.0, 0.2, "pau"), Phone(0.2, 0.4, "p"), Phone(0.5, 0.6, "a"),
              Phone(1.0, 1.2, "i"), Phone(1.2, 2.0, "pau"))  # fmt: skip
    case = Case("voices", "kal", "u", "en", np.zeros(32_000, np.float32))
    speaks = find_spoken(Spoken(case, "flite", phones, ()), 100)
    assert np.flatnonzero(np.diff(speaks.astype(int))).tolist() == [9, 29, 49, 59]


def test_round_vowels_by_engine() -> None:
    assert tell_rounding("uː", "espeak-ng") and tell_rounding("y", "espeak-ng")
    assert tell_rounding("y", "flite") is None  # the sound of yes
    assert tell_rounding("i1", "festival") is False
    assert tell_rounding("aʊ", "espeak-ng") is None
    assert tell_rounding("k", "espeak-ng") is None
