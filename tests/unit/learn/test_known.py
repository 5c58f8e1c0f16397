"""Known phones of a voice take the place of guessed claims, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import RecordingError
from lipmotion.learn.known import claim_phones, read_known
from lipmotion.learn.spoken import Phone

PHONES = (
    Phone("", 0.0, 0.4), Phone("p", 0.4, 0.5), Phone("ɑ", 0.5, 0.8), Phone("m", 0.8, 1.0),
    Phone("u", 1.0, 1.4), Phone("f", 1.4, 1.6), Phone("", 1.6, 3.0),
)  # fmt: skip


def test_claims_follow_the_phones_and_lips_stay() -> None:
    labels = np.random.default_rng(0).random((150, 16)).astype(np.float32)
    changed, weight = claim_phones(labels, PHONES)
    np.testing.assert_array_equal(changed[:, :12], labels[:, :12])
    np.testing.assert_array_equal(changed[:, 15], labels[:, 15])  # a voice is still a guess
    assert np.flatnonzero(changed[:, 12]).tolist() == list(range(40, 50))  # m
    assert np.flatnonzero(changed[:, 13]).tolist() == list(range(50, 70))  # u
    assert np.flatnonzero(changed[:, 14]).tolist() == list(range(70, 80))  # f
    assert not weight[16:24, 0].any()  # since when p is held after a pause nobody knows
    assert weight[16:24, 2].all() and weight[30:75, 0].all()
    assert not weight[100:, :3].any()  # far from speech phones say nothing


def test_without_phones_nothing_is_changed() -> None:
    labels = np.random.default_rng(0).random((10, 16)).astype(np.float32)
    changed, weight = claim_phones(labels, ())
    np.testing.assert_array_equal(changed, labels)
    assert (weight == 1).all()


def test_phones_lie_beside_their_sound(tmp_path: Path) -> None:
    sound, about = tmp_path / "a.opus", tmp_path / "a.json"
    assert read_known(sound) == ()
    about.write_text(json.dumps({"phones": [[0.1, 0.2, "p"]]}))
    assert read_known(sound) == (Phone("p", 0.1, 0.2),)
    for text in ("", "[]", '{"phones": [[0, 1]]}', '{"phones": [["a", 1, "p"]]}'):
        about.write_text(text)
        with pytest.raises(RecordingError, match=r"a\.json"):
            read_known(sound)
