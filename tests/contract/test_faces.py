"""What every face keeps to. A new driver joins DRIVERS, a new face lies in its folder."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

import lipmotion
from lipmotion.commands import Command
from lipmotion.errors import FaceError
from lipmotion.face import Face, FaceSpec, list_faces, read_face_spec
from lipmotion.face.open import DRIVERS
from lipmotion.timing import HOP_S

Opener = Callable[..., Face]


@pytest.fixture(params=itertools.product(list_faces(), DRIVERS), ids="-".join)
def open_it(request: pytest.FixtureRequest) -> Opener:
    name, driver = request.param

    def open_it(seed: int = 0) -> Face:
        return lipmotion.open_face(name, driver=driver, seed=seed)

    return open_it


@pytest.fixture
def spec(open_it: Opener, request: pytest.FixtureRequest) -> FaceSpec:
    return read_face_spec(request.node.callspec.params["open_it"][0])


@pytest.fixture
def jaw(spec: FaceSpec) -> str:
    """Name of the motor of the jaw."""
    return spec.motor_names[spec.indices("jaw")[0]]


def make_wild(spec: FaceSpec, n_hops: int) -> list[Command]:
    rng = np.random.default_rng(3)
    wild = (rng.random((n_hops, len(spec.motors))) > 0.5).astype(np.float32)
    return [Command(spec.motor_names, row) for row in wild]


def test_the_face_is_what_its_description_says(open_it: Opener, spec: FaceSpec) -> None:
    with open_it() as face:
        assert face.spec == spec
        sent = face.send(spec.rest)
        assert sent.motors == spec.motor_names
        np.testing.assert_array_equal(sent.values, spec.rest.values)
        measured = face.read()
        assert measured is None or np.abs(measured.values - spec.rest.values).max() < 0.05


def test_wild_commands_are_limited(open_it: Opener, spec: FaceSpec) -> None:
    fastest = spec.column("speed_per_s") * HOP_S + 1e-6
    with open_it() as face:
        last = spec.rest.values
        for command in make_wild(spec, 30):
            sent = face.send(command).values
            assert (np.abs(sent - last) <= fastest).all()
            last = sent
            measured = face.read()
            assert measured is None or (measured.values.min() >= 0 and measured.values.max() <= 1)


def test_same_seed_same_motion(open_it: Opener, spec: FaceSpec) -> None:
    found = []
    for _ in range(2):
        with open_it(seed=7) as face:
            sent = [face.send(command).values for command in make_wild(spec, 20)]
            measured, frame = face.read(), face.look()
        found.append((sent, measured, frame))
    (sent_a, read_a, frame_a), (sent_b, read_b, frame_b) = found
    np.testing.assert_array_equal(sent_a, sent_b)
    if read_a is not None and read_b is not None:
        np.testing.assert_array_equal(read_a.values, read_b.values)
    if frame_a is not None and frame_b is not None:
        np.testing.assert_array_equal(frame_a.image, frame_b.image)
        assert frame_a.time_s == frame_b.time_s


def test_motors_go_by_name(open_it: Opener, spec: FaceSpec, jaw: str) -> None:
    turned = Command(spec.motor_names[::-1], spec.rest.replace({jaw: 0.1}).values[::-1])
    with open_it() as face:
        assert face.send(turned)[jaw] == pytest.approx(0.1)
        with pytest.raises(FaceError, match=f"missing: {spec.motor_names[-1]}"):
            face.send(Command(spec.motor_names[:-1], spec.rest.values[:-1]))


def test_leaving_goes_to_rest_also_by_an_error(open_it: Opener, spec: FaceSpec, jaw: str) -> None:
    face = open_it()
    with pytest.raises(ZeroDivisionError), face:
        face.send(spec.rest.replace({jaw: 0.15}))
        raise ZeroDivisionError
    measured = face.read()
    assert measured is None or abs(measured[jaw] - spec.rest[jaw]) < 0.15
    with pytest.raises(FaceError, match="closed"):
        face.send(spec.rest)
    face.close()


def test_an_unknown_driver_lists_the_known_ones() -> None:
    with pytest.raises(FaceError, match=r"no driver 'marionette'; drivers: sim, mock"):
        lipmotion.open_face("emo", driver="marionette")
