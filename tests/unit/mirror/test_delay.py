"""A camera's delay is found from a light that is switched before it."""

import numpy as np
import pytest

from lipmotion.errors import FaceError
from lipmotion.mirror.delay import CELLS, GAP_S, draw_switches, find_delay, shrink

CELL = 7 * CELLS + 20
SECONDS = 15.0


def shine(switches: np.ndarray, taken: np.ndarray, exposure_s: float) -> np.ndarray:
    """Share of each exposure in which the light is on, by brute force."""
    steps = np.linspace(-0.5, 0.5, 41) * exposure_s
    return (np.searchsorted(switches, taken[:, None] + steps) % 2).mean(axis=1)


def film(
    delay_s: float, *, seed: int, images_hz: float = 25.0, exposure_s: float = 0.01,
    change: float = 40.0, drift: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    rng = np.random.default_rng(seed)
    switches = draw_switches(SECONDS, rng=rng)
    times = np.arange(int(SECONDS * images_hz)) / images_hz + rng.uniform(0, 0.04)
    cells = rng.normal(100, 1, (len(times), CELLS**2))
    cells[:, CELL] += change * shine(switches, times - delay_s, exposure_s)
    cells *= (1 + drift * np.sin(times))[:, None]
    return switches, times, cells.astype(np.float32)


@pytest.mark.parametrize("delay_ms", [0, 7, 20, 33, 60, 95, 120])
def test_any_delay_is_found_to_two_milliseconds(delay_ms: int) -> None:
    found = find_delay(*film(delay_ms / 1000, seed=delay_ms))
    assert 1000 * found.delay_s == pytest.approx(delay_ms, abs=2)
    assert found.error_s < 0.002
    assert found.place == pytest.approx((7.5 / CELLS, 20.5 / CELLS))


@pytest.mark.parametrize("images_hz", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("exposure_s", [0.0, 0.03])
def test_other_cameras_too(images_hz: float, exposure_s: float) -> None:
    found = find_delay(*film(0.05, seed=1, images_hz=images_hz, exposure_s=exposure_s))
    assert 1000 * found.delay_s == pytest.approx(50, abs=3)


def test_a_weak_light_before_an_exposure_that_drifts_is_found() -> None:
    found = find_delay(*film(0.06, seed=2, change=8, drift=0.2))
    assert 1000 * found.delay_s == pytest.approx(60, abs=3)


def test_no_light_and_the_wrong_light_are_refused() -> None:
    switches, times, cells = film(0.06, seed=3, change=0)
    with pytest.raises(FaceError, match="no light is seen"):
        find_delay(switches, times, cells)
    others = draw_switches(SECONDS, rng=np.random.default_rng(99))
    _, times, cells = film(0.06, seed=3)
    with pytest.raises(FaceError, match="no light is seen"):
        find_delay(others, times, cells)


def test_too_few_switches_are_told() -> None:
    switches, times, cells = film(0.06, seed=3)
    with pytest.raises(FaceError, match="switched 5 times"):
        find_delay(switches[:5], times, cells)
    with pytest.raises(FaceError, match="switched 0 times"):
        find_delay(switches, times[:0], cells[:0])


def test_switches_are_random_and_within_the_run() -> None:
    times = draw_switches(20.0, rng=np.random.default_rng(0))
    gaps = np.diff(times)
    assert gaps.min() >= GAP_S[0] and gaps.max() <= GAP_S[1] and times[-1] < 20
    phase = (times * 25) % 1
    assert np.histogram(phase, 4, (0, 1))[0].min() > 5


def test_cells_are_means() -> None:
    image = np.random.default_rng(0).integers(0, 256, (100, 70, 3)).astype(np.uint8)
    cells = shrink(image).reshape(CELLS, CELLS)
    rows, columns = (np.arange(CELLS + 1) * n // CELLS for n in (100, 70))
    part = image[rows[3] : rows[4], columns[9] : columns[10]]
    assert cells[3, 9] == pytest.approx(part.mean(), abs=0.01)
