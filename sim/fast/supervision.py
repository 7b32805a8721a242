"""What a ticket that may be escalated knows: when it is overdue, what it put by while a supervisor looks at it."""

from typing import Any

from sim.fast import lines
from sim.fast.forms import OVERDUE
from sim.fast.memory import compiled, inlined, kind_at, overdue_at, put_by_at, ticket_at
from sim.layout import NEVER


@compiled
def will_be_overdue(m: Any, ticket: int, clause: int, due_s: int) -> None:
    """Let a ticket be escalated when it falls due, at once if it has."""
    at_s = max(due_s, m.now_s) if due_s < m.until_s else NEVER
    if clause == 0:
        overdue_at(m, ticket).response_s = at_s
    else:
        overdue_at(m, ticket).resolution_s = at_s
    lines.push(m, at_s, OVERDUE, 2 * ticket + clause)


@inlined
def is_looked_at(m: Any, ticket: int) -> Any:
    """Return whether a ticket is a supervisor's, or waits for one."""
    return m.supervises and ticket < m.coming and put_by_at(m, ticket).there


@compiled
def as_it_came(m: Any, ticket: int) -> None:
    """Let a ticket be what it was before a supervisor looked at it; if nobody had worked on it, they are its owner."""
    t, was = ticket_at(m, ticket), put_by_at(m, ticket)
    was.there = 0
    t.stage -= kind_at(m, t.kind).looks
    t.left_ms, t.rest_ms, t.refers = was.left_ms, was.rest_ms, was.refers
    if was.owner >= 0:
        t.owner = was.owner
