"""Where the time of a ticket goes: seconds of its life by cause, and how long it was silent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.kpi.kernels import NONE, Ints, frozen
from sim.log import WHAT, Log
from sim.log import told as told_of
from sim.log.framing import numbers_of

CAUSES = ("work_span_s", "requester_s", "third_party_s", "queue_s", "pickup_s", "rest_s", "transit_s")
"""Causes in the order in which they go before one another: work goes before all, transit is what is left."""

SPANS = (*CAUSES, "silent_s", "silent_end_s")

_WORK, _REQUESTER, _THIRD, _QUEUE, _PICKUP, _REST, _NOTHING = range(7)
_ENDS = ("resolved_s", "closed_s", "left_s", "merged_s", "blocked_s")


Small = NDArray[np.int8]
_FEW = 64
"""Marks of a ticket up to which insertion is the quickest way to sort them."""


class _Marks(NamedTuple):
    """What changes when: the row of a ticket, the second, the cause that begins (1) or ends (-1), or neither (0)."""

    row: Ints
    at_s: Ints
    cause: Small
    turn: Small


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
    known = numbers_of(log.sheet("tickets"), values=dict.fromkeys(("ticket", "created_s", *_ENDS), NONE))
    created, over = known["created_s"], np.full(len(known["ticket"]), NONE)
    for name in _ENDS:
        over = np.where(over == NONE, known[name], over)
    stop = np.where(over == NONE, log.until_s, over)
    marks = _sorted(_marks(log, known["ticket"]), len(created))
    out = np.zeros((len(created), len(CAUSES)), dtype=np.int64)
    silent, last = np.zeros(len(created), dtype=np.int64), np.zeros(len(created), dtype=np.int64)
    row, at_s, cause, turn, created, stop = (frozen(each) for each in (*marks, created, stop))
    _sweep(row, at_s, cause, turn, created, stop, out, silent, last)
    last[over != NONE] = 0
    made = dict(zip(CAUSES, out.T, strict=True)) | {"silent_s": silent, "silent_end_s": last}
    return [pl.Series(name, np.ascontiguousarray(column)) for name, column in made.items() if name in needed]


def _seconds(column: pl.Series) -> Ints:
    return column.cast(pl.Int64).fill_null(NONE).to_numpy()


def _marks(log: Log, ids: Ints) -> list[_Marks]:
    moments = told_of.Moments.of(log.sheet("moments"), ids)
    none = np.zeros(len(moments.row), dtype=np.int8)
    row, at_s = moments.row.astype(np.int64), moments.at_s
    pauses = told_of.stretches(moments, len(ids), log.until_s)
    rests = pauses.rests.astype(bool)
    return [
        _Marks(row, at_s, none, none),
        *_between(pauses.row[~rests], pauses.begin_s[~rests], pauses.end_s[~rests], _REQUESTER),
        *_between(pauses.row[rests], pauses.begin_s[rests], pauses.end_s[rests], _REST),
        *_between(*_third_parties(moments, log.until_s), _THIRD),
        *_of_touches(log, ids),
    ]


def _between(row: Ints, begin_s: Ints, end_s: Ints, cause: int) -> list[_Marks]:
    """Return the marks of stretches; those without a known begin and end are left out."""
    there = (begin_s != NONE) & (end_s != NONE) & (end_s > begin_s)
    row = row[there].astype(np.int64)
    causes = np.full(len(row), cause, dtype=np.int8)
    ones = np.ones(len(row), dtype=np.int8)
    return [_Marks(row, begin_s[there], causes, ones), _Marks(row, end_s[there], causes, -ones)]


def _third_parties(moments: told_of.Moments, until_s: int) -> tuple[Ints, Ints, Ints]:
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


def _sorted(marks: list[_Marks], tickets: int) -> _Marks:
    """Return all marks in the order of ticket and second; those of one second stay as they came."""
    row, at_s, cause, turn = (np.concatenate(columns) for columns in zip(*marks, strict=True))
    return _Marks(*_by_ticket(row, at_s, cause, turn, tickets))


@njit(cache=True, nogil=True)
def _by_ticket(row: Ints, at_s: Ints, cause: Any, turn: Any, tickets: int) -> Any:
    """Sort by counting the marks of each ticket, then each ticket's, which are few, by insertion."""
    ends = np.zeros(tickets + 1, np.int64)
    for each in row:
        ends[each + 1] += 1
    for ticket in range(tickets):
        ends[ticket + 1] += ends[ticket]
    rows, seconds, causes, turns = np.empty_like(row), np.empty_like(at_s), np.empty_like(cause), np.empty_like(turn)
    place = ends[:-1].copy()
    for i in range(len(row)):
        to = place[row[i]]
        rows[to], seconds[to], causes[to], turns[to] = row[i], at_s[i], cause[i], turn[i]
        place[row[i]] += 1
    for ticket in range(tickets):
        begin, end = ends[ticket], ends[ticket + 1]
        if end - begin > _FEW:
            order = begin + np.argsort(seconds[begin:end], kind="mergesort")
            seconds[begin:end], causes[begin:end] = seconds[order], causes[order]
            turns[begin:end] = turns[order]
            continue
        for i in range(begin + 1, end):
            at, why, way, to = seconds[i], causes[i], turns[i], i
            while to > begin and seconds[to - 1] > at:
                seconds[to], causes[to], turns[to] = seconds[to - 1], causes[to - 1], turns[to - 1]
                to -= 1
            seconds[to], causes[to], turns[to] = at, why, way
    return rows, seconds, causes, turns


@njit(cache=True, nogil=True)
def _sweep(
    row: Ints, at_s: Ints, cause: Small, turn: Small, created_s: Ints, stop_s: Ints, out: Any, silent: Any, last: Any
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
    running = np.zeros(7, dtype=np.int64)
    for ticket in range(len(created_s)):
        running[:] = 0
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
