"""`fairdesk score`: the people of a log, or of one run of a scenario, by a rubric."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, output_options, whole
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.log import Log

EXAMPLE = "fairdesk score out/small/log --rubric aftersales_100"
RUBRIC = "aftersales_100"

_LAST_SEED = 2**53


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("subject", metavar="LOG_OR_SCENARIO", help=text(lang, "help.subject"))
    parser.add_argument("--rubric", default=RUBRIC, metavar="NAME", help=text(lang, "help.rubric_file", default=RUBRIC))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    seed = whole("--seed", 0, _LAST_SEED, lang)
    parser.add_argument("--seed", type=seed, default=1, help=text(lang, "help.seed", default=1))
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Score the people of a log or of one simulated run; return the exit code."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.rubric_files import load_rubric
    from sim.kpi.rubric import score

    rubric = load_rubric(args.rubric)
    log, about = subject_of(args)
    folder = Folder(args.out, args.lang) if args.out else None
    people = score(log, rubric, level=LEVEL).to_dicts()
    inputs = {**about, "rubric": rubric_inputs(args.rubric, rubric)}
    made = document("score", inputs, args.seed if "scenario" in about else None, people=people)
    if folder:
        folder.write("score.json", as_json(made))
        folder.write("score.csv", as_csv(people))
    name = next(iter(about.values()))["name"]
    give(args, made, lambda: _show(args, name, rubric, people), folder)
    return 0


def subject_of(args: argparse.Namespace) -> tuple[Log, dict[str, Any]]:
    """Return a log and what a document says about it: a folder, an export, or one run of a scenario.

    Raises
    ------
    ScenarioError
        If the subject is none of them.
    """
    from scenarios.commands.common import inputs_of
    from scenarios.files import read
    from scenarios.logs import open_log

    path = Path(args.subject)
    if path.is_dir() or (path.is_file() and path.suffix != ".toml"):
        log, name, _ = open_log(path, args.mapping)
        return log, {"log": {"name": name, "source": log.source, "tickets": log.cases.height}}
    from sim.experiment import simulate
    from sim.world import sample

    scenario = read(args.subject)
    log, _ = simulate(scenario.desk, sample(scenario.desk, args.seed))
    return log, {"scenario": inputs_of(scenario)}


def rubric_inputs(name: str, rubric: Rubric) -> dict[str, str]:
    """Return what a document says about a rubric: its name and the hash of its content."""
    plain = json.dumps(rubric.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"name": Path(name).stem, "sha256": hashlib.sha256(plain.encode()).hexdigest()}


def _show(args: argparse.Namespace, name: str, rubric: Rubric, people: list[dict[str, Any]]) -> None:
    from scenarios.commands.output import number, say, show_table

    lang = args.lang
    if not people:
        say(text(lang, "score.nobody"))
        return
    coefficients = {tier.name: tier.coefficient for tier in rubric.tiers}
    columns = ("person", "role", "period", "total", "interval", "tier", "coefficient", "objective")
    lines = [
        [
            str(row["person"]), row["role"] or "-", row["period"], number(row["total"], "points"),
            "-" if row["low"] is None else " .. ".join(number(row[end], "points") for end in ("low", "high")),
            row["tier"] or "-", str(coefficients.get(row["tier"], "-")), f"{row['objective_share']:.0%}",
        ]
        for row in people
    ]  # fmt: skip
    title = text(lang, "score.title", name=name, rubric=rubric.title.get(lang, Path(args.rubric).stem))
    heads = [text(lang, f"table.{column}", level=f"{LEVEL:.0%}") for column in columns]
    say(title)
    show_table("", heads, lines, right=(3, 4, 6, 7))
    absent = [item for item in rubric.items if all(_points(row, item.name) is None for row in people)]
    if absent:
        items = (_why(lang, item.label.get(lang, item.name), people[0], item.name) for item in absent)
        say(text(lang, "score.no_source", items=text(lang, "score.between_items").join(items)))
    say(text(lang, "score.cannot_see", least=f"{rubric.policy.least_share:.0%}"))


def _why(lang: str, label: str, row: dict[str, Any], name: str) -> str:
    """Return the label of an item without points, and the reason."""
    reason = next(each["reason"] for each in row["items"] if each["name"] == name)
    return text(lang, "score.no_source_item", label=label, reason=reason_in(lang, reason))


def _points(row: dict[str, Any], name: str) -> float | None:
    found: float | None = next(item["points"] for item in row["items"] if item["name"] == name)
    return found
