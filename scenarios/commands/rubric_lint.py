"""`fairdesk rubric lint`: what is wrong with a rubric as it is written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, NEGATIVE
from scenarios.commands.options import needs
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.files.rubrics import RubricFile
    from sim.kpi.rubric import Finding
    from sim.log import Log
    from sim.sla import Sla


def lint_rubric(args: argparse.Namespace) -> int:
    """Lint a rubric; the exit code is 1 if it contradicts itself."""
    from scenarios.commands.output import as_json, document, give
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder

    needs(args, "--mapping", args.mapping is not None, "--log", args.log is not None)
    file = read_rubric(args.rubric, as_written=True)
    log, inputs = _log_of(args)
    sla, stated_in = _sla_of(args, log)
    folder = Folder(args.out, args.lang) if args.out else None
    found = _found(file, log, sla)
    name = Path(args.rubric).stem
    rows = [_row(file, version, each, args.lang) for version, each in found]
    made = document("rubric lint", {"rubric": name, **inputs, **stated_in}, None, findings=rows)
    if folder:
        folder.write("lint.json", as_json(made))
    give(args, made, lambda: _show(args.lang, name, rows), folder)
    return NEGATIVE if any(row["severity"] == "error" for row in rows) else DONE


def _log_of(args: argparse.Namespace) -> tuple[Log | None, dict[str, Any]]:
    from scenarios.commands.common import log_named

    return (None, {}) if args.log is None else log_named(args.log, args.mapping)[:2]


def _sla_of(args: argparse.Namespace, log: Log | None) -> tuple[Sla | None, dict[str, Any]]:
    """Return the service targets to compare with: the scenario's, or else the log's."""
    if args.scenario is None:
        return (None if log is None else log.sla), {}
    from scenarios.commands.common import inputs_of
    from scenarios.files.desks import read

    scenario = read(args.scenario)
    return scenario.desk.sla, {"scenario": inputs_of(scenario)}


def _found(file: RubricFile, log: Log | None, sla: Sla | None) -> list[tuple[int, Finding]]:
    """Return what is wrong with each version; what an earlier one has in the same place is said once."""
    from sim.kpi.rubric import lint, tally

    made: list[tuple[int, Finding]] = []
    for version, rubric in enumerate(file.versions):
        counted = None if log is None else tally(log, rubric)
        stated = frozenset() if log is None else frozenset(map(str, log.appraisals["item"]))
        earlier = [each for _, each in made]
        made += [
            (version, each) for each in lint(rubric, counted=counted, stated=stated, sla=sla) if each not in earlier
        ]
    return made


def _row(file: RubricFile, version: int, each: Finding, lang: str) -> dict[str, Any]:
    place = file.places[version].value(each.path)
    return {
        "rule": each.rule, "item": each.item, "line": place.line if place else None,
        "severity": "error" if each.is_error else "warning", "message": _message(each, lang),
        "where": ".".join(map(str, each.path)), "version": version,
    }  # fmt: skip


def _message(each: Finding, lang: str) -> str:
    values = dict(each.values)
    if "who" in values:
        values["who"] = text(lang, f"rubric.by_{values['who']}")
    if "clause" in values:
        values["clause"] = text(lang, f"rubric.clause_{values['clause']}")
    if "reason" in values:
        values["reason"] = reason_in(lang, str(values["reason"]))
    sharp = each.rule == "overlap" and values["low"] == values["high"]
    return text(lang, f"rubric.{each.rule}{'_at' if sharp else ''}", **values)


def _show(lang: str, name: str, rows: list[dict[str, Any]]) -> None:
    from scenarios.commands.output import say, show_table

    if not rows:
        say(text(lang, "rubric.clean", name=name))
        return
    errors = sum(row["severity"] == "error" for row in rows)
    heads = [text(lang, f"rubric.{key}") for key in ("severity", "rule", "item", "place", "message")]
    lines = [
        [text(lang, f"rubric.{row['severity']}"), row["rule"], row["item"] or text(lang, "rubric.of_all"),
         str(row["line"] or "-"), row["message"]]
        for row in rows
    ]  # fmt: skip
    show_table(text(lang, "rubric.title", name=name, errors=errors, warnings=len(rows) - errors), heads, lines)
