"""Options that were given and would say nothing are refused, so that nobody believes that they did something."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from scenarios.problems import Problem, ScenarioError
from scenarios.texts import text


def given_in(words: Sequence[str]) -> frozenset[str]:
    """Return the options that a command line states; what stands there by default is none of them.

    Examples
    --------
    >>> sorted(given_in(["run", "academy", "--seed=3", "--weeks", "2"]))
    ['--seed', '--weeks']
    """
    before = words[: words.index("--")] if "--" in words else words
    return frozenset(word.partition("=")[0] for word in before if word.startswith("--"))


def is_given(args: argparse.Namespace, option: str) -> bool:
    """Return whether the command line states an option."""
    return option in getattr(args, "given", ())


def vain(args: argparse.Namespace, options: Iterable[str], other: str) -> None:
    """Refuse options that say nothing where something else is missing.

    Parameters
    ----------
    args
        Arguments, with the options that were `given`.
    options
        What says nothing here.
    other
        What is missing.

    Raises
    ------
    ScenarioError
        If the command line states one of them.
    """
    if problems := [Problem("in_vain", {"option": each, "other": other}) for each in options if is_given(args, each)]:
        raise ScenarioError(problems)


def vain_for_a_log(args: argparse.Namespace, options: Iterable[str]) -> None:
    """Refuse options that need a scenario, because a log cannot be played again."""
    vain(args, options, text(args.lang, "lab_tests.a_scenario"))


def vain_without_a_log(args: argparse.Namespace, options: Iterable[str]) -> None:
    """Refuse options that need a log."""
    vain(args, options, text(args.lang, "fairlog.a_log"))


def vain_mapping(args: argparse.Namespace, path: Path) -> None:
    """Refuse a mapping for the folder of a log with no table beside it: there is nothing to map."""
    beside = ("learners", "externals", "appraisals")
    if path.is_dir() and all(getattr(args, name, None) is None for name in beside):
        vain(args, ["--mapping"], text(args.lang, "cli.an_export"))


def vain_workers(args: argparse.Namespace) -> None:
    """Refuse a number of workers beside a cluster, which has its own.

    Raises
    ------
    ScenarioError
        If both were given.
    """
    if is_given(args, "--workers") and is_given(args, "--cluster"):
        raise ScenarioError([Problem("in_vain_beside", {"option": "--workers", "other": "--cluster"})])
