"""The command line as a whole: exit statuses, one line for each error, nothing heavy for help."""

import subprocess
import sys

import pytest

from lipmotion import cli
from lipmotion.errors import FaceError


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lipmotion", *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def verb_that(monkeypatch: pytest.MonkeyPatch):
    """Puts a verb in `perform`'s place that raises what it is given."""

    def put(error: BaseException) -> None:
        def fail() -> None:
            raise error

        monkeypatch.setattr(cli, "make_app", lambda: lambda tokens, **_: fail())

    return put


def test_help_and_version() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "perform" in shown.stdout and "learn" in shown.stdout
    assert run("--version").stdout.strip() == "0.1.0"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from lipmotion.cli import run\n"
        "run(['--help'])\n"
        "heavy = {'torch', 'numpy', 'av', 'numba', 'onnxruntime', 'pyarrow', 'lipmotion.face'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["perfrom"], "did you mean 'perform'"),
        (["learn", "nothing"], "there is no verb 'nothing'"),
        (["export", "lerobots"], "there is no verb 'lerobots' (did you mean 'export lerobot'?)"),
    ],
)
def test_wrong_verbs(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (FaceError("face emo: is asleep;\nwake it"), 1, "face emo: is asleep; wake it"),
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(28, "No space left on device", "x.mp4"), 1, "x.mp4: No space left on device"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 1, "-e '.[learn]'"),
        (ZeroDivisionError("division"), 1, "a fault in lipmotion: ZeroDivisionError: division"),
    ],
)
def test_errors_are_one_line(
    verb_that, error: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verb_that(error)
    assert cli.run(["perform"]) == status
    printed = capsys.readouterr()
    assert told in printed.err and printed.err.count("\n") == 1
    assert not printed.out


def test_debug_shows_where(verb_that) -> None:
    verb_that(FaceError("asleep"))
    with pytest.raises(FaceError, match="asleep"):
        cli.run(["perform"], is_debug=True)


def test_every_verb_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    groups = [f"{group} {verb}" for group, (_, verbs) in cli.GROUPS.items() for verb in verbs]
    assert "export lerobot" in groups
    for verb in (*cli.VERBS, *groups):
        assert cli.run([*verb.split(), "--help"]) == 0
        shown = capsys.readouterr().out
        assert f"lipmotion {verb}" in shown
        assert "--empty" not in shown and "[default: ]" not in shown
        assert shown.count("--no-") == 2 * (verb == "watch")  # --no-mirrored, --no-sync
