"""Finds files that were cut short although every decoder takes them without a word: WAV and Ogg.

In: a path. Out: what is missing, in words, or None.
"""

from pathlib import Path
from typing import Final

UNKNOWN_LENGTH: Final = 0x7FFF_0000  # programs that write into a pipe leave a huge length, or 0
TAIL_BYTES: Final = 1 << 17  # an Ogg page holds at most 65,307 bytes
MISSING_ALLOWED_S: Final = 0.05


def find_cut(path: Path) -> str | None:
    """What is missing at the end of a WAV or Ogg file; None where nothing is, or nobody can tell.

    Source: RIFF WAVE (Microsoft and IBM, 1991); the Ogg page header, RFC 3533 section 6.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            return _find_cut_wav(file, n_bytes)
        if head[:4] == b"OggS":
            file.seek(max(n_bytes - TAIL_BYTES, 0))
            return _find_cut_ogg(file.read())
    return None


def _find_cut_wav(file, n_bytes: int) -> str | None:  # type: ignore[no-untyped-def]
    bytes_per_s = 0
    while len(chunk := file.read(8)) == 8:
        name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
        start = file.tell()
        if name == b"fmt ":
            bytes_per_s = int.from_bytes(file.read(12)[8:12], "little")
        if name == b"data":
            missing = start + size - n_bytes
            if size >= UNKNOWN_LENGTH or missing <= MISSING_ALLOWED_S * bytes_per_s:
                return None
            return f"its header says {size} bytes of sound, it holds {n_bytes - start}"
        file.seek(start + size + size % 2)
    return None


def _find_cut_ogg(tail: bytes) -> str | None:
    page = tail.rfind(b"OggS")
    header = tail[page : page + 27]
    n_segments = header[26] if len(header) == 27 else 0
    table = tail[page + 27 : page + 27 + n_segments]
    missing = page + 27 + n_segments + sum(table) - len(tail)
    if len(header) < 27 or len(table) < n_segments or missing > 0:
        return "its last page is not whole"
    return None
