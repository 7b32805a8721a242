"""`fairdesk fairness --years N`: how long it takes until a score may be relied upon, and what a year brings people."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.lab import Course


def course_parts(found: Course) -> dict[str, Any]:
    """Return a year's study as a part of the document."""
    return {
        "begin": found.begin.isoformat(), "end": found.end.isoformat(), "worlds": found.worlds,
        "seatings": found.seatings, "unseen": found.unseen, "precise": found.precise,
        "lengths": {
            length: {
                "shares": {name: asdict(share) for name, share in shares.named().items()},
                "reliability": asdict(shares.reliability), "stepped": asdict(found.stepped[length]),
            }
            for length, shares in found.shares.items()
        },
        "merit_of_reliable": asdict(found.most), "tickets_per_month": found.tickets,
        "needed": [asdict(each) for each in found.needed], "brought": found.brought.to_dicts(),
        "pay": {length: asdict(off) for length, off in found.pay.items()},
    }  # fmt: skip


def show_course(args: argparse.Namespace, found: Course, rubric: Rubric) -> None:
    """Show a year's study on the terminal."""
    from scenarios.commands.output import say, show_table
    from scenarios.report import year

    lang = args.lang
    table = year.year_table(found, lang)
    show_table(year.year_title(found, lang), table.heads, table.lines, right=table.right)
    for line in (*year.needed_sentences(found, lang), *year.pay_sentences(found, lang, args.judges is not None)):
        say(line)
    table = year.brought_table(found, rubric, lang)
    show_table(year.brought_title(found, lang), table.heads, table.lines, right=table.right)
