"""How far judges agree: intraclass correlations of points, and kappas of verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar

from sim.kpi.jackknife import jackknife_t

type Floats = NDArray[np.float64]

MIN_GROUPS = 3
"""People that a correlation within people needs."""


@dataclass(frozen=True)
class Agreement:
    """A measure of agreement with its interval.

    Attributes
    ----------
    value
        At most 1; below 0 where there is less agreement than by chance.
    low, high
        Ends of the interval, None where there is none.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Intraclass:
    """The analysis of variance of a table of points, and the six correlations that follow.

    Attributes
    ----------
    between, within, judges, error
        Mean squares between people, within people, between judges, and of the rest, in points squared.
    single, single_random, single_fixed
        ICC(1,1), ICC(2,1), ICC(3,1): of one judge's points, where each person has other judges, where all are judged by
        the same judges drawn from many, where these are the only ones.
    mean, mean_random, mean_fixed
        ICC(1,k), ICC(2,k), ICC(3,k): the same of the mean of all judges.
    """

    between: float
    within: float
    judges: float
    error: float
    single: Agreement
    single_random: Agreement
    single_fixed: Agreement
    mean: Agreement
    mean_random: Agreement
    mean_fixed: Agreement


def intraclass(points: NDArray[Any], level: float = 0.95) -> Intraclass:
    """Return the intraclass correlations of a full table of points.

    Parameters
    ----------
    points
        Shape (people, judges), at least 2 of each, nothing missing.
    level
        Level of the intervals.

    Raises
    ------
    ValueError
        If the table is too small or has gaps.

    Notes
    -----
    Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, with their intervals.

    Examples
    --------
    Their table of six people and four judges.

    >>> table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> found = intraclass(table)
    >>> [round(each.value, 2) for each in (found.single, found.single_random, found.single_fixed)]
    [0.17, 0.29, 0.71]
    """
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all():
        raise ValueError(f"points must be a full table of at least 2 people and 2 judges, got shape {x.shape}")
    n, k = x.shape
    whole = x.mean()
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    bms = k * float(((rows - whole) ** 2).sum()) / (n - 1)
    jms = n * float(((columns - whole) ** 2).sum()) / (k - 1)
    wms = float(((x - rows[:, None]) ** 2).sum()) / (n * (k - 1))
    ems = float(((x - rows[:, None] - columns + whole) ** 2).sum()) / ((n - 1) * (k - 1))
    one = _of_ratio(bms, wms, k, (n - 1, n * (k - 1)), level)
    three = _of_ratio(bms, ems, k, (n - 1, (n - 1) * (k - 1)), level)
    two = _two_way(bms, jms, ems, n, k, level)
    return Intraclass(bms, wms, jms, ems, one, two, three, *(_stepped(each, k) for each in (one, two, three)))


def _of_ratio(bms: float, rest: float, k: int, freedom: tuple[int, int], level: float) -> Agreement:
    """Return ICC(1,1) or ICC(3,1) from the mean square of the people and that of the rest."""
    if bms + (k - 1) * rest == 0:
        return Agreement(float("nan"))
    value = (bms - rest) / (bms + (k - 1) * rest)
    if rest == 0:
        return Agreement(value)
    tail = (1 + level) / 2
    low = bms / rest / stats.f.ppf(tail, *freedom)
    high = bms / rest * stats.f.ppf(tail, *freedom[::-1])
    return Agreement(value, float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1)))


def _two_way(bms: float, jms: float, ems: float, n: int, k: int, level: float) -> Agreement:
    """Return ICC(2,1); its interval goes by Satterthwaite's degrees of freedom."""
    whole = bms + (k - 1) * ems + k * (jms - ems) / n
    if whole == 0:
        return Agreement(float("nan"))
    rho = (bms - ems) / whole
    if ems == 0:
        return Agreement(rho)
    judged, rest = k * rho * jms / ems, n * (1 + (k - 1) * rho) - k * rho
    v = (k - 1) * (n - 1) * (judged + rest) ** 2 / ((n - 1) * judged**2 + rest**2)
    tail, noise = (1 + level) / 2, k * jms + (k * n - k - n) * ems
    first, second = stats.f.ppf(tail, n - 1, v), stats.f.ppf(tail, v, n - 1)
    low = n * (bms - first * ems) / (first * noise + n * bms)
    high = n * (second * bms - ems) / (noise + n * second * bms)
    return Agreement(rho, float(low), float(high))


