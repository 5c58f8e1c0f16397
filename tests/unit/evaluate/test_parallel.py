"""Jobs in processes."""

import pytest
from fakes.jobs import fail_at, square

from lipmotion.evaluate.parallel import run_jobs


@pytest.mark.parametrize("n_workers", [1, 2])
def test_every_job_is_done_once(n_workers: int) -> None:
    done = dict(run_jobs(square, [(k,) for k in range(5)], n_workers))
    assert done == {k: k * k for k in range(5)}


def test_nothing_to_do_starts_nothing() -> None:
    assert list(run_jobs(square, [], 4)) == []


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_comes_through(n_workers: int) -> None:
    with pytest.raises(ValueError, match="job 1"):
        list(run_jobs(fail_at, [(0, 1), (1, 1), (2, 1)], n_workers))
