"""From sums to figures: ratios, totals, averages over time and quantiles, with intervals over days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtri, stdtrit

from sim.kpi.calendars import looked_at, with_days
from sim.kpi.cells import days_of
from sim.kpi.composed import NOTHING, composed
from sim.kpi.grouping import Groups, Split, dense, groups_of
from sim.kpi.kernels import Bools, Floats, Ints, below, frozen, ranks_at
from sim.kpi.mechanism import Finish, Kpi
from sim.kpi.statistics import GRID, PERIODS, Statistics
from sim.kpi.sums import COLUMNS, FIGURES_WIDTH, Bins, Sums
from sim.kpi.wide import floats

_OPEN = "what there is to count was not seen to its end"
_UNKNOWN = "no row that counts has a known value: it was not seen to its end, or is divided by 0"
_EMPTY = Sums(np.zeros(0, dtype=np.int64), np.zeros((0, FIGURES_WIDTH), dtype=np.int64))
_EDGES = np.append(GRID, GRID[-1] + 1)
_MIDDLES = (_EDGES[:-1] + _EDGES[1:] - 1) / 2
_NO_BINS = Bins(_EMPTY.cell, _EMPTY.cell, np.zeros(0, dtype=np.int16), _EMPTY.cell)


class _Figure(NamedTuple):
    """Figure of each group: value, standard error, and the days that this rests on; NaN is unknown."""

    value: Floats
    error: Floats
    days: Floats


class _Rows(NamedTuple):
    """The sums of several KPIs: the group of each row, its day as a place, and what was summed."""

    groups: Groups
    group: Ints
    day: Ints
    values: Ints


class _Told(NamedTuple):
    """Figure and interval of each group."""

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
    degrees of freedom (Efron and Tibshirani 1993, ch. 11), symmetric; that of a share ends at 0 and 1.
    Those of a quantile are Woodruff's (1952): the interval of the share at or below it, read off the grid.
    There is none for a single day, nor for a figure at one instant. That of an audit is Wilson's (1927), over tickets.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of the intervals must lie in (0, 1), got {level}")
    nulls = statistics.nulls
    names = [name for name in dict.fromkeys(statistics.names) if name not in nulls]
    rows = _rows(statistics, names)
    made = _frame(statistics, names, rows, _told(statistics, names, rows, level), nulls)
    return composed(made, statistics.book, statistics.asked, statistics.by) if statistics.asked else made


def _rows(statistics: Statistics, names: list[str]) -> _Rows:
    """Return the sums of some KPIs, one after the other, with their groups."""
    sums = [statistics.found.get(name, _EMPTY) for name in names]
    cells = np.concatenate([_EMPTY.cell, *(each.cell for each in sums)])
    looked = looked_at(statistics.timeline, statistics.windows, [p for p in PERIODS if p in statistics.by])
    days = with_days(looked, days_of(cells))
    split = Split(statistics.by, statistics.labels, days, np.isin(days.ordinal, looked.ordinal))
    kpi = np.repeat(np.arange(len(sums)), [len(each.cell) for each in sums])
    groups, group = groups_of(split, kpi, cells, len(sums))
    values = np.concatenate([_EMPTY.values, *(each.values[:, :FIGURES_WIDTH] for each in sums)])
    return _Rows(groups, group, days.place(days_of(cells)), values)


def _told(statistics: Statistics, names: list[str], rows: _Rows, level: float) -> _Told:
    """Return the figures of all groups, in the units of the sums."""
    made = _Told(*(np.full(rows.groups.size, np.nan) for _ in _Told._fields))
    kpis = statistics.book.kpis
    hows = [kpis[name].finish.how for name in names]
    for how, finisher in _FINISHERS.items():
        own = np.array([each == how for each in hows], dtype=np.bool_)
        if own.any():
            figure = finisher(rows.groups.size, *_taken(rows, own, every_day=how != "ratio"))
            _put(made, own[rows.groups.kpi], _interval(figure, level))
    samples = np.array([kpis[name].finish.interval == "wilson" for name in names], dtype=np.bool_)
    if samples.any():
        taken = _taken(rows, samples, every_day=False)
        _put(made, samples[rows.groups.kpi], _wilson(rows.groups.size, *taken, level))
    for at, name in enumerate(names):
        if hows[at] == "quantile":
            bins = statistics.histograms.get(name, _NO_BINS)
            figures = _quantile(bins, rows.groups, at, kpis[name].finish.share, level)
            _put(made, rows.groups.kpi == at, figures)
    return made


def _put(made: _Told, here: Bools, figures: tuple[Floats, Floats, Floats]) -> None:
    for column, found in zip(made, figures, strict=True):
        column[here] = found[here]


def _taken(rows: _Rows, own: Bools, *, every_day: bool) -> tuple[Ints, Floats, Floats]:
    """Return group, y and x of the rows of some KPIs; or y and seconds of every day of a period."""
    here = own[rows.groups.kpi[rows.group]]
    group, values = rows.group[here], rows.values[here]
    y = floats(values[:, COLUMNS["y"]])
    if every_day:
        return dense(rows.groups, group, rows.day[here], y, np.flatnonzero(own))
    return group, y, floats(values[:, COLUMNS["x"]])


def _frame(
    statistics: Statistics, names: list[str], rows: _Rows, told: _Told, nulls: dict[str, str]
) -> pl.DataFrame:  # fmt: skip
    """Return all figures in one frame; a KPI without groups has a row without a figure."""
    groups, kpis = rows.groups, statistics.book.kpis
    figures = _in_units(told, [kpis[name] for name in names], groups.kpi, statistics.scale)
    n, censored = (np.zeros(groups.size, dtype=np.int64) for _ in range(2))
    np.add.at(n, rows.group, rows.values[:, 0])
    np.add.at(censored, rows.group, rows.values[:, 1])
    last = np.array([kpis[name].finish.how == "last" for name in names], dtype=np.bool_)[groups.kpi]
    n[last] = told.mean[last].astype(np.int64)
    # Row -1 is that of a KPI without a figure.
    order, owner = _order(statistics.names, names, groups)
    mean = np.append(figures[0], np.nan)[order]
    why = np.where(~np.isnan(mean), 0, np.where(np.append(censored, 0)[order] > 0, 2, 1))
    reasons = [None, NOTHING, _OPEN, *(nulls.get(name) for name in statistics.names), _UNKNOWN]
    own = np.array([not kpis[name].source for name in statistics.names], dtype=np.bool_)[owner]
    why = np.where(own & (why == 2), len(reasons) - 1, why)
    why = np.where(np.array([name in nulls for name in statistics.names])[owner], owner + 3, why)
    return pl.DataFrame(
        [
            pl.Series("name", statistics.names, dtype=pl.String).gather(owner),
            pl.Series("unit", [kpis[name].unit for name in statistics.names], dtype=pl.String).gather(owner),
            *(
                pl.Series(column, [None, *groups.split.names(column)], dtype=pl.String).gather(
                    np.append(groups.codes[column], 0)[order]
                )
                for column in statistics.by
            ),
            *(
                pl.Series(key, np.append(column, np.nan)[order], nan_to_null=True)
                for key, column in zip(_Told._fields, figures, strict=True)
            ),
            pl.Series("n", np.append(n, 0)[order]),
            pl.Series("censored", np.append(censored, 0)[order]),
            pl.Series("reason", reasons, dtype=pl.String).gather(why),
        ]
    )


def _in_units(told: _Told, kpis: list[Kpi], owner: Ints, scale: int) -> list[Floats]:
    """Return figures and intervals in the units of their KPIs; those of shares end at 0 and 1."""
    units = np.array([_unit(kpi.finish, scale) for kpi in kpis])
    mean, low, high = figures = [column * units[owner] for column in told]
    roots = np.array([kpi.finish.root for kpi in kpis], dtype=np.bool_)[owner]
    for column in figures:
        column[roots] = np.sqrt(np.maximum(column[roots], 0.0))
    shares = np.array([kpi.unit == "1" and kpi.finish.how == "ratio" for kpi in kpis], dtype=np.bool_)[owner]
    # A share of one's own may lie beyond; then its interval still holds it.
    low[shares] = np.maximum(low[shares], np.minimum(mean[shares], 0.0))
    high[shares] = np.minimum(high[shares], np.maximum(mean[shares], 1.0))
    return figures


def _unit(how: Finish, scale: int) -> float:
    return how.times / how.divide / (1 if how.how in ("ratio", "quantile") else scale)


def _order(asked: tuple[str, ...], names: list[str], groups: Groups) -> tuple[Ints, Ints]:
    """Return the groups in the order of the KPIs that were asked for, -1 for one without, and whose each is."""
    place = {name: at for at, name in enumerate(names)}
    begins = np.append(0, groups.ends)
    none = np.full(1, -1, dtype=np.int64)
    made = [np.arange(begins[place[name]], begins[place[name] + 1]) if name in place else none for name in asked]
    pieces = [each if len(each) else none for each in made]
    return np.concatenate(pieces), np.repeat(np.arange(len(pieces)), [len(each) for each in pieces])


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


def _average(size: int, group: Ints, y: Floats, seconds: Floats) -> _Figure:
    """Return the sum over the seconds that were looked at."""
    return _ratio(size, group, y, seconds)


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


_FINISHERS = {"ratio": _ratio, "average": _average, "total": _total, "last": _last}


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


def _wilson(size: int, group: Ints, y: Floats, x: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Return shares of tickets taken at random, with the score interval (Wilson 1927)."""
    part, whole, z = _sum(size, group, y), _sum(size, group, x), ndtri(0.5 + level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(whole > 0, part / whole, np.nan)
        centre = (part + z**2 / 2) / (whole + z**2)
        margin = z * np.sqrt(value * (1 - value) * whole + z**2 / 4) / (whole + z**2)
    return value, centre - margin, centre + margin


def _quantile(bins: Bins, groups: Groups, kpi: int, share: float, level: float) -> tuple[Floats, Floats, Floats]:
    """Return a quantile of each group of a KPI with Woodruff's interval; NaN for other groups."""
    group = groups.of(kpi, bins.cell)
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
    return _middle(middle), low, high


def _middle(bins: Ints) -> Floats:
    """Return the middle of bins of the grid: the value itself up to an hour."""
    return np.where(bins < 0, np.nan, _MIDDLES[bins])
