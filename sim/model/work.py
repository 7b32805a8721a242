"""How people come to work, go on, stop and leave off."""

from __future__ import annotations

from heapq import heappush

from sim import rules
from sim.layout import FRONT_S, ROOM_S
from sim.model import caps
from sim.model.chats import has_room
from sim.model.duplicates import recognises
from sim.model.history import busied
from sim.model.learning import rate_on
from sim.model.moves import queues
from sim.model.shortcuts import begins, thinks_better
from sim.model.state import (
    BUSY,
    FINISH,
    IDLE,
    IN_WORK,
    OFF_DUTY,
    REPLIED,
    State,
)
from sim.model.waits import needs_no_help
from sim.record import HANDED_BACK, REPLY


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
    if state.layout.tempted:
        begins(state, person, ticket)
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
    """Return the rate of a person who has so many tickets in hand, at one of them, since its pace last changed."""
    alone = rate_on(state, person, state.skill_of(ticket), state.paced_s[ticket])
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
        if ticket in state.undone:
            thinks_better(state, ticket)
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
