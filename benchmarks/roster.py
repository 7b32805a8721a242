"""A roster of the academy under every kind of rule, checked; and one that cannot be: `python -m benchmarks.roster`."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.machine import load, machine, versions
from optimize.roster.data import Question
from optimize.roster.desks import named, question_of
from optimize.roster.model import NoRoster
from optimize.roster.rules import Contract, Own, Pairs, Request, Rule, Rules, Wish
from optimize.roster.shares import totals
from optimize.roster.weeks import Made, rostered
from scenarios import load as load_desk
from scenarios.commands.roster import refusal_lines
from scenarios.texts import text
from sim.desk import Desk

HERE = Path(__file__).parent
LATES = ("late", "weekend_late")
"""Shifts that count as nights here: the academy works none past 22:00."""


def request(weeks: int, first: date) -> Request:
    """Return what is asked: leave, wishes, a part-time contract, a shift that somebody never works, and two pairs."""
    day = timedelta(days=1)
    people = {
        "service_agent_3": Own(leave=tuple(first + n * day for n in range(7, 12))),
        "service_agent_7": Own(contract=Contract(hours_most=24, days_most=3)),
        "service_agent_8": Own(never=("weekend",)),
        "service_agent_4": Own(wishes=(Wish(weekday="wed", wants=False, weight=2.0),)),
        "learning_adviser_1": Own(wishes=(Wish(shift="weekend_late", wants=False), Wish(day=first + 5 * day))),
        "learning_adviser_2": Own(leave=(first + 21 * day,)),
        "tech_support_1": Own(contract=Contract(hours_least=32)),
    }
    rules = Rules(
        apart=Pairs(pairs=(("service_agent_5", "service_agent_6"),), price=3.0),
        together=Pairs(pairs=(("tech_expert_1", "tech_expert_2"),), price=1.0),
    )
    return Request(weeks=weeks, nights=LATES, people=people, rules=rules)


def kept(question: Question, made: Made) -> list[str]:
    """Return a line by rule: hard or with its price, and what the checker finds broken."""
    found = totals(made.broken)
    lines = ["| rule | | broken | by | price |", "|---|---|--:|--:|--:|"]
    for name in ("one_shift", *Rules.model_fields):
        rule = question.rule(name) if name != "one_shift" else Rule()
        if rule is not None:
            count, by, price = found.get(name, (0, 0.0, 0.0))
            how = "must hold" if rule.price is None else f"{rule.price:g} a unit"
            lines.append(f"| {text('en', f'roster.rule_{name}')} | {how} | {count} | {by:g} | {price or 0:g} |")
    return lines


def impossible(desk: Desk, first: date) -> list[str]:
    """Return why there is no roster when three agents are on leave, and what comes of giving way as said."""
    away = {f"service_agent_{n}": Own(leave=tuple(first + timedelta(days=d) for d in range(7))) for n in (1, 2, 3)}
    asked = question_of(desk, Request(weeks=1, nights=LATES, people=away, rules=Rules(cover=Rule())))
    try:
        rostered(asked)
    except NoRoster as none:
        said, steps = refusal_lines("en", none), [(none.lines[step.row].about, step.by) for step in none.relaxation]
    else:
        raise AssertionError("three agents were not missed")
    calls = []
    for call in asked.calls:
        less = sum(by for about, by in steps if about == (call.shift, call.day.isoformat(), call.label))
        calls.append(replace(call, heads=call.heads - round(less)))
    made = rostered(replace(asked, calls=tuple(calls)))
    held = "a roster that keeps all rules that must hold" if made.price < float("inf") else "**none**"
    return [*(f"> {line}\n>" for line in said), "", f"Giving way as said leads to {held}."]


def page(weeks: int) -> str:
    """Return the page, as Markdown."""
    desk = named(load_desk("academy"))
    question = question_of(desk, request(weeks, desk.start))
    before = load()
    wall, cpu = time.perf_counter(), time.process_time()
    made = rostered(question)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rules = sum(question.rule(name) is not None for name in Rules.model_fields) + 1
    hard = sum(each.price is None for each in made.broken)
    given = sum(map(len, made.duties.values()))
    short = sum(each.by for each in made.broken if each.rule == "cover")
    return "\n".join(
        [
            "# Rosters",
            "",
            f"Made by `python -m benchmarks.roster --weeks {weeks}`. Machine: {machine()}. Versions: "
            f"{versions(('fairdesk', 'pulp', 'highspy'))}. The machine's load was {before:.1f} before.",
            "",
            f"{len(question.workers)} people, {weeks} weeks, {rules} kinds of rules, {given} duties: **{cpu:.0f} s** "
            f"of one core ({wall:.0f} s on the clock), the bound included. Rules that must hold and are broken, by the "
            f"checker: **{hard}**; heads missing: **{short:g}**; price {made.price:g}, proved bound "
            f"{made.bound or 0:.0f}. The bound takes each week for itself, without equal shares.",
            "",
            *kept(question, made),
            "",
            "## One that cannot be",
            "",
            "Three of twelve agents, of two teams, are on leave for a week, and every head of it must be there:",
            "",
            *impossible(desk, desk.start),
            "",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--out", type=Path, default=HERE / "roster.md")
    args = parser.parse_args(argv)
    args.out.write_text(page(args.weeks), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
