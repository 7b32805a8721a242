"""From sums to figures: ratios, totals, averages over time and quantiles, with intervals over days."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.kpi.backlog import day_starts
from sim.kpi.catalogue import KPIS
from sim.kpi.statistics import GRID, PERIODS, Statistics

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NOTHING = "nothing to count in the period"
_OPEN = "what there is to count was not seen to its end"


class _Figure(NamedTuple):
    """Figure of each group: value, standard error, and the days that this rests on; NaN is unknown."""

    value: Floats
    error: Floats
    days: Floats


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
    return pl.concat([_finished(statistics, name, level) for name in statistics.names])


def _finished(statistics: Statistics, name: str, level: float) -> pl.DataFrame:
    """Return the rows of one KPI."""
    if name in statistics.nulls:
        return _absent(statistics, name, statistics.nulls[name])
    how = KPIS[name].finish
    rows = _of(statistics.sums, name)
    calendar = _calendar(statistics, rows)
    rows = rows.join(calendar, on="ordinal")
    groups = _groups(statistics, rows, calendar)
    if groups.is_empty():
        return _absent(statistics, name, _NOTHING)
    rows = _numbered(statistics, rows, groups)
    counts = _counts(rows, groups.height)
    if how.how == "quantile":
        bins = _of(statistics.bins, name)
        bins = _numbered(statistics, bins.join(calendar, on="ordinal"), groups)
        value, low, high = _quantile(bins, groups.height, how.share, level)
    else:
        every = rows if how.how == "ratio" else _dense(statistics, rows, groups, calendar)
        figure = _figure(how.how, every, groups.height)
        if how.how == "last":
            counts = counts.with_columns(n=pl.Series(figure.value).cast(pl.Int64))
        value, low, high = _interval(figure, level)
    unit = how.times / how.divide / (1 if how.how in ("ratio", "quantile") else statistics.scale)
    figures = {"mean": value * unit, "low": low * unit, "high": high * unit}
    made = groups.drop("group").with_columns(pl.Series(key, column) for key, column in figures.items())
    made = made.with_columns(counts["n"], counts["censored"]).with_columns(pl.col(*figures).fill_nan(None))
    reason = pl.when(pl.col("censored") > 0).then(pl.lit(_OPEN)).otherwise(pl.lit(_NOTHING))
    made = made.with_columns(reason=pl.when(pl.col("mean").is_null()).then(reason))
    return _columns(statistics, name, made)


def _of(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the rows of one KPI of a frame that is sorted by name, with the day as `ordinal`."""
    first, end = (int(frame["name"].search_sorted(name, side)) for side in ("left", "right"))
    return frame.slice(first, end - first).drop("name").rename({"day": "ordinal"})


def _columns(statistics: Statistics, name: str, rows: pl.DataFrame) -> pl.DataFrame:
    named = rows.with_columns(name=pl.lit(name), unit=pl.lit(KPIS[name].unit))
    figures = {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64, "censored": pl.Int64}
    dtypes = {"name": pl.String, "unit": pl.String, **dict.fromkeys(statistics.by, pl.String), **figures}
    return named.select(*(pl.col(key).cast(dtype) for key, dtype in dtypes.items()), pl.col("reason").cast(pl.String))


def _absent(statistics: Statistics, name: str, reason: str) -> pl.DataFrame:
    """Return the one row of a KPI that has no figure."""
    row: dict[str, object] = dict.fromkeys((*statistics.by, "mean", "low", "high"))
    return _columns(statistics, name, pl.DataFrame([row | {"n": 0, "censored": 0, "reason": reason}]))


