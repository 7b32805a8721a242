"""From a desk to a question about its roster, and from a roster back to a desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from optimize.roster.data import Call, Question, Roster, Turn, Worker, near, weekday
from optimize.roster.rules import Need, Own, Request, in_force
from sim.calendar import WEEKDAYS
from sim.crew import named as names_given
from sim.crew.roster import is_on
from sim.desk import Desk, Person, Seat, people_of
from sim.desk.staff import Shift, span_of

NIGHT_MIN = 180
"""A shift is a night if so many minutes of its work lie between 22:00 and 06:00."""


def named(desk: Desk) -> Desk:
    """Return a desk whose heads without a name are named persons of the same abilities: `adviser#3` is `adviser_3`.

    Their absences and lateness are those of other people, because these belong to the name.
    """
    return names_given(desk).changed(seating={})


def question_of(desk: Desk, request: Request, before: Roster | None = None) -> Question:
    """Return the question about the roster of a desk, whose heads have names (see `named`).

    Parameters
    ----------
    desk
        The desk.
    request
        What is asked.
    before
        Duties before the first day.

    Raises
    ------
    ValueError
        If the request names what the desk lacks, or asks for what cannot be.
    """
    first, shifts = request.start or desk.start, desk.staff.shifts
    where = {name: seat.rpartition("#")[0] for name, seat in people_of(desk).items()}
    days = [first + timedelta(days=day) for day in range(7 * request.weeks)]
    for what, names, known in (
        ("people", request.people, where), ("nights", request.nights or (), shifts),
        ("points", request.points, shifts), ("needs", [need.shift for need in request.needs], shifts),
    ):  # fmt: skip
        for name in names:
            if name not in known:
                raise ValueError(f"{what}: unknown name {name!r}; {near(name, known)}")
    calls = tuple(_calls(desk, request, where, days))
    if not calls:
        raise ValueError(f"needs: no shift needs anybody in {request.weeks} weeks from {first}")
    used = sorted({call.shift for call in calls})
    turns = tuple(_turn(desk.staff.shifts[name], name, request) for name in used)
    workers = tuple(_worker(desk, request, name, group, calls) for name, group in where.items())
    return Question(first, request.weeks, turns, workers, calls, in_force(request), before or {})


def _turn(shift: Shift, name: str, request: Request) -> Turn:
    spans = shift.spans_min()
    begin, end = span_of(shift.hours)
    dark = sum(max(0, min(b, stop) - max(a, start)) for a, b in spans for start, stop in ((0, 360), (1320, 1800)))
    night = name in request.nights if request.nights is not None else dark >= NIGHT_MIN
    hours = sum(b - a for a, b in spans) / 60
    return Turn(name, begin, end, hours, night, request.points.get(name, hours))


def _calls(desk: Desk, request: Request, where: Mapping[str, str], days: list[date]) -> Iterator[Call]:
    needs = [(need, _stated(desk, need, where), _label(need)) for need in request.needs]
    for need, who, label in needs or _of_seats(desk, where):
        for day in days:
            if need.heads and _needed(desk, need, day):
                yield Call(day, need.shift, label, need.heads, who)


def _needed(desk: Desk, need: Need, day: date) -> bool:
    if need.dates is not None:
        return day in need.dates
    if need.days is not None:
        return weekday(day) in need.days
    return is_on(desk, desk.staff.shifts[need.shift], day)


def _label(need: Need) -> str:
    return need.skill or "_".join(need.seats or ("anybody",))


def _stated(desk: Desk, need: Need, where: Mapping[str, str]) -> frozenset[str]:
    """Return who counts for a need that a request states."""
    for group in need.seats or ():
        if group not in desk.staff.seats:
            raise ValueError(f"needs: unknown seat group {group!r}; {near(group, desk.staff.seats)}")
    who = frozenset(name for name, group in where.items() if need.seats is None or group in need.seats)
    if need.skill is None:
        return who
    skills = {skill for seat in desk.staff.seats.values() for skill in seat.takes}
    if need.skill not in skills:
        raise ValueError(f"needs: unknown skill {need.skill!r}; {near(need.skill, skills)}")
    return frozenset(name for name in who if need.skill in _takes(desk, name, where[name]))


def _takes(desk: Desk, name: str, group: str) -> list[str]:
    person = desk.staff.persons.get(name)
    return [s for s in desk.staff.seats[group].takes if person is None or s not in person.forbidden_skills]


def _pool(seat: Seat) -> tuple[str, str, tuple[str, ...]]:
    """Return what seats have in common whose people may work each other's shifts."""
    return seat.role, seat.team, tuple(sorted(seat.takes))


def _pools(desk: Desk) -> dict[str, str]:
    """Return a name of the pool by seat group: its team, unless that has several; or else its groups."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for group, seat in sorted(desk.staff.seats.items()):
        groups.setdefault(_pool(seat), []).append(group)
    teams = [team for _, team, _ in groups]
    names = {key: key[1] if teams.count(key[1]) == 1 else "_".join(own) for key, own in groups.items()}
    return {group: names[_pool(seat)] for group, seat in desk.staff.seats.items()}


def _of_seats(desk: Desk, where: Mapping[str, str]) -> list[tuple[Need, frozenset[str], str]]:
    """Return the needs that keep every seat of the desk: the people of a pool take its shifts in turns."""
    pools = _pools(desk)
    heads: dict[tuple[str, str], int] = {}
    for group, seat in sorted(desk.staff.seats.items()):
        key = pools[group], seat.shift
        heads[key] = heads.get(key, 0) + seat.heads
    who = {pool: frozenset(n for n, group in where.items() if pools[group] == pool) for pool in pools.values()}
    return [(Need(shift=shift, heads=many), who[pool], pool) for (pool, shift), many in heads.items()]


def _worker(desk: Desk, request: Request, name: str, group: str, calls: tuple[Call, ...]) -> Worker:
    own, person = request.people.get(name, Own()), desk.staff.persons.get(name, Person(role="none"))
    hours = {}
    for shift in sorted({call.shift for call in calls if name in call.who}):
        spans = desk.staff.shifts[shift].spans_min(person.hours)
        if spans:
            hours[shift] = sum(b - a for a, b in spans) / 60
    days = None if person.days is None else frozenset(WEEKDAYS.index(day) for day in person.days)
    return Worker(
        name, _pools(desk)[group], hours, own.contract or request.contract, frozenset(own.leave),
        frozenset(own.never), own.wishes, days,
    )  # fmt: skip


def with_roster(desk: Desk, question: Question, roster: Roster) -> Desk:
    """Return a desk whose people work a roster, over its weeks.

    Parameters
    ----------
    desk
        The desk, whose heads have names; days off of part-time are those that the roster leaves free.
    question, roster
        The question, and shift by person and day.
    """
    persons = {
        name: person.changed(duties=dict(sorted(roster.get(name, {}).items())), days=None)
        for name, person in desk.staff.persons.items()
    }
    made = desk.changed(start=question.first, weeks=question.weeks, staff=desk.staff.changed(persons=persons))
    assert isinstance(made, Desk)
    return made
