"""Where a performance goes: refused before any work begins where it could not end well."""

from pathlib import Path

from ..errors import MediaError
from .record import TABLE_SUFFIXES

FILM_SUFFIXES = (".mp4",)


def check_outputs(sound: Path, film: Path | None, motors: Path | None, *, force: bool) -> None:
    """Checks the names of both outputs.

    Args:
        sound: the file that is performed; never overwritten.
        film, motors: what is to be written.
        force: existing files may be overwritten.

    Raises:
        MediaError: wrong suffix, no such folder, a folder itself, there already, or the sound.
    """
    for path, suffixes in ((film, FILM_SUFFIXES), (motors, TABLE_SUFFIXES)):
        if path is None:
            continue
        if path.is_dir():
            raise MediaError(f"{path}: is a folder; name a file in it")
        if path.suffix.lower() not in suffixes:
            raise MediaError(f"{path}: its name must end in {' or '.join(suffixes)}")
        if not path.parent.is_dir():
            raise MediaError(f"{path}: there is no folder {path.parent}; make it first")
        if not path.exists():
            continue
        if sound.exists() and path.samefile(sound):
            raise MediaError(f"{path}: would overwrite the sound itself; name another file")
        if not path.is_file():
            raise MediaError(f"{path}: is not a plain file; name another one")
        if not force:
            raise MediaError(f"{path}: is there already; --force overwrites it")
