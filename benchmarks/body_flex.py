"""Our soft body beside MuJoCo's: the same rubber, springs and pulls in two engines.

    pip install 'mujoco>=4,<5'
    python benchmarks/body_flex.py           writes benchmarks/results/body_flex.json

Both hold the same poses from the moulded rest, each pose at a tenth, half and all of its motion;
compared is where the nodes come to rest, in mm. First the rubber alone (nothing touches, in either
engine), then with lips that touch (teeth are left out of both: MuJoCo has no such arch). Figures of
a pose: rms over the nodes of the lips and over all nodes, and how far the lips moved at all.

Where they differ: MuJoCo's law (Saint Venant-Kirchhoff) knows a tetrahedron by the lengths of its
edges, so a crushed one turns inside out and rests there; ours seldom does. Stretched, its stress
grows with the cube of the stretch, ours evenly. Where motion is small both are linear elasticity.

Speed: CPU time of one core for random motion of the lips and the jaw at full speed, of the step
alone: what the muscles pull is worked out outside. `flex_twin.py` says how the model is translated.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from body_poses import POSES, both
from flex_twin import FlexTwin, load_mujoco
from jaxtyping import Float64

import lipmotion
from lipmotion.face import read_face_spec
from lipmotion.face.sim import body
from lipmotion.face.sim.body import STEP_S
from lipmotion.face.sim.drives import Drives, Linkage
from lipmotion.face.sim.material import Material, add_wishes
from lipmotion.face.sim.mesh import N_OUTER, build_mesh, measure_volumes
from lipmotion.face.sim.muscles import Muscles
from lipmotion.face.sim.servo import SERVO_STEPS, Servos
from lipmotion.face.sim.solver import solve
from lipmotion.timing import HOP_HZ, HOP_S

SHARES: Final = (0.1, 0.5, 1.0)  # of a pose's motion
FREE_POSES: Final = {
    "corners up": POSES["corners up"],
    "smile": POSES["smile"],
    "one-sided smile": POSES["one-sided"],
    "lips apart": both(upper_lip=1, lower_lip=1),
    "pucker": POSES["pucker"],
    "jaw open": {"jaw_open": 1},
    "open": POSES["open"],
}
TOUCHING_POSES: Final = {name: POSES[name] for name in ("rest", "smile", "pucker", "shut hard")}
RISE_S: Final = 0.3  # motors go to a pose evenly in this time,
HOLD_S: Final = 1.0  # then hold it
SPEED_S: Final = 4.0
TWIN_STEPS_S: Final = (0.01, 0.005)
_STILL_MM_S: Final = 3.0
_LIP_ROWS: Final = (N_OUTER - 4, N_OUTER + 2)


class Body(Protocol):
    """Either engine."""

    @property
    def nodes(self) -> Float64[np.ndarray, "nodes 3"]:
        """Where the nodes are, mm."""
        ...

    @property
    def speed_mm_s(self) -> float:
        """Of the fastest node along an axis."""
        ...

    def reset(self) -> None:
        """Back to the moulded rest, still."""
        ...

    def step(self, pull: Float64[np.ndarray, "nodes 3"]) -> None:
        """Moves by a step; `pull` (N, 3) mN as `Muscles.pull` gives it."""
        ...


class OwnBody:
    """Ours, with lips that touch or nothing that does; teeth are left out."""

    def __init__(self, *, is_touching: bool) -> None:
        solid = body.build_solid(MESH, MUSCLES, MATERIAL)
        self._solid = solid._replace(teeth_nodes=solid.teeth_nodes[:0].copy())
        self._is_touching = is_touching
        self.reset()

    def reset(self) -> None:
        """As in `Body`."""
        self._moving = body.start_moving(MESH)

    @property
    def nodes(self) -> Float64[np.ndarray, "nodes 3"]:
        """As in `Body`."""
        return self._moving.x

    @property
    def speed_mm_s(self) -> float:
        """As in `Body`."""
        return float(np.abs(self._moving.v).max())

    def step(self, pull: Float64[np.ndarray, "nodes 3"]) -> None:
        """As in `Body`."""
        if self._is_touching:
            body.step_body(self._solid, self._moving, pull, 0.0)  # the jaw is in the pull
            return
        solid, moving = self._solid, self._moving
        start = moving.x.copy()
        moving.x[:] = start + body._CARRY * STEP_S * moving.v
        base = solid.inertia[:, None] * moving.x + pull
        for _ in range(body._ITERATIONS):  # `step_body` without contact
            moving.rhs[:] = base
            add_wishes(moving.x, solid.elements, moving.turn, moving.edges, moving.rhs)
            moving.x[:] = moving.rhs
            solve(solid.factor, moving.x, moving.scratch)
        moving.v[:] = (moving.x - start) / STEP_S


@dataclass(frozen=True)
class Held:
    """One pose held by both.

    Attributes:
        motion_mm: rms way of the lips' nodes from the moulded rest, ours.
        lips_mm, all_mm: rms distance between the engines.
        farthest_mm: the greatest.
        own_inverted, twin_inverted: tetrahedra turned inside out.
        is_still: both had come to rest.
    """

    motion_mm: float
    lips_mm: float
    all_mm: float
    farthest_mm: float
    own_inverted: int
    twin_inverted: int
    is_still: bool


SPEC = read_face_spec("emo")
MESH = build_mesh()
MUSCLES = Muscles(MESH)
MATERIAL = Material()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results/body_flex.json"
    )
    args = parser.parse_args()
    mujoco = load_mujoco()
    free = compare(FREE_POSES, SHARES, is_touching=False)
    touching = compare(TOUCHING_POSES, (0.5, 1.0), is_touching=True)
    rng = np.random.default_rng(args.seed)
    result = {
        "benchmark": "body_flex",
        "version": lipmotion.__version__,
        "mujoco": mujoco.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, shared",
        "seed": args.seed,
        "nodes": len(MESH.rest),
        "tetrahedra": len(MESH.tets),
        "free": {name: vars(held) for name, held in free.items()},
        "touching": {name: vars(held) for name, held in touching.items()},
        "x real time": measure_speeds(rng=rng),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    for title, table in (("nothing touches", free), ("lips touch", touching)):
        print(
            f"\n| {title} | lips moved, mm | apart: lips | all | farthest "
            "| inside out: ours | MuJoCo's | still |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for name, held in table.items():
            print(f"| {name} | " + " | ".join(str(value) for value in vars(held).values()) + " |")
    print("\n| engine | x real time |\n|---|---|")
    for name, value in result["x real time"].items():
        print(f"| {name} | {value} |")


def compare(
    poses: Mapping[str, Mapping[str, float]], shares: tuple[float, ...], *, is_touching: bool
) -> dict[str, Held]:
    """Holds every pose at every share of its motion in both engines."""
    own, twin = OwnBody(is_touching=is_touching), make_twin(TWIN_STEPS_S[0], is_touching)
    is_lip = (MESH.rows >= _LIP_ROWS[0]) & (MESH.rows <= _LIP_ROWS[1])
    found = {}
    for name, changes in poses.items():
        for share in shares if changes else (1.0,):
            pose = SPEC.rest.replace(changes).values
            speed = max(
                hold(engine, pose, share, step_s)
                for engine, step_s in ((own, STEP_S), (twin, TWIN_STEPS_S[0]))
            )
            apart = twin.nodes - own.nodes
            found[f"{name}, {share:.0%}"] = Held(
                round(measure_rms((own.nodes - MESH.rest)[is_lip]), 2),
                round(measure_rms(apart[is_lip]), 3),
                round(measure_rms(apart), 3),
                round(float(np.linalg.norm(apart, axis=1).max()), 2),
                *(int((measure_volumes(b.nodes, MESH.tets) <= 0).sum()) for b in (own, twin)),
                speed < _STILL_MM_S,
            )
    return found


def hold(engine: Body, pose: np.ndarray, share: float, step_s: float) -> float:
    """Brings a body to a share of a pose, (M,) commands; its speed at the end, mm/s."""
    engine.reset()
    for k in range(round((RISE_S + HOLD_S) / step_s)):
        part = share * min(1.0, (k + 1) * step_s / RISE_S)
        commands = SPEC.rest.values + part * (pose - SPEC.rest.values)
        engine.step(MUSCLES.pull(find_drives(commands), engine.nodes))
    return engine.speed_mm_s


def measure_speeds(*, rng: np.random.Generator) -> dict[str, float]:
    """× real time of each engine; each in turn and again, the best of each."""
    motion = draw_motion(rng=rng)
    engines: dict[str, tuple[Body, float]] = {}
    for is_touching, word in ((False, "nothing touches"), (True, "lips touch")):
        if is_touching:
            engines[f"ours, {word}"] = OwnBody(is_touching=True), STEP_S
        for step_s in TWIN_STEPS_S:
            name = f"MuJoCo, steps of {1000 * step_s:g} ms, {word}"
            engines[name] = make_twin(step_s, is_touching), step_s
    spent = {name: [] for name in engines}
    for _ in range(3):
        for name, (engine, step_s) in engines.items():
            spent[name].append(time_motion(engine, motion, step_s))
    return {name: round(SPEED_S / min(each), 2) for name, each in spent.items()}


def time_motion(engine: Body, motion: Callable[[float], Drives], step_s: float) -> float:
    """CPU seconds that a body takes for SPEED_S of a motion."""
    engine.reset()
    spent = 0.0
    for k in range(round(SPEED_S / step_s)):
        pull = MUSCLES.pull(motion((k + 1) * step_s), engine.nodes)
        start = time.process_time()
        engine.step(pull)
        spent += time.process_time() - start
    return spent


def draw_motion(*, rng: np.random.Generator) -> Callable[[float], Drives]:
    """Random targets of lips and jaw every 0.12 s, through the servos; drives at a time in s."""
    servos = Servos(SPEC, HOP_S)
    state, moved = servos.init_state(), list(SPEC.indices("lips", "jaw"))
    horns, command = [], SPEC.rest.values.astype(float)
    for hop in range(round(SPEED_S * HOP_HZ) + 1):
        if hop % 6 == 0:
            command = command.copy()
            command[moved] = rng.random(len(moved))
        steps, state = servos.step(command, state, rng=rng)
        horns.append(steps)
    every = np.concatenate(horns)  # (steps, M)
    return lambda time_s: find_drives(every[int(time_s * HOP_HZ * SERVO_STEPS + 1e-6)])


def find_drives(commands: np.ndarray) -> Drives:
    travel = SPEC.column("high").astype(float) - SPEC.column("low").astype(float)
    return Linkage(SPEC).pull((commands - SPEC.rest.values) * travel)


def make_twin(step_s: float, is_touching: bool) -> FlexTwin:
    return FlexTwin(MESH, MUSCLES, MATERIAL, step_s=step_s, is_touching=is_touching)


def measure_rms(ways: Float64[np.ndarray, "n 3"]) -> float:
    return float(np.sqrt((ways**2).sum(1).mean()))


if __name__ == "__main__":
    main()
