"""Muscles: where the motors pull the skin.

Pads are glued to the inner side of the skin and driven by the motors through stiff, not rigid,
connectors; a plate behind each lip carries the lip's raise and its roll. Beside them the skin hangs
on the skull (rim, upper jaw, cheeks) and on the jaw (chin). Every attachment is a spring from a
node to a target: force = stiffness · (target − node), mN, per axis.
"""

from dataclasses import dataclass
from math import radians
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from ...errors import FaceError
from ..base import FaceSpec
from .mesh import N_ANGLES, N_OUTER, N_ROWS, SoftMesh
from .surface import SLIT_HALF_WIDTH_MM, turn_jaw, weigh_jaw

_RIM_STIFFNESS: Final = 1e5  # mN/mm a node: as good as fixed
_SKULL_STIFFNESS: Final = 300.0
_CHIN_STIFFNESS: Final = 400.0
_CHEEK_STIFFNESS: Final = 15.0
_CORNER_STIFFNESS: Final = 3000.0  # mN/mm of a whole pad
_PLATE_STIFFNESS: Final = 6000.0
_RING_STIFFNESS: Final = 6000.0
_PLATE_AXES: Final = (0.004, 1.0, 1.5)  # share of the stiffness along x, y, z
_PLATE_COLUMNS: Final = np.arange(6, 15)
_PLATE_ROWS: Final = np.arange(N_OUTER - 4, N_OUTER + 5)  # from the edge of the red to behind it
_PLATE_WIDTH_MM: Final = 18.0
_RED_SHARE: Final = 0.6  # hold of the red against that of the lip's back
_REST_PRESS_MM: Final = (0.35, 0.5)  # upper and lower lip towards each other in the resting face
_PUCKER_FORWARD: Final = 0.45  # corners come forward as they are drawn in
_SMILE_BACK: Final = 0.30  # and go back round the cheek as they are drawn out
_FULL_ROLL_RAD: Final = radians(50)
_OUT_FORWARD_MM: Final = 2.5  # at full outward roll
_OUT_CLOSE_MM: Final = 0.7
_IN_BACK_MM: Final = 5.0  # at full inward roll, at the slit
_IN_DRAW: Final = 0.8


@dataclass(frozen=True)
class Drives:
    """Motor positions relative to rest, in their own units.

    Attributes:
        raise_mm: (2,) upper lip left, right; up is +.
        lower_mm: (2,) lower lip left, right; down is +.
        roll_rad: (2,) upper, lower; outwards is +.
        corner_raise_mm, corner_spread_mm: (2,) left, right; up, outwards are +.
        jaw_rad: opening of the jaw.
    """

    raise_mm: tuple[float, float]
    lower_mm: tuple[float, float]
    roll_rad: tuple[float, float]
    corner_raise_mm: tuple[float, float]
    corner_spread_mm: tuple[float, float]
    jaw_rad: float


def read_drives(spec: FaceSpec, moved: Float64[np.ndarray, " motors"]) -> Drives:
    """Drives from where the motors are relative to rest, (M,) in their units.

    Raises:
        FaceError: a motor of the lips or the jaw is missing.
    """
    try:
        at = dict(zip(spec.motor_names, moved.tolist(), strict=True))
        return Drives(
            (at["upper_lip_left"], at["upper_lip_right"]),
            (at["lower_lip_left"], at["lower_lip_right"]),
            (radians(at["upper_lip_roll"]), radians(at["lower_lip_roll"])),
            (at["corner_left_raise"], at["corner_right_raise"]),
            (at["corner_left_spread"], at["corner_right_spread"]),
            radians(at["jaw_open"]),
        )
    except KeyError as missing:
        raise FaceError(
            f"face {spec.name} has no motor {missing.args[0]}; the simulated body needs it"
        ) from missing


