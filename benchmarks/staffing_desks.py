"""Desks whose best staff is known: exactly from queueing theory, or by enumeration with the twin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.desk import Demand, Desk, Kind, Law, Role, Routing, Seat, Shift, Staff, Stage, Team
from sim.sla import Clause, Sla, Target

WEEK_H = 168
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PER_SKILL = 0.1
"""What each skill beyond the first adds to the cost of a head (Avramidis et al. 2010)."""


@dataclass(frozen=True)
class Question:
    """A desk, and what its staff must reach."""

    desk: Desk
    targets: tuple[str, ...]


def desk_of(
    loads: Mapping[str, float],
    seats: Mapping[str, Sequence[str]],
    *,
    work_min: float,
    weeks: int,
    patience: Mapping[str, float] | None = None,
    sla: Sla | None = None,
) -> Desk:
    """Return a desk around the clock where every kind needs the skill of its name, and all work is exponential.

    Parameters
    ----------
    loads
        Arrivals per mean work, by kind.
    seats
        Skills that a head takes, the main one first, by seat group; a head costs 1 a week and a tenth more for each
        further skill.
    work_min
        Mean work in minutes.
    weeks
        Length of a run.
    patience
        Mean patience in minutes by kind; who is missing never leaves.
    sla
        Promises.
    """
    stay = patience or {}
    kinds = {
        name: Kind(
            category="ticket", per_week=load * WEEK_H * 60 / work_min, priorities={"normal": 1.0},
            patience=Law(mean_min=stay[name]) if name in stay else None,
            route=(Stage(department="desk", skill=name, work=Law(mean_min=work_min)),),
        )
        for name, load in loads.items()
    }  # fmt: skip
    wages = {group: (1 + PER_SKILL * (len(takes) - 1)) / WEEK_H for group, takes in seats.items()}
    staff = Staff(
        roles={group: Role(skills=tuple(takes), wage_per_h=wages[group]) for group, takes in seats.items()},
        teams={"desk": Team(department="desk")}, shifts={"always": Shift(days=WEEK, hours="00:00-24:00")},
        seats={g: Seat(role=g, team="desk", takes=tuple(takes), shift="always") for g, takes in seats.items()},
    )  # fmt: skip
    return Desk(
        start=date(2026, 1, 5), weeks=weeks, time_zone="UTC", priorities=("normal",), demand=Demand(kinds=kinds),
        staff=staff, sla=sla, routing=Routing(policy="specialist_first"),
    )  # fmt: skip


LEVELS = {"sl80_20s": (0.8, 20, 15), "sl90_15s": (0.9, 15, 20), "sl95_60s": (0.95, 60, 15)}
"""Share answered in time, seconds, and the mean work in minutes at which these seconds of 300 are whole minutes."""


def waiting(load: float, level: str, weeks: int) -> Question:
    """Return the question behind a value of record staff_erlangC: M/M/c, and a share of tickets answered in time.

    Only the ratio of the time to the mean work matters; so both are stretched until the time is whole minutes.
    """
    share, within_s, work_min = LEVELS[level]
    promise = Target(response=Clause(target_min=within_s * work_min // 300))
    sla = Sla(priorities={"normal": promise})
    desk = desk_of({"a": load}, {"agent": ("a",)}, work_min=work_min, weeks=weeks, sla=sla)
    return Question(desk, (f"response_overdue_rate<={1 - share:.2g}",))


def small(number: int, weeks: int = 1) -> Question:
    """Return a random question with two skills, every third with three, small enough to be enumerated.

    Every skill has a group of its own; one group takes them all or, with three skills, two or all of them. Odd
    halves of the numbers bound the share of each kind that leaves, the others the mean wait of each kind.
    """
    draw = np.random.default_rng([number, 20_261_122])
    skills = ("a", "b", "c")[: 2 + (number % 3 == 2)]
    loads = {skill: float(np.round(draw.uniform(0.8, 3.0 if len(skills) == 2 else 2.0), 2)) for skill in skills}
    wide = list(draw.permutation(skills))[: int(draw.integers(2, len(skills) + 1))]
    seats = {skill: (skill,) for skill in skills} | {"wide": tuple(str(skill) for skill in wide)}
    if number // 2 % 2:
        patience = {skill: float(np.round(10 * draw.uniform(1.0, 4.0), 1)) for skill in skills}
        bound = float(np.round(draw.uniform(0.03, 0.1), 3))
        return Question(desk_of(loads, seats, work_min=10.0, weeks=weeks, patience=patience),
                        tuple(f"abandoned_rate[kind={skill}]<={bound:g}" for skill in skills))  # fmt: skip
    bound = float(np.round(draw.uniform(1.0, 6.0), 1))
    return Question(desk_of(loads, seats, work_min=10.0, weeks=weeks),
                    tuple(f"wait_mean[kind={skill}]<={bound:g}" for skill in skills))  # fmt: skip
