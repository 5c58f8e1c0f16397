"""The simulated soft face.

numba keeps what it compiled and looks only at the text of a kernel's own file; the kernels here
call each other and take in numbers of the mesh. So what was compiled lies in a folder of the
user's cache that is named after the text of the whole room: what changes compiles all anew.
"""

import hashlib
import os
import sys
from pathlib import Path

import numba


def find_cache() -> Path | None:
    """Where compiled kernels are kept, or None where numba is to choose."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    folders = {"win32": "AppData/Local", "darwin": "Library/Caches"}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / folders.get(sys.platform, ".cache"))
    room = sorted(Path(__file__).parent.glob("*.py"))
    text = b"".join(path.read_bytes() for path in room)
    return cache / "lipmotion" / f"kernels-{hashlib.sha256(text).hexdigest()[:12]}"


if (_cache := find_cache()) is not None:
    numba.config.CACHE_DIR = str(_cache)  # type: ignore[attr-defined]
