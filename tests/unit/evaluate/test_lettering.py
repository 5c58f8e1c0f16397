"""Letters are there, in their place, and never stop a picture."""

import numpy as np
import pytest

from lipmotion.evaluate.lettering import draw_text, put_text


def test_letters_are_masks_as_high_as_asked() -> None:
    mask = draw_text("nearest landmark", 19)
    assert mask.shape[0] == 19
    assert mask.min() >= 0
    assert mask.max() == 1
    assert mask[:, -1].max() < 1
    assert draw_text("nearest", 19).shape[1] < mask.shape[1]
    assert draw_text("nearest", 10).shape[1] < draw_text("nearest", 19).shape[1]


def test_capitals_accents_and_unknown_signs() -> None:
    assert np.array_equal(draw_text("Zoë", 20), draw_text("zoe", 20))
    assert draw_text("唇", 20).max() > 0.9
    assert draw_text("", 20).max() == 0
    assert draw_text(" ", 20).max() == 0


@pytest.mark.parametrize(("left", "top"), [(2, 2), (35, 2), (2, 25), (90, 90)])
def test_what_does_not_fit_is_cut_off(left: int, top: int) -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    put_text(image, "lips", left, top, 20, (255, 200, 100))
    assert image[:top].max(initial=0) == 0
    assert image[:, :left].max(initial=0) == 0
    assert (image[2:22, 2:].max() == 255) == (left < 40 and top < 5)
