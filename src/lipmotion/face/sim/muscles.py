"""Muscles: where the motors pull the skin.

Pads are glued to the inner side of the skin and driven by the motors through stiff, not rigid,
connectors; a plate behind each lip carries the lip's raise and its roll. Beside them the skin hangs
on the skull (rim, upper jaw, cheeks) and on the jaw (chin). Every attachment is a spring from a
node to a target: force = stiffness · (target − node), mN, per axis.
"""

from math import radians
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from .drives import Drives
from .mesh import N_ANGLES, N_OUTER, N_ROWS, SoftMesh
from .pull import Pulled, Rules, fill_pull
from .surface import JAW_HINGE_MM, SLIT_HALF_WIDTH_MM, weigh_jaw

_RIM_STIFFNESS: Final = 1e5  # mN/mm a node: as good as fixed
_SKULL_STIFFNESS: Final = 300.0
_CHIN_STIFFNESS: Final = 400.0
_CHEEK_STIFFNESS: Final = 15.0
_CORNER_STIFFNESS: Final = 8000.0  # mN/mm of a whole pad
_CORNER_ROWS: Final = np.arange(N_OUTER - 1, N_OUTER + 4)  # right through the knot of the muscles
_CORNER_JAW: Final = 0.45  # corners sink with the jaw by this share, as people's do
_PLATE_STIFFNESS: Final = 4500.0
_PLATE_AXES: Final = (0.004, 1.0, 1.5)  # share of the stiffness along x, y, z
_PLATE_COLUMNS: Final = np.arange(5, 16)
_PLATE_ROWS: Final = np.arange(N_OUTER - 4, N_OUTER + 5)  # from the edge of the red to behind it
_LIFT_HALF_WIDTH_MM: Final = 10.0  # the middle of a lip is raised and lowered,
_ROLL_HALF_WIDTH_MM: Final = 18.0  # more of it is rolled
_LEFT_WIDTH_MM: Final = 36.0  # over which the left end's lift gives way to the right end's
_RED_SHARE: Final = 0.6  # hold of the red against that of the lip's back
_REST_PRESS_MM: Final = (0.5, 0.65)  # upper and lower lip towards each other in the resting face
_RING_STIFFNESS: Final = 20000.0
_DRAW_STEEPNESS: Final = 1.6  # how much more it shortens the lips' middle than their ends
_RING_CLOSE_MN: Final = 3500.0  # each lip and side, that the ring shuts the lips' outer part with
_RING_TONE: Final = 0.06  # share of it that the resting ring keeps
_RING_CLOSE_AT: Final = ((0, 3, 4, 6, 7, 8), (0, 0.3, 0.7, 1, 1, 0))  # columns, share
_RING_SHUTS_TO_RAD: Final = 0.08  # opening of the jaw by which it shuts nothing any more
_SLIP_MM: Final = 0.6  # it lets go where the lips have passed each other by 0.5 to 1.5 of this
_GRIP_SHARE: Final = 0.3  # of the way there, in a step of the body: at once, it would let go and
# grip by turns for ever
_FULL_PUCKER_MM: Final = 9.0  # a corner's way in at which it does
_PUCKER_FORWARD: Final = 0.3  # corners come forward as they are drawn in
_SMILE_BACK: Final = 0.30  # and go back round the cheek as they are drawn out
_FULL_ROLL_RAD: Final = radians(50)
_OUT_FORWARD_MM: Final = 2.5  # at full outward roll
_OUT_CLOSE_MM: Final = 0.7
_IN_TURN: Final = 1.25  # turn of a lip about its own middle, in the motor's angle
_IN_BACK_MM: Final = 3.0  # at full inward roll
_TUCK_MN: Final = 8000.0  # of each lip, at its full inward roll
_TUCK_ROWS: Final = (N_OUTER - 5, N_OUTER - 4)  # the red's edge and the skin beside it
_TUCK_BACK: Final = 0.7  # share that draws the touching face away
_TUCK_BACK_ROWS: Final = (N_OUTER - 1, N_OUTER)
_TUCK_AT: Final = ((2, 4, 6, 8, 10), (0, 0.7, 1, 0.7, 0.4))  # columns, share
_IN_DRAW: Final = 0.4  # red drawn together, in its height


