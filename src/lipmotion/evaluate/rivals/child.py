"""Runs another program and waits for it, so that nothing of it can hang or fill our memory.

In: a command. Out: nothing, or an error of one line with the end of what the program complained.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from ...errors import RivalError

_TAIL_BYTES: Final = 2000


def run_child(
    command: Sequence[str | Path],
    *,
    name: str,
    timeout_s: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Runs a program to its end; what it prints is thrown away, but for the last complaint.

    It gets no input and a process group of its own, which is killed as a whole when time is up or
    we are interrupted.

    Args:
        command: program and arguments; no shell.
        name: what to call it in an error.
        timeout_s: it is killed after that.
        folder: where it runs; None = here.
        environment: added to ours.

    Raises:
        RivalError: it cannot be started, fails, or takes too long.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise RivalError(f"{name}: {command[0]} cannot be run: {error.strerror}") from error
        try:
            status = child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise RivalError(f"{name}: not done after {timeout_s:.0f} s; stopped") from None
        finally:
            if child.poll() is None:
                _kill(child)
        if status != 0:
            raise RivalError(f"{name}: ended with status {status}: {_read_tail(complaints)}")


def _kill(child: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:  # Windows
        child.kill()
    child.wait()


def _read_tail(file: IO[bytes]) -> str:
    """The last lines of what was complained, as one line."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _TAIL_BYTES))
    lines = file.read().decode("utf-8", "replace").split("\n")
    told = " | ".join(line.strip() for line in lines[-6:] if line.strip())
    return told or "it said nothing"
