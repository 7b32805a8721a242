"""The backlog: open ticket-seconds and open tickets at the end of each local day, split exactly."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from sim.calendar import Seconds, Timeline
from sim.log import Log

_OPENS = ("created", "reopened")
_ENDS = ("resolved", "closed", "left", "merged", "blocked")


def day_starts(timeline: Timeline, first_day: int, last_day: int) -> Seconds:
    """Return the second at which each local day begins, the day after the last included."""
    days = range(first_day, last_day + 2)
    return np.array([timeline.second(date.fromordinal(day), 0) for day in days], dtype=np.int64)


def open_stretches(log: Log, begin_s: int, end_s: int) -> pl.DataFrame:
    """Return when tickets were open within a window.

    Parameters
    ----------
    log
        A log.
    begin_s, end_s
        The window in seconds, its end excluded.

    Returns
    -------
    DataFrame
        `ticket`, `from_s`, `to_s` (at most `end_s`) and `lasts`: whether the ticket is open at the end.
    """
    what = pl.col("what")
    turns = log.moments.filter(what.is_in([*_OPENS, *_ENDS])).sort("ticket", "at_s", "number")
    turns = turns.select(
        "ticket", from_s="at_s", to_s=pl.col("at_s").shift(-1).over("ticket"), opens=what.is_in(_OPENS)
    )
    turns = turns.filter(pl.col("opens"), pl.col("from_s") < end_s)
    lasts = pl.col("to_s").is_null() | (pl.col("to_s") > end_s)
    return (
        turns.with_columns(lasts=lasts)
        .select(
            "ticket", "lasts", from_s=pl.col("from_s").clip(begin_s),
            to_s=pl.col("to_s").fill_null(end_s).clip(None, end_s),
        )
        .filter(pl.col("to_s") > pl.col("from_s"))
    )  # fmt: skip


def backlog(log: Log, axes: tuple[str, ...], begin_s: int, end_s: int) -> pl.DataFrame:
    """Return the backlog by group and local day.

    Parameters
    ----------
    log
        A log.
    axes
        Columns of the tickets to split by.
    begin_s, end_s
        The window in seconds, its end excluded.

    Returns
    -------
    DataFrame
        The columns of `axes`, `day`, `open_s` (ticket-seconds), `open_at_end` (tickets open at the end of
        that day, or of the window) and `opened` (tickets that became open that day, or were so at the
        beginning); one row per group and day of the window, for the groups that were ever open in it.
    """
    zone = log.timeline
    stretches = open_stretches(log, begin_s, end_s)
    stretches = stretches.join(log.tickets.select("ticket", *axes), on="ticket", how="left")
    groups = stretches.select(axes).unique().sort(axes) if axes else pl.DataFrame({"_all": [0]})
    if stretches.is_empty():
        groups = groups.clear()
    keys = list(axes) or ["_all"]
    stretches = stretches if axes else stretches.with_columns(_all=pl.lit(0, dtype=pl.Int64))
    groups = groups.with_row_index("_group")
    rows = stretches.join(groups, on=keys, how="left", nulls_equal=True)
    first, last = zone.day(begin_s), zone.day(max(begin_s, end_s - 1))
    starts = np.clip(day_starts(zone, first, last), begin_s, end_s)
    made = _daily(rows, zone, groups.height, first, starts)
    grid = groups.join(pl.DataFrame({"day": np.arange(first, last + 1, dtype=np.int32)}), how="cross")
    grid = grid.sort("_group", "day").with_columns(pl.Series(name, column) for name, column in made.items())
    return grid.select(*axes, "day", *made)


def _daily(rows: pl.DataFrame, zone: Timeline, groups: int, first: int, starts: Seconds) -> dict[str, Seconds]:
    """Return open seconds, open tickets at the end and newly open ones, flat over (group, day)."""
    shape = (groups, len(starts) - 1)
    group, lasts = rows["_group"].to_numpy().astype(np.int64), rows["lasts"].to_numpy()
    from_s, to_s = rows["from_s"].to_numpy(), rows["to_s"].to_numpy()
    begins, ends = zone.day(from_s) - first, zone.day(to_s - 1) - first
    length = np.diff(starts)
    partial, whole, opened, closed = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    same = begins == ends
    np.add.at(partial, (group[same], begins[same]), (to_s - from_s)[same])
    group_, begin_, end_ = group[~same], begins[~same], ends[~same]
    np.add.at(partial, (group_, begin_), starts[begin_ + 1] - from_s[~same])
    np.add.at(partial, (group_, end_), to_s[~same] - starts[end_])
    np.add.at(whole, (group_, begin_ + 1), 1)
    np.add.at(whole, (group_, end_), -1)
    np.add.at(opened, (group, begins), 1)
    np.add.at(closed, (group[~lasts], ends[~lasts]), 1)
    return {
        "open_s": (partial + np.cumsum(whole, axis=1) * length).ravel(),
        "open_at_end": np.cumsum(opened - closed, axis=1).ravel(),
        "opened": opened.ravel(),
    }
