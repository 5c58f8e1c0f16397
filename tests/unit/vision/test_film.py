"""Films that can be watched, and those that are refused with a reason."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import MediaError
from lipmotion.frames import Frame
from lipmotion.media.video import read_video
from lipmotion.vision.film import rate_points, watch_film
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS

PEOPLE = Path(__file__).parents[2] / "data" / "people"


@pytest.fixture(scope="module")
def landmarker() -> FaceLandmarker:
    return FaceLandmarker()


@pytest.fixture(scope="module")
def images() -> dict[str, list[np.ndarray]]:
    films = {"s1": "bbwm4n.mp4", "s2": "bbws7n.mp4"}
    return {
        who: [f.image for _, f in zip(range(12), read_video(PEOPLE / who / name), strict=False)]
        for who, name in films.items()
    }


def to_frames(images: list[np.ndarray]) -> Iterator[Frame]:
    return (Frame(image, k / 25) for k, image in enumerate(images))


def test_a_film_of_one_face_is_tracked(
    images: dict[str, list[np.ndarray]], landmarker: FaceLandmarker
) -> None:
    seen: list[tuple[int, int | None]] = []
    film = images["s1"]
    film = [*film[:5], np.zeros_like(film[0]), *film[6:]]
    times, quality, landmarks = watch_film(
        to_frames(film), landmarker, progress=lambda n, total: seen.append((n, total)), n_images=12
    )
    np.testing.assert_allclose(times, np.arange(12) / 25)
    assert landmarks.shape == (12, len(KEPT_POINTS), 3)
    assert np.isnan(landmarks[5]).all() and quality[5] == 0
    assert quality[:5].min() > 0.9 and quality[6:].min() > 0.9
    assert seen == [(n, 12) for n in range(1, 13)]


def test_films_that_cannot_be_used_say_why(
    images: dict[str, list[np.ndarray]], landmarker: FaceLandmarker
) -> None:
    black = np.zeros_like(images["s1"][0])
    with pytest.raises(MediaError, match="no face in any image"):
        watch_film(to_frames([black] * 3), landmarker)
    with pytest.raises(MediaError, match="no face in 33% of the images; at most 20% are allowed"):
        watch_film(to_frames([*images["s1"][:8], *[black] * 4]), landmarker)
    both = np.concatenate([images["s1"][0], images["s2"][0]], axis=1)
    with pytest.raises(MediaError, match=r"2 faces at 0\.0 s"):
        watch_film(to_frames([both]), landmarker)
    moved = np.ascontiguousarray(np.roll(images["s1"][6], 120, axis=1))
    with pytest.raises(MediaError, match=r"the shot or the face changes at 0\.[23]"):
        watch_film(to_frames([*images["s1"][:6], *[moved] * 8]), landmarker)
    small = [image[::3, ::3] for image in images["s1"]]
    with pytest.raises(MediaError, match=r"px apart; 24 are needed"):
        watch_film(to_frames([np.ascontiguousarray(image) for image in small]), landmarker)
    with pytest.raises(MediaError, match="holds no images"):
        watch_film(to_frames([]), landmarker)


def test_a_face_seen_from_the_side_counts_less(
    images: dict[str, list[np.ndarray]], landmarker: FaceLandmarker
) -> None:
    _, _, landmarks = watch_film(to_frames(images["s1"][:2]), landmarker)
    angle = np.radians(40)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    turned = (landmarks @ turn.T).astype(np.float32)
    assert 0 < rate_points(turned).max() < 0.8
    assert rate_points(np.full_like(landmarks, np.nan)).tolist() == [0, 0]
