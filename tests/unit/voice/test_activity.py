"""Voice activity: any chunking is the whole, the past ignores the future, speech is where it is."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import StreamError
from lipmotion.media.sound import open_sound
from lipmotion.step import run_offline, stream
from lipmotion.timing import HOP_SAMPLES
from lipmotion.voice.activity import VoiceActivity, find_speech, find_turns, hear_speech

FILM = Path(__file__).parents[2] / "data" / "people" / "s1" / "bbwm4n.mp4"


@pytest.fixture(scope="module")
def activity() -> VoiceActivity:
    return VoiceActivity()


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return np.concatenate(list(open_sound(FILM).blocks()))[:, 0]


def to_hops(sound: np.ndarray) -> np.ndarray:
    n_hops = len(sound) // HOP_SAMPLES
    return sound[: n_hops * HOP_SAMPLES].reshape(n_hops, HOP_SAMPLES)


def test_any_chunking_is_the_whole(activity: VoiceActivity, sound: np.ndarray) -> None:
    hops = to_hops(sound)
    whole = run_offline(activity, hops)
    assert whole.shape == (len(hops),) and whole.min() >= 0 and whole.max() <= 1
    for cuts in ([1, 1, 2, 9, 9, 60], list(range(1, len(hops))), [len(hops)]):
        parts = np.concatenate(list(stream(activity, np.split(hops, cuts))))
        np.testing.assert_array_equal(parts, whole)


def test_the_future_beyond_look_ahead_does_not_matter(
    activity: VoiceActivity, sound: np.ndarray
) -> None:
    hops = to_hops(sound)
    other = hops.copy()
    other[80:] = 0
    changed = np.flatnonzero(run_offline(activity, hops) != run_offline(activity, other))
    assert changed[0] >= 80 - activity.lookahead_hops


@pytest.mark.parametrize("n_hops", [0, 1, 2, 3, 7])
def test_as_many_hops_out_as_in(activity: VoiceActivity, n_hops: int) -> None:
    assert run_offline(activity, np.zeros((n_hops, HOP_SAMPLES), np.float32)).shape == (n_hops,)


def test_two_streams_do_not_disturb_each_other(activity: VoiceActivity, sound: np.ndarray) -> None:
    hops = to_hops(sound)[:60]
    alone = activity.step(hops, activity.init_state())[0]
    one, other, got = activity.init_state(), activity.init_state(), []
    for k in range(0, 60, 5):
        out, one = activity.step(hops[k : k + 5], one)
        _, other = activity.step(-hops[55 - k : 60 - k], other)
        got.append(out)
    np.testing.assert_array_equal(np.concatenate(got), alone)


def test_a_block_of_another_shape_is_refused(activity: VoiceActivity) -> None:
    with pytest.raises(StreamError, match=r"expected \(T, 320\)"):
        activity.step(np.zeros((3, 100), np.float32), activity.init_state())


def test_a_sentence_is_found_and_silence_is_not(activity: VoiceActivity, sound: np.ndarray) -> None:
    edges = np.flatnonzero(np.diff(hear_speech(sound, activity))) + 1
    assert len(edges) == 2  # one span: pauses inside belong to it
    assert 0.3 < edges[0] / 50 < 1.2 and 1.6 < edges[1] / 50 < 2.6
    assert not hear_speech(np.zeros(16_000, np.float32), activity).any()
    noise = 0.05 * np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    assert not hear_speech(noise, activity).any()


def test_short_pauses_belong_to_speech_and_short_bursts_do_not_count() -> None:
    probability = np.zeros(100, np.float32)
    probability[10:30] = 0.9
    probability[44:60] = 0.9  # after 14 hops, 280 ms
    probability[75:90] = 0.9  # after 15 hops, 300 ms
    expected = np.zeros(100, bool)
    expected[10:60] = True
    expected[75:90] = True
    np.testing.assert_array_equal(find_speech(probability), expected)
    burst = np.zeros(100, np.float32)
    burst[50:54] = 0.9
    assert not find_speech(burst).any()


def test_speech_that_began_goes_on_until_it_is_unlikely() -> None:
    probability = np.full(60, 0.4, np.float32)
    assert not find_speech(probability).any()
    probability[20] = 0.6
    assert find_speech(probability).tolist() == [False] * 20 + [True] * 40


def speak(n_hops: int, *pauses: tuple[int, int]) -> np.ndarray:
    """Speech all through but in the pauses [first, end)."""
    in_speech = np.ones(n_hops, bool)
    for first, end in pauses:
        in_speech[first:end] = False
    return in_speech


def test_turns_are_cut_in_pauses() -> None:
    talk = speak(700, (60, 80), (150, 170), (300, 320), (660, 680))
    assert find_turns(talk, is_shared=True) == [(0, 160), (160, 310), (310, 700)]
    assert find_turns(talk, is_shared=False) == [(0, 700)]
    assert find_turns(speak(150), is_shared=True) == [(0, 150)]
    assert find_turns(np.zeros(0, bool), is_shared=True) == []


def test_long_sounds_are_cut_about_every_half_minute() -> None:
    pauses = [(k, k + 20) for k in range(200, 9000, 400)]
    turns = find_turns(speak(9000, *pauses), is_shared=False)
    assert turns[0][0] == 0 and turns[-1][1] == 9000
    assert all(a[1] == b[0] for a, b in itertools.pairwise(turns))
    assert all(1500 <= end - first <= 3000 for first, end in turns)
    unbroken = find_turns(speak(9000), is_shared=False)
    assert max(end - first for first, end in unbroken) <= 3000 and unbroken[-1][1] == 9000
