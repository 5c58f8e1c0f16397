"""Word times of GRID: `.align` files, `start end word` a line, 25000 to the second.

In: folders with NAME.align anywhere below. Out: words of a clip in seconds on the film's sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import RecordingError

UNITS_PER_S: Final = 25_000
_SILENT: Final = ("sil", "sp")


@dataclass(frozen=True)
class Word:
    """A word: [start_s, end_s) and its letters."""

    start_s: float
    end_s: float
    name: str

    def move(self, seconds: float) -> "Word":
        """The same word, so much later."""
        return Word(self.start_s + seconds, self.end_s + seconds, self.name)


def read_align(path: Path) -> tuple[Word, ...]:
    """Words of one file, silence left out.

    Raises:
        RecordingError: missing, or a line is not `start end word`.
    """
    words = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        try:
            start, end, name = float(parts[0]), float(parts[1]), parts[2].lower()
        except (ValueError, IndexError):
            raise RecordingError(
                f"{path} line {number}: {line!r} is not `start end word`"
            ) from None
        if not 0 <= start <= end < float("inf"):
            raise RecordingError(f"{path} line {number}: a word ends before it starts")
        if name not in _SILENT:
            words.append(Word(start / UNITS_PER_S, end / UNITS_PER_S, name))
    return tuple(words)


class AlignFolders:
    """Finds NAME.align below some folders; where several have that name, the one in PERSON/."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._paths: dict[str, list[Path]] = {}
        for folder in folders:
            if not folder.is_dir():
                raise RecordingError(f"{folder}: no such folder of .align files")
            for path in sorted(folder.rglob("*.align")):
                self._paths.setdefault(path.stem, []).append(path)

    def find(self, person: str, name: str) -> tuple[Word, ...] | None:
        """Words of a clip, or None where they are not known."""
        paths = self._paths.get(name, [])
        own = [path for path in paths if path.parent.name == person] or paths
        return read_align(own[0]) if len(own) == 1 else None
