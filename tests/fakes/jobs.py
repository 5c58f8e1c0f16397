"""Jobs for processes that start anew: they are found by their module's name."""

import os
import time
from pathlib import Path


def square(k: int) -> int:
    return k * k


def fail_at(k: int, bad: int) -> int:
    if k == bad:
        raise ValueError(f"job {k}")
    return k


def wait(folder: str) -> None:
    """Says that it runs, then takes its time."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)
