"""A roster made again after somebody fell ill: as few changes as can be, from a day on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from optimize.roster.data import Question, Roster, near
from optimize.roster.model import Duties
from optimize.roster.view import Line, View
from optimize.roster.weeks import Made, rostered

CHANGE = 200.0
"""Price of a published duty that is taken, given or moved: below a head that is missing, above all wishes."""


@dataclass(frozen=True)
class Change:
    """What changed for somebody on a day: shift before and after, None for a day off."""

    person: str
    day: date
    old: str | None
    new: str | None


def again(
    question: Question,
    kept: Roster,
    absent: Mapping[str, tuple[date, date]],
    *,
    since: date | None = None,
    seconds: float | None = None,
    on_week: Callable[[Duties], None] | None = None,
) -> tuple[Made, tuple[Change, ...]]:
    """Return a published roster made again, and what changed for those who are not absent.

    Parameters
    ----------
    question
        The question of the roster.
    kept
        The published roster.
    absent
        First and last day of absence by person.
    since
        First day that may change; the first day of any absence when absent.
    seconds, on_week
        As of `optimize.roster.weeks.rostered`.

    Raises
    ------
    ValueError
        If somebody is unknown, or days lie outside of the roster or out of order.
    NoRoster
        If the rules that must hold cannot be kept.
    """
    _check(question, absent)
    since = since or min(first for first, _ in absent.values())
    known = {worker.name for worker in question.workers}
    if stranger := sorted(set(kept) - known):
        raise ValueError(f"the kept roster: unknown person {stranger[0]!r}; {near(stranger[0], known)}")
    question = away(question, absent)
    days = [day for day in question.days if day >= since]
    before = {name: {day: s for day, s in own.items() if day < since} for name, own in kept.items()}
    closed = {name: {day: s for day, s in own.items() if day in question.days} for name, own in before.items()}
    extra = tuple(_kept(question, kept, days))
    made = rostered(question, seconds=seconds, proves=False, extra=extra, settled=closed, opens=since, on_week=on_week)
    changes = []
    for worker in question.workers:
        for day in days:
            old, new = kept.get(worker.name, {}).get(day), made.duties.get(worker.name, {}).get(day)
            if old != new and day not in _days_away(question, absent, worker.name):
                changes.append(Change(worker.name, day, old, new))
    return made, tuple(changes)


def _check(question: Question, absent: Mapping[str, tuple[date, date]]) -> None:
    if not absent:
        raise ValueError("nobody is said to be absent")
    for name, (first, last) in absent.items():
        if name not in question.worker:
            raise ValueError(f"absent: unknown person {name!r}; {near(name, question.worker)}")
        if last < first:
            raise ValueError(f"absent: {name}: the last day {last} lies before the first {first}")
        if last < question.days[0] or first > question.days[-1]:
            raise ValueError(
                f"absent: {name}: {first} to {last} lies outside of {question.days[0]} to {question.days[-1]}"
            )


def _days_away(question: Question, absent: Mapping[str, tuple[date, date]], name: str) -> set[date]:
    if name not in absent:
        return set()
    first, last = absent[name]
    return {day for day in question.days if first <= day <= last}


def away(question: Question, absent: Mapping[str, tuple[date, date]]) -> Question:
    """Return a question in which who is absent is on leave."""
    workers = tuple(
        replace(worker, leave=worker.leave | _days_away(question, absent, worker.name)) for worker in question.workers
    )
    return replace(question, workers=workers)


def _kept(question: Question, kept: Roster, days: list[date]) -> list[Line]:
    """Return a row for each person and day that others planned by: it stays as it was published."""
    view, rows = View(question, frozenset(days), {}), []
    for worker in question.workers:
        for day in days:
            if day in worker.leave or not view.shifts(worker.name, day):
                continue
            about = (worker.name, day.isoformat())
            old = kept.get(worker.name, {}).get(day)
            if old is None:
                rows.append(Line("kept", about, view.on(worker.name, day).terms, high=0.0, price=CHANGE))
            elif old in view.shifts(worker.name, day):
                rows.append(Line("kept", about, view.on(worker.name, day, {old}).terms, low=1.0, price=CHANGE))
    return rows
