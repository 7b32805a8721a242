"""Replies that a requester waits for who has written again, and when they fall due: from the moments alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numba import njit

from sim.calendar import Calendar, Seconds, Timeline
from sim.log.dues import clock_of, same_target
from sim.log.framing import Coded, Known, Nothing, Sheet, framed, numbers_of, words_of
from sim.log.tables import WHAT
from sim.log.told import NONE, PRIORITY, SLA, Moments
from sim.sla import Sla, standings

_REPLY, _RESOLVED, _REOPENED, _BEGINS, _ENDS = (
    WHAT.index(word) for word in ("reply", "resolved", "reopened", "wait_begins", "wait_ends")
)


def next_replies(
    cases: pl.DataFrame | Sheet, moments: pl.DataFrame | Sheet, *, timeline: Timeline, until_s: int, sla: Sla | None,
    calendars: Mapping[str, Calendar],
) -> pl.DataFrame:  # fmt: skip
    """Return one row per time that a requester wrote again, in the order of these.

    Parameters
    ----------
    cases, moments
        Tables of a checked log.
    timeline, until_s, sla, calendars
        Of the log; without an agreement, no reply falls due.

    Returns
    -------
    DataFrame
        `ticket`; `wrote_s`: when the requester answered a question or reopened the ticket, after a person had replied
        before; `replied_s`: the first human reply, question or resolution since, null if there is none; `who`: whose;
        `due_s`: when it falls due by the clause `next_response` and the priority in force at the reply, never earlier
        than the change that brought this priority; `next_s`: seconds from `wrote_s` to `replied_s`.

    Notes
    -----
    Who writes again while a reply is still owed waits since the first time. The end of a wait for somebody else than
    the requester is nobody's writing.
    """
    cases, moments = Sheet.of(cases), Sheet.of(moments)
    known = numbers_of(cases, ("kind", "priority"), {"ticket": NONE})
    tickets = known["ticket"]
    told = Moments.of(moments, tickets)
    size = int(((told.what == _ENDS) | (told.what == _REOPENED)).sum())
    row, wrote_s, replied_s, who, rank, changed_s = _follow(
        told.row,
        told.at_s,
        told.what,
        told.who,
        told.requester,
        told.value,
        known["priority"],
        size,
        *_many(cases, sla),
    )
    due_s = np.full(len(row), NONE)
    if sla is not None and len(row):
        kinds, priorities = tuple(words_of(cases, "kind")), tuple(words_of(cases, "priority"))
        begin_s = min(0, int(wrote_s.min()))
        clock = clock_of(sla, calendars, timeline, begin_s, max(until_s, begin_s + 1))
        for alike in same_target(sla, kinds, standings(priorities, sla), known["kind"][row], rank):
            promise = clock.next_response(alike.kind, alike.priority)
            if promise is not None:
                due_s[alike.rows] = np.maximum(promise.due_array(wrote_s[alike.rows]), changed_s[alike.rows])
    return _table(moments.type("who"), tickets[row], wrote_s, replied_s, who, due_s)


def _many(cases: Sheet, sla: Sla | None) -> tuple[int, int]:
    """Return how many priorities there are, at least 1, and how many agreements that tickets may come under."""
    return max(len(words_of(cases, "priority")), 1), 0 if sla is None else len(sla.agreements)


def _table(
    spelling: pl.DataType, ticket: Seconds, wrote_s: Seconds, replied_s: Seconds, who: Seconds, due_s: Seconds
) -> pl.DataFrame:
    next_s = np.where(replied_s == NONE, NONE, replied_s - wrote_s)
    persons = Coded(who, spelling) if isinstance(spelling, pl.Enum) else Nothing(spelling)
    return framed(
        {
            "ticket": ticket, "wrote_s": wrote_s, "replied_s": Known(replied_s, NONE), "who": persons,
            "due_s": Known(due_s, NONE), "next_s": Known(next_s, NONE),
        }
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _follow(
    row: Any,
    at_s: Any,
    what: Any,
    who: Any,
    requester: Any,
    value: Any,
    given: Any,
    size: int,
    ranks: int,
    agreements: int,
) -> Any:
    """Follow each ticket: nobody has replied (0), somebody has (1), or another reply is owed (2)."""
    state, waits, owed = np.zeros(len(given), np.int8), np.zeros(len(given), np.bool_), np.zeros(len(given), np.int64)
    priority = given.astype(np.int64)
    ticket, wrote, replied = np.empty(size, np.int64), np.empty(size, np.int64), np.full(size, NONE)
    person, rank, changed = np.full(size, -1, np.int64), np.empty(size, np.int64), np.full(size, NONE)
    many = 0
    for i in range(len(row)):
        of, word = row[i], what[i]
        if (word == PRIORITY and value[i] != NONE) or (word == SLA and 0 <= value[i] <= agreements):
            if word == PRIORITY:
                priority[of] += value[i] - priority[of] % ranks
            else:
                priority[of] = value[i] * ranks + priority[of] % ranks
            if state[of] == 2:
                rank[owed[of]], changed[owed[of]] = priority[of], at_s[i]
        elif word in (_REPLY, _RESOLVED) or (word == _BEGINS and requester[i]):
            if state[of] == 2:
                replied[owed[of]], person[owed[of]] = at_s[i], who[i]
            state[of] = 1
        elif (word == _REOPENED or (word == _ENDS and waits[of])) and state[of] == 1:
            ticket[many], wrote[many], rank[many] = of, at_s[i], priority[of]
            state[of], owed[of] = 2, many
            many += 1
        if word in (_BEGINS, _ENDS):
            waits[of] = word == _BEGINS and requester[i]
    return ticket[:many], wrote[:many], replied[:many], person[:many], rank[:many], changed[:many]
