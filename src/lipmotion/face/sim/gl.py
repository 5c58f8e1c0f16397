"""A camera that draws through OpenGL, where there is a graphics card (or Mesa) to do it.

In: `HeadPose`. Out: images as those of `camera.Camera`, from 256 px on to within TOLERANCE. Mesh,
lamps, film and light are the same: `glsl.py` translates its kernels. It is never chosen by itself:
who wants it asks `open_face` for the renderer "gl" and needs the extra `gl`.

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
from ..looks import Looks
from ..shape import EMO, Shape
from . import tables as tb
from .camera import MIRROR, Camera, View
from .pose import HeadPose
from .raster import N_SAMPLES
from .shaders import DEVELOP_SHADER, SCREEN_SHADER, VERTEX_SHADER, write_fragment_shader

TOLERANCE: Final = (1.0, 10.0)  # of 255: mean difference from `Camera`, and its 99th percentile
_NEAREST, _FARTHEST = 0.5, 2.0  # thing that is drawn, in the camera's distance


class GlCamera(Camera):
    """A still camera with its lamps, drawn by OpenGL.

    Args:
        size_px, view, looks, exposure, shape: as for `Camera`.

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
        shape: Shape = EMO,
    ) -> None:
        super().__init__(size_px, view, looks, exposure, shape=shape)
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
                    vertex_shader=VERTEX_SHADER,
                    fragment_shader=write_fragment_shader(
                        material, self._surfaces.texture_frame, head.opening, is_cut=is_cut
                    ),
                )
                index = gl.buffer(chosen.astype(np.int32).tobytes())
                draws.append(gl.vertex_array(program, inputs, index))
        return draws

    def _make_develop(self) -> Any:
        """The last step: light to bytes, on all of the image."""
        gl = self._gl
        program = gl.program(vertex_shader=SCREEN_SHADER, fragment_shader=DEVELOP_SHADER)
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
            "card: libegl1 and libgl1-mesa-dri), or use the renderer 'own'"
        ) from error
