"""`fairdesk rubric`: what is wrong with a rubric as it is written, and what its open questions change."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands import calibrate
from scenarios.commands.options import amount, needs, output_options, whole
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.rubric_files import RubricFile
    from sim.kpi.rubric import Finding, Rubric, Shift
    from sim.log import Log
    from sim.sla import Sla

MOST_PAY = 1e12
"""Most that one person's performance pay of a period may be."""

EXAMPLE = "fairdesk rubric lint aftersales_100 --scenario academy"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("what", choices=tuple(_WHAT), metavar="|".join(_WHAT), help=text(lang, "rubric.what"))
    parser.add_argument("rubric", metavar="RUBRIC", nargs="?", help=text(lang, "rubric.file"))
    parser.add_argument("--log", metavar="LOG", help=text(lang, "rubric.log"))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    parser.add_argument("--scenario", metavar="SCENARIO", help=text(lang, "rubric.scenario"))
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
        both = args.what in ("judges", "calibrate")
        needs(args, f"--{option}", getattr(args, option) is not None, "rubric judges", both)
    by_people = args.scenario is not None and args.what in ("diff", "forms", "judges")
    needs(args, "--judges", args.judges is not None, "rubric diff --scenario", by_people)
    for name in calibrate.OPTIONS:
        option = f"--{name.replace('_', '-')}"
        needs(args, option, getattr(args, name) is not None, "rubric calibrate", args.what == "calibrate")
    return _WHAT[args.what](args)


def _lint(args: argparse.Namespace) -> int:
    """Lint a rubric; the exit code is 1 if it contradicts itself."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, document, give
    from scenarios.rubric_files import read_rubric

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
    return int(any(row["severity"] == "error" for row in rows))


def _log_of(args: argparse.Namespace) -> tuple[Log | None, dict[str, Any]]:
    from scenarios.commands.common import log_named

    return (None, {}) if args.log is None else log_named(args.log, args.mapping)[:2]


def _sla_of(args: argparse.Namespace, log: Log | None) -> tuple[Sla | None, dict[str, Any]]:
    """Return the service targets to compare with: the scenario's, or else the log's."""
    if args.scenario is None:
        return (None if log is None else log.sla), {}
    from scenarios.commands.common import inputs_of
    from scenarios.files import read

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


def _forms(args: argparse.Namespace) -> int:
    """Write empty forms for whoever states points about the people of a log, or of one run of a scenario."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_csv, document, give, say
    from scenarios.commands.score import rubric_inputs
    from scenarios.forms import forms
    from scenarios.rubric_files import read_rubric
    from sim.kpi.rubric import score_versions

    versions = read_rubric(args.rubric).versions
    log, about = _subject(args, versions)
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


def _subject(args: argparse.Namespace, versions: Sequence[Rubric]) -> tuple[Log, dict[str, Any]]:
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


def _judges(args: argparse.Namespace) -> int:
    """Say what each habit of those who judge does to the scores of a role."""
    from scenarios.commands.judging import habits

    return habits(args)


def _audit(args: argparse.Namespace) -> int:
    """Say what monthly audits find at the volume of a scenario, and what their errors do to points."""
    from scenarios.commands.auditing import audit

    return audit(args)


