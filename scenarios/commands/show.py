"""`fairdesk show`: a closer look at a log: one ticket, a person's day, the week by hour, the queue."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.commands.options import LAST_SEED, output_options, whole
from scenarios.commands.vain import vain_mapping
from scenarios.texts import text
from sim.experiment.engines import DEFAULT_ENGINE, ENGINES

if TYPE_CHECKING:
    from scenarios.looks import Asked, Looks
    from sim.crew import Crew
    from sim.log import Log

EXAMPLE = """fairdesk show out/small/log --ticket 17 --out out/ticket
  fairdesk show academy_small --person 'tech_support#1' --day 2026-03-03 --out out/day
  fairdesk show academy --week --queue --lang zh --out out/week"""

_SEED = 1


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("source", metavar="LOG|SCENARIO", help=text(lang, "help.show_source"))
    add("--ticket", metavar="ID", help=text(lang, "help.show_ticket"))
    add("--person", metavar="NAME", help=text(lang, "help.show_person"))
    add("--day", metavar="DATE", help=text(lang, "help.show_day"))
    add("--week", action="store_true", help=text(lang, "help.show_week"))
    add("--queue", action="store_true", help=text(lang, "help.show_queue"))
    seed = whole("--seed", 0, LAST_SEED, lang)
    add("--seed", type=seed, help=text(lang, "help.show_seed", default=_SEED))
    add("--weeks", type=whole("--weeks", 1, 520, lang), help=text(lang, "help.weeks"))
    add("--engine", choices=tuple(ENGINES), help=text(lang, "help.engine", default=DEFAULT_ENGINE))
    add("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    output_options(parser, lang)


class _Source(NamedTuple):
    """What is looked at: a log, its name, what a document says of it, and the crew and seed of a simulated world."""

    log: "Log"
    name: str
    said: dict[str, Any]
    crew: "Crew | None"
    seed: int | None


def run(args: argparse.Namespace) -> int:
    """Show what was asked for as tables, a document and a page; return the exit code."""
    from scenarios.commands.output import as_json, document, give
    from scenarios.folder import Folder
    from scenarios.looks import looks_at
    from scenarios.problems import Problem, ScenarioError
    from scenarios.report.page import SHOWN
    from scenarios.report.show import look_page

    if args.day is not None and args.person is None and not args.week:
        raise ScenarioError([Problem("day_alone")])
    source = _source(args)
    asked = _asked(args, source.log)
    folder = Folder(args.out, args.lang) if args.out else None
    looks = looks_at(source.log, asked, source.crew)
    options = {key: value for key, value in asked._asdict().items() if value is not None and value is not False}
    options |= {"day": asked.day.isoformat()} if asked.day else {}
    made = document("show", {**source.said, **options}, source.seed, **looks.data())
    if folder:
        folder.write("show.json", as_json(made))
        folder.make(SHOWN, lambda path: look_page(path, args.lang, source.name, source.seed, looks))
    give(args, made, lambda: _show(args, looks), folder)
    return 0


def _source(args: argparse.Namespace) -> _Source:
    """Return the log of a folder or an export, or run one world of a scenario."""
    from scenarios.commands.common import engine_of, inputs_of, over
    from scenarios.files.desks import names, read
    from scenarios.logs import open_log
    from scenarios.problems import Problem, ScenarioError
    from sim import sample
    from sim.crew import crew_of

    path = Path(args.source)
    if args.source in names() or path.suffix == ".toml" or not path.exists():
        if args.mapping is not None:
            raise ScenarioError([Problem("only_export", {"name": args.source})])
        scenario = over(read(args.source), args.weeks)
        args.engine = args.engine or DEFAULT_ENGINE
        seed = _SEED if args.seed is None else args.seed
        log, _ = engine_of(args, scenario.desk)(scenario.desk, sample(scenario.desk, seed))
        said = {"scenario": inputs_of(scenario), **({} if args.weeks is None else {"weeks": args.weeks})}
        return _Source(log, scenario.name, said, crew_of(scenario.desk, seed), seed)
    for option in ("seed", "weeks", "engine"):
        if getattr(args, option) is not None:
            raise ScenarioError([Problem("only_scenario", {"option": f"--{option}", "name": path.name})])
    vain_mapping(args, path)
    log, name, _ = open_log(path, args.mapping)
    return _Source(log, name, {"log": {"name": name, "source": log.source, "tickets": log.cases.height}}, None, None)


def _asked(args: argparse.Namespace, log: "Log") -> "Asked":
    """Return what the command line asks for, checked against the log; the week and the queue if nothing is named."""
    from scenarios.looks import Asked, checked_day, person_named, ticket_named
    from scenarios.problems import Problem, ScenarioError

    if log.cases.is_empty():
        raise ScenarioError([Problem("no_tickets")])
    nothing = args.ticket is None and args.person is None and not args.week and not args.queue
    return Asked(
        ticket=None if args.ticket is None else ticket_named(log, args.ticket),
        person=None if args.person is None else person_named(log, args.person),
        day=None if args.day is None else checked_day(log, args.day),
        week=args.week or nothing, queue=args.queue or nothing,
    )  # fmt: skip


def _show(args: argparse.Namespace, looks: "Looks") -> None:
    """Print what the pictures show as tables."""
    from scenarios.commands.output import say, show_table
    from scenarios.report.tables import tables_of

    for title, said, table in tables_of(looks, args.lang):
        if table is not None and table.lines:
            show_table(title, table.heads, table.lines, table.right)
        else:
            say(title)
        if said:
            say(said)
    if not args.out:
        say(text(args.lang, "show.no_page"))
