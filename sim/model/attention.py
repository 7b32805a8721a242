"""How people come to a ticket: the delay until it is accepted, and what reminds them."""

from __future__ import annotations

from sim import rules
from sim.layout import PICKUP
from sim.model.state import ESCALATES, PENDING, REMINDS, State
from sim.record import REMINDED


def pickup_s(state: State, ticket: int) -> int:
    """Return the seconds from the assignment of a ticket to its acceptance."""
    layout = state.layout
    delay_s = 0 if layout.pickup_row < 0 else state.drawn_s(layout.pickup_row, PICKUP, ticket)
    neglect = layout.desk.routing.neglect
    if neglect is None:
        return delay_s
    step = layout.routes[state.kind[ticket]][state.stage[ticket]]
    if state.u(step.neglect_purpose, ticket) > neglect.share:
        return delay_s
    forgotten_s = state.drawn_s(layout.forgotten_row, step.forgotten_purpose, ticket)
    reminder = rules.heeded(state.u(step.heeded_purpose, ticket), neglect.heeds) if layout.remind_s else 0
    return int(rules.noticed_s(delay_s, forgotten_s, reminder * layout.remind_s))


def dispatches(state: State, ticket: int) -> None:
    """A ticket has come into the pool: from now on a dispatcher, while on duty, takes some time to come to it."""
    layout = state.layout
    step = layout.routes[state.kind[ticket]][state.stage[ticket]]
    delay_s = state.drawn_s(layout.dispatch_row, step.dispatch_purpose, ticket)
    spans = layout.dispatch_on_s, layout.dispatch_off_s
    state.sorts_s[ticket] = int(rules.after_duty_s(*spans, state.now, delay_s))


def will_escalate(state: State, ticket: int, ready_s: int) -> None:
    """A ticket is ready: unless work begins in time, it will be escalated. Open tickets count from the run's begin."""
    at_s = max(ready_s, 0) + state.layout.escalates_s
    if ticket >= state.tickets and not state.is_branch(ticket):
        return
    if at_s > state.now and at_s != state.escalates_s.get(ticket):
        state.escalates_s[ticket] = at_s
        state.at(at_s, ESCALATES, ticket)


def will_remind(state: State, ticket: int, at_s: int) -> None:
    """Let a reminder come, unless the ticket is accepted before."""
    if at_s <= state.accepts_s[ticket]:
        state.reminds_s[ticket] = at_s
        state.at(at_s, REMINDS, ticket)


def reminds(state: State, ticket: int) -> None:
    """Somebody is reminded of a ticket that was not accepted yet."""
    if state.place[ticket] != PENDING or state.reminds_s[ticket] != state.now:
        return
    every_s = state.layout.remind_s
    state.note(ticket, REMINDED, state.holder[ticket], (state.now - state.assigned_s[ticket]) // every_s)
    will_remind(state, ticket, state.now + every_s)
