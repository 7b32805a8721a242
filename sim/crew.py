"""The crew: a desk's people in their seats, and who is on duty when, in whole seconds."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.desk import Desk, Seat, Shift, people_of, seats_of
from sim.desk.staff import FASTEST

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
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
    duties
        Every shift, absences included, ordered by person and start.
    on_s, off_s
        Begins and ends of the spans on duty by person, rising: neighbouring spans are joined, absences left out.
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
    duties: tuple[Duty, ...]
    on_s: tuple[tuple[int, ...], ...]
    off_s: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.names)


def crew_of(desk: Desk, seed: int) -> Crew:
    """Return the crew of a desk in the world of a seed: absence belongs to the person and the day, not to the seat.

    Raises
    ------
    ValueError
        If the seed is out of range, or two roles' names have one code (see `sim.chance.code`).
    """
    chance.check_apart("staff.roles", desk.staff.roles)
    where = people_of(desk)
    by_name = {seat.name: seat.seat for seat in seats_of(desk)}
    seats = [by_name[seat] for seat in where.values()]
    skills = tuple(sorted({skill for role in desk.staff.roles.values() for skill in role.skills}))
    names = tuple(where)
    able = [_ability(desk, name, seat, skills) for name, seat in zip(names, seats, strict=True)]
    duties = _duties(desk, names, seats, seed)
    on_s, off_s = _spans(duties, len(names))
    people = desk.staff.persons
    roles = [desk.staff.roles[seat.role] for seat in seats]
    wages = [
        _stated(people[n].wage_per_h if n in people else None, r.wage_per_h) for n, r in zip(names, roles, strict=True)
    ]
    return Crew(
        names=names, seats=tuple(where.values()), roles=tuple(seat.role for seat in seats),
        teams=tuple(seat.team for seat in seats),
        departments=tuple(desk.staff.teams[seat.team].department for seat in seats),
        takes=tuple(tuple(skills.index(skill) for skill in seat.takes) for seat in seats), skills=skills,
        rate_ppm=np.array([a[0] for a in able], np.int64).reshape(len(names), len(skills)),
        quality=np.array([a[1] for a in able], np.float64).reshape(len(names), len(skills)),
        courtesy=np.array([a[2] for a in able], np.float64),
        wage_per_h=np.array(wages, np.float64),
        overtime_factor=np.array([r.overtime_factor for r in roles], np.float64),
        duties=duties, on_s=on_s, off_s=off_s,
    )  # fmt: skip


def _stated(own: float | None, other: float) -> float:
    return other if own is None else own


def _ability(desk: Desk, name: str, seat: Seat, skills: tuple[str, ...]) -> tuple[list[int], list[float], float]:
    """Return speed in ppm and quality by skill, and courtesy; skills outside the role count as untrained."""
    role = desk.staff.roles[seat.role]
    person = desk.staff.persons.get(name)
    if person is not None:
        trained = {s: person.speed.get(s, 1.0) for s in (person.speed or dict.fromkeys(role.skills))}
        quality = dict.fromkeys(trained, 0.0) | person.quality
        courtesy = person.courtesy
    else:
        factor, level, courtesy = _hired(desk, name, seat.role)
        trained, quality = dict.fromkeys(role.skills, factor), dict.fromkeys(role.skills, level)
    ppm = [max(round(min(trained.get(s, role.untrained_speed), FASTEST) * PPM), 1) for s in skills]
    return ppm, [quality.get(s, role.untrained_quality) for s in skills], courtesy


def _hired(desk: Desk, name: str, role_name: str) -> tuple[float, float, float]:
    """Return speed, quality and courtesy of `role#k`: head k is the same human in every scenario and world."""
    role = desk.staff.roles[role_name]
    who = np.array([[chance.code(role_name), int(name.rpartition("#")[2]), 0]], np.uint32)
    normal = [
        float(special.ndtri(min(chance.uniforms(desk.staff.hire_seed, purpose, who)[0], 1 - 2.0**-53)))
        for purpose in (HIRE_SPEED, HIRE_QUALITY, HIRE_COURTESY)
    ]
    speed = float(np.exp(role.speed_sd * normal[0] - role.speed_sd**2 / 2))
    return speed, role.quality_sd * normal[1], role.courtesy_sd * normal[2]


def _duties(desk: Desk, names: tuple[str, ...], seats: list[Seat], seed: int) -> tuple[Duty, ...]:
    days = [desk.start + timedelta(days=day) for day in range(-1, 7 * desk.weeks)]
    timeline, until_s = desk.timeline(), desk.until_s()
    shifts: dict[str, list[tuple[date, list[tuple[int, int]]]]] = {}
    for shift_name in sorted({seat.shift for seat in seats}):
        shift = desk.staff.shifts[shift_name]
        rows = []
        for day in days:
            if _works(desk, shift, day):
                spans = [(timeline.second(day, a), timeline.second(day, b)) for a, b in shift.spans_min()]
                rows.append((day, [(_grain(a, desk.clock_s), _grain(b, desk.clock_s)) for a, b in spans]))
        shifts[shift_name] = rows
    duties = []
    for person, (name, seat) in enumerate(zip(names, seats, strict=True)):
        chance_of, approved = _absence(desk, name, seat)
        for day, spans in shifts[seat.shift]:
            inside = [(max(a, 0), min(b, until_s)) for a, b in spans if b > 0 and a < until_s and b > a]
            if inside:
                absent = chance_of > 0 and _absent(seed, name, day) <= chance_of
                duties.append(Duty(person, inside[0][0], inside[-1][1], tuple(inside), absent, approved))
    return tuple(duties)


def _grain(at_s: int, clock_s: int) -> int:
    return at_s // clock_s * clock_s


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


def _absent(seed: int, name: str, day: date) -> float:
    who = np.array([[chance.code(name), day.toordinal(), 0]], np.uint32)
    return float(chance.uniforms(seed, ABSENT, who)[0])


def _spans(duties: tuple[Duty, ...], people: int) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    on_s: list[list[int]] = [[] for _ in range(people)]
    off_s: list[list[int]] = [[] for _ in range(people)]
    for duty in duties:
        for begin, end in () if duty.absent else duty.spans:
            if off_s[duty.person] and off_s[duty.person][-1] == begin:
                off_s[duty.person][-1] = end
            else:
                on_s[duty.person].append(begin)
                off_s[duty.person].append(end)
    return tuple(map(tuple, on_s)), tuple(map(tuple, off_s))
