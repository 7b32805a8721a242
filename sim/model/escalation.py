"""Tickets that nobody began for too long: they are escalated."""

from __future__ import annotations

from sim.model.moves import queues, takes_back
from sim.model.state import IN_OWN, PENDING, State
from sim.record import ESCALATED


def escalates(state: State, ticket: int) -> None:
    """A ticket that nobody began in time goes back to the pool, if somebody holds it, and counts as warned."""
    place = state.place[ticket]
    if state.escalates_s.get(ticket) != state.now or not (place >= 0 or place in (IN_OWN, PENDING)):
        return
    state.note(ticket, ESCALATED)
    if place < 0 or not state.warned[ticket]:
        takes_back(state, ticket)
        state.warned[ticket] = 1
        queues(state, ticket, state.ready_s[ticket])
