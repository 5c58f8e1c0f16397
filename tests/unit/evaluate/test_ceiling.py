"""The second look: its points lie where the first look's do."""

import numpy as np
import pytest

from lipmotion.evaluate.ceiling import CUT_PX, SCALE, fit_again, restore, spoil
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.suite import Clip
from lipmotion.evaluate.verdict import Seen
from lipmotion.lips import LIP_FIELDS, LIP_INDEX, LipTrack


def test_a_bright_spot_is_found_where_it_is() -> None:
    image = np.zeros((90, 120, 3), np.uint8)
    image[50:54, 80:84] = 255  # its centre is (82, 52)
    spoilt, scale = spoil(image)
    assert spoilt.shape[1] == round((120 - CUT_PX[0]) * SCALE)
    light = spoilt.mean(axis=2) * (spoilt.mean(axis=2) > 100)
    rows, columns = np.indices(light.shape)
    at = [(light * (grid + 0.5)).sum() / light.sum() for grid in (columns, rows)]
    points = np.full((478, 3), (*at, 4.0), np.float32)
    found = restore(points, spoilt.shape[1], scale)
    assert found[0, :2] == pytest.approx((82, 52), abs=0.3)
    assert found[0, 2] == pytest.approx(4 / SCALE, rel=0.02)


def test_each_person_is_fitted_anew() -> None:
    rng = np.random.default_rng(0)
    looks, clips = [], []
    for k, width in enumerate((0.5, 0.5, 0.8)):
        raw = np.full((100, len(LIP_FIELDS)), 0.02, np.float32)
        raw[:, LIP_INDEX["width"]] = width
        raw[30:70, 0] += 0.2 * width * rng.uniform(size=40).astype(np.float32)
        in_speech = np.zeros(100, bool)
        in_speech[30:70] = True
        track = LipTrack(raw, np.ones(100, np.float32), in_speech)
        who = "ann" if k < 2 else "bob"
        clips.append(Clip("set", who, str(k), "en", track, fit_range([track])))
        looks.append(Seen(raw, np.ones(100, np.float32)))
    tracks = fit_again(clips, looks)
    for track in tracks:
        assert track.field("aperture").max() == pytest.approx(0.2, abs=0.02)
        assert np.abs(track.field("width")).max() < 1e-5
