"""The page of a team as data: weeks of time and quality, trends, complaints by kind, efficiency and use of hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.control import LEAST, Chart, control, how_of
from sim.kpi.measure import count, measure
from sim.log import Log

TIME = ("first_response_mean", "response_overdue_rate", "resolution_time_mean", "resolution_overdue_rate")
QUALITY = ("fcr_verified_72h", "reopen_rate", "csat_mean", "complaint_rate")
VOLUME = ("tickets_created", "tickets_resolved", "backlog_end")
BOARD = (*VOLUME, *TIME, *QUALITY)
"""What the weekly board shows (R003-50): how much came, how soon it was done, how well."""

EFFICIENCY = (
    "tickets_resolved", "tickets_per_hour", "work_min_mean", "touches_mean", "handoffs_mean", "resolution_time_mean",
    "cost_per_ticket",
)  # fmt: skip
HOURS = ("busy_s", "break_s", "meeting_s", "late_s", "absent_s")
AXES = ("team", "department", "role")
"""What a desk may be split by, the first with two labels is taken."""

VITAL = 0.8
"""The kinds that make up this share of what is counted come first (Pareto)."""


@dataclass(frozen=True)
class Weeks:
    """A KPI week by week.

    Attributes
    ----------
    name, unit, better
        Of the KPI.
    figures
        Rows of `sim.kpi.measure`: week, mean, low, high, n.
    chart
        Limits from all weeks but the last; None where there are too few, or the KPI is no ratio of sums.
    """

    name: str
    unit: str
    better: str
    figures: list[dict[str, object]]
    chart: Chart | None


@dataclass(frozen=True)
class Part:
    """A bar of a Pareto chart.

    Attributes
    ----------
    label
        The kind; None for tickets without one.
    count, share, cumulative
        How many, their share of all, and that of this and all larger bars.
    rate, low, high
        How many of its own tickets, with the interval: a large kind has many of everything; None if not known.
    vital
        Whether it belongs to the fewest kinds that make up 80 %.
    """

    label: str | None
    count: int
    share: float
    cumulative: float
    rate: float | None
    low: float | None
    high: float | None
    vital: bool


def weekly(log: Log, names: Sequence[str] = BOARD, book: Book = STANDARD_BOOK) -> tuple[list[Weeks], dict[str, str]]:
    """Return KPIs week by week, with limits where they can be had; and which cannot be computed at all, and why.

    Parameters
    ----------
    log
        A log.
    names
        KPIs.
    book
        What they are.

    Returns
    -------
    tuple of list of Weeks and dict
        In the order of the names; reasons by name. Weeks in which no ticket came are left out: what is done in them are
        the stragglers of a log that has ended.
    """
    frame = measure(log, list(names), by=("week",), book=book)
    came = measure(log, ["tickets_created"], by=("week",), book=book).filter(pl.col("mean") > 0)["week"]
    counted = count(log, list(names), by=(), book=book)
    made, reasons = [], dict[str, str]()
    for name in names:
        rows = frame.filter(pl.col("name") == name)
        shown = rows.filter(pl.col("week").is_in(came.implode()) & pl.col("mean").is_not_null()).sort("week")
        if shown.is_empty():
            reasons[name] = rows["reason"].drop_nulls().to_list()[0] if rows["reason"].drop_nulls().len() else ""
            continue
        kpi = book.kpis[name]
        figures = shown.select("week", "mean", "low", "high", "n").to_dicts()
        chart = None
        if kpi.finish.how == "ratio" and name not in book.formulas and not kpi.finish.root:
            chart = _chart(counted.sums.filter(pl.col("name") == name), book, name, shown["week"].to_list())
        made.append(Weeks(name, kpi.unit, kpi.better, figures, chart))
    return made, reasons


def _chart(sums: pl.DataFrame, book: Book, name: str, weeks: list[str]) -> Chart | None:
    kpi = book.kpis[name]
    day = pl.from_epoch(pl.col("day").cast(pl.Int64) - _EPOCH, time_unit="d")
    by_week = sums.with_columns(week=day.dt.strftime("%G-W%V")).group_by("week").agg(
        pl.col("y", "x").cast(pl.Int64).sum()
    )  # fmt: skip
    found = {week: (y, x) for week, y, x in by_week.select("week", "y", "x").iter_rows()}
    y, x = np.array([found.get(week, (0, 0)) for week in weeks], dtype=np.float64).reshape(-1, 2).T
    base = [at < len(weeks) - 1 for at in range(len(weeks))]
    if sum(x[:-1] > 0) < LEAST:
        return None
    return control(weeks, y.tolist(), x.tolist(), how_of(kpi), base=base, unit=kpi.finish.times / kpi.finish.divide)


_EPOCH = 719_163
"""1 January 1970, as `date.toordinal` counts."""


def pareto(counts: pl.DataFrame, rates: pl.DataFrame | None = None) -> list[Part]:
    """Return the bars of a Pareto chart, the largest first.

    Parameters
    ----------
    counts
        `label` and `count`; those of 0 are left out.
    rates
        `label`, `mean`, `low` and `high` of how many of its own tickets each has.

    Examples
    --------
    >>> [(part.label, part.cumulative, part.vital) for part in pareto(pl.DataFrame({"label": ["b", "a"],
    ...     "count": [1, 4]}))]
    [('a', 0.8, True), ('b', 1.0, False)]
    """
    there = counts.filter(pl.col("count") > 0).sort("count", "label", descending=[True, False], nulls_last=True)
    total, reached, made = int(there["count"].sum()), 0, []
    known = {} if rates is None else {row["label"]: row for row in rates.to_dicts()}
    for label, number in there.select("label", "count").iter_rows():
        vital = reached < VITAL * total - 1e-9
        reached += int(number)
        rate = known.get(label, {})
        ends = (rate.get("mean"), rate.get("low"), rate.get("high"))
        made.append(Part(label, int(number), number / total, reached / total, *ends, vital=vital))
    return made


def complaints_by_kind(log: Log, book: Book = STANDARD_BOOK) -> tuple[list[Part], str | None]:
    """Return complaints by kind, the largest first; or why there are none to show."""
    found = measure(log, ["complaints", "complaint_rate"], by=("kind",), book=book)
    counts = found.filter(pl.col("name") == "complaints")
    if counts["mean"].null_count() == counts.height:
        return [], (counts["reason"].drop_nulls().to_list() or [""])[0]
    number = counts.select(label="kind", count=pl.col("mean").fill_null(0).round().cast(pl.Int64))
    rates = found.filter(pl.col("name") == "complaint_rate").select("mean", "low", "high", label="kind")
    return pareto(number, rates), None


def axis_of(log: Log) -> str:
    """Return what a desk is split by: the first of `AXES` under which tickets of two labels were resolved."""
    for axis in AXES:
        found = measure(log, ["tickets_resolved"], by=(axis,))
        if found.filter(pl.col(axis).is_not_null() & (pl.col("n") > 0)).height > 1:
            return axis
    return AXES[0]


def hours(log: Log, axis: str = "team") -> pl.DataFrame:
    """Return what became of rostered hours, by team or role.

    Parameters
    ----------
    log
        A log.
    axis
        `team` or `role`; whatever else shifts do not say is one line for all.

    Returns
    -------
    DataFrame
        `label`, `shifts`, `rostered_h`, and the shares busy, idle, break, meeting, late, absent, which sum to one where
        the log tells them all (else null); `overtime_h` apart. Without shifts there is no row.
    """
    label = pl.col(axis).cast(pl.String) if axis in log.shifts.columns else pl.lit(None, pl.String)
    seconds = [pl.col(name).cast(pl.Int64) for name in (*HOURS, "overtime_s")]
    rows = log.shifts.select(label.alias("label"), *seconds, rostered_s=pl.col("end_s") - pl.col("start_s"))
    told = [pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name) for name in HOURS]
    some = pl.when(pl.col("overtime_s").count() > 0).then(pl.col("overtime_s").sum())
    sums = rows.group_by("label").agg(pl.len().alias("shifts"), pl.col("rostered_s").sum(), *told, overtime_s=some)
    shares = [(pl.col(name) / pl.col("rostered_s")).alias(name.removesuffix("_s")) for name in HOURS]
    idle = 1 - pl.sum_horizontal(*(pl.col(name) for name in HOURS), ignore_nulls=False) / pl.col("rostered_s")
    made = sums.filter(pl.col("rostered_s") > 0).sort("label", nulls_last=True)
    return made.select(
        "label", "shifts", rostered_h=pl.col("rostered_s") / 3600, **{each.meta.output_name(): each for each in shares},
        idle=idle, overtime_h=pl.col("overtime_s") / 3600,
    )  # fmt: skip
