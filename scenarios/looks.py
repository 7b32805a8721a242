"""What may be looked at in a log: its tickets, people and days by name, and the numbers behind each picture."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from scenarios.plots import plain
from scenarios.plots.course import Course, course
from scenarios.plots.hours import Week, week
from scenarios.plots.standing import Queue, queue
from scenarios.plots.walls import date_of
from scenarios.plots.working_day import Day, working_day
from scenarios.problems import Problem, ScenarioError, nearest, shown
from sim.crew import Crew
from sim.log import Log

_MOST_NAMES = 20_000


class Asked(NamedTuple):
    """What is to be shown.

    Attributes
    ----------
    ticket
        Number of a ticket.
    person
        Name of a person.
    day
        Local day of the person, or in the week that is chosen.
    week, queue
        Whether the hours of the week, and queue against capacity.
    """

    ticket: int | None = None
    person: str | None = None
    day: date | None = None
    week: bool = False
    queue: bool = False


class Looks(NamedTuple):
    """What is shown of a log; None for what was not asked for.

    Attributes
    ----------
    log
        The log.
    ticket, day, week, queue
        The numbers behind each picture.
    near
        The nearest day on which the person did something.
    """

    log: Log
    ticket: Course | None
    day: Day | None
    week: Week | None
    queue: Queue | None
    near: date | None

    def data(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        timeline, made = self.log.timeline, {}
        if self.ticket is not None:
            made["ticket"] = plain.of_course(self.ticket, timeline, self.log.priorities)
        if self.day is not None:
            made["day"] = plain.of_day(self.day, timeline)
        if self.week is not None:
            made["week"] = plain.of_week(self.week)
        if self.queue is not None:
            made["queue"] = plain.of_queue(self.queue)
        return made


def looks_at(log: Log, asked: Asked, crew: Crew | None = None) -> Looks:
    """Return what was asked for.

    Parameters
    ----------
    log
        The log; it has tickets.
    asked
        Names that it has (see `ticket_named`, `person_named`, `checked_day`). A person without a day is shown on the
        day with most touches, or else with most moments or shifts.
    crew
        The crew of the world that the log is of, if it was simulated.
    """
    day, near = None, None
    if asked.person is not None:
        days = days_of(log, asked.person)
        first = first_and_last(log)[0]
        chosen = asked.day or max(days, key=lambda each: (days[each], -each.toordinal()), default=first)
        day = working_day(log, asked.person, chosen, crew)
        if day.empty():
            near = min(days, key=lambda each: abs((each - chosen).days), default=None)
    return Looks(
        log, None if asked.ticket is None else course(log, asked.ticket), day,
        week(log, asked.day) if asked.week else None, queue(log, crew) if asked.queue else None, near,
    )  # fmt: skip


def days_of(log: Log, person: str) -> dict[date, tuple[int, int, int]]:
    """Return the days on which a person does something, with their touches, moments and shifts, counted by begin."""
    places = ((log.touches, "person", "started_s"), (log.moments, "who", "at_s"), (log.shifts, "person", "start_s"))
    found: dict[date, list[int]] = {}
    for place, (frame, who, when) in enumerate(places):
        at_s = frame.filter(pl.col(who) == person)[when].drop_nulls().to_numpy()
        for each in log.timeline.day(at_s).tolist() if len(at_s) else ():
            found.setdefault(date.fromordinal(each), [0, 0, 0])[place] += 1
    return {day: (many[0], many[1], many[2]) for day, many in sorted(found.items())}


def first_and_last(log: Log) -> tuple[date, date]:
    """Return the first and the last local day of a log."""
    created = log.tickets["created_s"].to_numpy()
    first_s = min(0, int(created.min(initial=0)))
    return date_of(log.timeline, first_s), date_of(log.timeline, max(0, log.until_s - 1))


def ticket_named(log: Log, said: str) -> int:
    """Return the number of a ticket that is named by its label, or by its number where no label is like that.

    Raises
    ------
    ScenarioError
        If there is none; the message names the nearest.
    """
    labelled = log.cases.filter(pl.col("label") == said)["ticket"]
    if len(labelled):
        return int(labelled[0])
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
    tickets = log.cases["ticket"]
    if number is not None and number in tickets:
        return number
    if number is not None and log.cases["label"].null_count() == log.cases.height:
        near = int(tickets[int((tickets - number).abs().arg_min() or 0)])
        raise ScenarioError([Problem("no_ticket_near", {"got": shown(said), "near": near})])
    names = pl.concat([log.cases["label"].drop_nulls(), tickets.cast(pl.String)])
    raise ScenarioError([_unknown("ticket", said, _alike(names, said))])


def _alike(names: pl.Series, said: str) -> Iterable[str]:
    """Return names to look for a near one in: of very many, those that are about as long and begin or end alike."""
    if len(names) > _MOST_NAMES:
        near = names.str.len_chars().is_between(len(said) - 1, len(said) + 1)
        near &= names.str.starts_with(said[:2]) | names.str.ends_with(said[-2:])
        names = names.filter(near)
    return names.head(_MOST_NAMES).to_list()


def person_named(log: Log, said: str) -> str:
    """Return the name of a person whom a log knows.

    Raises
    ------
    ScenarioError
        If nobody is called so; the message names the nearest.
    """
    names = _people(log)
    if said in names:
        return said
    raise ScenarioError([_unknown("person", said, names)]) if names else ScenarioError([Problem("no_people")])


def _people(log: Log) -> list[str]:
    columns = ((log.people, "person"), (log.touches, "person"), (log.shifts, "person"), (log.moments, "who"))
    return sorted({name for frame, column in columns for name in frame[column].drop_nulls().unique().cast(pl.String)})


def _unknown(what: str, said: str, names: Iterable[str]) -> Problem:
    end, near = nearest(said, names)
    return Problem(f"no_{what}{end}", {**near, "got": shown(said)})


def checked_day(log: Log, said: str) -> date:
    """Return a local day of a log.

    Raises
    ------
    ScenarioError
        If it is no date, or lies outside of the log; the message names the nearest day.
    """
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise ScenarioError([Problem("no_date", {"got": shown(said)})]) from None
    first, last = first_and_last(log)
    if not first <= day <= last:
        values = {"got": day, "first": first, "last": last, "near": first if day < first else last}
        raise ScenarioError([Problem("day_outside", values)])
    return day
