"""The crew: a desk's people in their seats, and who is on duty when, in whole seconds.

What does not depend on the world is worked out once per desk; a world only decides who is absent.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.crew.abilities import abilities, conduct_of
from sim.crew.learning import learned, tenures
from sim.crew.roster import Hours, after, lateness_s, raised, roster, stays
from sim.desk import Desk, Person, Role, Seat, people_of, seats_of
from sim.desk.once import once_per_desk
from sim.laws import table_ms

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PPM = 1_000_000

ABSENT, LATE, LATE_BY = (chance.code(purpose) for purpose in ("absent", "late", "late_by"))


@dataclass(frozen=True)
class Duty:
    """One shift of one person.

    Attributes
    ----------
    person
        Number of the person.
    start_s, end_s
        Begin of the first and end of the last span, within the run.
    spans
        Spans (begin_s, end_s) between the breaks, in order.
    absent, approved
        Whether the person misses the shift, and whether absences of the person are approved leave.
    late_s
        Seconds by which the person comes late.
    """

    person: int
    start_s: int
    end_s: int
    spans: tuple[tuple[int, int], ...]
    absent: bool
    approved: bool
    late_s: int


@dataclass(frozen=True, eq=False)
class Crew:
    """Everybody at a desk in one world, in the order of the seats.

    Attributes
    ----------
    names, seats, roles, teams, departments
        One entry per person.
    takes
        Permission: positions in `skills`, the main one first, without those that are forbidden to the person.
    barred
        Positions of the kinds, by name, that are forbidden to the person.
    skills
        Names of all skills, sorted.
    rate_ppm, quality
        Settled ability by person and skill, shape (people, skills): speed in parts per million, 1 to 10^9, and logits.
    courtesy
        Shift of the process rating in points, shape (people,).
    conduct
        Intensity of each of `CONDUCTS`, 0 to 1, shape (people, conducts).
    tenure_weeks
        Weeks in the role before the run's first day, infinite for those who are settled; shape (people,).
    pace_ppm, lacks
        How far newcomers are by day of the run, shape (people, days): the pace in parts per million of the settled one,
        and the logits that their quality lies below the settled one. No days where nobody is new.
    wage_per_h, overtime_factor
        Pay per hour in units of the currency; overtime is paid at wage times the factor.
    duty_person, duty_start_s, duty_end_s, duty_absent, duty_approved
        Every shift, absences included, ordered by person and start, shape (duties,); see `Duty`.
    duty_late_s
        Seconds by which the person comes late to each, 0 to its length; shape (duties,).
    span_duty, span_begin_s, span_end_s
        Every span of every shift, in that order: its shift, begin and end; breaks lie between; shape (spans,).
    meet_duty, meet_begin_s, meet_end_s
        Every part of a span that a meeting takes, in that order: its shift, begin and end; shape (meetings held,).
    stay_on_s, stay_off_s
        Begins and ends of the spans on duty, by person and rising: neighbouring spans are joined; absences,
        lateness and meetings are left out.
    stay_first
        Where a person's spans on duty begin in those, shape (people + 1,).
    """

    names: tuple[str, ...]
    seats: tuple[str, ...]
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    departments: tuple[str, ...]
    takes: tuple[tuple[int, ...], ...]
    barred: tuple[frozenset[int], ...]
    skills: tuple[str, ...]
    rate_ppm: Ints
    quality: Floats
    courtesy: Floats
    conduct: Floats
    tenure_weeks: Floats
    pace_ppm: Ints
    lacks: Floats
    wage_per_h: Floats
    overtime_factor: Floats
    duty_person: Ints
    duty_start_s: Ints
    duty_end_s: Ints
    duty_absent: Flags
    duty_approved: Flags
    duty_late_s: Ints
    span_duty: Ints
    span_begin_s: Ints
    span_end_s: Ints
    meet_duty: Ints
    meet_begin_s: Ints
    meet_end_s: Ints
    stay_on_s: Ints
    stay_off_s: Ints
    stay_first: Ints

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def duties(self) -> tuple[Duty, ...]:
        """Every shift, absences included, ordered by person and start."""
        spans = list(zip(self.span_begin_s.tolist(), self.span_end_s.tolist(), strict=True))
        first = np.searchsorted(self.span_duty, np.arange(len(self.duty_person) + 1)).tolist()
        columns = (
            self.duty_person, self.duty_start_s, self.duty_end_s, self.duty_absent, self.duty_approved,
            self.duty_late_s,
        )  # fmt: skip
        return tuple(
            Duty(person, start_s, end_s, tuple(spans[a:b]), absent, approved, late_s)
            for person, start_s, end_s, absent, approved, late_s, a, b in zip(
                *(column.tolist() for column in columns), first[:-1], first[1:], strict=True
            )
        )

    @cached_property
    def on_s(self) -> tuple[tuple[int, ...], ...]:
        """Begins of the spans on duty, by person."""
        return self._by_person(self.stay_on_s)

    @cached_property
    def off_s(self) -> tuple[tuple[int, ...], ...]:
        """Ends of the spans on duty, by person."""
        return self._by_person(self.stay_off_s)

    def _by_person(self, instants: Ints) -> tuple[tuple[int, ...], ...]:
        flat, first = instants.tolist(), self.stay_first.tolist()
        return tuple(tuple(flat[a:b]) for a, b in pairwise(first))


def crew_of(desk: Desk, seed: int) -> Crew:
    """Return the crew of a desk in the world of a seed: absence and lateness belong to the person and the day.

    Raises
    ------
    ValueError
        If the seed is out of range, or two roles' names have one code (see `sim.chance.code`).
    """
    staff = _staff(desk)
    parts, work, person = staff.parts, staff.work, staff.parts["duty_person"]
    absent = np.zeros(len(staff.absent), np.bool_)
    may = np.flatnonzero(staff.absent > 0)
    absent[may] = chance.uniforms(seed, ABSENT, staff.day_names[may]) <= staff.absent[may]
    late = np.zeros(len(person), np.int64)
    if staff.late.any():
        late = lateness_s(parts, _drawn_late_s(desk, staff, seed), absent)
        arrives = parts["duty_start_s"] + late
        work = after(arrives, work)
        names = "meet_duty", "meet_begin_s", "meet_end_s"
        meets = after(arrives, np.stack([parts[name] for name in names], 1))
        parts = parts | {name: meets[:, at] for at, name in enumerate(names)}
    on_s, off_s, first = stays(person, work, absent, len(parts["names"]))
    return Crew(**parts, duty_absent=absent, duty_late_s=late, stay_on_s=on_s, stay_off_s=off_s, stay_first=first)


def _drawn_late_s(desk: Desk, staff: "_Staff", seed: int) -> Ints:
    """Return by duty how late the person would come, on the grain of the clock and rounded up; 0 if in time."""
    out = np.zeros(len(staff.late), np.int64)
    late = np.flatnonzero(staff.late > 0)
    late = late[chance.uniforms(seed, LATE, staff.day_names[late]) <= staff.late[late]]
    u = chance.uniforms(seed, LATE_BY, staff.day_names[late])
    ms = np.rint(chance.quantiles(staff.late_tables, staff.late_row[late], u)).astype(np.int64)
    out[late] = -(-ms // (1000 * desk.clock_s)) * desk.clock_s
    return out


class _Staff(NamedTuple):
    """What every world's crew of a desk has in common.

    Attributes
    ----------
    parts
        The attributes of `Crew` that no world changes.
    work
        Spans in which somebody is at work who is not absent: duty, begin and end in seconds; shape (parts, 3).
    absent
        Probability of missing each duty.
    late, late_row
        Probability of coming late to each duty, and the row of `late_tables` that tells by how much.
    late_tables
        Quantiles in milliseconds.
    day_names
        The name (person, day) of each duty, for `sim.chance`.
    """

    parts: dict[str, Any]
    work: Ints
    absent: Floats
    late: Floats
    late_row: Ints
    late_tables: Floats
    day_names: chance.Names


def _takes(seat: Seat, person: Person | None, skills: tuple[str, ...]) -> tuple[int, ...]:
    forbidden = () if person is None else person.forbidden_skills
    return tuple(skills.index(skill) for skill in seat.takes if skill not in forbidden)


def _barred(desk: Desk, person: Person | None) -> frozenset[int]:
    kinds = sorted(desk.demand.kinds)
    return frozenset() if person is None else frozenset(kinds.index(kind) for kind in person.forbidden_kinds)


@once_per_desk
def _staff(desk: Desk) -> _Staff:
    chance.check_apart("staff.roles", desk.staff.roles)
    where = people_of(desk)
    by_name = {seat.name: seat.seat for seat in seats_of(desk)}
    seats = [by_name[seat] for seat in where.values()]
    skills = skills_of(desk)
    names = tuple(where)
    people = desk.staff.persons
    roles = [desk.staff.roles[seat.role] for seat in seats]
    wages = [
        _stated(people[n].wage_per_h if n in people else None, r.wage_per_h) for n, r in zip(names, roles, strict=True)
    ]
    rate_ppm, quality, courtesy = abilities(desk, names, seats, skills)
    tenure_weeks = tenures(desk, names, seats)
    pace_ppm, lacks = learned(desk, seats, tenure_weeks)
    made = roster(desk, tuple(_hours(seat, people.get(name)) for name, seat in zip(names, seats, strict=True)))
    day_names = np.zeros((len(made.day), 3), np.uint32)
    day_names[:, 0] = np.array([chance.code(name) for name in names], np.uint32)[made.columns["duty_person"]]
    day_names[:, 1] = made.day
    absence = [_absence(desk, name, seat) for name, seat in zip(names, seats, strict=True)]
    person = made.columns["duty_person"]
    parts = {
        "names": names, "seats": tuple(where.values()), "roles": tuple(seat.role for seat in seats),
        "teams": tuple(seat.team for seat in seats),
        "departments": tuple(desk.staff.teams[seat.team].department for seat in seats),
        "takes": tuple(_takes(seat, people.get(name), skills) for name, seat in zip(names, seats, strict=True)),
        "barred": tuple(_barred(desk, people.get(name)) for name in names), "skills": skills,
        "rate_ppm": rate_ppm, "quality": quality, "courtesy": courtesy,
        "tenure_weeks": tenure_weeks, "pace_ppm": pace_ppm, "lacks": lacks,
        "conduct": conduct_of(desk, names, seats), "wage_per_h": np.array(wages, np.float64),
        "overtime_factor": np.array([r.overtime_factor for r in roles], np.float64),
        "duty_approved": np.array([approved for _, approved in absence], np.bool_)[person], **made.columns,
    }  # fmt: skip
    late, late_row, late_tables = _lateness(desk, names, roles)
    begun_in_run = made.day >= desk.start.toordinal()
    shares = np.array([share for share, _ in absence], np.float64)
    shares = raised(desk, shares[person], made.day, np.array(parts["roles"])[person])
    return _Staff(parts, made.work, shares, late[person] * begun_in_run, late_row[person], late_tables, day_names)


def skills_of(desk: Desk) -> tuple[str, ...]:
    """Return the names of all skills of the roles, sorted."""
    return tuple(sorted({skill for role in desk.staff.roles.values() for skill in role.skills}))


def _stated(own: float | None, other: float) -> float:
    return other if own is None else own


def _hours(seat: Seat, person: Person | None) -> Hours:
    if person is None:
        return Hours(seat.shift, seat.meetings)
    duties = None if person.duties is None else tuple(sorted(person.duties.items()))
    return Hours(seat.shift, seat.meetings, person.days, person.hours, duties)


def _lateness(desk: Desk, names: tuple[str, ...], roles: list[Role]) -> tuple[Floats, Ints, Floats]:
    """Return by person the probability of coming late and a row of the tables, and these: how late, by law."""
    persons = [desk.staff.persons.get(name) for name in names]
    pairs = list(zip(persons, roles, strict=True))
    late = [_stated(p.late if p else None, role.late) for p, role in pairs]
    laws = [(p.late_by if p else None) or role.late_by for p, role in pairs]
    rows = {law: row for row, law in enumerate(dict.fromkeys(laws))}
    return np.array(late, np.float64), np.array([rows[law] for law in laws]), np.array([table_ms(law) for law in rows])


def _absence(desk: Desk, name: str, seat: Seat) -> tuple[float, bool]:
    person = desk.staff.persons.get(name)
    if person is None:
        return desk.staff.roles[seat.role].absent, True
    return _stated(person.absent, desk.staff.roles[seat.role].absent), person.approved
