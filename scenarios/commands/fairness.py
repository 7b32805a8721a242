"""`fairdesk fairness`: what a month's score of a role is made of."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, INTERRUPTED
from scenarios.commands import fairness_log
from scenarios.commands.fairness_log import log_options, refuse_log_options
from scenarios.commands.fairness_tests import show_tests, tested, tests_of, tests_options, tests_parts, write_tests
from scenarios.commands.options import LEVEL, amount, engine_options, needs, output_options, whole
from scenarios.commands.score import RUBRIC, rubric_inputs
from scenarios.commands.vain import vain_for_a_log
from scenarios.lab.appraisal import HARM, PARTS, fairness_sentence, measure_label, tenths, tenths_span
from scenarios.lab.sections import Section
from scenarios.notes import in_words
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.files.desks import Scenario
    from scenarios.folder import Folder
    from sim.desk import Desk
    from sim.kpi.rubric import Rubric
    from sim.lab import Course, Fairness, Shares
    from sim.lab.judges import Judges

EXAMPLE = "fairdesk fairness academy --rubric aftersales_100 --role tech_support --worlds 20"
WORLDS, UNSEEN, SEED = 20, 200, 1

_LAST_SEED = 2**53


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.desk"))
    add("--rubric", metavar="NAME", help=text(lang, "help.rubric_file", default=RUBRIC))
    add("--role", metavar="ROLE", help=text(lang, "help.role"))
    about = text(lang, "help.worlds", default=WORLDS)
    add("--worlds", type=whole("--worlds", 3, 100_000, lang), help=about)
    add("--seatings", type=whole("--seatings", 1, 1000, lang), help=text(lang, "help.seatings"))
    about = text(lang, "lab.unseen", default=UNSEEN)
    add("--unseen", type=whole("--unseen", 1, 1_000_000, lang), metavar="N", help=about)
    about = text(lang, "lab_year.help")
    add("--years", type=whole("--years", 3, 100_000, lang), metavar="N", help=about)
    wanted = fairness_log.reliability_of(lang)
    add("--reliability", action="append", type=wanted, metavar="SHARE", help=text(lang, "fairlog.wanted"))
    add("--judges", metavar="NAME", help=text(lang, "judges.option"))
    add("--pay", type=amount("lab.bad_pay", lang), metavar="AMOUNT", help=text(lang, "lab.pay"))
    add("--seed", type=whole("--seed", 0, _LAST_SEED, lang), help=text(lang, "help.seed", default=SEED))
    tests_options(parser, lang)
    log_options(parser, lang)
    engine_options(parser, lang)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Split a score into merit, conduct, seat, fit and luck; return the exit code."""
    if fairness_log.is_log(args.scenario):
        for name in ("judges", "tests", "years", "pay", "worlds", "unseen", "seed"):
            needs(args, f"--{name}", getattr(args, name) is not None, text(args.lang, "lab_tests.a_scenario"), False)
        vain_for_a_log(args, ("--remedies", "--engine", "--workers", "--cluster"))
        return fairness_log.run(args)
    _settle(args)
    from scenarios.commands.common import inputs_of
    from scenarios.commands.fairness_year import course_parts
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.files.desks import read
    from scenarios.files.judges import judges_inputs, load_judges
    from scenarios.files.rubrics import load_rubric
    from scenarios.folder import Folder

    refuse_log_options(args)
    names = tests_of(args)
    needs(args, "--reliability", args.reliability is not None, "--years", args.years is not None)
    scenario, rubric = read(args.scenario), load_rubric(args.rubric)
    role = args.role or largest_role(scenario.desk)
    folder = Folder(args.out, args.lang) if args.out else None
    judges = None if args.judges is None else load_judges(args.judges)
    found, year, stopped = _studied(args, scenario, rubric, role, judges, folder)
    further: list[Section] = []
    if names and not stopped:
        further, stopped = tested(args, scenario, rubric, found, names, folder)
    inputs = {
        "scenario": inputs_of(scenario), "rubric": rubric_inputs(args.rubric, rubric), "role": role,
        "worlds": args.worlds, "seatings": args.seatings, "unseen": args.unseen, "years": args.years,
        "reliability": args.reliability, "pay": args.pay,
        "judges": None if judges is None else judges_inputs(args.judges, judges),
    }  # fmt: skip
    course = {"course": course_parts(year)} if year is not None else {}
    inputs |= {"tests": names} if names else {}
    made = document("fairness", inputs, args.seed, **parts_of(found), **course, **tests_parts(further, names))
    if folder:
        folder.write("fairness.json", as_json(made))
        folder.write("fairness_people.csv", as_csv(found.persons.to_dicts()))
        folder.make("fairness.html", partial(_page, args, scenario, found, rubric, year, bool(further)))
        write_tests(folder, args, scenario, found, further)
    give(args, made, lambda: _show(args, found, rubric, year, further), folder)
    return INTERRUPTED if stopped else DONE


