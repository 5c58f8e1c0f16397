"""What numbers an option takes; anything else is wrong use."""

import math
from collections.abc import Callable
from typing import Any


def at_least(least: float) -> Callable[[Any, float | None], None]:
    """A check for an option that takes `least` or more; not a number is refused too."""

    def check(kind: Any, value: float | None) -> None:
        del kind
        if value is not None and not least <= value < math.inf:
            raise ValueError(f"must be {least:g} or more")

    return check


def above(bound: float) -> Callable[[Any, float | None], None]:
    """A check for an option that takes more than `bound`; not a number is refused too."""

    def check(kind: Any, value: float | None) -> None:
        del kind
        if value is not None and not bound < value < math.inf:
            raise ValueError(f"must be more than {bound:g}")

    return check
