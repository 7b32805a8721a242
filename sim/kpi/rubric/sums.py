"""Items that stand on sums: shares, volumes beside those of the role, and figures of any KPI."""

from __future__ import annotations

import numpy as np
import polars as pl

from sim.kpi.formulas import parsed
from sim.kpi.own import finished_names
from sim.kpi.rubric.cells import Cells, Facts, Floats, Ints
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import Item
from sim.kpi.rubric.pairs import Pairs, amounts, amounts_of_team
from sim.kpi.rubric.tally import CONVERTED, FIRST, TICKETS, parts_of, weight_of


def of_sums(rubric: Rubric, item: Item, cells: Cells, pairs: Pairs | None) -> tuple[Floats, Ints, Ints]:
    """Return the value of an item in its unit, the tickets behind it, and those above the line (the late ones).

    Parameters
    ----------
    rubric, item, cells
        See `sim.kpi.rubric.figures`.
    pairs
        Where given, what it is without the day of each pair.

    Returns
    -------
    tuple of NDArray
        Values, NaN where there are none, and whole tickets, each of shape (cells,) or (pairs,).
    """
    facts = cells.facts[item.name]
    sums = _sums(rubric, item, facts, len(cells), pairs)
    whole = weight_of(rubric, item) * rubric.book().kpis[parts_of(rubric, item)[0]].finish.divide
    if item.statistic == "relative":
        value = _relative(item, cells, facts, pairs, sums[FIRST])
        return value, np.rint(sums[FIRST] / whole).astype(np.int64), sums[FIRST] // whole
    value = _finished(rubric, item, sums, some=len(facts.cell) > 0)
    if item.statistic == "ratio":
        return value, np.rint(sums[FIRST + 1] / weight_of(rubric, item)).astype(np.int64), sums[FIRST] // whole
    return value, sums[TICKETS], sums[FIRST] // whole


def of_role(rubric: Rubric, item: Item, cells: Cells) -> Floats:
    """Return the value of the whole role in the period, by role and period, shape (teams,)."""
    if item.statistic == "relative":
        return np.full(cells.teams, 100.0)
    facts = cells.facts[item.name].by(cells.team)
    return _finished(rubric, item, _sums(rubric, item, facts, cells.teams, None), some=len(facts.cell) > 0)


def _sums(rubric: Rubric, item: Item, facts: Facts, size: int, pairs: Pairs | None) -> Ints:
    """Return the sums by part (the tickets last) and row; without the day where pairs are given."""
    whole = np.zeros((2 * len(parts_of(rubric, item)) + 1, size), dtype=np.int64)
    np.add.at(whole, (facts.part, facts.cell), facts.n)
    if pairs is None:
        return whole
    left = whole[:, pairs.cell]
    np.subtract.at(left, (facts.part, pairs.at(facts)), facts.n)
    return left


def _finished(rubric: Rubric, item: Item, sums: Ints, *, some: bool) -> Floats:
    """Return the figure of sums, in the item's unit.

    A total of tickets is 0 where nothing counts, one of external values is unknown.
    """
    book, names = rubric.book(), parts_of(rubric, item)
    kpi, parts = book.kpis[str(item.kpi)], dict[str, Floats]()
    for number, name in enumerate(names):
        how, outside = book.kpis[name].finish, book.kpis[name].table == "externals"
        above, below = sums[FIRST + 2 * number] * how.times, sums[FIRST + 2 * number + 1]
        if how.how == "total":
            given = sums[TICKETS] > 0 if outside else np.full(len(above), some)
            parts[name] = np.where(given, above / (how.divide * weight_of(rubric, item)), np.nan)
        else:
            parts[name] = np.divide(above, below * how.divide, out=np.full(len(above), np.nan), where=below != 0)
    value = _of_formula(rubric, item, parts) if item.kpi in book.formulas else parts[names[0]]
    times, over = CONVERTED.get((kpi.unit, item.unit), (1, 1))
    return value * times / over


def _of_formula(rubric: Rubric, item: Item, parts: dict[str, Floats]) -> Floats:
    book = rubric.book()
    formula = parsed(book.formulas[str(item.kpi)], finished_names(tuple(name for name, _ in book.own)))
    made = pl.DataFrame(parts).fill_nan(None).select(value=formula.cast(pl.Float64)).to_series()
    found = made.fill_null(np.nan).to_numpy() / book.kpis[str(item.kpi)].finish.divide
    return np.where(np.isfinite(found), found, np.nan)


def _relative(item: Item, cells: Cells, facts: Facts, pairs: Pairs | None, mine: Ints) -> Floats:
    """Return the volume in percent of the role's mean in the period: a second stage over finished sums.

    A day that is left out is left out for the whole role.
    """
    above, all_above = mine, amounts_of_team(cells, facts.of(FIRST), pairs)
    if item.per == "rostered_hour":
        below, all_below = amounts(cells, cells.duty, pairs), amounts_of_team(cells, cells.duty, pairs)
    else:
        team = cells.team if pairs is None else cells.team[pairs.cell]
        below, all_below = np.ones_like(mine), np.bincount(cells.team, minlength=cells.teams)[team]
    if not item.include_self:
        all_above, all_below = all_above - above, all_below - below
    with np.errstate(invalid="ignore", divide="ignore"):
        # Millionths times seconds of many runs together leave the whole numbers of 64 bits.
        whole = below.astype(np.float64) * all_above
        return np.where((below > 0) & (all_above > 0), (100.0 * above * all_below) / whole, np.nan)
