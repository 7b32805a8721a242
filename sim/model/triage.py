"""Mistakes in sorting and assigning: who gets a ticket wrongly finds that out, and it bounces (R000-11, R001-19)."""

from __future__ import annotations

from sim import rules
from sim.chance import quantile
from sim.layout import MISGIVEN, TRIAGE
from sim.model.branches import enters_stage
from sim.model.moves import queues
from sim.model.state import HANDED, READY, State
from sim.record import HANDED_ON, MISROUTED


def sorts(state: State, ticket: int) -> None:
    """A ticket comes: it enters its first stage, or a queue that it does not belong to, as it was sorted or given."""
    layout, kind = state.layout, state.kind[ticket]
    wrong, misgiven, steps = layout.wrong[kind], layout.misgiven[kind], len(layout.routes[kind])
    stage = _mistaken(state, ticket, TRIAGE, range(wrong, misgiven))
    if stage < 0:
        stage = _mistaken(state, ticket, MISGIVEN, range(misgiven, steps))
    if stage < 0:
        enters_stage(state, ticket, 0)
        return
    step = layout.routes[kind][stage]
    work = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, ticket)))
    state.stage[ticket], state.left_ms[ticket], state.rest_ms[ticket] = stage, work, -1
    queues(state, ticket, state.now)


def _mistaken(state: State, ticket: int, purpose: int, steps: range) -> int:
    """Return the wrong step at which a ticket comes to stand, -1 for none."""
    route, u = state.layout.routes[state.kind[ticket]], state.u(purpose, ticket) if steps else 0.0
    return next((stage for stage in steps if rules.happens(u, route[stage].mistaken)), -1)


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
