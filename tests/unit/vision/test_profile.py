"""The line of a profile, and what it says of the lips; drawn profiles, values by hand."""

import numpy as np
import pytest

from lipmotion.errors import RecordingError
from lipmotion.vision.measure import KEPT_POINTS, LIP_POINTS, RIGID_POINTS
from lipmotion.vision.profile import Profile, fit_profile, measure_protrusion, trace_profile

SIZE, EYE_PX, SIDE_PX = 256, 100.0, 80.0  # eye distances in the two views
ZERO_ROW = 98.0  # of the side view: height 0
WALL, SKIN = (200, 210, 220), (150, 100, 80)
# heights in eye distances: nose tip, upper edge, slit, lower edge, chin
TIP, UPPER, SLIT, LOWER, CHIN = -0.32, -0.59, -0.68, -0.78, -1.08
HEIGHT = {0: UPPER, 13: SLIT, 14: SLIT, 17: LOWER}


def draw_line(
    forward: float = 0.0, shift: tuple[float, float] = (0.0, 0.0), turn: float = 0.0
) -> np.ndarray:
    """A profile's line, px in each row; the lips `forward` eye distances before rest."""
    knots = {
        0.5: 0.24, 0.1: 0.13, 0.04: 0.10, TIP + 0.02: 0.37, TIP: 0.38, TIP - 0.12: 0.14,
        UPPER + 0.02: 0.17, UPPER: 0.19 + forward, UPPER - 0.06: 0.25 + forward,
        SLIT: 0.26 + forward, LOWER + 0.06: 0.25 + forward, LOWER: 0.19 + forward,
        LOWER - 0.02: 0.14, CHIN: 0.14, -1.3: 0.0,
    }  # fmt: skip
    height = np.linspace(0.5, -1.3, 4000)
    x = 130 - SIDE_PX * np.interp(height, list(knots)[::-1], list(knots.values())[::-1])
    y = ZERO_ROW - SIDE_PX * height
    cos, sin = np.cos(turn), np.sin(turn)
    x, y = (
        100 + cos * (x - 100) - sin * (y - 124) + shift[0],
        124 + sin * (x - 100) + cos * (y - 124) + shift[1],
    )
    order = np.argsort(y)
    rows = np.arange(SIZE) + 0.5
    line = np.interp(rows, y[order], x[order], left=np.nan, right=np.nan)
    return line.astype(np.float32)


def draw(
    line: np.ndarray, wall: tuple[int, ...] = WALL, skin: tuple[int, ...] = SKIN
) -> np.ndarray:
    """An image with face right of the line, its edge as sharp as a pixel."""
    share = (np.arange(SIZE) + 1 - np.nan_to_num(line, nan=SIZE)[:, None]).clip(0, 1)[..., None]
    return np.rint(np.array(wall) + share * (np.array(skin) - np.array(wall))).astype(np.uint8)


def place_points(n: int = 1) -> np.ndarray:
    """KEPT_POINTS of a head held straight, lips closed: heights as above, (n, K, 3)."""
    points = np.zeros((len(KEPT_POINTS), 3), np.float32)
    for k, point in enumerate(KEPT_POINTS):
        x, y, z = RIGID_POINTS.get(point, (0.0, HEIGHT.get(point, -0.7), 0.3))
        if point in LIP_POINTS and point not in HEIGHT:
            x = 0.2
        points[k] = (128 + EYE_PX * x, 110 - EYE_PX * y, -EYE_PX * z)
    return np.tile(points, (n, 1, 1))


@pytest.fixture(scope="module")
def profile() -> Profile:
    return fit_profile(np.tile(draw_line(), (3, 1)), place_points(3))


def test_the_line_is_found_to_a_tenth_of_a_pixel() -> None:
    line = draw_line()
    found = trace_profile(draw(line))
    smooth = np.isfinite(line) & (np.abs(np.gradient(line)) < 1.5)
    assert smooth.sum() > 100
    assert np.abs(found - line)[smooth].max() < 0.6
    assert np.median(np.abs(found - line)[smooth]) < 0.15
    assert np.isnan(found[np.isnan(line)][5:-5]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_line_stays_under_noise_dim_light_and_a_shaded_wall(seed: int) -> None:
    line = draw_line()
    rng = np.random.default_rng(seed)
    image = 0.6 * draw(line).astype(float)
    image += np.linspace(0, 25, SIZE)[None, :, None] + rng.normal(0, 4, image.shape)
    found = trace_profile(image.clip(0, 255).astype(np.uint8))
    smooth = np.isfinite(line) & (np.abs(np.gradient(line)) < 1)
    assert np.median(np.abs(found - line)[smooth]) < 0.4
    assert (np.abs(found - line)[smooth] < 2).mean() > 0.97


def test_rows_go_with_the_heights_that_the_front_shows(profile: Profile) -> None:
    assert profile.px_per_unit == pytest.approx(SIDE_PX, rel=0.04)
    assert profile.zero_row == pytest.approx(ZERO_ROW, abs=2)
    assert profile.tip_row == pytest.approx(ZERO_ROW - SIDE_PX * TIP, abs=1)


@pytest.mark.parametrize("forward", [-0.06, 0.0, 0.04, 0.12])
def test_lips_that_stand_forward_are_measured(profile: Profile, forward: float) -> None:
    lines = np.stack([draw_line(), draw_line(forward)])
    rest, moved = measure_protrusion(lines, place_points(2), profile)
    assert moved - rest == pytest.approx(forward, abs=0.006)


@pytest.mark.parametrize(
    ("shift", "turn"), [((6, 0), 0.0), ((0, -5), 0.0), ((0, 0), 0.06), ((-4, 3), -0.05)]
)
def test_a_head_that_moves_does_not_change_it(
    profile: Profile, shift: tuple[float, float], turn: float
) -> None:
    lines = np.stack([draw_line(0.05), draw_line(0.05, shift, turn)])
    still, moved = measure_protrusion(lines, place_points(2), profile)
    assert moved == pytest.approx(still, abs=0.012)


def test_where_no_face_is_seen_there_is_no_protrusion(profile: Profile) -> None:
    lines, points = np.stack([draw_line()] * 3), place_points(3)
    lines[1] = np.nan
    points[2] = np.nan
    found = measure_protrusion(lines, points, profile)
    assert np.isfinite(found).tolist() == [True, False, False]
    assert np.isnan(measure_protrusion(lines, np.full_like(points, np.nan), profile)).all()


def test_a_side_view_without_a_profile_is_refused() -> None:
    with pytest.raises(RecordingError, match="no profile of a face"):
        fit_profile(np.full((2, SIZE), 80.0, np.float32), place_points(2))
    with pytest.raises(RecordingError, match="no profile of a face"):
        fit_profile(np.full((2, SIZE), np.nan, np.float32), place_points(2))
    with pytest.raises(RecordingError, match="no face was found at rest"):
        fit_profile(np.stack([draw_line()]), np.full_like(place_points(), np.nan))
    empty = np.full((SIZE, SIZE, 3), 128, np.uint8)
    assert np.isnan(trace_profile(empty)).all()
