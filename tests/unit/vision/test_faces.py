"""Every face of a film: where it comes, where it leaves, which way it lies; cuts and repeats."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from fakes.people_films import read_images

from lipmotion.errors import MediaError
from lipmotion.frames import Frame
from lipmotion.vision.faces import FilmFaces, Trail, follow_faces
from lipmotion.vision.landmarks import FaceLandmarker
from lipmotion.vision.measure import KEPT_POINTS, find_pose
from lipmotion.vision.shots import ShotState, find_cut
from lipmotion.vision.stretches import find_stretches, group_people


@pytest.fixture(scope="module")
def landmarker() -> FaceLandmarker:
    return FaceLandmarker()


def to_frames(images: Iterable[np.ndarray], hz: float = 25) -> Iterator[Frame]:
    return (Frame(np.ascontiguousarray(image), k / hz) for k, image in enumerate(images))


def spans(film: FilmFaces) -> list[tuple[int, int, int]]:
    return [(t.first, t.first + len(t.points), t.shot) for t in film.trails]


def test_shots_and_faces_are_told_apart(landmarker: FaceLandmarker) -> None:
    one, two = read_images("s1")[:10], read_images("s2")[:10]
    film = follow_faces(to_frames([*one, *two, *one]), landmarker)
    assert spans(film) == [(0, 10, 0), (10, 20, 1), (20, 30, 2)]
    assert group_people(film.trails) == [0, 1, 0]
    assert film.end_s == pytest.approx(29 / 25) and film.damage == ""


def test_a_lost_face_goes_on_and_a_new_one_is_found(landmarker: FaceLandmarker) -> None:
    one, two = read_images("s1"), read_images("s2")
    black = np.zeros_like(one[0])
    hidden = [image.copy() for image in one[:30]]
    for k in range(8, 14):
        hidden[k][60:260, 100:260] = hidden[k][60:260, 100:260].mean(axis=(0, 1))  # a hand
    film = follow_faces(to_frames(hidden), landmarker)
    assert spans(film) == [(0, 30, 0)]
    lost = np.isnan(film.trails[0].points[:, 0, 0])
    assert lost[8:14].all() and lost.sum() == 6
    side = [
        np.concatenate([a, b if k >= 10 else black], 1)
        for k, (a, b) in enumerate(zip(one[:40], two, strict=False))
    ]
    film = follow_faces(to_frames(side), landmarker)
    starts = sorted(first for first, _, _ in spans(film))
    assert starts[0] == 0 and 10 <= starts[1] <= 26  # looked for once a second, or at a cut
    assert group_people(film.trails)[:2] == [0, 1]


@pytest.mark.parametrize("n_quarters", [0, 1, 2, 3])
def test_faces_may_lie_any_way(landmarker: FaceLandmarker, n_quarters: int) -> None:
    upright = follow_faces(to_frames(read_images("s1")[:5]), landmarker)
    turned = [np.rot90(image, n_quarters) for image in read_images("s1")[:5]]
    film = follow_faces(to_frames(turned), landmarker)
    assert spans(film) == [(0, 5, 0)]
    a, b = (find_pose(f.trails[0].points) for f in (upright, film))
    np.testing.assert_allclose(a.scale, b.scale, rtol=0.02)


def test_repeats_and_times_that_stand_still_are_left_out(landmarker: FaceLandmarker) -> None:
    images = read_images("s1")[:6]
    film = follow_faces(to_frames([image for image in images for _ in range(3)]), landmarker)
    np.testing.assert_allclose(film.times_s, np.arange(6) * 3 / 25)
    assert film.end_s == pytest.approx(17 / 25)
    back = [
        Frame(image, t) for image, t in zip(images, (0, 0.04, 0.02, 0.04, 0.08, 0.12), strict=True)
    ]
    assert follow_faces(back, landmarker).times_s.tolist() == [0, 0.04, 0.08, 0.12]


def test_a_film_that_breaks_off_keeps_what_it_had(landmarker: FaceLandmarker) -> None:
    def broken() -> Iterator[Frame]:
        yield from to_frames(read_images("s1")[:4])
        raise MediaError("torn")

    film = follow_faces(broken(), landmarker)
    assert len(film.times_s) == 4 and film.damage == "torn"
    with pytest.raises(MediaError, match="holds no images"):
        follow_faces([], landmarker)


def test_a_cut_is_a_change_of_nearly_everything() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(2))
    shaken = [
        np.clip(first.astype(int) + rng.integers(-3, 4, first.shape), 0, 255).astype(np.uint8)
        for _ in range(5)
    ]
    state, cuts = ShotState(), []
    for image in [*shaken, second, second, first[:24]]:
        _, is_cut, is_repeat, state = find_cut(image, state)
        cuts.append((is_cut, is_repeat))
    assert cuts == [(False, False)] * 5 + [(True, False), (False, True), (False, False)]


def make_film(quality: np.ndarray, points: np.ndarray, hz: float = 25) -> FilmFaces:
    n = len(points)
    picture = follow_faces(to_frames([np.zeros((64, 64, 3), np.uint8)]), FaceLandmarker()).picture
    rows = points.copy()
    rows[quality == 0] = np.nan
    changes = np.full(n, 5.0)
    return FilmFaces(np.arange(n) / hz, changes, n / hz, (Trail(0, rows, 0),), picture, "")


def test_stretches_end_where_the_face_is_away_for_long(landmarker: FaceLandmarker) -> None:
    film = follow_faces(to_frames(read_images("s1")[:50]), landmarker)
    points = np.tile(film.trails[0].points, (3, 1, 1))
    assert points.shape[1] == len(KEPT_POINTS)
    quality = np.ones(150)
    quality[40:48] = 0  # 0.32 s: the stretch goes on
    quality[80:100] = 0
    quality[104:130] = 0  # what lies between is too short
    stretches, left_out = find_stretches(make_film(quality, points))
    times = [(round(s.times_s[0], 2), round(s.end_s, 2)) for s in stretches]
    assert times == [(0.0, 3.2), (5.2, 6.0)]
    assert left_out["seen for less than 0.5 s"] == pytest.approx(0.12)
    assert left_out["turned away, or lost"] == pytest.approx(5.96 - 3.16 - 0.12 - 0.76)
    assert [s.reason for s in stretches] == ["", ""]
    slow, _ = find_stretches(make_film(np.ones(150), points, hz=15))
    assert slow[0].reason == "15 images a second where 20 are needed"
    tiny, _ = find_stretches(make_film(np.ones(150), points / 4))
    assert "px apart; 24 are needed" in tiny[0].reason
