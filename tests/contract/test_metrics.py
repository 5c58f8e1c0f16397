"""Laws of every measure.

A perfect copy scores perfectly; a shifted copy shows its shift and, that taken off, costs nothing;
the wrong clip scores worse; a mouth held shut, held open or flapping wins nothing; what is empty
or silent is defined. A measure that is new joins MEASURES and must keep them.
"""

import numpy as np
import pytest

from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.scores import (
    MEASURES,
    ClipScore,
    Pair,
    find_source_lag,
    score_clip,
    summarise,
)
from lipmotion.lips import LIP_FIELDS, LIP_INDEX, LipTrack

N_CLIPS = 12
N_HOPS = 260
NOISE = 0.002  # of the tracker, resting mouth widths
FOR_ALL = ("r_aperture", "r_width", "closure_f1", "rounding_f1")  # nobody may win these by a trick


def talk(rng: np.random.Generator, *, n_hops: int = N_HOPS) -> LipTrack:
    """Lips that move as in speech (up to 6 Hz, shut now and then), at rest before and after."""
    t = np.arange(n_hops) / 50
    values = np.zeros((n_hops, len(LIP_FIELDS)))
    for column in range(len(LIP_FIELDS)):
        hz, phase = rng.uniform(0.8, 6.0, 8), rng.uniform(0, 2 * np.pi, 8)
        waves = np.sin(2 * np.pi * hz[:, None] * t + phase[:, None]) / np.sqrt(hz[:, None])
        values[:, column] = 0.04 * waves.sum(axis=0)
    apertures = [LIP_INDEX[f"aperture{side}"] for side in ("", "_left", "_right")]
    values[:, apertures] = 0.04 + values[:, apertures]
    in_speech = (t > 1) & (t < t[-1] - 1)
    near = np.convolve(in_speech, np.hanning(13) / np.hanning(13).sum(), "same")
    values *= near[:, None]
    values += rng.normal(0, NOISE, values.shape)
    values[:, apertures] = values[:, apertures].clip(0)
    return LipTrack(values.astype(np.float32), np.ones(n_hops, np.float32), in_speech)


def change(track: LipTrack, values: np.ndarray) -> LipTrack:
    return LipTrack(values.astype(np.float32), track.quality, track.in_speech)


def with_aperture(track: LipTrack, aperture: np.ndarray | float) -> LipTrack:
    values = np.zeros_like(track.values)
    values[:, LIP_INDEX["aperture"]] = aperture
    return change(track, values)


@pytest.fixture(scope="module")
def humans() -> list[LipTrack]:
    rng = np.random.default_rng(5)
    return [talk(rng) for _ in range(N_CLIPS)]


def score_all(
    humans: list[LipTrack], robots: list[LipTrack]
) -> tuple[float, dict[str, float], list[ClipScore]]:
    """Lag in ms, each measure over all clips, and the clips."""
    noise = np.full(len(LIP_FIELDS), NOISE, np.float32)
    pairs = [
        Pair(f"clip-{k}", "somebody", "en", h, r, r.values)
        for k, (h, r) in enumerate(zip(humans, robots, strict=True))
    ]
    lag = find_source_lag(pairs)
    ranges = fit_range(humans, noise=noise), fit_range(robots, noise=noise)
    rng = np.random.default_rng(0)
    scores = [score_clip(pair, *ranges, lag_hops=lag.hops, rng=rng) for pair in pairs]
    values = {name: summarise(scores, name, rng=rng, n_draws=2).value for name in MEASURES}
    return lag.ms, values, scores


def test_a_perfect_copy_is_perfect(humans: list[LipTrack]) -> None:
    lag_ms, values, _ = score_all(humans, humans)
    assert lag_ms == pytest.approx(0, abs=0.2)
    chance = ("closure_chance", "rounding_chance", "jitter")
    for name, perfect in MEASURES.items():
        if name not in chance:
            allowed = 0.02 if name == "stillness" else 2e-3  # noise leaves 3 sigma now and then
            assert values[name] == pytest.approx(perfect, abs=allowed), name
    assert values["closure_chance"] < 0.5 * values["closure_f1"]
    assert values["rounding_chance"] < 0.6 * values["rounding_f1"]


@pytest.mark.parametrize("hops", [-7, -3, 4, 11])
def test_a_shift_shows_and_taken_off_costs_nothing(humans: list[LipTrack], hops: int) -> None:
    late = [change(h, np.roll(h.values, hops, axis=0)) for h in humans]
    lag_ms, values, _ = score_all(humans, late)
    assert lag_ms == pytest.approx(20 * hops, abs=2)
    for name in ("r_aperture", "r_width", "r_asymmetry"):
        assert values[name] > 0.995, name
    for name in ("closure_f1", "closure_recall", "closure_precision", "rounding_f1"):
        assert values[name] > 0.97, name
    assert values["false_closure"] < 0.01
    assert values["r_aperture_lag_0"] < values["r_aperture"] - 0.1
    assert values["misalignment_ms"] == pytest.approx(20 * abs(hops), rel=0.25, abs=5)


