"""The course of one ticket, as numbers: what happened, who worked on it, for whom it waited, what fell due."""

from typing import Any, NamedTuple

import polars as pl

from scenarios.plots.walls import Stretch, shaded
from sim.log import Log

_AFTER = ("closed", "survey_sent", "rated", "complaint", "refund")
"""What follows when the work is over, often days later; it does not stretch the axis."""

_OVER = ("resolved", "closed", "left", "blocked", "merged")


class Waited(NamedTuple):
    """A stretch in which a ticket waited.

    Attributes
    ----------
    cause
        `queue` (for anybody), `inbox` (for the person it was assigned to), `first_reply` (where a log knows no
        queue), `requester`, `third_party` or another reason of the log, `resolved` (until it was reopened).
    who
        The person that it waited for, if one.
    begin_s, end_s
        Seconds.
    """

    cause: str
    who: str | None
    begin_s: int
    end_s: int


class Due(NamedTuple):
    """Something promised by an instant.

    Attributes
    ----------
    what
        `response`, `next_response` or `resolution`.
    since_s, due_s
        Since when, and until when.
    done_s
        When it was done; None if it was not.
    met
        Whether in time; None if the log ends before that can be told.
    """

    what: str
    since_s: int
    due_s: int
    done_s: int | None
    met: bool | None


class Course(NamedTuple):
    """One ticket from its creation on.

    Attributes
    ----------
    ticket
        Its row of the table of tickets.
    name
        Its label, or its number where it has none.
    moments, touches
        Its rows of the tables, in the order of time.
    waits, dues
        What it waited for, and what was promised.
    closed, closed_by
        Stretches that are shaded, and why (see `scenarios.plots.walls.shaded`).
    begin_s, end_s
        What the picture covers, in seconds.
    until_s
        End of the log.
    """

    ticket: dict[str, Any]
    name: str
    moments: list[dict[str, Any]]
    touches: list[dict[str, Any]]
    waits: list[Waited]
    dues: list[Due]
    closed: list[Stretch]
    closed_by: str
    begin_s: int
    end_s: int
    until_s: int


def course(log: Log, ticket: int) -> Course:
    """Return the course of a ticket by its number in the log.

    Raises
    ------
    KeyError
        If the log has no such ticket.
    """
    rows = log.tickets.filter(pl.col("ticket") == ticket).to_dicts()
    if not rows:
        raise KeyError(f"the log has no ticket {ticket}")
    row = rows[0]
    moments = log.moments.filter(pl.col("ticket") == ticket).to_dicts()
    begins = pl.coalesce("started_s", "queued_s", "ended_s")
    touches = log.touches.filter(pl.col("ticket") == ticket).sort(begins, maintain_order=True).to_dicts()
    gone = [each["at_s"] for each in moments if each["what"] in _OVER]
    runs = row["resolved_s"] is None and not any(each["what"] in _OVER[1:] for each in moments)
    over_s = log.until_s if runs else max(gone)
    waits = sorted([*_queued(row, touches, over_s), *_waited(log, moments, over_s)], key=lambda w: w.begin_s)
    found = _dues(log, row)
    begin_s, end_s = _covered(log, row, moments, touches, waits, found)
    closed, closed_by = shaded(log, _calendar(log, row), begin_s, end_s)
    return Course(
        row, name_of(row), moments, touches, waits, found, closed, closed_by, begin_s, end_s, log.until_s
    )  # fmt: skip


def name_of(row: dict[str, Any]) -> str:
    """Return a ticket's label, or its number where it has none."""
    return str(row["ticket"] if row["label"] is None else row["label"])


