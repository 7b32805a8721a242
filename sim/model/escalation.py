"""Escalations: of tickets that nobody began for too long, or that are overdue; and the supervisor who looks at them."""

from __future__ import annotations

from sim.chance import quantile
from sim.layout import FRONT_S, NEVER
from sim.model.branches import enters_stage, tells_all
from sim.model.moves import prepares, queues, takes_back
from sim.model.state import ASKING, GONE, IN_OWN, PENDING, RESTING, UNANSWERED, State
from sim.model.supervision import as_it_came, is_looked_at
from sim.record import ESCALATED


def overdue(state: State, number: int) -> None:
    """A ticket falls due; while its requester is waited for it is not escalated, but may be when the wait ends."""
    ticket, clause = divmod(number, 2)
    if state.overdue_s[clause].get(ticket) != state.now or (clause == 0 and state.replied[ticket] != UNANSWERED):
        return
    if state.place[ticket] in (ASKING, RESTING, GONE):
        return
    state.overdue_s[clause][ticket] = NEVER
    _escalated(state, ticket)


def escalates(state: State, ticket: int) -> None:
    """A ticket that nobody began in time is escalated."""
    if state.escalates_s.get(ticket) == state.now and _waits(state, ticket):
        _escalated(state, ticket)


def _waits(state: State, ticket: int) -> bool:
    return state.place[ticket] >= 0 or state.place[ticket] in (IN_OWN, PENDING)


def _escalated(state: State, ticket: int) -> None:
    """Write it down; from now on the ticket counts as warned.

    If it waits for work, it goes back to the pool, if somebody holds it, or to a supervisor, if there is one; a branch
    goes to none.
    """
    state.note(ticket, ESCALATED)
    if not _waits(state, ticket):
        state.warned[ticket] = 1
        if state.layout.parallel:
            tells_all(state, ticket)
    elif state.layout.desk.routing.supervisor is not None and ticket < state.tickets:
        if not is_looked_at(state, ticket):
            _goes_up(state, ticket)
    elif state.place[ticket] < 0 or not state.warned[ticket]:
        takes_back(state, ticket)
        state.warned[ticket] = 1
        queues(state, ticket, state.ready_s[ticket])


def _goes_up(state: State, ticket: int) -> None:
    """A ticket waits for a supervisor; it keeps its age. One that was sorted wrongly belongs to its first stage."""
    layout, kind = state.layout, state.kind[ticket]
    takes_back(state, ticket)
    if state.stage[ticket] >= layout.wrong[kind]:
        prepares(state, ticket, 0)
    state.put_by[ticket] = state.left_ms[ticket], state.rest_ms[ticket], state.refers[ticket], state.owner[ticket]
    state.stage[ticket] += layout.looks[kind]
    step = layout.routes[kind][state.stage[ticket]]
    state.left_ms[ticket] = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, ticket)))
    state.rest_ms[ticket], state.refers[ticket], state.warned[ticket] = -1, False, 1
    queues(state, ticket, state.ready_s[ticket])


def comes_down(state: State, ticket: int) -> None:
    """A supervisor has looked at a ticket: it goes to the head of the queue of its stage."""
    as_it_came(state, ticket)
    if state.step_of(ticket).branches:
        enters_stage(state, ticket, state.stage[ticket])
        return
    state.front_s[ticket] = FRONT_S
    queues(state, ticket, state.now)
