"""A linear model as plain rows and columns: what a solution is checked against, and copies are made from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulp

ROW_TOLERANCE = 1e-6
"""A row may be missed by this times the largest of 1, its right side and its terms."""

WHOLE_TOLERANCE = 1e-5
"""A whole number may be missed by this before it is rounded; the rows are checked after rounding."""


@dataclass(frozen=True)
class Column:
    """A variable: name, bounds (infinite where there is none), objective coefficient, whether it is whole."""

    name: str
    low: float
    high: float
    cost: float
    whole: bool


@dataclass(frozen=True)
class Row:
    """A constraint `low <= sum of coefficient times variable <= high`."""

    name: str
    terms: tuple[tuple[str, float], ...]
    low: float
    high: float

    def missed_by(self, values: Mapping[str, float]) -> float:
        """Return by how much values miss the row beyond its tolerance, at least 0."""
        parts = [coefficient * values[name] for name, coefficient in self.terms]
        total = math.fsum(parts)
        sides = [abs(side) for side in (self.low, self.high) if math.isfinite(side)]
        tolerance = ROW_TOLERANCE * max(1.0, *sides, *(abs(part) for part in parts))
        return max(0.0, self.low - total - tolerance, total - self.high - tolerance)


@dataclass(frozen=True)
class Model:
    """A linear model as rows and columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    constant: float
    maximise: bool

    def whole(self, raw: Mapping[str, float]) -> dict[str, float | int] | None:
        """Return the values with whole numbers rounded to `int`, or None if one of them is not whole."""
        values: dict[str, float | int] = {}
        for column in self.columns:
            value = raw[column.name]
            if column.whole and not (math.isfinite(value) and abs(value - round(value)) <= WHOLE_TOLERANCE):
                return None
            values[column.name] = round(value) if column.whole else value
        return values

    def broken(self, values: Mapping[str, float]) -> list[str]:
        """Return what values break: every row and bound that they miss by more than the tolerance."""
        if strange := [column.name for column in self.columns if not math.isfinite(values[column.name])]:
            return [f"{name} is not a finite number" for name in strange]
        found = []
        for row in self.rows:
            if missed := row.missed_by(values):
                found.append(f"row {row.name} is missed by {missed:g}")
        for column in self.columns:
            value = values[column.name]
            slack = ROW_TOLERANCE * max(1.0, abs(value))
            if not column.low - slack <= value <= column.high + slack:
                found.append(f"{column.name} = {value:g} lies outside [{column.low:g}, {column.high:g}]")
            if column.whole and value != round(value):
                found.append(f"{column.name} = {value:g} is not whole")
        return found

    def objective(self, values: Mapping[str, float]) -> float:
        """Return the objective at some values."""
        return math.fsum([self.constant, *(column.cost * values[column.name] for column in self.columns)])

    def problem(
        self,
        *,
        objective: bool = True,
        elastic: Mapping[str, float] | None = None,
        rows: Sequence[Row] | None = None,
    ) -> pulp.LpProblem:
        """Return a fresh problem of the same columns.

        Parameters
        ----------
        objective
            Whether to keep the objective; without, any values that obey the rows will do.
        elastic
            Price per unit of breaking a row, by row: the objective becomes the price of what is broken. Rows
            with an infinite price stay hard. Variables `short3` and `over3` say by how much row 3 is missed.
        rows
            Rows to take instead of all.
        """
        up = self.maximise and objective and elastic is None
        problem = pulp.LpProblem("copy", pulp.LpMaximize if up else pulp.LpMinimize)
        variables = {
            column.name: _variable(problem, f"v{number}", column) for number, column in enumerate(self.columns)
        }
        costs = [(variables[c.name], c.cost) for c in self.columns] if objective and elastic is None else []
        for number, row in enumerate(self.rows if rows is None else rows):
            terms = [(variables[name], coefficient) for name, coefficient in row.terms]
            price = math.inf if elastic is None else elastic.get(row.name, 1.0)
            if math.isfinite(price):
                slacks = [problem.add_variable(f"{side}{number}", 0, None) for side in ("short", "over")]
                terms += [(slacks[0], 1.0), (slacks[1], -1.0)]
                costs += [(slack, price) for slack in slacks]
            _add(problem, terms, row, f"r{number}")
        problem.setObjective(pulp.LpAffineExpression.from_list(costs))
        return problem


def _variable(problem: pulp.LpProblem, name: str, column: Column) -> pulp.LpVariable:
    return problem.add_variable(
        name, _finite(column.low), _finite(column.high), "Integer" if column.whole else "Continuous"
    )


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _add(problem: pulp.LpProblem, terms: list[tuple[pulp.LpVariable, float]], row: Row, name: str) -> None:
    if math.isfinite(row.low):
        problem.addConstraint(pulp.LpAffineExpression.from_list(terms) >= row.low, f"{name}a")
    if math.isfinite(row.high):
        problem.addConstraint(pulp.LpAffineExpression.from_list(terms) <= row.high, f"{name}b")


def gathered(problem: pulp.LpProblem) -> Model:
    """Return a PuLP problem as rows and columns.

    Raises
    ------
    ValueError
        If two variables or two rows share a name. PuLP accepts that, and turns `- + [ ] > /` and white space
        in names into `_`.
    """
    variables, constraints = problem.exported_variables(), problem.constraints()
    _check_unique("variables", [v.name for v in variables])
    _check_unique("rows", [c.name for c in constraints])
    names = {variable.id: variable.name for variable in variables}
    goal = problem.objective
    costs = {variable.id: float(cost) for variable, cost in goal.items()} if goal is not None else {}
    columns = tuple(
        Column(
            variable.name,
            _side(variable.lowBound, -math.inf),
            _side(variable.upBound, math.inf),
            costs.get(variable.id, 0.0),
            variable.cat == "Integer",
        )
        for variable in variables
    )
    rows = tuple(
        Row(
            constraint.name or "",
            tuple((names[variable.id], float(k)) for variable, k in constraint.items()),
            _side(constraint.getLb(), -math.inf),
            _side(constraint.getUb(), math.inf),
        )
        for constraint in constraints
    )
    constant = float(goal.constant) if goal is not None else 0.0
    return Model(columns, rows, constant, problem.sense == pulp.LpMaximize)


def _side(bound: float | None, missing: float) -> float:
    return missing if bound is None else float(bound)


def _check_unique(what: str, names: Iterable[str | None]) -> None:
    seen: set[str | None] = set()
    for name in names:
        if not name:
            raise ValueError(f"one of the {what} has no name")
        if name in seen:
            raise ValueError(f"two {what} are called {name!r}")
        seen.add(name)
