"""The settle step: what the desk decides, once, after all that happened in a second."""

from typing import Any

from sim.fast import (
    attention,
    branches,
    caps,
    chats,
    history,
    indices,
    lines,
    moves,
    pull,
    shortcuts,
    supervision,
    work,
    written,
)
from sim.fast.forms import ACCEPTED, APART, ASSIGNED, GONE, IDLE, LEAVE, OPENS, OWN, PENDING
from sim.fast.memory import (
    compiled,
    delay_at,
    entry,
    group_at,
    held_at,
    inlined,
    kind_at,
    look_at,
    opened_at,
    person_at,
    queue_at,
    room_at,
    skill_at,
    taker_at,
    ticket_at,
    waiting_at,
)
from sim.layout import NEVER
from sim.record import BLOCKED, ENDED_LEFT, LEFT

_LEAST = -(2**63)


@compiled
def _takes_own(m: Any, person: int, chats_only: int) -> Any:
    """Return the next ticket of a person's own list, and take it off; with `chats_only`, -1 if there is no chat.

    The largest ticket index goes first, ties by age, then number.
    """
    best, most = -1, _LEAST
    ticket = held_at(m, person, OWN).first
    while ticket >= 0:
        after = ticket_at(m, ticket).after
        if not chats_only or kind_at(m, ticket_at(m, ticket).kind).chat:
            if best < 0 and after < 0:
                best = ticket
                break
            value = indices.ticket_index(m, ticket, person)
            if best < 0 or value > most or (value == most and indices.older(m, ticket, best)):
                best, most = ticket, value
        ticket = after
    if best >= 0:
        lines.held_out(m, person, OWN, best)
    return best


@compiled
def _by_number(m: Any) -> None:
    """Let people look in their order: of two who begin branches of a ticket, the first replies."""
    for i in range(1, m.looks):
        person, to = look_at(m, i).person, i
        while to > 0 and look_at(m, to - 1).person > person:
            look_at(m, to).person = look_at(m, to - 1).person
            to -= 1
        look_at(m, to).person = person


@compiled
def _look(m: Any) -> None:
    """Let idle people, and those with room for a chat, take tickets of their own."""
    if m.parallel:
        _by_number(m)
    i = 0
    while i < m.looks:
        person = look_at(m, i).person
        p = person_at(m, person)
        if p.status == IDLE and held_at(m, person, OWN).first >= 0:
            work.starts(m, person, _takes_own(m, person, 0))
        while m.chatting and chats.has_room(m, person):
            ticket = _takes_own(m, person, 1)
            if ticket < 0:
                break
            work.starts(m, person, ticket)
        p.looks = 0
        i += 1
    m.looks = 0


@compiled
def _anybody_for(m: Any, ticket: int, skill: int) -> Any:
    """Return whether somebody who is free may be given a ticket."""
    k = skill_at(m, skill)
    for i in range(k.first_group, k.last_group):
        person = group_at(m, taker_at(m, i).group).head
        if person >= 0 and indices.may_be_given(m, ticket, person, skill):
            return True
    return False


@compiled
def _best_person(m: Any, ticket: int, skill: int) -> Any:
    """Return who takes a ticket; an index is reckoned only where two are compared."""
    best, most, alone = -1, _LEAST, True
    k = skill_at(m, skill)
    for i in range(k.first_group, k.last_group):
        person = group_at(m, taker_at(m, i).group).head
        if person < 0 or (m.picky and not indices.may_be_given(m, ticket, person, skill)):
            continue
        if best < 0:
            best = person
            continue
        if alone:
            most, alone = indices.person_index(m, ticket, best, skill), False
        value = indices.person_index(m, ticket, person, skill)
        if value > most or (value == most and lines.person_first(m, person, best)):
            best, most = person, value
    return best


@compiled
def _best_pair(m: Any) -> Any:
    """Return the best pair where the ticket index depends on the person."""
    ticket, person, most, then = -1, -1, _LEAST, _LEAST
    for i in range(m.opened):
        skill = opened_at(m, i).skill
        k = skill_at(m, skill)
        for group in range(k.first_group, k.last_group):
            who = group_at(m, taker_at(m, group).group).head
            if who < 0:
                continue
            for j in range(k.queues):
                which = queue_at(m, waiting_at(m, skill, j).queue).head
                if m.picky and not indices.may_be_given(m, which, who, skill):
                    continue
                value = indices.ticket_index(m, which, who)
                if ticket >= 0 and (
                    value < most or (value == most and which != ticket and indices.older(m, ticket, which))
                ):
                    continue
                better = value > most or ticket < 0 or which != ticket
                second = indices.person_index(m, which, who, skill)
                if better or second > then or (second == then and lines.person_first(m, who, person)):
                    ticket, person, most, then = which, who, value, second
    return ticket, person


@inlined
def _best(m: Any) -> Any:
    """Return the best pair of a queue's head and a person, -1 for both if there is none.

    The largest ticket index goes first, ties by age, then number; for this ticket the largest person index, ties by
    idle time, then number. Of a group only the first can be the best, and an index is reckoned only where two are
    compared.
    """
    if m.pairs_matter:
        return _best_pair(m)
    best, most, alone = -1, _LEAST, True
    for i in range(m.opened):
        skill = opened_at(m, i).skill
        k = skill_at(m, skill)
        if k.free == 0:
            continue
        for j in range(k.queues):
            ticket = queue_at(m, waiting_at(m, skill, j).queue).head
            if m.picky and not _anybody_for(m, ticket, skill):
                continue
            if best < 0:
                best = ticket
                continue
            if alone:
                most, alone = indices.ticket_index(m, best, -1), False
            value = indices.ticket_index(m, ticket, -1)
            if value > most or (value == most and indices.older(m, ticket, best)):
                best, most = ticket, value
    return best, (_best_person(m, best, moves.skill_of(m, best)) if best >= 0 else -1)


