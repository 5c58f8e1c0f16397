"""A camera that draws through OpenGL, where there is a graphics card (or Mesa) to do it.

In: `HeadPose`. Out: images as those of `camera.Camera`, from 256 px on to within TOLERANCE. Mesh,
lamps, film and light are the same: `glsl.py` translates the kernels. It is never chosen by itself:
who wants it opens a `GlCamera` and needs the extra `gl`.

What differs: where a pixel shows several small triangles of one surface, each is shaded and the
light averaged; our own rasteriser shades all of them once.

Source: OpenGL 4.0 core specification, "Multisampling": four samples a pixel, which on common cards
lie where `raster.SAMPLE_X` and `SAMPLE_Y` have them, and varyings at the centroid of those seen.
"""

import sys
import weakref
from typing import Any, Final

import numpy as np
from jaxtyping import UInt8

from ...errors import FaceError, MissingExtraError
from . import gather as ga
from . import light as lt
from . import tables as tb
from .camera import MIRROR, Camera, View
from .glsl import translate
from .looks import Looks
from .pose import HeadPose
from .raster import N_SAMPLES, SAMPLE_X, SAMPLE_Y, is_open

TOLERANCE: Final = (1.0, 10.0)  # of 255: mean difference from `Camera`, and its 99th percentile
_NEAREST, _FARTHEST = 0.5, 2.0  # thing that is drawn, in the camera's distance
_VERSION: Final = f"#version 400\n#define N_LIGHT_ROWS {tb.N_LIGHT_ROWS}\n"

_POSE: Final = """
layout(std140) uniform Pose {
    mat4 view;
    vec4 lights[N_LIGHT_ROWS];
};
"""

_VERTEX: Final = """
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

_FRAGMENT: Final = """
uniform sampler2DArray skin;  // two layers of four channels
noperspective centroid in vec3 seen_normal;
noperspective centroid in vec4 seen_marks;
noperspective in vec2 resting;
out vec4 light;
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
#if KIND == SKIN
    vec2 texel = (seen_marks.xy - vec2(frame[0], frame[1])) * frame[2] + 0.5;
    for (int layer = 0; layer < 2; layer++) {
        vec4 channels = texture(skin, vec3(texel / vec2(textureSize(skin, 0).xy), layer));
        for (int c = 0; c < 4; c++) block[4 * layer + c] = channels[c];
    }
    py_gather_lip(seen_marks.x, seen_marks.z, IS_RED);
#elif KIND == EYE
    py_gather_eye(seen_marks.x, seen_marks.y, seen_marks.z);
#else
    for (int c = 0; c < 3; c++) block[c] = seen_marks[c];
#endif
    pylight_block();
    light = vec4(block[0], block[1], block[2], 1);
}
"""

_SCREEN: Final = """
in vec2 corner;
void main() { gl_Position = vec4(corner, 0, 1); }
"""

_DEVELOP: Final = """
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


