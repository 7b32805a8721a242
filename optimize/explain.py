"""Why a model is infeasible: the rows that collide and the cheapest relaxation, in a planner's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import highspy
import pulp

from optimize.rows import Column, Model, Row

type Run = Callable[[pulp.LpProblem, bool], pulp.LpSolveStats]
"""Solves a copy, as a model of whole numbers or as its relaxation."""

MOST_ROWS_TRIED = 200
"""Up to so many rows, a collision that only whole numbers cause is sought row by row."""

IRREDUCIBLE = 6
"""HiGHS' search for a set of rows without a row too many, by linear models; its default sees bounds only."""

MOST_ROWS_REDUCED = 400
"""Beyond so many rows, the collision is the rows of HiGHS' proof (a dual ray), some of them to spare."""

SEEN = 1e-6
"""A relaxation of less than this is not worth a word."""


@dataclass(frozen=True)
class Relaxation:
    """How far one row gives way: `by` is in the row's own unit and above 0."""

    row: str
    by: float
    side: str

    def __str__(self) -> str:
        """Return it in words, for instance `budget raised by 120`."""
        return f"{self.row} {'lowered' if self.side == 'low' else 'raised'} by {self.by:.6g}"


class Infeasible(ValueError):  # noqa: N818 -- it names a finding, as StopIteration does
    """No values obey all rows of a model.

    Attributes
    ----------
    rows
        Names of rows that collide, the cheapest to relax in front. In a model of up to `MOST_ROWS_REDUCED`
        rows, the others agree when any one of them is gone. Empty if none was found.
    bounds
        Names of variables whose bounds take part.
    relaxation
        The cheapest rows to relax (within one percent), and by how much; empty if none was found in time.
    """

    def __init__(
        self, rows: tuple[str, ...], bounds: tuple[str, ...] = (), relaxation: tuple[Relaxation, ...] = ()
    ) -> None:
        named = ", ".join(rows[:8]) + (f" and {len(rows) - 8} more" if len(rows) > 8 else "")
        tight = f" within the bounds of {', '.join(bounds[:5])}" if bounds else ""
        text = f"these rules cannot all be kept{tight}: {named}" if rows else "the rules cannot all be kept"
        if relaxation:
            text += f"; the cheapest way out: {', '.join(str(step) for step in relaxation[:8])}"
            text += f" and {len(relaxation) - 8} more" if len(relaxation) > 8 else ""
        super().__init__(text)
        self.rows = rows
        self.bounds = bounds
        self.relaxation = relaxation


def highs_of(problem: pulp.LpProblem) -> highspy.Highs:
    """Return the solver that last solved a problem."""
    return cast(highspy.Highs, problem.solverModel)


def explained(model: Model, prices: Mapping[str, float], run: Run) -> Infeasible:
    """Return the explanation of a model that is known to be infeasible.

    Parameters
    ----------
    model
        The model.
    prices
        Price per unit of relaxing a row, by name; 1 where missing.
    run
        Solves a copy.
    """
    rows, bounds = _collision(model, run)
    rows = tuple(sorted(rows, key=lambda row: prices.get(row, 1.0)))
    return Infeasible(rows, bounds, _cheapest(model, prices, run))


def _collision(model: Model, run: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    copy = model.problem(objective=False)
    run(copy, False)
    highs = highs_of(copy)
    if highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
        return _deletion_filter(model, run), ()
    names = [constraint.name or "" for constraint in copy.constraints()]
    if len(names) > MOST_ROWS_REDUCED:
        _, found, ray = highs.getDualRay()  # type: ignore[attr-defined]
        return _rows(model, [name for name, price in zip(names, ray, strict=True) if price] if found else []), ()
    highs.setOptionValue("iis_strategy", IRREDUCIBLE)
    _, collision = highs.getIis()
    bounds = [
        column.name
        for index, status in zip(collision.col_index_, collision.col_bound_, strict=True)
        if _takes_part(column := model.columns[index], status)
    ]
    return _rows(model, [names[index] for index in collision.row_index_]), tuple(bounds)


def _rows(model: Model, copies: list[str]) -> tuple[str, ...]:
    """Return the names of rows by those of their copies, which are called `r3a` and `r3b`."""
    return tuple(model.rows[number].name for number in sorted({int(name[1:-1]) for name in copies}))


def _takes_part(column: Column, status: int) -> bool:
    """Say whether a bound is worth naming: that nothing can be below 0 is no news."""
    lower, upper, both = 2, 3, 4
    return status in (upper, both) or (status == lower and column.low != 0)


def _deletion_filter(model: Model, run: Run) -> tuple[str, ...]:
    """Return rows that collide for whole numbers only: drop each row in turn unless the rest then agrees."""
    if len(model.rows) > MOST_ROWS_TRIED:
        return ()
    kept: list[Row] = list(model.rows)
    for row in model.rows:
        rest = [other for other in kept if other is not row]
        copy = model.problem(objective=False, rows=rest)
        run(copy, True)
        if highs_of(copy).getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            kept = rest
    return tuple(row.name for row in kept)


def _cheapest(model: Model, prices: Mapping[str, float], run: Run) -> tuple[Relaxation, ...]:
    copy = model.problem(elastic=prices)
    if not run(copy, True).has_solution:
        return ()
    found = []
    for variable in copy.variables():
        amount = float(variable.varValue or 0.0)
        for word, side in (("short", "low"), ("over", "high")):
            if variable.name.startswith(word) and amount > SEEN:
                found.append(Relaxation(model.rows[int(variable.name.removeprefix(word))].name, amount, side))
    return tuple(sorted(found, key=lambda step: step.row))
