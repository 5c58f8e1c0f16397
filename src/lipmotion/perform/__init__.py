"""Sound → the face: the one path from a file to motor commands.

The room is also the deed: `lipmotion.perform("speech.wav")` calls `performance.perform`.
"""

import sys
from types import ModuleType
from typing import Any


class _Deed(ModuleType):
    """A module that can be called; nothing is imported before."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from .performance import perform

        return perform(*arguments, **options)


sys.modules[__name__].__class__ = _Deed