def _settle(args: argparse.Namespace) -> None:
    """Put the documented defaults where nothing was given; a log has none, so it can tell what was."""
    for name, default in (("rubric", RUBRIC), ("worlds", WORLDS), ("unseen", UNSEEN), ("seed", SEED)):
        if getattr(args, name) is None:
            setattr(args, name, default)


def _studied(
    args: argparse.Namespace,
    scenario: Scenario,
    rubric: Rubric,
    role: str,
    judges: Judges | None,
    folder: Folder | None,
) -> tuple[Fairness, Course | None, bool]:
    """Return the study of a month, that of a year if one is asked for, and whether somebody stopped them."""
    from scenarios.commands.common import engine_of, pool_of, remembering
    from scenarios.commands.output import progress
    from sim.experiment import kept_open
    from sim.lab import TARGETS, course, fairness

    tasks, desk, engine = (
        args.worlds + args.unseen + 2 * (args.years or 0),
        scenario.desk,
        engine_of(args, scenario.desk),
    )
    with kept_open(pool_of(args, tasks)) as workers, progress(args.lang, tasks) as advance:
        pool = remembering(args, workers, folder)
        found = fairness(
            desk, rubric, role, args.worlds, run=engine, executor=pool, seed=args.seed, seatings=args.seatings,
            unseen=args.unseen, level=LEVEL, judges=judges, on_progress=lambda *_: advance(),
        )  # fmt: skip
        if found.interrupted or args.years is None:
            return found, None, found.interrupted
        try:
            year = course(
                desk, rubric, role, args.years, run=engine, executor=pool, seed=args.seed, seatings=args.seatings,
                unseen=args.unseen, targets=tuple(args.reliability or TARGETS), level=LEVEL,
                on_progress=lambda *_: advance(),
            )  # fmt: skip
        except KeyboardInterrupt:
            return found, None, True
    return found, year, False


def _page(
    args: argparse.Namespace, scenario: Scenario, found: Fairness, rubric: Rubric, year: Course | None, further: bool,
    path: Path,
) -> None:  # fmt: skip
    from scenarios.commands.fairness_tests import PAGE
    from scenarios.labels import title_of
    from scenarios.report.fairness import fairness_page

    title, command = title_of(args.lang, scenario.name, scenario.title), f"fairdesk fairness {scenario.name}"
    foot = text(args.lang, "lab_page.foot", command=command, rubric=args.rubric, seed=args.seed)
    fairness_page(
        path, args.lang, found, rubric, title, foot, args.pay, year=year, judged=args.judges is not None,
        tests=PAGE if further else None,
    )  # fmt: skip


def largest_role(desk: Desk) -> str:
    """Return the role with the most people, the first by name among equals."""
    from sim.desk import seats_of

    seats = [seat.seat.role for seat in seats_of(desk)]
    return max(sorted(desk.staff.roles), key=seats.count)


