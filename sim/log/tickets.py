"""One row per ticket, derived from the moments by one function that real and simulated logs share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import Calendar, Seconds, Timeline
from sim.log.dues import Asked, dues
from sim.log.framing import Coded, Column, Known, Later, Nothing, Sheet, numbers_of, words_of
from sim.log.heard import HEARD, heard
from sim.log.told import COUNTS, NONE, Hands, Moments, Stretches, Told, hands, stretches, told
from sim.sla import Sla


def derive(
    cases: pl.DataFrame | Sheet, moments: pl.DataFrame | Sheet, touches: pl.DataFrame | Sheet, *, timeline: Timeline,
    until_s: int, sla: Sla | None = None, calendars: Mapping[str, Calendar] | None = None,
) -> Sheet:  # fmt: skip
    """Return one row per ticket, sorted by ticket; seconds are int64, and what is unknown is null.

    Parameters
    ----------
    cases, moments, touches
        Tables of a checked log.
    timeline, until_s
        Of the log: they place calendars, and end what is still open.
    sla, calendars
        Targets and their calendars; without them the dues and the open seconds are null.

    Returns
    -------
    Sheet
        The columns of `cases`, with `priority` the last one, and:

        - `created_s`, `first_auto_reply_s`, `first_reply_s` (of a human), `first_resolved_s`, `left_s`,
          `blocked_s`, `merged_s`, `warned_s`, `first_reopened_s`, `surveyed_s`, and of the touches `ready_s`
          (in a queue) and `first_started_s`: the first of each;
        - `resolved_s`, `closed_s`: the last of each, null if the ticket was reopened since;
        - `replies` (human), `reopens`, `handoffs`, `escalations`, `hands` (how many people touched it, or
          wrote about it where there are no touches): counts;
        - `paused_s`: seconds that the requester was waited for, up to the resolution or the end of the log;
        - `last_resolver`, `closer`, `first_replier`, `first_owner` (who touched it first, else replied
          first);
        - `rated_outcome`, `rated_process` (1 to 5, the last of each), `rated_s` (the last of both),
          `surveyed`;
        - `due_response_s`, `due_resolution_s`, `judged_s`, `response_open_s`, `resolution_open_s`: see
          `dues`;
        - `complained_s`, `refunded_s`, `nps`, `audit`: see `heard`.
    """
    cases, moments, touches = (Sheet.of(table) for table in (cases, moments, touches))
    known = numbers_of(cases, ("kind", "priority"), {"ticket": NONE})
    tickets = known["ticket"]
    arrays = Moments.of(moments, tickets)
    facts, pauses = told(arrays, len(tickets)), stretches(arrays, len(tickets), until_s)
    rank = np.where(facts.rank == NONE, known["priority"], facts.rank).astype(np.int32)
    asked = _asked(cases, known, rank, facts.instants())
    found = dues(asked, arrays, pauses, timeline=timeline, until_s=until_s, sla=sla, calendars=calendars or {})
    columns: dict[str, Column | Later] = {
        **cases.columns(),
        "priority": _spelt(rank, cases.type("priority")),
        **_told(facts, hands(arrays, touches, tickets, moments.type("who")), moments.type("who")),
        "paused_s": _paused_s(pauses, len(tickets)),
        **_known(found._asdict()),
        **heard(moments, arrays, len(tickets)),
    }
    return Sheet({name: columns[name] for name in (*cases.names, *_ORDER)})


_ORDER = (
    "created_s", "first_auto_reply_s", "first_reply_s", "first_replier", "first_resolved_s", "left_s", "blocked_s",
    "first_reopened_s", "surveyed_s", "merged_s", "warned_s", "resolved_s", "last_resolver", "closed_s", "closer",
    "replies", "reopens", "handoffs", "escalations", "rated_outcome", "rated_process", "rated_s", "first_started_s",
    "ready_s", "hands", "paused_s", "surveyed", "first_owner", "judged_s", "due_response_s", "due_resolution_s",
    "response_open_s", "resolution_open_s", *HEARD,
)  # fmt: skip
"""The columns beside those of the cases."""


def _asked(
    cases: Sheet, known: Mapping[str, NDArray[Any]], rank: NDArray[np.int32], at_s: Mapping[str, Seconds]
) -> Asked:
    """Return what dues are computed from."""
    return Asked(
        kind=known["kind"], kinds=tuple(words_of(cases, "kind")),
        priority=rank, given=known["priority"], priorities=tuple(words_of(cases, "priority")),
        created_s=at_s["created_s"], replied_s=at_s["first_reply_s"], first_resolved_s=at_s["first_resolved_s"],
        resolved_s=at_s["resolved_s"],
    )  # fmt: skip


def _told(facts: Told, worked: Hands, spelling: pl.DataType) -> dict[str, Column | Later]:
    """Return the columns that moments and touches tell without any agreement."""
    replier, resolver, closer, _ = facts.people
    owner = np.where(worked.person >= 0, worked.person, replier)
    people = {"first_replier": replier, "last_resolver": resolver, "closer": closer, "first_owner": owner}
    instants = facts.instants()
    return {
        **_known(instants),
        **{name: _spelt(codes, spelling) for name, codes in people.items()},
        **dict(zip(COUNTS.values(), facts.counts, strict=True)),
        **_known({"rated_outcome": facts.values[0], "rated_process": facts.values[1]}),
        **_known({"first_started_s": worked.started_s, "ready_s": worked.ready_s}),
        "hands": worked.many, "surveyed": instants["surveyed_s"] != NONE,
    }  # fmt: skip


def _paused_s(pauses: Stretches, tickets: int) -> Seconds:
    """Return for how long the requester of each ticket was waited for."""
    waits, paused_s = ~pauses.rests, np.zeros(tickets, np.int64)
    np.add.at(paused_s, pauses.row[waits], pauses.end_s[waits] - pauses.begin_s[waits])
    return paused_s


def _known(numbers: Mapping[str, Seconds]) -> dict[str, Column | Later]:
    """Return columns of numbers of which `NONE` stands for null."""
    return {name: Known(values, NONE) for name, values in numbers.items()}


def _spelt(codes: NDArray[np.int32], spelling: pl.DataType) -> Column:
    """Return the words of an enum for positions in it; null for a position below 0."""
    return Coded(codes, spelling) if isinstance(spelling, pl.Enum) else Nothing(spelling)
