"""Permissions and moves as changes of a desk: one person takes another skill, or sits in another seat group.

A permission belongs to a seat, so it is a change of seats: the person leaves the group for a like one that takes the
skill as well; that group is made where there is none. Everybody else stays where they sit (`Desk.seating`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from pydantic import ValidationError

from sim.desk import Cap, Desk, Seat, Staff, people_of

DEFAULT_COST = 1.0
"""Cost of a step where none is stated, so that a budget counts steps."""


@dataclass(frozen=True)
class Step:
    """One person who learns or moves.

    Attributes
    ----------
    person
        Who, as `Desk.seating` names people: `ana`, or `adviser#2` for a head without a name.
    group
        Seat group that the person leaves.
    skill
        The skill that the new seat takes besides; None for a move.
    to
        Seat group that the person moves to; None for a permission.
    """

    person: str
    group: str
    skill: str | None = None
    to: str | None = None

    def __str__(self) -> str:
        return (
            f"{self.group}.{self.person}+{self.skill}" if self.to is None else f"{self.group}.{self.person}>{self.to}"
        )


def steps(desk: Desk, *, moves: bool = False) -> tuple[Step, ...]:
    """Return every step that a desk allows, by seat group, person and skill.

    A step is possible if the role of the seat group has the skill, some ticket may need it, the seat does not take it,
    and nothing forbids it to the person. Of the unnamed heads of a group the last stands for all: in what is known
    beforehand they are alike. Whoever assigns tickets by hand stays.

    Parameters
    ----------
    desk
        The desk.
    moves
        Whether moves to another seat group of the role are steps, too.
    """
    dispatchers = desk.routing.dispatch.seats if desk.routing.dispatch else ()
    found = [
        step
        for person, group in _movable(desk)
        if group not in dispatchers
        for step in _of_person(desk, person, group, moves)
    ]
    return tuple(step for step in found if taken_or_none(desk, step) is not None)


def _movable(desk: Desk) -> Iterator[tuple[str, str]]:
    """Yield who may learn or move, and the seat group: every named person, and the last unnamed head of a group."""
    where = {person: seat.rpartition("#")[0] for person, seat in people_of(desk).items()}
    last = {group: person for person, group in where.items() if person not in desk.staff.persons}
    for person, group in sorted(where.items(), key=lambda item: (item[1], item[0])):
        if person in desk.staff.persons or last[group] == person:
            yield person, group


def _of_person(desk: Desk, person: str, group: str, moves: bool) -> Iterator[Step]:
    seat, named = desk.staff.seats[group], desk.staff.persons.get(person)
    forbidden = named.forbidden_skills if named else ()
    for skill in needed_skills(desk):
        if skill in desk.staff.roles[seat.role].skills and skill not in (*seat.takes, *forbidden):
            yield Step(person, group, skill=skill)
    for other, there in sorted(desk.staff.seats.items()) if moves else ():
        if other != group and there.role == seat.role and there.changed(heads=0) != seat.changed(heads=0):
            yield Step(person, group, to=other)


def needed_skills(desk: Desk) -> tuple[str, ...]:
    """Return the skills that tickets, helpers and supervisors may need."""
    kinds = desk.demand.kinds.values()
    needed = {branch.skill for kind in kinds for branch in kind.branches()}
    needed |= {stage.assist.skill for kind in kinds for stage in kind.route if stage.assist is not None}
    if desk.routing.supervisor is not None:
        needed.add(desk.routing.supervisor.skill)
    return tuple(sorted(needed))


def taken_or_none(desk: Desk, step: Step) -> Desk | None:
    """Return the desk after a step; None where the desk allows it to nobody, as if a skill were left without a seat."""
    try:
        return taken(desk, step)
    except ValidationError:
        return None


def taken(desk: Desk, step: Step) -> Desk:
    """Return the desk after a step: the person sits in another seat, everybody else where they sat.

    Raises
    ------
    pydantic.ValidationError
        If the desk breaks a rule after it.
    """
    where = people_of(desk)
    seats = dict(desk.staff.seats)
    group = step.to if step.to is not None else _like_group(seats, step)
    seats[group] = (
        seats[group].changed(heads=seats[group].heads + 1) if group in seats else _wider(seats[step.group], step, 1)
    )
    seats[step.group] = seats[step.group].changed(heads=seats[step.group].heads - 1)
    persons = dict(desk.staff.persons)
    if step.person in persons and persons[step.person].seat is not None:
        persons[step.person] = persons[step.person].changed(seat=group)
    staff = desk.staff.changed(seats=seats, persons=persons)
    seating = _kept(desk, staff, {**where, step.person: f"{group}#{seats[group].heads}"}, step.group)
    caps = desk.routing.caps if step.to is not None else _caps(desk.routing.caps, step.group, group)
    routing = desk.routing.changed(caps=caps)
    return desk.changed(staff=staff, routing=routing, seating=seating)


def _wider(seat: Seat, step: Step, heads: int) -> Seat:
    return seat.changed(takes=(*seat.takes, *((step.skill,) if step.skill else ())), heads=heads)


def _like_group(seats: dict[str, Seat], step: Step) -> str:
    """Return the group that is like the person's but takes the skill, too; a free name where there is none."""
    wanted = _wider(seats[step.group], step, 0)
    for name, seat in sorted(seats.items()):
        same = seat.takes[0] == wanted.takes[0] and set(seat.takes) == set(wanted.takes)
        if same and seat.changed(takes=wanted.takes, heads=0) == wanted:
            return name
    name, number = f"{step.group}_{step.skill}"[:76], 2
    free = name
    while free in seats:
        free, number = f"{name}_{number}", number + 1
    return free


