"""Waits for a third party: they pause the work, not the resolution clock."""

from __future__ import annotations

from sim import rules
from sim.chance import quantile
from sim.model.state import ANSWERED, REFERRED, State
from sim.record import THIRD_PARTY, WAIT_BEGINS


def whole_ms(state: State, ticket: int) -> int:
    """Return the work of the present stage, or of a branch beside one, at the first visit."""
    stage, step = state.stage[ticket], state.step_of(ticket)
    if stage <= state.layout.last[state.kind[ticket]]:
        work: int = state.work_ms[ticket][stage]
        return work
    drawn_ms: int = round(quantile(state.layout.tables, step.work_row, state.u(step.work_purpose, ticket)))
    return drawn_ms


def after_ms(state: State, ticket: int) -> int:
    """Return the work of the present stage that comes after the wait."""
    work = whole_ms(state, ticket)
    return work - int(rules.part_ms(work, state.step_of(ticket).refers_after_ppm))


def will_refer(state: State, ticket: int) -> None:
    """Let a ticket wait for a third party at its stage: what comes after the wait is no part of what is left now."""
    state.refers[ticket] = True
    if state.rest_ms[ticket] >= 0:
        state.rest_ms[ticket] -= after_ms(state, ticket)
    else:
        state.left_ms[ticket] -= after_ms(state, ticket)


def needs_no_help(state: State, ticket: int, person: int) -> None:
    """Whoever begins to work and takes the skill of the colleague who would be asked goes on alone."""
    route = state.layout.routes[state.kind[ticket]]
    asks = route[state.stage[ticket]].assist
    if not state.refers[ticket] or asks < 0 or route[asks].skill not in state.may[person]:
        return
    state.refers[ticket] = False
    if state.rest_ms[ticket] >= 0:
        state.rest_ms[ticket] += after_ms(state, ticket)
    else:
        state.left_ms[ticket] += after_ms(state, ticket)


def refers(state: State, ticket: int, person: int) -> None:
    """The ticket waits for a third party; its resolution clock runs on."""
    state.place[ticket], state.refers[ticket] = REFERRED, False
    state.note(ticket, WAIT_BEGINS, person, THIRD_PARTY)
    state.left_ms[ticket] = after_ms(state, ticket)
    step = state.layout.routes[state.kind[ticket]][state.stage[ticket]]
    delay = state.drawn_s(step.third_row, step.third_purpose, ticket)
    state.at(state.now + max(delay, state.layout.clock_s), ANSWERED, ticket, state.now)
