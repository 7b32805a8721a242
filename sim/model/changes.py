"""Changes of priority and of agreement in mid-life: the target is another one, and no pause is lost."""

from __future__ import annotations

from sim import rules
from sim.layout import NEVER
from sim.model.branches import tells_all
from sim.model.moves import due_resolution_s, queues, unqueues, warns_of
from sim.model.state import CHANGES, COMES_UNDER, GONE, RESTING, UNANSWERED, State
from sim.record import PRIORITY, SLA


def will_change(state: State, ticket: int) -> None:
    """Let a ticket's priority and agreement be looked at again, if it was drawn for that."""
    if len(state.changes_s) and state.changes_s[ticket] >= 0:
        state.at(state.changes_s[ticket], CHANGES, ticket)
    if len(state.comes_under_s) and state.comes_under_s[ticket] >= 0:
        state.at(state.comes_under_s[ticket], COMES_UNDER, ticket)


def changes(state: State, ticket: int) -> None:
    """An open ticket turns out to be more, or less, urgent than it seemed."""
    place, priority = state.place[ticket], state.changes_to[ticket]
    if place in (RESTING, GONE) or priority == state.priority[ticket]:
        return
    state.note(ticket, PRIORITY, value=priority)
    if place >= 0:
        unqueues(state, ticket)
        state.priority[ticket] = priority
        queues(state, ticket, state.ready_s[ticket])
    state.priority[ticket], state.changed_s[ticket] = priority, state.now
    if state.layout.sla_clock is not None:
        _falls_due_anew(state, ticket)
    if state.layout.parallel:
        tells_all(state, ticket)


def comes_under(state: State, ticket: int) -> None:
    """An open ticket comes under another agreement."""
    if state.place[ticket] in (RESTING, GONE):
        return
    state.note(ticket, SLA, value=state.comes_under[ticket])
    state.under[ticket], state.changed_s[ticket] = state.comes_under[ticket], state.now
    _falls_due_anew(state, ticket)
    if state.layout.parallel:
        tells_all(state, ticket)


def _falls_due_anew(state: State, ticket: int) -> None:
    """Let the new target count from the same begin, with the same pauses, and from no earlier than now."""
    if state.replied[ticket] == UNANSWERED:
        due_s = _due_response_s(state, ticket)
        if due_s != state.due_response_s[ticket]:
            state.due_response_s[ticket], state.warns_s[0][ticket] = due_s, -1
            warns_of(state, ticket, 0, due_s)
    due_s = due_resolution_s(state, ticket)
    if due_s != state.due_resolution_s[ticket]:
        state.due_resolution_s[ticket], state.warns_s[1][ticket] = due_s, -1
        warns_of(state, ticket, 1, due_s)
    state.due_first_s[ticket] = min(state.due_response_s[ticket], state.due_resolution_s[ticket])


def _due_response_s(state: State, ticket: int) -> int:
    layout, clock = state.layout, state.layout.sla_clock
    assert clock is not None
    kind, priority = layout.world.kinds[state.kind[ticket]], state.standing_of(ticket)
    due = clock.due_response(kind, priority, state.created_s[ticket])
    if due is None:
        return NEVER
    return int(rules.due_after_change_s(due // layout.clock_s * layout.clock_s, state.changed_s[ticket]))
