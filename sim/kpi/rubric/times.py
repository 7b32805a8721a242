"""Items that stand on the times of single tickets: mean, median, p90, and points ticket by ticket."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.kpi.rubric.cells import Cells, Facts, Floats, Ints
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import Item
from sim.kpi.rubric.pairs import Pairs, amounts
from sim.kpi.rubric.points import points_of

SCALE = {"min": (1, 60), "h": (1, 3600)}
"""From seconds to the unit of an item: times and over."""

_SHARES = {"median": 0.5, "p90": 0.9}


def of_times(item: Item, cells: Cells, pairs: Pairs | None) -> tuple[Floats, Ints]:
    """Return the value of an item in its unit, NaN where there is none, and the tickets behind it.

    That of points ticket by ticket is the mean time.
    """
    facts, (up, down) = cells.facts[item.name], SCALE[item.unit]
    n = amounts(cells, facts, pairs)
    if item.statistic in _SHARES:
        return _quantile(facts, len(cells), _SHARES[item.statistic], pairs) * up / down, n
    return _ratio(up * _summed(cells, facts, facts.value, pairs), down * n), n


def points_by_ticket(rubric: Rubric, item: Item, cells: Cells, pairs: Pairs | None) -> Floats:
    """Return the mean over tickets of what each earns by its own time (A-01), NaN where there are none."""
    facts = cells.facts[item.name]
    return _ratio(_summed(cells, facts, _each(rubric, item, facts), pairs), amounts(cells, facts, pairs))


def of_role(rubric: Rubric, item: Item, cells: Cells) -> tuple[Floats, Floats]:
    """Return the value of the whole role in the period, and the mean points of its tickets, shape (teams,)."""
    facts, (up, down) = cells.facts[item.name].by(cells.team), SCALE[item.unit]
    n = np.bincount(facts.cell, weights=facts.n, minlength=cells.teams)
    if item.statistic in _SHARES:
        value = _quantile(facts, cells.teams, _SHARES[item.statistic], None) * up / down
    else:
        value = _ratio(up * np.bincount(facts.cell, weights=facts.value * facts.n, minlength=cells.teams), down * n)
    earned = np.bincount(facts.cell, weights=_each(rubric, item, facts) * facts.n, minlength=cells.teams)
    return value, _ratio(earned, n)


def _each(rubric: Rubric, item: Item, facts: Facts) -> Floats:
    up, down = SCALE[item.unit]
    return points_of(item, facts.value * up / down, rubric.policy)


def _ratio(above: Floats, below: Floats | Ints) -> Floats:
    made = np.full(len(above), np.nan)
    np.divide(above, below, out=made, where=below > 0)
    return made


def _summed(cells: Cells, facts: Facts, each: Floats | Ints, pairs: Pairs | None) -> Floats:
    """Return the sums of values times how often they occurred, by cell, or by pair without its day."""
    whole = np.bincount(facts.cell, weights=each * facts.n, minlength=len(cells))
    if pairs is None:
        return whole
    return whole[pairs.cell] - np.bincount(pairs.at(facts), weights=each * facts.n, minlength=len(pairs))


def _quantile(facts: Facts, size: int, share: float, pairs: Pairs | None) -> Floats:
    """Return the smallest value in seconds that at least the share of the tickets reaches, by cell or pair."""
    order = np.lexsort((facts.value, facts.cell))
    cell, value, n, day = facts.cell[order], facts.value[order], facts.n[order], facts.day[order]
    begins = np.searchsorted(cell, np.arange(size + 1))
    if pairs is None:
        return np.array([_reached(value[a:b], n[a:b], share) for a, b in pairwise(begins)])
    out = np.full(len(pairs), np.nan)
    for row, (mine, left) in enumerate(zip(pairs.cell.tolist(), pairs.day.tolist(), strict=True)):
        here = slice(begins[mine], begins[mine + 1])
        out[row] = _reached(value[here], np.where(day[here] == left, 0, n[here]), share)
    return out


def _reached(value: Ints, n: Ints, share: float) -> float:
    reached = np.cumsum(n)
    if not len(n) or reached[-1] == 0:
        return np.nan
    return float(value[np.searchsorted(reached, share * reached[-1] - 1e-9)])
