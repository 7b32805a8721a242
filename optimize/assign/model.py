"""The model behind a plan: each ticket takes at most one turn, each turn at most one ticket, at least cost."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

import numpy as np
import pulp

from optimize.assign.choices import Choices
from optimize.assign.facts import Facts
from optimize.solve import Solution, WrongSolution, solve
from sim.desk import Planning
from sim.layout import NEVER

LONGEST_S = 86_400.0
"""The search is bounded by nodes; this keeps a machine that hangs from hanging for ever."""


class Chosen(NamedTuple):
    """What the model chose.

    Attributes
    ----------
    pairs
        Row of the ticket and column of the turn, by column.
    cost
        Cost of all tickets, those left to the pool included.
    gap
        The solver's, proven.
    """

    pairs: tuple[tuple[int, int], ...]
    cost: float
    gap: float


def arcs_of(choices: Choices) -> list[tuple[int, int]]:
    """Return the pairs worth a variable: those that cost less than the pool, of each ticket no more than can matter.

    In a best plan a ticket that takes none of its n cheapest turns, of n tickets, could change to one that is free.
    That holds where turns are all that is scarce, so with caps all pairs are kept.
    """
    better = choices.cost < choices.pool[:, None] - 1e-9
    many = len(choices.waiting)
    if not choices.room.shape[1] and many < better.shape[1]:
        order = np.argsort(choices.cost, axis=1, kind="stable")[:, :many]
        near = np.zeros_like(better)
        np.put_along_axis(near, order, True, axis=1)
        better &= near
    return [(int(t), int(s)) for t, s in np.argwhere(better)]


def chosen(facts: Facts, weights: Planning, choices: Choices) -> Chosen:
    """Return the cheapest plan.

    Raises
    ------
    NoSolution
        If the search stopped at its limit of nodes without a plan.
    WrongSolution
        If the solver's values break the model.
    """
    arcs, pool = arcs_of(choices), float(choices.pool.sum())
    if not arcs:
        return Chosen((), pool, 0.0)
    capped = _capped(facts, choices, arcs)
    problem = _problem(choices, arcs, capped)
    found = solve(problem, gap=weights.gap, nodes=weights.nodes, time_limit_s=LONGEST_S)
    if found.status == "interrupted":
        raise KeyboardInterrupt
    taken = [arc for arc in arcs if _whole(found, arc)]
    return Chosen(tuple(sorted(taken, key=lambda arc: arc[1])), pool + found.objective, found.gap)


def _whole(found: Solution, arc: tuple[int, int]) -> bool:
    value = float(found.values[_name(arc)])
    if abs(value - round(value)) > 1e-6:
        raise WrongSolution(f"a turn is given in parts: {_name(arc)} = {value}")
    return round(value) == 1


def _name(arc: tuple[int, int]) -> str:
    return f"t{arc[0]}_turn{arc[1]}"


def _capped(
    facts: Facts, choices: Choices, arcs: list[tuple[int, int]]
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the pairs that a cap may rule out, by person and cap."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for ticket, turn in arcs:
        person = int(choices.turns.person[turn])
        for cap in np.flatnonzero(facts.caps[choices.waiting.kind[ticket]]).tolist():
            if choices.room[person, cap] < NEVER // 2:
                found[person, cap].append((ticket, turn))
    return {key: rows for key, rows in found.items() if len(rows) > choices.room[key]}


def _problem(
    choices: Choices, arcs: list[tuple[int, int]], capped: dict[tuple[int, int], list[tuple[int, int]]]
) -> pulp.LpProblem:
    """Return the model: a transportation problem, whose vertices are whole, unless a cap binds."""
    problem = pulp.LpProblem("assign", pulp.LpMinimize)
    sort: Literal["Integer", "Continuous"] = "Integer" if capped else "Continuous"
    x = {arc: problem.add_variable(_name(arc), 0, 1, sort) for arc in arcs}
    saved = [(x[t, s], float(choices.cost[t, s] - choices.pool[t])) for t, s in arcs]
    problem.setObjective(pulp.LpAffineExpression.from_list(saved))
    rows: dict[str, list[pulp.LpVariable]] = defaultdict(list)
    for ticket, turn in arcs:
        rows[f"ticket_{ticket}"].append(x[ticket, turn])
        rows[f"turn_{turn}"].append(x[ticket, turn])
    most = dict.fromkeys(rows, 1)
    for (person, cap), bound in capped.items():
        rows[f"cap_{person}_{cap}"], most[f"cap_{person}_{cap}"] = (
            [x[arc] for arc in bound],
            int(choices.room[person, cap]),
        )
    for name, terms in rows.items():
        problem.addConstraint(pulp.LpAffineExpression.from_list([(v, 1.0) for v in terms]) <= most[name], name)
    return problem
