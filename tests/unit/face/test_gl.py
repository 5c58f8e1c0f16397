"""What OpenGL draws is what our own rasteriser draws, where there is an OpenGL."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from lipmotion.errors import FaceError, MissingExtraError
from lipmotion.face import open_face, read_face_spec
from lipmotion.face.looks import DESIGNS, Looks
from lipmotion.face.sim.camera import MIRROR, PORTRAIT, Camera
from lipmotion.face.sim.gl import TOLERANCE, GlCamera
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.skin import render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface, turn_jaw, weigh_jaw

SIZE = 256
SPEC = read_face_spec("emo")
REST = sample_surface(render_angles()[:, None], render_rows()[None, :]).reshape(-1, 3)
DARK = Looks(lips=(0.2, 0.3, 0.8), skin=(0.35, 0.22, 0.16))


def pose(jaw_rad=0.0, **commands):
    motors = {m.name: m.to_unit(commands.get(m.name, m.rest)) for m in SPEC.motors}
    skin = REST + weigh_jaw(REST)[:, None] * (turn_jaw(REST, jaw_rad) - REST)
    return HeadPose(skin, jaw_rad, motors)


POSES = {
    "rest": pose(),
    "open": pose(0.3, lid_left_upper=1.0, eye_left_yaw=0.9, eye_right_yaw=0.9),
    "turned": pose(0.1, neck_yaw=0.9, neck_pitch=0.2, neck_roll=0.8, brow_left_inner=1.0),
    "blink": pose(lid_left_upper=0.0, lid_right_upper=0.0),
}


@pytest.fixture(scope="module")
def open_gl():
    pytest.importorskip("moderngl", reason="the extra gl is not installed")

    def open_camera(*args, **kwargs):
        try:
            return GlCamera(*args, **kwargs)
        except FaceError as error:
            pytest.skip(str(error))

    return open_camera


@pytest.fixture(scope="module")
def pair(open_gl):
    return Camera(SIZE), open_gl(SIZE)


def measure(one, two):
    apart = np.abs(one.astype(int) - two.astype(int))
    return apart.mean(), np.percentile(apart, 99)


def assert_alike(one, two):
    mean, most = measure(one, two)
    assert mean <= TOLERANCE[0]
    assert most <= TOLERANCE[1]


@pytest.mark.parametrize("name", POSES)
def test_both_draw_the_same(pair, name):
    ours, gl = (camera.render(POSES[name]) for camera in pair)
    assert gl.shape == (SIZE, SIZE, 3)
    assert_alike(ours, gl)


@pytest.mark.parametrize(
    "arguments",
    [{"looks": DARK, "exposure": 1.5}, {"looks": DESIGNS["warm"], "exposure": 0.6},
     {"looks": DESIGNS["graphite"]}, {"view": PORTRAIT},
     {"view": replace(MIRROR, centre_mm=(30.0, 60.0), height_mm=90.0)}],
)  # fmt: skip
def test_looks_views_and_exposures_are_followed(open_gl, arguments):
    assert_alike(*(make(SIZE, **arguments).render(POSES["open"]) for make in (Camera, open_gl)))


def test_the_tolerance_tells_faces_apart(pair):
    mean, most = measure(pair[0].render(POSES["rest"]), pair[1].render(POSES["blink"]))
    assert most > TOLERANCE[1]
    mean, most = measure(pair[0].render(POSES["rest"]), pair[1].render(POSES["turned"]))
    assert mean > 2 * TOLERANCE[0]


def test_the_wall_is_the_same_to_the_byte(pair):
    ours, gl = (camera.render(POSES["rest"])[:, :8] for camera in pair)
    np.testing.assert_array_equal(ours, gl)


def test_the_image_is_a_pure_function_of_the_pose(pair, open_gl):
    first = pair[1].render(POSES["rest"])
    pair[1].render(POSES["turned"])
    open_gl(SIZE).render(POSES["open"])  # another camera beside it
    np.testing.assert_array_equal(pair[1].render(POSES["rest"]), first)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(MissingExtraError, match=r"moderngl is not installed.*\[gl\]"):
        GlCamera(64)


def test_a_machine_without_opengl_is_told_what_to_do(monkeypatch):
    class NoDriver:
        @staticmethod
        def create_context(**_):
            raise RuntimeError("no display")

    monkeypatch.setitem(sys.modules, "moderngl", NoDriver)
    with pytest.raises(FaceError, match=r"no display.*install a driver.*or use the renderer 'own'"):
        GlCamera(64)


def test_a_face_looks_through_the_renderer_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "moderngl", None)
    face = open_face("emo", renderer="gl")
    with pytest.raises(MissingExtraError, match="moderngl"):
        face.look()
