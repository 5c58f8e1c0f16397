"""numba caches a kernel by the text of its own file; kernels that take in others carry a digest."""

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("numba")

from lipmotion.face import sim
from lipmotion.face.sim import body, contact, press

FOLDER = Path(sim.__file__).parent
NUMBERS = ("mesh.py", "surface.py", "teeth.py")


def digest(*names: str) -> str:
    told = b"".join((FOLDER / name).read_bytes().replace(b"\r\n", b"\n") for name in names)
    return hashlib.sha256(told).hexdigest()[:12]


def test_contact_is_compiled_anew_when_what_it_takes_in_changes():
    assert digest(*NUMBERS) == contact.COMPILED_WITH


def test_press_is_compiled_anew_when_what_it_takes_in_changes():
    assert digest("pairs.py") == press.COMPILED_WITH


def test_the_body_is_compiled_anew_when_a_kernel_changes():
    kernels = ("contact.py", "material.py", "pairs.py", "press.py", "solver.py")
    assert digest(*kernels) == body.COMPILED_WITH
