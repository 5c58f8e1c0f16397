"""The rubber: what each tetrahedron wants to be, and how much it insists.

Units mm, s, kg: stress in kPa = mN/mm², forces in mN. Each element pulls its deformation F towards
the nearest rotation (shear) and towards the nearest F of its own volume (bulk). For small strains
this is linear elasticity with Young's modulus and Poisson's ratio as given.

Source: S. Bouaziz et al., "Projective dynamics: fusing constraint projections for fast
simulation", 2014 (the scheme and the volume projection); M. Müller et al., "A robust method to
extract the rotational part of deformations", 2016 (the rotation).
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple, no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int32

LANES = 64  # tets a block
_BULK_LIMIT = 0.3  # greatest step of the volume projection; larger ones would ring


@dataclass(frozen=True)
class Material:
    """Silicone as soft as skin; measured by eye and range of motion, not on a sample."""

    young_kpa: float = 120.0
    poisson: float = 0.35
    density_kg_mm3: float = 1.07e-6

    def stiffen(self, factor: float) -> "Material":
        """The same, so many times as stiff."""
        return replace(self, young_kpa=self.young_kpa * factor)


class Elements(NamedTuple):
    """Constants of all tets.

    Numbers of LANES tets lie side by side in flat blocks, so that the compiler knows every stride
    and works on several tets at once. The last block is filled up with tets that do nothing.

    Attributes:
        tets: (E, 4) nodes.
        constants: flat blocks of 11: inverse of the rest edges, row-major (F = edges · inverse),
            then the weights of shear and bulk in mN·mm.
    """

    tets: Int32[np.ndarray, "tets 4"]
    constants: Float64[np.ndarray, " numbers"]


def build_elements(
    rest: Float64[np.ndarray, "nodes 3"], tets: Int32[np.ndarray, "tets 4"], material: Material
) -> tuple[Elements, Float64[np.ndarray, "nodes nodes"], Float64[np.ndarray, " nodes"]]:
    """Elements, their constant stiffness (N, N) in mN/mm, and node masses (N,) in kg.

    Raises:
        ValueError: a rest tet has no volume or is inside out.
    """
    edges = np.moveaxis(rest[tets[:, 1:]] - rest[tets[:, :1]], 1, 2)  # (E, 3, 3), edges as columns
    volume = np.linalg.det(edges) / 6
    if volume.min() <= 0:
        raise ValueError(f"rest tet {int(volume.argmin())} has volume {volume.min():g} mm³")
    inverse = np.linalg.inv(edges)
    shear_modulus = material.young_kpa / (2 * (1 + material.poisson))
    lame = (
        material.young_kpa
        * material.poisson
        / ((1 + material.poisson) * (1 - 2 * material.poisson))
    )
    shear, bulk = 2 * shear_modulus * volume, 3 * lame * volume
    gradient = np.concatenate([-inverse.sum(1, keepdims=True), inverse], 1)  # (E, 4, 3)
    blocks = np.einsum("eik,ejk->eij", gradient, gradient) * (shear + bulk)[:, None, None]
    stiffness = np.zeros((len(rest), len(rest)))
    np.add.at(stiffness, (tets[:, :, None], tets[:, None, :]), blocks)
    mass = np.zeros(len(rest))
    np.add.at(mass, tets, (volume * material.density_kg_mm3 / 4)[:, None])
    constants = np.concatenate([inverse.reshape(-1, 9), shear[:, None], bulk[:, None]], 1)
    return Elements(tets, lay_in_blocks(constants)), stiffness, mass


def make_turns(n_tets: int) -> Float64[np.ndarray, " numbers"]:
    """Unit rotations of all tets, for `add_wishes`."""
    return lay_in_blocks(np.tile([1.0, 0.0, 0.0, 0.0], (n_tets, 1)))


def make_scratch(n_tets: int) -> Float64[np.ndarray, " numbers"]:
    """Room for `add_wishes`."""
    return lay_in_blocks(np.zeros((n_tets, 9)))


def lay_in_blocks(numbers: Float64[np.ndarray, "tets k"]) -> Float64[np.ndarray, " numbers"]:
    """Numbers of all tets, flat: blocks of LANES tets, in a block one number after the other."""
    n_tets, k = numbers.shape
    filled = np.zeros((-(-n_tets // LANES) * LANES, k))
    filled[:n_tets] = numbers
    return filled.reshape(-1, LANES, k).transpose(0, 2, 1).reshape(-1)


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def add_wishes(
    x: np.ndarray, elements: Elements, turn: np.ndarray, scratch: np.ndarray, rhs: np.ndarray
) -> None:
    """Local step: adds to `rhs` (N, 3) what every tet wishes its corners to be, in mN.

    Elastic force = rhs − stiffness · x.

    Args:
        x: (N, 3) mm.
        turn: rotations as quaternions in blocks of 4, kept from step to step and brought two
            iterations nearer here; from `make_turns`.
        scratch: blocks of 9; from `make_scratch`.
    """
    tets = elements.tets
    for e in range(tets.shape[0]):
        a, b, c, d = tets[e, 0], tets[e, 1], tets[e, 2], tets[e, 3]
        at = e // LANES * 9 * LANES + e % LANES
        for k in range(3):
            scratch[at + 3 * k * LANES] = x[b, k] - x[a, k]
            scratch[at + (3 * k + 1) * LANES] = x[c, k] - x[a, k]
            scratch[at + (3 * k + 2) * LANES] = x[d, k] - x[a, k]
    _project(scratch, elements.constants, turn)
    for e in range(tets.shape[0]):
        a, b, c, d = tets[e, 0], tets[e, 1], tets[e, 2], tets[e, 3]
        at = e // LANES * 9 * LANES + e % LANES
        for k in range(3):
            p = scratch[at + 3 * k * LANES]
            q = scratch[at + (3 * k + 1) * LANES]
            r = scratch[at + (3 * k + 2) * LANES]
            rhs[b, k] += p
            rhs[c, k] += q
            rhs[d, k] += r
            rhs[a, k] -= p + q + r


@numba.njit(cache=True, fastmath=True, error_model="numpy")
@no_type_check
def _project(g: np.ndarray, s: np.ndarray, turn: np.ndarray) -> None:
    """Edges in, wished corner forces out, both in `g`, blocks of 9, row-major (axis, corner)."""
    for block in range(g.shape[0] // (9 * LANES)):
        for lane in range(LANES):
            m = block * 9 * LANES + lane
            n = block * 11 * LANES + lane
            o = block * 4 * LANES + lane
            s0, s1, s2 = s[n], s[n + LANES], s[n + 2 * LANES]
            s3, s4, s5 = s[n + 3 * LANES], s[n + 4 * LANES], s[n + 5 * LANES]
            s6, s7, s8 = s[n + 6 * LANES], s[n + 7 * LANES], s[n + 8 * LANES]
            f0 = g[m] * s0 + g[m + LANES] * s3 + g[m + 2 * LANES] * s6
            f1 = g[m] * s1 + g[m + LANES] * s4 + g[m + 2 * LANES] * s7
            f2 = g[m] * s2 + g[m + LANES] * s5 + g[m + 2 * LANES] * s8
            f3 = g[m + 3 * LANES] * s0 + g[m + 4 * LANES] * s3 + g[m + 5 * LANES] * s6
            f4 = g[m + 3 * LANES] * s1 + g[m + 4 * LANES] * s4 + g[m + 5 * LANES] * s7
            f5 = g[m + 3 * LANES] * s2 + g[m + 4 * LANES] * s5 + g[m + 5 * LANES] * s8
            f6 = g[m + 6 * LANES] * s0 + g[m + 7 * LANES] * s3 + g[m + 8 * LANES] * s6
            f7 = g[m + 6 * LANES] * s1 + g[m + 7 * LANES] * s4 + g[m + 8 * LANES] * s7
            f8 = g[m + 6 * LANES] * s2 + g[m + 7 * LANES] * s5 + g[m + 8 * LANES] * s8
            w, i, j, k = turn[o], turn[o + LANES], turn[o + 2 * LANES], turn[o + 3 * LANES]
            r0, r1, r2 = 1 - 2 * (j * j + k * k), 2 * (i * j - w * k), 2 * (i * k + w * j)
            r3, r4, r5 = 2 * (i * j + w * k), 1 - 2 * (i * i + k * k), 2 * (j * k - w * i)
            r6, r7, r8 = 2 * (i * k - w * j), 2 * (j * k + w * i), 1 - 2 * (i * i + j * j)
            for _ in range(2):
                # torque that turns R towards F, over the stretch along it
                ox = (r3 * f6 - r6 * f3) + (r4 * f7 - r7 * f4) + (r5 * f8 - r8 * f5)
                oy = (r6 * f0 - r0 * f6) + (r7 * f1 - r1 * f7) + (r8 * f2 - r2 * f8)
                oz = (r0 * f3 - r3 * f0) + (r1 * f4 - r4 * f1) + (r2 * f5 - r5 * f2)
                along = r0 * f0 + r3 * f3 + r6 * f6 + r1 * f1 + r4 * f4 + r7 * f7
                along += r2 * f2 + r5 * f5 + r8 * f8
                half = 0.5 / (abs(along) + 1e-9)
                hx, hy, hz = ox * half, oy * half, oz * half
                nw = w - hx * i - hy * j - hz * k
                ni = i + hx * w + hy * k - hz * j
                nj = j + hy * w + hz * i - hx * k
                nk = k + hz * w + hx * j - hy * i
                one = 1.0 / sqrt(nw * nw + ni * ni + nj * nj + nk * nk)
                w, i, j, k = nw * one, ni * one, nj * one, nk * one
                r0, r1, r2 = 1 - 2 * (j * j + k * k), 2 * (i * j - w * k), 2 * (i * k + w * j)
                r3, r4, r5 = 2 * (i * j + w * k), 1 - 2 * (i * i + k * k), 2 * (j * k - w * i)
                r6, r7, r8 = 2 * (i * k - w * j), 2 * (j * k + w * i), 1 - 2 * (i * i + j * j)
            turn[o], turn[o + LANES], turn[o + 2 * LANES], turn[o + 3 * LANES] = w, i, j, k
            # nearest F of volume 1: one step along the cofactors
            c0, c1, c2 = f4 * f8 - f5 * f7, f5 * f6 - f3 * f8, f3 * f7 - f4 * f6
            c3, c4, c5 = f2 * f7 - f1 * f8, f0 * f8 - f2 * f6, f1 * f6 - f0 * f7
            c6, c7, c8 = f1 * f5 - f2 * f4, f2 * f3 - f0 * f5, f0 * f4 - f1 * f3
            volume = f0 * c0 + f1 * c1 + f2 * c2
            size = c0 * c0 + c1 * c1 + c2 * c2 + c3 * c3 + c4 * c4 + c5 * c5
            size += c6 * c6 + c7 * c7 + c8 * c8
            far = min(max((1 - volume) / (size + 1e-6), -_BULK_LIMIT), _BULK_LIMIT)
            a, b = s[n + 9 * LANES], s[n + 10 * LANES]
            far *= b
            p0, p1, p2 = (
                a * r0 + b * f0 + far * c0,
                a * r1 + b * f1 + far * c1,
                a * r2 + b * f2 + far * c2,
            )
            p3, p4, p5 = (
                a * r3 + b * f3 + far * c3,
                a * r4 + b * f4 + far * c4,
                a * r5 + b * f5 + far * c5,
            )
            p6, p7, p8 = (
                a * r6 + b * f6 + far * c6,
                a * r7 + b * f7 + far * c7,
                a * r8 + b * f8 + far * c8,
            )
            g[m] = p0 * s0 + p1 * s1 + p2 * s2
            g[m + LANES] = p0 * s3 + p1 * s4 + p2 * s5
            g[m + 2 * LANES] = p0 * s6 + p1 * s7 + p2 * s8
            g[m + 3 * LANES] = p3 * s0 + p4 * s1 + p5 * s2
            g[m + 4 * LANES] = p3 * s3 + p4 * s4 + p5 * s5
            g[m + 5 * LANES] = p3 * s6 + p4 * s7 + p5 * s8
            g[m + 6 * LANES] = p6 * s0 + p7 * s1 + p8 * s2
            g[m + 7 * LANES] = p6 * s3 + p7 * s4 + p8 * s5
            g[m + 8 * LANES] = p6 * s6 + p7 * s7 + p8 * s8
