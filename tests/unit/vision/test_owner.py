"""Owners: rest, contact, range and noise of people and robots."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.errors import RecordingError
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS
from lipmotion.vision.owner import Owner, fit_person, fit_robot, load_owner, to_lip_shape

APERTURE, WIDTH, JAW = (LIP_INDEX[name] for name in ("aperture", "width", "jaw"))


def make_talk(rng: np.random.Generator, *, noise: float = 0.002) -> tuple[np.ndarray, np.ndarray]:
    """10 s of a raw talker: silent 2 s at both ends, width 0.5 at rest, opening 0 to 0.2."""
    hops = np.arange(500)
    in_speech = (hops >= 100) & (hops < 400)
    raw = np.zeros((500, N_LIP_FIELDS), np.float32)
    raw[:, WIDTH] = 0.5
    raw[:, JAW] = 1.1
    opening = 0.1 * (1 - np.cos(2 * np.pi * hops / 25)) * in_speech
    raw[:, :3] = 0.01 + opening[:, None]
    raw[:, WIDTH] += 0.05 * in_speech
    raw += noise * rng.standard_normal(raw.shape)
    return raw.astype(np.float32), in_speech


def test_a_talkers_rest_range_and_noise() -> None:
    rng = np.random.default_rng(0)
    clips = [make_talk(rng) for _ in range(3)]
    raws, speech = [c[0] for c in clips], [c[1] for c in clips]
    owner = fit_person("anna", raws, speech, [np.ones(500, np.float32)] * 3)
    assert owner.rest_width == pytest.approx(0.5, abs=0.001)
    assert owner.rest[JAW] == pytest.approx(1.1, abs=0.001)
    assert owner.rest[APERTURE] == pytest.approx(0.007, abs=0.002)  # the least, not the mean
    assert owner.speech_range[APERTURE] == pytest.approx(0.2 / 0.5, abs=0.02)
    assert owner.noise[WIDTH] == pytest.approx(0.002 / 0.5, rel=0.2)
    shape = to_lip_shape(raws[0], owner)
    assert shape[:90, WIDTH].mean() == pytest.approx(0, abs=0.002)
    assert shape[150:350, WIDTH].mean() == pytest.approx(0.1, abs=0.002)
    assert shape[:, :3].min() == owner.contact == 0


def test_hops_that_were_not_seen_do_not_count() -> None:
    raw, speech = make_talk(np.random.default_rng(1))
    quality = np.ones(500, np.float32)
    quality[450:] = 0
    wild = raw.copy()
    wild[450:] = 77
    seen, expected = (fit_person("anna", [r], [speech], [quality]) for r in (wild, raw))
    np.testing.assert_array_equal(seen.rest, expected.rest)
    with pytest.raises(RecordingError, match="anna: lips were seen in 0 hops, 25 needed"):
        fit_person("anna", [raw], [speech], [0 * quality])


def test_somebody_who_never_pauses_rests_on_closed_lips() -> None:
    raw, _ = make_talk(np.random.default_rng(2))
    owner = fit_person("anna", [raw], [np.ones(500, bool)], [np.ones(500, np.float32)])
    assert owner.rest_width == pytest.approx(0.5, abs=0.06)
    owner = fit_person("anna", [raw], [np.zeros(500, bool)], [np.ones(500, np.float32)])
    assert owner.rest_width == pytest.approx(0.5, abs=0.01)


def test_a_robots_rest_and_contact_are_filmed() -> None:
    raw, _ = make_talk(np.random.default_rng(3))
    rest, pressed = raw[:40], raw[:40] - np.float32(0.004)
    rest[5] = np.nan
    owner = fit_robot("emo", rest, pressed, raw)
    assert owner.rest[APERTURE] == pytest.approx(0.006, abs=0.001)
    assert owner.rest[JAW] == pytest.approx(1.1, abs=0.001)
    with pytest.raises(RecordingError, match="emo: the face was seen in 0 images with lips"):
        fit_robot("emo", rest, np.full_like(rest, np.nan), raw)


def test_owners_are_saved_and_loaded(tmp_path: Path) -> None:
    raw, speech = make_talk(np.random.default_rng(4))
    owner = fit_person("anna", [raw], [speech], [np.ones(500, np.float32)])
    owner.save(tmp_path / "owner.json")
    again = load_owner(tmp_path / "owner.json")
    assert (again.name, again.rest_width) == ("anna", pytest.approx(owner.rest_width, abs=1e-5))
    np.testing.assert_allclose(again.speech_range, owner.speech_range, atol=1e-5)
    assert [p.name for p in tmp_path.iterdir()] == ["owner.json"]
    text = (tmp_path / "owner.json").read_text()
    (tmp_path / "owner.json").write_text(text.replace('"jaw"', '"chin"'))
    with pytest.raises(RecordingError, match="this program reads"):
        load_owner(tmp_path / "owner.json")
    with pytest.raises(RecordingError, match="not a readable owner"):
        load_owner(tmp_path / "none.json")


def test_a_mouth_has_a_width() -> None:
    zeros = np.zeros(N_LIP_FIELDS, np.float32)
    with pytest.raises(ValueError, match="width above 0"):
        Owner("x", zeros, 0.0, zeros, zeros, zeros)
    with pytest.raises(ValueError, match="12 finite numbers"):
        Owner("x", zeros * np.nan, 1.0, zeros, zeros, zeros)
