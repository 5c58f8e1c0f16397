"""Rivals at hand in a run: where they are installed, what they said, and the maps fitted to people.

In: folders. Out: curves of a rival for a sound, its chart or its map. Every worker opens its own.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ...errors import RivalError
from ...lips import N_LIP_FIELDS
from .charts import CHARTS, chart_shapes
from .curves import Remembered, hash_sound
from .install import find_installed
from .oracle import OracleMap, load_oracle


@dataclass(frozen=True)
class RivalFolders:
    """Rivals on disk.

    Attributes:
        installed: see `install.py`.
        answers: keeps what they said; may be missing.
        maps: rival → file of its map, of those that have one.
        mute: (rival, hash of the sound) where it fails: its lips rest there.
    """

    installed: Path
    answers: Path
    maps: tuple[tuple[str, Path], ...] = ()
    mute: tuple[tuple[str, str], ...] = ()

    def shape(
        self, rival: str, sound: Float32[np.ndarray, " samples"], n_hops: int, *, is_fitted: bool
    ) -> Float32[np.ndarray, "hops fields"]:
        """The lips that a rival means, (T, 12), by its chart or by its map.

        Raises:
            RivalError: it is not installed, fails, or has no map.
        """
        if (rival, hash_sound(sound)) in self.mute:
            return np.zeros((n_hops, N_LIP_FIELDS), np.float32)
        curves = _open_rival(self.installed, self.answers, rival).listen(sound)
        if not is_fitted:
            return chart_shapes(curves, CHARTS[rival], n_hops)
        found = self.find_map(rival)
        if found is None:
            raise RivalError(f"{rival} was not fitted to people; there is nobody to learn from")
        return found.apply(curves, n_hops)

    def find_map(self, rival: str) -> OracleMap | None:
        """A rival's map, or None where none was fitted."""
        path = dict(self.maps).get(rival)
        return None if path is None else _load_map(path)


@cache
def _open_rival(installed: Path, answers: Path, name: str) -> Remembered:
    found = find_installed(installed)
    if name not in found:
        raise RivalError(
            f"{name} is not installed in {installed}; `lipmotion evaluate --install-rivals "
            f"{installed}` installs it"
        )
    return Remembered(found[name], answers)


@cache
def _load_map(path: Path) -> OracleMap:
    return load_oracle(path)
