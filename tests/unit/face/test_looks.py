"""What is seen of the head: every motor shows, nothing tears, the image is a pure function."""

from dataclasses import replace

import numpy as np
import pytest

from lipmotion.face import read_face_spec
from lipmotion.face.looks import Looks, to_linear
from lipmotion.face.sim.camera import MIRROR, Camera
from lipmotion.face.sim.paint import bake_skin
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.relief import EYE_MM
from lipmotion.face.sim.skin import render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface

SIZE = 128
SPEC = read_face_spec("emo")
SKIN = sample_surface(render_angles()[:, None], render_rows()[None, :]).reshape(-1, 3)
UNSIMULATED = [m.name for m in SPEC.motors if m.group not in ("lips", "jaw")]


def pose(jaw_rad=0.0, **commands):
    motors = {m.name: m.to_unit(commands.get(m.name, m.rest)) for m in SPEC.motors}
    return HeadPose(SKIN, jaw_rad, motors)


@pytest.fixture(scope="module")
def camera():
    return Camera(SIZE)


@pytest.fixture(scope="module")
def rest(camera):
    return camera.render(pose()).astype(int)


@pytest.mark.parametrize("motor", UNSIMULATED)
def test_every_motor_that_is_not_soft_skin_shows(camera, rest, motor):
    images = [camera.render(pose(**{motor: end})).astype(int) for end in (0.0, 1.0)]
    for image in images:
        changed = np.abs(image - rest).max(-1) > 12
        assert changed.sum() > 6
    if "left" in motor or "right" in motor:  # the owner's left is on the image's right
        changed = np.abs(images[0] - images[1]).max(-1) > 12
        half = changed[:, SIZE // 2 :] if "left" in motor else changed[:, : SIZE // 2]
        assert half.sum() > 0.8 * changed.sum()


def test_shut_lids_cover_the_eyes(camera):
    def count_eye(image):
        """Pixels nearer to the white, the iris or the pupil than to anything of the skin."""
        eye = (image[..., 2] > image[..., 0]) | (image.max(-1) < 45)
        centre = [
            camera.project(np.array([(s * EYE_MM[0], *EYE_MM[1:])]), pose())[0] for s in (1, -1)
        ]
        rows, columns = np.mgrid[0:SIZE, 0:SIZE]
        near = [np.hypot(columns - x, (rows - y) * 1.5) < 6 for x, y in centre]
        return (eye & (near[0] | near[1])).sum()

    shut = {"lid_left_upper": 0.0, "lid_right_upper": 0.0}
    assert count_eye(camera.render(pose()).astype(int)) > 15
    assert count_eye(camera.render(pose(**shut)).astype(int)) <= 4  # lashes are dark too


@pytest.mark.parametrize("yaw", [0.0, 1.0])
@pytest.mark.parametrize("pitch", [0.0, 1.0])
def test_the_neck_never_tears(yaw, pitch):
    camera = Camera(SIZE, looks=Looks(neck="ribbed"))  # between rods the wall may show
    image = camera.render(pose(neck_yaw=yaw, neck_pitch=pitch, neck_roll=1.0, jaw_rad=0.3))
    wall = camera.render(pose())[:, :2].astype(int)  # the wall alone, at the left edge
    is_wall = np.abs(image.astype(int) - wall.mean(1, keepdims=True)).max(-1) < 14
    below_chin = is_wall[-6:]  # the lowest rows: wall, then neck, then wall
    for row in below_chin:
        edges = np.flatnonzero(np.diff(row.astype(int)))
        assert len(edges) <= 2


@pytest.mark.parametrize("roll", [0.0, 1.0])
@pytest.mark.parametrize("yaw", [0.0, 1.0])
@pytest.mark.parametrize("pitch", [0.0, 1.0])
def test_the_neck_of_rods_never_tears(yaw, pitch, roll):
    """A violet wall does not show through the rubber that the rods stand round."""
    violet = (0.9, 0.0, 0.9)
    looks = Looks(neck="rods", background_top=violet, background_bottom=violet)
    camera = Camera(SIZE, looks=looks)
    turned = pose(neck_yaw=yaw, neck_pitch=pitch, neck_roll=roll, jaw_rad=0.3)
    image = camera.render(turned).astype(int)
    is_wall = image[..., 2] - image[..., 1] > 60
    x_px, y_px = camera.project(np.array([(0.0, -90.0, -88.0)]), pose())[0]
    rubber = is_wall[round(y_px) - 3 : round(y_px) + 1, round(x_px) - 15 : round(x_px) + 16]
    assert rubber.size and not rubber.any()
    assert is_wall[-20:, 0].all()


def test_the_image_is_a_pure_function_of_the_pose(camera, rest):
    camera.render(pose(neck_yaw=1.0, lid_left_upper=0.0, brow_left_inner=1.0, jaw_rad=0.2))
    np.testing.assert_array_equal(camera.render(pose()), rest)


def test_threads_do_not_change_the_image():
    one, two = Camera(192), Camera(192, n_threads=2)
    np.testing.assert_array_equal(one.render(pose()), two.render(pose()))


def test_exposure_is_monotone(rest):
    dim, bright = (Camera(SIZE, exposure=e).render(pose()).astype(int) for e in (0.6, 1.5))
    assert (dim <= rest).all()
    assert (rest <= bright).all()
    assert dim.mean() < 0.9 * rest.mean()
    assert rest.mean() < 0.95 * bright.mean()


def test_projected_points_lie_where_things_are_drawn(camera):
    eye = np.array([(EYE_MM[0], EYE_MM[1], EYE_MM[2] + 14.0)])  # front of the owner's left eye
    x, y = camera.project(eye, pose())[0]
    image = camera.render(pose())
    assert image[int(y), int(x)].max() < 70  # the pupil
    assert x > SIZE / 2
    wide = camera.project(eye, pose(neck_yaw=1.0))[0]
    assert wide[0] > x + 5
    scale = Camera(2 * SIZE, replace(MIRROR, row_step=1)).project(eye, pose())[0]
    np.testing.assert_allclose(scale, (2 * x, 2 * y), rtol=1e-5)


def test_looks_change_what_they_name(rest):
    blue = Camera(SIZE, looks=Looks(lips=(0.2, 0.3, 0.8))).render(pose()).astype(int)
    changed = np.abs(blue - rest).max(-1) > 30
    rows, columns = np.nonzero(changed)
    assert 60 < changed.sum() < 0.05 * SIZE * SIZE
    assert rows.min() > SIZE * 0.55
    assert abs(columns.mean() - SIZE / 2) < 2


def test_linear_light_of_known_colours():
    np.testing.assert_allclose(to_linear((0.0, 1.0, 0.5)), [0, 1, 0.21404114], atol=1e-6)


def test_the_nose_casts_its_shadow_away_from_the_lamp():
    texture, frame = bake_skin(Looks(), 1.0)
    np.testing.assert_allclose(frame, [-80, -72, 1])
    shade = texture[..., 7] / 65535
    row, column = 17 + 72, 80  # below the nose, in the middle
    away, towards = shade[row, column + 9 : column + 13], shade[row, column - 12 : column - 8]
    assert away.mean() < towards.mean() - 0.04
    assert shade[row - 9, column] > shade[row, column] + 0.1  # and above all downwards
