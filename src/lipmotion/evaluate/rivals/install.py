"""Installs rivals into a folder of the user's: pinned versions, each for itself, nothing shared.

In: a folder. Out: `FOLDER/PACKAGE-VERSION/` with an npm package and its lock, or a virtual
environment, each finished with `installed.json`; a folder without it is begun anew. Nothing of a
package is run while it is installed.
"""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ...errors import RivalError
from .child import run_child
from .hear import InstalledRival
from .known import KNOWN, PACKAGES, PINS, Package

DONE_NAME: Final = "installed.json"
_TIMEOUT_S: Final = 1800.0

Tell = Callable[[str], None]


def install_rivals(
    folder: Path, names: Sequence[str] | None = None, *, progress: Tell | None = None
) -> dict[str, InstalledRival]:
    """Installs what is not there yet.

    Args:
        folder: created where missing.
        names: rivals of `KNOWN`; None = all.
        progress: is told what is being done.

    Returns:
        Name → the rivals asked for.

    Raises:
        RivalError: there is no such rival; node or npm is not installed; npm or pip fails, with the
            end of what it said.
    """
    wanted = list(KNOWN if names is None else names)
    for name in wanted:
        if name not in KNOWN:
            raise RivalError(f"no rival is called {name!r}; there are: {', '.join(KNOWN)}")
    for package in dict.fromkeys(KNOWN[name].package for name in wanted):
        _install(PACKAGES[package], folder, progress or (lambda _: None))
    found = find_installed(folder)
    return {name: found[name] for name in wanted}


def find_installed(folder: Path) -> dict[str, InstalledRival]:
    """Name → rival, of those that are wholly installed in this version."""
    found = {}
    for known in KNOWN.values():
        package = PACKAGES[known.package]
        home = folder / package.folder_name
        program = shutil.which("node") if package.home == "node" else _python_of(home)
        if program is not None and _is_done(package, home):
            module = home / "node_modules" / package.name if package.home == "node" else None
            found[known.name] = InstalledRival(known, Path(program), module)
    return found


def _install(package: Package, folder: Path, progress: Tell) -> None:
    home = folder / package.folder_name
    if _is_done(package, home):
        return
    programs = (("node", "nodejs"), ("npm", "npm")) if package.home == "node" else ()
    for program, system_package in programs:
        if shutil.which(program) is None:
            raise RivalError(
                f"{package.name} needs {program}, which is not installed; it comes with the system "
                f"package {system_package} (Debian, Ubuntu: apt install {system_package})"
            )
    progress(f"installing {package.name} {package.version}")
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    if package.home == "node":
        _install_node(package, home)
    else:
        _install_python(package, home)
    (home / DONE_NAME).write_text(json.dumps(_describe(package)), encoding="utf-8")


def _install_node(package: Package, home: Path) -> None:
    for name, content in write_lock(package).items():
        (home / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    run_child(
        [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        name=f"npm ci of {package.name} {package.version}",
        timeout_s=_TIMEOUT_S,
        folder=home,
    )


def write_lock(package: Package) -> dict[str, dict[str, object]]:
    """package.json and package-lock.json of one package without dependencies of its own.

    The lock names no registry: npm asks the one that it is set up for, and refuses what has another
    hash.
    """
    about: dict[str, object] = {
        "name": "lipmotion-rival",
        "version": "0.0.0",
        "private": True,
        "dependencies": {package.name: package.version},
    }
    pinned = {"version": package.version, "integrity": package.integrity}
    lock: dict[str, object] = {
        "name": "lipmotion-rival",
        "version": "0.0.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": about, f"node_modules/{package.name}": pinned},
    }
    return {"package.json": about, "package-lock.json": lock}


def _install_python(package: Package, home: Path) -> None:
    run_child(
        [sys.executable, "-m", "venv", home],
        name="python -m venv (Debian, Ubuntu: apt install python3-venv)",
        timeout_s=_TIMEOUT_S,
    )
    run_child(
        [
            _python_of(home) or "python",
            *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *("--only-binary", ":all:", "--constraint", PINS / f"{package.name}.txt"),
            f"{package.name}=={package.version}",
        ],
        name=f"pip install {package.name} {package.version}",
        timeout_s=_TIMEOUT_S,
    )


def _python_of(home: Path) -> Path | None:
    """The Python of a virtual environment, or None."""
    for path in (home / "bin" / "python", home / "Scripts" / "python.exe"):
        if path.exists():
            return path
    return None


def _describe(package: Package) -> dict[str, str]:
    return {"name": package.name, "version": package.version, "integrity": package.integrity}


def _is_done(package: Package, home: Path) -> bool:
    try:
        return bool(json.loads((home / DONE_NAME).read_text("utf-8")) == _describe(package))
    except (OSError, ValueError):
        return False
