"""Measures of hearing alone, by hand: areas, pooled correlations, rest, ripples, disturbances."""

from dataclasses import replace
from pathlib import Path

import hearing
import hearing_phones
import numpy as np
import pytest
from hearing_hard import (
    LOUDER_DB,
    add_noise,
    add_room,
    draw_room,
    find_cut,
    find_delay,
    measure_level,
    pass_mp3,
    pass_telephone,
    raise_half,
)
from hearing_people import correlate_sums, pool_persons, sum_pair, sum_persons
from hearing_phones import find_worst, join_runs, keep_inside, measure_auc, tell_vowel
from hearing_rest import measure_rest, measure_ripple
from hearing_table import draw_table
from hearing_words import measure_area

from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.sources import Phone, Spoken, open_speech
from lipmotion.evaluate.suite import Clip
from lipmotion.lips import LIP_INDEX, LipTrack
from lipmotion.voice.speech import SHIPPED


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_area_counts_pairs_and_ties_half() -> None:
    assert measure_auc(np.array([3.0, 2.0]), np.array([1.0, 0.0])) == 1
    assert measure_auc(np.array([0.0]), np.array([1.0, 2.0])) == 0
    # pairs: 2 > 1, 2 = 2, 2 < 3; 0 below all three
    assert measure_auc(np.array([2.0, 0.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(1.5 / 6)
    assert np.isnan(measure_auc(np.zeros(0), np.ones(3)))
    same = rng().normal(size=(2, 4000))
    assert measure_auc(*same) == pytest.approx(0.5, abs=0.02)
    # shifted by one standard deviation: Φ(1 / √2)
    assert measure_auc(same[0] + 1, same[1]) == pytest.approx(0.760, abs=0.02)


def test_vowels_are_told_and_glides_are_none() -> None:
    told = {name: tell_vowel(name, "kokoro") for name in ("uː", "o", "i", "a", "w", "ə", "p")}
    assert told == {"uː": True, "o": True, "i": False, "a": False, "w": None, "ə": None, "p": None}
    assert (tell_vowel("uw", "flite"), tell_vowel("iy", "flite")) == (True, False)


def test_holds_beside_pauses_are_left_out_and_neighbours_are_one() -> None:
    speech = np.array([False] * 2 + [True] * 8)
    runs = np.array([[2, 4], [5, 6], [6, 7], [9, 10]])
    joined = join_runs(runs, len(speech))
    assert joined.tolist() == [[2, 7], [9, 10]]
    assert keep_inside(np.array([[2, 4], [5, 7], [9, 10]]), speech).tolist() == [[5, 7]]
    assert join_runs(np.zeros((0, 2), int), 5).shape == (0, 2)


def test_worst_language_and_mean() -> None:
    found = find_worst({"en": 0.8, "de": 0.5, "fr": None})
    assert found == {"mean": 0.65, "worst": 0.5, "language": "de"}
    assert find_worst({"fr": None})["mean"] is None


def test_sums_give_pearsons_r_of_all_hops() -> None:
    a, b = rng().normal(size=(2, 300))
    robot = 0.3 * a + b + 5
    parts = [sum_pair(a[:90], robot[:90]), sum_pair(a[90:], robot[90:])]
    whole = float(correlate_sums(np.sum(parts, axis=0)))
    assert whole == pytest.approx(np.corrcoef(a, robot)[0, 1], abs=1e-9)
    assert correlate_sums(sum_pair(a, np.full(300, 0.7))) == 0  # lips that stay
    assert np.isnan(correlate_sums(sum_pair(np.full(300, 0.7), a)))
    assert np.isnan(correlate_sums(np.zeros(6)))


def test_persons_count_alike_however_much_they_say() -> None:
    x = np.arange(40.0)
    sums = {"long": [sum_pair(x, x)] * 9, "short": [sum_pair(x, -x)], "still": [sum_pair(0 * x, x)]}
    figure, own = pool_persons(sums, rng=rng())
    assert figure.value == pytest.approx(0) and (figure.n_persons, figure.n_clips) == (2, 10)
    assert own["long"] == pytest.approx(1) and own["short"] == pytest.approx(-1)
    assert (figure.low, figure.high) == pytest.approx((-1, 1))
    assert np.isnan(pool_persons({}, rng=rng())[0].value)


def test_one_persons_interval_is_over_clips() -> None:
    x = rng().normal(size=(20, 50))
    rows = [sum_pair(row, row + 0.8 * noise) for row, noise in zip(x, x[::-1], strict=True)]
    figure, _ = pool_persons({"a": rows}, rng=rng())
    assert figure.low < figure.value < figure.high and figure.n_persons == 1


def test_only_speech_is_pooled_and_the_lag_is_taken_off() -> None:
    values = np.zeros((100, 12), np.float32)
    values[:, 0] = np.sin(np.arange(100) / 4)
    speaks = np.arange(100) % 50 < 40
    lips = LipTrack(values, np.ones(100, np.float32), speaks)
    late = replace(lips, values=np.roll(values, 2, axis=0))
    clip = Clip("set", "p", "c", "en", lips, fit_range([lips]))
    (sums,) = sum_persons([clip], [late], 2.0, "aperture")["p"]
    assert sums[0] == speaks[:98].sum()
    assert correlate_sums(sums) == pytest.approx(1, abs=1e-6)
    (unmoved,) = sum_persons([clip], [late], 0.0, "aperture")["p"]
    assert correlate_sums(unmoved) < 0.95


def test_ripple_of_a_vibrato_and_of_a_held_mouth() -> None:
    t = np.arange(0, 3.6, 0.02)
    ripple, opening = measure_ripple(0.2 + 0.03 * np.sin(2 * np.pi * 5.5 * t))
    assert ripple == pytest.approx(2 * 0.03 * np.sin(0.45 * np.pi), rel=0.02)
    assert opening == pytest.approx(0.2, abs=1e-3)
    assert measure_ripple(np.full(100, 0.2)) == (0.0, pytest.approx(0.2))


def test_rest_and_gaping() -> None:
    lips = np.zeros((10, 12), np.float32)
    lips[0, LIP_INDEX["width"]] = 0.011  # moves, unopened
    lips[1, 0] = 0.06
    assert measure_rest(lips, reach=0.3) == (pytest.approx(0.8), pytest.approx(0.1))
    assert measure_rest(lips, reach=0.5)[1] == 0


def make_bursts() -> np.ndarray:
    """Three bursts of noise a second, as speech has syllables."""
    at = np.arange(48_000)
    return (0.1 * rng().standard_normal(48_000) * (at % 16_000 < 8_000)).astype(np.float32)


def test_disturbances_leave_the_sound_where_it_was() -> None:
    sound = make_bursts()
    for disturb in (add_noise, add_room, pass_telephone, pass_mp3):
        disturbed = disturb(sound, rng())
        assert disturbed.shape == sound.shape and disturbed.dtype == np.float32
        assert find_delay(sound, disturbed) == 0, disturb.__name__
        assert not np.allclose(disturbed, sound, atol=1e-3)
    assert find_delay(sound, np.roll(sound, 7)) == 7
    assert find_delay(sound, np.roll(sound, -7)) == -7


def test_noise_is_10_db_below_the_speech() -> None:
    sound = make_bursts()
    noise = add_noise(sound, rng()) - sound
    level_db = 20 * np.log10(np.sqrt(np.mean(noise**2)) / measure_level(sound))
    assert level_db == pytest.approx(-10, abs=0.1)


def test_room_falls_by_60_db_in_half_a_second() -> None:
    response = draw_room(rng())
    assert response[0] == 1 and not response[1:48].any()
    assert np.sum(response[1:] ** 2) == pytest.approx(1, rel=1e-6)
    early, late = (np.mean(response[a : a + 800] ** 2) for a in (800, 4800))  # 0.25 s apart
    assert 10 * np.log10(early / late) == pytest.approx(30, abs=1.5)


def test_telephone_keeps_300_to_3400_hz() -> None:
    t = np.arange(16_000) / 16_000
    for hz, share in ((100, 0.0), (1000, 1.0), (3000, 1.0), (5000, 0.0)):
        tone = np.sin(2 * np.pi * hz * t).astype(np.float32)
        assert np.std(pass_telephone(tone, rng())) / np.std(tone) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("is_first", [True, False])
def test_one_half_is_8_db_louder(is_first: bool) -> None:
    raised = raise_half(np.ones(16_000, np.float32), 8_000, is_first)
    louder, quieter = (raised[0], raised[-1]) if is_first else (raised[-1], raised[0])
    assert 20 * np.log10(louder / quieter) == pytest.approx(LOUDER_DB, abs=1e-3)
    assert raised[8_000] == pytest.approx(1, abs=1e-3)


def test_rounding_of_words_counts_hops_of_their_vowels() -> None:
    values = np.zeros((50, 12), np.float32)
    values[:, LIP_INDEX["width"]] = np.linspace(0.1, -0.1, 50)  # ever narrower
    track = LipTrack(values, np.ones(50, np.float32), np.ones(50, bool))
    wide, other, narrow = Phone(0, 0.3, "iy"), Phone(0.3, 0.5, "s"), Phone(0.5, 0.9, "uw")
    assert measure_area([(track, (wide, other, narrow))]) == 1
    assert measure_area([(track, (replace(wide, name="uw"), replace(narrow, name="iy")))]) == 0
    assert np.isnan(measure_area([(track, (wide,))]))


def test_the_cut_is_where_it_is_quiet() -> None:
    sound = np.ones(32_000, np.float32)
    sound[15_040:15_360] = 0  # hop 47 of 100
    assert find_cut(sound) == 15_040


def test_the_table_has_a_column_a_way() -> None:
    found = {
        "60 ms": {"loud": {"wider": 1.25, "n_halves": 8}},
        "260 ms": {"breaks": {"still": 1.0, "open": 0.004, "awake_in_song": 0.5}},
    }
    lines = draw_table(found).splitlines()
    assert lines[:2] == ["| | 60 ms | 260 ms |", "|---|---|---|"]
    assert "| 8 dB louder: × as wide | 1.25 (8 halves) | – |" in lines
    assert "| instrumental breaks: still; open | – | 1.00; 0.004 |" in lines


def test_a_whole_table_of_songs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped weights on what the repository holds, end to end: two songs and the rest."""
    sung = Path(hearing.__file__).parent / "sung"
    if not sung.exists():
        pytest.skip("only the source tree has the set")
    for name in ("breaths", "track", "held", "whispered"):
        (tmp_path / name).symlink_to(sung / name)
    for song in ("en_boat_alone", "en_boat_band"):
        for suffix in (".opus", ".json"):
            (tmp_path / f"{song}{suffix}").symlink_to(sung / f"{song}{suffix}")
    out = tmp_path / "found.out"
    words = f"hearing.py --sung {tmp_path} --lookahead-ms 60 --out {out} --bundle {SHIPPED}"
    monkeypatch.setattr("sys.argv", words.split())
    hearing.main()
    assert "flite 2.2, accompaniment" in capsys.readouterr().out
    assert '"closure_f1"' in out.read_text("utf-8")
    monkeypatch.setattr("sys.argv", ["hearing.py", "--speech", str(tmp_path / "breaths")])
    with pytest.raises(SystemExit, match="no speech here"):
        hearing.main()


def test_who_knows_the_phones_scores_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lips drawn from the labels themselves, two hops late: closed for p b m, narrow for u o y."""
    folder = Path(hearing.__file__).parent / "sung"
    if not folder.exists():
        pytest.skip("only the source tree has the set")
    speech = open_speech(folder).spoken
    drawn = iter([draw_lips(spoken) for spoken in speech])
    monkeypatch.setattr(hearing_phones, "hear", lambda *_: next(drawn))
    found = hearing_phones.judge_phones(None, folder)
    rows = [row for row in found.values() if "lag_ms" in row]
    assert len(rows) == 4 and sum(row["n_clips"] for row in rows) == 16
    for row in rows:
        assert row["lag_ms"] == pytest.approx(40, abs=3)
        assert row["inside_f1"] >= 0.97 and row["precision"] == 1 and row["chance"] < 0.3
        assert row["rounding_auc"] >= 0.99 and row["forward_auc"] == 0.5
        assert row["shut_in_vowels"] < 0.01
    assert found["languages_rounding_auc"]["mean"] >= 0.99
    assert set(found["languages"]) == {"en", "it", "es", "fr", "de", "ja"}


def draw_lips(spoken: Spoken) -> np.ndarray:
    lips = np.zeros((len(spoken.case.sound) // 320 + 1, 12), np.float32)
    for phone in spoken.phones:
        hops = slice(round(phone.start_s * 50) + 2, round(phone.end_s * 50) + 2)
        lips[hops, 0] = 0.2 * (phone.name not in hearing_phones.QUIET)
        lips[hops, LIP_INDEX["width"]] = -0.1 * (tell_vowel(phone.name, spoken.engine) is True)
    for phone in spoken.closures:
        lips[round(phone.start_s * 50) + 2 : round(phone.end_s * 50) + 2, 0] = 0
    return lips
