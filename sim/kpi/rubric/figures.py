"""What an item comes to: its value and points for every cell, and for every cell with one day left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.kpi.rubric import sums, times
from sim.kpi.rubric.cells import Cells, Floats, Ints
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.pairs import Pairs
from sim.kpi.rubric.points import points_of


@dataclass(frozen=True)
class Figures:
    """What rows (cells, or cells without one day) come to on an item.

    Attributes
    ----------
    value, points
        In the item's unit, and what it earns; NaN where there is nothing, shape (rows,).
    n
        Tickets behind it, to the nearest whole one where they are shared out, shape (rows,).
    """

    value: Floats
    points: Floats
    n: Ints


def figures(rubric: Rubric, item: Item, cells: Cells, pairs: Pairs | None = None) -> Figures:
    """Return what an item with a KPI comes to.

    Parameters
    ----------
    rubric, item
        The rubric and one of its items that the log decides.
    cells
        Whom it is about.
    pairs
        Where given, the figures are those of the cells without the day of the pair.

    Notes
    -----
    Under `policy.small_n` a value on few tickets is as it is, missing, or drawn towards that of the role in the period:
    (n x own + least_n x role's) / (n + least_n), the empirical Bayes form with a stated weight. With a day left out,
    the role's value stays that of all days.
    """
    if item.statistic in TIMES:
        value, n = times.of_times(item, cells, pairs)
        late = n
    else:
        value, n, late = sums.of_sums(rubric, item, cells, pairs)
    if item.statistic == "share_weighted":
        points = times.points_by_ticket(rubric, item, cells, pairs)
        of_role, earned_by_role = _of_role(rubric, item, cells, pairs)
        return Figures(_few(rubric, item, value, n, of_role), _few(rubric, item, points, n, earned_by_role), n)
    value = _few(rubric, item, value, n, _of_role(rubric, item, cells, pairs)[0])
    points, known = np.full(len(value), np.nan), ~np.isnan(value)
    points[known] = points_of(item, value[known], rubric.policy, late[known])
    return Figures(value, points, n)


def _of_role(rubric: Rubric, item: Item, cells: Cells, pairs: Pairs | None) -> tuple[Floats, Floats]:
    """Return value and points of the role by row, if the policy asks for them."""
    if item.least_n == 0 or rubric.policy.small_n != "shrink":
        return np.zeros(0), np.zeros(0)
    team = cells.team if pairs is None else cells.team[pairs.cell]
    if item.statistic in TIMES:
        value, points = times.of_role(rubric, item, cells)
        return value[team], points[team]
    return sums.of_role(rubric, item, cells)[team], np.zeros(0)


def _few(rubric: Rubric, item: Item, own: Floats, n: Ints, of_role: Floats) -> Floats:
    """Return values with those on few tickets treated as the policy says."""
    if item.least_n == 0 or rubric.policy.small_n == "as_is":
        return own
    if rubric.policy.small_n == "missing":
        return np.where(n < item.least_n, np.nan, own)
    return (n * own + item.least_n * of_role) / (n + item.least_n)