def _kept(desk: Desk, staff: Staff, where: dict[str, str], left: str) -> dict[str, str]:
    """Return the seating that keeps everybody in place; the seats of the group that was left are counted anew."""
    number = 0
    for person, seat in where.items():  # in the order of the seats
        if seat.rpartition("#")[0] == left:
            number += 1
            where[person] = f"{left}#{number}"
    default = people_of(desk.model_copy(update={"staff": staff, "seating": {}}))
    return {person: seat for person, seat in sorted(where.items()) if default[person] != seat}


def _caps(caps: dict[str, Cap], left: str, group: str) -> dict[str, Cap]:
    """Return the caps; one on the seats that the person leaves holds in the new seat group, too."""
    return {
        name: cap.changed(seats=(*cap.seats, group))
        if cap.seats and left in cap.seats and group not in cap.seats
        else cap
        for name, cap in caps.items()
    }


type Cost = Callable[[Step], float]


def costs_of(stated: Mapping[str, float], desk: Desk, *, moves: bool = False) -> Cost:
    """Return what each step costs.

    Parameters
    ----------
    stated
        Cost above 0 by a step, a seat group and skill (`adviser_late+enquiry`) or groups (`front_day>front_late`),
        a skill, or a seat group, the first of these that is stated; 1 where none is.
    desk, moves
        As in `steps`.

    Raises
    ------
    ValueError
        If a cost is not above 0 and finite, or what it is stated for is no step's.
    """
    known = {name for step in steps(desk, moves=moves) for name in _names(step)}
    for name, value in stated.items():
        if not (0 < value < math.inf):
            raise ValueError(f"cost {name}: must be finite and above 0, got {value}")
        if name not in known:
            near = get_close_matches(name, sorted(known), 1, 0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)[:12])}"
            raise ValueError(f"cost {name}: no step has this person, seat group or skill; {hint}")
    return lambda step: next((stated[name] for name in _names(step) if name in stated), DEFAULT_COST)


def _names(step: Step) -> tuple[str, ...]:
    if step.to is not None:
        return str(step), f"{step.group}>{step.to}", f"{step.group}.{step.person}", step.group
    return str(step), f"{step.group}+{step.skill}", str(step.skill), f"{step.group}.{step.person}", step.group


def surge_days(desk: Desk, name: str | None = None) -> tuple[str, Desk]:
    """Return the surge that moves are for, and the desk over the weeks that hold its days once.

    Parameters
    ----------
    desk
        The desk.
    name
        Name of the surge; the one with the largest factor if None.

    Raises
    ------
    ValueError
        If there is no such surge, or none at all, or the month of a run has no such day.
    """
    surges = desk.demand.surges
    if name is not None and name not in surges:
        raise ValueError(f"surge {name!r}: unknown; known: {', '.join(sorted(surges)) or 'none'}")
    if not surges:
        raise ValueError("moves are for the days of a surge, but demand.surges states none")
    chosen = name if name is not None else max(sorted(surges), key=lambda each: surges[each].factor)
    first = _next_day(desk.start, surges[chosen].first_day)
    begin = first - timedelta(days=first.weekday())
    days = (first - begin).days + surges[chosen].last_day - surges[chosen].first_day + 1
    return chosen, desk.changed(start=begin, weeks=-(-days // 7))


def _next_day(start: date, day: int) -> date:
    """Return the first date from a start on that is this day of a month."""
    return next(found for ahead in range(70) if (found := start + timedelta(days=ahead)).day == day)
