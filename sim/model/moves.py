"""What tickets and people do, again and again: queues, lists, work."""

from __future__ import annotations

from heapq import heappop, heappush

from sim import rules
from sim.layout import FRONT_S, NEVER, ROOM_S
from sim.model import caps
from sim.model.attention import dispatches, will_escalate
from sim.model.duplicates import recognises
from sim.model.history import busied
from sim.model.state import (
    APART,
    BUSY,
    FINISH,
    GONE,
    IDLE,
    IN_OWN,
    IN_WORK,
    NOWHERE,
    OFF_DUTY,
    OWED,
    REPLIED,
    WARNS,
    State,
)
from sim.model.supervision import as_it_came, will_be_overdue
from sim.model.waits import needs_no_help, will_refer
from sim.record import ENDED_LEFT, HANDED_BACK, LEFT, REPLY
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


def idles(state: State, person: int) -> None:
    """Let a person on duty be free for work."""
    state.status[person] = IDLE
    if not state.inbox:
        state.since_s[person] = state.now
    counts_idle(state, person)
    if state.own[person]:
        state.look.add(person)
    if state.waiting or state.own[person]:
        state.unsettled = True


def has_room(state: State, person: int) -> bool:
    """Return whether a person on duty who is busy with chats may begin one more."""
    in_hand = state.in_hand[person]
    if not state.on_duty[person] or not 0 < len(in_hand) < state.most[person]:
        return False
    return not state.suspended[person] and state.chat[state.kind[in_hand[0]]]


def keeps_room(state: State, person: int) -> None:
    """Let somebody who is busy with chats be given one more, after all who are idle, if there is room for one."""
    if state.inbox or state.pull:
        return
    if state.listed[person]:
        uncounts_idle(state, person)
    if has_room(state, person):
        state.since_s[person] = state.now + ROOM_S
        counts_idle(state, person)


def looks_again(state: State, person: int) -> None:
    """Somebody who goes on with chats may have room for one of the own list, or of the pool."""
    keeps_room(state, person)
    if not has_room(state, person):
        return
    if state.own[person]:
        state.look.add(person)
    if state.waiting or state.own[person]:
        state.unsettled = True


def counts_idle(state: State, person: int) -> None:
    """Put a person among those of the same group who may be given a ticket."""
    group = state.group[person]
    heappush(state.idle[group], (state.since_s[person], person))
    state.listed[person] = True
    state.idle_count[group] += 1
    state.all_idle += 1
    if state.idle_count[group] == 1:
        for skill in state.skills_of[group]:
            state.free[skill] += 1


def uncounts_idle(state: State, person: int) -> None:
    """Take a person off those; the entry in the heap is passed over later."""
    state.listed[person], state.looks_s[person] = False, -1
    group = state.group[person]
    state.idle_count[group] -= 1
    state.all_idle -= 1
    if not state.idle_count[group]:
        for skill in state.skills_of[group]:
            state.free[skill] -= 1


def starts(state: State, person: int, ticket: int) -> None:
    """Somebody idle, or with room for one more chat, begins to work on a ticket."""
    state.sorts_s.pop(ticket, None)
    now, in_hand = state.now, state.in_hand[person]
    if state.listed[person]:
        uncounts_idle(state, person)
    if state.assigned_s[ticket] < 0:
        state.assigned_s[ticket] = state.accepted_s[ticket] = now
    state.place[ticket], state.holder[ticket], state.owner[ticket] = IN_WORK, person, person
    if state.layout.parallel and state.is_branch(ticket):
        state.owner[state.ticket_of(ticket)] = person
    if state.duplicate_of:
        recognises(state, ticket)
    if state.layout.helping:
        needs_no_help(state, ticket, person)
    state.started_s[ticket], state.worked_s[ticket], state.begun_ms[ticket] = now, 0, state.left_ms[ticket]
    replies_now = state.replied[ticket] != REPLIED and not state.replies_at_end[state.kind[ticket]]
    if replies_now and ticket not in state.put_by:
        replies(state, ticket, person)
    in_hand.append(ticket)
    if len(in_hand) == 1:
        state.status[person], state.busy_since_s[person] = BUSY, now
    else:
        repaces(state, person, in_hand[:-1], len(in_hand) - 1)
    state.segment_s[ticket] = now
    works(state, person, ticket)
    if state.chatting:
        keeps_room(state, person)


