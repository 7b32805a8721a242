"""Names for heads without one, so that something can be said of one person alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.crew.crew import PPM, crew_of
from sim.desk import CONDUCTS, Desk, Person, people_of


def named(desk: Desk) -> Desk:
    """Return a desk whose heads without a name are named persons of the same abilities, tenure and conduct.

    `adviser#3` is `adviser_3`. Everybody keeps the seat. Absences and lateness are those of other people, because
    these belong to the name.
    """
    where, persons, crew = people_of(desk), dict(desk.staff.persons), crew_of(desk, 0)
    seating = {}
    for number, (head, seat) in enumerate(where.items()):
        group = seat.rpartition("#")[0]
        if head in desk.staff.persons:
            name, persons[head] = head, persons[head].changed(seat=group)
        else:
            name = name_of(head, persons)
            role = desk.staff.roles[desk.staff.seats[group].role]
            places = {skill: crew.skills.index(skill) for skill in role.skills}
            persons[name] = Person(
                role=desk.staff.seats[group].role, seat=group,
                speed={skill: int(crew.rate_ppm[number, at]) / PPM for skill, at in places.items()},
                quality={skill: float(crew.quality[number, at]) for skill, at in places.items()},
                courtesy=float(crew.courtesy[number]),
                tenure_weeks=float(crew.tenure_weeks[number]) if np.isfinite(crew.tenure_weeks[number]) else None,
                conduct={what: float(x) for what, x in zip(CONDUCTS, crew.conduct[number], strict=True) if x},
            )  # fmt: skip
        seating[name] = seat
    return desk.changed(staff=desk.staff.changed(persons=persons), seating=seating)


def name_of(head: str, taken: Mapping[str, object]) -> str:
    """Return the name that a head without a name gets; one that is taken gets a line below.

    Examples
    --------
    >>> name_of("adviser#3", {"adviser_3": None})
    'adviser_3_'
    """
    name = head.replace("#", "_")
    while name in taken:
        name += "_"
    return name
