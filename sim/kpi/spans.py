"""Where the time of a ticket goes: seconds of its life by cause, and how long it was silent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numba import njit

from sim.kpi.kernels import NONE, Ints, frozen
from sim.log import WHAT, Log
from sim.log import told as told_of

CAUSES = ("work_span_s", "requester_s", "third_party_s", "queue_s", "pickup_s", "rest_s", "transit_s")
"""Causes in the order in which they go before one another: work goes before all, transit is what is left."""

SPANS = (*CAUSES, "silent_s", "silent_end_s")

_WORK, _REQUESTER, _THIRD, _QUEUE, _PICKUP, _REST, _NOTHING = range(7)
_ENDS = ("resolved_s", "closed_s", "left_s", "merged_s", "blocked_s")


class _Marks(NamedTuple):
    """What changes when: the row of a ticket, the second, the cause that begins (1) or ends (-1), or neither (0)."""

    row: Ints
    at_s: Ints
    cause: Ints
    turn: Ints


def spans(log: Log, needed: Collection[str]) -> list[pl.Series]:
    """Return the wanted columns, in the order of the tickets.

    Parameters
    ----------
    log
        A log.
    needed
        Names of columns; those that are not in `SPANS` are left out.

    Returns
    -------
    list of Series
        In seconds, from creation to the end of a ticket (its last resolution; when it was closed, left, merged or
        blocked; or the end of the log), what it spent on each of the causes, which add up: somebody worked; its
        requester was waited for; somebody else was; it was in a queue; somebody was asked and had not begun; it rested
        as resolved, before a reopening; none of these (a hand-off, or not on record). `silent_s`: the longest time
        without any event in which nobody worked and neither its requester was waited for nor it rested;
        `silent_end_s`: that since the last event, if it is open at the end of the log, else 0.
    """
    tickets = log.tickets
    created = _seconds(tickets["created_s"])
    over = _seconds(tickets.select(pl.coalesce(_ENDS)).to_series())
    stop = np.where(over == NONE, log.until_s, over)
    marks = _sorted(_marks(log, tickets))
    out = np.zeros((len(created), len(CAUSES)), dtype=np.int64)
    silent, last = np.zeros(len(created), dtype=np.int64), np.zeros(len(created), dtype=np.int64)
    row, at_s, cause, turn, created, stop = (frozen(each) for each in (*marks, created, stop))
    _sweep(row, at_s, cause, turn, created, stop, out, silent, last)
    last[over != NONE] = 0
    made = dict(zip(CAUSES, out.T, strict=True)) | {"silent_s": silent, "silent_end_s": last}
    return [pl.Series(name, np.ascontiguousarray(column)) for name, column in made.items() if name in needed]


def _seconds(column: pl.Series) -> Ints:
    return column.cast(pl.Int64).fill_null(NONE).to_numpy()


def _marks(log: Log, tickets: pl.DataFrame) -> list[_Marks]:
    ids = tickets["ticket"].to_numpy()
    moments = told_of.Moments.of(log.sheet("moments"), ids)
    none = np.zeros(len(moments.row), dtype=np.int64)
    row, at_s = moments.row.astype(np.int64), moments.at_s
    pauses = told_of.stretches(moments, len(ids), log.until_s)
    rests = pauses.rests.astype(bool)
    return [
        _Marks(row, at_s, none, none),
        *_between(pauses.row[~rests], pauses.begin_s[~rests], pauses.end_s[~rests], _REQUESTER),
        *_between(pauses.row[rests], pauses.begin_s[rests], pauses.end_s[rests], _REST),
        *_between(*_third_parties(moments, len(ids), log.until_s), _THIRD),
        *_of_touches(log, ids),
    ]


def _between(row: Ints, begin_s: Ints, end_s: Ints, cause: int) -> list[_Marks]:
    """Return the marks of stretches; those without a known begin and end are left out."""
    there = (begin_s != NONE) & (end_s != NONE) & (end_s > begin_s)
    row = row[there].astype(np.int64)
    causes = np.full(len(row), cause, dtype=np.int64)
    ones = np.ones(len(row), dtype=np.int64)
    return [_Marks(row, begin_s[there], causes, ones), _Marks(row, end_s[there], causes, -ones)]


def _third_parties(moments: told_of.Moments, tickets: int, until_s: int) -> tuple[Ints, Ints, Ints]:
    """Return the stretches in which somebody else than the requester was waited for."""
    begins = moments.what == WHAT.index("wait_begins")
    turns = np.flatnonzero(begins | (moments.what == WHAT.index("wait_ends")))
    turns = turns[np.argsort(moments.row[turns], kind="stable")]
    own = begins[turns] & ~moments.requester[turns]
    same = np.append(moments.row[turns][1:] == moments.row[turns][:-1], np.zeros(min(len(turns), 1), dtype=bool))
    end_s = np.where(same, np.append(moments.at_s[turns][1:], np.zeros(min(len(turns), 1), dtype=np.int64)), until_s)
    return moments.row[turns][own].astype(np.int64), moments.at_s[turns][own], end_s[own]


def _of_touches(log: Log, ids: Ints) -> list[_Marks]:
    touches = log.touches
    row = told_of.rows_of(touches["ticket"].to_numpy(), ids).astype(np.int64)
    told = touches.select(
        "queued_s", "started_s",
        asked_s=pl.coalesce("assigned_s", "started_s", "ended_s").fill_null(log.until_s),
        begun_s=pl.coalesce("started_s", "ended_s").fill_null(log.until_s),
        over_s=pl.col("ended_s").fill_null(log.until_s),
        assigned_s="assigned_s",
    )  # fmt: skip
    at = {name: _seconds(told[name]) for name in told.columns}
    return [
        *_between(row, at["queued_s"], at["asked_s"], _QUEUE),
        *_between(row, at["assigned_s"], at["begun_s"], _PICKUP),
        *_between(row, at["started_s"], at["over_s"], _WORK),
    ]


def _sorted(marks: list[_Marks]) -> _Marks:
    row, at_s, cause, turn = (np.concatenate(columns) for columns in zip(*marks, strict=True))
    order = np.lexsort((at_s, row))
    return _Marks(row[order], at_s[order], cause[order], turn[order])


@njit(cache=True, nogil=True)
def _sweep(
    row: Ints, at_s: Ints, cause: Ints, turn: Ints, created_s: Ints, stop_s: Ints, out: Any, silent: Any, last: Any
) -> None:  # fmt: skip
    """Go over the marks, which are sorted by ticket and second, and add up each ticket's life.

    Parameters
    ----------
    row, at_s, cause, turn
        The marks.
    created_s, stop_s
        By ticket, when its life begins and ends.
    out, silent, last
        By ticket, where the seconds by cause, the longest silence, and the last one go.
    """
    i = 0
    for ticket in range(len(created_s)):
        running = np.zeros(7, dtype=np.int64)
        since, quiet = created_s[ticket], np.int64(0)
        stop = stop_s[ticket]
        while True:
            inside = i < len(row) and row[i] == ticket
            until = min(at_s[i], stop) if inside else stop
            now = 0
            while now < 6 and running[now] <= 0:
                now += 1
            if until > since:
                out[ticket, now] += until - since
                quiet = until - since if now in (2, 3, 4, 6) else np.int64(0)
                silent[ticket] = max(silent[ticket], quiet)
                since = until
            if not inside:
                break
            running[cause[i]] += turn[i]
            if at_s[i] <= stop:
                quiet = np.int64(0)
            i += 1
        last[ticket] = quiet