def _diff(args: argparse.Namespace) -> int:
    """Score a log, or one run of a scenario, under every other answer, and say who changes tier or pay."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.rubric_files import read_rubric
    from sim.kpi.rubric import alternatives, in_order, shifts

    versions = in_order(read_rubric(args.rubric).versions)
    log, about = _subject(args, [each.rubric for each in versions])
    folder = Folder(args.out, args.lang) if args.out else None
    others = [alternatives(each.rubric) for each in versions]
    rows: list[dict[str, Any]] = []
    with progress(args.lang, sum(map(len, others))) as advance:
        for version, mine in zip(versions, others, strict=True):
            day = version.rubric.valid_from
            begins = {"valid_from": day and day.isoformat()} if len(versions) > 1 else {}
            for each in shifts(log, version.rubric, mine, version.scores):
                rows.append(begins | _shifted(args, each))
                advance()
    inputs = {**about, "rubric": rubric_inputs(args.rubric, *(each.rubric for each in versions)), "pay": args.pay}
    made = document("rubric diff", inputs, args.seed if args.log is None else None, switches=rows)
    if folder:
        folder.write("diff.json", as_json(made))
        folder.write("diff.csv", as_csv([{k: v for k, v in row.items() if k != "moves"} for row in rows]))
    give(args, made, lambda: _show_diff(args, Path(args.rubric).stem, rows), folder)
    return 0


def _shifted(args: argparse.Namespace, each: Shift) -> dict[str, Any]:
    other = each.alternative
    return {
        "question": other.question, "switch": other.switch, "from": _plain(other.was), "to": _plain(other.to),
        "scored": each.scored, "changed": each.moves.height, "mean_change": each.mean_change,
        "pay_moved": each.pay_moved * (args.pay or 1.0), "refused": each.refused or None,
        "moves": each.moves.to_dicts(),
    }  # fmt: skip


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _show_diff(args: argparse.Namespace, name: str, rows: list[dict[str, Any]]) -> None:
    from scenarios.commands.output import number, say, show_table

    lang = args.lang
    heads = [text(lang, f"rubric.{k}") for k in ("question", "switch", "from", "to", "changed", "mean_change", "paid")]
    for begins in dict.fromkeys(row.get("valid_from") for row in rows):
        lines = [
            [row["question"], row["switch"], _said(row["from"]), _said(row["to"]),
             text(lang, "rubric.refused") if row["refused"] else f"{row['changed']} / {row['scored']}",
             number(row["mean_change"], "points"), "-" if row["refused"] else f"{row['pay_moved']:,.2f}"]
            for row in rows if row.get("valid_from") == begins
        ]  # fmt: skip
        version = "" if begins is None else text(lang, "rubric.version_from", day=begins)
        show_table(text(lang, "rubric.diff_title", name=f"{name}{version}"), heads, lines, right=(4, 5, 6))
    say(text(lang, "rubric.diff_says" if args.pay else "rubric.diff_says_parts"))


def _said(value: object) -> str:
    return "+".join(map(str, value)) or "-" if isinstance(value, list) else str(value)


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


def _map(args: argparse.Namespace) -> int:
    """Say what the four and the six dimensions weigh in each version of a rubric."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, document, give, show_table
    from scenarios.commands.score import rubric_inputs
    from scenarios.rubric_files import read_rubric
    from sim.kpi.rubric import FOUR, FOUR_OF_SIX, SIX, weighed

    versions = read_rubric(args.rubric, as_written=True).versions
    folder = Folder(args.out, args.lang) if args.out else None
    found = [(version.valid_from, each) for version in versions for each in weighed(version)]
    rows = [
        {"valid_from": day and day.isoformat(), "profile": each.profile, "six": dict(each.six), "four": dict(each.four),
         "balanced": not each.out_of_balance()}
        for day, each in found
    ]  # fmt: skip
    inputs = {"rubric": rubric_inputs(args.rubric, *versions)}
    made = document("rubric map", inputs, None, map=dict(FOUR_OF_SIX), shares=rows)
    if folder:
        folder.write("map.json", as_json(made))

    def show() -> None:
        for four in (True, False):
            names = (*(FOUR if four else SIX), "unsaid")
            said = [text(args.lang, f"rubric.four_{name}" if four else f"dimension.{name}") for name in names[:-1]]
            heads = [text(args.lang, "rubric.whom"), *said, text(args.lang, "rubric.unsaid")]
            lines = [
                [each.profile or text(args.lang, "rubric.everybody"),
                 *(f"{(each.four if four else each.six)[name]:.0%}" for name in names)]
                for _, each in found
            ]  # fmt: skip
            title = text(args.lang, f"rubric.map_{'four' if four else 'six'}", name=Path(args.rubric).stem)
            show_table(title, heads, lines, right=tuple(range(1, len(heads))))

    give(args, made, show, folder)
    return 0


def _questions(args: argparse.Namespace) -> int:
    """Show what the documents leave open: the switch of each question, its answer by default, the others, the tests."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, document, give, show_table
    from scenarios.questions import open_questions, others, plain, questions_page

    found = open_questions()
    rows = [
        {"question": each.id, "asks": each.asks[args.lang], "where": each.where, "switch": each.switch,
         "default": each.default, "other": list(each.other), "tests": list(each.tests)}
        for each in found
    ]  # fmt: skip
    made = document("rubric questions", {}, None, questions=rows)
    folder = Folder(args.out, args.lang) if args.out else None
    if folder:
        folder.write("questions.json", as_json(made))
        folder.write("questions.md", questions_page(args.lang))

    def show() -> None:
        heads = [text(args.lang, f"rubric.{key}") for key in ("question", "asks", "switch", "default", "others")]
        lines = [
            [each.id, each.asks[args.lang], each.switch or "-", plain(each.default), others(each)] for each in found
        ]
        show_table(text(args.lang, "rubric.questions_title"), heads, lines)

    give(args, made, show, folder)
    return 0


_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "lint": _lint, "diff": _diff, "forms": _forms, "map": _map, "questions": _questions, "audit": _audit,
    "judges": _judges,
    "calibrate": calibrate.run,
}  # fmt: skip
