"""When tickets fall due under an agreement, and how much of its open hours they took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from sim.calendar import Calendar, Seconds, Timeline
from sim.sla import Sla, SlaClock, cycles

_NONE = np.iinfo(np.int64).min


def dues(
    tickets: pl.DataFrame, moments: pl.DataFrame, pauses: pl.DataFrame, *, timeline: Timeline, until_s: int,
    sla: Sla | None, calendars: Mapping[str, Calendar],
) -> pl.DataFrame:  # fmt: skip
    """Return the tickets with what an agreement says about each; null where it promises nothing.

    Parameters
    ----------
    tickets
        The facts of `derive`; `priority` is the last one.
    moments
        The moments of the log: changes of priority are read from them.
    pauses
        The ledger (see `stretches`).
    timeline, until_s, sla, calendars
        As in `derive`.

    Returns
    -------
    DataFrame
        With the further columns, in seconds:

        - `due_response_s`: by the priority in force at the first reply;
        - `due_resolution_s`: by the last priority and the ledger, in the agreement's reopen mode; after a
          change of priority neither due is earlier than the change;
        - `judged_s`: the resolution that this due judges: the last, or the first if reopenings begin new
          cycles (then the row tells of the first cycle);
        - `response_open_s`: open seconds from creation to the first reply, on the calendar of that clause;
        - `resolution_open_s`: open seconds from creation to the last resolution while the requester was not
          waited for, on the calendar of that clause.

    Notes
    -----
    A wait that lasts beyond the end of the log moves a due at least that far, so the due counts as unknown.
    """
    resolved = "first_resolved_s" if sla is not None and sla.reopen == "new_cycle" else "resolved_s"
    made = tickets.with_columns(judged_s=pl.col(resolved))
    empty = pl.lit(None, dtype=pl.Int64)
    names = ("due_response_s", "due_resolution_s", "response_open_s", "resolution_open_s")
    if sla is None or made.is_empty():
        return made.with_columns(empty.alias(name) for name in names)
    begin_s = min(0, int(made["created_s"].to_numpy().min()))
    clock = SlaClock.of(sla, calendars, timeline, begin_s, max(until_s, begin_s + 1))
    response, resolution = _plain(made, clock)
    for row, ticket in _special(made, moments, pauses):
        if len(ticket.changes) > 1:
            due = ticket.response(clock)
            response[row] = _NONE if due is None else due
        due = ticket.resolution(clock)
        resolution[row] = _NONE if due is None else due
    made = made.with_columns(_column("due_response_s", response), _column("due_resolution_s", resolution))
    return _open_seconds(made, pauses.filter(~pl.col("rests")), clock)


def _column(name: str, values: Seconds) -> pl.Series:
    return pl.select(pl.Series(name, values)).to_series().replace(_NONE, None)


def _groups(tickets: pl.DataFrame) -> Iterator[tuple[str, str, Seconds]]:
    """Yield kind, priority and row numbers of the tickets that have them."""
    rows = tickets.select("kind", "priority").with_row_index("row")
    for (kind, priority), group in sorted(rows.group_by("kind", "priority"), key=lambda pair: str(pair[0])):
        yield str(kind), str(priority), group["row"].to_numpy().astype(np.int64)


def _plain(tickets: pl.DataFrame, clock: SlaClock) -> tuple[Seconds, Seconds]:
    """Return the dues as if no ticket had ever waited, been reopened or changed its priority."""
    created = tickets["created_s"].to_numpy()
    made = np.full((2, tickets.height), _NONE)
    for kind, priority, rows in _groups(tickets):
        first = clock.due_response_array(kind, priority, created[rows])
        last = clock.due_resolution_array(kind, priority, created[rows])
        for found, due in zip(made, (first, last), strict=True):
            if due is not None:
                found[rows] = due
    return made[0], made[1]


class _Ticket(NamedTuple):
    """A ticket with a ledger or with changes of priority: seconds and names, the first being its own."""

    kind: str
    created_s: int
    replied_s: int | None
    changes: list[tuple[int, str]]
    waits: list[tuple[int, int]]
    rests: list[tuple[int, int]]

    def response(self, clock: SlaClock) -> int | None:
        in_force = [c for c in self.changes if self.replied_s is None or c[0] <= self.replied_s]
        changed_s, priority = (in_force or self.changes[:1])[-1]
        due = clock.due_response(self.kind, priority, self.created_s)
        return due if due is None else max(due, changed_s)

    def resolution(self, clock: SlaClock) -> int | None:
        changed_s, priority = self.changes[-1]
        cycle = cycles(clock.sla.reopen, self.created_s, self.waits, self.rests)[0]
        due = clock.due_resolution(self.kind, priority, cycle.begin_s, cycle.pauses)
        return due if due is None else max(due, changed_s)


def _special(tickets: pl.DataFrame, moments: pl.DataFrame, pauses: pl.DataFrame) -> Iterator[tuple[int, _Ticket]]:
    """Yield row and facts of every ticket whose dues depend on more than kind, priority and creation."""
    changed = moments.filter(pl.col("what") == "priority").select("ticket", "at_s", "value")
    named = pl.concat([changed["ticket"], pauses["ticket"]]).unique()
    if named.is_empty():
        return
    names = tickets["priority"].dtype.categories.to_list()  # type: ignore[attr-defined]
    ranks = _lists(changed)
    waits, rests = (_lists(pauses.filter(kept).drop("rests")) for kept in (~pl.col("rests"), pl.col("rests")))
    rows = tickets.with_row_index("row").filter(pl.col("ticket").is_in(named.implode()))
    columns = ("row", "ticket", "kind", "created_s", "first_reply_s", "given")
    for row, ticket, kind, created_s, replied_s, given in rows.select(columns).iter_rows():
        changes = [(created_s, given), *((at, names[rank]) for at, rank in ranks.get(ticket, []))]
        yield row, _Ticket(kind, created_s, replied_s, changes, waits.get(ticket, []), rests.get(ticket, []))


def _lists(frame: pl.DataFrame) -> dict[int, list[tuple[int, int]]]:
    made: dict[int, list[tuple[int, int]]] = {}
    for ticket, first, second in frame.iter_rows():
        made.setdefault(ticket, []).append((first, second))
    return made


def _open_seconds(tickets: pl.DataFrame, waits: pl.DataFrame, clock: SlaClock) -> pl.DataFrame:
    """Add the open seconds; a clause that the agreement lacks counts every second."""
    response = np.full(tickets.height, _NONE)
    resolution = np.full(tickets.height, _NONE)
    created, replied, resolved = (
        tickets[name].fill_null(_NONE).to_numpy() for name in ("created_s", "first_reply_s", "resolved_s")
    )
    row_of = dict(zip(tickets["ticket"].to_list(), range(tickets.height), strict=True)) if waits.height else {}
    at = np.array([row_of[ticket] for ticket in waits["ticket"]], dtype=np.int64)
    begin, end = waits["begin_s"].to_numpy(), waits["end_s"].to_numpy()
    for kind, priority, rows in _groups(tickets):
        target = clock.sla.target(kind, priority)
        hours = clock.clocks["always" if target.response is None else target.response.calendar]
        known = rows[replied[rows] != _NONE]
        response[known] = hours.between(created[known], replied[known])
        hours = clock.clocks["always" if target.resolution is None else target.resolution.calendar]
        known = rows[resolved[rows] != _NONE]
        resolution[known] = hours.between(created[known], resolved[known])
        own = np.isin(at, known)
        np.subtract.at(resolution, at[own], hours.between(begin[own], end[own]))
    return tickets.with_columns(_column("response_open_s", response), _column("resolution_open_s", resolution))
