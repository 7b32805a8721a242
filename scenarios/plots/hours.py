"""A desk by hour of the week, as numbers: arrivals, work against people on duty, waits; all weeks and each of them."""

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import Seconds
from sim.log import Log

Floats = NDArray[np.float64]

HOUR_S = 3600
WEEK_H = 168
LOW, HIGH = 0.1, 0.9
"""The band holds the weeks between these quantiles."""


class Line(NamedTuple):
    """A figure by hour of the week, each of shape (168,); NaN where nothing was observed.

    Attributes
    ----------
    mean
        Over all weeks: a ratio of sums.
    low, high
        Quantiles `LOW` and `HIGH` of the weeks' own figures.
    chosen
        The chosen week's.
    n
        Weeks behind the mean; tickets, where it is a mean over tickets.
    """

    mean: Floats
    low: Floats
    high: Floats
    chosen: Floats
    n: NDArray[np.int64]


class Week(NamedTuple):
    """A desk by hour of the week.

    Attributes
    ----------
    arrivals
        Tickets per hour.
    offered, staffed
        Work that the tickets of an hour bring, and people on duty (breaks included), both in persons; None where
        no work was timed, or no shifts are known.
    waits
        Minutes that the tickets of an hour waited.
    waits_for
        `start`: from ready to the first work or to leaving; `reply`: from creation to the first human reply.
    unserved
        Tickets that were still waiting when the log ended, or never got what they waited for; in no wait.
    monday
        First day of the chosen week.
    weeks
        How many weeks the log covers, in part or whole.
    """

    arrivals: Line
    offered: Line | None
    staffed: Line | None
    waits: Line
    waits_for: str
    unserved: int
    monday: date
    weeks: int


class Grid(NamedTuple):
    """The hours of a log, from second 0 to the end of the local day of the last new ticket.

    Attributes
    ----------
    end_s
        That end.
    week, hour
        Of every hour since second 0: number of its week, from 0, and its hour of the week.
    first
        Number of the first week, as whole weeks since Monday, the first of January of the year 1.
    """

    end_s: int
    week: NDArray[np.int64]
    hour: NDArray[np.int64]
    first: int

    @property
    def weeks(self) -> int:
        """Weeks that are covered, in part or whole."""
        return int(self.week[-1]) + 1

    def place(self, log: Log, at_s: Seconds) -> NDArray[np.int64]:
        """Return week times 168 plus hour of the week of seconds within the grid."""
        return (_week_number(log, at_s) - self.first) * WEEK_H + log.timeline.hour_of_week(at_s)

    def table(self, by_hour: NDArray[np.float64]) -> Floats:
        """Return sums over the hours as a table by week and hour of the week."""
        found = np.bincount(self.week * WEEK_H + self.hour, by_hour, self.weeks * WEEK_H)
        return found.reshape(self.weeks, WEEK_H)

    def observed(self) -> Floats:
        """Return the hours that were observed, by week and hour of the week."""
        return self.table(np.ones(len(self.hour)))


def grid(log: Log) -> Grid:
    """Return the hours of a log; at least one day.

    A log may follow its tickets for long after the last one came; that time has no arrivals to show.
    """
    created = log.tickets["created_s"].to_numpy()
    last = log.timeline.day(int(created.max(initial=0)))
    end_s = log.timeline.second(date.fromordinal(last + 1), 0)
    starts = np.arange(0, end_s, HOUR_S)
    weeks = _week_number(log, starts)
    return Grid(end_s, weeks - weeks[0], log.timeline.hour_of_week(starts), int(weeks[0]))


def held(begin_s: Seconds, end_s: Seconds, hours: int) -> Seconds:
    """Return the seconds that stretches take of each hour since second 0, summed over them, shape (hours,).

    The integral up to an instant is that of all begins before it less that of all ends before it.
    """
    at_s = np.arange(hours + 1, dtype=np.int64) * HOUR_S

    def upto(instants: Seconds) -> Seconds:
        ordered = np.sort(instants)
        before = np.searchsorted(ordered, at_s)
        passed: Seconds = at_s * before - np.concatenate([[0], np.cumsum(ordered)])[before]
        return passed

    seconds = upto(begin_s) - upto(end_s)
    return seconds[1:] - seconds[:-1]


