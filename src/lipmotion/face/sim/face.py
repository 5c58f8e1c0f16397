"""SimFace: the simulated face behind the Face protocol. One `send` is one hop of 20 ms.

In: commands. Out: what was sent, where the motors are, mirror images, and the truth for scoring.
A command passes limits → servos → muscles → soft body; the camera sees the skin as it was its own
delay ago, with its faults. Nothing is random but the servos' hold errors and the camera's faults,
which the seed draws.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from jaxtyping import Float64

from ...commands import Command
from ...errors import FaceError
from ...frames import Frame
from ...timing import HOP_HZ, HOP_S
from ..base import FaceSpec, sort_command
from ..changes import BodyChanges
from ..faults import CameraFaults, Lens
from ..limits import Limits
from .body import STEP_S, build_solid, start_moving, step_body
from .drives import Linkage
from .material import Material
from .mesh import build_mesh
from .muscles import Muscles, make_grip
from .pose import HeadPose
from .servo import SERVO_STEPS, Servos
from .shutter import Exposure, Light, Shutter
from .skin import Skin
from .truth import FaceTruth, measure_truth

if TYPE_CHECKING:
    from .camera import Camera, View

_BODY_STEPS: Final = round(HOP_S / STEP_S)
_SETTLE_HOPS: Final = 40


@dataclass(frozen=True)
class _Moment:
    """The body at the end of a hop: nodes (N, 3) mm and motors (M,) in their units."""

    nodes: Float64[np.ndarray, "nodes 3"]
    motors: Float64[np.ndarray, " motors"]


class SimFace:
    """A soft face that is computed.

    Args:
        spec: the face description; what its motors move is told by their names or their `moves`.
        seed: draws the servos' hold errors.
        renderer: "own" or "gl", see `open_face`.
        changes: what happened to this body that its description doesn't know.
        faults: of its camera; None: none.

    Raises:
        FaceError: a motor moves nothing, or `changes` name one that there isn't.
    """

    def __init__(
        self,
        spec: FaceSpec,
        *,
        seed: int = 0,
        renderer: Literal["own", "gl"] = "own",
        changes: BodyChanges | None = None,
        faults: CameraFaults | None = None,
    ) -> None:
        self.spec = spec
        self._renderer = renderer
        self._changes = changes or BodyChanges()
        self._slip = self._changes.find_slip(spec)
        self._linkage = Linkage(spec)
        faults = faults or CameraFaults()
        self._shutter = Shutter(spec.camera, faults, seed)
        self._lens, self._light = Lens(faults, seed), Light()
        self._limits = Limits(spec)
        self._servos = Servos(spec, HOP_S)
        self._rng = np.random.default_rng(seed)
        self._low = spec.column("low").astype(float)
        self._travel = spec.column("high").astype(float) - self._low
        stiffness = spec.skin_stiffness * self._changes.stiffness
        mesh = build_mesh()
        self._mesh = mesh
        self._muscles = Muscles(mesh)
        self._solid = build_solid(mesh, self._muscles, Material().stiffen(stiffness))
        self._moving = start_moving(mesh)
        self._grip = make_grip()
        self._skin = Skin(mesh.rest)
        self._camera: Camera | None = None
        self._side_camera: Camera | None = None
        self._sent = self._limits.init_state()
        self._servo = self._servos.init_state()
        self._is_closed = False
        self._hops = 0
        rest = np.tile(self._servo.horn, (SERVO_STEPS, 1))
        for _ in range(_SETTLE_HOPS):
            self._move(rest)
        kept = self._shutter.reach_hops
        self._moments = deque([self._now()] * kept, maxlen=kept)
        self._due: tuple[Exposure, _Moment] | None = None
        self._expose()

    @property
    def hops(self) -> int:
        """Hops sent so far; the simulated clock is hops / 50 s."""
        return self._hops

    def send(self, command: Command) -> Command:
        if self._is_closed:
            raise FaceError(f"face {self.spec.name} is closed; open it again with open_face")
        wanted = sort_command(self.spec, command)
        sent, self._sent = self._limits.step(wanted[None], self._sent)
        horns, self._servo = self._servos.step(sent[0].astype(float), self._servo, rng=self._rng)
        self._move(horns)
        self._hops += 1
        self._moments.append(self._now())
        self._expose()
        return Command(self.spec.motor_names, sent[0])

    def read(self) -> Command | None:
        """Where the servos' own sensors say they are: before the play of the gear."""
        measured = np.clip(self._servo.shaft, 0, 1).astype(np.float32)
        return Command(self.spec.motor_names, measured)

    def look(self) -> Frame | None:
        if self._due is None:
            return None
        taken, moment = self._due
        self._due = None
        pose = self._pose(moment)
        views = [self._light.shine(self._open_camera().render(pose), taken.taken_s)]
        if self.spec.camera.side is not None:
            views.append(self._open_side_camera().render(pose))
        clock_s = taken.number / self.spec.camera.images_hz
        seen = self._lens.spoil(views[0], taken.number, clock_s)
        if len(views) == 1:
            return Frame(seen, taken.stamp_s)
        mirrored = self._lens.spoil(views[1][:, ::-1], taken.number, clock_s, 1)
        return Frame(seen, taken.stamp_s, np.ascontiguousarray(mirrored[:, ::-1]))

    def switch_light(self, is_on: bool, at_s: float) -> float:
        """Switches the lamp in the camera's view; see `mirror.delay.Lit`."""
        self._light.switch(is_on, at_s)
        return at_s

    def pose(self) -> HeadPose:
        """The head now, ready to be drawn by any camera."""
        return self._pose(self._now())

    def truth(self) -> FaceTruth:
        """What the mouth really does now (the camera shows it `spec.camera.delay_s` later)."""
        pose = self.pose()
        project = self._open_camera().project
        return measure_truth(
            self._mesh, self._moving, self._skin, pose, lambda points: project(points, pose),
            self.spec.shape,
        )  # fmt: skip

    def close(self) -> None:
        """Goes to rest, then takes no more commands."""
        if self._is_closed:
            return
        rest = self.spec.rest
        while not np.array_equal(self._sent.sent, rest.values):
            self.send(rest)
        self._is_closed = True

    def __enter__(self) -> "SimFace":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _move(self, horns: Float64[np.ndarray, "steps motors"]) -> None:
        """Moves the body through one hop; `horns` are in commands."""
        for k in range(_BODY_STEPS):
            at = (k + 1) * SERVO_STEPS // _BODY_STEPS - 1
            moved = (horns[at] + self._slip - self.spec.rest.values) * self._travel
            drives = self._linkage.pull(moved)
            step_body(
                self._solid,
                self._moving,
                self._muscles.pull(drives, self._moving.x, self._grip),
                drives.jaw_rad,
            )

    def _now(self) -> _Moment:
        at = self._low + self._travel * (self._servo.horn + self._slip)
        return _Moment(self._moving.x.copy(), at)

    def _expose(self) -> None:
        """Keeps the image that has just arrived, if there is one, to be drawn when looked at."""
        taken = self._shutter.see(self._hops / HOP_HZ)
        if taken is not None:
            self._due = (taken, self._look_back(self._hops - taken.taken_s * HOP_HZ))

    def _look_back(self, hops: float) -> _Moment:
        """The body as it was so many hops ago."""
        back = min(max(round(hops, 9), 0.0), len(self._moments) - 1.0)
        whole = int(back)
        share = back - whole
        newer = self._moments[-1 - whole]
        if share == 0.0:
            return newer
        older = self._moments[-2 - whole]
        return _Moment(
            newer.nodes + share * (older.nodes - newer.nodes),
            newer.motors + share * (older.motors - newer.motors),
        )

    def _pose(self, moment: _Moment) -> HeadPose:
        drives = self._linkage.place(moment.motors)
        jaw_rad = float(np.radians(drives["jaw_open"] - self._linkage.rest["jaw_open"]))
        return HeadPose(self._skin.place(moment.nodes, jaw_rad), jaw_rad, drives)

    def _open_camera(self) -> "Camera":
        if self._camera is None:
            from .camera import MIRROR, Camera

            make: type[Camera] = Camera
            if self._renderer == "gl":
                from .gl import GlCamera

                make = GlCamera
            self._camera = self._place(make, MIRROR)
        return self._camera

    def _place(self, make: "type[Camera]", view: "View") -> "Camera":
        """A camera that looks at this face, where it stands now."""
        spec, changes = self.spec, self._changes
        across, down = (
            shift * view.height_mm / spec.camera.size_px for shift in changes.camera_shift_px
        )
        x, y = view.centre_mm
        moved = replace(
            view,
            centre_mm=(x - across, y + down),
            turn_deg=view.turn_deg + changes.camera_turn_deg,
        )
        return make(spec.camera.size_px, moved, spec.looks, shape=spec.shape)

    def _open_side_camera(self) -> "Camera":
        """What sees the face in the mirror beside it, turned back."""
        if self._side_camera is None:
            from .camera import SIDE

            view = (
                SIDE if self.spec.camera.side == "left" else replace(SIDE, turn_deg=-SIDE.turn_deg)
            )
            self._side_camera = self._place(type(self._open_camera()), view)
        return self._side_camera
