"""Pictures from kept films: a strip of mouths at telling moments, and films side by side.

In: films of one clip, all at 25 images a second from the clip's beginning (`filming.py`). Out:
strips/NAME.jpg, a row a film and a column a moment; films/side-by-side/NAME.mp4 with captions and
the clip's sound.

Conventions: mouths are cut out upright and equally large by the tracker, as self-models see them;
where it finds no face, the whole image stands there. Nothing is moved in time: it is what a viewer
sees.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32, UInt8

from ..media.picture import encode_jpeg
from ..vision.crop import CROP_PX, crop_lips
from ..vision.measure import KEPT_POINTS
from ..watched import write_aside
from .filming import (
    IMAGES_HZ,
    Image,
    count_images,
    cut_square,
    find_whole,
    take_images,
    write_film,
)
from .lettering import draw_text, put_text
from .moments import CLOSED, OPEN, ROUND, Moment
from .takes import open_landmarker

PANEL_PX: Final = 320
_GAP_PX: Final = 4
_LABEL_PX: Final = 132  # column of the rows' names
_HEAD_PX: Final = 52
_CAPTION_PX: Final = 32
_LETTER_PX: Final = 19
_PAPER, _INK, _SOFT = (24, 28, 33), (236, 234, 228), (163, 171, 182)
_COLOURS: Final = {CLOSED: (255, 199, 119), OPEN: (110, 210, 214), ROUND: (200, 168, 240)}

Row = tuple[str, Path]  # what it is called, its film


def make_strip(path: Path, rows: Sequence[Row], moments: Sequence[Moment]) -> None:
    """Writes a strip as JPEG."""
    picture = draw_strip([(name, _cut_mouths(film, moments)) for name, film in rows], moments)
    write_aside(path, lambda aside: aside.write_bytes(encode_jpeg(picture)))


def draw_strip(
    rows: Sequence[tuple[str, Sequence[Image]]], moments: Sequence[Moment]
) -> UInt8[np.ndarray, "strip_height strip_width 3"]:
    """Mouths in rows, with their names, kinds and times."""
    step = CROP_PX + _GAP_PX
    size = (_HEAD_PX + step * len(rows), _LABEL_PX + step * len(moments))
    picture = np.full((*size, 3), _PAPER, np.uint8)
    for k, moment in enumerate(moments):
        left, colour = _LABEL_PX + k * step, _COLOURS.get(moment.kind, _SOFT)
        picture[_HEAD_PX - 5 : _HEAD_PX - 2, left : left + CROP_PX] = colour
        _put(picture, moment.kind or "–", left, 4, CROP_PX, colour)
        _put(picture, f"{moment.time_s:.2f} s  {moment.said}", left, 25, CROP_PX, _SOFT)
    for n, (name, mouths) in enumerate(rows):
        top = _HEAD_PX + n * step
        for part, text in enumerate(_break(name)):
            at = top + CROP_PX // 2 - _LETTER_PX + part * (_LETTER_PX + 2)
            _put(picture, text, 6, at, _LABEL_PX - 12, _INK)
        for k, mouth in enumerate(mouths):
            left = _LABEL_PX + k * step
            picture[top : top + CROP_PX, left : left + CROP_PX] = mouth
    return picture


def make_side_by_side(
    path: Path, rows: Sequence[Row], sound: Float32[np.ndarray, " samples"]
) -> None:
    """Writes films beside one another as one, with captions and sound."""
    write_film(path, _join_films(rows, count_images(len(sound))), sound)


def _join_films(rows: Sequence[Row], n_images: int) -> Iterator[Image]:
    caption = np.full((_CAPTION_PX, PANEL_PX * len(rows), 3), _PAPER, np.uint8)
    for k, (name, _) in enumerate(rows):
        width = draw_text(name, _LETTER_PX).shape[1]
        left = k * PANEL_PX + max(2, (PANEL_PX - width) // 2)
        _put(caption, name, left, 7, PANEL_PX - 4, _INK)
    films = [take_images(film, 0.0, n_images) for _, film in rows]
    for images in zip(*films, strict=True):
        panels = [cut_square(image, find_whole(image), PANEL_PX) for image in images]
        yield np.concatenate([caption, np.concatenate(panels, axis=1)])


def _cut_mouths(film: Path, moments: Sequence[Moment]) -> list[Image]:
    """The mouths of a film at these moments; after its end, its last one."""
    wanted = [int(moment.time_s * IMAGES_HZ + 0.5) for moment in moments]
    kept: dict[int, Image] = {}
    for k, image in enumerate(take_images(film, 0.0, max(wanted, default=0) + 1)):
        if k in wanted:
            kept[k] = _cut_mouth(image)
    return [kept[k] for k in wanted]


def _cut_mouth(image: Image) -> np.ndarray:
    landmarker = open_landmarker()
    points, _ = landmarker.step(image, landmarker.init_state())
    if points is not None:
        return crop_lips(image, points[list(KEPT_POINTS)])
    return cut_square(image, find_whole(image), CROP_PX)


def _put(
    image: Image, text: str, left: int, top: int, width: int, colour: tuple[int, int, int]
) -> None:
    """Letters as large as they may be to fit the width."""
    needed = draw_text(text, _LETTER_PX).shape[1]
    height = max(9, min(_LETTER_PX, _LETTER_PX * width // max(needed, 1)))
    put_text(image, text, left, top + (_LETTER_PX - height) // 2, height, colour)


def _break(name: str) -> list[str]:
    """A name in at most two lines."""
    words = name.split()
    if len(name) <= 12 or len(words) < 2:
        return [name]
    cuts = range(1, len(words))
    best = min(cuts, key=lambda k: max(len(" ".join(words[:k])), len(" ".join(words[k:]))))
    return [" ".join(words[:best]), " ".join(words[best:])]
