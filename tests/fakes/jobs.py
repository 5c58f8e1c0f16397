"""Jobs for processes that start anew: they are found by their module's name."""


def square(k: int) -> int:
    return k * k


def fail_at(k: int, bad: int) -> int:
    if k == bad:
        raise ValueError(f"job {k}")
    return k
