"""How long the people of a desk have been in their role, and how far that leaves them behind, day by day."""

import numpy as np
from numpy.typing import NDArray

from sim import chance, rules
from sim.desk import Desk, Seat

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]

HIRE_NEW, HIRE_SINCE = (chance.code("hire", what) for what in ("newcomer", "since"))
SETTLED = np.inf
"""Tenure in weeks of somebody who has been there for long."""


def tenures(desk: Desk, names: tuple[str, ...], seats: list[Seat]) -> Floats:
    """Return by person the weeks in the role before the run's first day, `SETTLED` for those who are not new.

    Head k is a newcomer, or none, in every scenario and world; a larger share keeps those of a smaller one.
    """
    made = np.full(len(names), SETTLED)
    for number, (name, seat) in enumerate(zip(names, seats, strict=True)):
        person, new = desk.staff.persons.get(name), desk.staff.roles[seat.role].newcomers
        if person is not None:
            made[number] = SETTLED if person.tenure_weeks is None else person.tenure_weeks
        elif new is not None:
            who = np.array([[chance.code(seat.role), int(name.rpartition("#")[2]), 0]], np.uint32)
            is_new, since = (
                float(chance.uniforms(desk.staff.hire_seed, code, who)[0]) for code in (HIRE_NEW, HIRE_SINCE)
            )
            made[number] = since * new.within_weeks if is_new <= new.share else SETTLED
    return made


def learned(desk: Desk, seats: list[Seat], tenure_weeks: Floats) -> tuple[Ints, Floats]:
    """Return by person and day of the run the pace in ppm of the settled one, and the logits of quality that lack.

    Both have shape (people, days), and no days where nobody is new. With t the weeks in the role at the begin of a day,
    the share of the deficits that is left is 2^(-t / half-life).
    """
    people = np.flatnonzero(tenure_weeks < SETTLED)
    days = int(rules.day_of_run(desk.until_s() - 1)) + 1 if len(people) else 0
    pace_ppm, lacks = np.full((len(seats), days), rules.PPM, np.int64), np.zeros((len(seats), days))
    for number in people.tolist():
        curve = desk.staff.roles[seats[number].role].learning
        assert curve is not None  # who is new without one is refused
        left = np.array([curve.left(tenure_weeks[number] + day / 7) for day in range(days)])
        pace_ppm[number] = np.rint(np.exp(-curve.speed_log * left) * rules.PPM)
        lacks[number] = curve.quality * left
    return pace_ppm, lacks
