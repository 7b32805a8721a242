"""From the points of items to a total: category weights, profiles, and items without data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kpi.rubric.cells import Cells, Floats
from sim.kpi.rubric.data import Rubric, maximum
from sim.kpi.rubric.pairs import Pairs


def totals(
    rubric: Rubric, points: Floats, cells: Cells, decided: NDArray[np.bool_], pairs: Pairs | None = None,
    of_cells: Floats | None = None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the total of every row and the share of all points that could be given.

    Parameters
    ----------
    rubric
        Its weights apply to the share of a category's points that was earned (A-10).
    points
        Points by row and item, NaN where there are none, shape (rows, items).
    cells
        Whom the rows are about.
    decided
        Which items somebody, or the log, decides at all: the others are out for everybody, shape (items,).
    pairs
        The cells and days of the rows, where these are cells without a day; every cell once by default.
    of_cells
        The points of the cells, by which gaps are filled; `points` by default.

    Returns
    -------
    tuple of NDArray
        Totals in [0, `maximum(rubric)`], NaN where nothing could be computed or no profile is for the person's role,
        and shares in [0, 1].
    """
    fill = _fill(rubric, points if of_cells is None else of_cells, cells)
    if fill is not None:
        points = np.where(np.isnan(points) & decided, fill if pairs is None else fill[pairs.cell], points)
    total, share = np.full(len(points), np.nan), np.zeros(len(points))
    for profile, mine in cells.profiles():
        if profile is None and rubric.profiles:
            continue
        rows = mine if pairs is None else np.flatnonzero(np.isin(pairs.cell, mine))
        total[rows], share[rows] = _of_profile(rubric, profile, points[rows], decided)
    return total, share


def contributions(rubric: Rubric, points: Floats, cells: Cells, decided: NDArray[np.bool_]) -> Floats:
    """Return what each item adds to each total: the total less that with no points on the item.

    Parameters
    ----------
    rubric, points, cells, decided
        As in `totals`.

    Returns
    -------
    NDArray
        Points of the total, NaN where an item has none, shape (rows, items). They sum to the total, but for what
        stands in the place of missing points.
    """
    whole, _ = totals(rubric, points, cells, decided)
    made = np.full(points.shape, np.nan)
    for column in np.flatnonzero(decided):
        less, known = points.copy(), ~np.isnan(points[:, column])
        less[known, column] = 0.0
        made[known, column] = (whole - totals(rubric, less, cells, decided, of_cells=points)[0])[known]
    return made


def share_of(rubric: Rubric, given: Floats, cells: Cells) -> Floats:
    """Return the share of all points that is given, by cell: `given` is 0 to 1 by cell and item."""
    share = np.zeros(len(cells))
    most = np.array([item.max_points for item in rubric.items])
    for profile, mine in cells.profiles():
        if profile is None and rubric.profiles:
            continue
        whole, counted = rubric.category_points(profile), rubric.items_of(profile)
        for name, weight in rubric.weights_of(profile).items():
            of = np.array([item.category == name and item.name in counted for item in rubric.items])
            if weight:
                share[mine] += weight * (given[np.ix_(mine, of)] * most[of]).sum(axis=1) / whole[name]
    return share


def _of_profile(
    rubric: Rubric, profile: str | None, points: Floats, decided: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    most = np.array([item.max_points for item in rubric.items])
    counted = np.array([item.name in rubric.items_of(profile) for item in rubric.items])
    whole = rubric.category_points(profile)
    earned, possible, share = (np.zeros(len(points)) for _ in range(3))
    for name, weight in rubric.weights_of(profile).items():
        of_all = np.array([item.category == name for item in rubric.items]) & counted
        mine = of_all & decided
        if not weight or not mine.any():
            continue
        available = (~np.isnan(points[:, mine]) * most[mine]).sum(axis=1)
        worth = weight * most[mine].sum() / (1.0 if rubric.policy.double_weighting else whole[name])
        some = available > 0
        rate = np.divide(np.nansum(points[:, mine], axis=1), available, out=np.zeros(len(points)), where=some)
        earned += worth * rate
        possible += worth * some
        share += weight * available / whole[name]
    best = maximum(rubric, profile)
    return np.divide(best * earned, possible, out=np.full(len(points), np.nan), where=possible > 0), share


def _fill(rubric: Rubric, points: Floats, cells: Cells) -> Floats | None:
    """Return what stands for points that are missing (A-29), by cell and item; None if nothing does."""
    policy = rubric.policy.missing
    if policy == "renormalise" or not points.size:
        return None
    if policy == "team_mean":
        sums, counts = np.zeros((2, cells.teams, points.shape[1]))
        np.add.at(sums, cells.team, np.nan_to_num(points))
        np.add.at(counts, cells.team, ~np.isnan(points))
        mean: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
        return mean[cells.team]
    most = np.array([item.max_points for item in rubric.items])
    return np.zeros(points.shape) + (most if policy == "full" else 0.0)
