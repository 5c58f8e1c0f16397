"""The command line: `lipmotion VERB …`, one file per verb, imported when its verb is used.

Results go to stdout, all else to stderr. Exit status: 0 done, 1 failed, 2 wrong use, 3 worse
(`evaluate --compare`), 130 interrupted. An error is one line that says what, where and how to mend;
`--debug` shows where it arose.
"""

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cyclopts import App

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
WORSE: Final = 3  # `evaluate --compare` alone
INTERRUPTED: Final = 130

# verb → where it lives, and its line in the overview (so that no verb is imported for it)
VERBS: Final = {
    "perform": ("lipmotion.cli.perform:perform", "Sound → the face: a film, motor commands."),
    "babble": ("lipmotion.cli.babble:babble", "The face moves before its mirror and is filmed."),
    "practise": (
        "lipmotion.cli.practise:practise",
        "The face performs people's lips before its mirror and learns from it.",
    ),
    "mirror": ("lipmotion.cli.mirror:mirror", "Is what the face sees of itself good enough?"),
    "watch": ("lipmotion.cli.watch:watch", "Films of people → their lips over time."),
    "evaluate": ("lipmotion.cli.evaluate:evaluate", "How good the lips are, against people."),
}
LEARN_VERBS: Final = {
    "self": (
        "lipmotion.cli.learn_self:learn_self",
        "From a babble recording: the face's own models.",
    ),
    "speech": (
        "lipmotion.cli.learn_speech:learn_speech",
        "From watched people: which lips go with sounds.",
    ),
}
EXPORT_VERBS: Final = {
    "lerobot": (
        "lipmotion.cli.export_lerobot:export_lerobot",
        "A mirror recording → a LeRobotDataset.",
    ),
}
# verb of verbs → its line, and its verbs
GROUPS: Final = {
    "learn": ("Training: the face's own models, and speech.", LEARN_VERBS),
    "export": ("To the formats of other tools.", EXPORT_VERBS),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one verb and ends the process with its exit status."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in tokens
    tokens = [token for token in tokens if token != "--debug"]
    logging.basicConfig(format="%(name)s: %(message)s")
    if is_debug:
        logging.getLogger("lipmotion").setLevel(logging.DEBUG)
    raise SystemExit(run(tokens, is_debug=is_debug))


def run(tokens: Sequence[str], *, is_debug: bool = False) -> int:
    """Runs one verb and gives its exit status; errors become one line on stderr."""
    from cyclopts import CycloptsError, UnknownCommandError

    from ..errors import LipmotionError

    try:
        app = make_app()
        status = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except KeyboardInterrupt:
        return _end("stopped; nothing half-written was left behind", INTERRUPTED)
    except UnknownCommandError as error:
        return _end(_suggest_verb(error.unused_tokens or ["?"]), WRONG_USE)
    except CycloptsError as error:
        return _end(f"{_one_line(error)} (lipmotion --help shows how)", WRONG_USE)
    except Exception as error:
        if is_debug:
            raise
        if isinstance(error, LipmotionError):
            return _end(_one_line(error), FAILED)
        return _end(_describe(error), FAILED)
    return status if isinstance(status, int) else DONE


def make_app() -> "App":
    """The parser with all verbs; none of them is imported yet."""
    from cyclopts import App, Parameter

    from .. import __version__

    app = App(
        name="lipmotion",
        version=__version__,
        help="A robot face that learns to sync its lips to speech and song.",
        suppress_keyboard_interrupt=False,  # `run` says that it stopped
        default_parameter=Parameter(negative_iterable=(), show_default=_show_default),
        help_epilogue="--debug after any verb shows where an error arose.",
    )
    for verb, (place, line) in VERBS.items():
        app.command(place, name=verb, help=line)
    for group, (line, verbs) in GROUPS.items():
        inner = App(name=group, help=line)
        for verb, (place, inner_line) in verbs.items():
            inner.command(place, name=verb, help=inner_line)
        app.command(inner)
    return app


def _show_default(value: object) -> object:
    """In --help: no default where it says that nothing is asked for."""
    return None if value is False or value in ((), "") else value


def _suggest_verb(tokens: Sequence[str]) -> str:
    import difflib

    verbs = list(VERBS)
    for group, (_, inner) in GROUPS.items():
        verbs += [group, *(f"{group} {verb}" for verb in inner)]
    close = difflib.get_close_matches(tokens[0], verbs, 1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"there is no verb {tokens[0]!r}{hint}. Verbs: {', '.join(verbs)}"


def _describe(error: Exception) -> str:
    """One line for errors that are not ours: missing packages, the system's, and our own faults."""
    if isinstance(error, ModuleNotFoundError) and error.name in ("torch", "onnx", "matplotlib"):
        from ..errors import MissingExtraError

        return str(MissingExtraError(error.name, "learn"))
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        if isinstance(error, FileExistsError):
            return f"{where}is a file; name a folder"
        return f"{where}{error.strerror}"
    return f"a fault in lipmotion: {type(error).__name__}: {_one_line(error)} (--debug shows where)"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _end(message: str, status: int) -> int:
    print(f"lipmotion: {message}", file=sys.stderr)
    return status
