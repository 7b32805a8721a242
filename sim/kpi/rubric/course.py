"""The course of an item: week by week with control limits, and what of its change is mix and what is rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from sim.kpi.control import LEAST, Chart, How, control, how_of
from sim.kpi.measure import count
from sim.kpi.mix import Change, mix_and_rate
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.periods import period_of
from sim.kpi.rubric.tally import CONVERTED
from sim.log import Log
from sim.log.periods import days_of

LEAST_TICKETS = 30
"""Tickets of earlier weeks that limits of somebody's own need at least."""

_c = pl.col
_PLAIN = ("share_weighted", "mean", "ratio", "figure")


@dataclass(frozen=True)
class Course:
    """Somebody's item week by week.

    Attributes
    ----------
    chart
        The weeks up to the end of the period, and the limits.
    limits_from
        `own`: the person's earlier weeks; `role`: everybody of the role in the same weeks; `all`: the same weeks that
        are shown, so that a lasting change widens its own limits.
    """

    chart: Chart
    limits_from: str


class Courses:
    """Sums of a log by person, kind and day, for every item that is a ratio of sums.

    Parameters
    ----------
    log, rubric
        As of `score`.
    """

    def __init__(self, log: Log, rubric: Rubric) -> None:
        self.rubric, book = rubric, rubric.book()
        kpis = [item.kpi for item in rubric.items if item.kpi is not None and _plain(rubric, item)]
        counted = count(
            log, list(dict.fromkeys(kpis)), by=("person", "kind"), attribution=rubric.policy.attribution, book=book
        )  # fmt: skip
        known = counted.sums.filter(_c("person").is_not_null() & ((_c("x") != 0) | (_c("y") != 0)))
        words = known.select(
            _c("name", "person", "kind").cast(pl.String), _c("day").cast(pl.Int64), _c("y", "x").cast(pl.Int64)
        )  # fmt: skip
        parts = words.partition_by("name", as_dict=True, include_key=False)
        self.sums = {str(name): rows for (name,), rows in parts.items()}
        self.own = {
            name: {str(person): mine for (person,), mine in rows.partition_by("person", as_dict=True).items()}
            for name, rows in self.sums.items()
        }
        self.scale = counted.scale
        self.first = date.fromordinal(log.timeline.day(0))

    def change(self, item: Item, person: str, before: str, after: str, level: float = 0.95) -> Change | None:
        """Return what of the change of somebody's item is mix of kinds and what is rate.

        Parameters
        ----------
        item
            An item of the rubric.
        person, before, after
            Whose, and between which periods.
        level
            Of the intervals.

        Returns
        -------
        Change or None
            In the item's unit; None where the item is no ratio of sums, or a period has nothing.
        """
        mine = self.own.get(str(item.kpi), {}).get(person) if _plain(self.rubric, item) else None
        if mine is None:
            return None
        first, then = _within(mine, before), _within(mine, after)
        if pl.concat([first, then]).filter(_c("x") <= 0).height:
            return None
        return mix_and_rate(first, then, level=level, unit=unit_of(self.rubric, item))

    def weeks(self, item: Item, person: str, role: list[str], period: str) -> Course | None:
        """Return somebody's item week by week up to the end of a period, with limits.

        Parameters
        ----------
        item
            An item of the rubric.
        person
            Whose.
        role
            Everybody of the role, the person included.
        period
            The period that is looked at; limits come from what lies before it, if that is enough.

        Returns
        -------
        Course or None
            None where the item is no ratio of sums, or too little is known for limits.
        """
        mine, days = self.own.get(str(item.kpi), {}).get(person), days_of(period)
        if mine is None or days is None or not _plain(self.rubric, item):
            return None
        weeks, seen = _weeks(self.first, days[1]), _c("day") < days[1].toordinal()
        y, x = _by_week(mine.filter(seen).with_columns(week=period_of("day", "week")), weeks)
        how: How = how_of(self.rubric.book().kpis[str(item.kpi)]) if self.scale == 1 else "xmr"
        unit = unit_of(self.rubric, item)
        earlier = [week_end(week) <= days[0] for week in weeks]
        own = np.array(earlier) & (x > 0)
        if own.sum() >= LEAST and x[own].sum() >= LEAST_TICKETS * self.scale:
            made = control(weeks, y.tolist(), x.tolist(), how, base=own.tolist(), unit=unit)
            return None if made is None else Course(made, "own")
        if how == "xmr":
            made = control(weeks, y.tolist(), x.tolist(), how, unit=unit)
            return None if made is None else Course(made, "all")
        of_role = self.sums[str(item.kpi)].filter(seen, _c("person").is_in(role))
        sums = (float(of_role["y"].sum()), float(of_role["x"].sum()))
        made = control(weeks, y.tolist(), x.tolist(), how, of=sums, unit=unit)
        return None if made is None or not (x > 0).any() else Course(made, "role")


def _plain(rubric: Rubric, item: Item) -> bool:
    """Say whether an item is a ratio of sums over tickets, or the mean of their times."""
    if item.kpi is None or item.kpi in rubric.book().formulas or item.statistic not in _PLAIN:
        return False
    finish = rubric.book().kpis[item.kpi].finish
    return not finish.root and (item.statistic in TIMES or finish.how == "ratio")


def unit_of(rubric: Rubric, item: Item) -> float:
    """Return what a ratio of the sums of an item's KPI is multiplied by to be in the item's unit."""
    kpi = rubric.book().kpis[str(item.kpi)]
    times, over = CONVERTED.get((kpi.unit, item.unit), (1, 1))
    return kpi.finish.times * times / (kpi.finish.divide * over)


def _within(rows: pl.DataFrame, period: str) -> pl.DataFrame:
    days = days_of(period)
    if days is None:
        raise ValueError(f"{period!r} is no period, such as 2026, 2026-Q1, 2026-03 or 2026-W10")
    return rows.filter(_c("day").is_between(days[0].toordinal(), days[1].toordinal() - 1))


def week_end(week: str) -> date:
    """Return the day after the last of an ISO week, such as `2026-W10`."""
    days = days_of(week)
    assert days is not None
    return days[1]


def _weeks(first: date, end: date) -> list[str]:
    monday, made = first - timedelta(days=first.weekday()), []
    while monday < end:
        year, week, _ = monday.isocalendar()
        made.append(f"{year}-W{week:02d}")
        monday += timedelta(days=7)
    return made


def _by_week(rows: pl.DataFrame, weeks: list[str]) -> tuple[np.ndarray, np.ndarray]:
    sums = rows.group_by("week").agg(_c("y", "x").sum())
    found = {week: (y, x) for week, y, x in sums.select("week", "y", "x").iter_rows()}
    both = np.array([found.get(week, (0, 0)) for week in weeks], dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
