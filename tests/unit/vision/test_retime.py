"""Retiming: lines stay lines, dips keep their depth, gaps are filled and owned up to."""

import numpy as np
import pytest

from lipmotion.vision.retime import retime


@pytest.mark.parametrize("images_hz", [25.0, 29.97, 30.0, 50.0, 60.0])
def test_a_line_stays_a_line(images_hz: float) -> None:
    times = np.arange(40) / images_hz
    values = np.stack([2 * times - 1, np.full(40, 3.0)], axis=1)
    n_hops = int(times[-1] * 50) + 1
    got, quality = retime(values, times, np.ones(40), n_hops)
    at = np.arange(n_hops) / 50
    np.testing.assert_allclose(got, np.stack([2 * at - 1, np.full(n_hops, 3.0)], 1), atol=1e-6)
    assert (quality == 1).all()


def test_images_on_the_grid_are_kept_and_a_slow_wave_is_followed() -> None:
    times = np.arange(51) / 25
    values = np.sin(2 * np.pi * 3 * times)[:, None]
    got, _ = retime(values, times, np.ones(51), 101)
    np.testing.assert_allclose(got[::2], values, atol=1e-6)
    wave = np.sin(2 * np.pi * 3 * np.arange(101) / 50)[:, None]
    assert np.abs(got - wave)[4:-4].max() < 0.01  # a line between images would be off by 0.07


def test_uneven_times_give_the_same_line() -> None:
    times = np.array([0.0, 0.03, 0.07, 0.1, 0.15, 0.2])
    got, _ = retime(4 * times[:, None], times, np.ones(6), 11)
    np.testing.assert_allclose(got[:, 0], 4 * np.arange(11) / 50, atol=1e-6)


def test_unseen_images_are_bridged_by_a_line_with_quality_0() -> None:
    times = np.arange(20) / 25
    values = times[:, None].copy()
    values[5:10] = np.nan
    got, quality = retime(values, times, np.ones(20), 38)
    np.testing.assert_allclose(got[:, 0], np.arange(38) / 50, atol=1e-6)
    assert quality[:8].tolist() == [1] * 8
    assert quality[9:20].tolist() == [0] * 11
    assert quality[20:].tolist() == [1] * 18


def test_one_missing_image_hardly_counts() -> None:
    times = np.arange(20) / 25
    values = times[:, None].copy()
    values[5] = np.nan
    _, quality = retime(values, times, np.ones(20), 38)
    assert (quality == 1).all()


def test_ends_are_held_and_not_believed() -> None:
    times = 0.5 + np.arange(5) / 25
    got, quality = retime(np.arange(5.0)[:, None], times, np.ones(5), 60)
    assert (got[:25] == 0).all() and (got[34:] == 4).all()
    assert quality[:22].max() == 0 and quality[23:35].min() == 1 and quality[37:].max() == 0


def test_quality_is_that_of_the_worse_neighbour() -> None:
    quality = retime(np.zeros((3, 1)), np.array([0, 0.04, 0.08]), np.array([1, 0.5, 1]), 4)[1]
    np.testing.assert_allclose(quality, [0.5, 0.5, 0.5, 0.5])


def test_nothing_seen_gives_zeros() -> None:
    got, quality = retime(np.full((4, 3), np.nan), np.arange(4) / 25, np.ones(4), 6)
    assert got.shape == (6, 3) and not got.any() and not quality.any()
    assert retime(np.zeros((4, 3)), np.arange(4) / 25, np.ones(4), 0)[0].shape == (0, 3)
