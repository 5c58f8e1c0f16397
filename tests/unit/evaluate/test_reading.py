"""Lip-reading: words with known mouth shapes are read, a mouth that says nothing is not."""

from pathlib import Path

import numpy as np
import pytest
from fakes.sentences import NOISE, make_words, speak, write_align

from lipmotion.errors import RecordingError
from lipmotion.evaluate.align_files import AlignFolders, Word, read_align
from lipmotion.evaluate.metrics import UNDEFINED, Share, SpeechRange, fit_range
from lipmotion.evaluate.reading import CHANCE, Reader, cut_sentence, fit_reader
from lipmotion.evaluate.reading_scores import (
    Reading,
    add_reading,
    compare_reading,
    find_words,
    open_reading,
)
from lipmotion.evaluate.said import Said
from lipmotion.evaluate.suite import Clip, MethodScore
from lipmotion.lips import LipTrack
from lipmotion.watched import Segment

NOISES = np.full(12, NOISE, np.float32)
TRAIN, TEST = range(80), range(80, 120)


def fit(tracks: list[LipTrack]) -> SpeechRange:
    return fit_range(tracks, noise=NOISES)


@pytest.fixture(scope="module")
def reader() -> Reader:
    tracks = [speak(make_words(k), seed=k) for k in TRAIN]
    own = fit(tracks)
    return fit_reader(
        [x for k in TRAIN for x in cut_sentence(tracks[k].values, own, make_words(k))]
    )


def read(reader: Reader, tracks: list[LipTrack]) -> float:
    own = fit(tracks)
    shares = [
        reader.count_right(track.values, own, make_words(k))
        for k, track in zip(TEST, tracks, strict=True)
    ]
    assert sum(share.whole for share in shares) == 4 * len(TEST)
    return sum(share.part for share in shares) / sum(share.whole for share in shares)


@pytest.fixture(scope="module")
def people() -> list[LipTrack]:
    return [speak(make_words(k), seed=1000 + k) for k in TEST]


def change(track: LipTrack, values: np.ndarray) -> LipTrack:
    return LipTrack(values.astype(np.float32), track.quality, track.in_speech)


def test_words_are_read_from_lips(reader: Reader, people: list[LipTrack]) -> None:
    assert len(reader.slots) == 4
    assert read(reader, people) > 0.9


def test_a_small_mouth_is_read_as_a_large_one(reader: Reader, people: list[LipTrack]) -> None:
    assert read(reader, [change(p, 0.5 * p.values) for p in people]) > 0.9


def test_the_wrong_sentence_a_still_mouth_and_a_flap_are_chance(
    reader: Reader, people: list[LipTrack]
) -> None:
    rng = np.random.default_rng(0)
    wrong = people[13:] + people[:13]
    still = [change(p, rng.normal(0, NOISE, p.values.shape)) for p in people]
    flap = 0.1 * np.sin(np.arange(len(people[0])) / 2)[:, None] * np.ones(12)
    for tracks in (wrong, still, [change(p, flap) for p in people]):
        assert read(reader, tracks) == pytest.approx(CHANCE, abs=0.12)


def test_noise_is_read_worse(reader: Reader, people: list[LipTrack]) -> None:
    rates = []
    for size in (0.0, 0.08, 0.3):
        rng = np.random.default_rng(1)
        noisy = [change(p, p.values + rng.normal(0, size, p.values.shape)) for p in people]
        rates.append(read(reader, noisy))
    assert rates[0] > rates[1] > rates[2]


def test_what_is_no_sentence_is_not_read(reader: Reader, people: list[LipTrack]) -> None:
    own, words = fit(people), make_words(3)
    assert cut_sentence(people[0].values, own, words[:5]) == []
    other = [Word(w.start_s, w.end_s, "hello") if k == 1 else w for k, w in enumerate(words)]
    assert [x.slot for x in cut_sentence(people[0].values, own, other)] == [
        "command", "preposition", "adverb",
    ]  # fmt: skip
    late = [word.move(9.0) for word in words]  # beyond the film: its last lips are held
    assert np.isfinite(cut_sentence(people[0].values, own, late)[0].lips).all()
    assert fit_reader([]).slots == {}


def make_clips(people: list[LipTrack]) -> list[Clip]:
    own = fit(people)
    return [
        Clip("grid", "ann" if k % 2 else "bob", f"clip-{k}", "en", track, own)
        for k, track in zip(TEST, people, strict=True)
    ]


