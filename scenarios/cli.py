"""The command line: `fairdesk COMMAND ...`."""

import _thread
import argparse
import contextlib
import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn, TextIO

from scenarios.arguments import Parser
from scenarios.codes import BAD_INPUT, DONE, INTERRUPTED
from scenarios.commands import COMMANDS, module_of
from scenarios.commands.vain import given_in
from scenarios.texts import LANGUAGES, text

_MOMENT_S = 0.05
_SOLVERS = ("highspy", "pulp")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no traceback ever reaches the user.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process when absent.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _language(words)
    with _somewhere_to_write(), _stops_on_a_signal():
        try:
            code = _run(words, lang)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader of our output has gone, as `head` does.
            _drop(sys.stdout)
            code = DONE
        except KeyboardInterrupt:
            code = _say(text(lang, "error.interrupted"), INTERRUPTED)
        except Exception as error:
            code = _say(_message(error, lang), BAD_INPUT)
    return code


def _run(words: list[str], lang: str) -> int:
    try:
        args = _parser(words, lang).parse_args(words)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else BAD_INPUT
    args.lang, args.given = lang, given_in(words)
    code: int = import_module(module_of(args.command)).run(args)
    return code


def _language(words: list[str]) -> str:
    """Return the language before anything is parsed, because the help needs it."""
    for number, word in enumerate(words):
        said = word.partition("=")[2] if word.startswith("--lang=") else "".join(words[number + 1 : number + 2])
        if word.partition("=")[0] == "--lang" and said in LANGUAGES:
            return said
    return LANGUAGES[0]


def _parser(words: list[str], lang: str) -> Parser:
    """Return the parser; only the command that is named has its arguments, so that help is quick."""
    example = f"{text(lang, 'help.example')}: fairdesk compare academy_small --what-if sla_24h --out out/compare"
    parser = Parser(lang=lang, prog="fairdesk", description=text(lang, "help.program"), epilog=example)
    parser.add_argument("--version", action=_Version, nargs=0, help=text(lang, "help.version"))
    _add_language(parser, lang)
    commands = parser.add_subparsers(
        dest="command", metavar=text(lang, "help.choose"), required=True, title=text(lang, "help.commands"),
        parser_class=Parser,
    )  # fmt: skip
    named = next((word for word in words if word in COMMANDS), None)
    for command in COMMANDS:
        if find_spec(module_of(command)) is None:
            continue
        about = text(lang, f"help.{command}")
        inner = commands.add_parser(command, help=about, description=about, lang=lang)
        if command == named:
            module = import_module(module_of(command))
            inner.epilog = f"{text(lang, 'help.example')}: {module.EXAMPLE}"
            module.arguments(inner, lang)
            _add_language(inner, lang)
    return parser


def _add_language(parser: argparse.ArgumentParser, lang: str) -> None:
    about = text(lang, "help.lang", default=LANGUAGES[0])
    parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=about)


class _Version(argparse.Action):
    """Print the version when it is asked for; looking it up takes longer than the rest of the help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(0, f"fairdesk {version('fairdesk')}\n")


@contextlib.contextmanager
def _somewhere_to_write() -> Iterator[None]:
    """Give whoever closed the standard output or error a place where words vanish."""
    before = sys.stdout, sys.stderr
    with contextlib.ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                setattr(sys, name, stack.enter_context(open(os.devnull, "w", encoding="utf-8")))
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _stops_on_a_signal() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the work at once, that of the workers too.

    A signal that is ignored, as `nohup` does with some, stays ignored. One that came where Python drops what is raised,
    as in the end of an object or in a callback, is told again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    dropped = sys.unraisablehook
    for sign, was in before.items():
        if was in (signal.default_int_handler, signal.SIG_DFL):
            signal.signal(sign, _stop)
    sys.unraisablehook = partial(_told_again, dropped)
    try:
        yield
    finally:
        sys.unraisablehook = dropped
        for sign, was in before.items():
            signal.signal(sign, was)


def _stop(*_: object) -> NoReturn:
    """End the workers, for whose results nobody waits any more, and then the work."""
    children = getattr(sys.modules.get("multiprocessing"), "active_children", None)  # it may be half loaded
    for worker in children() if children is not None else ():
        worker.terminate()
    raise KeyboardInterrupt


def _told_again(otherwise: Callable[["sys.UnraisableHookArgs"], object], dropped: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more, a moment later, if it was an interrupt that Python could not hand on."""
    if dropped.exc_type is KeyboardInterrupt:
        _thread.start_new_thread(_later, ())
    else:
        otherwise(dropped)


def _later() -> None:
    time.sleep(_MOMENT_S)
    _thread.interrupt_main()


def _message(error: Exception, lang: str) -> str:
    from pydantic import ValidationError

    from scenarios.notes import foreign_in, rule_in
    from scenarios.problems import ScenarioError
    from sim.experiment.pools import PoolError

    if isinstance(error, ScenarioError):
        return error.say(lang)
    if isinstance(error, OSError):
        path = str(error.filename or "")
        if error.errno in _FULL:
            return text(lang, "error.disk_full", path=path or "stdout")
        return ": ".join(part for part in (path, foreign_in(lang, error.strerror or str(error))) if part)
    if any(os.strerror(full) in str(error) for full in _FULL):  # Polars has errors of its own
        return text(lang, "error.disk_full", path="--out")
    if isinstance(error, MemoryError):
        return text(lang, "error.memory")
    if isinstance(error, ValidationError):  # a rule that what was read kept, but not what an option made of it
        broken = (str(found["msg"]).removeprefix("Value error, ") for found in error.errors())
        return "; ".join(rule_in(lang, rule) for rule in broken)
    if isinstance(error, ModuleNotFoundError) and error.name in _SOLVERS:
        return text(lang, "error.no_solver", name=error.name)
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ValueError | PoolError):
        return rule_in(lang, reason)
    return text(lang, "error.fault", reason=f"{type(error).__name__}: {reason}")


def _say(message: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        print(f"fairdesk: {message}", file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _drop(stream)
    return code


def _drop(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere: Python would try again in the end, and fail with its own code."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
