"""Phones of people: found where they sound; lips that do as the phones say are perfect."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import MissingExtraError
from lipmotion.evaluate import said as said_module
from lipmotion.evaluate.align import Lag
from lipmotion.evaluate.align_files import AlignFolders, Word
from lipmotion.evaluate.methods import Case
from lipmotion.evaluate.metrics import SpeechRange, fit_range
from lipmotion.evaluate.phone_scores import PHONE_MEASURES, Spelling, add_phones, find_spelling
from lipmotion.evaluate.phones import (
    Phones,
    SphinxAligner,
    find_holds,
    fits,
    keep_heard,
)
from lipmotion.evaluate.said import NO_PHONES, NO_READING, NOTHING_SAID, Said, open_said
from lipmotion.evaluate.scores import ClipScore
from lipmotion.evaluate.sources import People, Phone
from lipmotion.evaluate.spoken import tell_rounding
from lipmotion.evaluate.suite import Clip, MethodScore
from lipmotion.lips import LIP_INDEX, LipTrack
from lipmotion.media.sound import read_sound
from lipmotion.watched import Segment

FILM = Path(__file__).parents[2] / "data" / "people" / "s1" / "bbwm4n.mp4"
# What is said in it, GRID's times
WORDS = tuple(
    Word(a, b, name)
    for a, b, name in (
        (0.57, 0.79, "bin"), (0.79, 1.04, "blue"), (1.04, 1.17, "with"),
        (1.17, 1.3, "m"), (1.3, 1.57, "four"), (1.57, 1.85, "now"),
    )
)  # fmt: skip
N_HOPS = 300


def utter(seed: int) -> tuple[Phones, LipTrack]:
    """p, f and s with vowels between, and lips that do just what they should."""
    rng = np.random.default_rng(seed)
    phones, at_s = [Phone(0.0, 0.4, "sil")], 0.4
    values = np.zeros((N_HOPS, 12), np.float32)
    values[:, 0] = 0.01
    names = ["eh"]
    while at_s < 5.0:
        for name in names:
            end_s = at_s + rng.uniform(0.08, 0.12)
            hops = slice(round(at_s * 50), round(end_s * 50))
            phones.append(Phone(at_s, end_s, str(name)))
            is_round = tell_rounding(str(name), "cmudict")
            values[hops, 0] = {"p": 0.0, "f": 0.08}.get(str(name), 0.2)
            width = -0.1 if is_round else 0.05 if is_round is False else 0
            values[hops, LIP_INDEX["width"]] = width
            at_s = end_s
        names = [rng.choice(["p", "f", "s"]), rng.choice(["uw", "iy", "er", "ao", "ae"])]
    in_speech = np.zeros(N_HOPS, bool)
    in_speech[20 : round(at_s * 50)] = True
    track = LipTrack(values, np.ones(N_HOPS, np.float32), in_speech)
    return Phones(tuple(phones), find_holds(phones)), track


Made = tuple[Spelling, list[Clip], list[LipTrack], SpeechRange]


@pytest.fixture(scope="module")
def made() -> Made:
    found = [utter(k) for k in range(4)]
    tracks = [track for _, track in found]
    own = fit_range(tracks)
    clips = [
        Clip("grid", "ann" if k % 2 else "bob", f"c{k}", "en", track, own)
        for k, track in enumerate(tracks)
    ]
    by_clip = {(c.person, c.name): said for c, (said, _) in zip(clips, found, strict=True)}
    return Spelling(by_clip), clips, tracks, own


def judge(made: Made, tracks: list[LipTrack], lag_hops: float = 0.0) -> dict[str, float]:
    spelling, clips, _, _ = made
    own = [fit_range(tracks)] * len(clips)
    empty = [ClipScore(c.name, c.person, c.language, {}) for c in clips]
    score = MethodScore(Lag(lag_hops, 1.0, True), {}, empty, {})
    told = add_phones(score, spelling, clips, tracks, own, ["robot"] * len(clips), seed=0)
    assert set(told.figures) == set(PHONE_MEASURES) == set(told.clips[0].shares)
    return {name: figure.value for name, figure in told.figures.items()}


def test_a_perfect_copy_is_perfect_and_luck_is_less(made: Made) -> None:
    values = judge(made, made[2])
    assert values["bilabial_recall"] == 1
    assert values["labiodental"] == 1
    assert values["vowel_rounding_f1"] == pytest.approx(1, abs=0.01)
    assert values["bilabial_recall_chance"] < 0.6
    human = Said(None, made[0]).score_human(made[1], seed=0)
    assert human.figures["bilabial_recall"].value == 1


def test_a_lag_is_taken_off_and_shows_where_it_is_not(made: Made) -> None:
    late = [replace(t, values=np.roll(t.values, 8, axis=0)) for t in made[2]]
    assert judge(made, late, 8.0)["bilabial_recall"] > 0.95
    assert judge(made, late)["bilabial_recall"] < 0.6


def test_no_trick_wins(made: Made) -> None:
    flap = 0.1 * (1 - np.cos(2 * np.pi * 4 * np.arange(N_HOPS) / 50))
    for aperture in (0.0, 0.3, flap):
        tracks = []
        for track in made[2]:
            values = np.zeros_like(track.values)
            values[:, 0] = aperture
            tracks.append(replace(track, values=values))
        for name, value in judge(made, tracks).items():
            assert np.isnan(value) or value < 0.6, name


def test_clips_without_phones_are_left_out(made: Made) -> None:
    spelling, clips, tracks, own = made
    key = (clips[0].person, clips[0].name)
    one = Spelling({key: spelling.by_clip[key]})
    empty = [ClipScore(c.name, c.person, c.language, {}) for c in clips]
    score = MethodScore(Lag(0.0, 0.0, False), {}, empty, {})
    told = add_phones(score, one, clips, tracks, [own] * 4, ["robot"] * 4, seed=0)
    assert told.figures["bilabial_recall"].n_clips == 1
    # nobody speaks: nothing is defined, nothing fails
    mute = [replace(t, in_speech=np.zeros(N_HOPS, bool)) for t in tracks]
    dumb = [replace(clip, lips=track) for clip, track in zip(clips, mute, strict=True)]
    shares = spelling.score(dumb, mute, [own] * 4, ["r"] * 4, rng=np.random.default_rng(0))
    assert shares[0]["bilabial_recall"].whole == 0


def test_holds_and_fits_by_hand() -> None:
    names = ("sil", "p", "l", "iy", "b", "sil", "m", "m")
    phones = [Phone(k / 10, k / 10 + 0.1, name) for k, name in enumerate(names)]
    assert [phone.start_s for phone in find_holds(phones)] == [0.4, 0.7]
    assert fits([w.start_s + 0.09 for w in WORDS], WORDS)
    assert not fits([w.start_s + 0.11 for w in WORDS], WORDS)
    assert not fits([0.57], WORDS)
    assert [w.name for w in keep_heard(WORDS, 1.0)] == ["bin", "blue"]
    assert keep_heard([WORDS[0].move(-0.8)], 1.0) == []
    assert tell_rounding("ao", "cmudict") is True
    assert tell_rounding("ao", "flite") is None
    assert tell_rounding("iy", "cmudict") is False
    assert tell_rounding("aw", "cmudict") is None


class ByWord:
    """An aligner that takes each word for one phone."""

    def align(self, sound: np.ndarray, words: list[Word]) -> Phones | None:  # type: ignore[type-arg]
        phones = tuple(Phone(w.start_s, w.end_s, w.name) for w in words)
        return Phones(phones, phones) if phones else None


def make_people(*, seconds: float = 1.1) -> People:
    case = Case("grid", "ann", "film-2", "en", np.zeros(round(16_000 * seconds), np.float32))
    segment = Segment("film-2", "ann", "film.mp4", start_s=0.5, offset_s=0.1)
    return People("grid", (), (case,), {}, 38.0, {}, {("ann", "film-2"): segment})


def test_only_words_that_are_heard_are_aligned(tmp_path: Path) -> None:
    path = tmp_path / "film.align"
    path.write_text(
        "".join(f"{25_000 * w.start_s:g} {25_000 * w.end_s:g} {w.name}\n" for w in WORDS)
    )
    found = find_spelling(make_people(), AlignFolders([tmp_path]), ByWord())
    (said,) = found.by_clip.values()
    # the clip begins at 0.6 s of the film's sound and ends at 1.7 s
    assert [(round(p.start_s, 2), p.name) for p in said.phones] == [
        (-0.03, "bin"), (0.19, "blue"), (0.44, "with"), (0.57, "m"), (0.7, "four"),
    ]  # fmt: skip
    assert not find_spelling(make_people(seconds=0.01), AlignFolders([tmp_path]), ByWord()).by_clip


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise MissingExtraError("pocketsphinx", "evaluate")

    monkeypatch.setattr(said_module, "SphinxAligner", refuse)
    said, told = open_said([tmp_path], [], [make_people()])
    assert not said
    assert told[0] == NO_READING
    assert told[1].startswith(NO_PHONES) and "the extra evaluate" in told[1]
    assert not NOTHING_SAID.of(make_people())


@pytest.fixture(scope="module")
def aligner() -> SphinxAligner:
    pytest.importorskip("pocketsphinx", reason="phones need pocketsphinx (the extra evaluate)")
    return SphinxAligner()


def test_phones_lie_where_they_sound(aligner: SphinxAligner) -> None:
    sound = read_sound(FILM)
    said = aligner.align(sound, WORDS)
    assert said is not None
    names = [phone.name for phone in said.phones if phone.name != "sil"]
    assert names[:6] == ["b", "ih", "n", "b", "l", "uw"]
    assert [phone.name for phone in said.closures] == ["b", "m"]  # b of bin opens the sentence
    level = np.square(sound[: len(sound) // 160 * 160].reshape(-1, 160)).mean(axis=1)
    hold = said.closures[0]
    around = slice(round(100 * hold.start_s) - 12, round(100 * hold.end_s) + 12)
    least_s = (around.start + int(np.argmin(level[around]))) / 100
    assert hold.start_s - 0.03 <= least_s <= hold.end_s + 0.03


def test_the_same_again_whatever_was_heard_before(aligner: SphinxAligner) -> None:
    sound = read_sound(FILM)
    first = aligner.align(sound, WORDS)
    noise = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
    aligner.align(noise, WORDS[:2])
    assert aligner.align(sound, WORDS) == first


def test_what_does_not_fit_is_not_trusted(aligner: SphinxAligner) -> None:
    sound = read_sound(FILM)
    assert aligner.align(sound, [word.move(0.5) for word in WORDS]) is None
    assert aligner.align(sound, [*WORDS, Word(2.0, 2.1, "xyzzyplugh")]) is None
    assert aligner.align(sound, ()) is None
    assert aligner.align(np.zeros(1600, np.float32), WORDS) is None
    assert aligner.align(np.zeros(0, np.float32), WORDS) is None
    assert aligner.align(sound, WORDS) is not None  # none of that broke it
