"""The crew: a desk's people in their seats, and who is on duty when, in whole seconds.

What does not depend on the world is worked out once per desk; a world only decides who is absent.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.calendar.zones import DAY_S, EPOCH_DAY
from sim.desk import Desk, Seat, Shift, people_of, seats_of
from sim.desk.once import once_per_desk
from sim.desk.staff import FASTEST

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PPM = 1_000_000

ABSENT = chance.code("absent")
HIRE_SPEED, HIRE_QUALITY, HIRE_COURTESY = (chance.code("hire", what) for what in ("speed", "quality", "courtesy"))


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
        Spans (begin_s, end_s) on duty, in order; breaks lie between them.
    absent, approved
        Whether the person misses the shift, and whether absences of the person are approved leave.
    """

    person: int
    start_s: int
    end_s: int
    spans: tuple[tuple[int, int], ...]
    absent: bool
    approved: bool


@dataclass(frozen=True, eq=False)
class Crew:
    """Everybody at a desk in one world, in the order of the seats.

    Attributes
    ----------
    names, seats, roles, teams, departments
        One entry per person.
    takes
        Permission: positions in `skills`, the main one first.
    skills
        Names of all skills, sorted.
    rate_ppm, quality
        Ability by person and skill, shape (people, skills): speed in parts per million, 1 to 10^9, and logits.
    courtesy
        Shift of the process rating in points, shape (people,).
    wage_per_h, overtime_factor
        Pay per hour in units of the currency; overtime is paid at wage times the factor.
    duty_person, duty_start_s, duty_end_s, duty_absent, duty_approved
        Every shift, absences included, ordered by person and start, shape (duties,); see `Duty`.
    span_duty, span_begin_s, span_end_s
        Every span of every shift, in that order: its shift, begin and end; shape (spans,).
    stay_on_s, stay_off_s
        Begins and ends of the spans on duty, by person and rising: neighbouring spans are joined, absences left out.
    stay_first
        Where a person's spans on duty begin in those, shape (people + 1,).
    """

    names: tuple[str, ...]
    seats: tuple[str, ...]
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    departments: tuple[str, ...]
    takes: tuple[tuple[int, ...], ...]
    skills: tuple[str, ...]
    rate_ppm: Ints
    quality: Floats
    courtesy: Floats
    wage_per_h: Floats
    overtime_factor: Floats
    duty_person: Ints
    duty_start_s: Ints
    duty_end_s: Ints
    duty_absent: Flags
    duty_approved: Flags
    span_duty: Ints
    span_begin_s: Ints
    span_end_s: Ints
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
        columns = (self.duty_person, self.duty_start_s, self.duty_end_s, self.duty_absent, self.duty_approved)
        return tuple(
            Duty(person, start_s, end_s, tuple(spans[a:b]), absent, approved)
            for person, start_s, end_s, absent, approved, a, b in zip(
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
    """Return the crew of a desk in the world of a seed: absence belongs to the person and the day, not to the seat.

    Raises
    ------
    ValueError
        If the seed is out of range, or two roles' names have one code (see `sim.chance.code`).
    """
    staff = _staff(desk)
    absent = np.zeros(len(staff.absent), np.bool_)
    may = np.flatnonzero(staff.absent > 0)
    absent[may] = chance.uniforms(seed, ABSENT, staff.day_names[may]) <= staff.absent[may]
    on_s, off_s, first = _stays(staff.parts, absent)
    return Crew(**staff.parts, duty_absent=absent, stay_on_s=on_s, stay_off_s=off_s, stay_first=first)


class _Staff(NamedTuple):
    """What every world's crew of a desk has in common.

    Attributes
    ----------
    parts
        The attributes of `Crew` that no world changes.
    absent
        Probability of missing each duty.
    day_names
        The name (person, day) of each duty, for `sim.chance`.
    """

    parts: dict[str, Any]
    absent: Floats
    day_names: chance.Names


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
    rate_ppm, quality, courtesy = _abilities(desk, names, seats, skills)
    duties, day_names = _duties(desk, names, seats)
    absence = [_absence(desk, name, seat) for name, seat in zip(names, seats, strict=True)]
    person = duties["duty_person"]
    parts = {
        "names": names, "seats": tuple(where.values()), "roles": tuple(seat.role for seat in seats),
        "teams": tuple(seat.team for seat in seats),
        "departments": tuple(desk.staff.teams[seat.team].department for seat in seats),
        "takes": tuple(tuple(skills.index(skill) for skill in seat.takes) for seat in seats), "skills": skills,
        "rate_ppm": rate_ppm, "quality": quality, "courtesy": courtesy, "wage_per_h": np.array(wages, np.float64),
        "overtime_factor": np.array([r.overtime_factor for r in roles], np.float64),
        "duty_approved": np.array([approved for _, approved in absence], np.bool_)[person], **duties,
    }  # fmt: skip
    return _Staff(parts, np.array([share for share, _ in absence], np.float64)[person], day_names)


def skills_of(desk: Desk) -> tuple[str, ...]:
    """Return the names of all skills of the roles, sorted."""
    return tuple(sorted({skill for role in desk.staff.roles.values() for skill in role.skills}))


def _stated(own: float | None, other: float) -> float:
    return other if own is None else own


def _abilities(
    desk: Desk, names: tuple[str, ...], seats: list[Seat], skills: tuple[str, ...]
) -> tuple[Ints, Floats, Floats]:
    """Return speed in ppm and quality by person and skill, and courtesy; skills outside the role count as untrained."""
    speed, quality = np.empty((len(names), len(skills))), np.empty((len(names), len(skills)))
    courtesy = np.empty(len(names))
    heads: dict[str, list[int]] = {}
    for number, (name, seat) in enumerate(zip(names, seats, strict=True)):
        role, person = desk.staff.roles[seat.role], desk.staff.persons.get(name)
        if person is None:
            heads.setdefault(seat.role, []).append(number)
            continue
        trained = {s: person.speed.get(s, 1.0) for s in (person.speed or dict.fromkeys(role.skills))}
        known = dict.fromkeys(trained, 0.0) | person.quality
        speed[number] = [trained.get(s, role.untrained_speed) for s in skills]
        quality[number] = [known.get(s, role.untrained_quality) for s in skills]
        courtesy[number] = person.courtesy
    for role_name, who in heads.items():
        role, rows = desk.staff.roles[role_name], np.array(who)
        trained_in = np.array([s in role.skills for s in skills])
        factor, level, manner = _hired(desk, role_name, np.array([int(names[n].rpartition("#")[2]) for n in who]))
        speed[rows] = np.where(trained_in, factor[:, None], role.untrained_speed)
        quality[rows] = np.where(trained_in, level[:, None], role.untrained_quality)
        courtesy[rows] = manner
    rate_ppm = np.maximum(np.rint(np.minimum(speed, FASTEST) * PPM).astype(np.int64), 1)
    return rate_ppm, quality, courtesy


def _hired(desk: Desk, role_name: str, head: Ints) -> tuple[Floats, Floats, Floats]:
    """Return speed, quality and courtesy of `role#k`: head k is the same human in every scenario and world."""
    role = desk.staff.roles[role_name]
    who = np.zeros((len(head), 3), np.uint32)
    who[:, 0], who[:, 1] = chance.code(role_name), head
    normal = [
        special.ndtri(np.minimum(chance.uniforms(desk.staff.hire_seed, purpose, who), 1 - 2.0**-53))
        for purpose in (HIRE_SPEED, HIRE_QUALITY, HIRE_COURTESY)
    ]
    speed = np.exp(role.speed_sd * normal[0] - role.speed_sd**2 / 2)
    quality, courtesy = role.quality_sd * normal[1], role.courtesy_sd * normal[2]
    return np.asarray(speed, np.float64), np.asarray(quality, np.float64), np.asarray(courtesy, np.float64)


class _Rows(NamedTuple):
    """The duties of one shift: local day by duty, and (duty, begin_s, end_s) by span."""

    day: Ints
    spans: Ints


def _rows(desk: Desk, shift: Shift) -> _Rows:
    """Return the duties of a shift that have a span within the run, cut to it."""
    days = [desk.start + timedelta(days=day) for day in range(-1, 7 * desk.weeks)]
    on = np.array([day.toordinal() for day in days if _works(desk, shift, day)], np.int64)
    minutes = np.array(shift.spans_min(), np.int64)
    walls = (on[:, None, None] - EPOCH_DAY) * DAY_S + 60 * minutes[None]
    spans = desk.timeline().at_walls(walls) // desk.clock_s * desk.clock_s
    begin, end = spans[..., 0], spans[..., 1]
    inside = (end > 0) & (begin < desk.until_s()) & (end > begin)
    duty, _ = np.nonzero(inside)
    kept, number = np.unique(duty, return_inverse=True)
    cut = np.stack([number, np.maximum(begin[inside], 0), np.minimum(end[inside], desk.until_s())], 1)
    return _Rows(on[kept], cut.astype(np.int64))


def _duties(desk: Desk, names: tuple[str, ...], seats: list[Seat]) -> tuple[dict[str, Ints], chance.Names]:
    """Return the duties and spans of everybody, and the name (person, day) of each duty."""
    shifts = sorted({seat.shift for seat in seats})
    rows = {name: _rows(desk, desk.staff.shifts[name]) for name in shifts}
    mine = [rows[seat.shift] for seat in seats]
    many = np.array([len(row.day) for row in mine], np.int64)
    first = np.cumsum(many) - many
    person = np.repeat(np.arange(len(names)), many)
    spans = np.concatenate([row.spans for row in mine])
    duty = spans[:, 0] + np.repeat(first, [len(row.spans) for row in mine])
    begins = np.flatnonzero(np.diff(duty, prepend=-1))
    ends = np.append(begins[1:], len(duty)) - 1
    day_names = np.zeros((len(person), 3), np.uint32)
    day_names[:, 0] = np.array([chance.code(name) for name in names], np.uint32)[person]
    day_names[:, 1] = np.concatenate([row.day for row in mine])
    columns = {
        "duty_person": person, "duty_start_s": spans[begins, 1], "duty_end_s": spans[ends, 2], "span_duty": duty,
        "span_begin_s": spans[:, 1].copy(), "span_end_s": spans[:, 2].copy(),
    }  # fmt: skip
    return columns, day_names


def _works(desk: Desk, shift: Shift, day: date) -> bool:
    if shift.calendar is None:
        return day.weekday() in shift.weekdays()
    calendar = desk.calendar(shift.calendar)
    if day in calendar.holidays:
        return False
    return day in calendar.make_up_days or day.weekday() in shift.weekdays()


def _absence(desk: Desk, name: str, seat: Seat) -> tuple[float, bool]:
    person = desk.staff.persons.get(name)
    if person is None:
        return desk.staff.roles[seat.role].absent, True
    return _stated(person.absent, desk.staff.roles[seat.role].absent), person.approved


def _stays(parts: dict[str, Any], absent: Flags) -> tuple[Ints, Ints, Ints]:
    """Return the spans on duty, neighbours joined, and where each person's begin."""
    kept = ~absent[parts["span_duty"]]
    begin, end = parts["span_begin_s"][kept], parts["span_end_s"][kept]
    person = parts["duty_person"][parts["span_duty"][kept]]
    opens, closes = (np.ones(len(person), np.bool_) for _ in range(2))
    opens[1:] = closes[:-1] = (person[1:] != person[:-1]) | (begin[1:] != end[:-1])
    first = np.searchsorted(person[opens], np.arange(len(parts["names"]) + 1))
    return begin[opens], end[closes], first.astype(np.int64)
