"""The bundle with which a face knows itself; it lies in the face's own folder."""

from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from ..bundle import MANIFEST_NAME, Bundle, open_bundle
from ..errors import BundleError

FOLDER: Final = "bundle"
KIND: Final = "selfmodel"


@runtime_checkable
class Described(Protocol):
    """What is needed of a face's description."""

    @property
    def folder(self) -> Path: ...
    @property
    def motor_names(self) -> tuple[str, ...]: ...
    @property
    def hash(self) -> str: ...


def open_self(face: Described, folder: Path | None = None) -> Bundle:
    """Opens a face's self-model.

    Args:
        face: its description.
        folder: the bundle's folder; None = `bundle` in the face's own folder.

    Raises:
        BundleError: none there, damaged, or learned on another description of the face; babble and
            `lipmotion learn self` make a new one.
    """
    where = face.folder / FOLDER if folder is None else folder
    if folder is None and not (where / MANIFEST_NAME).is_file():
        raise BundleError(
            f"{where}: no bundle here, this face has not learned itself yet; `lipmotion babble` "
            "and `lipmotion learn self` make one"
        )
    return open_bundle(where, KIND, motors=face.motor_names, face_hash=face.hash)
