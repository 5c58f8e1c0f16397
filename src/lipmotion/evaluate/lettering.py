"""Small letters for pictures: drawn with strokes, so they need no font and are smooth at any size.

In: a text. Out: a mask (H, W) in [0, 1], or the text laid on a picture. There are small letters,
digits and the signs of captions; capitals become small, accents fall off, what is not known is a
dot.

Conventions: a glyph is lines through points of a grid, two digits a point: x to the right, then y
up from the tails (0) over the base line (2) and the height of small letters (6) to the top (9).
"""

import unicodedata
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

_TOP: Final = 9.0
_STROKE: Final = 0.5  # half the width of a line, in units of the grid
_GAP: Final = 1.9  # between glyphs
_SPACE: Final = 3.2
_UNKNOWN: Final = "0404"
_GLYPHS: Final = {
    "a": "4642 4536160503123243", "b": "0902 0516364543321203", "c": "4536160503123243",
    "d": "4942 4536160503123243", "e": "04444536160503123243", "f": "39291812 0636",
    "g": "4641301001 4536160503123243", "h": "0902 0516364542", "i": "0602 0808",
    "j": "161100 1818", "k": "0902 3603 1432", "l": "090312",
    "m": "0602 0516263532 3546566562", "n": "0602 0516364542", "o": "123243453616050312",
    "p": "0600 0516364543321203", "q": "4640 4536160503123243", "r": "0602 05162635",
    "s": "45361605143443321203", "t": "18132232 0636", "u": "0603123243 4642", "v": "062246",
    "w": "0622354266", "x": "0642 0246", "y": "0622 4610", "z": "06460242",
    "0": "123243483919080312", "1": "072922", "2": "08193948460242",
    "3": "0819394847364543321203 3616", "4": "32390444", "5": "490906364543321203",
    "6": "39050312324345361605", "7": "094912", "8": "193948473616070819 1605031232434536",
    "9": "12464839190806153546",
    ".": "0202", ",": "1201", ":": "0202 0505", "-": "0434", "–": "0444", "+": "0444 2226",
    "→": "0454 365432", "'": "0907", "/": "0149", "(": "19070311", ")": "09171301", "_": "0141",
    "|": "0901",
}  # fmt: skip


@cache
def draw_text(text: str, height_px: int) -> Float[np.ndarray, "height width"]:
    """A text as a mask; `height_px` from the tails to the top."""
    unit = (height_px - 1) / (_TOP + 2 * _STROKE)
    lines, width = _place(text)
    n_columns = max(1, int(np.ceil((width + 2 * _STROKE) * unit)) + 1)
    x = (np.arange(n_columns) + 0.5) / unit - _STROKE
    y = _TOP + _STROKE - (np.arange(height_px) + 0.5) / unit
    places = np.stack(np.meshgrid(x, y), axis=-1)  # (H, W, 2)
    least = np.full(places.shape[:2], np.inf)
    for start, end in lines:
        along = end - start
        share = ((places - start) @ along / max(float(along @ along), 1e-9)).clip(0, 1)
        off = places - start - share[..., None] * along
        least = np.minimum(least, np.hypot(off[..., 0], off[..., 1]))
    return np.asarray(((_STROKE - least) * unit + 0.5).clip(0, 1))


def put_text(
    image: UInt8[np.ndarray, "height width 3"],
    text: str,
    left: int,
    top: int,
    height_px: int,
    colour: tuple[int, int, int],
) -> None:
    """Lays a text on a picture, in place; what does not fit is cut off."""
    mask = draw_text(text, height_px)
    part = image[top : top + height_px, left : left + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None]
    part[:] = np.rint(part + share * (np.array(colour) - part.astype(float))).astype(np.uint8)


def _place(text: str) -> tuple[list[tuple[np.ndarray, np.ndarray]], float]:
    """All strokes of a text, (start, end) each, and its width."""
    lines: list[tuple[np.ndarray, np.ndarray]] = []
    at = 0.0
    for sign in _simplify(text):
        glyph = "" if sign == " " else _GLYPHS.get(sign, _UNKNOWN)
        paths = [
            np.array([[int(x), int(y)] for x, y in zip(path[::2], path[1::2], strict=True)], float)
            for path in glyph.split()
        ]
        width = max((float(path[:, 0].max()) for path in paths), default=_SPACE - _GAP)
        lines += [pair for path in paths for pair in pairwise(path + np.array([at, 0.0]))]
        at += width + _GAP
    return lines, max(0.0, at - _GAP)


def _simplify(text: str) -> str:
    """Small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
