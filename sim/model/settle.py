"""What the desk decides, once in a second, after all that happened in it."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop

from sim.layout import NEVER
from sim.model import caps
from sim.model.attention import pickup_s, will_remind
from sim.model.chats import has_room
from sim.model.history import counts
from sim.model.indices import may_be_given, person_index, ticket_index
from sim.model.moves import gives, goes, head, unqueues
from sim.model.pull import picks
from sim.model.shortcuts import accepts
from sim.model.state import ACCEPTED, GONE, IDLE, LEAVE, OPENS, PENDING, State
from sim.model.work import starts
from sim.record import BLOCKED


def settle(state: State) -> None:
    """Match tickets and people, once, after all that happened in this second."""
    state.unsettled = False
    if state.inbox:
        _assigns(state)
    if state.look:
        for person in sorted(state.look):
            while (ticket := _takes_own(state, person)) is not None:
                starts(state, person, ticket)
        state.look.clear()
    if state.pull:
        picks(state)
    elif not state.inbox:
        while state.waiting and state.all_idle and (pair := _best(state, _idle_candidates)) is not None:
            ticket, person = pair
            unqueues(state, ticket)
            caps.holds(state, ticket, person, 1)
            counts(state, ticket, person)
            starts(state, person, ticket)
    if state.picky:
        _wakes(state)
    if state.fresh:
        _turns_away(state)


def _idle_candidates(state: State, skill: int) -> list[int]:
    """Return the longest idle person of each group that takes a skill, or else who has room for a chat."""
    found: list[int] = []
    if not state.free[skill]:
        return found
    for group in state.groups_with[skill]:
        if not state.idle_count[group]:
            continue
        heap = state.idle[group]
        while not state.listed[heap[0][1]] or state.since_s[heap[0][1]] != heap[0][0]:
            heappop(heap)
        found.append(heap[0][1])
    return found


def _on_duty_candidates(state: State, skill: int) -> list[int]:
    return [p for p, on_duty in enumerate(state.on_duty) if on_duty and skill in state.may[p]]


def _best(state: State, candidates: Callable[[State, int], list[int]]) -> tuple[int, int] | None:
    """Return the best pair of a queue's head and a person.

    The largest ticket index goes first, ties by age, then number; for this ticket the largest person
    index, ties by idle time, then number. An index is reckoned only where two are compared.
    """
    pairs: list[tuple[int, int, list[int]]] = []
    for skill, queues in state.waiting.items():
        if people := candidates(state, skill):
            for queue in queues:
                pairs.append((*head(state, queue), people))
    if state.picky:
        able = [(ready_s, t, [p for p in people if may_be_given(state, t, p)]) for ready_s, t, people in pairs]
        pairs = [pair for pair in able if pair[2]]
    if not pairs:
        return None
    if not state.pairs_matter:
        chosen = pairs[0]
        if len(pairs) > 1:
            chosen = max(pairs, key=lambda pair: (ticket_index(state, pair[1], -1), -pair[0], -pair[1]))
        _, ticket, people = chosen
        if len(people) == 1:
            return ticket, people[0]
        return ticket, max(people, key=lambda p: (person_index(state, ticket, p), -state.since_s[p], -p))
    _, _, minus_ticket, _, _, minus_person = max(
        (ticket_index(state, t, p), -ready_s, -t, person_index(state, t, p), -state.since_s[p], -p)
        for ready_s, t, people in pairs
        for p in people
    )
    return -minus_ticket, -minus_person


def _takes_own(state: State, person: int) -> int | None:
    """Return the next ticket of a person's own list, if there is one that may be begun now, and take it off the list.

    The largest ticket index goes first, ties by age, then number.
    """
    own = state.own[person]
    if not own:
        return None
    if state.status[person] == IDLE:
        able = own
    elif state.chatting and has_room(state, person):
        able = [ticket for ticket in own if state.chat[state.kind[ticket]]]
    else:
        able = []
    if not able:
        return None
    ticket = able[0]
    if len(able) > 1:
        ticket = max(able, key=lambda t: (ticket_index(state, t, person), -state.ready_s[t], -t))
    own.remove(ticket)
    return ticket


def _assigns(state: State) -> None:
    """Inbox: give every ticket of the pool to somebody on duty who may do it, even to the busy."""
    now, layout = state.now, state.layout
    while state.waiting and (pair := _best(state, _on_duty_candidates)) is not None:
        ticket, person = pair
        unqueues(state, ticket)
        counts(state, ticket, person)
        state.assigned_s[ticket], state.since_s[person] = now, now
        if delay := pickup_s(state, ticket):
            state.sorts_s.pop(ticket, None)
            state.place[ticket], state.holder[ticket] = PENDING, person
            state.pending[person].add(ticket)
            caps.holds(state, ticket, person, 1)
            state.at(now + delay, ACCEPTED, ticket, person, now)
            if layout.remind_s:
                state.accepts_s[ticket] = now + delay
                will_remind(state, ticket, now + layout.remind_s)
        else:
            state.accepted_s[ticket] = now
            if layout.tempted:
                accepts(state, person, ticket)
            gives(state, ticket, person, state.ready_s[ticket])


def _wakes(state: State) -> None:
    """Settle again when the next head of a queue is open to all, or the dispatcher comes to it."""
    heads = [head(state, queue) for queues in state.waiting.values() for queue in queues]
    opens = [ready_s + state.main_only_s for ready_s, _ in heads] + [state.sorts_s.get(t, -1) for _, t in heads]
    soonest_s = min((at_s for at_s in opens if at_s > state.now), default=NEVER)
    if soonest_s < NEVER and not state.now < state.opens_s <= soonest_s:
        state.opens_s = soonest_s
        state.at(soonest_s, OPENS, 0)


def _turns_away(state: State) -> None:
    """Block the newest tickets beyond the places of their room; let the others' patience run."""
    for ticket in reversed(state.fresh):
        room = state.layout.rooms[state.kind[ticket]]
        if room >= 0 and state.place[ticket] >= 0 and state.in_room[room] > state.layout.places[room]:
            goes(state, ticket, BLOCKED)
    for ticket in state.fresh:
        if state.patience_s[ticket] >= 0 and state.owner[ticket] < 0 and state.place[ticket] != GONE:
            state.at(state.created_s[ticket] + state.patience_s[ticket], LEAVE, ticket)
    state.fresh.clear()


def reserves(state: State, ticket: int, person: int) -> None:
    """Carry out an order: take a ticket of the pool into a person's list."""
    if not (0 <= ticket < len(state.layout.world) and 0 <= person < len(state.may)):
        raise ValueError(f"orders: there is no ticket {ticket} or no person {person}")
    barred = state.kind[ticket] in state.layout.crew.barred[person]
    if state.place[ticket] < 0 or state.skill_of(ticket) not in state.may[person] or barred:
        raise ValueError(f"orders: ticket {ticket} is not in the pool, or person {person} may not do it")
    if state.next_on_s(person) == NEVER:
        raise ValueError(f"orders: person {person} is never on duty again, so ticket {ticket} would wait for ever")
    unqueues(state, ticket)
    counts(state, ticket, person)
    state.assigned_s[ticket] = state.accepted_s[ticket] = state.now
    gives(state, ticket, person, state.ready_s[ticket])
