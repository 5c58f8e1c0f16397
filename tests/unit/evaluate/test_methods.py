"""Methods: what each of them says to a sound."""

from pathlib import Path

import numpy as np
import pytest
from fakes.watched import make_sound

from lipmotion.errors import ConfigError, RecordingError
from lipmotion.evaluate.bank import Bank, load_bank
from lipmotion.evaluate.methods import (
    Case,
    Derived,
    Kit,
    Method,
    Planner,
    open_methods,
    resample_commands,
)
from lipmotion.evaluate.performing import METHODS, measure_levels, perform_case
from lipmotion.evaluate.report_json import METHOD_KINDS
from lipmotion.evaluate.rivals.contest import RIVAL_METHODS
from lipmotion.evaluate.stage import Take
from lipmotion.evaluate.verdict import Seen, Truth
from lipmotion.face.description import read_face_spec
from lipmotion.lips import LIP_INDEX, LipTrack

SPEC = read_face_spec("emo")
N_HOPS = 100


@pytest.fixture(scope="module")
def bank() -> Bank:
    rng = np.random.default_rng(0)
    lips = rng.normal(0, 0.1, (40, 12)).astype(np.float32)
    return Bank(rng.uniform(size=(40, 26)).astype(np.float32), lips)


@pytest.fixture(scope="module")
def kit(bank: Bank) -> Kit:
    return Kit(SPEC, 300, 7, lambda: bank)


@pytest.fixture(scope="module")
def case() -> Case:
    rng = np.random.default_rng(1)
    aperture = 0.1 * (1 - np.cos(np.arange(N_HOPS) / 4)) * (np.arange(N_HOPS) > 30)
    values = np.zeros((N_HOPS, 12), np.float32)
    values[:, 0] = aperture
    lips = LipTrack(values, np.ones(N_HOPS, np.float32), aperture > 0)
    return Case("set", "ann", "clip", "en", make_sound(rng, aperture), lips)


def get(name: str, kit: Kit) -> Method:
    (method,) = open_methods([name], kit)
    assert isinstance(method, Method)
    return method


def silent(n_hops: int = N_HOPS) -> Case:
    return Case("set", "ann", "silence", "en", np.zeros(320 * n_hops, np.float32))


def test_every_method_says_what_it_is(kit: Kit) -> None:
    methods = open_methods(list(METHODS), kit)
    assert [m.info.name for m in methods] == list(METHODS)
    assert all(m.info.kind in METHOD_KINDS and m.info.title and m.info.says for m in methods)
    assert [m.info.name for m in methods if m.info.is_ours] == ["ours"]
    with pytest.raises(ConfigError, match="no method 'magic'; methods: optimised"):
        open_methods(["magic"], kit)


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in METHODS
        if n not in ("optimised", "ours+40ms", "ours+500ms", "shuffled", *RIVAL_METHODS)
    ],
)
def test_a_row_a_hop_and_the_same_again(name: str, kit: Kit, case: Case) -> None:  # fmt: skip
    method = get(name, kit)
    commands = perform_case(method, case)
    assert commands.motors == SPEC.motor_names
    assert len(commands) == N_HOPS
    assert np.array_equal(perform_case(method, case).values, commands.values)


@pytest.mark.parametrize("name", ["ours", "loudness", "amplitude", "formants", "still"])
def test_silence_rests(name: str, kit: Kit) -> None:
    commands = perform_case(get(name, kit), silent())
    lips = list(SPEC.indices("lips", "jaw"))
    assert np.ptp(commands.values[30:, lips], axis=0).max() < 0.03
    assert commands.motor("jaw_open").max() < SPEC.rest["jaw_open"] + 0.03


def test_ours_says_what_it_means(kit: Kit, case: Case) -> None:
    ours = get("ours", kit)
    assert isinstance(ours, Planner)
    assert ours.plan(case).shape == (N_HOPS, 12)
    assert not isinstance(get("still", kit), Planner)


def test_the_louder_the_wider(kit: Kit) -> None:
    level = np.repeat([0.1, 0.8, 0.1], 33)
    case = Case("set", "ann", "buzz", "en", make_sound(np.random.default_rng(0), level))
    for name in ("amplitude", "loudness"):
        commands = perform_case(get(name, kit), case)
        jaw = commands.motor("jaw_open")
        assert jaw[40:60].min() > jaw[10:25].max() + 0.02, name
        others = [m for m in SPEC.motors if m.group not in ("lips", "jaw")]
        assert all(np.ptp(commands.motor(m.name)) == 0 for m in others)


