"""`fairdesk rubric judges`: what each habit of those who judge does to the scores of a role."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, needs
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.lab.intervals import Estimate
    from sim.lab.judged import Judged

JUDGES, WORLDS = "default", 10


def habits(args: argparse.Namespace) -> int:
    """Say what habits of judges do, and return the exit code."""
    from scenarios.commands.common import inputs_of
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.files import desks as files
    from scenarios.files.judges import judges_inputs, load_judges
    from scenarios.files.rubrics import load_rubric
    from scenarios.folder import Folder
    from scenarios.problems import Problem, ScenarioError
    from sim.desk import people_of, seats_of
    from sim.lab.judged import habits as habits_of

    needs(args, "--log", args.log is not None, "rubric lint", False)
    if args.scenario is None:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "judges.which")})])
    scenario, rubric = files.read(args.scenario), load_rubric(args.rubric)
    name = args.judges or JUDGES
    judges = load_judges(name)
    roles = {seat.name: seat.seat.role for seat in seats_of(scenario.desk)}
    sat = sorted(roles[seat] for seat in people_of(scenario.desk).values())
    role = args.role or max(dict.fromkeys(sat), key=sat.count)
    worlds = args.worlds or WORLDS
    folder = Folder(args.out, args.lang) if args.out else None
    with progress(args.lang, worlds) as advance:
        found = habits_of(scenario.desk, rubric, judges, role, worlds, seed=args.seed, level=LEVEL, on_progress=advance)
    inputs = {
        "scenario": inputs_of(scenario), "rubric": rubric_inputs(args.rubric, rubric),
        "judges": judges_inputs(name, judges), "worlds": worlds,
    }  # fmt: skip
    told = asdict(found)
    made = document(
        "rubric judges", inputs, args.seed, **{key: told[key] for key in ("role", "people", "merit", "habits")}
    )
    if folder:
        folder.write("judges.json", as_json(made))
        folder.write("judges.csv", as_csv([_flat(row) for row in told["habits"]]))
    give(args, made, lambda: _show(args, found), folder)
    return 0


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose figures stand each in a column of their own, with the ends of their intervals."""
    flat: dict[str, Any] = {"name": row["name"]}
    for key in ("points", "between", "tiers", "merit"):
        flat |= {key: row[key]["mean"], f"{key}_low": row[key]["low"], f"{key}_high": row[key]["high"]}
    return flat


def _show(args: argparse.Namespace, found: Judged) -> None:
    from scenarios.commands.output import say, show_table

    lang = args.lang
    heads = [text(lang, f"judges.{key}") for key in ("habit", "points", "between", "tiers", "merit")]
    lines = [
        [text(lang, f"judges.habit_{each.name}"), _span(each.points), _span(each.between),
         _span(each.tiers, share=True), _span(each.merit)]
        for each in found.habits
    ]  # fmt: skip
    title = text(
        lang, "judges.title", role=found.role, people=found.people, worlds=found.worlds, merit=_span(found.merit)
    )
    show_table(title, heads, lines, right=(1, 2, 3, 4))
    say(text(lang, "judges.says"))


def _span(found: Estimate, *, share: bool = False) -> str:
    if found.mean is None:
        return "-"
    said = [
        f"{100 * each:.0f} %" if share else f"{each:.2f}"
        for each in (found.mean, found.low, found.high)
        if each is not None
    ]
    return said[0] if len(said) < 3 else f"{said[0]} ({said[1]} .. {said[2]})"
