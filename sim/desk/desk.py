"""A desk: one institution's support, as far as it is modelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from sim.calendar import ALWAYS, Calendar, Timeline
from sim.calendar.zones import FIRST_YEAR, LAST_YEAR, zone_named
from sim.desk.conduct import Reaction, Shortcuts
from sim.desk.demand import Demand
from sim.desk.known import check_known
from sim.desk.learning import check_learns
from sim.desk.service import Outcome, Routing
from sim.desk.staff import Seat, Staff, check_duties, check_meets, check_works
from sim.parameters import Name, Names, Parameters
from sim.sla import Clause, Sla


class SeatInstance(NamedTuple):
    """One seat of a group of like seats."""

    name: str
    group: str
    seat: Seat


class Desk(Parameters):
    """A support desk: demand, staff, routing, service targets and outcome."""

    title: str = Field(default="", max_length=200, description="What the scenario is about.")
    start: date = Field(description="First local day.")
    weeks: int = Field(ge=1, le=520, description="Length of a run in weeks.")
    time_zone: str = Field(default="Asia/Shanghai", description="IANA time zone of wall times.")
    currency: str = Field(default="CNY", min_length=3, max_length=3)
    clock_s: int = Field(
        default=1, ge=1, le=86400, description="Grain of all instants in seconds; 1 but in tests of ties."
    )
    priorities: Names = Field(default=("urgent", "important", "normal"), min_length=1, description="Highest first.")
    calendars: dict[Name, Calendar] = Field(default={}, description="Calendars by name; `always` is known.")
    sla: Sla | None = Field(default=None, description="Service targets.")
    demand: Demand
    staff: Staff
    routing: Routing = Routing()
    outcome: Outcome = Outcome()
    shortcuts: Shortcuts = Shortcuts()
    reaction: Reaction | None = Field(default=None, description="How people react to their points.")
    seating: dict[str, str] = Field(default={}, description="Seat of a person, over the default order: person = seat.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_time(self)
        _check_names(self)
        _check_epochs(self)
        _check_escalation(self)
        _check_part_time(self, people_of(self))
        _check_forbidden(self, people_of(self))
        _check_dispatch(self, people_of(self))
        return self

    def timeline(self) -> Timeline:
        """Return the time line whose second 0 is the first instant of the first local day."""
        return Timeline.midnight(self.start, self.time_zone)

    def until_s(self) -> int:
        """Return the end of a run in seconds: the first instant of the local day after the last."""
        return self.timeline().second(self.start, 7 * 1440 * self.weeks)

    def calendar(self, name: str) -> Calendar:
        """Return a calendar by its name.

        Raises
        ------
        KeyError
            If there is none of that name; `always` is always known.
        """
        return ALWAYS if name == "always" else self.calendars[name]


def _check_time(desk: Desk) -> None:
    try:
        zone_named(desk.time_zone)
    except ValueError as error:
        raise ValueError(f"time_zone: {error}") from None
    # A year at either end keeps every due and every span on duty within what a time zone can tell.
    if not FIRST_YEAR < desk.start.year < LAST_YEAR - desk.weeks // 52 - 1:
        raise ValueError(f"start: the run must lie within the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}")
    last = desk.start + timedelta(days=7 * desk.weeks - 1)
    for name, calendar in desk.calendars.items():
        if (year := calendar.lacks(desk.start.year, last.year)) is not None:
            stated = ", ".join(map(str, calendar.years))
            raise ValueError(
                f"calendars.{name}: holidays are stated for {stated}, but the run reaches into {year}; "
                "state them for that year too"
            )


def _check_names(desk: Desk) -> None:
    """Refuse names of what is not there."""
    skills = sorted({skill for seat in desk.staff.seats.values() if seat.heads for skill in seat.takes})
    _check_staff_names(desk)
    _check_demand_names(desk, skills)
    _check_routing_names(desk, skills)
    _check_outcome_names(desk)
    if desk.calendars.get("always", ALWAYS) != ALWAYS:
        raise ValueError("calendars.always: `always` is open around the clock; give yours another name")
    _check_sla(desk)


def _check_staff_names(desk: Desk) -> None:
    staff = desk.staff
    for name, seat in staff.seats.items():
        where = f"staff.seats.{name}"
        check_known("role", seat.role, staff.roles, where)
        check_known("team", seat.team, staff.teams, where)
        check_known("shift", seat.shift, staff.shifts, where)
        for meeting in seat.meetings:
            check_known("meeting", meeting, staff.meetings, where)
            check_meets(meeting, staff.meetings[meeting], seat.shift, staff.shifts[seat.shift], where)
        for skill in seat.takes:
            check_known("skill", skill, staff.roles[seat.role].skills, where)
    for name, person in staff.persons.items():
        check_known("role", person.role, staff.roles, f"staff.persons.{name}")
        check_learns(f"staff.persons.{name}: tenure_weeks", person.tenure_weeks, staff.roles[person.role].learning)
        for skill in (*person.speed, *person.quality):
            check_known("skill", skill, staff.roles[person.role].skills, f"staff.persons.{name}")
        if person.seat is not None:
            check_known("seat", person.seat, staff.seats, f"staff.persons.{name}")
        for duty in dict.fromkeys((person.duties or {}).values()):
            check_known("shift", duty, staff.shifts, f"staff.persons.{name}.duties")
        check_duties(name, person, staff.shifts)
    for name, spell in staff.absences.items():
        for role in spell.roles or ():
            check_known("role", role, staff.roles, f"staff.absences.{name}")
    for name, shift in staff.shifts.items():
        if shift.calendar is not None:
            check_known("calendar", shift.calendar, desk.calendars, f"staff.shifts.{name}")


def _check_demand_names(desk: Desk, skills: list[str]) -> None:
    demand = desk.demand
    if "flat" in demand.curves:
        raise ValueError("demand.curves.flat: `flat` is the even curve; give yours another name")
    for name, kind in demand.kinds.items():
        where = f"demand.kinds.{name}"
        if kind.curve != "flat":
            check_known("curve", kind.curve, demand.curves, where)
        if kind.room is not None:
            check_known("waiting room", kind.room, demand.rooms, where)
        for priority in (*kind.priorities, *(kind.priority_change.to if kind.priority_change else ())):
            check_known("priority", priority, desk.priorities, where)
        if (weights := kind.learners) is not None:
            if demand.population is None:
                raise ValueError(f"{where}.learners: weights of learners need the table `demand.population`")
            for stage_name in weights.stages:
                check_known("life stage", stage_name, demand.population.stages, f"{where}.learners.stages")
            for course in weights.courses:
                check_known("course", course, demand.population.courses, f"{where}.learners.courses")
        for agreement in kind.agreement_change.to if kind.agreement_change else ():
            check_known("agreement", agreement, desk.sla.agreements if desk.sla else (), where)
        needed = [*(branch.skill for branch in kind.branches()), *(s.assist.skill for s in kind.route if s.assist)]
        for skill in needed:
            if skill not in skills:
                check_known("skill that a seat with heads takes", skill, skills, f"{where}.route")
    for name, row in demand.triage.confusion.items() if demand.triage else ():
        check_known("kind", name, demand.kinds, "demand.triage.confusion")
        for other in row:
            check_known("kind", other, demand.kinds, f"demand.triage.confusion.{name}")
    touching_kinds = (("surges", demand.surges), ("seasons", demand.seasons), ("bursts", demand.bursts))
    for table, touching in touching_kinds:
        for name, each in touching.items():
            for kind_name in each.kinds or ():
                check_known("kind", kind_name, demand.kinds, f"demand.{table}.{name}")


def _check_routing_names(desk: Desk, skills: list[str]) -> None:
    staff, demand = desk.staff, desk.demand
    if (supervisor := desk.routing.supervisor) is not None and supervisor.skill not in skills:
        check_known("skill that a seat with heads takes", supervisor.skill, skills, "routing.supervisor")
    for name in desk.routing.pull.declines if desk.routing.pull else ():
        check_known("kind", name, demand.kinds, "routing.pull.declines")
    for name, cap in desk.routing.caps.items():
        for kind_name in cap.kinds or ():
            check_known("kind", kind_name, demand.kinds, f"routing.caps.{name}")
        for group in cap.seats or ():
            check_known("seat group", group, staff.seats, f"routing.caps.{name}")
    for name in desk.routing.dispatch.seats if desk.routing.dispatch else ():
        check_known("seat group", name, staff.seats, "routing.dispatch.seats")


def _check_outcome_names(desk: Desk) -> None:
    demand = desk.demand
    for name in desk.shortcuts.hard or ():
        check_known("kind", name, demand.kinds, "shortcuts.hard")
    for table, voice in (("complaints", desk.outcome.complaints), ("refunds", desk.outcome.refunds)):
        for name in (voice.kinds or ()) if voice else ():
            check_known("kind", name, demand.kinds, f"outcome.{table}.kinds")


def _check_forbidden(desk: Desk, where: Mapping[str, str]) -> None:
    """Refuse people to whom everything is forbidden, and work that is forbidden to all."""
    staff = desk.staff
    if not any(person.forbidden_skills or person.forbidden_kinds for person in staff.persons.values()):
        return
    may: dict[str, tuple[set[str], set[str]]] = {}
    for name, seat in where.items():
        person, takes = staff.persons.get(name), staff.seats[seat.rpartition("#")[0]].takes
        for skill in person.forbidden_skills if person else ():
            check_known("skill", skill, staff.roles[person.role].skills if person else (), f"staff.persons.{name}")
        for kind in person.forbidden_kinds if person else ():
            check_known("kind", kind, desk.demand.kinds, f"staff.persons.{name}")
        left = set(takes) - set(person.forbidden_skills if person else ())
        if not left:
            raise ValueError(f"staff.persons.{name}: everything that the seat {seat} takes is forbidden to the person")
        may[name] = left, set(person.forbidden_kinds if person else ())
    for name, kind_ in desk.demand.kinds.items():
        helpers = [stage.assist.skill for stage in kind_.route if stage.assist and stage.assists]
        for skill in (*(branch.skill for branch in kind_.branches()), *helpers):
            if not any(skill in skills and name not in kinds for skills, kinds in may.values()):
                raise ValueError(f"demand.kinds.{name}.route: the skill {skill!r} is forbidden to all who take it")
        looks = desk.routing.supervisor
        if looks and not any(looks.skill in skills and name not in kinds for skills, kinds in may.values()):
            raise ValueError(
                f"routing.supervisor: the skill {looks.skill!r} is forbidden to all who take it, for {name!r}"
            )


def _check_dispatch(desk: Desk, where: Mapping[str, str]) -> None:
    """Refuse a desk whose tickets nobody would ever assign."""
    groups = desk.routing.dispatch.seats if desk.routing.dispatch else ()
    if not groups:
        return
    for name, seat in where.items():
        person, group = desk.staff.persons.get(name), seat.rpartition("#")[0]
        absent = desk.staff.roles[desk.staff.seats[group].role].absent
        if person is not None and person.absent is not None:
            absent = person.absent
        if group in groups and absent < 1 and not (person and person.duties == {}):
            return
    raise ValueError(
        f"routing.dispatch.seats: nobody of {', '.join(groups)} is ever on duty, so nobody would assign a ticket"
    )


def _check_escalation(desk: Desk) -> None:
    """Refuse escalations of what never falls due."""
    clauses = [] if desk.sla is None else [place for place, _ in desk.sla.clauses()]
    if desk.routing.escalates_overdue and all(place.endswith("next_response") for place in clauses):
        raise ValueError("routing.escalates_overdue: no response or resolution ever falls due; state targets in `sla`")


def _check_part_time(desk: Desk, where: Mapping[str, str]) -> None:
    staff = desk.staff
    for name, person in staff.persons.items():
        if person.duties is None and (person.days is not None or person.hours is not None):
            shift = staff.seats[where[name].rpartition("#")[0]].shift
            check_works(name, person, shift, staff.shifts[shift])


def _check_sla(desk: Desk) -> None:
    if desk.sla is None:
        return
    tables = [("sla.priorities", desk.sla.priorities)]
    for kind, table in desk.sla.kinds.items():
        check_known("kind", kind, desk.demand.kinds, "sla.kinds")
        tables.append((f"sla.kinds.{kind}", table))
    tables += [(f"sla.agreements.{name}", table) for name, table in desk.sla.agreements.items()]
    for where, table in tables:
        for priority, target in table.items():
            check_known("priority", priority, desk.priorities, where)
            for clause in (target.response, target.resolution, target.next_response):
                if clause is not None:
                    _check_horizon(desk, clause, f"{where}.{priority}")
                    check_known("calendar", clause.calendar, ["always", *desk.calendars], f"{where}.{priority}")


def _check_horizon(desk: Desk, clause: Clause, where: str) -> None:
    target = f"{clause.target_min} min" if clause.target_min is not None else f"{clause.working_days} working days"
    lasts_days = clause.working_days or (clause.target_min or 0) / 1440
    if lasts_days > 7 * desk.weeks:
        raise ValueError(
            f"{where}: a target of {target} is longer than the run (weeks = {desk.weeks}): nothing could be late"
        )


def _check_epochs(desk: Desk) -> None:
    every_min = desk.routing.steer_every_min
    if every_min is not None and 60 * every_min % desk.clock_s:
        raise ValueError(
            f"routing.steer_every_min: must be a multiple of clock_s = {desk.clock_s} s, got {every_min} min"
        )


def seats_of(desk: Desk) -> tuple[SeatInstance, ...]:
    """Return every seat by name of its group, numbered from 1 as `group#1`: the order of a file plays no part."""
    return tuple(
        SeatInstance(f"{group}#{number}", group, seat)
        for group, seat in sorted(desk.staff.seats.items())
        for number in range(1, seat.heads + 1)
    )


def people_of(desk: Desk) -> dict[str, str]:
    """Return who sits where: person -> seat, in the order of the seats.

    Named persons, by name, take the first free seat of the seat group that they state or else of their role;
    the other seats are taken by `role#k`, k from 1 in the order of the seats: one more head in a group moves the
    later heads of the role one seat on. `desk.seating` then moves persons; it must be one to one.

    Raises
    ------
    ValueError
        If there are more named persons than seats, or the seating is no exchange within a role.
    """
    seats = {seat.name: seat for seat in seats_of(desk)}
    free = dict(seats)
    where: dict[str, str] = {}
    for name, person in sorted(desk.staff.persons.items(), key=lambda item: (item[1].seat is None, item[0])):
        fits = [s for s in free.values() if s.seat.role == person.role and person.seat in (None, s.group)]
        if not fits:
            raise ValueError(f"staff.persons.{name}: no free seat of role {person.role!r} is left")
        where[name] = fits[0].name
        del free[fits[0].name]
    count: dict[str, int] = {}
    for seat in free.values():
        count[seat.seat.role] = count.get(seat.seat.role, 0) + 1
        where[f"{seat.seat.role}#{count[seat.seat.role]}"] = seat.name
    order = {seat: number for number, seat in enumerate(seats)}
    return _moved(desk.seating, where, seats, order)


def _moved(
    seating: Mapping[str, str],
    where: dict[str, str],
    seats: Mapping[str, SeatInstance],
    order: Mapping[str, int],
) -> dict[str, str]:
    for person, seat in seating.items():
        check_known("person", person, where, "seating")
        check_known("seat", seat, seats, "seating")
        if seats[seat].seat.role != seats[where[person]].seat.role:
            raise ValueError(f"seating.{person}: {seat} is a seat of another role")
    moved = where | dict(seating)
    if len(set(moved.values())) < len(moved):
        raise ValueError("seating: two persons share a seat; list everybody who moves")
    return dict(sorted(moved.items(), key=lambda item: order[item[1]]))
