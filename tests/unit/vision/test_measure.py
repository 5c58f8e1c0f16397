"""Lip measures: pose and size drop out, each field moves with what it names, sides are right."""

import numpy as np
import pytest

from lipmotion.lips import LIP_FIELDS, LIP_INDEX
from lipmotion.vision.measure import (
    CHIN_POINTS,
    KEPT_POINTS,
    LIP_POINTS,
    LOWER_INNER,
    LOWER_OUTER,
    RIGID_POINTS,
    UPPER_INNER,
    UPPER_OUTER,
    find_pose,
    measure_lips,
)


def make_face() -> dict[int, np.ndarray]:
    """A made-up face in its own axes (owner's left, up, forward), eye distances."""
    face = {k: np.array(v) for k, v in RIGID_POINTS.items()}
    side = np.linspace(-1, 1, 11)
    for points, half, height in (
        (UPPER_OUTER, 0.30, 0.05),
        (LOWER_OUTER, 0.30, -0.08),
        (UPPER_INNER, 0.27, 0.01),
        (LOWER_INNER, 0.27, -0.01),
    ):
        for k, s in zip(points, side, strict=True):
            face[k] = np.array([half * s, -0.6 + height * (1 - s**2), 0.1 - 0.1 * s**2])
    for n, k in enumerate(k for k in KEPT_POINTS if k not in face):
        face[k] = np.array([0.05 * (n - 4), -1.0, 0.0])
    return face


def to_points(
    face: dict[int, np.ndarray],
    *,
    angles: tuple[float, float, float] = (0, 0, 0),
    scale_px: float = 70,
    shift_px: tuple[float, float] = (180, 140),
) -> np.ndarray:
    """A face as the landmarker gives it, (1, K, 3)."""
    pitch, yaw, roll = angles
    rotate = np.eye(3)
    for angle, (i, j) in zip((pitch, yaw, roll), ((1, 2), (2, 0), (0, 1)), strict=True):
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        rotate = turn @ rotate
    points = np.array([face[k] for k in KEPT_POINTS]) @ rotate.T * scale_px
    points *= (1, -1, -1)
    points[:, :2] += shift_px
    return points[None]


def measure(face: dict[int, np.ndarray], **how: object) -> dict[str, float]:
    values = measure_lips(to_points(face, **how))[0]  # type: ignore[arg-type]
    return dict(zip(LIP_FIELDS, values.tolist(), strict=True))


def test_kept_points_hold_all_that_is_measured() -> None:
    assert len(LIP_POINTS) == 40
    assert list(KEPT_POINTS) == sorted(set(KEPT_POINTS))
    assert {*RIGID_POINTS, *LIP_POINTS, *CHIN_POINTS} <= set(KEPT_POINTS)


@pytest.mark.parametrize("angles", [(0.3, 0, 0), (0, -0.4, 0), (0, 0, 0.7), (0.2, 0.3, -0.2)])
def test_pose_size_and_place_drop_out(angles: tuple[float, float, float]) -> None:
    straight = measure(make_face())
    turned = measure(make_face(), angles=angles, scale_px=133, shift_px=(-20, 500))
    assert turned == pytest.approx(straight, abs=1e-4)


def test_the_angle_from_the_camera_is_found() -> None:
    pose = find_pose(to_points(make_face(), angles=(0, 0.4, 0)))
    assert pose.turn[0] == pytest.approx(0.4, abs=1e-6)
    assert 1 / pose.scale[0] == pytest.approx(70)


def test_values_of_a_known_face() -> None:
    got = measure(make_face())
    middle = (1 - np.linspace(-1, 1, 11) ** 2)[4:7].mean()
    half = (1 - np.linspace(-1, 1, 11) ** 2)[6:9].mean()
    assert got["aperture"] == pytest.approx(0.02 * middle, abs=1e-5)
    assert got["aperture_left"] == pytest.approx(0.02 * half, abs=1e-5)
    assert got["aperture_right"] == pytest.approx(0.02 * half, abs=1e-5)
    assert got["upper_vermilion"] == pytest.approx(0.04 * middle, abs=1e-5)
    assert got["lower_vermilion"] == pytest.approx(0.07 * middle, abs=1e-5)
    assert got["corner_left_height"] + got["jaw"] == pytest.approx(0.4, abs=1e-5)
    assert got["protrusion"] == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize(
    ("moved", "by", "changes"),
    [
        ((*LOWER_INNER[1:-1],), (0, -0.1, 0), {"aperture": 0.1, "aperture_left": 0.1}),
        ((*LOWER_INNER[6:9],), (0, -0.1, 0), {"aperture_left": 0.1}),
        ((*LOWER_INNER[2:5],), (0, -0.1, 0), {"aperture_right": 0.1}),
        ((291, 308), (0, 0.05, 0), {"corner_left_height": 0.05}),
        ((61, 78), (0, 0.05, 0), {"corner_right_height": 0.05}),
        ((*UPPER_OUTER[4:7],), (0, 0.03, 0), {"upper_lip_height": 0.03, "upper_vermilion": 0.03}),
        ((*LOWER_OUTER[4:7],), (0, 0.03, 0), {"lower_lip_height": 0.03, "lower_vermilion": -0.03}),
        ((0, 17), (0, 0, 0.02), {"protrusion": 0.02}),
        (CHIN_POINTS, (0, -0.2, 0), {"jaw": 0.2}),
    ],
)
def test_fields_move_with_what_they_name(
    moved: tuple[int, ...], by: tuple[float, float, float], changes: dict[str, float]
) -> None:
    before, face = measure(make_face()), make_face()
    for k in moved:
        face[k] = face[k] + np.array(by)
    after = measure(face)
    for name, change in changes.items():
        assert after[name] - before[name] == pytest.approx(change, abs=1e-5)
    if len(moved) == 2:  # corners and protrusion alone move nothing else
        others = {n: v for n, v in after.items() if n not in changes}
        assert others == pytest.approx({n: before[n] for n in others}, abs=1e-5)


def test_a_wider_mouth_is_wider_by_as_much() -> None:
    face = make_face()
    for k in LIP_POINTS:
        face[k] = face[k] * (1.1, 1, 1)
    assert measure(face)["width"] / measure(make_face())["width"] == pytest.approx(1.1, abs=1e-4)


def test_unseen_images_give_nan_rows_only_there() -> None:
    points = np.concatenate([to_points(make_face())] * 3)
    points[1] = np.nan
    got = measure_lips(points)
    assert np.isnan(got[1]).all() and np.isfinite(got[[0, 2]]).all()
    assert np.isnan(measure_lips(points[1:2])).all()
    assert measure_lips(points[:0]).shape == (0, 12)


def test_lips_that_cross_count_as_touching() -> None:
    face = make_face()
    for k in LOWER_INNER:
        face[k] = face[k] + np.array((0, 0.05, 0))
    assert measure_lips(to_points(face))[0, LIP_INDEX["aperture"]] == 0
