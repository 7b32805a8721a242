"""What a roster costs, and what unseen worlds say about a desk that works it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from optimize.estimate import simulated
from optimize.roster.data import Question, Roster
from optimize.staffing import CONFIRM_FROM
from optimize.targets import Figure, Target, figures
from sim.desk import Desk
from sim.experiment import Pool, Run


def confirmed(
    desk: Desk,
    targets: Sequence[Target],
    worlds: int,
    level: float,
    run: Run | None = None,
    executor: Pool | None = None,
) -> dict[str, Figure]:
    """Return the figure of each target in worlds that nothing has seen.

    Parameters
    ----------
    desk
        The desk under its roster.
    targets
        Targets of one figure each.
    worlds
        How many worlds, at least 2, numbered from `CONFIRM_FROM` up.
    level
        Level of all intervals together.
    run, executor
        Engine and pool of the simulations.
    """
    seeds = range(CONFIRM_FROM, CONFIRM_FROM + worlds)
    frame = simulated(targets, run=run, executor=executor)(desk, seeds)
    return {str(figure.target): figure for figure in figures(frame, targets, level)}


def weekly_cost(desk: Desk, question: Question, roster: Roster) -> float:
    """Return the wages of a roster by week, in the currency; the number of people if no role has a wage."""
    staff = desk.staff
    paid = []
    for worker in question.workers:
        person = staff.persons[worker.name]
        wage = staff.roles[person.role].wage_per_h if person.wage_per_h is None else person.wage_per_h
        paid.append(wage * hours_of(question, roster, worker.name))
    if not any(role.wage_per_h for role in staff.roles.values()):
        return float(len(question.workers))
    return math.fsum(paid) / question.weeks


def hours_of(question: Question, roster: Roster, name: str) -> float:
    """Return the hours that somebody works under a roster, breaks left out."""
    hours = question.worker[name].hours
    return math.fsum(hours[shift] for shift in roster.get(name, {}).values())