_RULES: Final = Rules(
    smile_back=_SMILE_BACK,
    pucker_forward=_PUCKER_FORWARD,
    full_roll_rad=_FULL_ROLL_RAD,
    out_forward_mm=_OUT_FORWARD_MM,
    out_close_mm=_OUT_CLOSE_MM,
    in_turn=_IN_TURN,
    in_back_mm=_IN_BACK_MM,
    in_draw=_IN_DRAW,
    ring_tone=_RING_TONE,
    ring_shuts_to_rad=_RING_SHUTS_TO_RAD,
    full_pucker_mm=_FULL_PUCKER_MM,
    slip_mm=_SLIP_MM,
    grip_share=_GRIP_SHARE,
    hinge_y_mm=JAW_HINGE_MM[1],
    hinge_z_mm=JAW_HINGE_MM[2],
)


def make_grip() -> Float64[np.ndarray, " columns"]:
    """The ring's hold of every column, for `Muscles.pull`: firm."""
    return np.ones(N_ANGLES)


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
        self._pulled = self._list_pulled(mesh)

    def pull(
        self,
        drives: Drives,
        x: Float64[np.ndarray, "nodes 3"],
        grip: Float64[np.ndarray, " columns"],
    ) -> Float64[np.ndarray, "nodes 3"]:
        """Force targets of the springs, stiffness · target, and the ring's closing, (N, 3) mN.

        Args:
            x: (N, 3) mm, where the nodes are: the ring lets go of lips that slipped past each
                other.
            grip: (C,) how firmly it holds each column, 0 to 1; from `make_grip`, brought one body
                step nearer to what `x` allows here.
        """
        at = np.array(
            (
                *drives.raise_mm,
                -drives.lower_mm[0],
                -drives.lower_mm[1],
                *drives.roll_rad,
                *drives.corner_raise_mm,
                *drives.corner_spread_mm,
                drives.jaw_rad,
            )
        )
        force = np.empty_like(self.stiffness)
        fill_pull(self._pulled, _RULES, at, x, grip, force)
        return force

    def _list_pulled(self, mesh: SoftMesh) -> Pulled:
        """All that is pulled at, a node after the other."""
        n_nodes, half = len(mesh.rest), N_ANGLES // 2
        along = self._rest[self._ring, 0] / SLIT_HALF_WIDTH_MM  # 1 at the left corner
        drawn = np.tanh(_DRAW_STEEPNESS * along) / np.tanh(_DRAW_STEEPNESS)
        draw, knot = np.zeros((2, n_nodes, 2))
        for k, nodes in enumerate(self._corners):
            knot[nodes, k] = 1.0
            draw[nodes, k] = (1.0, -1.0)[k]
            is_own = (along > 0) == (k == 0)
            draw[self._ring[is_own], k] = drawn[is_own]
        plate = np.full(n_nodes, -1, np.int32)
        left, height, ahead, roll_fade = np.zeros((4, n_nodes))
        for k, own in enumerate(self._plates):
            plate[own.nodes] = k
            left[own.nodes], height[own.nodes] = own.left, own.height
            ahead[own.nodes], roll_fade[own.nodes] = own.ahead, own.roll_fade
        closing = np.stack([self._close_side(mesh, side) for side in (1.0, -1.0)], -1)
        tucking = np.stack([self._tuck_in(mesh, is_upper) for is_upper in (True, False)], -1)
        acting = np.concatenate([self.stiffness, closing, tucking], 1).any(1)
        tip = np.arange(N_ANGLES) * N_ROWS + N_OUTER - 1
        return Pulled(
            nodes=np.nonzero(acting)[0].astype(np.int32),
            stiffness=self.stiffness[acting],
            rest=self._rest[acting],
            jaw_share=self._jaw_share[acting],
            knot=knot[acting],
            draw=draw[acting],
            plate=plate[acting],
            left=left[acting],
            height=height[acting],
            ahead=ahead[acting],
            roll_fade=roll_fade[acting],
            reach=np.array([own.reach for own in self._plates]),
            press=np.array(_REST_PRESS_MM),
            closing=closing[acting],
            tucking=tucking[acting],
            column=mesh.columns[acting],
            tip=tip.astype(np.int32),
            facing=tip[-np.arange(N_ANGLES) % N_ANGLES].astype(np.int32),
            lip_side=np.where(np.arange(N_ANGLES) <= half, 1.0, -1.0),
        )

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
        nodes = np.nonzero(np.isin(mesh.columns, columns) & np.isin(mesh.rows, _CORNER_ROWS))[0]
        self.stiffness[nodes] += _CORNER_STIFFNESS / len(nodes)
        self._jaw_share[nodes] = _CORNER_JAW
        return nodes

    def _weave_ring(self, mesh: SoftMesh) -> np.ndarray:
        """The ring muscle: shortens and lengthens the lips along their width, most in the middle.

        That is what makes a pucker round: an even ring leaves the opening as wide as the lips.
        """
        half = N_ANGLES // 2
        is_lip = (mesh.rows >= N_OUTER - 3) & (mesh.rows <= N_OUTER + 2)
        beside = np.minimum(mesh.columns % half, half - mesh.columns % half)
        nodes = np.nonzero(is_lip & (beside >= 2))[0]
        self.stiffness[nodes, 0] += _RING_STIFFNESS / len(nodes)
        return nodes

    def _close_side(self, mesh: SoftMesh, side: float) -> Float64[np.ndarray, " nodes"]:
        """Forces along y, mN, that shut the outer part of one side of the mouth in a pucker."""
        half = N_ANGLES // 2
        is_lip = (mesh.rows >= N_OUTER - 2) & (mesh.rows <= N_OUTER + 1)
        beside = np.minimum(mesh.columns % half, half - mesh.columns % half)
        share = np.interp(beside, *_RING_CLOSE_AT) * (is_lip & (side * mesh.rest[:, 0] > 0))
        is_upper = mesh.columns < half
        return np.where(is_upper, -1.0, 1.0) * _RING_CLOSE_MN * 2 * share / share.sum()

    def _tuck_in(self, mesh: SoftMesh, is_upper: bool) -> Float64[np.ndarray, " nodes"]:
        """Forces along y, mN, that tuck in the red of a lip where it is rolled in.

        They draw the skin at its edge to the slit, over the whole width, and part of them draws the
        touching face away from it: the red turns in, and the lips are hardly pressed the more.
        """
        half = N_ANGLES // 2
        share = np.isin(mesh.rows, _TUCK_ROWS) / len(_TUCK_ROWS)
        share = share - _TUCK_BACK * np.isin(mesh.rows, _TUCK_BACK_ROWS) / len(_TUCK_BACK_ROWS)
        beside = np.minimum(mesh.columns % half, half - mesh.columns % half)
        along = np.interp(beside, *_TUCK_AT)
        each = _TUCK_MN * len(_TUCK_ROWS) / along[np.isin(mesh.rows, _TUCK_ROWS)].sum() * 2
        lip = (mesh.columns < half) == is_upper
        return np.where(is_upper, -1.0, 1.0) * each * along * share * lip

    def _glue_plate(self, mesh: SoftMesh, is_upper: bool) -> "_Plate":
        half = N_ANGLES // 2
        columns = _PLATE_COLUMNS + (0 if is_upper else half)
        is_plate = np.isin(mesh.columns, columns) & np.isin(mesh.rows, _PLATE_ROWS)
        nodes = np.nonzero(is_plate)[0]
        is_red = mesh.rows[nodes] < N_OUTER
        plate = _Plate(nodes, mesh.rest[nodes], is_upper)
        red = np.where(is_red, _RED_SHARE, 1.0)
        fades = plate.lift_fade, plate.lift_fade, plate.roll_fade
        for axis, (fade, share) in enumerate(zip(fades, _PLATE_AXES, strict=True)):
            each = _PLATE_STIFFNESS * red * fade / (red * plate.lift_fade).sum()
            self.stiffness[nodes, axis] += share * each
        if not is_upper:
            self._jaw_share[nodes] = 1.0
        return plate