def _stepped(one: Agreement, k: int) -> Agreement:
    """Return the correlation of the mean of k judges from that of one."""

    def up(rho: float | None) -> float | None:
        return None if rho is None else k * rho / (1 + (k - 1) * rho)

    return Agreement(float(up(one.value) or 0.0), up(one.low), up(one.high))


def intraclass_of_groups(
    values: NDArray[Any], groups: NDArray[Any], beside: NDArray[Any] | None = None, level: float = 0.95
) -> Agreement:
    """Return the share of the variance of points that lies between people, who have different numbers of them.

    Parameters
    ----------
    values
        Points, shape (n,).
    groups
        Whose they are, shape (n,).
    beside
        What is allowed for, as a straight line, shape (n,); nothing when None.
    level
        Level of the interval.

    Returns
    -------
    Agreement
        The correlation of two points of one person; its interval is a delete-one-person jackknife-t.

    Raises
    ------
    ValueError
        If there are fewer than three people, or nobody with two points.

    Notes
    -----
    Restricted maximum likelihood of a normal effect of the person (Patterson & Thompson 1971), by the correlation
    itself, so that it may be negative. What is alike in a person's points is the person, the seat and the judge's
    habit together.
    """
    y = np.asarray(values, dtype=np.float64)
    _, code = np.unique(np.asarray(groups), return_inverse=True)
    sums = _sums(y, code, None if beside is None else np.asarray(beside, dtype=np.float64))
    if len(sums.n) < MIN_GROUPS or sums.n.max() < 2:
        raise ValueError(f"at least {MIN_GROUPS} people, one of them with two points, got {len(sums.n)} people")
    whole = _reml(sums)
    without = [_reml(sums.without(each)) for each in range(len(sums.n))]
    return Agreement(whole, *(jackknife_t(whole, without, level) or ()))


@dataclass(frozen=True)
class _Sums:
    """Sums by person: counts, and of products of the columns of the line and the points."""

    n: Floats
    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    yy: Floats

    def without(self, group: int) -> _Sums:
        """Return the same without one person."""
        return _Sums(*(np.delete(part, group, axis=0) for part in (self.n, self.x, self.y, self.xx, self.xy, self.yy)))


def _sums(y: Floats, code: NDArray[np.intp], beside: Floats | None) -> _Sums:
    x = np.ones((len(y), 1)) if beside is None else np.column_stack([np.ones(len(y)), beside - beside.mean()])

    def by(values: Floats) -> Floats:
        made = np.zeros((code.max() + 1, *values.shape[1:]))
        np.add.at(made, code, values)
        return made

    y = y - y.mean()
    return _Sums(by(np.ones(len(y))), by(x), by(y), by(x[:, :, None] * x[:, None, :]), by(x * y[:, None]), by(y * y))


def _reml(sums: _Sums) -> float:
    """Return the correlation that makes the residuals likeliest; NaN where points do not differ, or nobody has two."""
    count, columns = sums.n.sum(), sums.x.shape[1]

    def loss(rho: float) -> float:
        ratio = rho / (1 - rho)
        c = ratio / (1 + sums.n * ratio)
        xvx = sums.xx.sum(axis=0) - np.einsum("g,gi,gj->ij", c, sums.x, sums.x)
        xvy = sums.xy.sum(axis=0) - np.einsum("g,gi,g->i", c, sums.x, sums.y)
        yvy = sums.yy.sum() - (c * sums.y**2).sum()
        rest = max(float(yvy - xvy @ np.linalg.solve(xvx, xvy)), 1e-300)
        free = count - columns
        return float(free * np.log(rest / free) + np.log1p(sums.n * ratio).sum() + np.linalg.slogdet(xvx)[1])

    if sums.yy.sum() <= 1e-12 * count or sums.n.max() < 2 or count <= columns:
        return float("nan")
    found = minimize_scalar(
        loss, bounds=(-1 / (sums.n.max() - 1) + 1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-7}
    )
    return float(found.x)


