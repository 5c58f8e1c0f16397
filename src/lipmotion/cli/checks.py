"""What an option takes; anything else is wrong use."""

import math
import re
from collections.abc import Callable
from typing import Any, Final


def at_least(least: float, most: float = math.inf) -> Callable[[Any, float | None], None]:
    """A check for an option that takes numbers from `least` on, `most` among them if finite."""

    def check(kind: Any, value: float | None) -> None:
        del kind
        if value is None or (least <= value <= most and value < math.inf):
            return
        raise ValueError(f"must be {least:g} or more" if value < most else f"is above {most:g}")

    return check


def above(bound: float) -> Callable[[Any, float | None], None]:
    """A check for an option that takes finite numbers above `bound`."""

    def check(kind: Any, value: float | None) -> None:
        del kind
        if value is not None and not bound < value < math.inf:
            raise ValueError(f"must be more than {bound:g}")

    return check


SEED: Final = at_least(0, 2**63 - 1)


def plain_name(kind: Any, value: str | None) -> None:
    """A check for an option that names a folder to be made, in one that is given elsewhere."""
    del kind
    if value is not None and (
        not value.strip() or value.startswith(".") or set(value) & set("/\\")
    ):
        raise ValueError("must be a name without slashes that does not begin with a dot")


def _repo_id(kind: Any, value: str | None) -> None:
    del kind
    name = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
    is_one = value is not None and re.fullmatch(rf"(?:{name}/)?{name}", value)
    if value is not None and (not is_one or len(value) > 96 or "--" in value or ".." in value):
        raise ValueError("must be OWNER/NAME, of letters, digits, -, _ and .")


REPO_ID: Final = _repo_id  # a name on the Hugging Face Hub
