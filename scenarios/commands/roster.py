"""`fairdesk roster`: who works when, under rules that hold or have a price."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from scenarios.codes import NEGATIVE
from scenarios.commands.confirming import figure_rows, show_targets
from scenarios.commands.options import LEVEL, amount, needs, output_options, run_options
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.roster.again import Change
    from optimize.roster.data import Question
    from optimize.roster.model import Duties, NoRoster
    from optimize.roster.rules import Request
    from optimize.roster.weeks import Made
    from optimize.targets import Figure
    from scenarios.files.desks import Scenario
    from scenarios.folder import Folder
    from sim.desk import Desk

EXAMPLE = "fairdesk roster academy_small --rules roster.toml --out out/roster"

FILE = "roster.json"
"""Name of the file that `--keep` takes."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.scenario"))
    add("--rules", metavar="FILE", help=text(lang, "roster.rules"))
    add("--plan", metavar="FILE", help=text(lang, "roster.plan"))
    add("--keep", metavar="ROSTER", help=text(lang, "roster.keep"))
    add(
        "--absent", action="append", default=[], type=_absence(lang), metavar="PERSON=FROM..TO",
        help=text(lang, "roster.absent"),
    )  # fmt: skip
    add("--since", type=_day(lang), metavar="DAY", help=text(lang, "roster.since"))
    add(
        "--time-limit",
        type=amount("roster.expected_seconds", lang, most=1e6),
        metavar="S",
        help=text(lang, "roster.time_limit"),
    )
    parser.epilog = f"{parser.epilog}\n\n{text(lang, 'roster.codes')}"
    run_options(parser, lang, replications=6, least=2, seed=False)
    output_options(parser, lang)


def _absence(lang: str) -> Callable[[str], tuple[str, tuple[date, date]]]:
    def read(said: str) -> tuple[str, tuple[date, date]]:
        name, _, days = said.rpartition("=")
        first, dots, last = days.partition("..")
        try:
            if name:
                return name, (date.fromisoformat(first), date.fromisoformat(last if dots else first))
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(text(lang, "roster.expected_absence", got=said[:60]))

    return read


def _day(lang: str) -> Callable[[str], date]:
    def read(said: str) -> date:
        try:
            return date.fromisoformat(said)
        except ValueError:
            raise argparse.ArgumentTypeError(text(lang, "roster.expected_day", got=said[:40])) from None

    return read


def run(args: argparse.Namespace) -> int:
    """Make a roster, show it and what unseen worlds say about it; return the exit code."""
    from optimize.roster.again import away
    from optimize.roster.desks import named
    from optimize.roster.model import NoRoster
    from optimize.solve import NoSolution
    from scenarios.files.desks import read, read_what_if
    from scenarios.files.rosters import question_in
    from scenarios.folder import Folder
    from scenarios.problems import Problem, ScenarioError

    if bool(args.absent) != bool(args.keep):
        raise ScenarioError([Problem("rule", {"message": "--keep and --absent need each other"})])
    needs(args, "--since", args.since is not None, "--keep", bool(args.keep))
    scenario = read(args.scenario)
    desk = named((read_what_if(scenario, args.plan) if args.plan else scenario).desk)
    request = _request(args)
    question = question_in(args.rules, desk, request)
    folder = Folder(args.out, args.lang) if args.out else None
    inputs = _inputs(args, scenario, request)
    so_far: Duties = {}
    try:
        with _progress(args.lang) as tell:

            def keep(duties: Duties) -> None:
                so_far.update(duties)
                tell(sum(map(len, duties.values())))

            made, changes = _made(args, question, keep)
    except NoRoster as none:
        return _refuse(args, inputs, none)
    except NoSolution:
        print(text(args.lang, "roster.no_time", seconds=f"{args.time_limit or 0:g}"), file=sys.stderr)
        return NEGATIVE
    except KeyboardInterrupt:
        _leave(folder, so_far)
        raise
    question = away(question, dict(args.absent))
    _give(args, inputs, scenario, _Result(desk, question, made, changes, _worlds(args, desk, question, made)), folder)
    return 0


class _Result:
    """What there is to show."""

    def __init__(
        self, desk: Desk, question: Question, made: Made, changes: tuple[Change, ...], figures: dict[str, Figure]
    ) -> None:
        self.desk, self.question, self.made, self.changes, self.figures = desk, question, made, changes, figures


