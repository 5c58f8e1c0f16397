"""What viewers chose: read, checked, and those left out who did not look.

In: the key of a study and files of answers. Out: choices per viewer, and who is left out and why.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float

from ...errors import RecordingError
from .build import KEY_NAME, Key, read_key

ANSWERS_FORMAT: Final = "lipmotion-study-answers"
ANSWERS_VERSION: Final = 1
LEAST_CAUGHT: Final = 0.8  # of six: five; guessing passes in 7 of 64
_CHOICES: Final = {"left": (1.0, 0.0), "right": (0.0, 1.0), "neither": (0.5, 0.5)}


@dataclass(frozen=True)
class Viewing:
    """One viewer's answers: [i, j] how often method i was chosen over j, and catch trials."""

    where: str
    viewer: int
    wins: Float[np.ndarray, "methods methods"]
    n_caught: int
    n_catches: int
    share_left: float

    @property
    def fault(self) -> str | None:
        """Why it does not count, or None."""
        if not self.n_catches:
            return "answered no catch trial"
        if self.n_caught < LEAST_CAUGHT * self.n_catches:
            return f"got {self.n_caught} of {self.n_catches} catch trials"
        return None


def read_answers(folder: Path, paths: Sequence[Path]) -> tuple[Key, list[Viewing]]:
    """The key of a study and all viewings of it.

    Raises:
        RecordingError: no key, a damaged file, answers of another study, or one viewing twice.
    """
    key, viewings = read_key(folder / KEY_NAME), []
    seen: dict[object, Path] = {}
    for path in paths:
        raw = _read(path)
        if raw.get("study") != key.study:
            raise RecordingError(f"{path}: answers of another study than {folder / KEY_NAME}")
        name = raw.get("viewing")
        if name in seen:
            raise RecordingError(f"{path}: the same viewing as {seen[name]}; give one of them")
        seen[name] = path
        viewings.append(_count(path, raw, key))
    return key, viewings


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordingError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: not readable: {error}") from error
    if not isinstance(raw, dict) or raw.get("format") != ANSWERS_FORMAT:
        raise RecordingError(f"{path}: no answers of a study (format is not {ANSWERS_FORMAT!r})")
    if raw.get("format_version") != ANSWERS_VERSION:
        told = f"format {raw.get('format_version')}, this program reads {ANSWERS_VERSION}"
        raise RecordingError(f"{path}: {told}")
    if not isinstance(raw.get("answers"), list) or not isinstance(raw.get("viewer"), int):
        raise RecordingError(f"{path}: answers or viewer is missing")
    return raw


def _count(path: Path, raw: dict[str, Any], key: Key) -> Viewing:
    wins = np.zeros((len(key.methods), len(key.methods)))
    n_caught = n_catches = 0
    lefts = []
    for k, answer in enumerate(raw["answers"]):
        try:
            reference, left, right = (
                key.films[answer[side]] for side in ("reference", "left", "right")
            )
            points = _CHOICES[answer["chosen"]]
        except (KeyError, TypeError) as error:
            told = f"answers[{k}]: {error} is not known to this study"
            raise RecordingError(f"{path}: {told}") from error
        lefts.append(points[0])
        if left[0] is None and right[0] is None:
            n_catches += 1
            n_caught += points[0 if left == reference else 1] == 1.0
        elif left[0] is None or right[0] is None:
            raise RecordingError(f"{path}: answers[{k}]: no pair of this study")
        else:
            i, j = (key.methods.index(side[0]) for side in (left, right) if side[0] is not None)
            wins[i, j] += points[0]
            wins[j, i] += points[1]
    share = float(np.mean(lefts)) if lefts else float("nan")
    return Viewing(path.name, raw["viewer"], wins, n_caught, n_catches, share)
