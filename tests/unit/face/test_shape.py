"""Proportions are a map of space: touching stays touching, millimetres are the face's own."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import Shape, read_face_spec
from lipmotion.face.base import FaceSpec
from lipmotion.face.shape import EMO
from lipmotion.face.sim.camera import Camera
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.head import Head

OPEN = {"jaw_open": 0.4, "neck_yaw": 0.7, "neck_roll": 0.6}


@pytest.fixture(scope="module")
def spec() -> FaceSpec:
    spec = read_face_spec("emo")
    return dataclasses.replace(spec, camera=dataclasses.replace(spec.camera, size_px=96))


@pytest.fixture(scope="module")
def plain(spec: FaceSpec) -> SimFace:
    return hold(SimFace(spec))


def hold(face: SimFace, n_hops: int = 30) -> SimFace:
    for _ in range(n_hops):
        face.send(face.spec.rest.replace(OPEN))
    return face


def test_emos_own_proportions_change_nothing() -> None:
    points = np.random.default_rng(0).normal(0, 40, (50, 3))
    assert EMO.apply(points) is points
    np.testing.assert_array_equal(Shape(1.0, 1, 1, 1).apply(points), points)


@pytest.mark.parametrize("mouth", [0.85, 1.0, 1.2])
def test_no_two_points_fall_together(mouth: float) -> None:
    x = np.linspace(0, 120, 1201)
    for y in (0.0, -40.0, 60.0):
        points = np.stack([x, np.full_like(x, y), np.zeros_like(x)], -1)
        across = Shape(mouth=mouth).apply(points)[:, 0]
        assert (np.diff(across) > 0.05 * np.diff(x)).all()
    corner = Shape(width=1.1, mouth=mouth).apply(np.array([25.0, 0.0, 3.0]))
    np.testing.assert_allclose(corner, (25 * 1.1 * mouth, 0, 3))
    far = Shape(mouth=mouth).apply(np.array([90.0, 60.0, 0.0]))
    assert far[0] == pytest.approx(90, rel=0.001)


@pytest.mark.parametrize(
    "bad", [{"width": 0.7}, {"height": 1.3}, {"mouth": 0.8}, {"depth": np.nan}]
)
def test_a_head_that_does_not_fit_the_mirror_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is"):
        Shape(**bad)


def test_truth_is_in_millimetres_of_this_face(spec: FaceSpec, plain: SimFace) -> None:
    wide = hold(SimFace(dataclasses.replace(spec, shape=Shape(width=1.2, height=0.9))))
    ours, theirs = wide.truth(), plain.truth()
    assert ours.width_mm == pytest.approx(1.2 * theirs.width_mm)
    assert ours.aperture_mm == pytest.approx(0.9 * theirs.aperture_mm)
    np.testing.assert_allclose(ours.lip_points_mm, theirs.lip_points_mm * (1.2, 0.9, 1))
    assert (ours.jaw_rad, ours.lip_force_n) == (theirs.jaw_rad, theirs.lip_force_n)


def test_a_closed_mouth_of_any_shape_is_closed(spec: FaceSpec) -> None:
    shape = Shape(width=0.9, height=1.1, depth=1.1, mouth=1.2)
    rest = SimFace(dataclasses.replace(spec, shape=shape)).truth()
    assert rest.sealed_share >= 0.9
    assert rest.width_mm == pytest.approx(50 * 0.9 * 1.2, rel=0.02)
    assert rest.farthest_mm < 1.5


def test_image_and_truth_agree_on_where_the_lips_are(spec: FaceSpec) -> None:
    """Drawn lips are red; their edge lies where the truth projects it, head turned."""
    camera = dataclasses.replace(spec.camera, size_px=256)
    shape = Shape(width=1.1, height=0.92, depth=1.05, mouth=0.9)
    face = hold(SimFace(dataclasses.replace(spec, shape=shape, camera=camera)))
    image = Camera(256, looks=spec.looks, shape=shape).render(face.pose()).astype(int)
    outer = face.truth().lip_points_px[:40]
    middle = outer.mean(0)
    red = image[..., 0] - image[..., 1]
    for point in outer[[5, 10, 15, 25, 30, 35]]:
        away = (point - middle) / np.linalg.norm(point - middle)
        (xi, yi), (xo, yo) = (np.rint(point + s * away).astype(int) for s in (-2.5, 5))
        assert red[yi, xi] > red[yo, xo] + 15


def test_a_turned_head_keeps_its_collar_where_it_is(spec: FaceSpec, plain: SimFace) -> None:
    shape = Shape(width=1.15, height=0.9)
    head = Head(spec.looks, shape=shape)
    names = [part.name for part in head._neck]
    collar = head._slices[names[-1]]
    at_rest = {**plain.pose().drives, "neck_yaw": 0.0, "neck_roll": 0.0}
    seen = []
    for drives in (at_rest, plain.pose().drives):
        points = head.place(dataclasses.replace(plain.pose(), drives=drives))[0][collar]
        seen.append(
            Camera(96, shape=shape).project(
                points, dataclasses.replace(plain.pose(), drives=drives)
            )
        )
    np.testing.assert_allclose(*seen, atol=0.02)


def test_stiffer_skin_gives_way_less(spec: FaceSpec) -> None:
    moved = []
    for stiffness in (0.6, 1.8):
        face = SimFace(dataclasses.replace(spec, skin_stiffness=stiffness))
        for _ in range(40):
            face.send(spec.rest.replace({"corner_left_spread": 1.0, "corner_right_spread": 1.0}))
        moved.append(face.truth().width_mm)
    assert moved[0] > moved[1] + 0.3
