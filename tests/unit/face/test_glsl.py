"""Kernels said in GLSL: what is known is said exactly, what is not is refused by name and line."""

import numba
import numpy as np
import pytest

from lipmotion.face.sim import gather, light, raster
from lipmotion.face.sim import tables as tb
from lipmotion.face.sim.eyes import OPENING
from lipmotion.face.sim.glsl import call, translate
from lipmotion.face.sim.head import _MATERIALS
from lipmotion.face.sim.shaders import write_fragment_shader

ROW, HALF = 3, np.float32(0.5)
f32 = np.float32
LANES = 64


@numba.njit
def _square(x: float) -> float:
    return x * x


@numba.njit
def _pick(lights, row: int, is_red: bool) -> float:
    return lights[row, 1] if is_red else HALF


@numba.njit
def _swap(a: float, b: float) -> float:
    a, b = b, a
    return a - b


@numba.njit
def _fill(block, lights, k: int) -> None:
    for channel in range(2):
        block[channel, k] = max(f32(0), _square(block[ROW + channel, k]), HALF)
    block[ROW, k] *= 1 - (0.5 if ROW == 3 else 0.25)


@numba.njit
def _fill_flat(block) -> None:
    for k in range(LANES):
        block[k + ROW * LANES] = HALF


@numba.njit
def _wait(x: float) -> float:
    while x < 1:
        x = x + 1
    return x


def lines(kernel):
    return [line.strip() for line in translate(kernel).splitlines() if line.strip()]


def test_numbers_are_worked_out_and_loops_written_out():
    text = lines(_fill)
    assert text[:3] == ["float py_square(float pyx) {", "return (pyx * pyx);", "}"]
    assert text[3:] == [
        "void py_fill() {",
        "block[0] = max(max(0.0, py_square(block[3])), 0.5);",
        "block[1] = max(max(0.0, py_square(block[4])), 0.5);",
        "block[3] = block[3] * (0.5);",
        "}",
    ]


def test_a_fragment_is_one_of_many_lanes():
    assert lines(_fill_flat) == ["void py_fill_flat() {", "block[3] = 0.5;", "}"]


def test_types_come_from_annotations():
    assert lines(_pick) == [
        "float py_pick(int pyrow, bool pyis_red) {",
        "return (pyis_red ? lights[pyrow][1] : 0.5);",
        "}",
    ]


def test_all_are_worked_out_before_any_is_written():
    text = lines(_swap)
    assert text.index("float t1 = pya;") < text.index("pya = t0;")


def test_what_has_no_translation_is_refused():
    with pytest.raises(NotImplementedError, match=r"_wait, line 3: While has no translation"):
        translate(_wait)


def test_the_kernels_of_the_shading_have_a_translation():
    text = translate(gather._gather_lip, gather._gather_eye, light.light_block, raster.is_open)
    assert text.count("float py_step(") == 1
    for name in ("py_gather_lip", "py_gather_eye", "pylight_block", "pyis_open"):
        assert text.count(f" {name}(") == 1


def test_a_kernel_is_called_with_what_its_parameters_are_named():
    assert call(_pick, {"is_red": "true", "row": "3", "other": "0"}) == "py_pick(3, true)"
    with pytest.raises(KeyError, match="row"):
        call(_pick, {"is_red": "true"})


@pytest.mark.parametrize("name", _MATERIALS)
def test_every_material_has_a_shader(name):
    material = np.array(_MATERIALS[name], np.float32)
    frame, opening = np.array([-80, -72, 1.25], np.float32), np.array(OPENING, np.float32)
    whole, cut = (write_fragment_shader(material, frame, opening, is_cut=c) for c in (False, True))
    assert whole.startswith("#version 400\n")
    gather = {tb.PLAIN: "gather_plain", tb.EYE: "py_gather_eye", tb.SKIN: "gather_texel(); py_gat"}
    assert f"#define GATHER {gather.get(int(material[tb.KIND]), 'py_gather_')}" in whole
    assert f"const float material[{tb.N_MATERIAL_COLUMNS}] = float[](" in whole
    assert cut.replace("#define IS_CUT\n", "") == whole != cut


def test_a_material_of_an_unknown_kind_is_refused():
    material = np.full(tb.N_MATERIAL_COLUMNS, 99, np.float32)
    with pytest.raises(NotImplementedError, match="material of kind 99"):
        write_fragment_shader(
            material, np.zeros(3, np.float32), np.zeros(7, np.float32), is_cut=False
        )
