"""What is wrong with a camera does what it says, and nothing else."""

import numpy as np
import pytest

from lipmotion.face.faults import CameraFaults, Lens


@pytest.fixture
def image() -> np.ndarray:
    """Smooth colours and a bright square, (40, 50, 3)."""
    y, x = np.mgrid[0:40, 0:50]
    image = np.stack([60 + 2 * x, 50 + 3 * y, 40 + x + y], axis=-1).astype(np.uint8)
    image[10:16, 20:28] = (220, 210, 200)
    return image


def spoil(image: np.ndarray, number: int = 0, taken_s: float = 0.0, **faults: object) -> np.ndarray:
    return Lens(CameraFaults(**faults), seed=1).spoil(image, number, taken_s)  # type: ignore[arg-type]


def to_light(image: np.ndarray) -> np.ndarray:
    coded = image / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("timing", [{}, {"delay_s": 0.1, "clock_ppm": 200.0, "jitter_s": 0.01}])
def test_a_camera_without_faults_gives_the_image_as_it_is(
    image: np.ndarray, timing: dict[str, float]
) -> None:
    assert spoil(image, 3, 9.0, **timing) is image


@pytest.mark.parametrize("shift", [(5, 0), (0, -3), (-4, 7)])
def test_a_shift_is_a_shift_to_the_byte(image: np.ndarray, shift: tuple[int, int]) -> None:
    across, down = shift
    rows, columns = np.arange(40) - down, np.arange(50) - across
    expected = image[rows.clip(0, 39)][:, columns.clip(0, 49)]
    np.testing.assert_array_equal(spoil(image, shift_px=shift), expected)


def test_a_turn_is_a_turn(image: np.ndarray) -> None:
    np.testing.assert_array_equal(spoil(image, turn_deg=180.0), image[::-1, ::-1])
    square = image[:, :40]
    np.testing.assert_array_equal(spoil(square, turn_deg=90.0), np.rot90(square, -1))
    upright = np.zeros((41, 41, 3), np.uint8)
    upright[5:20, 20] = 255  # a hand that points up goes to the right
    y, x = np.nonzero(spoil(upright, turn_deg=30.0)[..., 0] > 100)
    assert np.degrees(np.arctan2(x.mean() - 20, 20 - y.mean())) == pytest.approx(30, abs=1)


def test_exposure_and_warmth_are_stops_of_light(image: np.ndarray) -> None:
    dark = image // 2
    np.testing.assert_allclose(
        to_light(spoil(dark, exposure_stops=1.0)), 2 * to_light(dark), atol=0.008
    )
    warm = to_light(spoil(dark, warmth_stops=1.0)).mean((0, 1)) / to_light(dark).mean((0, 1))
    np.testing.assert_allclose(np.log2(warm), (0.5, 0, -0.5), atol=0.02)
    assert spoil(image, exposure_stops=8.0).min() == 255


def test_blur_spreads_a_dot_as_far_as_it_says() -> None:
    dot = np.zeros((41, 41, 3), np.uint8)
    dot[20, 20] = 255
    blurred = spoil(dot, blur_px=1.5).astype(float)[..., 0]
    y = np.arange(41) - 20
    spread = np.sqrt((blurred.sum(1) @ y**2) / blurred.sum())
    assert spread == pytest.approx(1.5, abs=0.1)
    plain = np.full((30, 30, 3), 77, np.uint8)
    np.testing.assert_array_equal(spoil(plain, blur_px=3.0), plain)


def test_noise_is_as_large_as_it_says_and_new_in_every_image() -> None:
    plain = np.full((80, 80, 3), 128, np.uint8)
    lens = Lens(CameraFaults(noise=5), seed=2)
    first, second, other_view = (
        lens.spoil(plain, number, 0.0, view).astype(float) - 128
        for number, view in ((0, 0), (1, 0), (0, 1))
    )
    assert first.std() == pytest.approx(5, rel=0.03) and abs(first.mean()) < 0.15
    for other in (second, other_view):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.03


def test_the_same_seed_gives_the_same_film_in_any_order(image: np.ndarray) -> None:
    faults = CameraFaults(
        drift_stops=0.5, step_stops=1, noise=3, blur_px=1, turn_deg=2, jpeg_quality=60
    )
    moments = [(k, k / 25) for k in range(0, 600, 120)]
    forwards, lens = Lens(faults, 7), Lens(faults, 7)
    film = [forwards.spoil(image, *moment) for moment in moments]
    backwards = [lens.spoil(image, *moment) for moment in reversed(moments)][::-1]
    np.testing.assert_array_equal(film, backwards)
    assert not np.array_equal(Lens(faults, 8).spoil(image, *moments[1]), film[1])


def test_exposure_drifts_slowly_and_as_far_as_it_says() -> None:
    plain = np.full((4, 4, 3), 100, np.uint8)
    lens = Lens(CameraFaults(drift_stops=0.3), seed=3)
    seen = np.array([to_light(lens.spoil(plain, 0, t))[0, 0, 1] for t in np.arange(0, 2000, 1.0)])
    stops = np.log2(seen / to_light(plain)[0, 0, 1])
    assert stops.std() == pytest.approx(0.3, rel=0.15) and abs(stops.mean()) < 0.1
    assert np.abs(np.diff(stops)).max() < 0.2


def test_exposure_jumps_when_it_says() -> None:
    plain = np.full((4, 4, 3), 100, np.uint8)
    lens = Lens(CameraFaults(step_stops=1.0, step_every_s=4.0), seed=3)
    seen = np.array([lens.spoil(plain, 0, t)[0, 0, 1] for t in np.arange(0, 20, 0.5)], int)
    jumps = np.flatnonzero(np.diff(seen)) + 1
    assert set(jumps) <= {8, 16, 24, 32} and len(jumps) >= 3
    assert (seen[:8] == 100).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("noise", -1), ("jpeg_quality", 0), ("delay_s", 2.0), ("clock_ppm", 5000), ("blur_px", 99),
     ("shift_px", (float("nan"), 0.0)), ("step_every_s", 0)],
)  # fmt: skip
def test_impossible_faults_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        CameraFaults(**{name: value})  # type: ignore[arg-type]