def _queued(row: dict[str, Any], touches: list[dict[str, Any]], over_s: int) -> list[Waited]:
    """Return the waits for people: in a queue, then in somebody's list."""
    found = []
    for touch in touches:
        queued, assigned = touch["queued_s"], touch["assigned_s"]
        ends = _first(touch["started_s"], touch["ended_s"], over_s)
        given = ends if assigned is None or touch["person"] is None else min(assigned, ends)
        if queued is not None and queued < given:
            found.append(Waited("queue", None, queued, given))
        begins = given if queued is None else max(queued, given)
        if assigned is not None and begins < ends:
            found.append(Waited("inbox", touch["person"], begins, ends))
    if not any(touch["queued_s"] is not None for touch in touches):
        ends = _first(row["first_reply_s"], row["left_s"], over_s)
        if row["created_s"] < ends:
            found.append(Waited("first_reply", None, row["created_s"], ends))
    return found


def _waited(log: Log, moments: list[dict[str, Any]], over_s: int) -> list[Waited]:
    """Return the waits that moments tell of: for the requester or others, and between resolution and reopening."""
    found: list[Waited] = []
    waits: tuple[str, str | None, int] | None = None
    rests_s: int | None = None
    for each in moments:
        what, at_s = each["what"], each["at_s"]
        if waits and (what in ("wait_begins", "wait_ends") or what in _OVER):
            found.append(Waited(*waits, at_s))
            waits = None
        if what == "wait_begins":
            waits = each["reason"] or "requester", None, at_s
        elif what in ("resolved", "closed") and rests_s is None:
            rests_s = at_s
        elif what == "reopened":
            found += [] if rests_s is None else [Waited("resolved", None, rests_s, at_s)]
            rests_s = None
    if waits:
        found.append(Waited(*waits, over_s if over_s > waits[2] else log.until_s))
    return [each for each in found if each.end_s > each.begin_s]


def _dues(log: Log, row: dict[str, Any]) -> list[Due]:
    """Return what was promised, in the order in which it was."""
    created = row["created_s"]
    asked = [
        ("response", created, row["due_response_s"], row["first_reply_s"]),
        ("resolution", created, row["due_resolution_s"], row["judged_s"]),
    ]
    if log.sla is not None:
        nexts = log.next_replies.filter(pl.col("ticket") == row["ticket"]).iter_rows(named=True)
        asked += [("next_response", each["wrote_s"], each["due_s"], each["replied_s"]) for each in nexts]
    return [
        Due(what, since_s, due_s, done_s, _met(due_s, done_s, log.until_s))
        for what, since_s, due_s, done_s in asked if due_s is not None
    ]  # fmt: skip


def _met(due_s: int, done_s: int | None, until_s: int) -> bool | None:
    if done_s is not None:
        return done_s <= due_s
    return False if due_s < until_s else None


def _covered(
    log: Log, row: dict[str, Any], moments: list[dict[str, Any]], touches: list[dict[str, Any]],
    waits: list[Waited], dues: list[Due],
) -> Stretch:  # fmt: skip
    """Return what the picture covers: all work and waiting, and dues that lie not too far beyond."""
    begin_s = min(row["created_s"], min((each["at_s"] for each in moments), default=row["created_s"]))
    last = [each["at_s"] for each in moments if each["what"] not in _AFTER]
    last += [_first(each["ended_s"], log.until_s) for each in touches if each["started_s"] is not None]
    last += [each.end_s for each in waits]
    end_s = max(*last, begin_s + 10)
    near = [due.due_s for due in dues if due.due_s <= end_s + 2 * (end_s - begin_s)]
    end_s = max([end_s, *near])
    margin = max(1, (end_s - begin_s) // 50)
    return begin_s - margin, end_s + margin


def _calendar(log: Log, row: dict[str, Any]) -> str:
    """Return the calendar of the ticket's resolution target, or of its response target; empty where there is none."""
    if log.sla is None:
        return ""
    target = log.sla.target(row["kind"], row["priority"])
    clauses = [clause for clause in (target.resolution, target.response) if clause is not None]
    return next((clause.calendar for clause in clauses if clause.calendar != "always"), "")


def _first(*instants: int | None) -> int:
    """Return the first instant that is known; the last of them is."""
    return next(each for each in instants if each is not None)
