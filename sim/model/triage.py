"""Mistakes in sorting: a ticket that is sent to the wrong department bounces once that finds out (R000-11, R001-19)."""

from __future__ import annotations

from sim import rules
from sim.chance import quantile
from sim.layout import TRIAGE
from sim.model.moves import enters_stage, queues
from sim.model.state import HANDED, READY, State
from sim.record import HANDED_ON, MISROUTED


def sorts(state: State, ticket: int) -> None:
    """A ticket comes: it enters its first stage, or the queue of a department that it does not belong to."""
    layout, kind = state.layout, state.kind[ticket]
    route = layout.routes[kind]
    u = state.u(TRIAGE, ticket)
    found = [stage for stage in range(layout.wrong[kind], len(route)) if rules.happens(u, route[stage].mistaken)]
    if not found:
        enters_stage(state, ticket, 0)
        return
    step = route[found[0]]
    work = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, ticket)))
    state.stage[ticket], state.left_ms[ticket], state.rest_ms[ticket] = found[0], work, -1
    queues(state, ticket, state.now)


def bounces(state: State, ticket: int, person: int) -> None:
    """The wrong department has found out: after a delay the ticket enters its first stage."""
    state.place[ticket] = HANDED
    state.note(ticket, HANDED_ON, person, MISROUTED)
    step = state.layout.routes[state.kind[ticket]][state.stage[ticket]]
    delay = 0 if step.handoff_row < 0 else state.drawn_s(step.handoff_row, step.handoff_purpose, ticket)
    if delay:
        state.at(state.now + delay, READY, ticket)
    else:
        enters_stage(state, ticket, 0)