def _request(args: argparse.Namespace) -> Request:
    from optimize.roster.rules import Request
    from scenarios.files.rosters import load_request

    request = load_request(args.rules) if args.rules else Request()
    return request if args.weeks is None else request.changed(weeks=args.weeks)


def _inputs(args: argparse.Namespace, scenario: Scenario, request: Request) -> dict[str, Any]:
    from scenarios.commands.common import inputs_of

    absent = [f"{name}={first}..{last}" for name, (first, last) in args.absent]
    return {
        "scenario": inputs_of(scenario), "request": request.model_dump(mode="json", exclude_defaults=True),
        "plan": bool(args.plan), "absent": absent, "since": None if args.since is None else str(args.since),
        "replications": args.replications, "engine": args.engine, "time_limit_s": args.time_limit,
    }  # fmt: skip


def _made(
    args: argparse.Namespace, question: Question, tell: Callable[[Duties], None]
) -> tuple[Made, tuple[Change, ...]]:
    from optimize.roster.again import again
    from optimize.roster.weeks import rostered
    from scenarios.files.rosters import load_roster

    if not args.keep:
        return rostered(question, seconds=args.time_limit, on_week=tell), ()
    kept = load_roster(args.keep)
    return again(question, kept, dict(args.absent), since=args.since, seconds=args.time_limit, on_week=tell)


def _worlds(args: argparse.Namespace, desk: Desk, question: Question, made: Made) -> dict[str, Figure]:
    """Return what unseen worlds say about the default targets."""
    from optimize.roster.confirm import confirmed
    from optimize.roster.desks import with_roster
    from optimize.targets import default_targets
    from scenarios.commands.common import engine_of, pool_of

    planned = with_roster(desk, question, made.duties)
    return confirmed(
        planned, default_targets(planned), args.replications, LEVEL, engine_of(args),
        pool_of(args, args.replications),
    )  # fmt: skip


def _leave(folder: Folder | None, duties: Duties) -> None:
    """Write what there is of a roster when somebody stops the command."""
    from scenarios.commands.output import as_json

    if folder and duties:
        folder.write(FILE, as_json({"roster": {"status": "interrupted", "duties": _plain(duties)}}))


def _plain(duties: Duties) -> dict[str, dict[str, str]]:
    return {
        name: {day.isoformat(): shift for day, shift in sorted(own.items())} for name, own in sorted(duties.items())
    }


def _give(args: argparse.Namespace, inputs: Any, scenario: Scenario, found: _Result, folder: Folder | None) -> None:
    from optimize.roster.desks import with_roster
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.labels import title_of
    from scenarios.plans import write_plan
    from scenarios.report.roster import grid_rows, roster_page

    made = document(
        "roster", inputs, None, plan=_plan(found), confirmed=figure_rows(found.figures), roster=_roster(found)
    )
    if folder:
        title = text(args.lang, "roster.plan_title", name=scenario.name)
        headline = title_of(args.lang, scenario.name, scenario.title)
        folder.write(FILE, as_json(made))
        folder.write("roster.csv", as_csv(_rows(found)))
        folder.write("grid.csv", as_csv(grid_rows(found.question, found.made.duties)))
        folder.write("roster.xlsx", _workbook(found))
        write_plan(folder, args.lang, scenario, with_roster(found.desk, found.question, found.made.duties), title)
        folder.make(
            "roster.html",
            lambda path: roster_page(path, args.lang, headline, found.question, found.made, found.changes),
        )
    give(args, made, lambda: _show(args, scenario, found), folder)


def _workbook(found: _Result) -> bytes:
    """Return the roster as a spreadsheet: people by day, a row per duty."""
    from scenarios.plots.pictures import COLOURS
    from scenarios.report.roster import grid_rows
    from scenarios.spreadsheets import workbook

    grid, rows = grid_rows(found.question, found.made.duties), _rows(found)
    shifts = sorted({str(row["shift"]) for row in rows})
    fills = {shift: _pale(COLOURS[number % len(COLOURS)]) for number, shift in enumerate(shifts)}
    return workbook({"roster": grid, "duties": rows}, fills)


