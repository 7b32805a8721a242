"""The part of `fairdesk fairness` that runs further tests of a score, and shows and writes what they found."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL
from scenarios.lab.further import REMEDIES, TESTS, chosen, sections
from scenarios.lab.sections import Section
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.files.desks import Scenario
    from scenarios.folder import Folder
    from sim.kpi.rubric import Rubric
    from sim.lab import Fairness

PAGE = "fairness_tests.html"
"""File name of the page of further tests."""


def tests_options(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options that name tests, and ask for remedies."""
    parser.add_argument("--tests", metavar="NAMES", help=text(lang, "lab_tests.tests", known=", ".join(TESTS)))
    parser.add_argument("--remedies", action="store_true", help=text(lang, "lab_tests.ask_remedies"))


def tests_of(args: argparse.Namespace) -> list[str]:
    """Return the tests that are asked for, the remedies last; an unknown one is refused."""
    return ([] if args.tests is None else chosen(args.tests)) + ([REMEDIES] if args.remedies else [])


def tested(
    args: argparse.Namespace,
    scenario: Scenario,
    rubric: Rubric,
    found: Fairness,
    names: list[str],
    folder: Folder | None = None,
) -> tuple[list[Section], bool]:
    """Return what the tests found, and whether somebody stopped them: then what was found before.

    Each is named on standard error as it begins; a folder keeps their worlds.
    """
    from scenarios.commands.common import engine_of, pool_of, remembering
    from sim.experiment import kept_open
    from sim.lab import Setting

    made: list[Section] = []
    with kept_open(pool_of(args, args.worlds)) as pool:
        setting = Setting(
            scenario.desk, rubric, found.role, args.worlds, seed=args.seed, run=engine_of(args, scenario.desk),
            executor=remembering(args, pool, folder), level=LEVEL,
        )  # fmt: skip
        try:
            for name, section in sections(setting, names, found.reliability.mean):
                print(text(args.lang, "lab_tests.begins", name=text(args.lang, f"lab_tests.{name}")), file=sys.stderr)
                made.append(section())
        except KeyboardInterrupt:
            return made, True
    return made, False


def tests_parts(made: list[Section], names: list[str]) -> dict[str, Any]:
    """Return the keys of the document; none where no test was asked for."""
    return {"tests": {each.name: each.document() for each in made}} if names else {}


def write_tests(
    folder: Folder, args: argparse.Namespace, scenario: Scenario, found: Fairness, made: list[Section]
) -> None:
    """Write a table for every test and a page for all."""
    from scenarios.commands.output import as_csv

    for each in made:
        folder.write(f"fairness_{each.name}.csv", as_csv(each.rows))
    if made:
        folder.make(PAGE, partial(_page, args, scenario, found, made))


def _page(args: argparse.Namespace, scenario: Scenario, found: Fairness, made: list[Section], path: Path) -> None:
    from scenarios.labels import title_of
    from scenarios.report.lab_tests import further_page

    title = title_of(args.lang, scenario.name, scenario.title)
    command = f"fairdesk fairness {scenario.name} {_asked([each.name for each in made])}"
    foot = text(args.lang, "lab_page.foot", command=command, rubric=args.rubric, seed=args.seed)
    further_page(path, args.lang, made, text(args.lang, "lab_tests.page", role=found.role, desk=title), foot)


def _asked(names: list[str]) -> str:
    """Return the options that ask for tests."""
    tests = [name for name in names if name != REMEDIES]
    return " ".join([*(["--tests", ",".join(tests)] if tests else []), *(["--remedies"] if REMEDIES in names else [])])


def show_tests(made: list[Section], lang: str) -> None:
    """Print a table for every test, and what is to be said of it."""
    from scenarios.commands.output import say, show_table

    for each in made:
        title = text(lang, f"lab_tests.{each.name}")
        if each.rows:
            show_table(title, each.heads(lang), each.lines(lang), right=each.right())
        else:
            say(title)
        for line in each.said(lang):
            say(line)
        say("")
