"""When images are taken and arrive, and the light in the camera's view."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.base import CameraSpec
from lipmotion.face.faults import CameraFaults
from lipmotion.face.sim.shutter import EXPOSURE_S, Exposure, Light, Shutter

CAMERA = CameraSpec(64, 25.0, 0.02)


def run(faults: CameraFaults, n_hops: int = 1000, seed: int = 0) -> list[tuple[int, Exposure]]:
    """Every image with the hop that it came in."""
    shutter = Shutter(CAMERA, faults, seed)
    seen = [(hop, shutter.see(hop / 50)) for hop in range(n_hops)]
    return [(hop, taken) for hop, taken in seen if taken is not None]


def test_a_perfect_camera_gives_every_second_hop_what_was_its_delay_ago() -> None:
    film = run(CameraFaults())
    assert [hop for hop, _ in film] == list(range(0, 1000, 2))
    for hop, taken in film:
        assert taken.stamp_s == pytest.approx(hop / 50)
        assert taken.taken_s == pytest.approx(hop / 50 - 0.02)


def test_the_delay_may_be_another_than_the_description_believes() -> None:
    for hop, taken in run(CameraFaults(delay_s=0.113), 50):
        assert taken.taken_s == pytest.approx(hop / 50 - 0.113)


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_a_clock_that_runs_wrong_stamps_wrong_and_takes_images_at_its_own_rate(ppm: float) -> None:
    film = run(CameraFaults(clock_ppm=ppm), 10_000)
    stamps = np.array([taken.stamp_s for _, taken in film])
    arrived = np.array([taken.taken_s + 0.02 for _, taken in film])
    np.testing.assert_allclose(np.diff(stamps), 0.04)
    assert stamps[-1] / arrived[-1] == pytest.approx(1 + ppm * 1e-6, abs=1e-9)
    late = np.array([hop / 50 for hop, _ in film]) - arrived
    assert late.min() > -1e-8 and late.max() < 0.02


def test_jitter_is_in_the_arrival_and_images_are_taken_evenly_and_in_order() -> None:
    film = run(CameraFaults(jitter_s=0.006), seed=4)
    numbers = np.array([taken.number for _, taken in film])
    taken_s = np.array([taken.taken_s for _, taken in film])
    arrived = np.array([taken.stamp_s for _, taken in film])
    np.testing.assert_allclose(taken_s, numbers / 25 - 0.02)
    late = arrived - numbers / 25
    assert 0.004 < late.std() < 0.007 and np.abs(late).max() <= 0.012 + 1e-9
    assert (np.diff(arrived) >= 0).all()
    again = run(CameraFaults(jitter_s=0.006), seed=4)
    assert again == film != run(CameraFaults(jitter_s=0.006), seed=5)


def test_a_light_is_there_once_it_was_switched_and_only_in_its_place() -> None:
    light, grey = Light(), np.full((256, 256, 3), 100, np.uint8)
    assert light.shine(grey, 0.5) is grey
    light.switch(True, 1.0)
    light.switch(False, 2.0)
    off, on = light.shine(grey, 0.5), light.shine(grey, 1.5)
    changed = (on != off).any(axis=2)
    assert 100 < changed.sum() < 0.01 * changed.size
    assert on[changed].mean() > 150 > 60 > off[changed].mean() > 30
    assert (light.shine(grey, 2.5) == off).all()


def test_a_light_switched_within_the_exposure_is_seen_for_its_share() -> None:
    light, grey = Light(), np.full((64, 64, 3), 100, np.uint8)
    light.switch(True, 1.0)
    light.switch(False, 1.5)
    off, on = (light.shine(grey, t).astype(float).max() for t in (0.5, 1.2))
    off = light.shine(grey, 0.5).astype(float).min()
    quarter = light.shine(grey, 1.0 - EXPOSURE_S / 4)[..., 1].astype(float)
    row, column = np.unravel_index(light.shine(grey, 1.2)[..., 1].argmax(), (64, 64))
    share = (quarter[row, column] - off) / (on - off)
    assert share == pytest.approx(0.25, abs=0.06)
