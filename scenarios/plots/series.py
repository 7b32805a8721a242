"""What the pictures show, as numbers: taken from logs, real or simulated alike."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.log import WHAT, Log
from sim.log.told import what_of

Floats = NDArray[np.float64]
HOUR_S = 3600


def weeks_of(log: Log) -> float:
    """Return the weeks from the first second to the end of the local day of the last new ticket, at least one day.

    A log may follow its tickets for long after the last one came; those weeks have no arrivals to show.
    """
    days = log.timeline.day(log.sheet("tickets")["created_s"].to_numpy())
    return float(days.max() - log.timeline.day(0) + 1) / 7 if len(days) else 1 / 7


def arrivals_by_hour(log: Log) -> Floats:
    """Return tickets created per hour, by hour of week from Monday midnight, shape (168,)."""
    hours = log.timeline.hour_of_week(log.sheet("tickets")["created_s"].to_numpy())
    return np.asarray(np.bincount(hours, minlength=168) / weeks_of(log), np.float64)


def offered_by_hour(log: Log) -> Floats | None:
    """Return the work that tickets of each hour of week bring, in persons; null where no work was timed.

    The work of all touches is charged to the hour in which the ticket was created.
    """
    work = log.sheet("touches").some(("ticket", "work_s")).drop_nulls()
    if work.is_empty():
        return None
    by_ticket = work.group_by("ticket").agg(pl.col("work_s").sum()).sort("ticket")
    both = log.sheet("tickets").some(("ticket", "created_s")).join(by_ticket, on="ticket", how="inner").sort("ticket")
    hours = log.timeline.hour_of_week(both["created_s"].to_numpy())
    seconds = np.bincount(hours, weights=both["work_s"].to_numpy(), minlength=168)
    return np.asarray(seconds / HOUR_S / weeks_of(log), np.float64)


def staffed_by_hour(log: Log) -> Floats | None:
    """Return the people at work by hour of week, breaks included, shape (168,); null where no shifts are known."""
    shifts = log.shifts.filter(pl.col("presence").is_null() | (pl.col("presence") == "present"))
    if shifts.is_empty():
        return None
    start, end = shifts["start_s"].to_numpy(), shifts["end_s"].to_numpy()
    first, last = start // HOUR_S, -(-end // HOUR_S)
    count = last - first
    row = np.repeat(np.arange(len(start)), count)
    hour = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    seconds = np.minimum(end[row], (hour + 1) * HOUR_S) - np.maximum(start[row], hour * HOUR_S)
    of_week = log.timeline.hour_of_week(hour * HOUR_S)
    return np.asarray(
        np.bincount(of_week, weights=seconds, minlength=168) / HOUR_S / (end.max() / (168 * HOUR_S)), np.float64
    )


def answered_within(log: Log, minutes: Floats) -> Floats:
    """Return the share of all tickets that were answered within each number of minutes; the unanswered count as not."""
    tickets = (
        log.sheet("tickets").some(("created_s", "first_reply_s", "blocked_s")).filter(pl.col("blocked_s").is_null())
    )
    waited = ((tickets["first_reply_s"] - tickets["created_s"]) / 60).drop_nulls().sort().to_numpy()
    if tickets.is_empty():
        return np.zeros_like(minutes)
    return np.asarray(np.searchsorted(waited, minutes, side="right") / tickets.height, np.float64)


def open_tickets(log: Log, step_s: int = HOUR_S) -> tuple[Floats, Floats]:
    """Return days since the beginning and the number of open tickets at each step."""
    steps = {"created": 1, "reopened": 1, "resolved": -1, "left": -1, "blocked": -1, "merged": -1}
    moments = log.sheet("moments")
    change = np.array([steps.get(word, 0) for word in WHAT], np.int64)[what_of(moments)]
    at_s, change = moments["at_s"].to_numpy()[change != 0], change[change != 0]
    grid = np.arange(0, log.until_s + 1, step_s)
    level = np.concatenate([[0], np.cumsum(change)])
    return grid / 86_400, np.asarray(level[np.searchsorted(at_s, grid, side="right")], np.float64)
