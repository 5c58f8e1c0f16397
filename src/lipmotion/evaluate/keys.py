"""What a thing on disk depends on, as a name: change any of it and it is made anew.

In: code, weights, arrays, settings. Out: short hashes. Commands depend on the method's whole way to
them; a take on the commands themselves, the face and how it is filmed.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ..bundle import MANIFEST_NAME
from ..face.base import FaceSpec

PACKAGE: Final = Path(__file__).parents[1]
HEARING_ROOMS: Final = ("voice", "selfmodel", "perform", "face/limits.py", "face/description.py")
HEARING_FILES: Final = (
    "methods", "performing", "baselines", "formants", "bank", "optimise",
)  # fmt: skip
FILMING_ROOMS: Final = ("face", "vision", "selfmodel/encode.py", "media/degrade.py")
FILMING_FILES: Final = ("verdict", "stage")


def make_key(*parts: object) -> str:
    """A name for all these parts: arrays by their bytes, anything else by its repr."""
    sum_ = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            sum_.update(f"{part.shape} {part.dtype}".encode())
            sum_.update(np.ascontiguousarray(part).tobytes())
        else:
            sum_.update(repr(part).encode())
        sum_.update(b"\0")
    return sum_.hexdigest()[:20]


@cache
def hash_code(*places: str) -> str:
    """Hash of the source text of rooms (folders) and files of this package."""
    sum_ = hashlib.sha256()
    for place in places:
        path = PACKAGE / place
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            sum_.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0")
            sum_.update(file.read_bytes())
    return sum_.hexdigest()


def hash_hearing() -> str:
    """Hash of all code on the way from a sound to commands."""
    return hash_code(*HEARING_ROOMS, *(f"evaluate/{name}.py" for name in HEARING_FILES))


def hash_filming() -> str:
    """Hash of all code on the way from commands to lips that were seen."""
    return hash_code(*FILMING_ROOMS, *(f"evaluate/{name}.py" for name in FILMING_FILES))


@cache
def hash_bundles(face_folder: Path) -> dict[str, str]:
    """Name → hash of the manifest (which holds the hashes of all files) of each bundle in use."""
    folders = {
        "selfmodel": face_folder / "bundle",
        **{name: PACKAGE / "bundles" / name for name in ("speech", "face_landmarks")},
        "voice_activity": PACKAGE / "bundles" / "voice_activity",
    }
    return {
        name: hashlib.sha256((folder / MANIFEST_NAME).read_bytes()).hexdigest()
        for name, folder in folders.items()
        if (folder / MANIFEST_NAME).exists()
    }


def hash_file_text(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_face(spec: FaceSpec) -> tuple[str, str, dict[str, str]]:
    """Name, hash and bundles of a face, for a key."""
    return spec.name, spec.hash, hash_bundles(spec.folder)