def replies(state: State, ticket: int, person: int) -> None:
    """Give a human reply; that of a branch is one of its ticket, and so of all branches."""
    state.replied[ticket] = REPLIED
    state.note(ticket, REPLY, person)
    if state.layout.parallel and state.is_branch(ticket):
        whole = state.ticket_of(ticket)
        for number in (whole, *state.branches_of(whole)):
            state.replied[number] = REPLIED


def rate_ppm(state: State, person: int, ticket: int, many: int) -> int:
    """Return the rate of a person who has so many tickets in hand, at one of them."""
    alone = state.rate[person][state.skill_of(ticket)]
    return alone if many == 1 else int(rules.shared_rate_ppm(alone, state.paces_ppm[person][many - 1]))


def works(state: State, person: int, ticket: int) -> None:
    """Work goes on from now at this pace; its end is known now, unless the pace changes or the person is sent off."""
    state.paced_s[ticket] = state.now
    rate = rate_ppm(state, person, ticket, len(state.in_hand[person]))
    ends_s = state.now + rules.handling_s(state.left_ms[ticket], rate, state.layout.clock_s)
    state.ends_s[ticket] = ends_s
    state.at(ends_s, FINISH, ticket)


def stops(state: State, person: int, ticket: int, many: int) -> None:
    """Work at the pace of so many tickets stops: reckon what is left of one of them."""
    elapsed, rate = state.now - state.paced_s[ticket], rate_ppm(state, person, ticket, many)
    state.left_ms[ticket] = int(rules.left_after_ms(state.left_ms[ticket], elapsed, rate))


def repaces(state: State, person: int, tickets: list[int], before: int) -> None:
    """A person who had `before` tickets in hand has more or fewer: go on with some at another pace, if it is one.

    What ends in this very second is left alone: it ends.
    """
    paces = state.paces_ppm[person]
    if paces[before - 1] == paces[len(state.in_hand[person]) - 1]:
        return
    for ticket in tickets:
        if state.ends_s[ticket] != state.now:
            stops(state, person, ticket, before)
            works(state, person, ticket)


def suspends(state: State, person: int) -> None:
    """Interrupt a person's work; what is left of it waits for the next span on duty."""
    now, many = state.now, len(state.in_hand[person])
    for ticket in state.in_hand[person]:
        stops(state, person, ticket, many)
        state.worked_s[ticket] += now - state.segment_s[ticket]
        state.segments.extend((person, state.segment_s[ticket], now))
        state.ends_s[ticket] = -1
    busied(state, person, state.busy_since_s[person])
    state.suspended[person], state.status[person] = True, OFF_DUTY


def resumes(state: State, person: int) -> None:
    """Go on with suspended work."""
    state.suspended[person], state.status[person], state.busy_since_s[person] = False, BUSY, state.now
    for ticket in state.in_hand[person]:
        state.segment_s[ticket] = state.now
        works(state, person, ticket)


def hands_back(state: State, person: int) -> None:
    """Interrupt a person's work for good: tickets, with what is left of them, go to the head of their queues."""
    now, held = state.now, state.in_hand[person]
    for ticket in held:
        stops(state, person, ticket, len(held))
        left_ms, kept_ppm = state.left_ms[ticket], state.layout.keeps_ppm
        state.left_ms[ticket] = int(rules.handed_back_ms(state.begun_ms[ticket], left_ms, kept_ppm))
        writes_touch(state, ticket, person, now - state.segment_s[ticket], HANDED_BACK)
        state.ends_s[ticket] = -1
        caps.holds(state, ticket, person, -1)
        state.front_s[ticket] = FRONT_S
        queues(state, ticket, state.ready_s[ticket])
    busied(state, person, state.busy_since_s[person])
    held.clear()
    state.status[person] = OFF_DUTY


def writes_touch(state: State, ticket: int, person: int, worked_s: int, ended: int) -> None:
    """Write down a touch that ends now."""
    state.touches.extend(
        (ticket, state.stage[ticket], state.visit[ticket], person, state.ready_s[ticket], state.assigned_s[ticket],
         state.accepted_s[ticket], state.started_s[ticket], state.now, worked_s, ended)
    )  # fmt: skip


def orphans(state: State, person: int) -> None:
    """Put the tickets of a person's list back into the pool."""
    held = [*state.own[person], *state.pending[person]]
    state.own[person].clear()
    state.pending[person].clear()
    for ticket in sorted(held):
        caps.holds(state, ticket, person, -1)
        queues(state, ticket, state.ready_s[ticket])
