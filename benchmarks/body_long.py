"""Long random motion of the body at full speed: does it stay whole; see `body.py`.

python benchmarks/body_long.py --minutes 60 --out FILE   these figures alone, after every seed
"""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from body_goals import GOALS, print_table
from body_poses import BESIDE_CORNER, HALF, NEW_TARGET_HOPS, draw_command, open_emo
from body_rubber import measure_energy

from lipmotion.face.sim.body import step_body
from lipmotion.face.sim.drives import Linkage
from lipmotion.face.sim.face import SimFace
from lipmotion.face.sim.mesh import N_OUTER
from lipmotion.face.sim.truth import measure_gaps
from lipmotion.timing import HOP_HZ

LOOK_EVERY_HOPS = 5
CHECK_EVERY_HOPS = 25
FREEZE_EVERY_HOPS = 250
FREEZE_STEPS = 40
DEEP_SHARE = 0.15  # of a tet's height, from where a node counts as inside it


@dataclass
class Seen:
    """What was seen on the way; one entry a look, mm, mm/s and µJ."""

    farthest: list[float] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)
    overlaps: list[np.ndarray] = field(default_factory=list)
    rises: list[float] = field(default_factory=list)
    growths: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    n_bad: int = 0
    n_out: int = 0
    inside: list[bool] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="of each seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    seen = Seen()
    for seed in range(args.seeds):
        run_wild(round(args.minutes * 60 * HOP_HZ), seed, seen)
        figures = describe(seen, args.minutes, seed + 1)
        args.out.write_text(json.dumps(figures, indent=2) + "\n")
    print_table(figures, GOALS)


def measure_wildness(minutes: float, seeds: range) -> dict[str, float]:
    """Each seed moves its own face for `minutes`: a new random target every 120 ms.

    Energy: every 5 s the motors are frozen in mid-motion for 0.4 s on a copy of the body. With
    nothing moving them, energy of rubber, springs and motion together may only fall. Counted are
    its growth from the moment of freezing to the end, and its greatest rise in one step (lips that
    overlap are moved apart), as shares of what the rubber stores at the end.
    """
    seen = Seen()
    for seed in seeds:
        run_wild(round(minutes * 60 * HOP_HZ), seed, seen)
    return describe(seen, minutes, len(seeds))


def describe(seen: Seen, minutes: float, n_seeds: int) -> dict[str, float]:
    """Figures of all seeds so far, each moved for `minutes`."""
    overlap = np.array(seen.overlaps)  # (looks, columns)
    middle = overlap[:, BESIDE_CORNER:-BESIDE_CORNER].max(1)
    beside = np.delete(overlap, np.s_[BESIDE_CORNER:-BESIDE_CORNER], 1).max(1)
    return {
        "random full-speed motion, minutes in all": minutes * n_seeds,
        "seeds": n_seeds,
        "NaN": seen.n_bad,
        "motors out of range": seen.n_out,
        "farthest skin point from rest, mm": round(max(seen.farthest), 1),
        "fastest node, mm/s": round(max(seen.speed)),
        "motors frozen 0.4 s: speed left, mm/s": round(max(seen.left), 2),
        "motors frozen 0.4 s: growth of energy p95, % of stored": round(
            100 * float(np.percentile(seen.growths, 95)), 3
        ),
        "motors frozen 0.4 s: greatest growth of energy, % of stored": round(
            100 * max(seen.growths), 3
        ),
        "motors frozen: greatest rise in one step, % of stored": round(100 * max(seen.rises), 3),
        "lip penetration p95, mm": round(float(np.percentile(middle, 95)), 3),
        "lip penetration greatest, mm": round(float(middle.max()), 2),
        "lip penetration beside the corners p95, mm": round(float(np.percentile(beside, 95)), 3),
        "lip penetration beside the corners greatest, mm": round(float(beside.max()), 2),
        "share of moments with a lip node inside the other lip's rubber, %": round(
            100 * float(np.mean(seen.inside)), 3
        ),
    }


