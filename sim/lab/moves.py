"""One person changed and nobody else: faster, gaming, part-time, on leave, new; what it does to the person's score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.crew import PPM, crew_of
from sim.desk import CONDUCTS, Desk, Person, honest, people_of
from sim.desk.staff import FASTEST
from sim.kpi.rubric import Rubric
from sim.lab.setting import Setting

type Floats = NDArray[np.float64]
type Move = Callable[[Desk, str], Person]
"""From a desk and the name of a person of it to what the person becomes."""

PROBES = 3
"""People to whom a move is made, one at a time, unless more are asked for."""
AWAY = 0.5
"""Share of the shifts that somebody on leave misses: half a month."""

_PROBES = chance.code("probed people")


@dataclass(frozen=True, eq=False)
class Moved:
    """What moves did to the scores of those who made them.

    Attributes
    ----------
    probes
        Who made them, one at a time.
    gains
        Move to the change of the total in points, shape (worlds, probes); NaN where there is no score.
    """

    probes: tuple[str, ...]
    gains: Mapping[str, Floats]

    def by_world(self, move: str) -> Floats:
        """Return the mean gain over the probes, shape (worlds,)."""
        with np.errstate(invalid="ignore"):
            known = ~np.isnan(self.gains[move])
            sums, counts = np.nansum(self.gains[move], axis=1), known.sum(axis=1)
            means: Floats = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
            return means


def moved(setting: Setting, moves: Mapping[str, Move], probes: int = PROBES) -> Moved:
    """Return what every move gains the person who makes it; parameters and errors as of `moved_by`."""
    return moved_by(setting, moves, (setting.rubric,), probes)[0]


def moved_by(
    setting: Setting, moves: Mapping[str, Move], rubrics: Sequence[Rubric], probes: int = PROBES
) -> tuple[Moved, ...]:
    """Return what every move gains the person who makes it under each rubric, all others as they are and honest.

    Parameters
    ----------
    setting
        The desk and its people. Conduct is off, but for a move that is one.
    moves
        Moves by name.
    rubrics
        By which the same runs are scored.
    probes
        How many people make each, drawn by the seed; all when there are fewer. A move that a person cannot make, as
        part-time in a shift of one day, is left out for that person.

    Raises
    ------
    ValueError
        If there are fewer than 1 probes.
    """
    if probes < 1:
        raise ValueError(f"a move needs 1 person or more who makes it, got {probes}")
    base = honest(setting.base)
    chosen = probed(setting, probes)
    desks, places = [base], list[tuple[str, int]]()
    for name, move in moves.items():
        for number, person in enumerate(chosen):
            made = _with(base, person, move)
            if made is not None:
                places.append((name, number))
                desks.append(made)
    lived = setting.lived(desks, rubrics=rubrics)
    found = []
    for which in range(len(rubrics)):
        totals = lived.totals(which)
        gains = {name: np.full((setting.worlds, len(chosen)), np.nan) for name in moves}
        for run, (name, number) in enumerate(places, start=1):
            at = setting.people.index(chosen[number])
            gains[name][:, number] = totals[:, run, at] - totals[:, 0, at]
        found.append(Moved(chosen, gains))
    return tuple(found)


def probed(setting: Setting, probes: int) -> tuple[str, ...]:
    """Return so many people of the role, drawn by the seed, sorted."""
    names = np.zeros((len(setting.people), 3), np.uint32)
    names[:, 0] = np.arange(len(setting.people))
    order = np.argsort(chance.uniforms(setting.seed, _PROBES, names), kind="stable")
    return tuple(setting.people[at] for at in sorted(order[:probes].tolist()))


def _with(desk: Desk, person: str, move: Move) -> Desk | None:
    try:
        changed = move(desk, person)
        return desk.changed(staff=desk.staff.changed(persons=desk.staff.persons | {person: changed}))
    except ValueError:
        return None


def abilities(setting: Setting) -> dict[str, Move]:
    """Return a move of one SD for every ability in which people of the role differ: speed, quality, courtesy.

    Notes
    -----
    SDs are those of the people themselves: of the mean log speed and the mean quality over the role's skills, and of
    courtesy.
    """
    crew, where = crew_of(setting.base, 0), list(people_of(setting.base))
    mine = [where.index(person) for person in setting.people]
    skills = [crew.skills.index(skill) for skill in setting.base.staff.roles[setting.role].skills]
    spread = {
        "speed": np.log(crew.rate_ppm[np.ix_(mine, skills)] / PPM).mean(axis=1),
        "quality": crew.quality[np.ix_(mine, skills)].mean(axis=1),
        "courtesy": crew.courtesy[mine],
    }
    sds = {name: float(values.std(ddof=1)) for name, values in spread.items()}
    return {name: partial(_abler, name, sd) for name, sd in sds.items() if sd > 1e-9}


def conducts(intensity: float = 1.0, names: Sequence[str] = CONDUCTS) -> dict[str, Move]:
    """Return a move for every conduct, at one intensity.

    Raises
    ------
    ValueError
        If the intensity lies outside 0 ... 1, or a conduct is unknown.
    """
    if not 0 <= intensity <= 1:
        raise ValueError(f"the intensity of a conduct lies between 0 and 1, got {intensity:g}")
    if unknown := [name for name in names if name not in CONDUCTS]:
        raise ValueError(f"unknown conduct {unknown[0]!r}; known: {', '.join(CONDUCTS)}")
    return {name: partial(_games, name, intensity) for name in names}


def part_time(desk: Desk, person: str) -> Person:
    """Return the person on half of the days of the seat's shift, the first ones.

    Raises
    ------
    ValueError
        If the shift has one day only.
    """
    shift = desk.staff.shifts[desk.staff.seats[people_of(desk)[person].rpartition("#")[0]].shift]
    if len(shift.days) < 2:
        raise ValueError(f"{person}: a shift of one day cannot be halved")
    return desk.staff.persons[person].changed(days=shift.days[: len(shift.days) // 2])


def leave(desk: Desk, person: str) -> Person:
    """Return the person on approved leave in half of the shifts, drawn by the day."""
    return desk.staff.persons[person].changed(absent=AWAY, approved=True)


def newcomer(desk: Desk, person: str) -> Person:
    """Return the person as one who joins on the run's first day; what they can do once settled stays.

    Raises
    ------
    ValueError
        If the person is new already, or the role states no learning curve.
    """
    own = desk.staff.persons[person]
    if own.tenure_weeks is not None:
        raise ValueError(f"{person} is a newcomer already, of {own.tenure_weeks:g} weeks")
    return own.changed(tenure_weeks=0.0)


def _games(name: str, intensity: float, desk: Desk, person: str) -> Person:
    return desk.staff.persons[person].changed(conduct={name: intensity})


def _abler(name: str, sd: float, desk: Desk, person: str) -> Person:
    """Return the person by one SD abler in one way, all skills of the role stated."""
    crew, own = crew_of(desk, 0), desk.staff.persons[person]
    at = crew.names.index(person)
    places = {skill: crew.skills.index(skill) for skill in desk.staff.roles[own.role].skills}
    if name == "courtesy":
        return own.changed(courtesy=own.courtesy + sd)
    if name == "quality":
        return own.changed(quality={skill: float(crew.quality[at, k]) + sd for skill, k in places.items()})
    speeds = {skill: float(crew.rate_ppm[at, k] / PPM * np.exp(sd)) for skill, k in places.items()}
    return own.changed(speed={skill: min(speed, FASTEST) for skill, speed in speeds.items()})
