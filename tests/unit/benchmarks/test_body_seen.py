"""Edges of the lips at the tracker's points, and commands that follow lips: laws of both."""

from types import SimpleNamespace

import numpy as np
import pytest
from body_edges import EDGE_POINTS, Edges, find_edges, fit_columns, place_points
from body_follow import LipModel, change_commands

from lipmotion.face.sim.pose import HeadPose
from lipmotion.face.sim.skin import N_RENDER_ANGLES, render_angles, render_rows
from lipmotion.face.sim.surface import sample_surface

HALF = N_RENDER_ANGLES // 2
UPPER_LIP = slice(1, HALF)
FROM_IN_FRONT = SimpleNamespace(
    project=lambda points, _: points[:, :2] * [1, -1]
)  # px = mm, y down


def test_points_on_the_edges_are_found_there() -> None:
    turn = render_angles()
    edges = Edges(
        outer=np.stack([30 * np.cos(turn), -15 * np.sin(turn)], 1),
        inner=np.stack([25 * np.cos(turn), -6 * np.sin(turn)], 1),
    )
    points = np.zeros((478, 3))
    true = np.concatenate([
        np.linspace(HALF, 0, 11), np.linspace(HALF, 2 * HALF, 11)[1:-1],
        np.linspace(HALF, 0, 11), np.linspace(HALF, 2 * HALF, 11)[1:-1],
    ])  # fmt: skip
    points[list(EDGE_POINTS), :2] = place_points(edges, true)
    columns = fit_columns(points, edges)
    assert columns == pytest.approx(true, abs=0.06)
    moved = Edges(edges.outer + 3, edges.inner + 3)
    off = place_points(moved, columns) - points[list(EDGE_POINTS), :2]
    assert off == pytest.approx(np.full((40, 2), 3.0), abs=0.1)


def test_an_opening_is_what_one_lip_leaves_of_the_other() -> None:
    def open_by(raise_mm: float) -> np.ndarray:
        skin = sample_surface(render_angles()[:, None], render_rows()[None, :])
        skin[UPPER_LIP, :, 1] += raise_mm
        return find_edges(FROM_IN_FRONT, HeadPose(skin.reshape(-1, 3), 0.0, {})).opening()

    shut, moulded, opened = open_by(-2), open_by(0), open_by(5)
    assert (shut == 0).all()
    middle = HALF // 2 - 1
    assert opened[middle] == pytest.approx(moulded[middle] + 5, abs=1e-9)
    assert moulded.max() < 0.2


def test_the_model_knows_its_slope() -> None:
    rng = np.random.default_rng(0)
    model = LipModel(rest=rng.random(11), weights=rng.normal(size=(4, 77)))
    assert model.predict(model.rest[None]) == pytest.approx(np.zeros((1, 4)))
    at, step = rng.random((3, 11)), 1e-3 * rng.normal(size=(3, 11))
    rise = model.predict(at + step) - model.predict(at - step)
    assert rise == pytest.approx(2 * (model.slope(at) @ step[..., None])[..., 0], abs=1e-9)


def test_changes_mend_what_is_off_and_stay_within_the_travel() -> None:
    rng = np.random.default_rng(1)
    weights = np.zeros((4, 77))
    weights[:, :11] = rng.normal(size=(4, 11))
    model = LipModel(rest=np.full(11, 0.5), weights=weights)
    spread = np.ones(4)
    wanted = model.predict(0.5 + 0.1 * rng.uniform(-1, 1, (5, 11)))
    commands = np.full((5, 11), 0.5)
    for _ in range(5):
        commands = change_commands(commands, wanted - model.predict(commands), spread, model)
    assert model.predict(commands) == pytest.approx(wanted, abs=1e-3)
    for _ in range(20):
        commands = change_commands(commands, np.full((5, 4), 9.0), spread, model)
    assert commands.min() >= 0 and commands.max() <= 1