def test_a_method_beside_the_person(reader: Reader, people: list[LipTrack]) -> None:
    clips = make_clips(people)
    reading = Reading(reader, {(c.person, c.name): make_words(k) for k, c in enumerate(clips, 80)})
    human = Said(reading).score_human(clips, seed=0)
    assert human.figures["reading_share"].value == 1
    assert human.figures["reading"].value > 0.9  # type: ignore[operator]
    own = [fit(people)] * len(clips)
    for tracks, low, high in (
        (people, 1, 1),
        ([change(p, p.values * 0) for p in people], -0.2, 0.2),
    ):
        empty = MethodScore(human.lag, {"r": human.figures["reading"]}, human.clips, {})
        score = add_reading(empty, reading, clips, tracks, own, seed=0)
        assert score.figures.keys() == {"r", "reading", "reading_share"}
        figure = score.figures["reading_share"]
        assert low - 1e-9 <= figure.value <= high + 1e-9
        assert figure.low <= figure.value <= figure.high
        assert (figure.n_clips, figure.n_persons) == (len(clips), 2)


def test_a_lag_is_taken_off(reader: Reader, people: list[LipTrack]) -> None:
    clips = make_clips(people)
    reading = Reading(reader, {(c.person, c.name): make_words(k) for k, c in enumerate(clips, 80)})
    late = [change(p, np.roll(p.values, 8, axis=0)) for p in people]
    own = [fit(people)] * len(clips)
    rates = [sum(share.part for share in reading.read(clips, late, own, lag)) for lag in (0.0, 8.0)]
    assert rates[1] > 1.3 * rates[0]


def test_the_share_and_its_interval() -> None:
    human, robot = [Share(4.0, 4.0)] * 20, [Share(2.5, 4.0)] * 20
    figure = compare_reading(["ann"] * 20, human, robot, rng=np.random.default_rng(0))
    assert figure.value == figure.low == figure.high == pytest.approx(0.5)
    mixed = [Share(float(k % 5), 4.0) for k in range(20)]
    figure = compare_reading(["ann"] * 20, human, mixed, rng=np.random.default_rng(0))
    assert figure.low < figure.value < figure.high
    # whom nobody can read says nothing about a robot
    figure = compare_reading(["ann"] * 20, mixed[:5] * 4, robot, rng=np.random.default_rng(0))
    assert figure.n_clips == 20
    luck = [Share(float(k % 3), 4.0) for k in range(20)]
    assert np.isnan(compare_reading(["a"] * 20, luck, robot, rng=np.random.default_rng(0)).value)
    nobody = compare_reading(["a"], [UNDEFINED], [UNDEFINED], rng=np.random.default_rng(0))
    assert np.isnan(nobody.value)
    assert nobody.n_clips == 0


def test_align_files(tmp_path: Path) -> None:
    words = make_words(5)
    write_align(tmp_path / "s1" / "one.align", words)
    found = read_align(tmp_path / "s1" / "one.align")
    assert [w.name for w in found] == [w.name for w in words]
    assert [w.start_s for w in found] == pytest.approx([w.start_s for w in words], abs=1e-4)
    write_align(tmp_path / "s2" / "one.align", make_words(6))
    files = AlignFolders([tmp_path])
    assert files.find("s1", "one") == found
    assert files.find("s3", "one") is None  # whose of the two?
    assert files.find("s1", "two") is None
    assert AlignFolders([tmp_path / "s1"]).find("s3", "one") == found
    with pytest.raises(RecordingError, match="no such folder"):
        AlignFolders([tmp_path / "nowhere"])
    for text, told in (("0 1\n", "line 1"), ("0 1 a\n5 2 b\n", "line 2"), ("x 1 a", "line 1")):
        (tmp_path / "bad.align").write_text(text)
        with pytest.raises(RecordingError, match=told):
            read_align(tmp_path / "bad.align")


def test_words_are_moved_to_the_clock_of_the_lips(tmp_path: Path) -> None:
    words = make_words(7)
    write_align(tmp_path / "film.align", words, late_s=0.6)
    segment = Segment("film-2", "ann", "film.mp4", start_s=0.5, offset_s=0.1)
    found = find_words(AlignFolders([tmp_path]), segment)
    assert found is not None
    assert [w.start_s for w in found] == pytest.approx([w.start_s for w in words], abs=1e-4)
    assert open_reading([tmp_path], [], {("ann", "film-2"): segment}) is None  # nobody teaches
