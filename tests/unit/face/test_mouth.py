"""Inside the mouth: teeth without black gaps, a tongue behind them, and the deeper the darker."""

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import Looks, read_face_spec
from lipmotion.face.sim.head import Head
from lipmotion.face.sim.mouth import build_mouth
from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.skin import render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface, turn_jaw
from lipmotion.face.sim.teeth import LOWER_EDGE_Y_MM, LOWER_FRONT_Z_MM, UPPER_EDGE_Y_MM

PARTS = {part.name: part for part in build_mouth(Looks())}
MOTORS = {m.name: m.to_unit(m.rest) for m in read_face_spec("emo").motors}


@pytest.mark.parametrize("jaw", ["upper", "lower"])
def test_neighbouring_teeth_touch_and_something_pale_stands_behind_them(jaw):
    left = [PARTS[f"tooth_{jaw}_{k}_left"].points for k in range(3)]
    for near, far in pairwise(left):
        assert near[..., 0].max() - 1.6 < far[..., 0].min() < near[..., 0].max() + 0.1
    assert left[0][..., 0].min() == pytest.approx(0, abs=0.2)
    behind = PARTS[f"dentine_{jaw}"]
    assert behind.marks[..., 0].min() > 0.3
    assert np.abs(behind.points[..., 0]).max() > 20


def test_the_tip_of_the_tongue_rests_behind_the_lower_front_teeth():
    tongue = PARTS["tongue"].points.reshape(-1, 3)
    tip = tongue[np.argmax(tongue[:, 2])]
    assert -11 < tip[2] - LOWER_FRONT_Z_MM < -4.5  # behind 5 mm of tooth
    assert LOWER_EDGE_Y_MM - 9 < tip[1] < LOWER_EDGE_Y_MM
    assert tongue[:, 1].max() > LOWER_EDGE_Y_MM + 2  # its back rises above the teeth: seen
    open_ = turn_jaw(tongue, np.deg2rad(15))
    assert open_[:, 1].max() < UPPER_EDGE_Y_MM - 3


def test_what_lies_deeper_is_darker_and_an_open_mouth_lets_light_in():
    head = Head(Looks(), row_step=2)
    rest = sample_surface(render_angles()[:, None], render_rows()[None, :])
    lower = np.sin(render_angles()) < 0

    def light(gap_mm):
        """Shade of an upper front tooth, and of the tongue's front and back."""
        skin = rest.copy()
        skin[lower, :, 1] -= gap_mm
        _, _, marks = head.place(HeadPose(skin.reshape(-1, 3), 0.0, MOTORS))
        tongue = marks[head._slices["tongue"], 3]
        z = PARTS["tongue"].points.reshape(-1, 3)[:, 2]
        tooth = marks[head._slices["tooth_upper_0_left"], 3].max()
        return tooth, tongue[z > -20].mean(), tongue[z < -45].mean()

    narrow, wide = light(3.0), light(25.0)
    for tooth, front, back in (narrow, wide):
        assert tooth > front > 2 * back > 0
    assert all(w > n + 0.02 for w, n in zip(wide, narrow, strict=True))
    assert wide[0] > 0.9
