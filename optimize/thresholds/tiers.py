"""Where the tiers are cut: by what wrong tiers cost, exactly, or so that as many people fall into each as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cuts:
    """Borders between tiers, and what they cost.

    Attributes
    ----------
    borders
        Least total of each tier but the last, the best first, in points; a tier that nobody may have shares its border
        with the next better one.
    cost
        Mean cost of a month of a person, in the unit of the costs.
    """

    borders: tuple[float, ...]
    cost: float


def cuts_by_cost(totals: Floats, true: Ints, cost: Floats, grid: Sequence[float]) -> Cuts:
    """Return the borders of tiers with the least cost, among all on a grid.

    Parameters
    ----------
    totals
        Total of each month of a person, in points.
    true
        Rank of the tier that the person deserves, 0 for the best, same shape.
    cost
        Cost by true and given tier, at least 0, shape (tiers, tiers).
    grid
        Values that a border may take, in points.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the grid is empty.

    Notes
    -----
    Dynamic programming over the grid: the cheapest way to give the tiers from the worst up to one, with the best of
    them ending at a value, follows from that of one tier less. It is exact, in tiers x values steps.
    """
    values = np.unique(np.asarray(grid, np.float64))
    tiers = len(cost)
    if cost.shape != (tiers, tiers) or totals.shape != true.shape or not len(values):
        raise ValueError(
            f"costs of a square shape, totals and true tiers of one shape and a grid are wanted, got {cost.shape}, "
            f"{totals.shape}, {true.shape} and {len(values)} values"
        )
    flat, deserved = totals.ravel(), true.ravel()
    known = ~np.isnan(flat) & (deserved >= 0)
    bucket = np.searchsorted(values, flat[known], side="right")  # how many values each total reaches
    counts = np.zeros((len(values) + 1, tiers))
    np.add.at(counts, (bucket, deserved[known]), 1)
    # What it would cost to give a tier to everybody who does not reach a value, shape (tiers, values), and to all.
    under, whole = (counts @ cost).cumsum(axis=0)[:-1].T, (counts @ cost).sum(axis=0)
    best, ways = under[tiers - 1], []
    for tier in range(tiers - 2, -1, -1):
        way = _least_so_far(best - under[tier])
        ways.append(way)
        ahead = (best - under[tier])[way]
        best = under[tier] + ahead if tier else whole[0] + ahead[-1:]
    least = float(best[0]) if tiers > 1 else float(whole[0])
    return Cuts(_borders(values, ways), least / max(int(known.sum()), 1))


def _least_so_far(values: Floats) -> Ints:
    """Return the position of the first least value up to each place."""
    least = np.minimum.accumulate(values)
    new = np.concatenate([[True], least[1:] < least[:-1]])
    return np.asarray(np.maximum.accumulate(np.where(new, np.arange(len(values)), 0)), np.int64)


def _borders(values: Floats, ways: Sequence[Ints]) -> tuple[float, ...]:
    """Return the borders that the ways back name, the best tier's first."""
    at, found = len(values) - 1, list[float]()
    for way in reversed(ways):
        at = int(way[at])
        found.append(float(values[at]))
    return tuple(found)


def cuts_by_share(totals: Floats, shares: Sequence[float]) -> tuple[float, ...]:
    """Return the borders with which the nearest whole number of months falls into the best tiers together.

    Parameters
    ----------
    totals
        Totals in points.
    shares
        Share of each tier, the best first; they sum to 1.

    Returns
    -------
    tuple of float
        Least total of each tier but the last. Equal totals fall into one tier, so ties can add to it; half a month is
        rounded to the even number.

    Examples
    --------
    Three in ten of five are one and a half: the best two.

    >>> cuts_by_share(np.array([90.0, 80.0, 70.0, 60.0, 50.0]), [0.3, 0.7])
    (80.0,)

    Raises
    ------
    ValueError
        If the shares do not sum to 1, or there is no total.
    """
    if abs(sum(shares) - 1) > 1e-6 or min(shares) < -1e-9:
        raise ValueError(f"shares of tiers must be 0 or more and sum to 1, got {list(shares)}")
    ordered = np.sort(totals[~np.isnan(totals)])[::-1]
    if not len(ordered):
        raise ValueError("there is no total to cut")
    ends = np.rint(np.cumsum(shares)[:-1] * len(ordered)).astype(np.int64)
    return tuple(float(ordered[end - 1]) if end > 0 else float(np.nextafter(ordered[0], np.inf)) for end in ends)


def ranks_of(totals: Floats, borders: Sequence[float]) -> Ints:
    """Return the rank of the tier of each total, 0 for the best, -1 where there is none."""
    ranks = np.sum([totals < border for border in borders], axis=0, dtype=np.int64)
    return np.asarray(np.where(np.isnan(totals), -1, ranks), np.int64)


def shares_of(ranks: Ints, tiers: int) -> tuple[float, ...]:
    """Return the share of each tier, the best first, among all that have one."""
    counts = np.bincount(ranks[ranks >= 0].ravel(), minlength=tiers)
    return tuple(float(count) / max(int(counts.sum()), 1) for count in counts)


def expected_cost(true: Ints, given: Ints, cost: Floats) -> float:
    """Return the mean cost of a month of a person, over all that have both tiers; NaN if there is none.

    Parameters
    ----------
    true, given
        Ranks of tiers, -1 where there is none, of one shape.
    cost
        By true and given tier.
    """
    true = np.broadcast_to(true, given.shape)
    known = (true >= 0) & (given >= 0)
    return float(cost[true[known], given[known]].mean()) if known.any() else float("nan")
