"""`fairdesk rubric forms`: empty forms for whoever states points; and whose log a rubric is asked about."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import needs
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.log import Log


def empty_forms(args: argparse.Namespace) -> int:
    """Write empty forms for whoever states points about the people of a log, or of one run of a scenario."""
    from scenarios.commands.output import as_csv, document, give, say
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder
    from scenarios.forms import forms
    from sim.kpi.rubric import score_versions

    versions = read_rubric(args.rubric).versions
    log, about = subject(args, versions)
    folder = Folder(args.out, args.lang) if args.out else None
    scores = score_versions(log, versions, level=None)
    made: dict[str, list[dict[str, Any]]] = {}
    for version in versions:
        mine = scores.filter(scores["valid_from"].eq_missing(version.valid_from))
        for source, rows in forms(mine, version, args.lang).items():
            made.setdefault(source, []).extend(rows)
    inputs = {**about, "rubric": rubric_inputs(args.rubric, *versions)}
    told = document("rubric forms", inputs, args.seed if args.log is None else None, forms=made)
    if folder:
        for source, rows in made.items():
            folder.write(f"form_{source}.csv", as_csv(rows))

    def show() -> None:
        for source, rows in made.items():
            people = len({row["person"] for row in rows})
            say(text(args.lang, "rubric.form", source=source, rows=len(rows), people=people))
        if not folder:
            say(text(args.lang, "rubric.forms_out"))

    give(args, told, show, folder)
    return 0


def subject(args: argparse.Namespace, versions: Sequence[Rubric]) -> tuple[Log, dict[str, Any]]:
    """Return the log that is named, or one run of the scenario, whose people may be judged.

    Raises
    ------
    ScenarioError
        If both are named, or neither.
    """
    from scenarios.commands.common import log_named, run_named
    from scenarios.problems import Problem, ScenarioError

    if (args.log is None) == (args.scenario is None):
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "rubric.log_or_scenario")})])
    needs(args, "--mapping", args.mapping is not None, "--log", args.log is not None)
    if args.log is not None:
        return log_named(args.log, args.mapping)[:2]
    return run_named(args.scenario, args.seed, versions, args.judges)
