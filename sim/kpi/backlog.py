"""The backlog: open ticket-seconds and open tickets at the end of each local day, split exactly."""

from __future__ import annotations

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.calendar import Seconds, Timeline
from sim.kpi.features import turns
from sim.kpi.kernels import DAY_S, EPOCH_DAY, NONE, Ints, frozen
from sim.kpi.lookups import are_dense, row_of
from sim.log import Log
from sim.log.framing import numbers_of

OPENS = ("created", "reopened")
ENDS = ("resolved", "closed", "left", "merged", "blocked")


def day_starts(timeline: Timeline, first_day: int, last_day: int) -> Seconds:
    """Return the second at which each local day begins, the day after the last included."""
    return timeline.at_walls((np.arange(first_day, last_day + 2) - EPOCH_DAY) * DAY_S)


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
        beginning); one row per group and day of the window on which there was anything of it.
    """
    zone = log.timeline
    first, last = zone.day(begin_s), zone.day(max(begin_s, end_s - 1))
    starts = np.clip(day_starts(zone, first, last), begin_s, end_s)
    moments = log.sheet("moments")
    turn = turns(moments, dict.fromkeys(OPENS, 1) | dict.fromkeys(ENDS, 2))
    members, group, size = _groups(log, axes)
    ticket, at_s = numbers_of(moments, values={"ticket": NONE, "at_s": NONE}).values()
    partial, whole, opened, closed = (np.zeros((size, last - first + 1), dtype=np.int64) for _ in range(4))
    tickets = numbers_of(log.sheet("cases"), values={"ticket": NONE})["ticket"]
    open_days(tickets, ticket, at_s, turn, group, frozen(starts), partial, whole, opened, closed)
    made = {
        "open_s": (partial + np.cumsum(whole, axis=1) * np.diff(starts)).ravel(),
        "open_at_end": np.cumsum(opened - closed, axis=1).ravel(),
        "opened": opened.ravel(),
    }
    kept = np.flatnonzero(np.logical_or.reduce([column != 0 for column in made.values()]))
    own, day = np.divmod(kept, last - first + 1)
    return pl.DataFrame(
        [
            *(column.gather(own) for column in members),
            pl.Series("day", day + first, dtype=pl.Int32),
            *(pl.Series(name, column[kept]) for name, column in made.items()),
        ]
    )


def _groups(log: Log, axes: tuple[str, ...]) -> tuple[list[pl.Series], Ints, int]:
    """Return the groups that occur, a column per axis; the group of each ticket; and how many groups there are."""
    if not axes:
        return [], frozen(np.zeros(log.sheet("cases").height, dtype=np.int64)), 1
    tickets = log.sheet("tickets").some(axes)
    groups = tickets.unique(maintain_order=True).with_row_index("group")
    joined = tickets.join(groups, on=axes, how="left", nulls_equal=True, maintain_order="left")
    return [groups[axis] for axis in axes], frozen(joined["group"].cast(pl.Int64).to_numpy()), groups.height


@njit(cache=True, nogil=True)
def open_days(
    tickets: Ints, named: Ints, at_s: Ints, turn: NDArray[np.uint8], group: Ints, starts: Ints,
    partial: Ints, whole: Ints, opened: Ints, closed: Ints,
) -> None:  # fmt: skip
    """Add up when tickets were open, by group and day, in one pass over what opens and ends them.

    Parameters
    ----------
    tickets
        Sorted.
    named, at_s, turn
        Of each moment, in the order of time: the ticket, the second, and whether it opens the ticket (1), ends
        that (2) or neither (0).
    group
        Of each ticket.
    starts
        When the days of the window begin, and the end of the last; the window is what they span.
    partial, whole
        Shape (groups, days): open seconds on days on which a ticket was not open all day; and by how much the number of
        tickets that are open all day changes.
    opened, closed
        Shape (groups, days): tickets that became open or were so at the beginning, and that ceased to be.
    """
    since = np.full(len(group), NONE, dtype=np.int64)
    dense = are_dense(tickets)
    for i in range(len(named)):
        if turn[i] == 0:
            continue
        at = row_of(tickets, named[i], dense)
        if since[at] != NONE:
            _stretch(group[at], since[at], at_s[i], starts, partial, whole, opened, closed)
        since[at] = at_s[i] if turn[i] == 1 else NONE
    for at in range(len(group)):
        if since[at] != NONE:
            _stretch(group[at], since[at], starts[-1] + 1, starts, partial, whole, opened, closed)


@njit(cache=True, nogil=True)
def _day_at(starts: Ints, at_s: int) -> int:
    """Return the day in which a second lies: nearly that of a calendar in which every day has 24 hours."""
    day = min(max((at_s - int(starts[0])) // DAY_S, 0), len(starts) - 2)
    while starts[day] > at_s:
        day -= 1
    while starts[day + 1] <= at_s:
        day += 1
    return day


@njit(cache=True, nogil=True)
def _stretch(
    group: int, from_s: int, to_s: int, starts: Ints, partial: Ints, whole: Ints, opened: Ints, closed: Ints
) -> None:
    """Add one stretch [from_s, to_s) in which a ticket was open; it lasts if it ends beyond the window."""
    begin_s, end_s = max(from_s, starts[0]), min(to_s, starts[-1])
    if end_s <= begin_s:
        return
    first, last = _day_at(starts, begin_s), _day_at(starts, end_s - 1)
    opened[group, first] += 1
    if to_s <= starts[-1]:
        closed[group, last] += 1
    if first == last:
        partial[group, first] += end_s - begin_s
        return
    partial[group, first] += starts[first + 1] - begin_s
    partial[group, last] += end_s - starts[last]
    whole[group, first + 1] += 1
    whole[group, last] -= 1
