"""How far and how fast the lips of faces/emo go, pose by pose; see `body.py`."""

import numpy as np
from body_poses import HALF, POSES, both, hold, open_emo, see_mouth

from lipmotion.face.sim.contact import find_teeth_pairs
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.mesh import N_ANGLES, N_OUTER, N_ROWS
from lipmotion.face.sim.pairs import make_pairs, measure_gap
from lipmotion.face.sim.teeth import UPPER_EDGE_Y_MM
from lipmotion.timing import HOP_HZ

_TIP_ROW = N_OUTER - 1


def measure_range() -> dict[str, float]:
    """Ends of the lips' motion, each held for 60 hops from rest; servos without play."""
    face = open_emo(ideal=True)

    def visit(name: str) -> None:
        hold(face, {}, 30)
        hold(face, POSES[name])

    figures: dict[str, float] = {}
    visit("rest")
    rest, rest_view = face.truth(), see_mouth(face)
    figures["rest: sealed share of columns"] = rest.sealed_share
    figures["rest: lips press, N"] = rest.lip_force_n
    visit("open")
    figures["opening, mm"] = face.truth().aperture_mm
    visit("pucker")
    pucker = face.truth()
    figures["pucker: width, %"] = 100 * (pucker.width_mm / rest.width_mm - 1)
    figures["pucker: upper lip forward, mm"] = pucker.protrusion_mm[0]
    figures["pucker: lower lip forward, mm"] = pucker.protrusion_mm[1]
    figures |= measure_roundness(face)
    hold(face, {}, 30)
    smile = hold(face, both(corner_spread=1))
    figures["smile: width, %"] = 100 * (smile.width_mm / rest.width_mm - 1)
    visit("smile")
    figures["smile with corners up: corner up, mm"] = min(face.truth().corner_height_mm)
    figures |= measure_corners(face)
    visit("f v")
    figures |= measure_bite(face)
    visit("shut hard")
    figures["shut hard: sealed share of columns"] = face.truth().sealed_share
    figures["shut hard: lips press, N"] = face.truth().lip_force_n
    visit("pressed")
    figures["pressed: sealed share of columns"] = face.truth().sealed_share
    figures["pressed: lips press, N"] = face.truth().lip_force_n
    view = see_mouth(face)
    figures["pressed: red seen, % of rest"] = 100 * view.red_mm / rest_view.red_mm
    figures["pressed: red seen over the middle half, % of rest"] = (
        100 * view.half_red_mm / rest_view.half_red_mm
    )
    return {name: round(float(value), 2) for name, value in figures.items()}


def measure_roundness(face: SimFace) -> dict[str, float]:
    """Height over width of the opening in a pucker opened by lips and jaw, seen from in front.

    The width counts where the opening is above half a millimetre. First the pose `oo`; then the
    lips' motors open the pucker step by step, and all steps between 6 and 10 mm of height count.
    """
    hold(face, {}, 30)
    hold(face, POSES["oo"])
    posed = see_mouth(face)
    found = []
    for lips in np.arange(0.2, 1.01, 0.1):
        hold(face, {}, 20)
        hold(face, POSES["oo"] | both(upper_lip=float(lips), lower_lip=float(lips)), 40)
        view = see_mouth(face)
        if 6 <= view.height_mm <= 10:
            found.append(view.height_mm / view.width_mm)
    return {
        "oo: height of the opening, mm": posed.height_mm,
        "oo: height over width of the opening": posed.height_mm / max(posed.width_mm, 1e-9),
        "oo: the same, mean from 6 to 10 mm of height": float(np.mean(found)) if found else 0.0,
    }


def measure_corners(face: SimFace) -> dict[str, float]:
    figures = {}
    for k, side in enumerate(("left", "right")):
        for name, value in (("up", 1.0), ("down", 0.0)):
            hold(face, {}, 20)
            heights = hold(face, {f"corner_{side}_raise": value}).corner_height_mm
            figures[f"corner {side} {name} alone, mm"] = heights[k]
            figures[f"corner {side} {name}: the other corner, mm"] = heights[1 - k]
    return figures


def measure_bite(face: SimFace) -> dict[str, float]:
    """f and v: the lower lip's edge at the upper teeth, the mouth open beside it."""
    truth, n = face.truth(), N_ANGLES
    edge = range(3 * n // 4 - 2, 3 * n // 4 + 3)
    rows = range(_TIP_ROW - 1, _TIP_ROW + 4)
    nodes = np.array([column * N_ROWS + row for column in edge for row in rows], np.int32)
    pairs, x = make_pairs(), face._moving.x
    count = find_teeth_pairs(x, nodes, truth.jaw_rad, pairs, 0)
    gaps = [measure_gap(x, pairs, p) for p in range(count) if pairs.nodes[p, 1] == 0]
    beside = HALF // 4  # half-way from a corner to the middle
    return {
        "f v: lower lip to the upper teeth, mm": max(0.0, min(gaps, default=99.0)),
        "f v: lower lip on upper teeth, N": truth.bite_force_n,
        "f v: lower lip's edge above that of the teeth, mm": see_mouth(face).lower_edge_mm
        - UPPER_EDGE_Y_MM,
        "f v: gap of the lips half-way to the corners, mm": float(
            min(truth.gap_mm[beside - 1 : beside + 1].min(), truth.gap_mm[-beside:][:1].min())
        ),
    }


def measure_speeds() -> dict[str, float]:
    """Greatest speed over one hop at full commands, the head still."""
    face = open_emo(ideal=True)
    lower = 3 * N_ANGLES // 4 * N_ROWS + _TIP_ROW

    def watch(changes: dict[str, float], node: int) -> float:
        path = []
        for _ in range(25):
            face.send(face.spec.rest.replace(changes))
            path.append(face._moving.x[node].copy())
        return float(np.linalg.norm(np.diff(path, axis=0), axis=1).max() * HOP_HZ)

    opened, shut = POSES["open"], POSES["shut hard"]
    hold(face, shut)
    speeds = {
        "lower lip opening, mm/s": watch(opened, lower),
        "lower lip closing, mm/s": watch(shut, lower),
    }
    hold(face, both(corner_raise=0, corner_spread=0))
    corner = _TIP_ROW
    speeds["corner up and out, mm/s"] = watch(both(corner_raise=1, corner_spread=1), corner)
    speeds["corner down and in, mm/s"] = watch(both(corner_raise=0, corner_spread=0), corner)
    return {name: round(value) for name, value in speeds.items()}
