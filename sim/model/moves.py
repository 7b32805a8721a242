"""How tickets come into queues and into lists, and out of them."""

from __future__ import annotations

from heapq import heappop, heappush

from sim import rules
from sim.layout import NEVER
from sim.model import caps
from sim.model.attention import dispatches, will_escalate
from sim.model.chats import has_room
from sim.model.state import (
    APART,
    GONE,
    IDLE,
    IN_OWN,
    NOWHERE,
    OWED,
    WARNS,
    State,
)
from sim.model.supervision import as_it_came, will_be_overdue
from sim.model.waits import will_refer
from sim.record import ENDED_LEFT, LEFT
from sim.sla import cycles


def prepares(state: State, ticket: int, stage: int) -> None:
    """Bring the work of a stage, its question and its wait for a third party to a ticket."""
    step = state.layout.routes[state.kind[ticket]][stage]
    work = state.work_ms[ticket][stage]
    state.stage[ticket] = stage
    if state.asks[ticket][stage]:
        first = int(rules.part_ms(work, step.asks_after_ppm))
        state.left_ms[ticket], state.rest_ms[ticket] = first, work - first
    else:
        state.left_ms[ticket], state.rest_ms[ticket] = work, -1
    if step.refers > 0 and rules.happens(state.u(step.refers_purpose, ticket), step.refers):
        will_refer(state, ticket)


def queues(state: State, ticket: int, ready_s: int) -> None:
    """Put a ticket into the pool."""
    kind, stage = state.kind[ticket], state.stage[ticket]
    queue = ((kind * state.stages + stage) * state.ranks + state.priority[ticket]) * 2 + state.warned[ticket]
    state.ready_s[ticket], state.place[ticket], state.holder[ticket] = ready_s, queue, -1
    state.assigned_s[ticket] = state.accepted_s[ticket] = -1
    if state.layout.dispatch_row >= 0 and ticket not in state.sorts_s:
        dispatches(state, ticket)
    if state.layout.escalates_s:
        will_escalate(state, ticket, ready_s)
    heappush(state.queue[queue], (ready_s - state.front_s[ticket], ticket))
    state.length[queue] += 1
    if state.length[queue] == 1:
        state.waiting.setdefault(state.layout.routes[kind][stage].skill, set()).add(queue)
    room = state.layout.rooms[kind]
    if room >= 0 and (stage == 0 or stage >= state.layout.wrong[kind]):
        state.in_room[room] += 1
    state.unsettled = True


def unqueues(state: State, ticket: int) -> None:
    """Take a ticket out of the pool; its entry in the heap is passed over later."""
    queue, kind = state.place[ticket], state.kind[ticket]
    state.length[queue] -= 1
    if state.length[queue] == 0:
        skill = state.layout.routes[kind][state.stage[ticket]].skill
        state.waiting[skill].discard(queue)
        if not state.waiting[skill]:
            del state.waiting[skill]
        state.queue[queue].clear()
    room = state.layout.rooms[kind]
    if room >= 0 and (state.stage[ticket] == 0 or state.stage[ticket] >= state.layout.wrong[kind]):
        state.in_room[room] -= 1
    state.place[ticket] = NOWHERE


def head(state: State, queue: int) -> tuple[int, int]:
    """Return since when the first ticket of a queue is ready, and the ticket."""
    heap = state.queue[queue]
    while True:
        since_s, ticket = heap[0]
        if state.place[ticket] == queue and state.ready_s[ticket] - state.front_s[ticket] == since_s:
            return state.ready_s[ticket], ticket
        heappop(heap)


def gives(state: State, ticket: int, person: int, ready_s: int) -> None:
    """Put a ticket into a person's own list."""
    state.sorts_s.pop(ticket, None)
    state.ready_s[ticket], state.place[ticket], state.holder[ticket] = ready_s, IN_OWN, person
    if state.layout.escalates_s:
        will_escalate(state, ticket, ready_s)
    state.own[person].append(ticket)
    caps.holds(state, ticket, person, 1)
    if state.status[person] == IDLE or (state.chatting and has_room(state, person)):
        state.look.add(person)
    state.unsettled = True


