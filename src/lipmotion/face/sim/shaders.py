"""What the shaders of `gl.py` say: one fragment shader for every material of the head.

In: tables and kernels of the shading. Out: GLSL 4.0. Light is computed by the kernels themselves,
see `glsl.py`; what is said by hand here is how a fragment reaches them, as in `gather.gather`.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32

from . import gather as ga
from . import light as lt
from . import tables as tb
from .glsl import call, translate
from .raster import N_SAMPLES, SAMPLE_X, SAMPLE_Y, is_open

_VERSION: Final = f"#version 400\n#define N_LIGHT_ROWS {tb.N_LIGHT_ROWS}\n"

_POSE: Final = """
layout(std140) uniform Pose {
    mat4 view;
    vec4 lights[N_LIGHT_ROWS];
};
"""

VERTEX_SHADER: Final = (
    f"{_VERSION}{_POSE}"
    """
in vec3 point, normal;
in vec4 marks;
noperspective centroid out vec3 seen_normal;
noperspective centroid out vec4 seen_marks;
noperspective out vec2 resting;
void main() {
    gl_Position = view * vec4(point, 1);
    seen_normal = normal;
    seen_marks = marks;
    resting = marks.xy;
}
"""
)

_FRAGMENT: Final = """
uniform sampler2DArray skin;  // two layers of four channels
noperspective centroid in vec3 seen_normal;
noperspective centroid in vec4 seen_marks;
noperspective in vec2 resting;
out vec4 light;
void gather_plain() {
    for (int c = 0; c < 3; c++) block[c] = seen_marks[c];
}
void gather_texel() {
    vec2 texel = (seen_marks.xy - vec2(frame[0], frame[1])) * frame[2] + 0.5;
    for (int layer = 0; layer < 2; layer++) {
        vec4 channels = texture(skin, vec3(texel / vec2(textureSize(skin, 0).xy), layer));
        for (int c = 0; c < 4; c++) block[4 * layer + c] = channels[c];
    }
}
void main() {
#ifdef IS_CUT
    vec2 right = dFdx(resting), down = dFdy(resting);
    int kept = 0;
    for (int s = 0; s < N_SAMPLES; s++) {
        vec2 at = resting + right * (sample_x[s] - 0.5) + down * (sample_y[s] - 0.5);
        kept |= pyis_open(at.x, at.y) ? 0 : 1 << s;
    }
    if (kept == 0) discard;
    gl_SampleMask[0] = kept;
#endif
    for (int c = 0; c < 3; c++) block[NORMAL + c] = seen_normal[c];
    block[SHADE] = seen_marks.w;
    GATHER;
    pylight_block();
    light = vec4(block[0], block[1], block[2], 1);
}
"""

SCREEN_SHADER: Final = (
    f"{_VERSION}"
    """
in vec2 corner;
void main() { gl_Position = vec4(corner, 0, 1); }
"""
)

DEVELOP_SHADER: Final = (
    f"{_VERSION}"
    """
uniform sampler2D light, wall, curve;
uniform float scale;
out vec4 bytes;
void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 seen = texelFetch(light, at, 0);
    vec3 whole = seen.rgb + (1 - seen.a) * texelFetch(wall, at, 0).rgb;
    ivec3 steps = ivec3(clamp(whole * scale, 0, textureSize(curve, 0).x - 1));
    for (int c = 0; c < 3; c++) bytes[c] = texelFetch(curve, ivec2(steps[c], 0), 0).r;
}
"""
)
# By kind of material: what fills a block, see `gather.gather`, and by which kernel.
_GATHERS: Final = {
    tb.PLAIN: ("gather_plain()", None),
    tb.SKIN: ("gather_texel(); {call}", ga._gather_lip),
    tb.EYE: ("{call}", ga._gather_eye),
    tb.HAIR: ("{call}", ga._gather_hair),
}
# What the parameters of these kernels are called, and what they are in a shader.
_PARAMETERS: Final = {
    "x_mm": "seen_marks.x",
    "y_mm": "seen_marks.y",
    "t": "seen_marks.z",
    "fineness": "frame[2]",
    "m0": "seen_marks.x",
    "m1": "seen_marks.y",
    "m2": "seen_marks.z",
}


def write_fragment_shader(
    material: Float32[np.ndarray, " columns"],
    frame: Float32[np.ndarray, "3"],
    opening: Float32[np.ndarray, "7"],
    *,
    is_cut: bool,
) -> str:
    """The shader of one material.

    Args:
        material: (N_MATERIAL_COLUMNS,) row of the table of materials.
        frame: of the skin's texture, as in `shade.Surfaces`.
        opening: of the eye, as in `raster.is_open`; it cuts the triangles where `is_cut`.

    Raises:
        NotImplementedError: the material is of a kind that is not known here.
    """
    kind = int(material[tb.KIND])
    if kind not in _GATHERS:
        raise NotImplementedError(
            f"material of kind {kind}: _GATHERS of {__name__} doesn't know it"
        )
    gather, kernel = _GATHERS[kind]
    cleared = np.zeros((lt.N_BLOCK_ROWS, lt.LANES), np.float32)
    lt.clear_block(cleared)
    parameters = {**_PARAMETERS, "is_red": "true" if material[tb.RED] else "false"}
    names = {
        "NORMAL": lt.NORMAL,
        "SHADE": lt.SHADE,
        "N_SAMPLES": N_SAMPLES,
        "GATHER": gather.format(call=kernel and call(kernel, parameters)),
    }
    kernels = [lt.light_block, is_open] if kernel is None else [kernel, lt.light_block, is_open]
    arrays = {
        "material": material,
        "frame": frame,
        "opening": opening,
        "sample_x": SAMPLE_X[:N_SAMPLES],
        "sample_y": SAMPLE_Y[:N_SAMPLES],
    }
    parts = [
        _VERSION,
        "#define IS_CUT\n" if is_cut else "",
        *(f"#define {name} {value}\n" for name, value in names.items()),
        *(f"const float {_write_array(name, values)}" for name, values in arrays.items()),
        f"float {_write_array('block', cleared[:, 0])}",
        _POSE,
        translate(*kernels),
        _FRAGMENT,
    ]
    return "".join(parts)


def _write_array(name: str, numbers: Float32[np.ndarray, " n"]) -> str:
    values = ", ".join(repr(float(f"{x:.9g}")) for x in numbers)
    return f"{name}[{len(numbers)}] = float[]({values});\n"
