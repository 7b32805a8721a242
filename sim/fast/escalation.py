"""Tickets that nobody began for too long: they are escalated."""

from typing import Any

from sim.fast import moves
from sim.fast.memory import IN_OWN, PENDING, compiled, ticket_at
from sim.record import ESCALATED


@compiled
def escalates(m: Any, ticket: int) -> None:
    """A ticket that nobody began in time goes back to the pool, if somebody holds it, and counts as warned."""
    t = ticket_at(m, ticket)
    if t.escalates_s != m.now_s or not (t.place >= 0 or t.place == IN_OWN or t.place == PENDING):
        return
    moves.note(m, ticket, ESCALATED, -1, -1)
    if t.place < 0 or not t.warned:
        moves.takes_back(m, ticket)
        t.warned = 1
        moves.queues(m, ticket, t.ready_s)