def writes_again(state: State, ticket: int) -> None:
    """The requester has written again: if the next reply is promised, it is owed from now on."""
    if state.layout.next_replies:
        state.replied[ticket] = OWED


def returns(state: State, ticket: int) -> None:
    """A ticket comes back: its owner's list if the owner is not away for long, else the pool."""
    owner, now = state.owner[ticket], state.now
    if rules.waits_for_owner(now, state.next_on_s(owner), state.layout.orphan_s):
        state.assigned_s[ticket] = state.accepted_s[ticket] = now
        gives(state, ticket, owner, now)
    else:
        queues(state, ticket, now)


def takes_back(state: State, ticket: int) -> None:
    """Take a ticket that waits for work out of the pool, or from the person who has it."""
    holder = state.holder[ticket]
    if state.place[ticket] >= 0:
        unqueues(state, ticket)
        return
    if state.place[ticket] == IN_OWN:
        state.own[holder].remove(ticket)
    else:
        state.pending[holder].discard(ticket)
    caps.holds(state, ticket, holder, -1)
    state.place[ticket] = NOWHERE


def goes(state: State, ticket: int, what: int) -> None:
    """A ticket that nobody has worked on is gone for good: its learner left, or it was turned away."""
    waiting = state.open_branches(ticket) if state.place[ticket] == APART else [ticket]
    for each in waiting:
        takes_back(state, each)
    if ticket in state.put_by:
        as_it_came(state, ticket)
    state.place[ticket] = GONE
    state.note(ticket, what)
    for each in waiting if what == LEFT else ():
        state.touches.extend(
            (each, state.stage[each], state.visit[each], -1, state.ready_s[each], -1, -1, -1, state.now, 0, ENDED_LEFT)
        )


def warns_of(state: State, ticket: int, clause: int, due_s: int) -> None:
    """Let a warning of a due instant come, some time before it, and an escalation at it."""
    if state.layout.escalates_overdue:
        will_be_overdue(state, ticket, clause, due_s)
    if due_s == NEVER or state.layout.lead_s == 0:
        return
    at_s = rules.warns_at_s(due_s, state.layout.lead_s, state.now)
    if at_s < state.layout.until_s:
        at_s = at_s // state.layout.clock_s * state.layout.clock_s
        state.warns_s[clause][ticket] = max(at_s, state.now)
        state.at(max(at_s, state.now), WARNS, 2 * ticket + clause)


def is_due_anew(state: State, ticket: int, since_s: int) -> None:
    """Move the resolution's due instant past the pauses so far, the last of which began at `since_s`.

    A warning that fell into that pause was not given; if the due instant stays, it is given now. So is an escalation.
    """
    layout = state.layout
    if layout.sla_clock is None or state.due_resolution_s[ticket] == NEVER:
        return
    due_s = due_resolution_s(state, ticket)
    warning_s = (due_s - layout.lead_s) // layout.clock_s * layout.clock_s
    if due_s != state.due_resolution_s[ticket] or since_s <= warning_s < state.now:
        state.due_resolution_s[ticket], state.warns_s[1][ticket] = due_s, -1
        warns_of(state, ticket, 1, due_s)
    elif state.overdue_s[1].get(ticket, NEVER) < state.now:
        will_be_overdue(state, ticket, 1, due_s)


def due_resolution_s(state: State, ticket: int) -> int:
    """Return when the resolution of a ticket falls due, by its priority and its pauses so far."""
    layout, clock = state.layout, state.layout.sla_clock
    assert clock is not None
    waits, reopenings = state.waits.get(ticket, []), state.reopenings.get(ticket, [])
    cycle = cycles(clock.sla.reopen, state.created_s[ticket], waits, reopenings)[-1]
    kind, priority = layout.world.kinds[state.kind[ticket]], state.standing_of(ticket)
    due = clock.due_resolution(kind, priority, cycle.begin_s, cycle.pauses)
    if due is None:
        return NEVER
    return int(rules.due_after_change_s(due // layout.clock_s * layout.clock_s, state.changed_s[ticket]))