class Muscles:
    """All attachments of the skin.

    Attributes:
        stiffness: (N, 3) mN/mm per node and axis; 0 where nothing holds.
    """

    def __init__(self, mesh: SoftMesh) -> None:
        self._rest = mesh.rest
        self.stiffness = np.zeros_like(mesh.rest)
        self._jaw_share = np.zeros(len(mesh.rest))
        self._hang_on_bones(mesh)
        self._corners = [self._glue_corner(mesh, column) for column in (0, N_ANGLES // 2)]
        self._plates = [self._glue_plate(mesh, is_upper) for is_upper in (True, False)]
        self._ring = self._weave_ring(mesh)
        self._held = np.nonzero(self.stiffness.any(1))[0]

    def pull(self, drives: Drives) -> Float64[np.ndarray, "nodes 3"]:
        """Force targets of the springs, stiffness · target, (N, 3) mN."""
        target = self._rest.copy()
        for nodes, side, k in zip(self._corners, (1.0, -1.0), (0, 1), strict=True):
            spread = drives.corner_spread_mm[k]
            target[nodes, 0] += side * spread
            target[nodes, 1] += drives.corner_raise_mm[k]
            target[nodes, 2] -= spread * (_SMILE_BACK if spread > 0 else _PUCKER_FORWARD)
        left, right = drives.corner_spread_mm
        along = self._rest[self._ring, 0] / SLIT_HALF_WIDTH_MM  # 1 at the left corner
        target[self._ring, 0] += np.where(along > 0, left, right) * along
        lifts = (drives.raise_mm, (-drives.lower_mm[0], -drives.lower_mm[1]))
        for plate, lift, roll in zip(self._plates, lifts, drives.roll_rad, strict=True):
            target[plate.nodes] += plate.move(lift, roll)
        held, share = self._held, self._jaw_share[self._held, None]
        with_jaw = turn_jaw(target[held], drives.jaw_rad)
        target[held] += share * (with_jaw - target[held])
        return self.stiffness * target

    def _hang_on_bones(self, mesh: SoftMesh) -> None:
        x, y, _ = mesh.rest.T
        is_rim = (mesh.rows == 0) | (mesh.rows == N_ROWS - 1)
        is_inner = (mesh.rows >= N_OUTER) & ~is_rim
        is_skull = is_inner & (y > 17) & (np.abs(x) < 24)
        is_chin = is_inner & (y < -22) & (np.abs(x) < 34)
        is_cheek = is_inner & (np.abs(x) > 42) & ~is_chin
        by_surface = weigh_jaw(mesh.rest)
        for is_held, stiffness, share in (
            (is_rim, _RIM_STIFFNESS, by_surface),
            (is_skull, _SKULL_STIFFNESS, np.zeros(len(x))),
            (is_chin, _CHIN_STIFFNESS, np.ones(len(x))),
            (is_cheek, _CHEEK_STIFFNESS, by_surface),
        ):
            self.stiffness[is_held] = stiffness
            self._jaw_share[is_held] = share[is_held]

    def _glue_corner(self, mesh: SoftMesh, column: int) -> np.ndarray:
        columns = (column + np.array([-1, 0, 1])) % N_ANGLES
        rows = np.arange(N_OUTER + 2, N_OUTER + 6)
        nodes = np.nonzero(np.isin(mesh.columns, columns) & np.isin(mesh.rows, rows))[0]
        self.stiffness[nodes] += _CORNER_STIFFNESS / len(nodes)
        return nodes

    def _weave_ring(self, mesh: SoftMesh) -> np.ndarray:
        """The ring muscle: shortens and lengthens the lips evenly along their width."""
        half = N_ANGLES // 2
        is_lip = (mesh.rows >= N_OUTER - 3) & (mesh.rows <= N_OUTER + 2)
        beside = np.minimum(mesh.columns % half, half - mesh.columns % half)
        nodes = np.nonzero(is_lip & (beside >= 2))[0]
        self.stiffness[nodes, 0] += _RING_STIFFNESS / len(nodes)
        return nodes

    def _glue_plate(self, mesh: SoftMesh, is_upper: bool) -> "_Plate":
        half = N_ANGLES // 2
        columns = _PLATE_COLUMNS + (0 if is_upper else half)
        is_plate = np.isin(mesh.columns, columns) & np.isin(mesh.rows, _PLATE_ROWS)
        nodes = np.nonzero(is_plate)[0]
        is_red = mesh.rows[nodes] < N_OUTER
        plate = _Plate(nodes, mesh.rest[nodes], is_upper)
        share = np.where(is_red, _RED_SHARE, 1.0) * plate.fade
        each = _PLATE_STIFFNESS * share / share.sum()
        self.stiffness[nodes] += np.array(_PLATE_AXES) * each[:, None]
        if not is_upper:
            self._jaw_share[nodes] = 1.0
        return plate


class _Plate:
    """The plate behind a lip: lifted at its two ends, and rolled.

    Outward roll swings the edge at the slit forward about the far edge; inward roll draws the red
    together towards the slit and back against the teeth.

    Attributes:
        nodes: (n,) the nodes it is glued to, of the red and of the lip's back.
        fade: (n,) its hold, 1 in the middle and less towards its ends.
    """

    def __init__(
        self,
        nodes: Int64[np.ndarray, " n"],
        rest: Float64[np.ndarray, "n 3"],
        is_upper: bool,
    ) -> None:
        self.nodes = nodes
        self._up = 1.0 if is_upper else -1.0  # away from the slit
        self._press = _REST_PRESS_MM[0 if is_upper else 1]
        self._left = np.clip(0.5 + rest[:, 0] / _PLATE_WIDTH_MM, 0, 1)  # share of the left lift
        self._height = np.maximum(self._up * rest[:, 1], 0)  # from the slit
        self._reach = float(self._height.max())
        self.fade = np.cos(np.abs(rest[:, 0]) / _PLATE_WIDTH_MM * np.pi / 2)

    def move(self, lift_mm: tuple[float, float], roll_rad: float) -> Float64[np.ndarray, "n 3"]:
        """Displacements of the plate's nodes, mm, for lifts (up is +) left and right."""
        outward = max(roll_rad, 0.0) / _FULL_ROLL_RAD * self.fade
        inward = max(-roll_rad, 0.0) / _FULL_ROLL_RAD * self.fade
        swing = np.sin(outward * _FULL_ROLL_RAD) * (self._reach - self._height)
        to_slit = self._press + _OUT_CLOSE_MM * outward + _IN_DRAW * inward * self._height
        moved = np.zeros((len(self.nodes), 3))
        moved[:, 1] = self._left * lift_mm[0] + (1 - self._left) * lift_mm[1] - self._up * to_slit
        back = _IN_BACK_MM * inward * (1 - 0.8 * self._height / self._reach)
        moved[:, 2] = swing + _OUT_FORWARD_MM * outward - back
        return moved
