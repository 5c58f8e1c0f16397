"""Progress: a bar where there is a terminal, a line or nothing where there is none."""

import io
import sys

import pytest

from lipmotion.cli.progress import show_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_a_stage_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as begin:
        preparing, working = begin("preparing", "only this once"), begin("work")
        assert capsys.readouterr().err == ""
        preparing(0, 3)
        preparing(1, 3)
        working(0, None)
    assert capsys.readouterr().err == "lipmotion: only this once\n"


def test_what_is_never_called_is_never_told(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as begin:
        begin("preparing", "only this once")
        begin("work")(5, 5)
    assert capsys.readouterr().err == ""


def test_the_bar_shows_the_stage_called_last(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress() as begin:
        begin("preparing", "only this once")(2, 22)
        assert "only this once" not in terminal.getvalue()
        begin("work")(250, 1000)
    shown = terminal.getvalue()
    assert "work" in shown and "250/1000" in shown
