"""Covering needs by patterns of shifts at least cost: the plain model of Dantzig (1954)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulp

from optimize.solve import Solution, solve


@dataclass(frozen=True)
class Cover:
    """How many of each pattern.

    Attributes
    ----------
    counts
        Number of people by pattern; whole unless the relaxation was asked for.
    cost
        What they cost in all.
    bound
        No cover is cheaper than this.
    status
        `optimal`, or `feasible` if the search stopped at its gap or time limit.
    """

    counts: dict[str, float | int]
    cost: float
    bound: float
    status: str


def cover(
    need: Mapping[str, float],
    patterns: Mapping[str, Sequence[str]],
    *,
    costs: Mapping[str, float] | None = None,
    most: Mapping[str, int] | None = None,
    whole: bool = True,
) -> Cover:
    """Return the cheapest numbers of people per pattern that meet the need in every period.

    Parameters
    ----------
    need
        People needed by period, at least 0.
    patterns
        Periods in which a person of the pattern is on duty, by pattern.
    costs
        Cost of one person by pattern; 1 where missing.
    most
        Most people by pattern, as rules `at_most_<pattern>`; no limit where missing.
    whole
        Whether people are whole; False gives the linear relaxation.

    Raises
    ------
    Infeasible
        If a need cannot be met; the rules are called `cover_<period>`.
    ValueError
        If a pattern names a period that has no need stated.

    Notes
    -----
    min c'y subject to A y >= b, y >= 0 (Dantzig 1954).

    Examples
    --------
    >>> cover({"early": 2, "late": 1}, {"day": ("early", "late"), "half": ("early",)}).cost
    2.0
    """
    problem, heads = _build(need, patterns, costs or {}, most or {}, whole)
    found: Solution = solve(problem, gap=0.0)
    counts = {pattern: found.values[variable.name] for pattern, variable in heads.items()}
    return Cover(counts, found.objective, found.bound, found.status)


def _build(
    need: Mapping[str, float],
    patterns: Mapping[str, Sequence[str]],
    costs: Mapping[str, float],
    most: Mapping[str, int],
    whole: bool,
) -> tuple[pulp.LpProblem, dict[str, pulp.LpVariable]]:
    for pattern, periods in patterns.items():
        for period in periods:
            if period not in need:
                raise ValueError(f"pattern {pattern}: no need is stated for period {period!r}")
    problem = pulp.LpProblem("cover", pulp.LpMinimize)
    heads = {
        pattern: problem.add_variable(f"people_{pattern}", 0, None, "Integer" if whole else "Continuous")
        for pattern in patterns
    }
    problem.setObjective(pulp.lpSum(costs.get(pattern, 1.0) * heads[pattern] for pattern in patterns))
    for period, people in need.items():
        on_duty = pulp.lpSum(heads[pattern] for pattern, periods in patterns.items() if period in periods)
        problem.addConstraint(on_duty >= people, f"cover_{period}")
    for pattern, limit in most.items():
        problem.addConstraint(heads[pattern] <= limit, f"at_most_{pattern}")
    return problem, heads
