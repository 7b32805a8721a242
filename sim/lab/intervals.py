"""Intervals over worlds: only worlds are random, so one world at a time is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kpi.jackknife import jackknife_t as over_cases


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval, null where it is unknown.

    Attributes
    ----------
    mean
        The estimate; it may be negative where the thing itself cannot.
    low, high
        Ends of the interval.
    """

    mean: float | None
    low: float | None
    high: float | None

    def within(self, least: float, most: float) -> Estimate:
        """Return the same with the ends of the interval clipped to what the figure can be."""
        if self.low is None or self.high is None:
            return self
        return Estimate(self.mean, max(self.low, least), min(self.high, most))

    def half_width(self) -> float:
        """Return half the length of the interval, infinite without one."""
        return np.inf if self.low is None or self.high is None else (self.high - self.low) / 2


def jackknife_t(whole: float, without: NDArray[np.float64], level: float = 0.95) -> Estimate:
    """Return an estimate with its delete-one-world jackknife-t interval.

    Parameters
    ----------
    whole
        Estimate from all worlds.
    without
        Estimates with one world left out each, shape (worlds,).
    level
        Level of the interval.

    Notes
    -----
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5, with a t quantile of
    worlds - 1 degrees of freedom. The percentile bootstrap over worlds fails here: a repeated world looks
    like stability.

    Examples
    --------
    Of a mean, the jackknife is the usual t interval: 3 +- 3.182 * 1.080.

    >>> x = np.array([1.0, 2.0, 3.0, 6.0])
    >>> found = jackknife_t(3.0, (x.sum() - x) / 3)
    >>> round(found.high - 3.0, 3)
    3.437
    """
    if np.isnan(whole):
        return Estimate(None, None, None)
    return Estimate(float(whole), *(over_cases(whole, without, level) or (None, None)))


def mean_t(values: NDArray[np.float64], level: float = 0.95) -> Estimate:
    """Return the mean of one value per world with its t interval."""
    values = values[~np.isnan(values)]
    if not len(values):
        return Estimate(None, None, None)
    return jackknife_t(float(values.mean()), (values.sum() - values) / max(len(values) - 1, 1), level)


def mean_of(sums: NDArray[np.float64], counts: NDArray[np.int64], level: float) -> list[Estimate]:
    """Return the mean of each person with its jackknife interval over worlds; null where nothing is known.

    Parameters
    ----------
    sums, counts
        Sum of a person's figures in a world, and their number, shape (worlds, people).
    level
        Level of the intervals.
    """
    found = []
    for mine, n in zip(sums.T, counts.T, strict=True):
        rest = n.sum() - n
        without = np.divide(mine.sum() - mine, rest, out=np.full(len(mine), np.nan), where=rest > 0)
        found.append(jackknife_t(float(mine.sum() / n.sum()) if n.any() else np.nan, without, level))
    return found


def by_world(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of what is known of each world, shape (worlds,).

    Parameters
    ----------
    values
        Shape (worlds, runs, people); NaN is left out, and a world without any value is NaN.
    """
    known = ~np.isnan(values)
    sums, counts = np.where(known, values, 0.0).sum(axis=(1, 2)), known.sum(axis=(1, 2))
    made: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return made
