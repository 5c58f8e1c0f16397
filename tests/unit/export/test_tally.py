"""Running statistics are those of all values at once."""

import numpy as np
import pytest

from lipmotion.export.tally import QUANTILES, PixelTally, Tally


def test_a_tally_counts_what_numpy_counts() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([rng.beta(0.5, 2, 4000), rng.random(4000) > 0.3, np.full(4000, 0.25)], 1)
    tally = Tally(3, 0.0, 1.0)
    for part in np.array_split(values.astype(np.float32), 7):
        tally.add(part)
    told = tally.describe()
    values = values.astype(np.float32).astype(float)
    assert told["count"] == [4000]
    np.testing.assert_array_equal(told["min"], values.min(0))
    np.testing.assert_array_equal(told["max"], values.max(0))
    np.testing.assert_allclose(told["mean"], values.mean(0), rtol=1e-12)
    np.testing.assert_allclose(told["std"], values.std(0), atol=1e-12)
    for name, share in QUANTILES.items():
        wanted = np.quantile(values, share, 0, method="inverted_cdf")
        np.testing.assert_allclose(told[name], wanted, atol=2 / 4096)


@pytest.mark.parametrize("cut", [0, 1, 300])
def test_tallies_join(cut: int) -> None:
    values = np.random.default_rng(1).normal(50, 20, (300, 2))
    whole, first, second = (Tally(2, 0.0, 100.0) for _ in range(3))
    whole.add(values)
    first.add(values[:cut])
    second.add(values[cut:])
    first.join(second)
    told, joined = whole.describe(), first.describe()
    assert joined["count"] == [300]
    for name in told:
        np.testing.assert_allclose(joined[name], told[name], rtol=1e-12)
    assert told["min"] < [0.0, 100.0]  # values out of range are still least and greatest


def test_one_value_is_all_its_statistics() -> None:
    tally = Tally(1, 7.0, 7.0)
    tally.add(np.array([[7]]))
    told = tally.describe()
    assert told.pop("count") == [1] and told.pop("std") == [0.0]
    assert all(value == [7.0] for value in told.values())


def test_pixels_are_exact() -> None:
    images = np.random.default_rng(2).integers(0, 200, (5, 8, 6, 3), dtype=np.uint8)
    images[..., 2] = 17
    tally, second = PixelTally(), PixelTally()
    for image in images[:3]:
        tally.add(image)
    for image in images[3:]:
        second.add(image)
    tally.join(second)
    told = tally.describe()
    flat = images.reshape(-1, 3) / 255
    assert told["count"] == [5] and np.shape(told["mean"]) == (3, 1, 1)
    for name in ("min", "max", "mean", "std"):
        wanted = getattr(np, name)(flat, axis=0)
        np.testing.assert_allclose(np.ravel(told[name]), wanted, atol=1e-12)
    for name, share in QUANTILES.items():
        wanted = np.quantile(flat, share, 0, method="inverted_cdf")
        np.testing.assert_allclose(np.ravel(told[name]), wanted)
