"""`fairdesk rubric`: what is wrong with a rubric as it is written, and what its open questions change."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from scenarios.commands import calibrate
from scenarios.commands.options import amount, needs, output_options, whole
from scenarios.commands.rubric_diff import diff
from scenarios.commands.rubric_forms import empty_forms
from scenarios.commands.rubric_lint import lint_rubric
from scenarios.commands.rubric_tables import questions, weights
from scenarios.commands.vain import vain, vain_for_a_log, vain_mapping
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

    for option, takers in _TAKERS.items():
        if args.what not in takers:
            vain(args, [option], ", ".join(f"rubric {taker}" for taker in takers))
    if args.rubric is None and args.what != "questions":
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "rubric.needs_rubric", what=args.what)})])
    if args.rubric is not None and args.what == "questions":
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "rubric.no_rubric")})])
    if args.log is not None:
        vain_for_a_log(args, ["--seed"])
        vain_mapping(args, Path(args.log))
    if args.what != "calibrate":
        needs(args, "--scenario --scenario", len(args.scenario or ()) > 1, "rubric calibrate", False)
        args.scenario = args.scenario[0] if args.scenario else None
    needs(args, "--judges", args.judges is not None, "--scenario", bool(args.scenario))
    return _WHAT[args.what](args)


def _calibrate(args: argparse.Namespace) -> int:
    """Choose bands and points on desks, or on a log."""
    from scenarios.commands.calibrate_log import run_on_log

    return calibrate.run(args) if args.log is None else run_on_log(args)


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


_TAKERS: dict[str, tuple[str, ...]] = {
    "--pay": ("diff",), "--role": ("judges", "calibrate", "review"), "--worlds": ("judges", "calibrate"),
    "--log": ("lint", "diff", "forms", "audit", "calibrate", "review"),
    "--mapping": ("lint", "diff", "forms", "audit", "calibrate", "review"),
    "--scenario": ("lint", "diff", "forms", "audit", "judges", "calibrate", "review"),
    "--seed": ("diff", "forms", "audit", "judges", "calibrate", "review"),
    "--judges": ("diff", "forms", "judges", "review"),
    **{f"--{name.replace('_', '-')}": ("calibrate",) for name in (*calibrate.OPTIONS, "engine", "workers", "cluster")},
}  # fmt: skip
"""Which of the things that are done with a rubric look at an option."""

_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "lint": lint_rubric, "diff": diff, "forms": empty_forms, "map": weights, "questions": questions, "audit": _audit,
    "judges": _judges, "review": _review,
    "calibrate": _calibrate,
}  # fmt: skip
