"""The soft body as a whole: contact within a step."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lipmotion.face.sim.body import Moving, Solid, build_solid, start_moving, step_body
from lipmotion.face.sim.drives import Drives
from lipmotion.face.sim.material import Material
from lipmotion.face.sim.mesh import N_ANGLES, SoftMesh, build_mesh
from lipmotion.face.sim.muscles import Muscles, make_grip
from lipmotion.face.sim.truth import measure_gaps

REST = Drives((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), 0.0)

CONTRARY = Drives((7.6, 7.6), (-1.0, -1.0), (-0.87, 0.87), (-8.5, -8.5), (-9.0, -9.0), -0.01)


@pytest.fixture(scope="module")
def parts() -> tuple[SoftMesh, Muscles, Solid]:
    mesh = build_mesh()
    muscles = Muscles(mesh)
    return mesh, muscles, build_solid(mesh, muscles, Material())


def start_resting(parts: tuple[SoftMesh, Muscles, Solid]) -> tuple[Moving, np.ndarray]:
    """The body settled at rest, and the muscles' pull there."""
    mesh, muscles, solid = parts
    moving = start_moving(mesh)
    pull = muscles.pull(REST, moving.x, make_grip())
    for _ in range(60):
        step_body(solid, moving, pull, 0.0)
    return moving, pull


def lift_lower_lip(mesh: SoftMesh, moving: Moving, by_mm: float) -> None:
    height = np.exp(-((mesh.rest[:, 0] / 9) ** 2) - ((mesh.rest[:, 1] / 9) ** 2))
    moving.x[:, 1] += by_mm * height * (mesh.columns > N_ANGLES // 2)


@pytest.mark.parametrize("depth_mm", [0.5, 1.0, 2.0])
def test_lips_that_overlap_are_apart_after_one_step(
    parts: tuple[SoftMesh, Muscles, Solid], depth_mm: float
) -> None:
    mesh, _, solid = parts
    moving, pull = start_resting(parts)
    lift_lower_lip(mesh, moving, depth_mm)
    assert -measure_gaps(moving.x)[2:-2].min() > 0.4 * depth_mm
    step_body(solid, moving, pull, 0.0)
    assert -measure_gaps(moving.x)[2:-2].min() < 0.25


def test_a_fast_lip_does_not_pass_the_other(parts: tuple[SoftMesh, Muscles, Solid]) -> None:
    mesh, _, solid = parts
    moving, pull = start_resting(parts)
    lift_lower_lip(mesh, moving, -3.0)
    is_lower = (mesh.columns > N_ANGLES // 2) & (np.abs(mesh.rest[:, 0]) < 15)
    moving.v[is_lower, 1] = 1000.0  # 10 mm a step
    for _ in range(5):
        step_body(solid, moving, pull, 0.0)
        assert -measure_gaps(moving.x)[2:-2].min() < 0.2


def test_the_body_comes_to_rest(parts: tuple[SoftMesh, Muscles, Solid]) -> None:
    _, _, solid = parts
    moving, pull = start_resting(parts)
    x = moving.x.copy()
    for _ in range(20):
        step_body(solid, moving, pull, 0.0)
    np.testing.assert_allclose(moving.x, x, atol=0.02)
    assert np.abs(moving.v).max() < 1


def test_lips_that_the_ring_shuts_past_each_other_come_to_rest(
    parts: tuple[SoftMesh, Muscles, Solid],
) -> None:
    """Motors that contradict each other; a ring that lets go at once made the lips tremble."""
    _, muscles, solid = parts
    moving, grip = start_moving(parts[0]), make_grip()
    for _ in range(160):
        before = moving.x.copy()
        step_body(solid, moving, muscles.pull(CONTRARY, moving.x, grip), CONTRARY.jaw_rad)
    assert grip.min() < 0.9
    assert np.abs(moving.x - before).max() < 0.005
