"""Lips that stand forward round a small opening keep the light out; wide open they let it in."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import Looks, read_face_spec
from lipmotion.face.sim.head import Head
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.ring import Ring
from lipmotion.face.sim.skin import render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface

ROWS = render_rows()
REST = sample_surface(render_angles()[:, None], ROWS[None, :])
RING = Ring(REST, ROWS)
MOTORS = {m.name: m.to_unit(m.rest) for m in read_face_spec("emo").motors}
LIPS = ROWS >= 1


def purse(forward_mm, half_mm):
    """The resting skin with its lips moved forward round a square opening of 2 · half_mm."""
    skin = REST.copy()
    is_upper = (np.sin(render_angles()) > 0)[:, None]
    part = np.clip(half_mm + 1 - np.abs(skin[..., 0]), 0, 1) * half_mm * LIPS
    skin[..., 1] += np.where(is_upper, part, -part)
    skin[..., 2] += forward_mm * LIPS
    return skin


def shade(skin):
    marks = np.ones((skin.shape[0] * skin.shape[1], 4), np.float32)
    share = RING.shade(skin.reshape(-1, 3).astype(np.float32), marks)
    return share, marks[:, 3].reshape(skin.shape[:2])


def test_lips_that_do_not_stand_forward_keep_no_light_out():
    for half_mm in (0.0, 3.0, 15.0):
        share, inner = shade(purse(0.0, half_mm))
        assert share == 1
        assert (inner == 1).all()


def test_the_smaller_the_opening_and_the_further_forward_the_darker():
    by_opening = [shade(purse(9.0, half_mm))[0] for half_mm in (2.0, 4.0, 8.0, 14.0)]
    assert (np.diff(by_opening) > 0.05).all()
    assert by_opening[0] < 0.1
    assert by_opening[-1] > 0.5
    by_depth = [shade(purse(mm, 4.0))[0] for mm in (2.0, 5.0, 7.0, 10.0)]
    assert by_depth[0] == 1
    assert (np.diff(by_depth) < -0.05).all()


def test_the_edge_of_the_hole_is_dark_and_the_front_of_the_lips_is_not():
    share, inner = shade(purse(9.0, 4.0))
    top, inside = REST.shape[0] // 4, int(np.argmin(np.abs(ROWS - 2)))
    assert inner[top, inside] < share + 0.1
    assert (inner[:, ROWS <= 1.15] == 1).all()
    assert inner[0, inside] == 1  # a corner, far from the hole


def test_teeth_behind_pursed_lips_are_dark():
    head = Head(Looks(), row_step=2)
    teeth = head._slices["tooth_upper_0_left"]
    _, _, marks = head.place(HeadPose(purse(9.0, 4.0).reshape(-1, 3), 0.0, MOTORS))
    pursed = marks[teeth, :3].copy()
    _, _, marks = head.place(HeadPose(purse(0.0, 14.0).reshape(-1, 3), 0.0, MOTORS))
    assert (pursed < 0.3 * marks[teeth, :3]).all()
