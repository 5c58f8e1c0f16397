"""The soft body of `face/sim` once more, in another engine: MuJoCo's flexible solids.

In: the same nodes, tetrahedra, material, masses and springs as ours. Out: a body that takes the
same pulls of the muscles, step by step. One body a node, three slides each, with the springs of the
muscles as stiffness of the slides; the pull is applied as a force, so nothing is approximated.
MuJoCo's rubber is Saint Venant-Kirchhoff: as ours for small strains, another law for large ones.

Lips can touch (`is_touching`): the upper and the lower lip are flexes of their own then, and all
other tetrahedra a third; they share their nodes, so the rubber is the same. Teeth are left out.

Source: MuJoCo, XML reference, "deformable/flex" (https://mujoco.readthedocs.io).
"""

from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float64, Int32

from lipmotion.face.sim.contact import FIRST_FACE_ROW, LAST_FACE_ROW
from lipmotion.face.sim.material import Material, build_elements
from lipmotion.face.sim.mesh import N_ANGLES, SoftMesh
from lipmotion.face.sim.muscles import Muscles

_RADIUS_MM: Final = 0.05  # flexes are this thick round their elements: lips rest twice as far apart
_MARGIN_MM: Final = 0.3
_DAMPING_S: Final = 0.01  # Rayleigh; as much as ours, by eye
_AXES: Final = ("1 0 0", "0 1 0", "0 0 1")


class FlexTwin:
    """Our body in MuJoCo.

    Args:
        step_s: time step.
        is_touching: lips feel each other.
    """

    def __init__(
        self,
        mesh: SoftMesh,
        muscles: Muscles,
        material: Material,
        *,
        step_s: float,
        is_touching: bool,
    ) -> None:
        self._mujoco: Any = load_mujoco()
        self._rest, self._held = mesh.rest, muscles.stiffness
        text = _write_model(mesh, muscles, material, step_s, is_touching)
        self._model = self._mujoco.MjModel.from_xml_string(text)
        self._data = self._mujoco.MjData(self._model)

    @property
    def nodes(self) -> Float64[np.ndarray, "nodes 3"]:
        """Where the nodes are, mm."""
        return self._rest + 1e3 * self._data.qpos.reshape(-1, 3)

    @property
    def speed_mm_s(self) -> float:
        """Of the fastest node along an axis."""
        return 1e3 * float(np.abs(self._data.qvel).max())

    @property
    def n_contacts(self) -> int:
        """Places where the lips touch now."""
        return int(self._data.ncon)

    def reset(self) -> None:
        """Back to the moulded rest, still."""
        self._mujoco.mj_resetData(self._model, self._data)

    def step(self, pull: Float64[np.ndarray, "nodes 3"]) -> None:
        """Moves by a step; `pull` (N, 3) mN as `Muscles.pull` gives it."""
        self._data.qfrc_applied[:] = 1e-3 * (pull - self._held * self._rest).ravel()
        self._mujoco.mj_step(self._model, self._data)


def load_mujoco() -> Any:
    """The package, with its warnings off: it warns at each step that its solve ran out of turns.

    Raises:
        SystemExit: MuJoCo is not installed.
    """
    try:
        import mujoco
    except ImportError:
        raise SystemExit(
            "body_flex compares with MuJoCo, which is not installed: pip install 'mujoco>=4,<5'"
        ) from None
    mujoco.set_mju_user_warning(lambda _: None)
    return mujoco


def _write_model(
    mesh: SoftMesh, muscles: Muscles, material: Material, step_s: float, is_touching: bool
) -> str:
    """The model as MJCF, in metres, kilograms and newtons (1 mN/mm is 1 N/m)."""
    _, _, mass = build_elements(mesh.rest, mesh.tets, material)
    bodies = []
    for n, (place, held) in enumerate(zip(mesh.rest, muscles.stiffness, strict=True)):
        slides = "".join(
            f'<joint type="slide" axis="{axis}" stiffness="{stiffness:.9g}"/>'
            for axis, stiffness in zip(_AXES, held, strict=True)
        )
        bodies.append(
            f'<body name="v{n}" pos="{_join(1e-3 * place)}"><inertial pos="0 0 0" '
            f'mass="{mass[n]:.9g}" diaginertia="1e-12 1e-12 1e-12"/>{slides}</body>'
        )
    if is_touching:
        upper, lower = _find_lips(mesh)
        flexes = _write_flex("upper", mesh.tets[upper], material, (1, 2))
        flexes += _write_flex("lower", mesh.tets[lower], material, (2, 1))
        flexes += _write_flex("rest", mesh.tets[~(upper | lower)], material, (0, 0))
    else:
        flexes = _write_flex("skin", mesh.tets, material, (0, 0))
    return (
        f'<mujoco><option timestep="{step_s}" integrator="discrete" solver="Newton" '
        f'gravity="0 0 0"/><size memory="400M"/><worldbody>{"".join(bodies)}</worldbody>'
        f"<deformable>{flexes}</deformable></mujoco>"
    )


def _write_flex(
    name: str, tets: Int32[np.ndarray, "tets 4"], material: Material, touches: tuple[int, int]
) -> str:
    """One flex; `touches`: what it is and what it touches, as bits."""
    nodes, elements = np.unique(tets, return_inverse=True)
    return (
        f'<flex name="{name}" dim="3" radius="{1e-3 * _RADIUS_MM}" '
        f'body="{" ".join(f"v{n}" for n in nodes)}" vertex="{_join(np.zeros(3 * len(nodes)))}" '
        f'element="{" ".join(map(str, elements.ravel()))}">'
        f'<contact selfcollide="none" passive="true" condim="1" contype="{touches[0]}" '
        f'conaffinity="{touches[1]}" margin="{1e-3 * _MARGIN_MM}"/>'
        f'<elasticity young="{1e3 * material.young_kpa}" poisson="{material.poisson}" '
        f'damping="{_DAMPING_S}"/></flex>'
    )


def _find_lips(mesh: SoftMesh) -> tuple[Bool[np.ndarray, " tets"], Bool[np.ndarray, " tets"]]:
    """Tetrahedra of the upper and of the lower lip that may touch; none at the corners."""
    columns, rows = mesh.columns[mesh.tets], mesh.rows[mesh.tets]
    half = N_ANGLES // 2
    is_lip = ((rows >= FIRST_FACE_ROW) & (rows <= LAST_FACE_ROW)).all(1)
    upper = is_lip & ((columns > 0) & (columns < half)).all(1)
    lower = is_lip & (columns > half).all(1)
    return upper, lower


def _join(numbers: Float64[np.ndarray, " numbers"]) -> str:
    return " ".join(f"{x:.9g}" for x in numbers)
