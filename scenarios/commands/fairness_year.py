"""`fairdesk fairness --years N`: how long it takes until a score may be relied upon, and what a year brings people."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.lab import Course, Estimate


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

    lang, level = args.lang, f"{found.level:.0%}"
    interval = text(lang, "table.interval", level=level)
    rows = [
        [text(lang, f"lab_year.{length}"), _percent(shares.reliability.mean), _span(shares.reliability),
         _percent(found.stepped[length].mean), _percent(shares.merit.mean), _percent(shares.seat.mean)]
        for length, shares in found.shares.items()
    ]  # fmt: skip
    heads = [text(lang, f"lab_year.{key}") for key in ("length", "reliability", "interval", "stepped", "merit", "seat")]
    heads[2] = interval
    title = text(lang, "lab_year.title", begin=found.begin, worlds=found.worlds, seatings=found.seatings)
    show_table(title, heads, rows, right=range(1, 6))
    for each in found.needed:
        key = "needed" if each.months.mean is not None else "never"
        values = {
            "months": _number(each.months.mean),
            "low": _number(each.months.low),
            "high": _number(each.months.high),
        }
        say(text(lang, f"lab_year.{key}", target=f"{each.target:g}", tickets=_number(each.tickets.mean), **values))
    for length, off in found.pay.items():
        if off.mean is not None:
            period = text(lang, f"lab_year.{length}")
            say(text(lang, "lab_year.pay", length=period, share=_percent(off.mean), interval=_span(off)))
    if args.judges is not None:
        say(text(lang, "lab_year.unjudged"))
    if found.most.mean is not None:
        say(text(lang, "lab_year.most", share=_percent(found.most.mean)))
    heads = [text(lang, f"lab_year.{key}") for key in ("length", "what", "due", "given", "wrongful", "missed")]
    rows = [
        [text(lang, f"lab_year.{row['length']}"), what_label(row["what"], rubric, lang),
         *(_percent(row[key]) for key in ("due", "given", "wrongful", "missed"))]
        for row in found.brought.to_dicts()
    ]  # fmt: skip
    show_table(text(lang, "lab_year.brought", unseen=found.unseen), heads, rows, right=range(2, 6))


def what_label(what: str, rubric: Rubric, lang: str) -> str:
    """Return what a grade, a state of a ladder, an award or a rank is called."""
    kind, _, rest = what.partition(".")
    if kind == "rank":
        return text(lang, f"lab_year.rank_{rest}")
    if kind == "ladder":
        ladder, _, state = rest.partition(".")
        labels = rubric.consequences.ladders[ladder].states.get(state, {})
        return text(lang, "lab_year.ladder_of", label=_said(labels, lang, state))
    named = rubric.consequences.grades[rest] if kind == "grade" else rubric.consequences.awards[rest]
    return text(lang, f"lab_year.{kind}_of", label=_said(named.label, lang, rest))


def _said(labels: Any, lang: str, name: str) -> str:
    return str(labels.get(lang, name))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _span(share: Estimate) -> str:
    return f"{_percent(share.low)} .. {_percent(share.high)}" if share.low is not None else "-"
