"""Who has how much of what under a roster: hours, nights, weekends, scoring opportunity, wishes kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from optimize.roster.checker import Broken, broken
from optimize.roster.data import Question, Roster, weekday
from optimize.roster.rules import Rule, Rules


@dataclass(frozen=True)
class Share:
    """What one person has: duties, hours, nights, weekends, points; wishes kept of those that were about a day.

    Attributes
    ----------
    full_time
        The person's part of a full time of five days.
    """

    person: str
    pool: str
    full_time: float
    duties: int
    hours: float
    nights: int
    weekends: int
    points: float
    wishes: int
    kept: int


def shares(question: Question, roster: Roster) -> tuple[Share, ...]:
    """Return everybody's share, in the order of the question."""
    only = Rules(wishes=Rule(price=1.0))
    lost: dict[str, int] = {}
    for each in broken(replace(question, rules=only), roster):
        if each.rule == "wishes":
            lost[each.about[0]] = lost.get(each.about[0], 0) + 1
    found = []
    for worker in question.workers:
        own = {day: question.turn[shift] for day, shift in roster.get(worker.name, {}).items()}
        asked = sum(_days(question, worker.name))
        found.append(
            Share(
                worker.name, worker.pool, question.share(worker), len(own),
                sum(worker.hours[turn.name] for turn in own.values()), sum(turn.night for turn in own.values()),
                sum(sat in own or sun in own for sat, sun in question.weekends),
                sum(turn.points for turn in own.values()), asked, asked - lost.get(worker.name, 0),
            )
        )  # fmt: skip
    return tuple(found)


def _days(question: Question, name: str) -> Iterable[int]:
    """Yield by wish on how many days it is asked."""
    for wish in question.worker[name].wishes:
        yield sum(wish.day in (None, day) and wish.weekday in (None, weekday(day)) for day in question.days)


def totals(found: Iterable[Broken]) -> dict[str, tuple[int, float, float | None]]:
    """Return by rule how often it is broken, by how much in all, and what that costs; None if it must hold."""
    made: dict[str, tuple[int, float, float | None]] = {}
    for each in found:
        count, by, cost = made.get(each.rule, (0, 0.0, 0.0))
        made[each.rule] = (
            count + 1, by + each.by, None if each.price is None or cost is None else cost + each.price,
        )  # fmt: skip
    return made
