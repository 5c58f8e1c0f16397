"""Light on a block of fragments of one material, many at once in the processor's vector units.

In: what `gather.py` gathered for LANES fragments (pieces of one surface seen in one pixel): normal,
colour, gloss. Out: linear light, in the place of the colour. The numbers of a block lie in rows of
LANES, so that the compiler knows every stride; all of it is float32.

Skin is lit softly: each colour wraps round the shadow's edge by its own width, red the furthest, as
light that has travelled under skin does; lips and eyes carry small wet highlights.

Source of the wrapped light: S. Green, "Real-time approximations to subsurface scattering", GPU
Gems, chapter 16, 2004. Fresnel term: C. Schlick, 1994. Highlights: J. Blinn, 1977.
"""

from math import sqrt
from typing import Final, no_type_check

import numba
import numpy as np
from numpy import float32 as f32

from . import tables as tb

LANES: Final = 64  # fragments a block

# Rows of a block. The first eight are the channels of the skin's texture, see `looks.py`.
RED, GREEN, BLUE, GLOSS, OPEN = 0, 1, 2, 3, 7  # OPEN: 1 = open to the sky
DETAIL: Final = 4  # three rows: what fine relief adds to the unit normal
NORMAL: Final = 8  # three rows: normal of any length, head frame
SHADE: Final = 11  # 1 = nothing stands in the light
LIP: Final = 12  # share of the lips' red
INSIDE: Final = 13  # share of the lips' inner side
FINE: Final = 14  # fine lines of the lips: factor on their colour
N_BLOCK_ROWS: Final = 15

_ZERO, _ONE = f32(0), f32(1)
# Highlights are high powers: from less than this they would end in denormal numbers, which are slow
# to compute, and nothing of them would be seen.
_DIM, _FAINT = f32(0.3), f32(1e-4)


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def clear_block(block: np.ndarray) -> None:
    """Rows that only skin has, as they are for other parts; block: (N_BLOCK_ROWS, LANES)."""
    block[DETAIL : DETAIL + 3] = block[LIP] = block[INSIDE] = _ZERO
    block[GLOSS] = block[OPEN] = block[FINE] = _ONE


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
@no_type_check
def light_block(block: np.ndarray, material: np.ndarray, lights: np.ndarray) -> None:
    """Turns the colours of LANES fragments into the light that comes from them.

    Args:
        block: (N_BLOCK_ROWS · LANES,), row after row; RED, GREEN and BLUE are overwritten.
        material: (N_MATERIAL_COLUMNS,) of the table of materials.
        lights: (N_LIGHT_ROWS, 3).
    """
    gloss_share = f32(0.5) if material[tb.KIND] == tb.SKIN else _ONE
    wet = _ONE if material[tb.KIND] == tb.EYE else _ZERO
    for k in range(LANES):
        n0, n1, n2 = block[k + 8 * LANES], block[k + 9 * LANES], block[k + 10 * LANES]
        lip, inside = block[k + LIP * LANES], block[k + INSIDE * LANES]
        bare, outside = _ONE - lip, _ONE - inside
        length = _ONE / sqrt(n0 * n0 + n1 * n1 + n2 * n2 + f32(1e-20))
        n0 = n0 * length + bare * block[k + 4 * LANES]
        n1 = n1 * length + bare * block[k + 5 * LANES]
        n2 = n2 * length + bare * block[k + 6 * LANES]
        length = _ONE / sqrt(n0 * n0 + n1 * n1 + n2 * n2 + f32(1e-20))
        n0, n1, n2 = n0 * length, n1 * length, n2 * length
        shadow = block[k + SHADE * LANES] * block[k + OPEN * LANES]
        # -- highlights, and light caught by the outline
        fresnel = _ONE - max(_ZERO, _dot(lights, tb.CAMERA, n0, n1, n2))
        fresnel = fresnel * fresnel
        fresnel = fresnel * fresnel
        h16 = _square(_square(max(_DIM, _dot(lights, tb.KEY_HALF, n0, n1, n2))))
        h16 = _square(_square(h16))
        h64 = _square(_square(h16))
        g32 = _square(_square(max(_DIM, _dot(lights, tb.FILL_HALF, n0, n1, n2))))
        g32 = _square(_square(_square(g32)))
        gloss = block[k + GLOSS * LANES]
        broad = material[tb.BROAD] * gloss * (_ONE + f32(0.9) * lip) * outside
        tight = material[tb.TIGHT] * (gloss_share * gloss * bare + f32(4.2) * lip) * outside
        shine = broad * h16 + tight * (h64 + f32(0.35) * g32)
        shine *= (f32(0.55) + f32(1.6) * fresnel) * (f32(0.35) + f32(0.65) * shadow)
        spot = _square(max(_DIM, h64))  # a wet eye mirrors two small lamps
        spot = min(_ONE, max(_ZERO, f32(4) * spot * spot * spot - _ONE))
        low = _square(max(_FAINT, g32))
        shine += wet * f32(2.6) * spot * spot * (f32(3) - f32(2) * spot)
        shine += wet * f32(0.25) * low * low * low
        rim = _square(max(_ZERO, _dot(lights, tb.RIM, n0, n1, n2)))
        rim *= material[tb.EDGE] * (f32(0.25) + fresnel)
        # -- lamps and the room, channel by channel
        key = _dot(lights, tb.KEY, n0, n1, n2)
        fill = _square(f32(0.5) + f32(0.5) * _dot(lights, tb.FILL, n0, n1, n2)) * shadow
        up = f32(0.5) + f32(0.5) * _dot(lights, tb.UP, n0, n1, n2)
        direct = f32(0.25) + f32(0.75) * shadow
        around = shadow * (f32(0.3) + f32(0.7) * shadow)
        glow = material[tb.GLOW]
        for channel in range(3):
            colour = block[k + channel * LANES] * bare + lights[tb.LIPS, channel] * lip
            colour *= block[k + FINE * LANES]
            colour += (lights[tb.LIPS_INSIDE, channel] - colour) * inside
            lit = max(_ZERO, key + (_ONE - key) * material[tb.WRAP + channel])
            lit = lit * lights[tb.KEY + 1, channel] * direct
            lit += fill * lights[tb.FILL + 1, channel]
            room = lights[tb.GROUND, channel] * (_ONE - up) + lights[tb.SKY, channel] * up
            lit = (lit + room * around) * (_ONE - glow) + glow
            edge = rim * lights[tb.RIM + 1, channel] + shine * lights[tb.KEY + 1, channel]
            block[k + channel * LANES] = colour * lit + edge


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _dot(lights: np.ndarray, row: int, n0: float, n1: float, n2: float) -> float:
    return n0 * lights[row, 0] + n1 * lights[row, 1] + n2 * lights[row, 2]


@numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
@no_type_check
def _square(x: float) -> float:
    return x * x
