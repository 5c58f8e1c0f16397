"""lipmotion: a robot face that learns to sync its lips to speech and song.

    import lipmotion

    performance = lipmotion.perform("speech.wav")
    performance.motors                       # a table, one row for each 20 ms, one column a motor
    performance.save_mp4("speech.mp4")

Importing has no effect beyond defining names; heavy parts are imported when they are first used.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .face.base import Face
    from .perform.performance import Performance, perform
else:
    from . import perform  # a room that can be called; imports nothing more until it is

__all__ = ["Performance", "__version__", "open_face", "perform"]

__version__ = "0.1.0"


def open_face(name: str | Path, driver: str | None = None, seed: int = 0) -> "Face":
    """Opens a face, e.g. ``open_face("emo")``; see `lipmotion.face.open_face`."""
    from .face.open import open_face

    return open_face(name, driver, seed)


def __getattr__(name: str) -> object:
    if name == "Performance":
        from .perform.performance import Performance

        return Performance
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
