"""Jobs in processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at Linux's /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(how: signal.Signals, tmp_path: Path) -> None:
    code = (
        "import signal; from fakes.jobs import wait; from lipmotion.evaluate.parallel import *\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"list(run_jobs(wait, [({str(tmp_path)!r},)] * 2, 2))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.DEVNULL)
    workers = _wait_for(lambda: [int(p.name) for p in tmp_path.iterdir()], 2)
    parent.send_signal(how)
    parent.wait(60)
    _wait_for(lambda: [pid for pid in workers if not _runs(pid)], 2)


def _wait_for(look, n: int) -> list[int]:  # type: ignore[no-untyped-def]
    for _ in range(600):
        if len(found := look()) >= n:
            return found
        time.sleep(0.1)
    raise AssertionError("a minute has passed")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
