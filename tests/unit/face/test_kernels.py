"""Compiled kernels are kept where any change of the simulated face compiles them anew."""

from pathlib import Path

import pytest

pytest.importorskip("numba")

from lipmotion.face import sim


def test_any_change_of_the_room_changes_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "mesh.py").write_text("N = 1\n")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sim, "__file__", str(tmp_path / "__init__.py"))
    before = sim.find_cache()
    assert before is not None
    assert before.parent == tmp_path / "cache" / "lipmotion"
    assert sim.find_cache() == before
    (tmp_path / "mesh.py").write_text("N = 2\n")
    assert sim.find_cache() != before


def test_the_user_may_choose_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "elsewhere")
    assert sim.find_cache() is None
