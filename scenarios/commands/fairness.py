"""`fairdesk fairness`: what a month's score of a role is made of."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scenarios.appraisal import fairness_sentence
from scenarios.commands.options import LEVEL, engine_options, output_options, whole
from scenarios.commands.score import RUBRIC, rubric_inputs
from scenarios.notes import in_words
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.desk import Desk
    from sim.lab import Fairness

EXAMPLE = "fairdesk fairness academy --rubric aftersales_100 --role tech_support --worlds 20"
WORLDS = 20

_LAST_SEED = 2**53


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.desk"))
    add("--rubric", default=RUBRIC, metavar="NAME", help=text(lang, "help.rubric_file", default=RUBRIC))
    add("--role", metavar="ROLE", help=text(lang, "help.role"))
    about = text(lang, "help.worlds", default=WORLDS)
    add("--worlds", type=whole("--worlds", 3, 100_000, lang), default=WORLDS, help=about)
    add("--seatings", type=whole("--seatings", 1, 1000, lang), help=text(lang, "help.seatings"))
    add(
        "--seed",
        type=whole("--seed", 0, _LAST_SEED, lang),
        default=1,
        help=text(lang, "help.seed", default=1),
    )
    engine_options(parser, lang)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Split a score into merit, conduct, seat, fit and luck; return the exit code."""
    from scenarios.commands.common import engine_of, inputs_of, pool_of
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.files import read
    from scenarios.rubric_files import load_rubric
    from sim.experiment import kept_open
    from sim.lab import fairness

    scenario, rubric = read(args.scenario), load_rubric(args.rubric)
    role = args.role or largest_role(scenario.desk)
    folder = Folder(args.out, args.lang) if args.out else None
    with kept_open(pool_of(args, args.worlds)) as pool, progress(args.lang, args.worlds) as advance:
        found = fairness(
            scenario.desk, rubric, role, args.worlds, run=engine_of(args, scenario.desk), executor=pool, seed=args.seed,
            seatings=args.seatings, level=LEVEL, on_progress=lambda *_: advance(),
        )  # fmt: skip
    inputs = {
        "scenario": inputs_of(scenario), "rubric": rubric_inputs(args.rubric, rubric), "role": role,
        "worlds": args.worlds, "seatings": args.seatings,
    }  # fmt: skip
    made = document("fairness", inputs, args.seed, **parts_of(found))
    if folder:
        folder.write("fairness.json", as_json(made))
        folder.write("fairness_people.csv", as_csv(found.persons.to_dicts()))
    give(args, made, lambda: _show(args, found), folder)
    return 0


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
        "variance": asdict(found.variance),
        "objective_share": found.objective_share,
        "month": found.month.begin.strftime("%Y-%m"),
        "people": found.persons.to_dicts(),
        "worlds": found.worlds,
        "seatings": found.seatings,
        "precise": found.precise,
        "notes": [in_words(note) for note in found.notes],
    }


def _show(args: argparse.Namespace, found: Fairness) -> None:
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
                text(lang, f"{section}.{name}"), _percent(each.mean),
                f"{_percent(each.low)} .. {_percent(each.high)}" if each.low is not None else "-",
            ]
            for name, each in rows.items()
        ]  # fmt: skip
        heads = [
            text(lang, f"table.{section}"),
            "%",
            text(lang, "table.interval", level=f"{found.level:.0%}"),
        ]
        show_table("", heads, lines, right=(1, 2))
    for line in (fairness_sentence(found, lang), *(in_words(note, lang) for note in found.notes)):
        say(line)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
