"""The first start of the simulated face: what is compiled is told, and all of it is compiled."""

import pytest

pytest.importorskip("numba")

from numba.core import event

from lipmotion.face import read_face_spec, warm_up, watch_first_start
from lipmotion.face.sim.compiling import list_kernels, watch_compiling


def compile_as_numba_does(kernel: object) -> None:
    data = {"dispatcher": kernel}
    event.start_event("numba:compile", data)
    event.end_event("numba:compile", data)


def test_kernels_are_counted_one_by_one() -> None:
    told: list[tuple[int, int | None]] = []
    first, second, *_ = kernels = list(list_kernels())
    with watch_compiling(lambda done, total: told.append((done, total))):
        compile_as_numba_does(first)
        compile_as_numba_does(first)  # for other types
        compile_as_numba_does(object())  # numba's own
        compile_as_numba_does(second)
    compile_as_numba_does(second)  # nobody watches any more
    assert {total for _, total in told} == {len(kernels)} and len(kernels) > 15
    assert [done for done, _ in told] == [0, 1, 1, 1, 1, 1, 1, 2]


def test_a_later_start_tells_nothing_and_leaves_nothing_to_compile() -> None:
    warm_up("emo", "sim")
    before = {kernel: len(kernel.signatures) for kernel in list_kernels()}
    told: list[int] = []
    warm_up("emo", "sim", lambda done, _: told.append(done))
    assert told == []
    assert {kernel: len(kernel.signatures) for kernel in list_kernels()} == before


def test_the_mock_prepares_nothing() -> None:
    spec = read_face_spec("emo")
    with watch_first_start(spec, "mock", lambda *_: pytest.fail("told")):
        compile_as_numba_does(next(iter(list_kernels())))
    warm_up("emo", "mock", lambda *_: pytest.fail("told"))