def parts_of(found: Fairness) -> dict[str, Any]:
    """Return a study as the keys of its document."""
    return {
        "shares": {name: asdict(share) for name, share in found.shares.items()},
        "validity": asdict(found.validity),
        "reliability": asdict(found.reliability),
        "wrong_tier": asdict(found.wrong_tier),
        "headline": found.headline,
        "measures": [_measure(name, shares) for name, shares in found.measures.items()],
        "harm": {name: asdict(getattr(found.wrong, name)) for name in HARM},
        "confusion": found.wrong.confusion.to_dicts(),
        "variance": asdict(found.variance),
        "objective_share": found.objective_share,
        "month": found.month.begin.strftime("%Y-%m"),
        "people": found.persons.to_dicts(),
        "worlds": found.worlds,
        "seatings": found.seatings,
        "unseen": found.unseen,
        "precise": found.precise,
        "notes": [in_words(note) for note in found.notes],
    }


def _measure(name: str, shares: Shares) -> dict[str, Any]:
    """Return the shares of a measure as a row of the document."""
    parts = {part: asdict(share) for part, share in shares.named().items()}
    return {"name": name, **parts, "reliability": asdict(shares.reliability), "variance": asdict(shares.variance)}


def _show_measures(found: Fairness, rubric: Rubric, lang: str) -> None:
    from scenarios.commands.output import show_table

    rows = [
        [measure_label(name, rubric, lang), *(tenths(getattr(shares, part).mean) for part in PARTS)]
        for name, shares in found.measures.items()
        if shares.merit.mean is not None
    ]
    heads = [text(lang, "lab.measure"), *(text(lang, f"lab.{part}") for part in PARTS)]
    show_table(text(lang, "lab.measures"), heads, rows, right=range(1, 6))


def _show_harm(args: argparse.Namespace, found: Fairness) -> None:
    from scenarios.commands.output import say, show_table

    lang = args.lang
    rows = [
        [text(lang, f"lab.{'pay_off' if name == 'pay' else name}"), tenths(share.mean), tenths_span(share, " .. ")]
        for name, share in ((name, getattr(found.wrong, name)) for name in HARM)
    ]
    heads = [text(lang, "lab.harm"), "%", text(lang, "table.interval", level=f"{found.level:.0%}")]
    show_table(text(lang, "lab.hurt", unseen=found.unseen), heads, rows, right=(1, 2))
    if args.pay is not None and found.wrong.pay.mean is not None:
        say(text(lang, "lab.money", amount=f"{args.pay * found.wrong.pay.mean:,.2f}", pay=f"{args.pay:,.2f}"))


def _show(
    args: argparse.Namespace, found: Fairness, rubric: Rubric, year: Course | None, further: list[Section]
) -> None:
    from scenarios.commands.fairness_year import show_course
    from scenarios.commands.output import say, show_table

    lang = args.lang
    title = text(
        lang,
        "fairness.title",
        role=found.role,
        people=found.people,
        worlds=found.worlds,
        seatings=found.seatings,
    )
    figures = {"validity": found.validity, "reliability": found.reliability, "wrong_tier": found.wrong_tier}
    say(title)
    for section, rows in (("part", found.shares), ("figure", figures)):
        lines = [
            [
                text(lang, f"{section}.{name}"), tenths(each.mean), tenths_span(each, " .. "),
            ]
            for name, each in rows.items()
        ]  # fmt: skip
        heads = [
            text(lang, f"table.{section}"),
            "%",
            text(lang, "table.interval", level=f"{found.level:.0%}"),
        ]
        show_table("", heads, lines, right=(1, 2))
    _show_harm(args, found)
    _show_measures(found, rubric, lang)
    if year is not None:
        show_course(args, year, rubric)
    show_tests(further, lang)
    for line in (fairness_sentence(found, lang), *(in_words(note, lang) for note in found.notes)):
        say(line)
