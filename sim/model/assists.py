"""Help of colleagues: a ticket is parked while somebody of another skill does a piece of work for it (R003-41)."""

from __future__ import annotations

from sim.chance import quantile
from sim.model import caps
from sim.model.moves import queues, returns
from sim.model.state import REFERRED, State
from sim.model.waits import after_ms
from sim.record import ASSIST, WAIT_BEGINS, WAIT_ENDS


def asks_colleague(state: State, ticket: int, person: int) -> None:
    """The ticket is parked, and an errand of it waits in the pool for somebody of the skill that is asked for."""
    layout, kind = state.layout, state.kind[ticket]
    state.place[ticket], state.refers[ticket] = REFERRED, False
    state.note(ticket, WAIT_BEGINS, person, ASSIST)
    state.left_ms[ticket] = after_ms(state, ticket)
    errand = int(layout.first_child[ticket]) + layout.helper[kind]
    state.stage[errand] = layout.routes[kind][state.stage[ticket]].assist
    state.visit[errand], state.owner[errand], state.priority[errand] = state.visit[ticket], -1, state.priority[ticket]
    step = layout.routes[kind][state.stage[errand]]
    state.left_ms[errand] = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, errand)))
    state.rest_ms[errand] = -1
    queues(state, errand, state.now)


def is_help(state: State, ticket: int) -> bool:
    """Return whether something in work is an errand by which a colleague helps."""
    kind = state.kind[ticket]
    return bool(state.layout.assists[kind] <= state.stage[ticket] < state.layout.looks[kind])


def is_helped(state: State, errand: int) -> None:
    """A colleague has helped: the ticket goes back to its owner."""
    ticket = int(state.layout.parent[errand - len(state.layout.world)])
    if state.capped:
        caps.counts(state, ticket, state.owner[ticket], -1)
    state.note(ticket, WAIT_ENDS, value=ASSIST)
    returns(state, ticket)
