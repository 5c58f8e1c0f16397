"""A face before its camera, and what comes of commands: takes, kept on disk.

In: commands. Out: a `Take`: what was sent, what was seen in each film style, what was true.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float32

from ..commands import CommandTrack
from ..errors import RecordingError
from ..face.base import Face
from ..media.write import write_aside
from ..vision.owner import Owner
from .verdict import (
    NATIVE,
    Encodes,
    Eye,
    FilmStyle,
    Landmarker,
    Seen,
    Truth,
    execute,
    film_owners,
    measure_mouth_px,
)

_TRUE: Final = ("gap_mm", "width_mm", "aperture_mm", "forward_mm")  # of Truth, as a file has them


@dataclass(frozen=True)
class Take:
    """One performance of one clip.

    Attributes:
        sent: (T, M) commands as they were sent.
        seen: film style → what was seen.
        truth: of a simulated face, or None.
    """

    sent: Float32[np.ndarray, "hops motors"]
    seen: Mapping[str, Seen]
    truth: Truth | None

    def __len__(self) -> int:
        return len(self.sent)

    def fit(self, n_hops: int) -> "Take":
        """This take for a clip of another length: cut, or begun again."""
        rows = np.arange(n_hops) % len(self)
        seen = {name: s.pick(rows) for name, s in self.seen.items()}
        truth = self.truth and self.truth.pick(rows)
        return Take(self.sent[rows], seen, truth)

    def save(self, path: Path) -> None:
        """Writes the take, aside and renamed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {"sent": self.sent}
        for name, seen in self.seen.items():
            arrays[f"seen.{name}"] = seen.values
            arrays[f"quality.{name}"] = seen.quality
            if seen.latents is not None:
                arrays[f"latents.{name}"] = seen.latents
        if self.truth is not None:
            for name in _TRUE:
                arrays[name] = getattr(self.truth, name).astype(np.float32)
        with write_aside(path) as aside, aside.open("wb") as file:
            np.savez_compressed(file, **arrays)


def load_take(path: Path) -> Take:
    """Reads a take.

    Raises:
        RecordingError: missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            names = [key.removeprefix("seen.") for key in arrays if key.startswith("seen.")]
            seen = {
                n: Seen(
                    arrays[f"seen.{n}"],
                    arrays[f"quality.{n}"],
                    arrays.get(f"latents.{n}"),
                )
                for n in names
            }
            truth = None
            if "gap_mm" in arrays:
                unknown = np.full(len(arrays["gap_mm"]), np.nan)  # of takes that kept less
                truth = Truth(*(arrays.get(name, unknown).astype(float) for name in _TRUE))
            return Take(arrays["sent"], seen, truth)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise RecordingError(f"{path}: damaged: {error}; delete it and run again") from error


class Stage:
    """A face before its camera, and the eyes that look at it.

    Args:
        open_face: opens the face afresh, at rest.
        styles: ways of filming; `mouth_px` of the face is measured here.
        landmarker: finds the points.
        seed: draws the babbling that gives a first idea of the robot's range.
        encoder: gives latents of the camera's own images; None = none are wanted.
    """

    def __init__(
        self,
        open_face: Callable[[], Face],
        styles: Sequence[FilmStyle],
        landmarker: Landmarker,
        *,
        seed: int,
        encoder: Encodes | None = None,
    ) -> None:
        self._open_face = open_face
        with open_face() as face:
            self.mouth_px = measure_mouth_px(face, landmarker)
        self._eyes = [
            Eye(style, landmarker, self.mouth_px, encoder if style == NATIVE else None)
            for style in styles
        ]
        self._seed = seed

    def film_owners(self) -> dict[str, Owner]:
        """The robot as an owner, by film style; see `verdict.film_owners`."""
        with self._open_face() as face:
            return film_owners(face, self._eyes, rng=np.random.default_rng(self._seed))

    def take(self, commands: CommandTrack, views: Sequence[str] | None = None) -> Take:
        """Performs and films commands, in the styles of these names; None = in all."""
        eyes = [eye for eye in self._eyes if views is None or eye.style.name in views]
        with self._open_face() as face:
            done = execute(face, commands, eyes)
        return Take(done.sent.values, done.seen, done.truth)
