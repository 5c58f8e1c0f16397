"""Takes on disk, and many clips scored together."""

from pathlib import Path

import numpy as np
import pytest

from lipmotion.commands import CommandTrack
from lipmotion.errors import RecordingError
from lipmotion.evaluate.baselines import fit_length, hold_still
from lipmotion.evaluate.metrics import fit_range
from lipmotion.evaluate.stage import Take, load_take
from lipmotion.evaluate.suite import (
    Clip,
    MethodScore,
    find_mouth_px,
    is_worse,
    score_method,
    to_json,
)
from lipmotion.evaluate.verdict import Seen, Truth
from lipmotion.face.description import read_face_spec
from lipmotion.lips import LIP_FIELDS, LipTrack
from lipmotion.voice.sources import cut_hops


def make_take(n_hops: int, rng: np.random.Generator) -> Take:
    values = rng.normal(size=(n_hops, len(LIP_FIELDS))).astype(np.float32)
    seen = {"native": Seen(values, np.ones(n_hops, np.float32))}
    gaps = rng.uniform(0, 3, (n_hops, 19))
    truth = Truth(gaps, rng.uniform(45, 55, n_hops), gaps[:, 9], gaps[:, 0])
    return Take(rng.uniform(size=(n_hops, 26)).astype(np.float32), seen, truth)


def make_clips(rng: np.random.Generator) -> list[Clip]:
    tracks = []
    for _ in range(6):
        t = np.arange(200) / 50
        hz, phase = rng.uniform(1, 4, (12, 3, 1)), rng.uniform(0, 7, (12, 3, 1))
        values = 0.1 * np.sin(2 * np.pi * hz * t + phase).sum(axis=1).T
        values[:, :3] = np.maximum(values[:, :3] + 0.05, 0)
        in_speech = (t > 0.4) & (t < 3.6)
        tracks.append(LipTrack(values.astype(np.float32), np.ones(200, np.float32), in_speech))
    lips = fit_range(tracks)
    return [
        Clip("set", f"person {k % 2}", str(k), "en", track, lips) for k, track in enumerate(tracks)
    ]


def test_a_take_is_read_as_it_was_written(tmp_path: Path) -> None:
    take = make_take(30, np.random.default_rng(0))
    path = tmp_path / "method" / "clip.npz"
    take.save(path)
    again = load_take(path)
    assert np.array_equal(again.sent, take.sent)
    assert np.array_equal(again.seen["native"].values, take.seen["native"].values)
    assert take.truth is not None
    assert again.truth is not None
    assert again.truth.gap_mm == pytest.approx(take.truth.gap_mm, abs=1e-6)
    assert list(tmp_path.rglob("*.part")) == []


def test_a_damaged_take_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(RecordingError, match="delete it and run again"):
        load_take(path)


def test_a_take_is_cut_or_begun_again() -> None:
    take = make_take(10, np.random.default_rng(1))
    longer = take.fit(25)
    assert len(longer) == 25
    assert np.array_equal(longer.sent[10:20], take.sent)
    assert np.array_equal(take.fit(4).seen["native"].values, take.seen["native"].values[:4])


def test_truth_knows_contact_of_the_middle_half() -> None:
    gaps = np.full((3, 16), 0.05)
    gaps[1, 8] = 0.2  # open in the middle
    gaps[2, 0] = 5.0  # a corner apart does not count
    assert Truth(gaps, np.full(3, 50.0), gaps[:, 8], np.zeros(3)).closed.tolist() == [
        True,
        False,
        True,
    ]


def test_a_copy_wins_and_a_wrong_clip_is_worse() -> None:
    clips = make_clips(np.random.default_rng(2))
    noise = np.zeros(len(LIP_FIELDS), np.float32)

    def score(robots: list[LipTrack]) -> MethodScore:
        return score_method(clips, robots, [], noise, rng=np.random.default_rng(0))

    tracks = [clip.lips for clip in clips]
    copy, wrong = score(tracks), score(tracks[1:] + tracks[:1])
    assert copy.figures["r_aperture"].value == pytest.approx(1)
    assert copy.figures["r_aperture"].n_persons == 2
    for name in ("r_aperture", "r_width", "closure_f1", "rounding_f1", "misalignment_ms"):
        assert is_worse(wrong, copy, name), name
        assert not is_worse(copy, wrong, name), name
    low, high = wrong.figures["r_aperture"].low, wrong.figures["r_aperture"].high
    assert low < wrong.figures["r_aperture"].value < high
    told = to_json(wrong)
    assert told["true"] == {}
    assert len(told["clips"]) == len(clips)  # type: ignore[arg-type]


def test_true_contact_stands_beside_what_was_seen() -> None:
    clips = make_clips(np.random.default_rng(3))
    takes = []
    for clip in clips:
        gaps = np.repeat(clip.lips.field("aperture")[:, None].astype(float), 19, axis=1) * 60
        seen = {"native": Seen(clip.lips.values, clip.lips.quality)}
        takes.append(
            Take(
                np.zeros((200, 26), np.float32),
                seen,
                Truth(gaps, gaps[:, 0], gaps[:, 9], gaps[:, 1]),
            )
        )
    noise = np.zeros(len(LIP_FIELDS), np.float32)
    robots = [clip.lips for clip in clips]
    score = score_method(clips, robots, takes, noise, rng=np.random.default_rng(0))
    assert score.true["r_aperture"] == pytest.approx(1, abs=1e-3)
    assert score.true["seen_f1"] > 0.9
    assert score.true["contact_f1"] == pytest.approx(score.true["seen_f1"], abs=0.05)


def test_the_mouth_of_a_film() -> None:
    corners = np.zeros((5, 2, 3))
    corners[:, 1, 0] = (30, 40, 38, np.nan, 50)
    assert find_mouth_px(corners) == 39


def test_commands_of_baselines() -> None:
    spec = read_face_spec("emo")
    still = hold_still(spec, 7)
    assert (still.values == spec.rest.values).all()
    track = CommandTrack(("a",), np.linspace(0, 1, 5, dtype=np.float32)[:, None])
    assert fit_length(track, 3).values[:, 0].tolist() == [0, 0.25, 0.5]
    assert fit_length(track, 7).values[:, 0].tolist() == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    hops = cut_hops(np.ones(700, np.float32))
    assert hops.shape == (3, 320)
    assert hops.sum() == 700
