"""How calm the lips stay where nobody speaks: pauses, and sounds without a voice.

In: lips of an owner and their range (`metrics.py`). Out: one `Share` a measure and clip.
"""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float

from ..lips import LIP_INDEX
from ..runs import find_runs
from ..timing import HOP_HZ, HOP_MS
from .metrics import UNDEFINED, Share, SpeechRange

STILL_FIELDS: Final = ("aperture", "width", "corner_left_height", "corner_right_height")
_UNSEEN: Final = 0.01  # resting mouth widths
_PAUSE_HOPS: Final = HOP_HZ // 2
_BEFORE_HOPS, _AFTER_HOPS = 300 // HOP_MS, 200 // HOP_MS  # lips move before and after the sound


def measure_stillness(
    values: Float[np.ndarray, "hops fields"],
    lips: SpeechRange,
    at_rest: Bool[np.ndarray, " hops"],
) -> Share:
    """Share of the hops that should be at rest in which the lips do rest.

    Aperture, width and both corner heights stay within the largest of 3 % of their speech range,
    3 × the tracker's noise at rest, and 1 % of the mouth's width (a third of a pixel in a GRID
    film, half a millimetre of a mouth; 3 % of a corner's range alone is 0.06 mm). Not defined for
    lips that don't move in speech either.
    """
    if not lips.is_moving():
        return UNDEFINED
    columns = [LIP_INDEX[name] for name in STILL_FIELDS]
    span = (lips.high - lips.low)[columns]
    allowed = np.maximum(np.maximum(0.03 * span, 3 * lips.noise[columns]), _UNSEEN)
    is_still = (np.abs(values[at_rest][:, columns]) <= allowed).all(axis=1)
    return Share(float(is_still.sum()), float(len(is_still)))


def measure_open(
    values: Float[np.ndarray, "hops fields"],
    lips: SpeechRange,
    at_rest: Bool[np.ndarray, " hops"],
) -> Share:
    """Share of such hops with aperture above 15 % of its own 95th percentile in speech.

    Not defined for lips that don't open in speech either (by 2 % of the mouth's width).
    """
    top = float(lips.high[LIP_INDEX["aperture"]])
    if top <= 2 * _UNSEEN:
        return UNDEFINED
    aperture = values[at_rest][:, LIP_INDEX["aperture"]]
    return Share(float((aperture > 0.15 * top).sum()), float(len(aperture)))


def find_pauses(in_speech: Bool[np.ndarray, " hops"]) -> Bool[np.ndarray, " hops"]:
    """Hops that should be at rest: pauses ≥ 500 ms less 300 ms before and 200 ms after speech."""
    is_pause = np.zeros(len(in_speech), bool)
    for start, end in find_runs(~in_speech):
        if end - start >= _PAUSE_HOPS:
            first = start + (_AFTER_HOPS if start > 0 else 0)
            last = end - (_BEFORE_HOPS if end < len(in_speech) else 0)
            is_pause[first : max(first, last)] = True
    return is_pause
