"""Shading against counts by hand and a slow plain reference."""

import numpy as np
import pytest

from lipmotion.face.sim import light as lt
from lipmotion.face.sim import raster
from lipmotion.face.sim import tables as tb
from lipmotion.face.sim.fragments import list_fragments, make_fragments, sort_by_part
from lipmotion.face.sim.gather import gather

PARTS = np.array([0, 0, 1], np.int32)
WALL = np.full((1, 5, 3), 0.5, np.float32)


def list_row(seen, near):
    """Fragments of a row of five pixels; seen: (5, 4) triangles, -1 = wall."""
    samples = np.zeros((2, 2, raster.PER_CHUNK), np.float32)
    for x in range(5):
        at = slice(x % 4 * 4, x % 4 * 4 + 4)
        samples[x // 4, 0, at], samples[x // 4, 1, at] = near[x], np.array(seen[x]) + 1
    fragments = make_fragments(5)
    n, n_edges = list_fragments(samples.reshape(-1), 0, 1, PARTS, WALL, fragments)
    return fragments, n, n_edges


def test_samples_of_one_surface_are_one_fragment():
    seen = [(-1,) * 4, (0,) * 4, (0, 1, 1, 0), (2, 2, 0, -1), (0,) * 4]
    near = [(0.0,) * 4, (1.0,) * 4, (1.0,) * 4, (1.0, 1.0, 1.0, 0.0), (1.0, 1.0, 1.01, 1.01)]
    fragments, n, n_edges = list_row(seen, near)
    assert (n, n_edges) == (6, 2)
    assert fragments.triangles[:n].tolist() == [0, 0, 2, 0, 0, 0]
    assert fragments.pixels[:n].tolist() == [1, 2, -1, -1, -2, -2]
    np.testing.assert_allclose(fragments.shares[:n], [1, 1, 0.5, 0.25, 0.5, 0.5])
    places = [(1.5, 0.5), (2.5, 0.5), (3.625, 0.25), (3.125, 0.625), (4.625, 0.25), (4.375, 0.75)]
    np.testing.assert_allclose(fragments.places[:n], places)
    assert fragments.edge_pixels[:2].tolist() == [3, 4]
    np.testing.assert_allclose(fragments.edge_light[:2, 0], [0.125, 0])  # a quarter of the wall


def test_fragments_are_sorted_by_part_and_keep_their_order():
    parts = np.random.default_rng(2).integers(0, 4, 50).astype(np.int32)
    shown = np.random.default_rng(3).integers(0, 50, 400).astype(np.int32)
    starts, order = np.empty(6, np.int64), np.empty(400, np.int32)
    sort_by_part(shown, 400, parts, starts, order)
    np.testing.assert_array_equal(order, np.argsort(parts[shown], kind="stable"))
    counts = np.bincount(parts[shown], minlength=5)
    np.testing.assert_array_equal(starts, [0, *np.cumsum(counts)])


@pytest.mark.parametrize("kind", [tb.PLAIN, tb.SKIN])
def test_what_fragments_are_made_of(kind):
    rng = np.random.default_rng(4)
    screen = np.array([(2, 2, 1), (2, 8, 1), (8, 2, 1)], np.float32)
    normals, marks = rng.normal(size=(3, 3)), rng.uniform(0.2, 0.9, (3, 4))
    texture, frame = rng.random((9, 9, 8)), np.array([-1.0, -0.5, 3.0])
    material = np.zeros(tb.N_MATERIAL_COLUMNS)
    material[tb.KIND] = kind
    weights = rng.dirichlet(np.ones(3), lt.LANES)
    block = np.zeros((lt.N_BLOCK_ROWS, lt.LANES), np.float32)
    lt.clear_block(block)
    lights = np.zeros((tb.N_LIGHT_ROWS, 3))
    floats = (
        weights @ screen[:, :2], screen, normals, marks, material, lights, texture, frame,
    )  # fmt: skip
    places, screen, normals, marks, material, lights, texture, frame = (
        np.asarray(array, np.float32) for array in floats
    )
    gather(
        np.arange(lt.LANES, dtype=np.int32), np.zeros(lt.LANES, np.int32), places,
        np.array([(0, 1, 2)], np.int32), screen, normals, marks, material, lights, texture, frame,
        block,
    )  # fmt: skip
    np.testing.assert_allclose(block[lt.NORMAL : lt.NORMAL + 3].T, weights @ normals, atol=2e-5)
    blended = weights @ marks
    np.testing.assert_allclose(block[lt.SHADE], blended[:, 3], atol=2e-5)
    if kind == tb.PLAIN:
        np.testing.assert_allclose(block[:3].T, blended[:, :3], atol=2e-5)
        return
    x, y = ((blended[:, k] - frame[k]) * frame[2] for k in (0, 1))
    near = [
        (1 - abs(x - column)).clip(0) * (1 - abs(y - row)).clip(0)
        for row in range(9)
        for column in range(9)
    ]
    np.testing.assert_allclose(block[:8].T, np.array(near).T @ texture.reshape(81, 8), atol=1e-4)
    assert (block[lt.LIP] == 0).all()  # t < 0.978


def find_light(row, material, lights):
    """Light from one fragment, plainly; source of each term: `light.py`."""
    lip, inside, gloss = row[lt.LIP], row[lt.INSIDE], row[lt.GLOSS]
    smooth = row[lt.NORMAL : lt.NORMAL + 3]
    smooth = smooth / np.linalg.norm(smooth)
    normal = smooth + row[lt.DETAIL : lt.DETAIL + 3]
    catch = lights @ (normal / np.linalg.norm(normal))
    smooth_key = lights[tb.KEY] @ smooth
    shadow = row[lt.SHADE] * row[lt.OPEN]
    fresnel = (1 - max(0, catch[tb.CAMERA])) ** 4
    half, low = max(0, catch[tb.KEY_HALF]), max(0, catch[tb.FILL_HALF])
    is_skin = material[tb.KIND] == tb.SKIN
    broad = material[tb.BROAD] * gloss * (1 + 0.9 * lip) * (1 - inside)
    tight = material[tb.TIGHT] * (1 - inside)
    tight *= gloss * (1 - lip) * (0.5 if is_skin else 1) + 4.2 * lip
    shine = broad * half**16 + tight * (half**64 + 0.35 * low**32)
    shine *= (0.55 + 1.6 * fresnel) * (0.35 + 0.65 * shadow)
    if material[tb.KIND] == tb.EYE:
        spot = np.clip((half**384 - 0.25) / 0.25, 0, 1)
        shine += 2.6 * spot * spot * (3 - 2 * spot) + 0.12 * low**192
    rim = max(0, catch[tb.RIM]) ** 2 * material[tb.EDGE] * (0.25 + fresnel)
    colour = (row[:3] * (1 - lip) + lights[tb.LIPS] * lip) * row[lt.FINE]
    colour = colour + (lights[tb.LIPS_INSIDE] - colour) * inside
    soft = material[tb.SOFT : tb.SOFT + 3]
    key = smooth_key + (1 - soft) * (catch[tb.KEY] - smooth_key)
    key = (key + np.sqrt(key**2 + soft**2)) / 2
    light = shadow + 1.2 * (soft - soft[2]) * shadow * (1 - shadow)
    lit = key * lights[tb.KEY + 1] * (0.25 + 0.75 * light)
    lit = lit + (0.5 + 0.5 * catch[tb.FILL]) ** 2 * lights[tb.FILL + 1] * light
    up = 0.5 + 0.5 * catch[tb.UP]
    room = lights[tb.GROUND] * (1 - up) + lights[tb.SKY] * up
    lit = lit + room * light * (0.3 + 0.7 * light)
    glow = material[tb.GLOW]
    lit = lit * (1 - glow) + glow
    return colour * lit + rim * lights[tb.RIM + 1] + shine * lights[tb.KEY + 1]


@pytest.mark.parametrize("kind", [tb.PLAIN, tb.SKIN, tb.EYE])
def test_a_block_is_lit_as_each_fragment_alone(kind):
    rng = np.random.default_rng(5)
    block = rng.random((lt.N_BLOCK_ROWS, lt.LANES)).astype(np.float32)
    block[lt.NORMAL : lt.NORMAL + 3] = rng.normal(size=(3, lt.LANES)) * 9
    block[lt.NORMAL + 2, ::2] += 40  # many face the camera: highlights
    lights = rng.random((tb.N_LIGHT_ROWS, 3))
    for row in (tb.KEY, tb.FILL, tb.RIM, tb.UP, tb.CAMERA, tb.KEY_HALF, tb.FILL_HALF):
        lights[row] = (lights[row] - 0.5) * (1, 1, 0) + (0, 0, 2)
        lights[row] /= np.linalg.norm(lights[row])
    material = rng.random(tb.N_MATERIAL_COLUMNS)
    material[tb.KIND] = kind
    lights, material = lights.astype(np.float32), material.astype(np.float32)
    wanted = [find_light(row, material, lights) for row in block.T.astype(float)]
    flat = block.reshape(-1).copy()
    lt.light_block(flat, material, lights)
    np.testing.assert_allclose(flat.reshape(block.shape)[:3].T, wanted, rtol=1e-3, atol=1e-4)
