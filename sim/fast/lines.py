"""Linked lists in order and the heap of events: insertion and removal in constant time where it matters.

Tickets of a queue are in the order (ready_s - front_s, number), people of a group in the order (since_s, number). What
comes last goes to the end at once; what must go further in is looked for from both ends in turn.
"""

from typing import Any

import numpy as np
from numba import njit

from sim.fast.forms import KIND_BITS, NUMBER_BITS
from sim.fast.memory import (
    compiled,
    entry,
    event_at,
    group_at,
    held_at,
    inlined,
    person_at,
    queue_at,
    skill_at,
    taken_at,
    ticket_at,
)


@njit(cache=True, nogil=True, forceinline=True)
def event(at_s: int, kind: int, number: int) -> Any:
    """Return an event as one whole number: events compare by second, then kind, then ticket or person."""
    return (np.int64(at_s) << (NUMBER_BITS + KIND_BITS)) | (kind << NUMBER_BITS) | number


@inlined
def push(m: Any, at_s: int, kind: int, number: int) -> None:
    """Let something happen at a second; what lies at the end of the run or beyond never happens."""
    if at_s >= m.until_s:
        return
    key, i = event(at_s, kind, number), m.heap
    m.heap = i + 1
    while i > 0:
        above = (i - 1) >> 2
        other = event_at(m, above).key
        if other <= key:
            break
        event_at(m, i).key = other
        i = above
    event_at(m, i).key = key


@inlined
def _least_below(m: Any, below: int, n: int) -> Any:
    """Return the least of up to four events from place `below` on, of a heap of n."""
    if below + 3 < n:
        one = below + (event_at(m, below + 1).key < event_at(m, below).key)
        other = below + 2 + (event_at(m, below + 3).key < event_at(m, below + 2).key)
        return other if event_at(m, other).key < event_at(m, one).key else one
    least = below
    for i in range(below + 1, n):
        if event_at(m, i).key < event_at(m, least).key:
            least = i
    return least


@inlined
def pop(m: Any) -> None:
    """Remove the first event of the heap, in which four events lie below each."""
    n = m.heap - 1
    m.heap = n
    key, i, below = event_at(m, n).key, 0, 1
    while below < n:
        least = _least_below(m, below, n)
        other = event_at(m, least).key
        if other >= key:
            break
        event_at(m, i).key = other
        i = least
        below = 4 * i + 1
    event_at(m, i).key = key


@inlined
def _ticket_first(m: Any, one: int, other: int) -> Any:
    """Return whether one ticket stands before another in a queue; ties by number."""
    t, u = ticket_at(m, one), ticket_at(m, other)
    a, b = t.ready_s - t.front_s, u.ready_s - u.front_s
    return a < b or (a == b and one < other)


@compiled
def _ticket_within(m: Any, queue: int, ticket: int) -> None:
    """Put a ticket before the last one of its queue, wherever it belongs."""
    back, front = queue_at(m, queue).tail, queue_at(m, queue).head
    while True:
        before = ticket_at(m, back).before
        if before < 0 or _ticket_first(m, before, ticket):
            break
        back = before
        if _ticket_first(m, ticket, front):
            back = front
            break
        front = ticket_at(m, front).after
    t, before = ticket_at(m, ticket), ticket_at(m, back).before
    t.after, t.before = back, before
    ticket_at(m, back).before = ticket
    if before < 0:
        queue_at(m, queue).head = ticket
    else:
        ticket_at(m, before).after = ticket


@inlined
def ticket_in(m: Any, queue: int, ticket: int) -> None:
    """Put a ticket into a queue, in its order."""
    q, t = queue_at(m, queue), ticket_at(m, ticket)
    tail = q.tail
    if tail >= 0 and _ticket_first(m, ticket, tail):
        _ticket_within(m, queue, ticket)
        return
    t.before, t.after, q.tail = tail, -1, ticket
    if tail < 0:
        q.head = ticket
    else:
        ticket_at(m, tail).after = ticket


@inlined
def ticket_out(m: Any, queue: int, ticket: int) -> None:
    """Take a ticket out of a queue, wherever it stands."""
    q, t = queue_at(m, queue), ticket_at(m, ticket)
    if t.before < 0:
        q.head = t.after
    else:
        ticket_at(m, t.before).after = t.after
    if t.after < 0:
        q.tail = t.before
    else:
        ticket_at(m, t.after).before = t.before


@compiled
def held_in(m: Any, person: int, which: int, ticket: int) -> None:
    """Put a ticket into one of a person's two lists, `OWN` or `ASSIGNED`, which have no order."""
    t, head = ticket_at(m, ticket), held_at(m, person, which).first
    t.before, t.after = -1, head
    if head >= 0:
        ticket_at(m, head).before = ticket
    held_at(m, person, which).first = ticket


@compiled
def held_out(m: Any, person: int, which: int, ticket: int) -> None:
    """Take a ticket out of a person's list."""
    t = ticket_at(m, ticket)
    if t.before < 0:
        held_at(m, person, which).first = t.after
    else:
        ticket_at(m, t.before).after = t.after
    if t.after >= 0:
        ticket_at(m, t.after).before = t.before


@inlined
def person_first(m: Any, one: int, other: int) -> Any:
    """Return whether one person has been idle for longer than another; ties by number."""
    a, b = person_at(m, one).since_s, person_at(m, other).since_s
    return a < b or (a == b and one < other)


@compiled
def _person_within(m: Any, group: int, person: int) -> None:
    """Put a person before the last one of a group, wherever they belong."""
    back, front = group_at(m, group).tail, group_at(m, group).head
    while True:
        before = person_at(m, back).before
        if before < 0 or person_first(m, before, person):
            break
        back = before
        if person_first(m, person, front):
            back = front
            break
        front = person_at(m, front).after
    p, before = person_at(m, person), person_at(m, back).before
    p.after, p.before = back, before
    person_at(m, back).before = person
    if before < 0:
        group_at(m, group).head = person
    else:
        person_at(m, before).after = person


@inlined
def _frees(m: Any, group: int, by: int) -> None:
    """Somebody of a group is listed now (1), or nobody any more (-1): count it with the skills that they take."""
    g = group_at(m, group)
    for i in range(g.first_skill, g.last_skill):
        skill_at(m, taken_at(m, i).skill).free += by


@inlined
def person_in(m: Any, person: int) -> None:
    """List a person among those of the group who may be given a ticket."""
    p = person_at(m, person)
    g = group_at(m, p.group)
    tail = g.tail
    p.listed = 1
    m.listed += 1
    if tail >= 0 and person_first(m, person, tail):
        _person_within(m, p.group, person)
        return
    p.before, p.after, g.tail = tail, -1, person
    if tail < 0:
        g.head = person
        _frees(m, p.group, 1)
    else:
        person_at(m, tail).after = person


@inlined
def person_out(m: Any, person: int) -> None:
    """Strike a person off the list of the group."""
    p = person_at(m, person)
    g = group_at(m, p.group)
    p.listed = 0
    m.listed -= 1
    if p.before < 0:
        g.head = p.after
    else:
        person_at(m, p.before).after = p.after
    if p.after < 0:
        g.tail = p.before
    else:
        person_at(m, p.after).before = p.before
    if g.head < 0:
        _frees(m, p.group, -1)


@entry
def list_again(desk: Any) -> None:
    """List everybody who is listed anew: the groups have changed, and are empty."""
    m = desk[0]
    m.listed = 0
    for skill in range(m.n_skills):
        skill_at(m, skill).free = 0
    for person in range(m.n_people):
        if person_at(m, person).listed:
            person_in(m, person)