def run_wild(n_hops: int, seed: int, seen: Seen) -> None:
    face, rng = open_emo(seed), np.random.default_rng((seed, 7))
    low = np.minimum(face.spec.column("low"), face.spec.column("high"))
    high = np.maximum(face.spec.column("low"), face.spec.column("high"))
    slack = 4 * face.spec.column("hold_error") * (high - low)
    for hop in range(n_hops):
        if hop % NEW_TARGET_HOPS == 0:
            command = draw_command(face, rng)
        sent = face.send(command).values
        seen.n_out += int((sent < 0).any() or (sent > 1).any())
        if hop % FREEZE_EVERY_HOPS == FREEZE_EVERY_HOPS - 1:
            rise, growth, left = freeze(face)
            seen.rises.append(rise)
            seen.growths.append(growth)
            seen.left.append(left)
        if hop % LOOK_EVERY_HOPS:
            continue
        pose = face.pose()
        at = np.array([pose.drives[name] for name in face.spec.motor_names])
        seen.n_out += int((at < low - slack).any() or (at > high + slack).any())
        seen.n_bad += int(not np.isfinite(pose.skin_vertices).all())
        moved = np.linalg.norm(pose.skin_vertices - face._skin.rest, axis=1)
        seen.farthest.append(float(moved.max()))
        seen.speed.append(float(np.linalg.norm(face._moving.v, axis=1).max()))
        seen.overlaps.append(np.maximum(0, -measure_gaps(face._moving.x)))
        if hop % CHECK_EVERY_HOPS == 0:
            seen.inside.append(is_any_node_inside(face))


def freeze(face: SimFace) -> tuple[float, float, float]:
    """With still motors: greatest rise of energy in one step, growth (of stored), speed left."""
    moving = face._moving._replace(
        x=face._moving.x.copy(), v=face._moving.v.copy(), turn=face._moving.turn.copy()
    )
    horns = face._servo.horn - face.spec.rest.values
    drives = Linkage(face.spec).pull(horns * face._travel)
    pull = face._muscles.pull(drives, moving.x, face._grip.copy())
    held = face._muscles.stiffness
    energies = [measure_energy(face._solid, moving, face._mesh.rest, held, pull)]
    for _ in range(FREEZE_STEPS):
        step_body(face._solid, moving, pull, drives.jaw_rad)
        energies.append(measure_energy(face._solid, moving, face._mesh.rest, held, pull))
    rise = float(np.diff(energies).max())
    stored = measure_energy(face._solid, moving, face._mesh.rest, np.zeros_like(held), 0 * pull)
    growth = max(0.0, energies[-1] - energies[0])
    left = float(np.linalg.norm(moving.v, axis=1).max())
    return max(0.0, rise) / stored, growth / stored, left


def is_any_node_inside(face: SimFace) -> bool:
    """A check that shares nothing with the contact code: nodes of a lip in the other lip's tets."""
    mesh, x = face._mesh, face._moving.x
    near_lip = (mesh.rows >= N_OUTER - 3) & (mesh.rows <= N_OUTER + 2)
    beside = np.minimum(mesh.columns % HALF, HALF - mesh.columns % HALF)
    nodes = x[near_lip & (mesh.columns > HALF) & (beside > BESIDE_CORNER)]
    is_upper = (mesh.columns[mesh.tets] <= HALF).all(1) & near_lip[mesh.tets].all(1)
    corners = x[mesh.tets[is_upper]]  # (E, 4, 3)
    frame = np.linalg.inv(np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2))
    share = np.einsum("eij,enj->eni", frame, nodes[None] - corners[:, :1])
    inside = np.concatenate([share, 1 - share.sum(-1, keepdims=True)], -1).min(-1)
    return bool((inside > DEEP_SHARE).any())


if __name__ == "__main__":
    main()
