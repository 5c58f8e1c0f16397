"""The map from a rival's outputs to people's lips: a known map and lag are found again."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import BundleError
from lipmotion.evaluate.rivals.curves import Kind, RivalCurves
from lipmotion.evaluate.rivals.oracle import Pair, find_lag, fit_oracle, load_oracle
from lipmotion.lips import LIP_FIELDS, LIP_INDEX, LipTrack
from lipmotion.timing import HOP_HZ

NAMES = ("aa", "U", "PP")


def make_pairs(
    rng: np.random.Generator,
    *,
    lag_s: float = 0.1,
    noise: float = 0.0,
    n_clips: int = 8,
    kind: Kind = "offline",
) -> tuple[list[Pair], np.ndarray]:
    """Smooth weights; lips = weights · slope, which the rival tells `lag_s` late at 100 Hz."""
    slope = rng.uniform(0, 0.3, (len(NAMES), len(LIP_FIELDS)))
    pairs: list[Pair] = []
    for _ in range(n_clips):
        seconds = rng.uniform(3, 5)
        knots = np.arange(-1, seconds + 1, 0.12)
        values = rng.uniform(0, 1, (len(knots), len(NAMES)))

        def tell(at: np.ndarray, knots=knots, values=values) -> np.ndarray:
            return np.stack([np.interp(at, knots, v) for v in values.T], axis=1)

        times = np.arange(0, seconds, 0.01)
        weights = tell(times - lag_s).astype(np.float32)
        curves = RivalCurves(NAMES, times, weights, kind, None)
        n_hops = int(seconds * HOP_HZ)
        lips = tell(np.arange(n_hops) / HOP_HZ) @ slope + rng.normal(0, noise, (n_hops, 12))
        ones = np.ones(n_hops, np.float32)
        pairs.append((curves, LipTrack(lips.astype(np.float32), ones, ones > 0)))
    return pairs, slope


@pytest.mark.parametrize("lag_s", [-0.06, 0.0, 0.1])
def test_the_lag_is_found_and_taken_off(lag_s: float) -> None:
    pairs, _ = make_pairs(np.random.default_rng(0), lag_s=lag_s, noise=0.02)
    assert find_lag(pairs) == round(lag_s * HOP_HZ)


def test_a_known_map_is_found_again() -> None:
    pairs, _ = make_pairs(np.random.default_rng(1))
    oracle = fit_oracle(pairs[:-1])
    curves, lips = pairs[-1]
    inside = slice(10, -10)  # at the ends the context is not known
    told = oracle.apply(curves, len(lips))[inside]
    assert np.abs(told - lips.values[inside]).max() < 0.02
    assert oracle.r2 > 0.97
    assert oracle.lookahead_ms == (5 + 4) * 20


def test_a_rival_that_knows_nothing_explains_nothing() -> None:
    rng = np.random.default_rng(2)
    pairs, _ = make_pairs(rng)
    turned = pairs[1:] + pairs[:1]
    wrong = [(curves, lips) for (curves, _), (_, lips) in zip(pairs, turned, strict=True)]
    oracle = fit_oracle(wrong)
    assert oracle.r2 < 0.1
    curves, lips = pairs[0]
    spread = oracle.apply(curves, len(lips))[:, 3].std()
    assert spread == pytest.approx(float(lips.values[:, 3].std()), rel=0.4)  # but is not timid


def test_hops_that_were_not_seen_do_not_count() -> None:
    pairs, _ = make_pairs(np.random.default_rng(3))
    spoilt = []
    for curves, lips in pairs:
        values, quality = lips.values.copy(), lips.quality.copy()
        values[20:60], quality[20:60] = 5.0, 0.0
        spoilt.append((curves, LipTrack(values, quality, lips.in_speech)))
    assert fit_oracle(spoilt).r2 > 0.97


def test_pauses_count_little() -> None:
    pairs, _ = make_pairs(np.random.default_rng(7))
    paused = []
    for curves, lips in pairs:
        values, in_speech = lips.values.copy(), lips.in_speech.copy()
        values[:25], in_speech[:25] = 0.0, False
        paused.append((curves, LipTrack(values, lips.quality, in_speech)))
    curves, lips = pairs[0]
    told = fit_oracle(paused).apply(curves, len(lips))
    assert np.corrcoef(told[30:-10, 3], lips.values[30:-10, 3])[0, 1] > 0.98


def test_seen_apertures_are_never_negative() -> None:
    pairs, _ = make_pairs(np.random.default_rng(4))
    oracle = fit_oracle(pairs)
    silent = RivalCurves(NAMES, np.array([0.0]), np.zeros((1, 3), np.float32), "offline", None)
    assert (oracle.apply(silent, 10)[:, LIP_INDEX["aperture"]] >= 0).all()


def test_a_map_comes_back_from_disk_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    pairs, _ = make_pairs(np.random.default_rng(5), n_clips=3)
    oracle = fit_oracle(pairs)
    path = tmp_path / "map.npz"
    oracle.save(path)
    again = load_oracle(path)
    curves, _ = pairs[0]
    np.testing.assert_array_equal(again.apply(curves, 50), oracle.apply(curves, 50))
    with np.load(path) as found:
        arrays = {name: found[name] for name in found}
    arrays["slope"] = arrays["slope"] + 0.001
    np.savez(path, **arrays)
    with pytest.raises(BundleError, match="does not match its own hash"):
        load_oracle(path)
    path.write_bytes(b"PK")
    with pytest.raises(BundleError, match="not a readable map"):
        load_oracle(path)


def test_what_cannot_be_fitted_or_applied_is_refused() -> None:
    pairs, _ = make_pairs(np.random.default_rng(6), n_clips=2)
    with pytest.raises(ValueError, match="at least 2 clips"):
        fit_oracle(pairs[:1])
    curves, lips = pairs[1]
    other = RivalCurves(("x", "y", "z"), curves.times_s, curves.weights, "offline", None)
    with pytest.raises(ValueError, match="different rivals"):
        fit_oracle([pairs[0], (other, lips)])
    with pytest.raises(ValueError, match="this map reads"):
        fit_oracle(pairs).apply(other, 10)
