"""Escalations: of tickets that nobody began for too long, or that are overdue; and the supervisor who looks at them."""

from typing import Any

from sim.fast import branches, draws, moves, written
from sim.fast.forms import ASKING, GONE, IN_OWN, PENDING, RESTING
from sim.fast.memory import compiled, inlined, kind_at, overdue_at, put_by_at, step_at, ticket_at
from sim.fast.supervision import as_it_came, is_looked_at
from sim.layout import FRONT_S, NEVER
from sim.record import ESCALATED


@inlined
def _waits(m: Any, ticket: int) -> Any:
    place = ticket_at(m, ticket).place
    return place >= 0 or place in (IN_OWN, PENDING)


@compiled
def _goes_up(m: Any, ticket: int) -> None:
    """A ticket waits for a supervisor; it keeps its age. One that was sorted wrongly belongs to its first stage."""
    t, put = ticket_at(m, ticket), put_by_at(m, ticket)
    moves.takes_back(m, ticket)
    if t.stage >= kind_at(m, t.kind).wrong:
        moves.prepares(m, ticket, 0)
    put.left_ms, put.rest_ms, put.refers, put.owner, put.there = t.left_ms, t.rest_ms, t.refers, t.owner, 1
    t.stage += kind_at(m, t.kind).looks
    step = step_at(m, t.kind, t.stage)
    t.left_ms = draws.drawn_ms(m, step.work_row, step.work_purpose, ticket)
    t.rest_ms, t.refers, t.warned = -1, 0, 1
    moves.queues(m, ticket, t.ready_s)


@compiled
def _escalated(m: Any, ticket: int) -> None:
    """Write it down; from now on the ticket counts as warned.

    If it waits for work, it goes back to the pool, if somebody holds it, or to a supervisor, if there is one; a branch
    goes to none.
    """
    t = ticket_at(m, ticket)
    written.note(m, ticket, ESCALATED, -1, -1)
    if not _waits(m, ticket):
        t.warned = 1
        if m.parallel:
            branches.tells_all(m, ticket)
    elif m.supervises and ticket < m.coming:
        if not is_looked_at(m, ticket):
            _goes_up(m, ticket)
    elif t.place < 0 or not t.warned:
        moves.takes_back(m, ticket)
        t.warned = 1
        moves.queues(m, ticket, t.ready_s)


@compiled
def escalates(m: Any, ticket: int) -> None:
    """A ticket that nobody began in time is escalated."""
    if ticket_at(m, ticket).escalates_s == m.now_s and _waits(m, ticket):
        _escalated(m, ticket)


@compiled
def overdue(m: Any, ticket: int, clause: int) -> None:
    """A ticket falls due; while its requester is waited for it is not escalated, but may be when the wait ends."""
    t, at = ticket_at(m, ticket), overdue_at(m, ticket)
    if (at.resolution_s if clause else at.response_s) != m.now_s or (clause == 0 and t.replied):
        return
    if t.place == ASKING or t.place == RESTING or t.place == GONE:
        return
    if clause == 0:
        at.response_s = NEVER
    else:
        at.resolution_s = NEVER
    _escalated(m, ticket)


@compiled
def comes_down(m: Any, ticket: int) -> None:
    """A supervisor has looked at a ticket: it goes to the head of the queue of its stage."""
    as_it_came(m, ticket)
    t = ticket_at(m, ticket)
    if step_at(m, t.kind, t.stage).branches > 0:
        branches.enters_stage(m, ticket, t.stage)
        return
    t.front_s = FRONT_S
    moves.queues(m, ticket, m.now_s)
