"""Processes end with the block that opened them, however it is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lipmotion.errors import LipmotionError
from lipmotion.processes import open_workers


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(") ", 1)[1][0] != "Z"


def wait_until_gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_running(pid)


def test_jobs_are_done() -> None:
    with open_workers(1) as pool:
        assert pool.submit(sum, (1, 2)).result() == 3


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux who is running")
def test_an_error_ends_them_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(ZeroDivisionError), open_workers(1) as pool:
        pid = pool.submit(os.getpid).result()
        pool.submit(time.sleep, 60)
        raise ZeroDivisionError
    assert wait_until_gone(pid)
    assert time.monotonic() - started < 30


def test_a_killed_process_is_said() -> None:
    with pytest.raises(LipmotionError, match="killed"), open_workers(1) as pool:
        pool.submit(os._exit, 9).result()


PARENT = """
import os, time
from lipmotion.processes import open_workers
if __name__ == "__main__":
    with open_workers(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux who is running")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_they_end_with_their_parent(tmp_path: Path, signal_number: signal.Signals) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert parent.stdout is not None
    with parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal_number)
        assert wait_until_gone(pid)
