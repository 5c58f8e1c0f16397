"""The landmarker: values on real faces, its state, its sampling against a slow reference."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.bundle import open_bundle
from lipmotion.errors import BundleError
from lipmotion.media.video import read_video
from lipmotion.vision.detect import Region, merge_boxes
from lipmotion.vision.landmarks import (
    BUNDLE,
    FaceLandmarker,
    LandmarkState,
    sample_square,
    track_points,
)

PEOPLE = Path(__file__).parents[2] / "data" / "people"
BLACK = np.zeros((120, 160, 3), np.uint8)


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    frames = read_video(PEOPLE / "s1" / "bbwm4n.mp4")
    return [frame.image for _, frame in zip(range(8), frames, strict=False)]


@pytest.fixture(scope="module")
def landmarker() -> FaceLandmarker:
    return FaceLandmarker()


@pytest.mark.parametrize(
    ("film", "eyes", "corners"),
    [
        ("s1/bbwm4n.mp4", [(140.1, 148.8), (202.9, 149.6)], [(154.6, 204.4), (190.9, 205.2)]),
        ("s2/bbws7n.mp4", [(142.2, 154.5), (210.6, 154.7)], [(154.7, 210.0), (191.0, 212.4)]),
    ],
)
def test_points_lie_where_mediapipe_sees_them(
    film: str,
    eyes: list[tuple[float, float]],
    corners: list[tuple[float, float]],
    landmarker: FaceLandmarker,
) -> None:
    image = next(read_video(PEOPLE / film)).image
    points, _ = landmarker.step(image, landmarker.init_state())
    assert points is not None and points.shape == (478, 3) and points.dtype == np.float32
    np.testing.assert_allclose(points[[33, 263], :2], eyes, atol=0.15)
    np.testing.assert_allclose(points[[61, 291], :2], corners, atol=0.15)


def test_no_face_gives_none_and_looks_everywhere_again(
    images: list[np.ndarray], landmarker: FaceLandmarker
) -> None:
    _, state = landmarker.step(images[0], landmarker.init_state())
    assert state.region is not None
    points, state = landmarker.step(np.zeros_like(images[0]), state)
    assert points is None and state == landmarker.init_state()
    points, _ = landmarker.step(images[1], state)
    assert points is not None


def test_a_region_beyond_the_image_is_forgotten(
    images: list[np.ndarray], landmarker: FaceLandmarker
) -> None:
    far = LandmarkState(Region(-500.0, 40.0, 100.0, 0.0))
    assert landmarker.step(BLACK, far) == (None, LandmarkState())
    again, _ = landmarker.step(images[0], far)
    fresh, _ = landmarker.step(images[0], landmarker.init_state())
    np.testing.assert_array_equal(again, fresh)


def test_streams_do_not_disturb_each_other(
    images: list[np.ndarray], landmarker: FaceLandmarker
) -> None:
    alone = list(track_points(images, landmarker))
    turned = [np.ascontiguousarray(image[:, ::-1]) for image in images]
    first, second = landmarker.init_state(), landmarker.init_state()
    for image, other, expected in zip(images, turned, alone, strict=True):
        points, first = landmarker.step(image, first)
        _, second = landmarker.step(other, second)
        np.testing.assert_array_equal(points, expected)


def test_the_mirrored_answer_does_not_care_which_way_round(images: list[np.ndarray]) -> None:
    both = FaceLandmarker(mirrored=True)
    mirror = np.array(open_bundle(BUNDLE, "face_landmarks").manifest.settings["mirror"])
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))
    points, _ = both.step(images[0], both.init_state())
    turned, _ = both.step(np.ascontiguousarray(images[0][:, ::-1]), both.init_state())
    assert points is not None and turned is not None
    back = turned[mirror] * [-1, 1, 1] + [images[0].shape[1], 0, 0]
    assert np.abs(back - points)[:, :2].mean() < 0.35  # the detector's square is not symmetric
    plain, _ = FaceLandmarker().step(images[0], LandmarkState())
    assert plain is not None
    assert 0 < np.abs(plain - points)[:, :2].mean() < 2


def test_faces_are_counted(images: list[np.ndarray], landmarker: FaceLandmarker) -> None:
    assert landmarker.count_faces(BLACK) == 0
    assert landmarker.count_faces(images[0]) == 1
    assert landmarker.count_faces(np.concatenate([images[0], images[0]], axis=1)) == 2


@pytest.mark.parametrize("is_black_outside", [True, False])
@pytest.mark.parametrize(
    "region", [Region(15.3, 11.2, 12.0, 0.4), Region(2.0, 19.0, 30.0, -1.1), Region(10, 9, 6, 0)]
)
def test_squares_are_sampled_bilinearly(region: Region, is_black_outside: bool) -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    got = sample_square(image, region, 7, is_black_outside=is_black_outside)
    for row in range(7):
        for column in range(7):
            u, v = (column / 7 - 0.5) * region.side, (row / 7 - 0.5) * region.side
            x = region.x + np.cos(region.angle) * u - np.sin(region.angle) * v
            y = region.y + np.sin(region.angle) * u + np.cos(region.angle) * v
            x, y = np.rint(x * 32) / 32, np.rint(y * 32) / 32
            expected = np.zeros(3)
            for i in (int(np.floor(x)), int(np.floor(x)) + 1):
                for j in (int(np.floor(y)), int(np.floor(y)) + 1):
                    weight = (1 - abs(x - i)) * (1 - abs(y - j))
                    is_inside = 0 <= i < 30 and 0 <= j < 20
                    if is_inside or not is_black_outside:
                        expected += weight * image[np.clip(j, 0, 19), np.clip(i, 0, 29)]
            np.testing.assert_array_equal(got[:, row, column], np.floor(expected + 0.5))


def test_boxes_that_overlap_are_averaged_by_score() -> None:
    boxes = np.zeros((896, 16), np.float32)
    scores = np.full(896, -10, np.float32)
    assert merge_boxes(boxes, scores) is None
    # Anchors 0 and 1 share a cell at (4, 4) pixels of 128; the other lies far away.
    boxes[0, :4] = (0, 0, 32, 32)
    boxes[1, :4] = (4, 0, 32, 32)
    boxes[400, :4] = (0, 0, 32, 32)
    boxes[0, 4:8] = (-4, 0, 4, 0)
    boxes[1, 4:8] = (0, 0, 8, 0)
    scores[[0, 1, 400]] = np.log(3), 0, 1  # scores of 0.75, 0.5, 0.73
    found = merge_boxes(boxes, scores)
    assert found is not None
    (low, high), (right_eye, left_eye) = found
    shift = 4 * 0.5 / 1.25
    np.testing.assert_allclose(low * 128, (4 - 16 + shift, 4 - 16), atol=1e-4)
    np.testing.assert_allclose(high * 128, (4 + 16 + shift, 4 + 16), atol=1e-4)
    np.testing.assert_allclose(right_eye * 128, (0 + shift, 4), atol=1e-4)
    np.testing.assert_allclose(left_eye * 128, (8 + shift, 4), atol=1e-4)


def test_a_missing_bundle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle here"):
        FaceLandmarker(tmp_path)
