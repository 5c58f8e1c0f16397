"""Asks a rival in a process of its own: sounds are written to a folder, answers read from it.

In: sounds at 16 kHz and where the rival is installed. Out: `RivalCurves`. Sounds are resampled to
what the rival expects; browser libraries run in Node on stand-ins for Web Audio (`hearers/`).
"""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from ...errors import RivalError
from ...media.sound import change_rate
from ...timing import SAMPLE_RATE_HZ
from .child import run_child
from .curves import RivalCurves, fill_cues
from .known import HEARERS, PACKAGES, PINS, Known

_START_S: Final = 120.0  # a first start compiles or unpacks for long on a slow machine


class InstalledRival:
    """A rival that lies in a folder.

    Args:
        known: which one.
        program: what runs its hearer: `node`, or the Python of its virtual environment.
        package: the folder of its npm package; None for Python.
    """

    def __init__(self, known: Known, program: Path, package: Path | None) -> None:
        self._known = known
        self._program = program
        self._package = package
        self.name = known.name
        self.kind, self.lookahead_ms = known.kind, known.lookahead_ms

    @property
    def version(self) -> str:
        """The package's version, and a hash of what we do with it."""
        module, _, variant = self._known.hearer.partition(":")
        paths = [HEARERS / module, PINS / f"{self._known.package}.txt"]
        if self._package is not None:
            names = ("hear.mjs", "web_audio.mjs", f"{module}.mjs")
            paths = [*(HEARERS / name for name in names), Path(variant)]
        told = hashlib.sha256(f"{self._known.rate_hz} {Path(variant).name}".encode())
        for path in paths:
            told.update(path.read_bytes() if path.is_file() else b"")
        return f"{PACKAGES[self._known.package].version}-{told.hexdigest()[:8]}"

    def listen(self, sound: Float32[np.ndarray, " samples"]) -> RivalCurves:
        """What it says about a sound, (N,) at 16 kHz.

        Raises:
            RivalError: it fails, takes too long, or answers nonsense.
        """
        return self.listen_all([sound])[0]

    def listen_all(self, sounds: Sequence[Float32[np.ndarray, " _"]]) -> list[RivalCurves]:
        """The same for many sounds, one after the other, in one process."""
        with tempfile.TemporaryDirectory(prefix="lipmotion-") as name:
            folder = Path(name)
            paths: list[Path] = []
            for k, sound in enumerate(sounds):
                paths += [folder / f"{k}.f32", folder / f"{k}.json"]
                change_rate(sound, SAMPLE_RATE_HZ, self._known.rate_hz).astype("<f4").tofile(
                    paths[-2]
                )
            seconds = sum(len(sound) for sound in sounds) / SAMPLE_RATE_HZ
            run_child(
                [*self._command(), *paths],
                name=self.name,
                timeout_s=_START_S + self._known.timeout_per_s * seconds,
                environment={"PYTHONDONTWRITEBYTECODE": "1", "NODE_OPTIONS": ""},
            )
            return [
                self._read(path, len(sound) / SAMPLE_RATE_HZ)
                for path, sound in zip(paths[1::2], sounds, strict=True)
            ]

    def _command(self) -> list[str | Path]:
        if self._package is None:
            return [self._program, HEARERS / self._known.hearer, str(self._known.rate_hz)]
        return [
            self._program,
            HEARERS / "hear.mjs",
            self._known.hearer,
            self._package,
            str(self._known.rate_hz),
        ]

    def _read(self, path: Path, duration_s: float) -> RivalCurves:
        try:
            answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if self._known.cues:
                names = self._known.cues
                cues = [(float(start), float(end), name) for start, end, name in answer["cues"]]
                times_s, weights = fill_cues(cues, names, duration_s)
            else:
                names = tuple(answer["names"])
                times_s = np.array(answer["times_s"], float)
                weights = np.array(answer["weights"], np.float32).reshape(-1, len(names))
                kept = times_s <= duration_s + 1e-9
                times_s, weights = times_s[kept], weights[kept]
            return RivalCurves(names, times_s, weights, self.kind, self.lookahead_ms)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RivalError(f"{self.name}: its answer cannot be read: {error}") from error
