"""From sums to figures: ratios, totals, averages over time and quantiles, with intervals over days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.kpi.calendars import Days, looked_at, with_days
from sim.kpi.catalogue import KPIS
from sim.kpi.cells import days_of
from sim.kpi.grouping import Groups, dense, groups_of_sums
from sim.kpi.kernels import Ints, below, frozen, ranks_at
from sim.kpi.statistics import GRID, PERIODS, Statistics
from sim.kpi.sums import COLUMNS, Bins, Sums
from sim.kpi.wide import floats

Floats = NDArray[np.float64]
_NOTHING = "nothing to count in the period"
_OPEN = "what there is to count was not seen to its end"
_EMPTY = Sums(np.zeros(0, dtype=np.int64), np.zeros((0, 6), dtype=np.int64))
_NO_BINS = Bins.of(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


class _Figure(NamedTuple):
    """Figure of each group: value, standard error, and the days that this rests on; NaN is unknown."""

    value: Floats
    error: Floats
    days: Floats


class _Rows(NamedTuple):
    """Rows of sums of one KPI, with the group of each; `groups` of None are those of a KPI without a figure."""

    name: str
    groups: Groups | None
    group: Ints
    y: Floats
    x: Floats
    n: Ints
    censored: Ints


class _Column(NamedTuple):
    """The three figures of groups."""

    mean: Floats
    low: Floats
    high: Floats


def finish(statistics: Statistics, level: float = 0.95) -> pl.DataFrame:
    """Return the figures of statistics, one row per KPI and group.

    Parameters
    ----------
    statistics
        What `count` or `merge` gave.
    level
        Coverage of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        `name`, `unit`, the columns of `by` (periods as `2026-03-02`, `2026-W10`, `2026-03`; null where nobody
        or nothing is named), `mean` (the figure), `low`, `high`, `n` (what it rests on), `censored` (what
        would count, but was not seen to its end), `reason` (why there is no figure). In the order of the
        KPIs, then of the groups. A KPI without any row has one with the reason, a total that of 0.

    Raises
    ------
    ValueError
        If the level is not in (0, 1).

    Notes
    -----
    Intervals take local days as the units that vary: delete-one-day jackknife with Student's t and days - 1
    degrees of freedom (Efron and Tibshirani 1993, ch. 11), symmetric, not cut off at the bounds of a share.
    Those of a quantile are Woodruff's (1952): the interval of the share at or below it, read off the grid.
    There is none for a single day, nor for a figure at one instant.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of the intervals must lie in (0, 1), got {level}")
    nulls = statistics.nulls
    sums = {name: statistics.found.get(name, _EMPTY) for name in statistics.names if name not in nulls}
    looked = looked_at(statistics.timeline, statistics.windows, [p for p in PERIODS if p in statistics.by])
    found = [days_of(each.cell) for each in sums.values()]
    days = with_days(looked, np.unique(np.concatenate([looked.ordinal, *found])))
    base = np.isin(days.ordinal, looked.ordinal)
    parts = [_rows(statistics, name, sums[name], days, base) for name in sums]
    columns = _columns(statistics, parts, level)
    return _frame(statistics, parts, columns, nulls, days)


def _rows(statistics: Statistics, name: str, sums: Sums, days: Days, base: NDArray[np.bool_]) -> _Rows:
    """Return the rows of one KPI as its finisher wants them, and what its groups rest on."""
    groups, group, day = groups_of_sums(statistics.by, statistics.labels, sums.cell, days, base)
    n, censored = (np.zeros(groups.size, dtype=np.int64) for _ in range(2))
    np.add.at(n, group, sums.values[:, 0])
    np.add.at(censored, group, sums.values[:, 1])
    y, x = (floats(sums.values[:, COLUMNS[key]]) for key in ("y", "x"))
    how = KPIS[name].finish.how
    if how in ("total", "average", "last"):
        group, y, seconds = dense(groups, group, day, y, days, base)
        x = seconds if how == "average" else x
    return _Rows(name, groups, group, y, x, n, censored)


