"""The pull of all muscles on the skin at one moment, compiled.

In: where the motors are, where the nodes are, how firmly the ring holds. Out: forces, mN. What the
muscles hold, and how hard, is built in `muscles.py`; nothing here is a number of its own.
"""

from math import cos, sin
from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int32

N_DRIVES = 11  # raise, lower, roll, corner raise, corner spread: two each; jaw


class Rules(NamedTuple):
    """Plain numbers of the muscles, as `muscles.py` names and explains them."""

    smile_back: float
    pucker_forward: float
    full_roll_rad: float
    out_forward_mm: float
    out_close_mm: float
    in_turn: float
    in_back_mm: float
    in_draw: float
    ring_tone: float
    ring_shuts_to_rad: float
    full_pucker_mm: float
    slip_mm: float
    grip_share: float
    hinge_y_mm: float
    hinge_z_mm: float


class Pulled(NamedTuple):
    """The nodes that muscles pull at, n of them; pairs are left and right, or upper and lower lip.

    Attributes:
        stiffness, rest: (n, 3) mN/mm, mm. jaw_share: (n,) how far a node's target rides the jaw.
        knot: (n, 2) 1 in a corner's pad. draw: (n, 2) way along x for 1 mm of a corner's spread.
        plate: (n,) 0 upper, 1 lower, -1 where no plate holds.
        left, height, ahead, roll_fade: (n,) see `muscles._Plate`. reach, press: (2,) of the plates.
        closing, tucking: (n, 2) mN at full tension, at full inward roll.
        column: (n,). tip, facing: (C,) a column's node at the slit, and the other lip's.
        lip_side: (C,) 1 on the upper lip, -1 on the lower.
    """

    nodes: Int32[np.ndarray, " n"]
    stiffness: Float64[np.ndarray, "n 3"]
    rest: Float64[np.ndarray, "n 3"]
    jaw_share: Float64[np.ndarray, " n"]
    knot: Float64[np.ndarray, "n 2"]
    draw: Float64[np.ndarray, "n 2"]
    plate: Int32[np.ndarray, " n"]
    left: Float64[np.ndarray, " n"]
    height: Float64[np.ndarray, " n"]
    ahead: Float64[np.ndarray, " n"]
    roll_fade: Float64[np.ndarray, " n"]
    reach: Float64[np.ndarray, " two"]
    press: Float64[np.ndarray, " two"]
    closing: Float64[np.ndarray, "n 2"]
    tucking: Float64[np.ndarray, "n 2"]
    column: Int32[np.ndarray, " n"]
    tip: Int32[np.ndarray, " columns"]
    facing: Int32[np.ndarray, " columns"]
    lip_side: Float64[np.ndarray, " columns"]


@numba.njit(cache=True, error_model="numpy")
@no_type_check
def fill_pull(
    pulled: Pulled, rules: Rules, at: np.ndarray, x: np.ndarray, grip: np.ndarray, force: np.ndarray
) -> None:
    """Fills `force` (N, 3), mN, and brings `grip` (C,) one step nearer to what the slit allows.

    Args:
        at: (N_DRIVES,) mm and rad from rest; lifts and lowerings positive upwards.
        x: (N, 3) mm, where the nodes are.
    """
    for c in range(grip.shape[0]):
        apart = (x[pulled.tip[c], 1] - x[pulled.facing[c], 1]) * pulled.lip_side[c]
        wanted = min(max(apart / rules.slip_mm + 1.5, 0.0), 1.0)
        grip[c] += rules.grip_share * (wanted - grip[c])
    jaw_rad = at[10]
    c_jaw, s_jaw = cos(jaw_rad), sin(jaw_rad)
    high_jaw = max(0.0, 1 - max(0.0, jaw_rad) / rules.ring_shuts_to_rad)
    tension_left = rules.ring_tone + high_jaw * max(0.0, -at[8]) / rules.full_pucker_mm
    tension_right = rules.ring_tone + high_jaw * max(0.0, -at[9]) / rules.full_pucker_mm
    tuck_up = max(0.0, -at[4]) / rules.full_roll_rad
    tuck_down = max(0.0, -at[5]) / rules.full_roll_rad
    force[:] = 0.0
    for k in range(pulled.nodes.shape[0]):
        dx = pulled.draw[k, 0] * at[8] + pulled.draw[k, 1] * at[9]
        dy = dz = 0.0
        for side in range(2):
            if pulled.knot[k, side] != 0.0:
                spread = at[8 + side]
                dy += at[6 + side]
                dz -= spread * (rules.smile_back if spread > 0 else rules.pucker_forward)
        if pulled.plate[k] >= 0:
            by_y, by_z = _move_plate(pulled, rules, at, k)
            dy, dz = dy + by_y, dz + by_z
        y, z = pulled.rest[k, 1] + dy, pulled.rest[k, 2] + dz
        share = pulled.jaw_share[k]
        if share != 0.0:
            up, on = y - rules.hinge_y_mm, z - rules.hinge_z_mm
            y += share * (c_jaw * up - s_jaw * on - up)
            z += share * (s_jaw * up + c_jaw * on - on)
        n = pulled.nodes[k]
        force[n, 0] = pulled.stiffness[k, 0] * (pulled.rest[k, 0] + dx)
        force[n, 1] = pulled.stiffness[k, 1] * y
        force[n, 2] = pulled.stiffness[k, 2] * z
        shut = tension_left * pulled.closing[k, 0] + tension_right * pulled.closing[k, 1]
        force[n, 1] += shut * grip[pulled.column[k]]
        force[n, 1] += tuck_up * pulled.tucking[k, 0] + tuck_down * pulled.tucking[k, 1]


@numba.njit(cache=True, error_model="numpy")
@no_type_check
def _move_plate(pulled: Pulled, rules: Rules, at: np.ndarray, k: int) -> tuple[float, float]:
    """How far up and forward a lip's plate takes node k, mm.

    Outward roll swings the edge at the slit forward about the far edge; inward roll turns the lip
    about its own middle, so that the red goes round under it, back and against the other lip.
    """
    lip = pulled.plate[k]
    fade, height, ahead, reach = (
        pulled.roll_fade[k],
        pulled.height[k],
        pulled.ahead[k],
        pulled.reach[lip],
    )
    roll = at[4 + lip]
    outward = max(roll, 0.0) / rules.full_roll_rad * fade
    inward = max(-roll, 0.0) / rules.full_roll_rad * fade
    turn = rules.in_turn * rules.full_roll_rad * inward
    c, s = (cos(turn), sin(turn)) if inward > 0.0 else (1.0, 0.0)
    above = height - reach / 2
    to_slit = pulled.press[lip] + rules.out_close_mm * outward + rules.in_draw * inward * height
    rise = above * (c - 1) - ahead * s - to_slit
    up = pulled.left[k] * at[2 * lip] + (1 - pulled.left[k]) * at[2 * lip + 1]
    up += rise if lip == 0 else -rise
    on = rules.out_forward_mm * outward + above * s + ahead * (c - 1) - rules.in_back_mm * inward
    if outward > 0.0:
        on += sin(outward * rules.full_roll_rad) * (reach - height)
    return up, on
