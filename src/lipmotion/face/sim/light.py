"""Light on a block of fragments of one material, many at once in the processor's vector units.

In: what `gather.py` gathered for LANES fragments (pieces of one surface seen in one pixel): normal,
colour, gloss. Out: linear light, in the place of the colour. The numbers of a block lie in rows of
LANES, so that the compiler knows every stride; all of it is float32.

Skin is lit softly, as by light that has travelled under it, red the furthest: each colour passes
the shadow's edge in a ramp of its own width, sees fine relief blurred by its own share, and comes
back out of hollows by its own share, so that shade on skin is warm. Lips and eyes are wet.

Source of the ramp (a rectifier rounded by the width of the blur): after S. Green, "Real-time
approximations to subsurface scattering", GPU Gems, chapter 16, 2004. Relief by colour: W.-C. Ma et
al., "Rapid acquisition of specular and diffuse normal maps", 2007. Fresnel term: C. Schlick, 1994.
Highlights: J. Blinn, 1977.
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
        n0, n1, n2 = n0 * length, n1 * length, n2 * length
        smooth_key = _dot(lights, tb.KEY, n0, n1, n2)
        n0, n1, n2 = n0 + block[k + 4 * LANES], n1 + block[k + 5 * LANES], n2 + block[k + 6 * LANES]
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
        shine += wet * f32(0.12) * low * low * low
        rim = _square(max(_ZERO, _dot(lights, tb.RIM, n0, n1, n2)))
        rim *= material[tb.EDGE] * (f32(0.25) + fresnel)
        # -- lamps and the room, channel by channel
        fine_key = _dot(lights, tb.KEY, n0, n1, n2) - smooth_key
        fill = _square(f32(0.5) + f32(0.5) * _dot(lights, tb.FILL, n0, n1, n2))
        up = f32(0.5) + f32(0.5) * _dot(lights, tb.UP, n0, n1, n2)
        hollow = shadow * (_ONE - shadow)
        glow = material[tb.GLOW]
        for channel in range(3):
            colour = block[k + channel * LANES] * bare + lights[tb.LIPS, channel] * lip
            colour *= block[k + FINE * LANES]
            colour += (lights[tb.LIPS_INSIDE, channel] - colour) * inside
            soft = material[tb.SOFT + channel]
            key = smooth_key + (_ONE - soft) * fine_key
            key = f32(0.5) * (key + sqrt(key * key + soft * soft))
            open_ = shadow + f32(1.2) * (soft - material[tb.SOFT + 2]) * hollow
            lit = key * lights[tb.KEY + 1, channel] * (f32(0.25) + f32(0.75) * open_)
            lit += fill * lights[tb.FILL + 1, channel] * open_
            room = lights[tb.GROUND, channel] * (_ONE - up) + lights[tb.SKY, channel] * up
            lit += room * open_ * (f32(0.3) + f32(0.7) * open_)
            lit = lit * (_ONE - glow) + glow
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
