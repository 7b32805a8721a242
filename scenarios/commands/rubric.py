"""`fairdesk rubric`: what is wrong with a rubric as it is written, and what its open questions change."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from scenarios.commands import calibrate
from scenarios.commands.options import amount, needs, output_options, whole
from scenarios.commands.rubric_diff import diff
from scenarios.commands.rubric_forms import empty_forms
from scenarios.commands.rubric_lint import lint_rubric
from scenarios.commands.rubric_tables import questions, weights
from scenarios.texts import text

MOST_PAY = 1e12
"""Most that one person's performance pay of a period may be."""

EXAMPLE = "fairdesk rubric lint aftersales_100 --scenario academy"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("what", choices=tuple(_WHAT), metavar="|".join(_WHAT), help=text(lang, "rubric.what"))
    parser.add_argument("rubric", metavar="RUBRIC", nargs="?", help=text(lang, "rubric.file"))
    parser.add_argument("--log", metavar="LOG", help=text(lang, "rubric.log"))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    parser.add_argument("--scenario", action="append", metavar="SCENARIO", help=text(lang, "rubric.scenario"))
    seed = whole("--seed", 0, 2**53, lang)
    parser.add_argument("--seed", type=seed, default=1, help=text(lang, "help.seed", default=1))
    parser.add_argument(
        "--pay",
        type=amount("rubric.expected_pay", lang, most=MOST_PAY),
        metavar="AMOUNT",
        help=text(lang, "rubric.pay"),
    )
    parser.add_argument("--judges", metavar="NAME", help=text(lang, "judges.option"))
    parser.add_argument("--role", metavar="ROLE", help=text(lang, "judges.role"))
    parser.add_argument("--worlds", type=whole("--worlds", 2, 10_000, lang), help=text(lang, "judges.worlds"))
    calibrate.arguments(parser, lang)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Lint a rubric, or score a log under every other answer to its open questions; return the exit code."""
    from scenarios.problems import Problem, ScenarioError

    needs(args, "--pay", args.pay is not None, "rubric diff", args.what == "diff")
    if args.rubric is None and args.what != "questions":
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "rubric.needs_rubric", what=args.what)})])
    for option in ("role", "worlds"):
        both = args.what in ("judges", "calibrate") or (option == "role" and args.what == "review")
        needs(args, f"--{option}", getattr(args, option) is not None, "rubric judges", both)
    if args.what != "calibrate":
        needs(args, "--scenario --scenario", len(args.scenario or ()) > 1, "rubric calibrate", False)
        args.scenario = args.scenario[0] if args.scenario else None
    by_people = args.scenario is not None and args.what in ("diff", "forms", "judges", "review")
    needs(args, "--judges", args.judges is not None, "rubric diff --scenario", by_people)
    for name in calibrate.OPTIONS:
        option = f"--{name.replace('_', '-')}"
        needs(args, option, getattr(args, name) is not None, "rubric calibrate", args.what == "calibrate")
    return _WHAT[args.what](args)


def _review(args: argparse.Namespace) -> int:
    """Say what each item does among the people of a log, or of one run of a scenario."""
    from scenarios.commands.reviewing import review_items

    return review_items(args)


def _judges(args: argparse.Namespace) -> int:
    """Say what each habit of those who judge does to the scores of a role."""
    from scenarios.commands.judging import habits

    return habits(args)


def _audit(args: argparse.Namespace) -> int:
    """Say what monthly audits find at the volume of a scenario, and what their errors do to points."""
    from scenarios.commands.auditing import audit

    return audit(args)


_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "lint": lint_rubric, "diff": diff, "forms": empty_forms, "map": weights, "questions": questions, "audit": _audit,
    "judges": _judges, "review": _review,
    "calibrate": calibrate.run,
}  # fmt: skip