def _calendar(statistics: Statistics, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the local days that were looked at: `ordinal`, `seconds` and the labels of their periods."""
    seconds = dict.fromkeys(rows["ordinal"].to_list(), 0)
    for begin_s, end_s in statistics.windows:
        first, last = (statistics.timeline.day(at_s) for at_s in (begin_s, end_s - 1))
        starts = np.clip(day_starts(statistics.timeline, first, last), begin_s, end_s)
        for day, length in zip(range(first, last + 1), np.diff(starts).tolist(), strict=True):
            seconds[day] = seconds.get(day, 0) + length
    days = sorted(seconds)
    labels = {period: [_label(period, day) for day in days] for period in PERIODS if period in statistics.by}
    columns = [
        pl.Series("ordinal", days, dtype=pl.Int32),
        pl.Series("seconds", [seconds[day] for day in days], dtype=pl.Int64),
        *(pl.Series(period, names, dtype=pl.String) for period, names in labels.items()),
    ]
    return pl.DataFrame(columns)


def _label(period: str, ordinal: int) -> str:
    day = date.fromordinal(ordinal)
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat() if period == "day" else f"{day.year}-{day.month:02d}"


def _groups(statistics: Statistics, rows: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Return the groups that have a row, or every period if there is nothing else to split by; numbered."""
    by = list(statistics.by)
    if not by:
        return pl.DataFrame({"group": [0]})
    named = calendar if not statistics.axes else rows
    return named.select(by).unique().sort(by).with_row_index("group").with_columns(pl.col("group").cast(pl.Int64))


def _numbered(statistics: Statistics, rows: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Give rows the number of their group, sorted by it and by day."""
    if not statistics.by:
        return rows.with_columns(group=pl.lit(0, dtype=pl.Int64)).sort("ordinal")
    return rows.join(groups, on=statistics.by, nulls_equal=True).sort("group", "ordinal")


def _dense(statistics: Statistics, rows: pl.DataFrame, groups: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Return a row for every group and every day of its period; what did not happen is 0."""
    periods = [period for period in PERIODS if period in statistics.by]
    days = calendar.select("ordinal", "seconds", *periods)
    named = groups.select("group", *periods)
    grid = named.join(days, on=periods) if periods else named.join(days, how="cross")
    made = grid.select("group", "ordinal", "seconds").join(
        rows.select("group", "ordinal", "y", "x"), on=["group", "ordinal"], how="left"
    )
    return made.with_columns(pl.col("y", "x").fill_null(0)).sort("group", "ordinal")


def _counts(rows: pl.DataFrame, groups: int) -> pl.DataFrame:
    counted = rows.group_by("group").agg(pl.col("n", "censored").sum().cast(pl.Int64))
    every = pl.DataFrame({"group": np.arange(groups)}).join(counted, on="group", how="left", maintain_order="left")
    return every.with_columns(pl.col("n", "censored").fill_null(0))


def _figure(how: str, rows: pl.DataFrame, size: int) -> _Figure:
    group = rows["group"].to_numpy()
    y, x = (rows[name].cast(pl.Float64).to_numpy() for name in ("y", "x"))
    if how == "ratio":
        return _ratio(size, group, y, x)
    if how == "average":
        return _ratio(size, group, y, rows["seconds"].cast(pl.Float64).to_numpy())
    if how == "last":
        value = np.zeros(size)
        value[group] = y
        return _Figure(value, np.full(size, np.nan), np.ones(size))
    return _total(size, group, y)


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


def _total(size: int, group: Ints, y: Floats) -> _Figure:
    """Return the sum over days and its jackknife error: what is left without a day is scaled up."""
    value, days = _sum(size, group, y), _sum(size, group, np.ones(len(group)))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = _sum(size, group, (y - (value / days)[group]) ** 2)
        return _Figure(value, np.sqrt(spread * days / (days - 1)), days)


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


class _Histogram(NamedTuple):
    """Counts on the grid, by group and then by bin; `before` is the running count where a group begins."""

    bin: Ints
    running: Ints
    before: Ints
    total: Ints

    @classmethod
    def of(cls, rows: pl.DataFrame, size: int) -> _Histogram:
        merged = rows.group_by("group", "bin").agg(pl.col("count").sum()).sort("group", "bin")
        running = np.cumsum(merged["count"].to_numpy())
        ends = np.append(0, running)[np.searchsorted(merged["group"].to_numpy(), np.arange(size + 1))]
        return cls(merged["bin"].to_numpy(), running, ends[:-1], np.diff(ends))

    def at(self, share: Floats) -> Ints:
        """Return the first bin at which a share of the group lies at or below; -1 for an empty group."""
        needed = np.clip(np.ceil(share * self.total), 1, self.total).astype(np.int64)
        place = np.searchsorted(self.running, self.before + needed)
        return np.where(self.total > 0, np.append(self.bin, -1)[np.minimum(place, len(self.bin))], -1)


def _quantile(rows: pl.DataFrame, size: int, share: float, level: float) -> tuple[Floats, Floats, Floats]:
    """Return a quantile of each group with Woodruff's interval; `rows` are bins by group and day."""
    histogram = _Histogram.of(rows, size)
    middle = histogram.at(np.full(size, share))
    below = rows["bin"].to_numpy() <= middle[rows["group"].to_numpy()]
    daily = rows.select("group", "ordinal", x="count", y=pl.col("count") * pl.Series(below).cast(pl.Int64))
    daily = daily.group_by("group", "ordinal").agg(pl.col("x", "y").sum()).sort("group", "ordinal")
    margin = _margin(_figure("ratio", daily, size), level)
    ends = [histogram.at(share + sign * np.nan_to_num(margin)) for sign in (-1, 1)]
    low, high = (np.where(np.isnan(margin), np.nan, _middle(end)) for end in ends)
    return _middle(middle), low, high


def _middle(bins: Ints) -> Floats:
    """Return the middle of bins of the grid: the value itself up to an hour."""
    edges = np.append(GRID, GRID[-1] + 1)
    return np.where(bins < 0, np.nan, (edges[bins] + edges[bins + 1] - 1) / 2)
