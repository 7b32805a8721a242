"""Help of colleagues: a ticket is parked while somebody of another skill does a piece of work for it (R003-41)."""

from typing import Any

from sim.fast import caps, draws, moves, written
from sim.fast.forms import REFERRED
from sim.fast.memory import child_at, compiled, kind_at, parent_at, step_at, ticket_at
from sim.record import ASSIST, WAIT_BEGINS, WAIT_ENDS


@compiled
def asks_colleague(m: Any, ticket: int, person: int) -> None:
    """The ticket is parked, and an errand of it waits in the pool for somebody of the skill that is asked for."""
    t = ticket_at(m, ticket)
    t.place, t.refers = REFERRED, 0
    written.note(m, ticket, WAIT_BEGINS, person, ASSIST)
    t.left_ms = moves.after_ms(m, ticket)
    errand = child_at(m, ticket).first + kind_at(m, t.kind).helper
    e = ticket_at(m, errand)
    e.stage = step_at(m, t.kind, t.stage).assist
    e.visit, e.owner, e.priority, e.rest_ms = t.visit, -1, t.priority, -1
    step = step_at(m, e.kind, e.stage)
    e.left_ms = draws.drawn_ms(m, step.work_row, step.work_purpose, errand)
    moves.queues(m, errand, m.now_s)


@compiled
def is_helped(m: Any, errand: int) -> None:
    """A colleague has helped: the ticket goes back to its owner."""
    ticket = parent_at(m, errand - m.coming).ticket
    if m.caps > 0:
        caps.counts(m, ticket, ticket_at(m, ticket).owner, -1)
    written.note(m, ticket, WAIT_ENDS, -1, ASSIST)
    moves.returns(m, ticket)