class GlCamera(Camera):
    """A still camera with its lamps, drawn by OpenGL.

    Args:
        size_px, view, looks, exposure: as for `Camera`.

    Raises:
        MissingExtraError: moderngl is not installed.
        FaceError: there is no OpenGL 4.0 on this machine.
    """

    def __init__(
        self,
        size_px: int,
        view: View = MIRROR,
        looks: Looks | None = None,
        exposure: float = 1.0,
    ) -> None:
        super().__init__(size_px, view, looks, exposure)
        self._gl = _open_context()
        weakref.finalize(self, self._gl.release)  # it holds 25 MB
        with self._gl:
            self._open_screen()
            self._draws = self._list_draws()
            self._develop = self._make_develop()

    @property
    def device(self) -> str:
        """What draws: the name of the card, or of Mesa's renderer."""
        with self._gl:
            return str(self._gl.info["GL_RENDERER"])

    def render(self, pose: HeadPose) -> UInt8[np.ndarray, "size size 3"]:
        """The image of a head, RGB."""
        placed = self._head.place(pose)
        lights = np.pad(self._find_lights(pose), ((0, 0), (0, 1)))  # rows of four
        constants = np.concatenate([self._find_clip(pose).T, lights])
        gl, size = self._gl, self.size_px
        with gl:
            for buffer, numbers in zip(self._buffers, placed, strict=True):
                buffer.write(np.ascontiguousarray(numbers))
            self._pose.write(constants)
            self._samples.use()
            self._samples.clear()
            gl.enable_only(gl.DEPTH_TEST | gl.CULL_FACE)
            gl.front_face = "cw"  # rows of an image run down
            self._skin.use(0)
            self._pose.bind_to_uniform_block(0)
            for triangles in self._draws:
                triangles.render()
            gl.copy_framebuffer(self._resolved, self._samples)
            self._film_out.use()
            gl.enable_only(gl.NOTHING)
            for k, texture in enumerate(self._film_in):
                texture.use(k)
            self._develop.render(gl.TRIANGLE_STRIP)
            image = self._film_out.read(components=3, alignment=1)
        return np.frombuffer(image, np.uint8).reshape(size, size, 3).copy()

    def _open_screen(self) -> None:
        """Room for samples, for their light, and for the image."""
        gl, square = self._gl, (self.size_px, self.size_px)
        self._samples = gl.framebuffer(
            gl.renderbuffer(square, 4, samples=N_SAMPLES, dtype="f2"),
            gl.depth_renderbuffer(square, samples=N_SAMPLES),
        )
        light = gl.texture(square, 4, dtype="f2")
        self._resolved = gl.framebuffer(light)
        self._film_out = gl.framebuffer(gl.renderbuffer(square, 4))
        wall = gl.texture(square, 3, self._film.wall.tobytes(), dtype="f4", alignment=1)
        curve = self._film.curve
        self._film_in = (light, wall, gl.texture((len(curve), 1), 1, curve, alignment=1))
        texture = self._surfaces.texture
        rows, columns, _ = texture.shape
        layers = np.stack([texture[..., :4], texture[..., 4:]])
        self._skin = gl.texture_array((columns, rows, 2), 4, layers.tobytes(), dtype="f4")
        self._skin.filter = gl.LINEAR, gl.LINEAR
        self._skin.repeat_x = self._skin.repeat_y = False

    def _list_draws(self) -> list[Any]:
        """The triangles of every part, with its shader; those that the eye's opening cuts apart."""
        gl, head = self._gl, self._head
        n_points = int(head.triangles.max()) + 1
        self._pose = gl.buffer(reserve=16 * (4 + tb.N_LIGHT_ROWS), dynamic=True)
        self._buffers = [gl.buffer(reserve=4 * n * n_points, dynamic=True) for n in (3, 3, 4)]
        names = ("point", "normal", "marks")
        inputs = list(zip(self._buffers, ("3f", "3f", "4f"), names, strict=True))
        draws = []
        for part, material in enumerate(head.materials):
            for is_cut in (False, True):
                chosen = head.triangles[(head.parts == part) & (head.cuts == is_cut)]
                if not len(chosen):
                    continue
                program = gl.program(
                    vertex_shader=f"{_VERSION}{_POSE}{_VERTEX}",
                    fragment_shader=self._write_shader(material, is_cut=is_cut),
                )
                index = gl.buffer(chosen.astype(np.int32).tobytes())
                draws.append(gl.vertex_array(program, inputs, index))
        return draws

    def _write_shader(self, material: np.ndarray, *, is_cut: bool) -> str:
        """The fragment shader of one material."""
        cleared = np.zeros((lt.N_BLOCK_ROWS, lt.LANES), np.float32)
        lt.clear_block(cleared)
        names = {
            "KIND": int(material[tb.KIND]),
            "SKIN": tb.SKIN,
            "EYE": tb.EYE,
            "NORMAL": lt.NORMAL,
            "SHADE": lt.SHADE,
            "N_SAMPLES": N_SAMPLES,
            "IS_RED": "true" if material[tb.RED] else "false",
        }
        lines = [_VERSION, *(f"#define {name} {value}" for name, value in names.items())]
        if is_cut:
            lines.append("#define IS_CUT")
        arrays = {
            "material": material,
            "frame": self._surfaces.texture_frame,
            "opening": self._head.opening,
            "sample_x": SAMPLE_X[:N_SAMPLES],
            "sample_y": SAMPLE_Y[:N_SAMPLES],
        }
        lines += [f"const float {_write_array(name, values)}" for name, values in arrays.items()]
        lines.append(f"float {_write_array('block', cleared[:, 0])}")
        kernels = translate(ga._gather_lip, ga._gather_eye, lt.light_block, is_open)
        head, main = _FRAGMENT.split("void main()")
        return "\n".join([*lines, _POSE, head, kernels, f"void main(){main}"])

    def _make_develop(self) -> Any:
        """The last step: light to bytes, on all of the image."""
        gl = self._gl
        program = gl.program(
            vertex_shader=f"{_VERSION}{_SCREEN}", fragment_shader=f"{_VERSION}{_DEVELOP}"
        )
        for k, name in enumerate(("light", "wall", "curve")):
            program[name] = k
        program["scale"] = float(self._film.scale)
        corners = np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32)
        return gl.vertex_array(program, [(gl.buffer(corners), "2f", "corner")])

    def _find_clip(self, pose: HeadPose) -> np.ndarray:
        """(4, 4) matrix to clip space; row 0 of the image is at its bottom."""
        across, down, away = self._find_view(pose)
        near, far = (share * self.view.distance_mm for share in (_NEAREST, _FARTHEST))
        depth = (far + near) / (far - near) * away
        depth = depth - np.array([0, 0, 0, 2 * far * near / (far - near)])
        half = self.size_px / 2
        return np.stack([across / half - away, down / half - away, depth, away]).astype(np.float32)


def _open_context() -> Any:
    """A context of OpenGL 4.0 without a window."""
    try:
        import moderngl
    except ImportError as error:
        raise MissingExtraError("moderngl", "gl") from error
    how = {"backend": "egl"} if sys.platform.startswith("linux") else {}
    try:
        return moderngl.create_context(require=400, standalone=True, **how)
    except Exception as error:
        raise FaceError(
            f"GlCamera finds no OpenGL 4.0 here ({error}); install a driver (on Debian without a "
            "card: libegl1 and libgl1-mesa-dri), or use Camera"
        ) from error


def _write_array(name: str, numbers: np.ndarray) -> str:
    values = ", ".join(repr(float(f"{x:.9g}")) for x in numbers)
    return f"{name}[{len(numbers)}] = float[]({values});"
