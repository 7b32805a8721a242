"""`fairdesk scenarios`: what comes along, and whether a scenario is complete."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, NEGATIVE
from scenarios.commands.options import output_options
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.lint import Finding

EXAMPLE = "fairdesk scenarios lint academy --lang zh"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("what", nargs="?", choices=("lint",), metavar="lint", help=text(lang, "lint.what"))
    parser.add_argument("subjects", nargs="*", metavar="SCENARIO", help=text(lang, "lint.subject"))
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """List the catalogue's scenarios and what-ifs, or lint some, and return the exit code."""
    return _lint(args) if args.what == "lint" else _list(args)


def _list(args: argparse.Namespace) -> int:
    from scenarios.commands.output import as_json, document, give, show_table
    from scenarios.files.desks import CATALOGUE, names, read, what_if_names
    from scenarios.files.reading import read_toml
    from scenarios.folder import Folder
    from scenarios.labels import asks_of, title_of

    folder = Folder(args.out, args.lang) if args.out else None
    scenarios: list[dict[str, Any]] = [
        {
            "name": s.name,
            "title": s.title,
            "weeks": s.desk.weeks,
            "people": _heads(s.desk),
            "sha256": s.content_hash(),
        }
        for s in map(read, names())
    ]
    what_ifs: list[dict[str, str]] = []
    for name in what_if_names():
        data, _ = read_toml(CATALOGUE / "what_ifs" / f"{name}.toml")
        what_ifs.append({"name": name, **{key: str(data.get(key, "")) for key in ("title", "asks", "base")}})
    made = document("scenarios", {}, None, scenarios=scenarios, what_ifs=what_ifs)
    if folder:
        folder.write("scenarios.json", as_json(made))

    def show() -> None:
        heads = [text(args.lang, f"table.{key}") for key in ("name", "title", "weeks", "people")]
        lines = [
            [s["name"], title_of(args.lang, s["name"], s["title"]), str(s["weeks"]), str(s["people"])]
            for s in scenarios
        ]
        show_table(text(args.lang, "cli.scenarios_title"), heads, lines, right=(2, 3))
        heads = [text(args.lang, f"table.{key}") for key in ("name", "title", "asks", "base")]
        lines = [
            [w["name"], title_of(args.lang, w["name"], w["title"]), asks_of(args.lang, w["name"], w["asks"]), w["base"]]
            for w in what_ifs
        ]
        show_table(text(args.lang, "cli.what_ifs_title"), heads, lines)

    give(args, made, show, folder)
    return 0


def _heads(desk: object) -> int:
    from sim.desk import Desk

    assert isinstance(desk, Desk)
    return sum(seat.heads for seat in desk.staff.seats.values())


def _lint(args: argparse.Namespace) -> int:
    """Lint scenarios and logs; the exit code is 1 if there is an error."""
    from scenarios.commands.output import as_json, document, give
    from scenarios.folder import Folder
    from scenarios.lint import ERROR
    from scenarios.problems import Problem, ScenarioError

    if not args.subjects:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "lint.nothing")})])
    folder = Folder(args.out, args.lang) if args.out else None
    found = [_found_in(subject) for subject in args.subjects]
    rows = [_row(name, each, args.lang) for name, findings in found for each in findings]
    made = document("scenarios lint", {"subjects": [name for name, _ in found]}, None, findings=rows)
    if folder:
        folder.write("lint.json", as_json(made))
    give(args, made, lambda: _show(args.lang, found), folder)
    return NEGATIVE if any(row["severity"] == ERROR for row in rows) else DONE


def _found_in(subject: str) -> tuple[str, "list[Finding]"]:
    """Return the name of a scenario or a log, and what was found in it."""
    from scenarios.files.desks import read
    from scenarios.lint import lint, lint_log
    from scenarios.logs import open_log

    path = Path(subject)
    if path.is_dir() or path.name.endswith((".csv", ".csv.gz")):
        log, name, _ = open_log(path)
        return name, lint_log(log)
    scenario = read(subject)
    return scenario.name, lint(scenario)


def _row(subject: str, each: "Finding", lang: str) -> dict[str, Any]:
    place = each.place
    return {
        "subject": subject, "rule": each.rule, "severity": each.severity, "where": each.where,
        "file": Path(place.file).name if place else None, "line": place.line if place else None,
        "message": each.say(lang),
    }  # fmt: skip


def _show(lang: str, found: "Sequence[tuple[str, list[Finding]]]") -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.lint import ERROR

    heads = [text(lang, f"lint.{key}") for key in ("severity", "rule", "place", "message")]
    for name, findings in found:
        if not findings:
            say(text(lang, "lint.clean", name=name))
            continue
        errors = sum(each.severity == ERROR for each in findings)
        lines = [
            [
                text(lang, f"lint.{each.severity}"), each.rule,
                f"{Path(each.place.file).name}:{each.place.line} {each.where}" if each.place else each.where,
                each.say(lang),
            ]
            for each in findings
        ]  # fmt: skip
        title = text(lang, "lint.title", name=name, errors=errors, warnings=len(findings) - errors)
        show_table(title, heads, lines)