@pytest.mark.parametrize("shift_ms", [-33.0, 7.0, 10.0, 52.0])
def test_a_shift_between_hops_shows(humans: list[LipTrack], shift_ms: float) -> None:
    def delay(values: np.ndarray) -> np.ndarray:
        spectrum = np.fft.rfft(values, axis=0)
        hz = np.fft.rfftfreq(len(values), 1 / 50)
        turn = np.exp(-2j * np.pi * hz * shift_ms / 1000)
        return np.fft.irfft(spectrum * turn[:, None], len(values), axis=0)

    lag_ms, values, _ = score_all(humans, [change(h, delay(h.values)) for h in humans])
    assert lag_ms == pytest.approx(shift_ms, abs=2)
    assert values["r_aperture"] > 0.97


def test_more_noise_scores_worse(humans: list[LipTrack]) -> None:
    scores = []
    for size in (0.005, 0.02, 0.06):
        rng = np.random.default_rng(1)
        noisy = [change(h, h.values + rng.normal(0, size, h.values.shape)) for h in humans]
        scores.append(score_all(humans, noisy)[1])
    for name in FOR_ALL:
        assert scores[0][name] > scores[1][name] > scores[2][name], name
    assert scores[0]["jerk_ratio"] < scores[1]["jerk_ratio"] < scores[2]["jerk_ratio"]
    assert scores[0]["jitter"] < scores[1]["jitter"] < scores[2]["jitter"]


def test_the_wrong_clip_scores_worse(humans: list[LipTrack]) -> None:
    _, values, _ = score_all(humans, humans[1:] + humans[:1])
    assert abs(values["r_aperture"]) < 0.3
    assert values["closure_f1"] < 0.5
    assert values["rounding_f1"] < 0.5
    assert values["closure_f1"] == pytest.approx(values["closure_chance"], abs=0.15)
    assert values["false_closure"] > 0.3
    assert values["misalignment_ms"] > 50


def flap(track: LipTrack) -> LipTrack:
    t = np.arange(len(track)) / 50
    return with_aperture(track, 0.1 * (1 - np.cos(2 * np.pi * 4 * t)))


def follow_level(track: LipTrack) -> LipTrack:
    """Opens with the level of the voice, as an amplitude puppet does: slow, and never shut."""
    level = np.convolve(track.field("aperture"), np.hanning(27) / 13, "same")
    return with_aperture(track, level + 0.01 * track.in_speech)


def jitter_shut(track: LipTrack) -> LipTrack:
    rng = np.random.default_rng(len(track))
    return with_aperture(track, np.abs(rng.normal(0, NOISE, len(track))))


@pytest.mark.parametrize(
    "hold",
    [
        lambda track: with_aperture(track, 0.0),
        lambda track: with_aperture(track, 0.3),
        jitter_shut,
        flap,
    ],
    ids=["shut", "open", "shut, seen with noise", "flapping"],
)
def test_no_trick_wins(humans: list[LipTrack], hold) -> None:  # type: ignore[no-untyped-def]
    _, values, _ = score_all(humans, [hold(h) for h in humans])
    for name in FOR_ALL:
        assert np.isnan(values[name]) or values[name] < 0.45, name
    assert not np.isnan(values["r_aperture"])
    assert not np.isnan(values["closure_f1"])
    # The measures of calm are not won by calm alone: undefined, or bad.
    assert not values["false_closure"] < 0.2
    assert not values["misalignment_ms"] < 40
    assert not values["stillness"] > 0.5
    assert not values["open"] < 0.1
    assert abs(np.log(max(values["amplitude_ratio"], 1e-9))) > 0.3
    assert not values["jitter"] < 0.001 or np.isnan(values["jitter"]) or hold is flap


@pytest.mark.parametrize("share", [0.0, 0.02, 1.0], ids=["noise", "a copy within it", "a copy"])
def test_noise_of_the_tracker_earns_nothing(humans: list[LipTrack], share: float) -> None:
    rng = np.random.default_rng(3)
    robots = []
    for h in humans:
        noise = rng.normal(0, NOISE, h.values.shape)
        gaps = [LIP_INDEX[f"aperture{side}"] for side in ("", "_left", "_right")]
        values = share * h.values + noise
        values[:, gaps] = values[:, gaps].clip(0)
        robots.append(change(h, values))
    _, values, _ = score_all(humans, robots)
    for name in FOR_ALL if share == 1 else MEASURES:
        if name.startswith("r_"):  # by definition, not by luck: the lag was searched for it
            assert values[name] > 0.9 if share == 1 else values[name] == 0, name
    if share < 1:
        for name in ("closure_f1", "rounding_f1"):
            assert values[name] == 0, name
        assert np.isnan(values["misalignment_ms"])


def test_one_field_may_move_while_another_is_noise(humans: list[LipTrack]) -> None:
    rng = np.random.default_rng(4)
    robots = [with_aperture(h, h.field("aperture")) for h in humans]
    robots = [change(r, r.values + np.abs(rng.normal(0, NOISE, r.values.shape))) for r in robots]
    _, values, _ = score_all(humans, robots)
    assert values["r_aperture"] > 0.95
    assert values["r_width"] == values["r_width_lag_0"] == values["r_asymmetry"] == 0


