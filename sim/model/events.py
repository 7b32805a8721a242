"""What happens: one function for each kind of event."""

from __future__ import annotations

from typing import Final

from sim import rules
from sim.model import caps
from sim.model.attention import reminds
from sim.model.branches import enters_stage, splits, tells_all
from sim.model.call_backs import calls
from sim.model.changes import changes, comes_under, will_change
from sim.model.ends import finishes
from sim.model.escalation import escalates, overdue
from sim.model.moves import gives, goes, prepares, queues, unqueues, warns_of
from sim.model.pull import looked
from sim.model.returning import answered, reopens
from sim.model.shortcuts import accepts
from sim.model.state import (
    ASKING,
    BUSY,
    CREATED,
    GONE,
    IDLE,
    LEAVE,
    OFF,
    OFF_DUTY,
    ON,
    PENDING,
    REPLIED,
    RESTING,
    UNANSWERED,
    Act,
    State,
)
from sim.model.triage import sorts
from sim.model.work import (
    hands_back,
    idles,
    looks_again,
    orphans,
    resumes,
    suspends,
    uncounts_idle,
)
from sim.record import (
    LEFT,
    WARNED,
)


def opens_with(state: State, ticket: int) -> None:
    """A ticket is open when the run begins: it is put where a ticket that comes back would be put."""
    layout = state.layout
    state.visit[ticket] = int(layout.opening_visit[ticket])
    state.replied[ticket] = REPLIED if layout.opening_replied_s[ticket] < 0 else UNANSWERED
    warns_of(state, ticket, 0, state.due_response_s[ticket])
    warns_of(state, ticket, 1, state.due_resolution_s[ticket])
    ready_s, owner = int(layout.opening_ready_s[ticket]), int(layout.opening_owner[ticket])
    state.owner[ticket], state.stage[ticket] = owner, int(layout.opening_stage[ticket])
    _is_put(state, ticket, ready_s, owner)
    leaves_s = int(layout.opening_leaves_s[ticket])
    if leaves_s >= 0:
        state.at(leaves_s, LEAVE, ticket)


def _is_put(state: State, ticket: int, ready_s: int, owner: int) -> None:
    """Put an open ticket, or the branches of its stage, into its owner's list or the pool."""
    layout = state.layout
    if state.step_of(ticket).branches:
        splits(state, ticket, ready_s)
        return
    prepares(state, ticket, state.stage[ticket])
    if layout.opening_referred[ticket]:
        state.left_ms[ticket] = state.work_ms[ticket][state.stage[ticket]]
        state.refers[ticket] = False
    if layout.opening_returns[ticket] and rules.waits_for_owner(0, state.next_on_s(owner), layout.orphan_s):
        state.assigned_s[ticket] = state.accepted_s[ticket] = 0
        gives(state, ticket, owner, ready_s)
    else:
        queues(state, ticket, ready_s)


def created(state: State, ticket: int) -> None:
    """A ticket comes; the next one is waited for."""
    kind = state.kind[ticket]
    if ticket + 1 < len(state.layout.world):
        state.at(state.created_s[ticket + 1], CREATED, ticket + 1)
    warns_of(state, ticket, 0, state.due_response_s[ticket])
    warns_of(state, ticket, 1, state.due_resolution_s[ticket])
    will_change(state, ticket)
    if state.layout.wrong[kind] < len(state.layout.routes[kind]):
        sorts(state, ticket)
    else:
        enters_stage(state, ticket, 0)
    state.fresh.append(ticket)


def leaves(state: State, ticket: int) -> None:
    """A learner's patience ends before any work began."""
    if state.owner[ticket] < 0 and state.place[ticket] != GONE:
        goes(state, ticket, LEFT)


def handed_on(state: State, ticket: int) -> None:
    """A hand-off's delay is over: the next stage is ready, or the first after a mistake in sorting."""
    stage = state.stage[ticket]
    enters_stage(state, ticket, 0 if stage >= state.layout.wrong[state.kind[ticket]] else stage + 1)


def warns(state: State, number: int) -> None:
    """A due instant is near: the ticket's index rises (R003-70). Of a ticket's two that of the response is first."""
    ticket, clause = divmod(number, 2)
    place = state.place[ticket]
    if state.warns_s[clause][ticket] != state.now or (clause == 0 and state.replied[ticket] != UNANSWERED):
        return
    state.warns_s[clause][ticket] = -1
    if place in (ASKING, RESTING, GONE):
        return
    state.note(ticket, WARNED, state.holder[ticket], clause)
    if state.warned[ticket]:
        return
    if place >= 0:
        unqueues(state, ticket)
        state.warned[ticket] = 1
        queues(state, ticket, state.ready_s[ticket])
    state.warned[ticket] = 1
    if state.layout.parallel:
        tells_all(state, ticket)


def accepted(state: State, ticket: int, person: int, assigned_s: int) -> None:
    """Inbox: the person has taken note of the ticket and may begin."""
    if state.place[ticket] != PENDING or state.holder[ticket] != person or state.assigned_s[ticket] != assigned_s:
        return
    state.accepted_s[ticket] = state.now
    if state.layout.tempted:
        accepts(state, person, ticket)
    state.pending[person].discard(ticket)
    caps.holds(state, ticket, person, -1)
    gives(state, ticket, person, state.ready_s[ticket])


def comes_on(state: State, person: int) -> None:
    """A span on duty begins: suspended work goes on before anything new."""
    span = state.next_span[person]
    state.next_span[person] += 1
    state.on_duty[person] = True
    state.at(state.layout.crew.off_s[person][span], OFF, person)
    if state.suspended[person]:
        resumes(state, person)
        looks_again(state, person)
    elif state.status[person] != BUSY:
        idles(state, person)
    elif state.chatting:
        looks_again(state, person)
    if state.inbox and state.waiting:
        state.unsettled = True


def goes_off(state: State, person: int) -> None:
    """A span on duty ends: work in hand is finished, carried over or handed back, lists of the long absent go back."""
    now = state.now
    state.on_duty[person] = False
    spans = state.layout.crew.on_s[person]
    if state.next_span[person] < len(spans):
        state.at(spans[state.next_span[person]], ON, person)
    if state.listed[person]:
        uncounts_idle(state, person)
    if state.status[person] == IDLE:
        state.status[person] = OFF_DUTY
    elif state.status[person] == BUSY and state.carries_over:
        suspends(state, person)
    elif state.status[person] == BUSY and state.hands_back:
        hands_back(state, person)
    if not rules.waits_for_owner(now, state.next_on_s(person), state.layout.orphan_s):
        orphans(state, person)
    if state.layout.parallel and state.waiting:
        state.unsettled = True


def opens(state: State, number: int) -> None:
    """A ticket of the pool was kept for long enough: the desk decides anew."""
    state.unsettled |= state.opens_s == state.now


ACTS: Final[tuple[Act, ...]] = (
    finishes,
    leaves,
    created,
    handed_on,
    answered,
    reopens,
    calls,
    changes,
    comes_under,
    reminds,
    accepted,
    warns,
    looked,
    goes_off,
    comes_on,
    opens,
    escalates,
    overdue,
)
"""What is done, by kind of event up to STEER, in the order in which things happen within a second."""