def _pale(colour: str) -> str:
    """Return a colour mixed with three parts of white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{(part + 3 * 255) // 4:02x}" for part in parts)


def _plan(found: _Result) -> dict[str, Any]:
    from optimize.roster.confirm import weekly_cost

    met = all(figure.met for figure in found.figures.values())
    return {
        "cost": weekly_cost(found.desk, found.question, found.made.duties),
        "status": "confirmed" if met else "unconfirmed", "master_gap": found.made.gap,
        "seats": {group: seat.heads for group, seat in found.desk.staff.seats.items()},
    }  # fmt: skip


def _roster(found: _Result) -> dict[str, Any]:
    from dataclasses import asdict

    from optimize.roster.shares import shares

    made = found.made
    hard = any(each.price is None for each in made.broken)
    return {
        "first": found.question.first.isoformat(), "weeks": found.question.weeks,
        "status": "stopped" if made.stopped else "found", "price": None if hard else made.price, "bound": made.bound,
        "duties": _plain(made.duties),
        "broken": [{"rule": b.rule, "about": list(b.about), "by": b.by, "price": b.price} for b in made.broken],
        "shares": [asdict(share) for share in shares(found.question, made.duties)],
        "changes": [{"person": c.person, "day": str(c.day), "old": c.old, "new": c.new} for c in found.changes],
    }  # fmt: skip


def _rows(found: _Result) -> list[dict[str, Any]]:
    """Return a row for each duty."""
    turn = found.question.turn
    return [
        {"person": name, "day": day.isoformat(), "shift": shift, "hours": found.question.worker[name].hours[shift],
         "night": int(turn[shift].night)}
        for name, own in found.made.duties.items()
        for day, shift in own.items()
    ]  # fmt: skip


def _show(args: argparse.Namespace, scenario: Scenario, found: _Result) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import title_of
    from scenarios.report.roster import broken_table, changes_table, shares_table

    lang, made = args.lang, found.made
    for key, table in (
        ("shares", shares_table(found.question, made, lang)), ("broken", broken_table(made, lang)),
        ("changes", changes_table(found.changes, lang)),
    ):  # fmt: skip
        if table.lines:
            headline = title_of(lang, scenario.name, scenario.title)
            show_table(text(lang, f"roster.{key}_title", title=headline), table.heads, table.lines, table.right)
    worlds = max((figure.n for figure in found.figures.values()), default=0)
    show_targets(lang, text(lang, "roster.targets_title", worlds=worlds), found.figures)
    if not any(each.rule == "cover" for each in made.broken):
        say(text(lang, "roster.covered"))
    if made.stopped:
        say(text(lang, "roster.stopped"))


def _refuse(args: argparse.Namespace, inputs: dict[str, Any], none: NoRoster) -> int:
    """Say in a planner's words why there is no roster; return the exit code."""
    from scenarios.commands.output import as_json, document

    plan: dict[str, Any] = {"cost": None, "status": "infeasible", "master_gap": None, "seats": {}}
    why = {
        "rows": list(none.rows),
        "relaxation": [{"row": step.row, "by": step.by, "side": step.side} for step in none.relaxation],
    }
    if args.json:
        made = document("roster", inputs, None, plan=plan, confirmed={}, roster=None, infeasible=why)
        sys.stdout.write(as_json(made))
    print("\n".join(refusal_lines(args.lang, none)), file=sys.stderr)
    return NEGATIVE


def refusal_lines(lang: str, none: NoRoster) -> list[str]:
    """Return in a planner's words why there is no roster: the rules that collide and the cheapest way out."""
    lines = [text(lang, "roster.infeasible")]
    join = "; " if lang == "en" else "；"
    if rows := [
        _in_words(lang, "row", none.lines[row].rule, none.lines[row].about) for row in none.rows if row in none.lines
    ]:
        lines.append(text(lang, "staff.collide", rules=join.join(list(dict.fromkeys(rows))[:12])))
    steps = [(none.lines[step.row], step.by) for step in none.relaxation if step.row in none.lines]
    if steps:
        said = [_in_words(lang, "out", line.rule, line.about, f"{by:.6g}") for line, by in steps[:8]]
        lines.append(text(lang, "staff.way_out", steps=join.join(said)))
    return lines


def _in_words(lang: str, what: str, rule: str, about: tuple[str, ...], by: str = "") -> str:
    if rule == "cover":
        shift, day, *labels = about
        return text(lang, f"roster.{what}_cover", shift=shift, day=day, need=", ".join(labels), by=by)
    return text(lang, f"roster.{what}_other", rule=text(lang, f"roster.rule_{rule}"), about=", ".join(about), by=by)


@contextlib.contextmanager
def _progress(lang: str) -> Iterator[Callable[[int], None]]:
    """Show on standard error how many duties are given, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text(lang, "roster.looking", duties=0)) as status:
        yield lambda duties: status.update(text(lang, "roster.looking", duties=duties))
