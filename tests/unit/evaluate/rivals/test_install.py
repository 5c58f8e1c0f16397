"""Installing rivals: pinned locks without hosts, once only; what is told where a tool lacks."""

import json
import os
import sys
from pathlib import Path

import pytest

from lipmotion.errors import RivalError
from lipmotion.evaluate.rivals.install import (
    DONE_NAME,
    find_installed,
    install_rivals,
    write_lock,
)
from lipmotion.evaluate.rivals.known import KNOWN, PACKAGES, PINS


@pytest.fixture
def fake_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a node that does nothing and an npm that counts its runs, or fails."""
    if sys.platform == "win32":
        pytest.skip("the fake programs are shell scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    log = tmp_path / "npm.log"
    (tools / "node").write_text("#!/bin/sh\n")
    (tools / "npm").write_text(
        f'#!/bin/sh\n[ -e "{tmp_path}/broken" ] && {{ echo no network >&2; exit 1; }}\n'
        f'echo "$@" >> "{log}"\nmkdir node_modules\n'
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return log


def test_every_rival_has_a_package_and_all_pins_are_exact() -> None:
    assert {known.package for known in KNOWN.values()} == set(PACKAGES)
    for package in PACKAGES.values():
        if package.home == "node":
            assert package.integrity.startswith("sha512-")
        else:
            lines = (PINS / f"{package.name}.txt").read_text(encoding="utf-8").splitlines()
            assert all("==" in line for line in lines if not line.startswith("#"))


def test_locks_name_no_registry() -> None:
    for package in PACKAGES.values():
        text = json.dumps(write_lock(package))
        assert "resolved" not in text and "http" not in text
        assert package.version in text


def test_each_package_is_installed_once(tmp_path: Path, fake_npm: Path) -> None:
    told: list[str] = []
    names = ["headaudio", "headaudio, repaired", "wawa"]
    found = install_rivals(tmp_path / "rivals", names, progress=told.append)
    assert list(found) == names
    assert told == ["installing @met4citizen/headaudio 0.1.0", "installing wawa-lipsync 0.0.2"]
    assert fake_npm.read_text().split("\n")[0] == "ci --ignore-scripts --no-audit --no-fund"
    install_rivals(tmp_path / "rivals", names, progress=told.append)
    assert len(told) == 2
    assert set(find_installed(tmp_path / "rivals")) == set(names)
    assert found["wawa"].version.startswith("0.0.2-")
    assert (found["wawa"].kind, found["wawa"].lookahead_ms) == ("live", 0.0)


def test_a_broken_install_is_told_in_one_line_and_begun_anew(
    tmp_path: Path, fake_npm: Path
) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(RivalError, match=r"npm ci of wawa-lipsync 0\.0\.2.*no network") as caught:
        install_rivals(tmp_path / "rivals", ["wawa"])
    assert "\n" not in str(caught.value)
    assert find_installed(tmp_path / "rivals") == {}
    (tmp_path / "broken").unlink()
    assert set(install_rivals(tmp_path / "rivals", ["wawa"])) == {"wawa"}


def test_another_version_does_not_count(tmp_path: Path, fake_npm: Path) -> None:
    install_rivals(tmp_path, ["wawa"])
    done = tmp_path / PACKAGES["wawa-lipsync"].folder_name / DONE_NAME
    done.write_text(done.read_text().replace("0.0.2", "0.0.1"))
    assert find_installed(tmp_path) == {}


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RivalError, match=r"rhubarb-lip-sync-wasm needs node.*apt install nodejs"):
        install_rivals(tmp_path, ["rhubarb"])
    assert find_installed(tmp_path) == {}


def test_an_unknown_rival_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RivalError, match="no rival is called 'jali'; there are: rhubarb"):
        install_rivals(tmp_path, ["jali"])