def test_the_level_of_the_voice_is_not_enough(humans: list[LipTrack]) -> None:
    _, values, _ = score_all(humans, [follow_level(h) for h in humans])
    assert values["r_aperture"] < 0.8
    assert values["closure_f1"] < 0.4
    assert not values["rounding_f1"] > 0.1
    assert not abs(values["r_width"]) > 0.1
    assert values["amplitude_ratio"] < 0.8


def test_nothing_unseen_or_not_finite_is_scored(humans: list[LipTrack]) -> None:
    values = np.array(humans[0].values)
    values[40:60] = np.nan
    with pytest.raises(ValueError, match="finite"):
        change(humans[0], values)
    quality = np.array(humans[0].quality)
    quality[80:120] = 0
    holed = [LipTrack(h.values, quality, h.in_speech) for h in humans]
    robots = [change(h, h.values) for h in humans]
    for robot in robots:
        assert len(robot) == len(quality)
    _, whole, _ = score_all(holed, robots)
    assert whole["r_aperture"] == pytest.approx(1, abs=1e-6)
    wild = []
    for h in humans:
        values = np.array(h.values)
        values[80:120] = np.random.default_rng(0).uniform(0, 1, (40, 12))
        wild.append(change(h, values))
    _, wild_values, _ = score_all(holed, wild)  # where the person was not seen nothing counts
    assert wild_values["r_aperture_lag_0"] == pytest.approx(whole["r_aperture_lag_0"], abs=1e-6)


def test_half_the_movement_shows_in_amplitude_alone(humans: list[LipTrack]) -> None:
    _, values, _ = score_all(humans, [change(h, h.values / 2) for h in humans])
    assert values["amplitude_ratio"] == pytest.approx(0.5, abs=1e-3)
    assert values["jerk_ratio"] == pytest.approx(0.5, abs=1e-3)
    assert values["r_aperture"] == pytest.approx(1, abs=1e-6)
    assert values["closure_f1"] > 0.99  # each owner has its own range


def test_units_of_both_owners_do_not_matter(humans: list[LipTrack]) -> None:
    robots = [change(h, h.values + np.float32(0.01) * np.roll(h.values, 2, 0)) for h in humans]
    large = [change(r, 3 * r.values) for r in robots]
    _, small_values, _ = score_all(humans, robots)
    _, large_values, _ = score_all(humans, large)
    for name in FOR_ALL:
        assert large_values[name] == pytest.approx(small_values[name], abs=0.02), name


def test_f1_is_the_same_seen_from_the_robot(humans: list[LipTrack]) -> None:
    rng = np.random.default_rng(2)
    robots = [change(h, h.values + rng.normal(0, 0.01, h.values.shape)) for h in humans]
    _, one, _ = score_all(humans, robots)
    _, other, _ = score_all(robots, humans)
    assert one["closure_f1"] == pytest.approx(other["closure_f1"], abs=0.02)
    assert one["closure_precision"] == pytest.approx(other["closure_recall"], abs=0.03)
    assert one["r_aperture"] == pytest.approx(other["r_aperture"], abs=0.005)


@pytest.mark.parametrize("n_hops", [0, 1, 3, 30])
def test_empty_and_silent_are_defined(humans: list[LipTrack], n_hops: int) -> None:
    quiet = LipTrack(
        np.zeros((n_hops, len(LIP_FIELDS)), np.float32),
        np.ones(n_hops, np.float32),
        np.zeros(n_hops, bool),
    )
    lips = fit_range(humans)
    pair = Pair("quiet", "somebody", "en", quiet, quiet, quiet.values)
    lag = find_source_lag([pair])
    assert (lag.hops, lag.is_defined) == (0.0, False)
    rng = np.random.default_rng(0)
    score = score_clip(pair, lips, lips, lag_hops=lag.hops, rng=rng)
    assert set(score.shares) == set(MEASURES)
    for name, share in score.shares.items():
        if name in ("stillness", "open") and n_hops >= 25:
            assert share.whole == n_hops
            assert share.value == MEASURES[name]
        else:
            assert (share.part, share.whole) == (0, 0), name
    figure = summarise([score], "r_aperture", rng=rng)
    assert np.isnan(figure.value)
    assert figure.n_clips == 0


def test_tracks_of_different_length_are_refused(humans: list[LipTrack]) -> None:
    short = talk(np.random.default_rng(0), n_hops=200)
    with pytest.raises(ValueError, match="260, 200 hops"):
        Pair("clip", "somebody", "en", humans[0], short)


def test_same_seed_same_figures(humans: list[LipTrack]) -> None:
    robots = humans[1:] + humans[:1]
    assert score_all(humans, robots)[1] == pytest.approx(score_all(humans, robots)[1], nan_ok=True)


def test_an_unknown_measure_is_refused(humans: list[LipTrack]) -> None:
    with pytest.raises(KeyError, match="no measure"):
        summarise([], "beauty", rng=np.random.default_rng(0))