def _columns(statistics: Statistics, parts: Sequence[_Rows], level: float) -> dict[str, _Column]:
    """Return the figures of every KPI, alike finishers all at once."""
    made: dict[str, _Column] = {}
    for hows, finisher in _FINISHERS:
        alike = [part for part in parts if KPIS[part.name].finish.how in hows and part.groups is not None]
        made |= _together(alike, finisher, level)
    for part in parts:
        how = KPIS[part.name].finish
        if how.how == "quantile" and part.groups is not None:
            bins = statistics.histograms.get(part.name, _NO_BINS)
            made[part.name] = _quantile(bins, part.groups, how.share, level)
    return made


def _together(parts: Sequence[_Rows], finisher: Callable[..., _Figure], level: float) -> dict[str, _Column]:
    if not parts:
        return {}
    sizes = [0 if part.groups is None else part.groups.size for part in parts]
    ends = np.cumsum(sizes)
    group = np.concatenate([part.group + end - size for part, end, size in zip(parts, ends, sizes, strict=True)])
    y, x = (np.concatenate([getattr(part, key) for part in parts]) for key in ("y", "x"))
    columns = _interval(finisher(int(ends[-1]), group, y, x), level)
    return {
        part.name: _Column(*(column[end - size : end] for column in columns))
        for part, end, size in zip(parts, ends, sizes, strict=True)
    }


def _frame(
    statistics: Statistics, parts: Sequence[_Rows], columns: dict[str, _Column], nulls: dict[str, str], days: Days
) -> pl.DataFrame:
    """Return all figures in one frame."""
    rows = {part.name: part for part in parts}
    cut = [_piece(statistics, name, rows.get(name), columns, nulls) for name in statistics.names]
    names = np.repeat(np.arange(len(cut)), [len(piece["n"]) for piece in cut])
    told = {key: np.concatenate([piece[key] for piece in cut]) for key in ("mean", "low", "high", "n", "censored")}
    keys = np.concatenate([piece["codes"] for piece in cut], axis=1)
    reasons = [None, _NOTHING, _OPEN, *(nulls.get(name) for name in statistics.names)]
    why = np.where(np.isnan(told["mean"]), np.where(told["censored"] > 0, 2, 1), 0)
    why = np.where(np.isin(names, [at for at, name in enumerate(statistics.names) if name in nulls]), names + 3, why)
    labels = [
        pl.Series(key, [None, *_known(statistics, key, days)], dtype=pl.String).gather(keys[place])
        for place, key in enumerate(statistics.by)
    ]
    return pl.DataFrame(
        [
            pl.Series("name", statistics.names, dtype=pl.String).gather(names),
            pl.Series("unit", [KPIS[name].unit for name in statistics.names], dtype=pl.String).gather(names),
            *labels,
            *(pl.Series(key, told[key], nan_to_null=True) for key in ("mean", "low", "high", "n", "censored")),
            pl.Series("reason", reasons, dtype=pl.String).gather(why),
        ]
    )


def _known(statistics: Statistics, key: str, days: Days) -> tuple[str, ...]:
    return days.label[key] if key in days.label else tuple(statistics.labels[key])


def _piece(
    statistics: Statistics, name: str, rows: _Rows | None, columns: dict[str, _Column], nulls: dict[str, str]
) -> dict[str, NDArray[np.float64] | Ints]:
    """Return the rows of one KPI; a single one, of nothing, if it has no figure."""
    if rows is None or rows.groups is None or not rows.groups.size:
        nothing, none = np.full(1, np.nan), np.zeros(1, dtype=np.int64)
        codes = np.zeros((len(statistics.by), 1), dtype=np.int64)
        return {"mean": nothing, "low": nothing, "high": nothing, "n": none, "censored": none, "codes": codes}
    how = KPIS[name].finish
    unit = how.times / how.divide / (1 if how.how in ("ratio", "quantile") else statistics.scale)
    figures = {key: column * unit for key, column in columns[name]._asdict().items()}
    n = columns[name].mean.astype(np.int64) if how.how == "last" else rows.n
    return {**figures, "n": n, "censored": rows.censored, "codes": rows.groups.codes}


