"""What must stay true of the whole: who imports whom, how long the path is, what is public."""

import subprocess
import sys
from pathlib import Path

import pytest

import lipmotion

SOURCE = Path(lipmotion.__file__).parent
ROOT = Path(__file__).parents[2]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})

# A new reader follows a sound to a motor in this order (docs/path.md).
READING_PATH = (
    "cli/perform.py",
    "perform/performer.py",
    "voice/sources.py",
    "voice/features.py",
    "voice/speech.py",
    "selfmodel/imagine.py",
    "selfmodel/act.py",
    "face/limits.py",
)


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_path_from_sound_to_motor_is_read_in_one_sitting() -> None:
    texts = [(SOURCE / name).read_text(encoding="utf-8") for name in READING_PATH]
    assert sum(text.count("\n") for text in texts) <= 1500
    assert not any("torch" in text for text in texts)


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("torch", "numba", "onnxruntime", "av", "soundfile", "soxr", "pyarrow", "rich")
    loaded = _run(f"import sys, lipmotion; print([m for m in {heavy!r} if m in sys.modules])")
    assert loaded.strip() == "[]"


def test_performing_loads_no_torch_and_no_tracker(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np, lipmotion\n"
        "sound = np.random.default_rng(0).normal(0, 0.05, 16000).astype('float32')\n"
        "performance = lipmotion.perform(sound, sample_rate_hz=16000)\n"
        "assert performance.motors.num_rows == 50, performance.motors.num_rows\n"
        "names = ('torch', 'onnx', 'matplotlib', 'lipmotion.vision', 'lipmotion.learn')\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert _run(code).strip() == "[]"


def test_public_names_are_the_ones_that_exist() -> None:
    assert sorted(lipmotion.__all__) == sorted(set(lipmotion.__all__))
    for name in lipmotion.__all__:
        assert getattr(lipmotion, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        lipmotion.no_such_name  # noqa: B018


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.name))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""'), "a module docstring comes first"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_no_merge_left_its_marks(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert not [k + 1 for k, line in enumerate(lines) if line.startswith(("<" * 7, ">" * 7))]
