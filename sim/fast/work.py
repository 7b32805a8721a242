"""How people come to work, go on, stop and leave off."""

from typing import Any

from sim import rules
from sim.fast import caps, chats, duplicates, helps, history, lines, moves, shortcuts, supervision, written
from sim.fast.forms import ASSIGNED, BUSY, FINISH, IDLE, IN_WORK, OFF_DUTY, OWN, REPLIED
from sim.fast.memory import compiled, held_at, inlined, kind_at, pace_at, person_at, slot_at, ticket_at
from sim.layout import FRONT_S, ROOM_S
from sim.record import HANDED_BACK

_LATEST_S = 2**31 - 1
"""Work that would end later ends, for this run, never."""


@inlined
def idles(m: Any, person: int) -> None:
    """A person on duty has nothing in hand."""
    p = person_at(m, person)
    p.status = IDLE
    own = held_at(m, person, OWN).first >= 0
    if not m.inbox:
        p.since_s = m.now_s
        lines.person_in(m, person)
    if own:
        moves.looks(m, person)
    if own or m.waiting > 0:
        m.unsettled = 1


@inlined
def rests(m: Any, person: int) -> None:
    """A person who was idle is so no longer."""
    if m.pull:
        person_at(m, person).looks_s = -1
    if not m.inbox and person_at(m, person).listed:
        lines.person_out(m, person)


@inlined
def works(m: Any, person: int, slot: int) -> None:
    """Work goes on from now at this pace; its end is known now, unless the pace changes or the person is sent off."""
    s = slot_at(m, person, slot)
    t = ticket_at(m, s.ticket)
    s.paced_s = m.now_s
    rate_ppm = chats.rate_ppm(m, person, moves.skill_of(m, s.ticket), person_at(m, person).in_hand, m.now_s)
    ends_s = min(m.now_s + rules.handling_s(t.left_ms, rate_ppm, m.clock_s), _LATEST_S)
    t.ends_s = ends_s
    lines.push(m, ends_s, FINISH, s.ticket)


@compiled
def stops(m: Any, person: int, slot: int, many: int) -> None:
    """Work at the pace of so many tickets stops: reckon what is left of one of them."""
    s = slot_at(m, person, slot)
    t = ticket_at(m, s.ticket)
    rate_ppm = chats.rate_ppm(m, person, moves.skill_of(m, s.ticket), many, s.paced_s)
    t.left_ms = rules.left_after_ms(t.left_ms, m.now_s - s.paced_s, rate_ppm)


@compiled
def repaces(m: Any, person: int, slots: int, before: int) -> None:
    """A person who had `before` tickets in hand has more or fewer: go on with the first at another pace, if it is one.

    What ends in this very second is left alone: it ends.
    """
    p = person_at(m, person)
    if pace_at(m, person, before - 1).ppm == pace_at(m, person, p.in_hand - 1).ppm:
        return
    for slot in range(slots):
        if ticket_at(m, slot_at(m, person, slot).ticket).ends_s != m.now_s:
            stops(m, person, slot, before)
            works(m, person, slot)


@compiled
def keeps_room(m: Any, person: int) -> None:
    """Let somebody who is busy with chats be given one more, after all who are idle, if there is room for one."""
    p = person_at(m, person)
    if m.inbox or m.pull:
        return
    if p.listed:
        lines.person_out(m, person)
    if chats.has_room(m, person):
        p.since_s = m.now_s + ROOM_S
        lines.person_in(m, person)


@compiled
def looks_again(m: Any, person: int) -> None:
    """Somebody who goes on with chats may have room for one of the own list, or of the pool."""
    keeps_room(m, person)
    if not chats.has_room(m, person):
        return
    own = held_at(m, person, OWN).first >= 0
    if own:
        moves.looks(m, person)
    if own or m.waiting > 0:
        m.unsettled = 1


@inlined
def starts(m: Any, person: int, ticket: int) -> None:
    """Somebody idle, or with room for one more chat, begins to work on a ticket."""
    t, p = ticket_at(m, ticket), person_at(m, person)
    now_s, slot = m.now_s, p.in_hand
    rests(m, person)
    if t.assigned_s < 0:
        t.assigned_s, t.accepted_s = now_s, now_s
    t.place, t.holder, t.owner = IN_WORK, person, person
    if m.parallel and moves.is_branch(m, ticket):
        ticket_at(m, moves.ticket_of(m, ticket)).owner = person
    moves.sorted_out(m, ticket)
    if m.merging:
        duplicates.recognises(m, ticket)
    if m.helping:
        helps.needs_none(m, ticket, person)
    s = slot_at(m, person, slot)
    s.ticket, s.started_s, s.worked_s, s.segment_s, s.begun_ms = ticket, now_s, 0, now_s, t.left_ms
    if m.tempted:
        shortcuts.begins(m, person, ticket)
    if t.replied != REPLIED and not kind_at(m, t.kind).replies_at_end and not supervision.is_looked_at(m, ticket):
        moves.replies(m, ticket, person)
    p.in_hand = slot + 1
    if slot == 0:
        p.status, p.busy_since_s = BUSY, now_s
        p.chats = kind_at(m, t.kind).chat
    else:
        repaces(m, person, slot, slot)
    works(m, person, slot)
    if m.chatting:
        keeps_room(m, person)


@compiled
def suspends(m: Any, person: int) -> None:
    """A shift ends under `carry_over`: work in hand stops."""
    p = person_at(m, person)
    for slot in range(p.in_hand):
        s = slot_at(m, person, slot)
        stops(m, person, slot, p.in_hand)
        written.segment(m, person, s.segment_s, m.now_s)
        s.worked_s += m.now_s - s.segment_s
        ticket_at(m, s.ticket).ends_s = -1
    history.busied(m, person, p.busy_since_s)
    p.suspended, p.status = 1, OFF_DUTY


@compiled
def resumes(m: Any, person: int) -> None:
    """Go on with suspended work."""
    p = person_at(m, person)
    p.suspended, p.status, p.busy_since_s = 0, BUSY, m.now_s
    for slot in range(p.in_hand):
        slot_at(m, person, slot).segment_s = m.now_s
        works(m, person, slot)


@compiled
def hands_back(m: Any, person: int) -> None:
    """A shift ends under `hand_back`: tickets, with what is left of them, go to the head of their queues."""
    p = person_at(m, person)
    for slot in range(p.in_hand):
        s = slot_at(m, person, slot)
        t = ticket_at(m, s.ticket)
        stops(m, person, slot, p.in_hand)
        shortcuts.thinks_better(m, s.ticket)
        t.left_ms = rules.handed_back_ms(s.begun_ms, t.left_ms, m.keeps_ppm)
        t.ends_s = -1
        written.touch(m, s.ticket, person, s.started_s, m.now_s, m.now_s - s.segment_s, HANDED_BACK)
        caps.holds(m, s.ticket, person, -1)
        t.front_s = FRONT_S
        moves.queues(m, s.ticket, t.ready_s)
    history.busied(m, person, p.busy_since_s)
    p.in_hand, p.status = 0, OFF_DUTY


@compiled
def orphans(m: Any, person: int) -> None:
    """Put the tickets of somebody's lists back into the pool."""
    for which in (OWN, ASSIGNED):
        ticket = held_at(m, person, which).first
        held_at(m, person, which).first = -1
        while ticket >= 0:
            after = ticket_at(m, ticket).after
            caps.holds(m, ticket, person, -1)
            moves.queues(m, ticket, ticket_at(m, ticket).ready_s)
            ticket = after
