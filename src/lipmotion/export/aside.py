"""A folder that is whole or not there: written beside its place, renamed at the end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MediaError


@contextmanager
def write_folder_aside(folder: Path) -> Iterator[Path]:
    """Gives a folder beside `folder` to write into; renames it to `folder` at the end.

    Where the block is left by an error or Ctrl-C, it is removed. After a kill it stays behind as
    `.NAME.part`, and the next try sweeps it away.

    Raises:
        MediaError: `folder` holds something, or cannot be written.
    """
    folder = folder.resolve()
    _check_empty(folder)
    aside = folder.with_name(f".{folder.name}.part")
    try:
        if aside.exists():
            shutil.rmtree(aside)
        aside.mkdir(parents=True)
        yield aside
        _check_empty(folder)
        if folder.exists():
            folder.rmdir()  # Windows renames to no folder that is there
        aside.replace(folder)
    except OSError as error:
        where = error.filename or folder
        raise MediaError(f"{where}: writing stopped: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MediaError(f"{folder}: holds something else; choose a new or an empty folder")