def week(log: Log, day: date | None = None) -> Week:
    """Return a desk by hour of the week.

    Parameters
    ----------
    log
        The log.
    day
        A day of the chosen week; the week with most new tickets when absent.
    """
    made = grid(log)
    tickets = log.tickets.filter(pl.col("created_s").is_between(0, made.end_s, closed="left"))
    created_s = tickets["created_s"].to_numpy()
    place = made.place(log, created_s)
    came = np.bincount(place, minlength=made.weeks * WEEK_H).reshape(made.weeks, WEEK_H).astype(np.float64)
    chosen = int(came.sum(axis=1).argmax()) if day is None else (day.toordinal() - 1) // 7 - made.first
    observed, work = made.observed(), _work(log, tickets)
    waited, waits_for = _waited(tickets)
    known = np.flatnonzero(waited >= 0)
    waits = (
        np.bincount(place[known], waited[known] / 60, made.weeks * WEEK_H).reshape(made.weeks, WEEK_H),
        np.bincount(place[known], minlength=made.weeks * WEEK_H).reshape(made.weeks, WEEK_H).astype(np.float64),
    )
    staffed = _on_duty(log, made)
    offered = None
    if work is not None:
        by_place = np.bincount(place, work / HOUR_S, made.weeks * WEEK_H).reshape(made.weeks, WEEK_H)
        offered = _line(by_place, observed, chosen)
    return Week(
        arrivals=_line(came, observed, chosen), offered=offered,
        staffed=None if staffed is None else _line(staffed, observed, chosen),
        waits=_line(*waits, chosen), waits_for=waits_for, unserved=int(len(waited) - len(known)),
        monday=date.fromordinal((made.first + chosen) * 7 + 1), weeks=made.weeks,
    )  # fmt: skip


def _week_number(log: Log, at_s: Seconds) -> Seconds:
    """Return whole weeks since Monday, the first of January of the year 1."""
    return (log.timeline.day(at_s) - 1) // 7


def _line(sums: Floats, weights: Floats, chosen: int) -> Line:
    """Return the figures of sums and what they are divided by, both by week and hour of the week."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(weights > 0, sums / weights, np.nan)
        whole = weights.sum(axis=0)
        mean = np.where(whole > 0, sums.sum(axis=0) / whole, np.nan)
    low, high = np.full(WEEK_H, np.nan), np.full(WEEK_H, np.nan)
    seen = (weights > 0).any(axis=0)
    low[seen], high[seen] = np.nanquantile(each[:, seen], [LOW, HIGH], axis=0)
    return Line(mean, low, high, each[chosen], np.rint(whole).astype(np.int64))


def _work(log: Log, tickets: pl.DataFrame) -> Floats | None:
    """Return the seconds of work of each ticket; None where no work was timed."""
    work = log.touches.select("ticket", "work_s").drop_nulls()
    if work.is_empty():
        return None
    sums = work.group_by("ticket").agg(pl.col("work_s").sum())
    joined = tickets.select("ticket").join(sums, on="ticket", how="left", maintain_order="left")
    return joined["work_s"].fill_null(0).to_numpy().astype(np.float64)


def _waited(tickets: pl.DataFrame) -> tuple[Floats, str]:
    """Return the seconds that each ticket waited, -1 where that is unknown, and for what."""
    if tickets["first_started_s"].null_count() < tickets.height:
        ends, begins, what = pl.coalesce("first_started_s", "left_s"), pl.coalesce("ready_s", "created_s"), "start"
    else:
        ends, begins, what = pl.coalesce("first_reply_s", "left_s"), pl.col("created_s"), "reply"
    found = tickets.select((ends - begins).clip(0).fill_null(-1)).to_series()
    return found.to_numpy().astype(np.float64), what


def _on_duty(log: Log, made: Grid) -> Floats | None:
    """Return the persons on duty by week and hour of the week; None where no shifts are known."""
    begin, end = on_duty(log)
    if not len(begin):
        return None
    seconds = held(np.minimum(begin, made.end_s), np.minimum(end, made.end_s), len(made.hour))
    return made.table(seconds / HOUR_S)


def on_duty(log: Log) -> tuple[Seconds, Seconds]:
    """Return begin and end of the shifts to which somebody came, without lateness."""
    came = log.shifts.filter(pl.col("presence").is_null() | (pl.col("presence") == "present"))
    begin = (came["start_s"] + came["late_s"].fill_null(0)).to_numpy()
    end = came["end_s"].to_numpy()
    return np.maximum(np.minimum(begin, end), 0), np.maximum(end, 0)