def fleiss_kappa(counts: NDArray[Any], level: float = 0.95) -> Agreement:
    """Return the agreement beyond chance of equally many judges of each case.

    Parameters
    ----------
    counts
        How many judges put each case in each class, shape (cases, classes); all rows have the same sum of at least 2.
    level
        Level of the interval.

    Raises
    ------
    ValueError
        If the rows differ in their sum, or all verdicts are the same.

    Notes
    -----
    Fleiss (1971), Psychological Bulletin 76, 378-382; the interval is a delete-one-case jackknife-t.

    Examples
    --------
    >>> fleiss_kappa(np.array([[2, 0], [0, 2], [2, 0], [0, 2]])).value
    1.0
    """
    table = np.asarray(counts, dtype=np.float64)
    many = table.sum(axis=1) if table.ndim == 2 else np.zeros(1)
    if table.ndim != 2 or len(table) < 2 or (many != many[0]).any() or many[0] < 2 or (table < 0).any():
        raise ValueError("counts must be a table of cases by classes, each case judged by the same 2 or more judges")

    def kappa(rows: Floats) -> float:
        agreed = ((rows**2).sum(axis=1) - many[0]) / (many[0] * (many[0] - 1))
        chance = ((rows.sum(axis=0) / rows.sum()) ** 2).sum()
        return float("nan") if chance >= 1 else float((agreed.mean() - chance) / (1 - chance))

    value = kappa(table)
    if np.isnan(value):
        raise ValueError("all verdicts are the same: agreement beyond chance cannot be told")
    without = [kappa(np.delete(table, case, axis=0)) for case in range(len(table))]
    return Agreement(value, *(jackknife_t(value, without, level) or ()))


def cohen_kappa(table: NDArray[Any], level: float = 0.95) -> Agreement:
    """Return the agreement beyond chance of two judges of the same cases.

    Parameters
    ----------
    table
        Cases, or their shares, by the first judge's class (row) and the second's (column), shape (classes, classes).
    level
        Level of the interval; there is none where the table holds shares (a sum of at most 1).

    Raises
    ------
    ValueError
        If the table is not square, or both judges always give the same verdict.

    Notes
    -----
    Cohen (1960), Educational and Psychological Measurement 20, 37-46; the error by Fleiss, Cohen & Everitt (1969),
    Psychological Bulletin 72, 323-327, eq. 13.

    Examples
    --------
    Cohen's own example of 1960: 200 cases, kappa 0.492.

    >>> round(cohen_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])).value, 3)
    0.492
    """
    cases = np.asarray(table, dtype=np.float64)
    if cases.ndim != 2 or cases.shape[0] != cases.shape[1] or len(cases) < 2 or (cases < 0).any() or cases.sum() <= 0:
        raise ValueError("table must be square, of two classes or more, with counts of at least 0")
    p = cases / cases.sum()
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = float(np.trace(p)), float(rows @ columns)
    if chance >= 1:
        raise ValueError("both judges always give the same verdict: agreement beyond chance cannot be told")
    kappa = (agreed - chance) / (1 - chance)
    if cases.sum() <= 1:
        return Agreement(kappa)
    weights = 1 - (rows[None, :] + columns[:, None]) * (1 - kappa)
    on = float((np.diag(p) * np.diag(weights) ** 2).sum())
    off = (1 - kappa) ** 2 * float(((p - np.diag(np.diag(p))) * (columns[:, None] + rows[None, :]) ** 2).sum())
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (cases.sum() * (1 - chance) ** 2)
    half = float(stats.norm.ppf((1 + level) / 2) * np.sqrt(max(variance, 0.0)))
    return Agreement(kappa, kappa - half, kappa + half)
