"""The rasteriser against counts by hand."""

import numpy as np
import pytest

from lipmotion.face.sim import raster

OPENING = np.array([1000, 0, 1, 1, 1, 0, 0], np.float32)  # no eye anywhere


def cover(screen, triangles, size, bands=None, cuts=None, marks=None, opening=OPENING):
    screen, triangles = np.array(screen, np.float32), np.array(triangles, np.int32)
    visible, _ = raster.list_visible(screen, triangles, size, size)
    near = np.empty((size, size, raster.N_SAMPLES), np.float32)
    seen = np.empty((size, size, raster.N_SAMPLES), np.int32)
    marks = np.zeros((len(screen), 4), np.float32) if marks is None else marks
    cuts = np.zeros(len(triangles), np.int8) if cuts is None else cuts
    for first, end in bands or [(0, size)]:
        samples = np.empty((end - first) * raster.measure_stride(size), np.float32)
        raster.cover(screen, triangles, cuts, marks, opening, visible, size, first, end, samples)
        chunks = samples.reshape(end - first, -1, 2, raster.PER_CHUNK)
        shape = (end - first, -1, raster.N_SAMPLES)
        near[first:end] = chunks[:, :, 0].reshape(shape)[:, :size]
        seen[first:end] = chunks[:, :, 1].reshape(shape)[:, :size] - 1
    return seen, near, len(visible)


def test_a_square_covers_exactly_its_samples():
    square = [(2, 2, 1), (2, 6, 1), (6, 6, 1), (6, 2, 1)]
    seen, near, _ = cover(square, [(0, 1, 2), (0, 2, 3)], 8)
    assert (seen >= 0).sum() == 16 * raster.N_SAMPLES
    assert (seen[2:6, 2:6] >= 0).all()
    np.testing.assert_allclose(near[2:6, 2:6], 1)


def test_covered_share_of_a_slanted_edge_is_its_area():
    rng = np.random.default_rng(3)
    for _ in range(20):
        corners = np.column_stack([rng.uniform(1, 31, (3, 2)), np.ones(3)])
        (x0, y0), (x1, y1), (x2, y2) = corners[:, :2]
        area = 0.5 * ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
        seen, _, n = cover(corners, [(0, 1, 2)], 32)
        if area > 0:  # clockwise on a screen whose y goes down: seen from behind
            assert n == 0
        else:
            share = (seen >= 0).sum() / raster.N_SAMPLES
            around = np.hypot(x1 - x0, y1 - y0) + np.hypot(x2 - x1, y2 - y1)
            assert share == pytest.approx(-area, abs=0.25 * (around + 10))


def test_the_nearer_triangle_is_seen_whatever_the_order():
    far = [(0, 0, 0.5), (0, 8, 0.5), (8, 8, 0.5)]
    near = [(0, 0, 0.6), (0, 8, 0.6), (8, 8, 0.6)]
    first, _, _ = cover(far + near, [(0, 1, 2), (3, 4, 5)], 8)
    second, _, _ = cover(far + near, [(3, 4, 5), (0, 1, 2)], 8)
    assert set(np.unique(first)) == {-1, 1}
    assert set(np.unique(second)) == {-1, 0}


def test_bands_do_not_change_the_image():
    rng = np.random.default_rng(0)
    screen = np.column_stack([rng.uniform(-4, 36, (90, 2)), rng.uniform(0.5, 1, 90)])
    triangles = np.arange(90).reshape(30, 3)
    whole, near, _ = cover(screen, triangles, 32)
    cut, near_cut, _ = cover(screen, triangles, 32, bands=[(20, 32), (0, 7), (7, 20)])
    np.testing.assert_array_equal(whole, cut)
    np.testing.assert_array_equal(near, near_cut)


def test_the_eye_is_cut_out_of_marked_triangles_only():
    opening = np.array([16, 16, 10, 8, 6, 0, 0], np.float32)
    square = np.array([(0, 0, 1), (0, 32, 1), (32, 32, 1), (32, 0, 1)], np.float32)
    marks = np.column_stack([square[:, 0], 32 - square[:, 1], np.zeros((4, 2))]).astype(np.float32)
    triangles = [(0, 1, 2), (0, 2, 3)]
    marked = np.ones(2, np.int8)
    cut, _, _ = cover(square, triangles, 32, cuts=marked, marks=marks, opening=opening)
    assert (cut[16, 16] < 0).all()
    assert (cut[0] >= 0).all()
    hole = (cut < 0).sum() / raster.N_SAMPLES
    assert hole == pytest.approx(20 * (8 + 6) * 2 / 3, rel=0.02)  # two parabolic caps
    uncut, _, _ = cover(square, triangles, 32, marks=marks, opening=opening)
    assert (uncut >= 0).all()


def test_normals_of_a_slope_and_of_a_ring():
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij")
    slope = np.stack([x, y, 2 * x], -1).reshape(-1, 3).astype(np.float32)
    normals = np.zeros_like(slope)
    raster.find_normals(slope, normals, np.array([[0, 5, 4, 0]], np.int32))
    unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    np.testing.assert_allclose(unit, np.tile([-2, 0, 1], (20, 1)) / np.sqrt(5), atol=1e-6)
    angle = np.arange(12)[:, None] * (2 * np.pi / 12)
    height = np.arange(3.0)[None, :]
    ring = np.stack([np.cos(angle) + 0 * height, np.sin(angle) + 0 * height, height + 0 * angle])
    ring = np.moveaxis(ring, 0, -1).reshape(-1, 3).astype(np.float32)
    normals = np.zeros_like(ring)
    raster.find_normals(ring, normals, np.array([[0, 12, 3, 1]], np.int32))
    unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    np.testing.assert_allclose(unit, ring * (1, 1, 0), atol=1e-6)


def test_points_project_by_similar_triangles():
    view = np.array([[100, 0, -50, 500], [0, -100, -50, 500], [0, 0, -1, 10]], np.float32)
    screen = np.empty((2, 3), np.float32)
    raster.project_points(np.array([[0, 0, 0], [1, 2, 5]], np.float32), view, screen)
    np.testing.assert_allclose(screen[0], [50, 50, 0.1], rtol=1e-6)
    np.testing.assert_allclose(screen[1], [50 + 100 / 5, 50 - 200 / 5, 0.2], rtol=1e-6)


def test_bands_list_every_triangle_that_reaches_into_them():
    rng = np.random.default_rng(1)
    screen = np.column_stack([rng.uniform(-4, 46, (300, 2)), rng.uniform(0.5, 1, 300)])
    screen = screen.astype(np.float32)
    triangles = np.arange(300, dtype=np.int32).reshape(100, 3)
    seen, _, n = cover(screen, triangles, 42)
    assert n > len(np.unique(seen)) > 10
    visible, starts = raster.list_visible(screen, triangles, 42, 8)
    assert len(starts) == 7
    for band in range(6):
        listed = visible[starts[band] : starts[band + 1]]
        assert (np.diff(listed) > 0).all()
        assert set(np.unique(seen[8 * band : 8 * band + 8])) <= {-1, *listed}
