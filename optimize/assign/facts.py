"""What a manager knows of a desk before anything happens: permission, levels, mean work, planned hours."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.crew import Crew, crew_of
from sim.desk import Desk, people_of
from sim.desk.once import once_per_desk
from sim.layout.plan import plan_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Facts(NamedTuple):
    """A desk as its manager knows it: never who is how able by nature, nor how much work a ticket will turn out to be.

    Attributes
    ----------
    people, kinds, skills
        Names, by number: people in the order of the seats, the others sorted.
    may, main, speed
        By person and skill, shape (people, skills): permission; whether it is the main skill; the stated speed, of
        people without a name their role's mean.
    barred
        By person and kind, shape (people, kinds): what is forbidden to the person.
    role
        Number of the role by person.
    skill, work_s, rest_s
        By kind and step, shape (kinds, steps): the skill that it needs; mean work content in seconds at speed 1; mean
        work and hand-offs of the stages after it. A ticket that stands at a wrong department is taken for what
        its kind begins with.
    ease
        Ease of the kind in thousandths, see `sim.rules.ease_of`.
    at_end
        By kind, whether the first reply comes at the end of the work.
    promised
        By kind and priority, whether a response is promised, shape (kinds, priorities).
    caps, most_held
        As in `sim.layout.Layout`.
    on_s, off_s
        By person, planned begins and ends of work, rising; absence and lateness are not known beforehand.
    """

    people: tuple[str, ...]
    kinds: tuple[str, ...]
    skills: tuple[str, ...]
    may: Flags
    main: Flags
    speed: Floats
    barred: Flags
    role: Ints
    skill: Ints
    work_s: Floats
    rest_s: Floats
    ease: Ints
    at_end: Flags
    promised: Flags
    caps: Flags
    most_held: Ints
    on_s: tuple[Ints, ...]
    off_s: tuple[Ints, ...]

    def after_s(self, person: int, from_s: int, work_s: float) -> int:
        """Return when a person, by plan, has been at work for so long from an instant on; 2^62 if never."""
        on_s, off_s = self.on_s[person], self.off_s[person]
        return int(rules.after_duty_s(on_s, off_s, int(from_s), round(work_s)))


@once_per_desk
def facts_of(desk: Desk) -> Facts:
    """Return what the manager of a desk knows."""
    parts, crew = plan_of(desk).parts, crew_of(desk, 0)  # of the crew only what no world changes
    kinds = tuple(sorted(desk.demand.kinds))
    may, main = np.zeros((2, len(crew), len(crew.skills)), np.bool_)
    barred = np.zeros((len(crew), len(kinds)), np.bool_)
    for person, takes in enumerate(crew.takes):
        may[person, list(takes)], main[person, takes[0]] = True, True
        barred[person, list(crew.barred[person])] = True
    skill, work_s, rest_s = _steps(desk, kinds)
    spans = _planned(crew)
    return Facts(
        people=crew.names, kinds=kinds, skills=crew.skills, may=may, main=main, speed=_speeds(desk, crew.skills),
        barred=barred, role=np.array(parts["role"], np.int64), skill=skill, work_s=work_s, rest_s=rest_s,
        ease=np.array(parts["ease"], np.int64),
        at_end=np.array([desk.demand.kinds[name].replies_at_end for name in kinds], np.bool_),
        promised=np.array(
            [[desk.sla is not None and desk.sla.target(name, rank).response is not None for rank in desk.priorities]
             for name in kinds], np.bool_),
        caps=parts["caps"], most_held=parts["most_held"],
        on_s=tuple(on for on, _ in spans), off_s=tuple(off for _, off in spans),
    )  # fmt: skip


def _steps(desk: Desk, kinds: tuple[str, ...]) -> tuple[Ints, Floats, Floats]:
    """Return skill, mean work and what comes after it, by kind and step."""
    parts = plan_of(desk).parts
    shape = len(kinds), parts["stages"]
    skill, work_s, rest_s = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape)
    for number, name in enumerate(kinds):
        route, last, wrong = parts["routes"][number], parts["last"][number], parts["wrong"][number]
        stages = desk.demand.kinds[name].route
        handoff_s = [60 * stage.handoff.mean_min if stage.handoff else 0.0 for stage in stages]
        for at, step in enumerate(route):
            stage = 0 if at >= wrong else parts["stage_of"][number][at]
            later = range(min(stage, last) + 1, last + 1)
            skill[number, at] = step.skill
            work_s[number, at] = route[0].mean_s if at >= wrong else step.mean_s
            rest_s[number, at] = sum(route[n].mean_s + handoff_s[n] for n in later)
    return skill, work_s, rest_s


def _speeds(desk: Desk, skills: tuple[str, ...]) -> Floats:
    """Return speed by person and skill: as stated of named people, 1 of others in the skills of their role."""
    rows = []
    for name, seat in people_of(desk).items():
        role = desk.staff.roles[desk.staff.seats[seat.rpartition("#")[0]].role]
        person = desk.staff.persons.get(name)
        known = person.speed if person is not None and person.speed else dict.fromkeys(role.skills, 1.0)
        rows.append([known.get(skill, role.untrained_speed) for skill in skills])
    return np.array(rows, np.float64)


def _planned(crew: Crew) -> list[tuple[Ints, Ints]]:
    """Return by person begins and ends of the planned spans; neighbouring spans are joined."""
    person = crew.duty_person[crew.span_duty]
    out = []
    for who in range(len(crew.names)):
        mine = person == who
        begin, end = crew.span_begin_s[mine], crew.span_end_s[mine]
        opens = np.array([True, *(a < b for (_, a), (b, _) in pairwise(zip(begin, end, strict=True)))][: len(begin)])
        closes = np.append(opens[1:], True)[: len(begin)]
        out.append((begin[opens].astype(np.int64), end[closes].astype(np.int64)) if len(begin) else (begin, end))
    return out
