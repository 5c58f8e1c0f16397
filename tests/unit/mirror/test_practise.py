"""Practice before the mirror: people's lips, one piece after another, by what follows them."""

import numpy as np
import pytest

from lipmotion.face import read_face_spec
from lipmotion.lips import LIP_INDEX
from lipmotion.mirror.practise import DEED, draw_practice, film_practice
from lipmotion.mirror.session import POSE_SHARD_HOPS, MirrorSession, PlannedShard

SPEC = read_face_spec("emo")
LIPS = list(SPEC.indices("lips", "jaw"))
JAW = SPEC.motor_names.index("jaw_open")
APERTURE = LIP_INDEX["aperture"]


def follow(lips):
    """Jaw as wide as the mouth that is followed, all else at rest."""
    commands = np.tile(SPEC.rest.values[LIPS], (len(lips), 1))
    commands[:, LIPS.index(JAW)] = lips[:, APERTURE]
    return commands


def people(*openings, n_hops=120):
    pieces = []
    for opening in openings:
        lips = np.zeros((n_hops, 12), np.float32)
        lips[:, APERTURE] = opening
        pieces.append(lips)
    return pieces


def test_each_piece_is_followed_in_its_own_size() -> None:
    track = draw_practice(SPEC, 500, people(0.5), follow, np.random.default_rng(2))
    assert track.shape == (500, len(SPEC.motor_names))
    assert track.dtype == np.float32
    held = [np.median(track[k + 20 : k + 110, JAW]) for k in range(0, 480, 120)]
    assert min(held) > 0.5 * 0.84 and max(held) < 0.5 * 1.16
    assert np.ptp(held) > 0.01


def test_what_is_no_lip_rests_and_commands_stay_in_range() -> None:
    for seed in range(6):
        track = draw_practice(SPEC, 300, people(0.0, 1.0), follow, np.random.default_rng(seed))
        others = [k for k in range(len(SPEC.motors)) if k not in LIPS]
        assert (track[:, others] == SPEC.rest.values[others]).all()
        assert track.min() >= 0 and track.max() <= 1
        assert np.abs(np.diff(track[:, JAW])).max() < 0.5  # pieces are joined, not jumped to


def test_some_of_it_is_tried_otherwise() -> None:
    spreads = []
    for seed in range(30):
        track = draw_practice(SPEC, 200, people(0.4), follow, np.random.default_rng(seed))
        spreads.append(track[:, LIPS[0]].std())
    assert min(spreads) < 1e-6  # as well as it can
    assert max(spreads) > 0.01  # and with small motions on top


def test_nobody_to_follow_is_refused() -> None:
    with pytest.raises(ValueError, match="0 pieces"):
        draw_practice(SPEC, 100, [], follow, np.random.default_rng(0))


def test_the_first_shard_films_the_poses_and_the_same_shard_is_the_same() -> None:
    class Mirror(MirrorSession):
        def __init__(self):
            self.spec, self.last = SPEC, SPEC.rest.values

        def film(self, deeds, commands, index, first_hop):
            self.filmed = deeds, commands

    poses, one, two = Mirror(), Mirror(), Mirror()
    film_practice(poses, PlannedShard(0, 0, POSE_SHARD_HOPS), people(0.3), follow, 1)
    assert {"rest", "press"} < set(poses.filmed[0])
    for mirror in (one, two):
        film_practice(mirror, PlannedShard(3, 999, 150), people(0.1, 0.3, 0.6), follow, 1)
    assert set(one.filmed[0]) == {DEED}
    np.testing.assert_array_equal(one.filmed[1], two.filmed[1])
    film_practice(two, PlannedShard(4, 999, 150), people(0.1, 0.3, 0.6), follow, 1)
    assert not np.array_equal(one.filmed[1], two.filmed[1])
