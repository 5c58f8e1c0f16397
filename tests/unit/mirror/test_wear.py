"""Wear: strokes, reversals and load hours equal what is counted by hand."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from lipmotion.face import read_face_spec
from lipmotion.mirror.session import describe
from lipmotion.mirror.wear import WearCounter, count_wear, save_wear
from lipmotion.recording import Shard, create_recording

REST = np.array([0.0, 0.5, 0.25], np.float32)


def test_strokes_turns_and_load_are_as_counted_by_hand() -> None:
    counter = WearCounter(REST)
    counter.add(np.array([[1.0, 0.5, 0.25], [0.5, 0.51, 0.25], [1.0, 0.5, 0.0]], np.float32))
    np.testing.assert_allclose(counter.strokes, [2.0, 0.02, 0.25], rtol=1e-5)
    assert counter.reversals.tolist() == [2, 0, 0]  # 0.01 and back is play
    # of the farther end, each for a fiftieth of a second: (1 + 0.5 + 1), 0.02, 1/3
    np.testing.assert_allclose(counter.load_hours * 3600 * 50, [2.5, 0.02, 1 / 3], rtol=1e-5)


def test_a_slow_turn_is_one_turn_and_trembling_none() -> None:
    counter = WearCounter(np.zeros(2, np.float32))
    there = np.linspace(0, 1, 200)
    back = np.concatenate([there, there[::-1], there])
    tremble = 0.5 + 0.009 * (-1.0) ** np.arange(600)
    counter.add(np.stack([back, tremble], 1).astype(np.float32))
    assert counter.reversals.tolist() == [2, 0]
    assert counter.strokes[0] == pytest.approx(3)


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_cutting_a_run_changes_nothing_and_a_fresh_body_sets_out_from_rest(cut: int) -> None:
    sent = np.random.default_rng(0).random((150, 3)).astype(np.float32)
    whole, parts, fresh = WearCounter(REST), WearCounter(REST), WearCounter(REST)
    whole.add(sent)
    parts.add(sent[:cut])
    parts.add(sent[cut:])
    for name in ("strokes", "reversals", "load_hours"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name))
    for _ in range(2):
        fresh.start()
        fresh.add(sent)
    np.testing.assert_allclose(fresh.strokes, 2 * whole.strokes)
    np.testing.assert_array_equal(fresh.reversals, 2 * whole.reversals)


def test_a_recording_is_counted_from_its_shards_and_kept(tmp_path: Path) -> None:
    spec = read_face_spec("emo")
    about = dataclasses.replace(describe(spec, 0), side=None)
    recording = create_recording(tmp_path / "r", about)
    rest = spec.rest.values
    away = np.where(rest > 0.5, 0, 1).astype(np.float32)
    rows = np.stack([rest, away])
    shard = Shard(0, 0, True, ("random",) * 2, rows, rows, None, np.array([0.0, np.nan]))
    image = np.zeros((16, 16, 3), np.uint8)
    recording.write(shard, [image])
    recording.write(dataclasses.replace(shard, index=1, first_hop=2, is_fresh=False), [image])
    recording.write(dataclasses.replace(shard, index=2, first_hop=4), [image])
    wear = count_wear(recording, spec)
    far = np.abs(away - rest)  # there, back and there; then there again, from rest
    np.testing.assert_allclose(wear.strokes, 4 * far, rtol=1e-6)
    assert wear.reversals.tolist() == [2] * len(rest)
    np.testing.assert_allclose(wear.load_hours, 3 / 50 / 3600, rtol=1e-6)
    assert wear.hours == pytest.approx(6 / 50 / 3600)
    save_wear(recording, wear)
    kept = json.loads((tmp_path / "r" / "wear.json").read_text())
    assert list(kept["motors"]) == list(spec.motor_names)
    jaw = kept["motors"]["jaw_open"]
    assert (jaw["strokes"], jaw["reversals"]) == (pytest.approx(4 * far[10], abs=0.01), 2)
    assert recording.n_images == 3
