"""Lips and sound: a known shift is found, strangers are told apart, chance has its spread."""

import numpy as np
import pytest

from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS
from lipmotion.vision.sync import (
    MAX_LAG_HOPS,
    Evidence,
    Offset,
    compare,
    find_offset,
    goes_with,
    is_enough,
    is_likely,
    look_up,
    pool,
)


def make_lips(rng: np.random.Generator, n_hops: int) -> np.ndarray:
    """Lips that move at random below 8 Hz, about as far as people's do, (T, 12)."""
    noise = rng.normal(0, 1, (n_hops + 40, N_LIP_FIELDS))
    kernel = np.hanning(7) / np.hanning(7).sum()
    smooth = np.stack([np.convolve(x, kernel, "same") for x in noise.T], axis=1)
    return (0.1 * smooth[20 : 20 + n_hops]).astype(np.float32)


def see(rng: np.random.Generator, n_hops: int, late_hops: int, share: float) -> Evidence:
    """A segment whose lips share so much with the sound, which comes late."""
    lips, own = make_lips(rng, n_hops + 100), make_lips(rng, n_hops + 100)
    heard = np.roll(share * lips + np.sqrt(1 - share**2) * own, late_hops, axis=0)
    return compare(lips[50:-50], np.ones(n_hops, np.float32), heard[50:-50])


@pytest.mark.parametrize("late_hops", [-12, 0, 7])
def test_a_shift_is_found(late_hops: int) -> None:
    rng = np.random.default_rng(1)
    offset = find_offset(pool(see(rng, 400, late_hops, 0.6) for _ in range(3)))
    assert offset.seconds == pytest.approx(late_hops / 50, abs=0.006)
    assert offset.is_sure and 0.45 < offset.correlation < 0.75


def test_a_shift_between_hops_is_found() -> None:
    t = np.arange(600) / 50
    lips = np.zeros((600, N_LIP_FIELDS))
    heard = np.zeros((600, N_LIP_FIELDS))
    for hz, phase in ((2.3, 0.1), (3.1, 1.4), (4.7, 2.2)):
        lips[:, LIP_INDEX["aperture"]] += np.sin(2 * np.pi * hz * t + phase)
        heard[:, LIP_INDEX["aperture"]] += np.sin(2 * np.pi * hz * (t - 0.047) + phase)
    offset = find_offset(compare(lips, np.ones(600), heard))
    assert offset.seconds == pytest.approx(0.047, abs=0.003)


def test_chance_has_the_spread_it_says_and_pools() -> None:
    rng = np.random.default_rng(2)
    singles = [see(rng, 250, 0, 0.0) for _ in range(200)]
    assert 0.8 < np.std([s.sureness[::10] for s in singles]) < 1.2
    pools = [pool(singles[k : k + 10]) for k in range(0, 200, 10)]
    assert 0.75 < np.std([p.sureness[::10] for p in pools]) < 1.3
    assert np.mean([find_offset(s).is_sure for s in singles]) < 0.03


def test_unseen_hops_do_not_count() -> None:
    rng = np.random.default_rng(3)
    lips = make_lips(rng, 400)
    seen, quality = lips.copy(), np.ones(400, np.float32)
    seen[150:250], quality[150:250] = 9.0, 0.0
    with_gap, without = compare(seen, quality, lips), compare(lips, quality, lips)
    np.testing.assert_allclose(with_gap.curve, without.curve, rtol=0.02, atol=3)
    blind = compare(lips, np.zeros(400, np.float32), lips)
    assert find_offset(blind).sureness == 0 and not find_offset(blind).is_sure


def test_segments_are_judged_at_their_sources_offset() -> None:
    rng = np.random.default_rng(4)
    own = [see(rng, 300, 5, 0.6) for _ in range(30)]
    strangers = [see(rng, 300, 5, 0.0) for _ in range(30)]
    offset = find_offset(pool(own))
    assert all(goes_with(one, offset) for one in own)
    assert sum(goes_with(one, offset) for one in strangers) <= 2
    assert all(is_likely(one, offset) for one in own)
    elsewhere = Offset(-0.3, offset.sureness, offset.correlation)
    assert not any(goes_with(one, elsewhere) for one in own)
    assert look_up(own[0], 0.1) == pytest.approx(own[0].sureness[MAX_LAG_HOPS + 4 : -19].max())


def test_what_is_too_short_is_not_judged() -> None:
    rng = np.random.default_rng(5)
    short, long = see(rng, 60, 0, 0.0), pool(see(rng, 3000, 0, 0.0) for _ in range(4))
    assert not is_enough(short) and is_enough(long)
    assert goes_with(short, Offset(0.0, 5.0, 0.15))
    nothing = pool([])
    assert not is_enough(nothing) and not find_offset(nothing).is_sure


def test_a_peak_at_the_edge_is_no_offset() -> None:
    curve = np.zeros(2 * MAX_LAG_HOPS + 1)
    curve[1] = 100.0
    offset = find_offset(Evidence(curve, 1.0, 200.0))
    assert offset.sureness == pytest.approx(100) and not offset.is_sure
