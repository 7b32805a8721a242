"""`fairdesk assign`: who does which of the tickets that are open in a log, in which order."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.commands.options import LEVEL, output_options, whole
from scenarios.commands.vain import vain_mapping
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.assign.confirm import Figure
    from optimize.assign.opened import OpenPlan
    from sim.desk import Desk
    from sim.log import Log
    from sim.opening import Opening

EXAMPLE = "fairdesk assign export.csv --at 2026-03-16 --out out/today"

WEEKS = 4
"""Weeks from the instant in which open tickets may be planned."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("log", metavar="LOG", help=text(lang, "assign.log"))
    add("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    add("--scenario", metavar="SCENARIO", help=text(lang, "assign.scenario"))
    add("--at", type=_day(lang), metavar="DATE", help=text(lang, "assign.at"))
    add(
        "--replications", type=whole("--replications", 2, 10_000, lang), default=10,
        help=text(lang, "assign.replications", default=10),
    )  # fmt: skip
    add("--weeks", type=whole("--weeks", 1, WEEKS, lang), default=1, help=text(lang, "assign.weeks", default=1))
    output_options(parser, lang)


def _day(lang: str) -> Any:
    def read(said: str) -> date:
        try:
            return date.fromisoformat(said)
        except ValueError:
            raise argparse.ArgumentTypeError(text(lang, "assign.expected_day", got=said[:40])) from None

    return read


class _Asked(NamedTuple):
    """The open tickets of a log, and the desk that is to do them."""

    name: str
    log: Log
    day: date
    desk: Desk
    opening: Opening
    labels: list[str]


def run(args: argparse.Namespace) -> int:
    """Plan the open tickets, show who does what, and what worlds make of it; return the exit code."""
    from optimize.assign.confirm import confirmed
    from optimize.assign.opened import plan_open
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.folder import Folder

    asked = _asked(args)
    folder = Folder(args.out, args.lang) if args.out else None
    plan = plan_open(asked.desk, asked.opening)
    rows = _rows(asked, plan)
    if folder:  # before the worlds, so that who stops these has the plan
        folder.write("assignments.csv", as_csv(rows))
    short = asked.desk.changed(weeks=args.weeks)
    with progress(args.lang, args.replications) as advance:
        figures = confirmed(short, asked.opening, plan, args.replications, LEVEL, advance)
    made = document(
        "assign", _inputs(args, asked), None, plan=_plan(plan), confirmed=_confirmed(figures), assignments=rows
    )
    told = _told(args.lang, asked, plan, rows, figures)
    if folder:
        folder.write("assign.json", as_json(made))
        folder.make("report.html", lambda path: _page(path, args, told))
    give(args, made, lambda: _show(told), folder)
    return 0


def _asked(args: argparse.Namespace) -> _Asked:
    """Read the log, find its open tickets at the instant, and the desk.

    Raises
    ------
    ScenarioError
        If no ticket is open then, or the scenario lacks a kind or priority of one.
    """
    from scenarios.files.desks import read
    from scenarios.logs import open_log
    from scenarios.problems import Problem, ScenarioError
    from sim.desk import Desk
    from sim.fit import fit
    from sim.opening import Opening, open_tickets

    vain_mapping(args, Path(args.log))
    log, name, _ = open_log(Path(args.log), args.mapping)
    day = args.at or _day_after(log)
    frame = open_tickets(log, log.timeline.second(day, 0))
    if frame.is_empty():
        first, last = (log.timeline.iso(at)[:10] for at in (0, log.until_s))
        raise ScenarioError([Problem("nothing_open", {"name": name, "day": day, "first": first, "last": last})])
    desk = fit(log).desk if args.scenario is None else read(args.scenario).desk
    desk = Desk.model_validate({**dict(desk), "start": day, "weeks": WEEKS})
    opening = Opening.of(frame.drop("ticket"))
    _check_known(desk, opening, args.scenario or name)
    cases = log.cases.select("ticket", "label") if "label" in log.cases.columns else None
    known = dict(cases.iter_rows()) if cases is not None else {}
    labels = [str(known.get(ticket) or ticket) for ticket in frame["ticket"].to_list()]
    return _Asked(name, log, day, desk, opening, labels)


def _day_after(log: Log) -> date:
    """Return the local day whose begin is the first at or after the end of a log."""
    day = date.fromisoformat(log.timeline.iso(log.until_s)[:10])
    return day if log.timeline.second(day, 0) >= log.until_s else day + timedelta(days=1)


def _check_known(desk: Desk, opening: Opening, name: str) -> None:
    """Refuse kinds and priorities that the desk does not have, all at once."""
    from scenarios.problems import Problem, ScenarioError, nearest

    problems = []
    for what, said, known in (
        ("kind", opening.kind, sorted(desk.demand.kinds)),
        ("priority", opening.priority, list(desk.priorities)),
    ):
        for each in sorted(set(said) - set(known)):
            end, near = nearest(each, known)
            values = {"name": name, "got": each, "tickets": said.count(each), **near}
            problems.append(Problem(f"open_{what}{end}", values))
    if problems:
        raise ScenarioError(problems)


def _inputs(args: argparse.Namespace, asked: _Asked) -> dict[str, Any]:
    from scenarios.commands.common import inputs_of
    from scenarios.files.desks import read

    log = {"name": asked.name, "source": asked.log.source, "tickets": asked.log.cases.height}
    stated = {} if args.scenario is None else {"scenario": inputs_of(read(args.scenario))}
    return {
        "log": log, **stated, "at": asked.day.isoformat(), "replications": args.replications, "weeks": args.weeks,
    }  # fmt: skip


def _plan(plan: OpenPlan) -> dict[str, Any]:
    planned = sum(each.person is not None for each in plan.assignments)
    return {
        "cost": plan.cost, "cost_unit": "min", "status": "planned" if planned == len(plan.assignments) else "in_part",
        "master_gap": plan.gap, "seats": {},
        "expected": {
            "plan": {"late_min": plan.plan.late_min, "late": plan.plan.late},
            "sla_slack": {"late_min": plan.slack.late_min, "late": plan.slack.late},
        },
    }  # fmt: skip


def _confirmed(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: {"mean": f.mean, "low": f.low, "high": f.high, "met": f.met, "n": f.n} for name, f in figures.items()}


def _rows(asked: _Asked, plan: OpenPlan) -> list[dict[str, Any]]:
    """Return a row per open ticket: by person and position, then those that nobody does."""
    line = asked.desk.timeline()
    rows = []
    for each in plan.assignments:
        told = {
            key: None if at is None else line.iso(at)
            for key, at in (("begin", each.begin_s), ("end", each.end_s), ("due", each.due_s))
        }
        rows.append({
            "ticket": asked.labels[each.ticket], "kind": asked.opening.kind[each.ticket],
            "priority": asked.opening.priority[each.ticket], "person": each.person, "position": each.position, **told,
            "late_min": each.late_min, "late_chance": each.late_chance, "why": each.why,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["person"] is None, row["person"] or "", row["position"] or 0))


class _Told(NamedTuple):
    """What a reader is told: title, heads and lines of the table, which lines are likely late, and sentences."""

    title: str
    heads: list[str]
    lines: list[list[str]]
    late: list[int]
    said: list[str]


_HEADS = (
    "ticket", "kind", "priority", "person", "position", "begin", "end", "due", "late_min", "late_chance", "why",
)  # fmt: skip
_NUMBERS = (4, 8, 9)


def _told(
    lang: str, asked: _Asked, plan: OpenPlan, rows: list[dict[str, Any]], figures: dict[str, Figure]
) -> _Told:  # fmt: skip
    """Return the table and the sentences that the terminal and the page show."""
    from scenarios.labels import number

    lines = [
        [
            row["ticket"], row["kind"], row["priority"], row["person"] or "-", str(row["position"] or "-"),
            *((row[key] or "-")[:16].replace("T", " ") for key in ("begin", "end", "due")),
            number(row["late_min"], "min"), number(row["late_chance"], "1"), text(lang, f"assign.why_{row['why']}"),
        ]
        for row in rows
    ]  # fmt: skip
    return _Told(
        text(lang, "assign.title", name=asked.name, day=asked.day, tickets=len(rows)),
        [text(lang, f"assign.head_{key}") for key in _HEADS], lines,
        [number for number, row in enumerate(rows) if (row["late_chance"] or 0) >= 0.5],
        _sentences(lang, plan, rows, figures),
    )  # fmt: skip


def _sentences(lang: str, plan: OpenPlan, rows: list[dict[str, Any]], figures: dict[str, Figure]) -> list[str]:
    from scenarios.labels import number

    said = [
        text(lang, f"assign.expected_{key}", late=f"{each.late:.1f}", hours=f"{each.late_min / 60:.1f}")
        for key, each in (("plan", plan.plan), ("slack", plan.slack))
    ]
    if left := sum(row["person"] is None for row in rows):
        said.append(text(lang, "assign.left", tickets=left))
    if not figures:
        said.append(text(lang, "assign.unconfirmed"))
    for name, figure in figures.items():
        values = {key: number(getattr(figure, key), "1") for key in ("mean", "low", "high")}
        said.append(text(lang, f"assign.{name}", **values, level=f"{LEVEL:.0%}", worlds=figure.n))
    return said


def _show(told: _Told) -> None:
    from scenarios.commands.output import say, show_table

    show_table(told.title, told.heads, told.lines, right=_NUMBERS)
    for sentence in told.said:
        say(sentence)


def _page(path: Path, args: argparse.Namespace, told: _Told) -> None:
    """Write what was told as one page."""
    from optimize.assign.confirm import CONFIRM_FROM
    from scenarios.report.page import page, paragraph, points, table, write

    parts = [
        points(told.said),
        table(told.heads, told.lines, _NUMBERS, told.late),
        paragraph(text(args.lang, "assign.note"), "note"),
    ]
    last = CONFIRM_FROM + args.replications - 1
    foot = text(
        args.lang, "assign.foot", desk=args.scenario or text(args.lang, "assign.fitted"), first=CONFIRM_FROM, last=last
    )
    write(path, page(args.lang, told.title, parts, foot))