class _Plate:
    """The plate behind a lip: lifted at its two ends, and rolled.

    Attributes:
        nodes: (n,) the nodes it is glued to, of the red and of the lip's back.
        left: (n,) share of its left end's lift. height: (n,) from the slit, mm; `reach` its most.
        ahead: (n,) of the lip's middle, mm.
        lift_fade, roll_fade: (n,) its hold in lift and in roll, 1 in the middle of the lip.
    """

    def __init__(
        self,
        nodes: Int64[np.ndarray, " n"],
        rest: Float64[np.ndarray, "n 3"],
        is_upper: bool,
    ) -> None:
        x, y, z = rest.T
        self.nodes = nodes
        self.left = np.clip(0.5 + x / _LEFT_WIDTH_MM, 0, 1)
        self.height = np.maximum(y if is_upper else -y, 0)
        self.reach = float(self.height.max())
        self.ahead = z - (z.max() + z.min()) / 2
        self.lift_fade = _fade(x, _LIFT_HALF_WIDTH_MM)
        self.roll_fade = _fade(x, _ROLL_HALF_WIDTH_MM) ** 0.3


def _fade(x_mm: np.ndarray, half_width_mm: float) -> np.ndarray:
    """1 in the middle of the mouth, falling to 0 at half_width_mm."""
    return np.cos(np.minimum(np.abs(x_mm) / half_width_mm, 1) * np.pi / 2)
