import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.sim.mesh import N_ANGLES, N_ROWS, build_mesh, measure_volumes
from lipmotion.face.sim.skin import Skin, render_angles, render_rows, render_triangles
from lipmotion.face.sim.surface import sample_surface, turn_jaw


def test_no_tet_is_inside_out() -> None:
    mesh = build_mesh()
    volumes = measure_volumes(mesh.rest, mesh.tets)
    assert volumes.min() > 0.04
    assert len(mesh.rest) == N_ANGLES * N_ROWS
    assert np.unique(mesh.tets).size == len(mesh.rest)  # every node is held by the rubber


def test_the_tets_fill_the_skin_without_holes() -> None:
    mesh = build_mesh()
    corners = np.sort(mesh.tets, 1)
    faces = np.concatenate([np.delete(corners, k, 1) for k in range(4)])
    _, counts = np.unique(faces, axis=0, return_counts=True)
    assert counts.max() == 2


def test_the_face_is_the_same_on_both_sides() -> None:
    mesh = build_mesh()
    sheet = mesh.rest.reshape(N_ANGLES, N_ROWS, 3)
    mirrored = sheet[(N_ANGLES // 2 - np.arange(N_ANGLES)) % N_ANGLES] * (-1, 1, 1)
    np.testing.assert_allclose(mirrored, sheet, atol=1e-9)


def test_lips_rest_a_hair_apart() -> None:
    angles = np.linspace(0.3, np.pi - 0.3, 30)
    upper = sample_surface(angles, np.full(30, 2.4))
    lower = sample_surface(-angles, np.full(30, 2.4))
    gap = upper[:, 1] - lower[:, 1]
    assert gap.min() > 0
    assert gap.max() < 0.2


def test_the_jaw_turns_about_its_hinge() -> None:
    chin = np.array([[0.0, -40.0, -10.0]])
    opened = turn_jaw(chin, 0.3)
    assert opened[0, 1] < chin[0, 1] - 15
    np.testing.assert_allclose(turn_jaw(opened, -0.3), chin, atol=1e-12)


def test_the_drawn_skin_follows_the_solid() -> None:
    mesh = build_mesh()
    skin = Skin(mesh.rest)
    np.testing.assert_allclose(skin.place(mesh.rest, 0.0), skin.rest, atol=1e-12)
    shift = np.array([1.0, 2.0, 3.0])
    moved = skin.place(mesh.rest + shift, 0.0) - skin.rest
    is_still = np.abs(moved).max(1) < 1e-9
    is_carried = np.abs(moved - shift).max(1) < 1e-9
    assert (is_still | is_carried).all()
    lips = (render_rows() >= 1)[None, :].repeat(len(render_angles()), 0).reshape(-1)
    assert is_carried[lips].all()


def test_triangles_look_outwards() -> None:
    skin = Skin(build_mesh().rest)
    a, b, c = (skin.rest[render_triangles()[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    n_rows = len(render_rows())
    is_skin = (render_triangles() % n_rows).max(1) < np.searchsorted(render_rows(), 0.9)
    assert (normals[is_skin, 2] > 0).mean() > 0.95
