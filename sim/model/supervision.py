"""What a ticket that may be escalated knows: when it is overdue, what it put by while a supervisor looks at it."""

from __future__ import annotations

from sim.layout import NEVER
from sim.model.state import OVERDUE, State


def will_be_overdue(state: State, ticket: int, clause: int, due_s: int) -> None:
    """Let a ticket be escalated when it falls due, at once if it has."""
    at_s = max(due_s, state.now) if due_s < state.layout.until_s else NEVER
    state.overdue_s[clause][ticket] = at_s
    if at_s < NEVER:
        state.at(at_s, OVERDUE, 2 * ticket + clause)


def is_looked_at(state: State, ticket: int) -> bool:
    """Return whether a ticket is a supervisor's, or waits for one."""
    kind = state.kind[ticket]
    return bool(state.layout.looks[kind] <= state.stage[ticket] < state.layout.wrong[kind])


def as_it_came(state: State, ticket: int) -> None:
    """Let a ticket be what it was before a supervisor looked at it; if nobody had worked on it, they are its owner."""
    state.stage[ticket] -= state.layout.looks[state.kind[ticket]]
    left_ms, rest_ms, refers, owner = state.put_by.pop(ticket)
    state.left_ms[ticket], state.rest_ms[ticket], state.refers[ticket] = left_ms, rest_ms, refers
    if owner >= 0:
        state.owner[ticket] = owner
