"""numba caches a kernel by the text of its own file; kernels that take in others carry a digest."""

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("numba")

from lipmotion.face import sim
from lipmotion.face.sim import body, contact

FOLDER = Path(sim.__file__).parent


def digest(*names: str) -> str:
    told = b"".join((FOLDER / name).read_bytes().replace(b"\r\n", b"\n") for name in names)
    return hashlib.sha256(told).hexdigest()[:12]


def test_contact_is_compiled_anew_when_its_numbers_change():
    assert digest("mesh.py", "surface.py", "teeth.py") == contact.COMPILED_WITH


def test_the_body_is_compiled_anew_when_a_kernel_changes():
    assert digest("contact.py", "material.py", "solver.py") == body.COMPILED_WITH
