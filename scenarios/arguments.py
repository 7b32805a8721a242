"""The parser of the command line: its help and its complaints in the language of the user."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from scenarios.problems import nearest, shown
from scenarios.texts import text

_SAID = {
    "required": r"the following arguments are required: (?P<names>.+)",
    "left_over": r"unrecognized arguments: (?P<got>.+)",
    "choice": r"argument (?P<where>.+?): invalid choice: '(?P<got>.*)' \(choose from (?P<known>.+)\)",
    "wants_value": r"argument (?P<where>.+?): expected (one|at least one) argument",
    "count": r"argument (?P<where>.+?): (?P<message>.+)",
}
"""What argparse says; the last is about a value that one of our own readers refused."""


class Parser(argparse.ArgumentParser):
    """A parser that speaks a language and names what is nearest to a wrong word.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    **rest
        As of `argparse.ArgumentParser`.
    """

    def __init__(self, *, lang: str = "en", **rest: Any) -> None:
        rest = {"formatter_class": argparse.RawDescriptionHelpFormatter, **rest}
        super().__init__(add_help=False, allow_abbrev=False, **rest)
        self.lang = lang
        self._positionals.title = text(lang, "help.positional")
        self._optionals.title = text(lang, "help.options")
        self.add_argument("-h", "--help", action="help", help=text(lang, "help.help"))

    def format_usage(self) -> str:
        """Return the usage with its heading in the language."""
        return super().format_usage().replace("usage: ", f"{text(self.lang, 'help.usage')}: ", 1)

    def format_help(self) -> str:
        """Return the help with its heading in the language."""
        return super().format_help().replace("usage: ", f"{text(self.lang, 'help.usage')}: ", 1)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the arguments; the command's own parser complains of what is left over, as it knows its options."""
        found, over = self.parse_known_args(args, namespace)
        if over:
            named = self.commands().get(getattr(found, "command", ""), self)
            named.error(f"unrecognized arguments: {over[0]}")
        return found

    def commands(self) -> dict[str, "Parser"]:
        """Return the parsers of the commands by name."""
        tables = (action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return next(tables, {})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is, and leave with code 2."""
        said = text(self.lang, "error.usage", message=self._in_words(message), program=self.prog)
        self.exit(2, f"fairdesk: {said}\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a message; unlike argparse's own, this does not keep a full disk to itself."""
        if message:
            (file or sys.stderr).write(message)

    def _in_words(self, message: str) -> str:
        for what, form in _SAID.items():
            if found := re.fullmatch(form, message, re.DOTALL):
                return self._complaint(what, **found.groupdict())
        return message

    def _complaint(self, what: str, **said: str) -> str:
        if what == "count":
            return said["message"]
        if what == "left_over":
            return self._left_over(said["got"])
        if what == "choice":
            known = re.findall(r"'(.*?)'", said["known"])
            near = _near(said["got"], known)
            values = {"where": said["where"], "known": ", ".join(known), "got": shown(said["got"])}
            return text(self.lang, f"error.choice{'_near' if near else ''}", **values, near=near)
        return text(self.lang, f"error.{what}", **said)

    def _left_over(self, got: str) -> str:
        if not got.startswith("-"):
            return text(self.lang, "error.one_too_many", got=shown(got))
        near = _near(got.partition("=")[0], self._option_string_actions)
        return text(self.lang, f"error.unknown_option{'_near' if near else ''}", got=got, near=near)


def _near(word: str, words: Iterable[str]) -> object:
    """Return the nearest word; an empty text where none is near."""
    return nearest(word, words)[1].get("near", "")