def test_amplitude_is_the_papers_recipe() -> None:
    sound = np.concatenate([np.full(1600, 0.3), np.full(1600, -1.0)]).astype(np.float32)
    level, times_s = measure_levels(sound)
    assert level == pytest.approx([0.3] * 3 + [0.8] * 3, abs=1e-6)
    assert times_s == pytest.approx((np.arange(6) + 0.5) / 30, abs=1e-4)
    assert measure_levels(np.zeros(0, np.float32))[0].tolist() == [0.0]


def test_nearest_and_random_give_rows_of_the_bank(kit: Kit, case: Case, bank: Bank) -> None:
    known = {row.tobytes() for row in bank.commands}
    for name in ("nearest", "random"):
        commands = get(name, kit).perform(case).values
        assert all(row.tobytes() in known for row in commands), name
    rows = get("random", kit).perform(case).values
    assert np.array_equal(rows[0], rows[1])
    other = Case("set", "ann", "another", "en", case.sound)
    assert not np.array_equal(get("random", kit).perform(other).values, rows)


def test_the_bank_finds_its_own_lips(bank: Bank, tmp_path: Path) -> None:
    assert bank.find_nearest(bank.lips).tolist() == list(range(len(bank)))
    shifted = np.array(bank.lips)
    shifted[:, LIP_INDEX["protrusion"]] += 9  # a frontal camera hardly sees it
    assert bank.find_nearest(shifted).tolist() == list(range(len(bank)))
    bank.save(tmp_path / "bank.npz")
    assert np.array_equal(load_bank(tmp_path / "bank.npz").lips, bank.lips)
    (tmp_path / "bank.npz").write_bytes(b"no")
    with pytest.raises(RecordingError, match="delete it and run again"):
        load_bank(tmp_path / "bank.npz")


def make_take(n_hops: int, seed: int) -> Take:
    rng = np.random.default_rng(seed)
    seen = Seen(rng.normal(size=(n_hops, 12)).astype(np.float32), np.ones(n_hops, np.float32))
    truth = Truth(rng.uniform(size=(n_hops, 5)), *rng.uniform(size=(3, n_hops)))
    return Take(rng.uniform(size=(n_hops, 26)).astype(np.float32), {"seen": seen}, truth)


@pytest.mark.parametrize(("name", "hops"), [("ours+40ms", 2), ("ours+500ms", 25)])
def test_a_later_one_is_ours_shifted(name: str, hops: int, kit: Kit) -> None:
    (later,) = open_methods([name], kit)
    assert isinstance(later, Derived)
    assert later.of == "ours"
    take = make_take(60, 0)
    (moved,) = later.change([take], [60])
    assert np.array_equal(moved.sent[hops:], take.sent[:-hops])
    assert np.array_equal(moved.seen["seen"].values[hops:], take.seen["seen"].values[:-hops])
    assert (moved.seen["seen"].values[:hops] == take.seen["seen"].values[0]).all()
    assert moved.truth is not None
    assert take.truth is not None
    assert np.array_equal(moved.truth.gap_mm[hops:], take.truth.gap_mm[:-hops])


def test_shuffled_is_ours_for_the_next_clip(kit: Kit) -> None:
    (shuffled,) = open_methods(["shuffled"], kit)
    assert isinstance(shuffled, Derived)
    takes = [make_take(n, n) for n in (30, 50)]
    first, second = shuffled.change(takes, [30, 50])
    assert np.array_equal(first.sent, takes[1].sent[:30])
    assert np.array_equal(second.sent[:30], takes[0].sent)
    assert len(second) == 50


def test_commands_at_other_times() -> None:
    values = np.array([[0.0, 1.0], [0.6, 1.0]])
    track = resample_commands(("a", "b"), values, np.array([0.02, 0.08]), 7)
    assert track.motor("a") == pytest.approx([0, 0, 0.2, 0.4, 0.6, 0.6, 0.6], abs=1e-6)
    assert (track.motor("b") == 1).all()
    with pytest.raises(ConfigError, match="times must rise"):
        resample_commands(("a", "b"), values, np.array([0.1, 0.1]), 7)
    with pytest.raises(ConfigError, match="at least one"):
        resample_commands(("a", "b"), values[:0], np.zeros(0), 7)


def test_a_person_is_needed_for_human_lips(kit: Kit) -> None:
    with pytest.raises(ConfigError, match="nobody was filmed"):
        perform_case(get("human-lips", kit), silent())
