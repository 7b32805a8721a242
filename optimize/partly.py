"""The plan that comes nearest where limits leave none: its heads, and the work that it cannot do in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from optimize.master import Limits, built, head_costs
from optimize.rows import gathered
from optimize.solve import Infeasible, solve
from optimize.workload import Batch, hour_name, workload
from sim.desk import Desk

SEEN_H = 1e-3
"""Person-hours below this are not worth a word."""


@dataclass(frozen=True)
class Unmet:
    """Work of a skill that is not done in time.

    Attributes
    ----------
    skill
        The skill.
    hours
        Hours of the week, 0 to 167, in which work stays undone or is overdue.
    person_h
        Person-hours that are short: undone in their hour, and overdue in the worst hour.
    """

    skill: str
    hours: tuple[int, ...]
    person_h: float


@dataclass(frozen=True)
class Partly:
    """Heads by seat group within all limits, their cost per week, and what they leave undone by skill."""

    seats: dict[str, int]
    cost: float
    unmet: tuple[Unmet, ...]


def nearest(desk: Desk, limits: Limits, batches: Sequence[Batch] | None = None) -> Partly | None:
    """Return the plan within limits that leaves least expected work undone; None if the limits collide themselves.

    Parameters
    ----------
    desk
        The desk.
    limits
        What a planner rules out; all of it is kept.
    batches
        The work; the desk's own if none is given.

    Notes
    -----
    The master model with slack in its rows of work alone; the sum of all slacks, in person-hours, is least.
    """
    model = built(desk, workload(desk) if batches is None else batches, limits=limits)
    flat = gathered(model.problem)
    work = {place: row.name for place, row in enumerate(flat.rows) if row.name.startswith(("cover_", "due_"))}
    soft = {row.name: 1.0 if place in work else math.inf for place, row in enumerate(flat.rows)}
    try:
        found = solve(flat.problem(elastic=soft), gap=0.01, nodes=1000, time_limit_s=600.0)
    except Infeasible:
        return None
    places = {column.name: number for number, column in enumerate(flat.columns)}
    heads = {group: int(found.values[f"v{places[variable.name]}"]) for group, variable in model.heads.items()}
    costs = head_costs(desk)
    missing: dict[str, float] = {}
    for name, value in found.values.items():
        if name.startswith(("short", "over")) and value > SEEN_H:
            row = work[int(name.removeprefix("short").removeprefix("over"))]
            missing[row] = missing.get(row, 0.0) + float(value)
    cost = math.fsum(costs[group] * number for group, number in heads.items())
    return Partly(heads, cost, _by_skill(missing, model.row_skills))


def _by_skill(missing: dict[str, float], skills: dict[str, tuple[str, int]]) -> tuple[Unmet, ...]:
    found: dict[str, list[tuple[int, float, bool]]] = {}
    for name, amount in missing.items():
        skill, hour = skills[name]
        found.setdefault(skill, []).append((hour, amount, name.startswith("due_")))
    made = []
    for skill, rows in sorted(found.items()):
        undone = math.fsum(amount for _, amount, due in rows if not due)
        overdue = max((amount for _, amount, due in rows if due), default=0.0)
        made.append(Unmet(skill, tuple(sorted({hour for hour, _, _ in rows})), undone + overdue))
    return tuple(made)


def spans(hours: Sequence[int]) -> str:
    """Return hours of the week in words, those that follow each other as one.

    Examples
    --------
    >>> spans((9, 10, 11, 14, 33))
    'mon 09-12, mon 14-15, tue 09-10'
    """
    said, rest = [], sorted(hours)
    while rest:
        first, end = rest[0], rest[0] + 1
        while end in rest and end % 24:
            end += 1
        rest = [hour for hour in rest if hour >= end]
        day, begin = hour_name(first).split("_")
        said.append(f"{day} {begin}-{end % 24 or 24:02d}")
    return ", ".join(said)