@compiled
def _assigns(m: Any) -> None:
    """Inbox: give every ticket of the pool to somebody on duty who may do it, even to the busy."""
    while m.waiting > 0:
        ticket, person = _best(m)
        if person < 0:
            break
        moves.unqueues(m, ticket)
        history.counts(m, ticket, person)
        t, p = ticket_at(m, ticket), person_at(m, person)
        t.assigned_s = m.now_s
        lines.person_out(m, person)
        p.since_s = m.now_s
        lines.person_in(m, person)
        delay_s = attention.pickup_s(m, ticket)
        if delay_s > 0:
            t.place, t.holder = PENDING, person
            moves.sorted_out(m, ticket)
            lines.held_in(m, person, ASSIGNED, ticket)
            caps.holds(m, ticket, person, 1)
            delay_at(m, ticket).accepts_s = m.now_s + delay_s
            lines.push(m, m.now_s + delay_s, ACCEPTED, ticket)
            if m.remind_s > 0:
                attention.will_remind(m, ticket, m.now_s + m.remind_s)
        else:
            t.accepted_s = m.now_s
            if m.tempted:
                shortcuts.accepts(m, person, ticket)
            moves.gives(m, ticket, person, t.ready_s)


@compiled
def goes(m: Any, ticket: int, what: int) -> None:
    """A ticket that nobody has worked on is gone for good: its learner left, or it was turned away."""
    t = ticket_at(m, ticket)
    apart = t.place == APART
    if not apart:
        moves.takes_back(m, ticket)
    if supervision.is_looked_at(m, ticket):
        supervision.as_it_came(m, ticket)
    t.place = GONE
    written.note(m, ticket, what, -1, -1)
    if apart:
        branches.withdraws(m, ticket)
    elif what == LEFT:
        t.assigned_s, t.accepted_s = -1, -1
        written.touch(m, ticket, -1, -1, m.now_s, 0, ENDED_LEFT)


@compiled
def _turns_away(m: Any) -> None:
    """Block the newest tickets beyond the places of their room; let the others' patience run."""
    for ticket in range(m.next_ticket - 1, m.fresh - 1 if m.n_rooms > 0 else m.next_ticket, -1):
        t = ticket_at(m, ticket)
        room = kind_at(m, t.kind).room
        if room >= 0 and t.place >= 0 and room_at(m, room).inside > room_at(m, room).places:
            goes(m, ticket, BLOCKED)
    for ticket in range(m.fresh, m.next_ticket):
        t = ticket_at(m, ticket)
        if t.patience_s >= 0 and t.owner < 0 and t.place != GONE:
            lines.push(m, t.created_s + t.patience_s, LEAVE, ticket)
    m.fresh = m.next_ticket


@compiled
def _wakes(m: Any) -> None:
    """Settle again when the next head of a queue is open to all, or the dispatcher comes to it."""
    soonest_s = NEVER
    for i in range(m.opened):
        skill = opened_at(m, i).skill
        for j in range(skill_at(m, skill).queues):
            head = queue_at(m, waiting_at(m, skill, j).queue).head
            opens_s = ticket_at(m, head).ready_s + m.main_only_s
            sorts_s = delay_at(m, head).sorts_s if m.dispatch_row >= 0 else -1
            if opens_s > m.now_s:
                soonest_s = min(soonest_s, opens_s)
            if sorts_s > m.now_s:
                soonest_s = min(soonest_s, sorts_s)
    if soonest_s < NEVER and not m.now_s < m.opens_s <= soonest_s:
        m.opens_s = soonest_s
        lines.push(m, soonest_s, OPENS, 0)


@compiled
def settle(m: Any) -> None:
    """Match tickets and people."""
    m.unsettled = 0
    if m.inbox:
        _assigns(m)
    if m.looks > 0:
        _look(m)
    if m.pull:
        pull.picks(m)
    elif not m.inbox:
        while m.waiting > 0 and m.listed > 0:
            ticket, person = _best(m)
            if person < 0:
                break
            moves.unqueues(m, ticket)
            caps.holds(m, ticket, person, 1)
            history.counts(m, ticket, person)
            work.starts(m, person, ticket)
    if m.picky and m.waiting > 0:
        _wakes(m)
    if m.fresh < m.next_ticket:
        _turns_away(m)


@entry
def settle_at(desk: Any, at_s: int) -> None:
    """Settle at an instant, whatever happened."""
    m = desk[0]
    m.now_s = at_s
    settle(m)


@entry
def reserve(desk: Any, ticket: int, person: int, at_s: int) -> None:
    """Take a ticket from the pool into a person's own list."""
    m = desk[0]
    m.now_s = at_s
    moves.unqueues(m, ticket)
    history.counts(m, ticket, person)
    t = ticket_at(m, ticket)
    t.assigned_s, t.accepted_s = at_s, at_s
    moves.gives(m, ticket, person, t.ready_s)
