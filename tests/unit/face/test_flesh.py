"""The drawn skin beyond the simulated body: proportions, cheeks that follow the corners."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face import read_face_spec
from lipmotion.face.sim.flesh import Flesh, reshape_face
from lipmotion.face.sim.skin import N_RENDER_ANGLES, render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface

ROWS = render_rows()
REST = sample_surface(render_angles()[:, None], ROWS[None, :]).reshape(-1, 3)
MOTORS = {m.name: m.to_unit(m.rest) for m in read_face_spec("emo").motors}
FLESH = Flesh(REST)
LEFT_CORNER = int(np.argmin(np.abs(ROWS - 1)))  # on the first column
BELOW_EYE, CHEEK = ((x, y) for x, y in ((31, 47), (41, 33)))


def smile(mm):
    """The resting skin with its left corner moved outwards by 0.6 mm and up by `mm`."""
    skin = REST.copy()
    skin[LEFT_CORNER] += (0.6 * mm, mm, 0.0)
    return skin


def move(skin):
    moved, marks = skin.astype(np.float32), np.zeros((len(skin), 4), np.float32)
    FLESH.move(moved, marks, FLESH.measure_smiles(skin), MOTORS)
    return moved, marks[:, 3]


def near(place, sign=1):
    """The drawn vertex nearest to a place of the frontal plane."""
    front = np.tile(ROWS, N_RENDER_ANGLES) < 1
    away = np.hypot(REST[:, 0] - sign * place[0], REST[:, 1] - place[1]) + 1e3 * ~front
    return int(np.argmin(away))


def test_cheeks_rise_with_the_corner_of_their_side():
    rest, _ = move(smile(0.0))
    by = [move(smile(mm))[0] - rest for mm in (-5.0, 2.0, 4.0, 7.0)]
    cheek = np.array([step[near(CHEEK)] for step in by])
    assert (np.diff(cheek[:, 1]) > 0.3).all()
    assert cheek[-1, 1] > 2  # mm up
    assert cheek[-1, 2] > 2  # and forward
    assert by[-1][near(BELOW_EYE), 1] > 0.8
    other = REST[:, 0] < 0
    np.testing.assert_array_equal(by[-1][other], 0)


def test_the_fold_between_nose_and_corner_deepens():
    _, calm = move(smile(0.0))
    moved, shade = move(smile(7.0))
    fold, above = near((23.5, 15)), near((33, 18))
    rest, _ = move(smile(0.0))
    assert (moved - rest)[fold, 2] < (moved - rest)[above, 2] - 1.5
    assert shade[fold] < calm[fold] - 0.1
    assert calm[fold] == 1


def test_a_smile_leaves_the_red_of_the_lips_to_the_body():
    red = np.tile(ROWS, N_RENDER_ANGLES) >= 1
    red[LEFT_CORNER] = False
    np.testing.assert_allclose(move(smile(7.0))[0][red], move(smile(0.0))[0][red], atol=1e-6)


def test_proportions_change_below_and_beside_the_mouth_only():
    shaped = reshape_face(REST)
    mouth = (np.abs(REST[:, 0]) < 27) & (REST[:, 1] > -15) & (REST[:, 1] < 18)
    np.testing.assert_allclose(shaped[mouth], REST[mouth], atol=1e-9)
    assert np.ptp(shaped[:, 1]) < np.ptp(REST[:, 1]) - 9  # a shorter face
    jaw = np.abs(REST[:, 1] + 20) < 6
    assert np.abs(shaped[jaw, 0]).max() < np.abs(REST[jaw, 0]).max() - 7  # and narrower
    assert (np.sign(shaped[:, 0]) == np.sign(REST[:, 0])).all()


def test_pleats_beside_the_corner_are_evened_out_and_broad_moves_are_not():
    columns = np.arange(N_RENDER_ANGLES)
    row = int(np.argmin(np.abs(ROWS - 0.85)))
    still = move(REST)[0].reshape(N_RENDER_ANGLES, -1, 3)

    def press(wave):
        skin = REST.reshape(N_RENDER_ANGLES, -1, 3).copy()
        skin[:, : LEFT_CORNER - 1, 2] += wave[:, None]
        moved = move(skin.reshape(-1, 3))[0].reshape(N_RENDER_ANGLES, -1, 3)
        return (moved - still)[:, row, 2]

    near = np.abs((columns + 8) % N_RENDER_ANGLES - 8) <= 8
    pleats = press((-1.0) ** columns)
    assert np.abs(pleats[near]).max() < 0.1
    np.testing.assert_allclose(np.abs(pleats[40]), 1, atol=1e-5)  # the middle is the body's alone
    broad = np.cos(columns * (2 * np.pi / N_RENDER_ANGLES))
    np.testing.assert_allclose(press(broad), broad, atol=0.02)
