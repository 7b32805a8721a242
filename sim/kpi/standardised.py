"""Rates made comparable: indirect and direct standardisation over cells of like cases, and the pooled odds ratio."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


class Ratios(NamedTuple):
    """Observed over expected, with an interval; NaN where nothing is expected."""

    ratio: Floats
    low: Floats
    high: Floats


class Odds(NamedTuple):
    """A pooled odds ratio, with an interval; NaN where no cell compares the two groups."""

    ratio: float
    low: float
    high: float


def observed_over_expected(observed: NDArray[Any], expected_: NDArray[Any], level: float = 0.95) -> Ratios:
    """Return O/E of groups with Byar's interval.

    Whose harm: people who get the harder cases, when their crude rates are set beside those of others.

    Parameters
    ----------
    observed
        Counts of events.
    expected_
        What was expected of the same cases.
    level
        Coverage of the intervals, in (0, 1).

    Notes
    -----
    Byar's approximation to the exact Poisson interval (Breslow and Day 1987, eq. 2.13); wide for a share near one,
    whose count varies less than a Poisson count. Two groups of different mix are each comparable to the standard, not
    strictly to one another.
    """
    z = float(ndtri(0.5 + level / 2))
    o, e = np.asarray(observed, np.float64), np.asarray(expected_, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(o > 0, o * (1 - 1 / (9 * o) - z / (3 * np.sqrt(o))) ** 3, 0.0)
        more = o + 1
        above = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
        made = [np.where(e > 0, part / e, np.nan) for part in (o, below, above)]
    return Ratios(*made)


def directly_standardised(events: NDArray[Any], cases: NDArray[Any], standard: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return the rate that each group would have with the standard's mix of cases, and the share of that mix it shows.

    Parameters
    ----------
    events, cases
        Numbers of shape (groups, cells).
    standard
        Cases of each cell in the standard, at least one above 0.

    Returns
    -------
    tuple
        Rates, over the cells in which the group has cases (NaN for a group without any); and the share of the standard,
        0 to 1, that these cells make up: below 1 the rate leaves out what the group never did.
    """
    weights = np.asarray(standard, np.float64) / np.asarray(standard, np.float64).sum()
    n = np.asarray(cases, np.float64)
    rates = np.divide(events, n, out=np.zeros_like(n), where=n > 0)
    covered = (n > 0) @ weights
    return np.divide(rates @ weights, covered, out=np.full(len(n), np.nan), where=covered > 0), covered


def mantel_haenszel(events: NDArray[Any], cases: NDArray[Any], level: float = 0.95) -> Odds:
    """Return the odds ratio of the first group against the second, pooled over cells.

    Parameters
    ----------
    events, cases
        Counts of shape (2, cells).
    level
        Coverage of the interval, in (0, 1).

    Raises
    ------
    ValueError
        If there are not two groups.

    Notes
    -----
    Mantel and Haenszel (1959); variance of the logarithm by Robins, Breslow and Greenland (1986).
    """
    if np.shape(events)[0] != 2:
        raise ValueError(f"a pooled odds ratio compares 2 groups, got {np.shape(events)[0]}")
    n = np.asarray(cases, np.float64)
    used = n.sum(axis=0) > 0
    (a, c), total = np.asarray(events, np.float64)[:, used], n[:, used].sum(axis=0)
    b, d = n[0, used] - a, n[1, used] - c
    r, s, p, q = a * d / total, b * c / total, (a + d) / total, (b + c) / total
    if r.sum() == 0 or s.sum() == 0:
        return Odds(np.nan, np.nan, np.nan)
    spread = (p * r).sum() / (2 * r.sum() ** 2) + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
    variance = spread + (q * s).sum() / (2 * s.sum() ** 2)
    margin = float(ndtri(0.5 + level / 2)) * float(np.sqrt(variance))
    log = float(np.log(r.sum() / s.sum()))
    return Odds(*(float(np.exp(log + shift)) for shift in (0.0, -margin, margin)))
