"""The age of the backlog: one row per ticket that is open at a local midnight."""

from __future__ import annotations

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.kpi.backlog import ENDS, OPENS, day_starts
from sim.kpi.features import turns
from sim.kpi.kernels import NONE, Ints, frozen
from sim.log import Log
from sim.log.framing import numbers_of
from sim.log.told import rows_of


def open_tickets(log: Log, axes: tuple[str, ...], begin_s: int, end_s: int) -> pl.DataFrame:
    """Return the tickets that are open at the ends of the local days of a window.

    Parameters
    ----------
    log
        A log.
    axes
        Columns of the tickets that each row shall have.
    begin_s, end_s
        The window in seconds; a day counts if its end lies after the begin and not after the end.

    Returns
    -------
    DataFrame
        The columns of `axes`, `at_s`: the last second of the day, and `age_s`: seconds since creation, then.
    """
    zone, moments = log.timeline, log.sheet("moments")
    starts = day_starts(zone, zone.day(begin_s), zone.day(max(begin_s, end_s - 1)))
    starts = starts[(starts > begin_s) & (starts <= end_s)]
    told = numbers_of(moments, values={"ticket": NONE, "at_s": NONE})
    row = rows_of(told["ticket"], numbers_of(log.sheet("cases"), values={"ticket": NONE})["ticket"])
    turn = turns(moments, dict.fromkeys(OPENS, 1) | dict.fromkeys(ENDS, 2))
    opened, from_s, to_s = _stretches(frozen(row), told["at_s"], turn, log.sheet("cases").height)
    first, last = np.searchsorted(starts, from_s, "right"), np.searchsorted(starts, to_s, "left")
    many = np.maximum(last - first, 0)
    day = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    ticket, at_s = np.repeat(opened, many), starts[day] if len(starts) else np.zeros(0, dtype=np.int64)
    rows = log.sheet("tickets").some([*axes, "created_s"])[ticket]
    return rows.with_columns(at_s=pl.Series(at_s - 1), age_s=pl.Series(at_s) - pl.col("created_s")).drop("created_s")


@njit(cache=True, nogil=True)
def _stretches(row: Ints, at_s: Ints, turn: NDArray[np.uint8], tickets: int) -> tuple[Ints, Ints, Ints]:
    """Return the stretches [from, to) in which tickets were open: which, from, to; one that lasts has no end."""
    since = np.full(tickets, NONE, dtype=np.int64)
    ticket, from_s, to_s = np.empty(len(row), np.int64), np.empty(len(row), np.int64), np.empty(len(row), np.int64)
    many = 0
    for i in range(len(row)):
        if turn[i] == 0:
            continue
        at = row[i]
        if since[at] != NONE:
            ticket[many], from_s[many], to_s[many] = at, since[at], at_s[i]
            many += 1
        since[at] = at_s[i] if turn[i] == 1 else NONE
    found = many
    for at in range(tickets):
        if since[at] != NONE:
            found += 1
    ticket, from_s, to_s = (
        np.append(ticket[:many], since),
        np.append(from_s[:many], since),
        np.append(to_s[:many], since),
    )
    for at in range(tickets):
        if since[at] != NONE:
            ticket[many], from_s[many], to_s[many] = at, since[at], 2**62
            many += 1
    return ticket[:many].copy(), from_s[:many].copy(), to_s[:many].copy()