def _ratio(size: int, group: Ints, y: Floats, x: Floats) -> _Figure:
    """Return the ratio of sums and its delete-one-day jackknife error."""
    counted = (x != 0) | (y != 0)
    group, y, x = group[counted], y[counted], x[counted]
    above, below, days = (_sum(size, group, part) for part in (y, x, np.ones(len(group))))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below > 0, above / below, np.nan)
        rest = below[group] - x
        without = np.where(rest > 0, (above[group] - y) / rest, np.nan)
        centre = _sum(size, group, without) / days
        spread = _sum(size, group, (without - centre[group]) ** 2)
        error = np.sqrt(spread * (days - 1) / days)
    return _Figure(value, error, days)


def _total(size: int, group: Ints, y: Floats, _: Floats) -> _Figure:
    """Return the sum over days and its jackknife error: what is left without a day is scaled up."""
    value, days = _sum(size, group, y), _sum(size, group, np.ones(len(group)))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = _sum(size, group, (y - (value / days)[group]) ** 2)
        return _Figure(value, np.sqrt(spread * days / (days - 1)), days)


def _last(size: int, group: Ints, y: Floats, _: Floats) -> _Figure:
    """Return what stands at the last day of each group."""
    value = np.zeros(size)
    value[group] = y
    return _Figure(value, np.full(size, np.nan), np.ones(size))


_FINISHERS = ((("ratio", "average"), _ratio), (("total",), _total), (("last",), _last))


def _sum(size: int, group: Ints, values: Floats) -> Floats:
    """Sum in the order of the rows, so that the same rows give the same bits."""
    return np.bincount(group, weights=values, minlength=size)


def _margin(figure: _Figure, level: float) -> Floats:
    """Return the half-width of the interval; NaN below two days."""
    enough = figure.days >= 2
    quantile = stdtrit(np.where(enough, figure.days - 1, 1.0), 0.5 + level / 2)
    return np.where(enough, quantile * figure.error, np.nan)


def _interval(figure: _Figure, level: float) -> tuple[Floats, Floats, Floats]:
    margin = _margin(figure, level)
    return figure.value, figure.value - margin, figure.value + margin


def _quantile(bins: Bins, groups: Groups, share: float, level: float) -> _Column:
    """Return a quantile of each group with Woodruff's interval."""
    group = groups.of(bins.cell)
    first = np.flatnonzero(np.append(True, np.diff(group) != 0)[: len(group)])
    run, own = np.append(np.append(0, bins.stop)[first], len(bins.bin)), group[first]

    def at(shares: Floats) -> Ints:
        found = np.full(groups.size, -1, dtype=np.int64)
        bin_ = np.empty(len(own), dtype=np.int64)
        ranks_at(frozen(run), frozen(bins.bin), frozen(bins.total), frozen(shares[own]), len(GRID), bin_)
        found[own] = bin_
        return found

    middle = at(np.full(groups.size, share))
    y, x = (np.empty(len(group)) for _ in range(2))
    below(frozen(bins.stop), frozen(bins.bin), frozen(bins.total), frozen(middle[group]), y, x)
    margin = _margin(_ratio(groups.size, group, y, x), level)
    low, high = (
        np.where(np.isnan(margin), np.nan, _middle(at(share + sign * np.nan_to_num(margin)))) for sign in (-1, 1)
    )
    return _Column(_middle(middle), low, high)


def _middle(bins: Ints) -> Floats:
    """Return the middle of bins of the grid: the value itself up to an hour."""
    edges = np.append(GRID, GRID[-1] + 1)
    return np.where(bins < 0, np.nan, (edges[bins] + edges[bins + 1] - 1) / 2)
