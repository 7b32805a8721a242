"""One row per ticket, derived from the moments by one function that real and simulated logs share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import Calendar, Timeline
from sim.log.dues import Asked, dues
from sim.log.framing import Coded, Column, Known, Later, Nothing, Sheet, numbers_of, words_of
from sim.log.heard import HEARD, heard
from sim.log.told import COUNTS, FIRSTS, LASTS, NONE, Moments, hands, stretches, told
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
    spelling = moments.type("who")
    facts, pauses = told(arrays, len(tickets)), stretches(arrays, len(tickets), until_s)
    worked = hands(arrays, touches, tickets, spelling)
    first = dict(zip(FIRSTS.values(), facts.firsts, strict=True))
    last = dict(zip(LASTS.values(), facts.lasts, strict=True))
    given = known["priority"]
    rank = np.where(facts.values[2] == NONE, given, facts.values[2]).astype(np.int32)
    waits = ~pauses.rests
    paused = np.zeros(len(tickets), np.int64)
    np.add.at(paused, pauses.row[waits], pauses.end_s[waits] - pauses.begin_s[waits])
    found = dues(
        Asked(
            known["kind"], tuple(words_of(cases, "kind")), rank, given, tuple(words_of(cases, "priority")),
            first["created_s"], first["first_reply_s"], first["first_resolved_s"], last["resolved_s"],
        ),
        arrays, pauses, timeline=timeline, until_s=until_s, sla=sla, calendars=calendars or {},
    )  # fmt: skip
    replier, resolver, closer, _ = facts.people
    numbers = {name: Known(values, NONE) for name, values in (*first.items(), *last.items())}
    owner = np.where(worked.person >= 0, worked.person, replier)
    people = {"first_replier": replier, "last_resolver": resolver, "closer": closer, "first_owner": owner}
    persons = {name: _spelt(codes, spelling) for name, codes in people.items()}
    columns: dict[str, Column | Later] = {
        **cases.columns(), **numbers, **persons,
        "priority": _spelt(rank, cases.type("priority")),
        **dict(zip(COUNTS.values(), facts.counts, strict=True)),
        "rated_outcome": Known(facts.values[0], NONE), "rated_process": Known(facts.values[1], NONE),
        "first_started_s": Known(worked.started_s, NONE), "ready_s": Known(worked.ready_s, NONE),
        "hands": worked.many, "paused_s": paused, "surveyed": first["surveyed_s"] != NONE,
        **{name: Known(values, NONE) for name, values in found._asdict().items()},
        **heard(moments, arrays, len(tickets)),
    }  # fmt: skip
    return Sheet({name: columns[name] for name in (*cases.names, *_ORDER)})


_ORDER = (
    "created_s", "first_auto_reply_s", "first_reply_s", "first_replier", "first_resolved_s", "left_s", "blocked_s",
    "first_reopened_s", "surveyed_s", "merged_s", "warned_s", "resolved_s", "last_resolver", "closed_s", "closer",
    "replies", "reopens", "handoffs", "escalations", "rated_outcome", "rated_process", "rated_s", "first_started_s",
    "ready_s", "hands", "paused_s", "surveyed", "first_owner", "judged_s", "due_response_s", "due_resolution_s",
    "response_open_s", "resolution_open_s", *HEARD,
)  # fmt: skip
"""The columns beside those of the cases."""


def _spelt(codes: NDArray[np.int32], spelling: pl.DataType) -> Column:
    """Return the words of an enum for positions in it; null for a position below 0."""
    return Coded(codes, spelling) if isinstance(spelling, pl.Enum) else Nothing(spelling)
