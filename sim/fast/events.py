"""What happens: one function for each kind of event, and the loop that lets them happen."""

from typing import Any

import numpy as np

from sim import rules
from sim.fast import (
    attention,
    branches,
    call_backs,
    caps,
    changes,
    ends,
    escalation,
    lines,
    moves,
    pull,
    returning,
    shortcuts,
    triage,
    work,
    written,
)
from sim.fast.forms import (
    ACCEPTED,
    ANSWERED,
    ASKING,
    ASSIGNED,
    BUSY,
    CALLS,
    CHANGES,
    COMES_UNDER,
    CREATED,
    ESCALATES,
    FINISH,
    GONE,
    IDLE,
    KIND_BITS,
    LEAVE,
    LOOKED,
    NUMBER_BITS,
    OFF,
    OFF_DUTY,
    ON,
    OPENS,
    OVERDUE,
    PENDING,
    READY,
    REMINDS,
    REOPENS,
    RESTING,
    WARNS,
)
from sim.fast.memory import (
    change_at,
    compiled,
    delay_at,
    due_at,
    duty_at,
    entry,
    event_at,
    inlined,
    kind_at,
    person_at,
    step_at,
    ticket_at,
    work_at,
)
from sim.fast.settle import goes, settle
from sim.record import (
    LEFT,
    WARNED,
)

REACHED, MORE, FULL, FAULT = range(4)
"""Why the loop came back: all is done; its budget is spent; an array is full; a ticket was reopened too often."""


@inlined
def _is_full(m: Any, settles: bool) -> Any:
    """Return whether the next event, or the settle step, might write past the end of an array."""
    rows = 4 + m.hands + m.parallel + (m.n_people * m.hands + m.next_ticket - m.fresh if settles else 0)
    events = 4 + rows + (2 * m.waiting + m.n_people * m.hands * (m.hands - 1) if settles else 0)
    return (
        m.told + rows > m.n_moments
        or m.touched + 4 + m.hands + m.parallel > m.n_touches
        or m.split + 4 + m.hands > m.n_segments
        or m.paused + 4 > m.n_pauses
        or m.heap + events > m.n_events
    )


@compiled
def _leaves(m: Any, ticket: int) -> None:
    """A learner's patience ends before any work began."""
    t = ticket_at(m, ticket)
    if t.owner < 0 and t.place != GONE:
        goes(m, ticket, LEFT)


@compiled
def _warns(m: Any, ticket: int, clause: int) -> None:
    """A due instant is near: the ticket's index rises (R003-70)."""
    t = ticket_at(m, ticket)
    if t.replied if clause == 0 else t.warns_s != m.now_s:
        return
    if clause == 1:
        t.warns_s = -1
    elif m.changing:
        if change_at(m, ticket).warns_s != m.now_s:
            return
        change_at(m, ticket).warns_s = -1
    if t.place == ASKING or t.place == RESTING or t.place == GONE:
        return
    written.note(m, ticket, WARNED, t.holder, clause)
    if t.warned:
        return
    if t.place >= 0:
        moves.unqueues(m, ticket)
        t.warned = 1
        moves.queues(m, ticket, t.ready_s)
    t.warned = 1
    if m.parallel:
        branches.tells_all(m, ticket)


@compiled
def _accepted(m: Any, ticket: int) -> None:
    """Inbox: the person has taken note of the ticket and may begin."""
    t = ticket_at(m, ticket)
    if t.place != PENDING or delay_at(m, ticket).accepts_s != m.now_s:
        return
    person = t.holder
    t.accepted_s = m.now_s
    if m.tempted:
        shortcuts.accepts(m, person, ticket)
    lines.held_out(m, person, ASSIGNED, ticket)
    caps.holds(m, ticket, person, -1)
    moves.gives(m, ticket, person, t.ready_s)


@compiled
def _comes_on(m: Any, person: int) -> None:
    """A span on duty begins: suspended work goes on before anything new."""
    p = person_at(m, person)
    p.next_span += 1
    p.on_duty = 1
    if m.inbox:
        lines.person_in(m, person)
    if p.suspended:
        work.resumes(m, person)
        if m.chatting:
            work.looks_again(m, person)
    elif p.status != BUSY:
        work.idles(m, person)
    elif m.chatting:
        work.looks_again(m, person)
    if m.inbox and m.waiting > 0:
        m.unsettled = 1


@compiled
def _goes_off(m: Any, person: int) -> None:
    """A span on duty ends: work in hand is finished, carried over or handed back, lists of the long absent go back."""
    p = person_at(m, person)
    p.on_duty = 0
    if p.listed:
        lines.person_out(m, person)
    p.looks_s = -1
    if p.status == IDLE:
        p.status = OFF_DUTY
    elif p.status == BUSY and m.carries_over:
        work.suspends(m, person)
    elif p.status == BUSY and m.hands_back:
        work.hands_back(m, person)
    if not rules.waits_for_owner(m.now_s, moves.next_on_s(m, person), m.orphan_s):
        work.orphans(m, person)
    if m.parallel and m.waiting > 0:
        m.unsettled = 1


@inlined
def _happens(m: Any, kind: int, number: int) -> None:
    if kind == FINISH:
        ends.finishes(m, number)
    elif kind == LEAVE:
        _leaves(m, number)
    elif kind == READY:
        branches.enters_stage(m, number, triage.next_stage(m, number))
    elif kind == ANSWERED:
        returning.answered(m, number)
    elif kind == REOPENS:
        returning.reopens(m, number)
    elif kind == CALLS:
        call_backs.calls(m, number)
    elif kind == CHANGES:
        changes.changes(m, number)
    elif kind == COMES_UNDER:
        changes.comes_under(m, number)
    elif kind == REMINDS:
        attention.reminds(m, number)
    elif kind == ACCEPTED:
        _accepted(m, number)
    elif kind == WARNS:
        _warns(m, number >> 1, number & 1)
    elif kind == LOOKED:
        pull.looked(m, number)
    elif kind == OFF:
        _goes_off(m, number)
    elif kind == ON:
        _comes_on(m, number)
    elif kind == ESCALATES:
        escalation.escalates(m, number)
    elif kind == OVERDUE:
        escalation.overdue(m, number >> 1, number & 1)
    elif kind == OPENS and m.opens_s == m.now_s:
        m.unsettled = 1


@inlined
def _created(m: Any, ticket: int) -> None:
    t = ticket_at(m, ticket)
    moves.warns_of(m, ticket, 0, due_at(m, ticket).response_s)
    moves.warns_of(m, ticket, 1, t.due_resolution_s)
    if m.changing:
        changes.will_change(m, ticket)
    kind = kind_at(m, t.kind)
    if kind.wrong < kind.steps:
        triage.sorts(m, ticket)
    else:
        branches.enters_stage(m, ticket, 0)


@compiled
def _is_put(m: Any, ticket: int, returns: int, referred: int) -> None:
    """Put an open ticket, or the branches of its stage, into its owner's list or the pool."""
    t = ticket_at(m, ticket)
    if step_at(m, t.kind, t.stage).branches > 0:
        branches.splits(m, ticket, t.ready_s)
        return
    moves.prepares(m, ticket, t.stage)
    if referred:
        t.left_ms = work_at(m, ticket, t.stage).ms
        t.refers = 0
    if returns and rules.waits_for_owner(0, moves.next_on_s(m, t.owner), m.orphan_s):
        t.assigned_s, t.accepted_s = 0, 0
        moves.gives(m, ticket, t.owner, t.ready_s)
    else:
        moves.queues(m, ticket, t.ready_s)


@entry
def open_with(desk: Any, returns: Any, referred: Any, leaves_s: Any) -> None:
    """Put the tickets that are open when the run begins where tickets that come back would be put.

    Parameters
    ----------
    desk
        Record of the desk, shape (1,).
    returns
        By open ticket: whether its owner has worked on its present stage, so that it goes back to them.
    referred
        By open ticket: whether no third party is waited for at its stage any more.
    leaves_s
        By open ticket: when its learner leaves unless work begins before, -1 for never.
    """
    m = desk[0]
    m.next_ticket = m.fresh = len(leaves_s)
    for ticket in range(len(leaves_s)):
        t = ticket_at(m, ticket)
        moves.warns_of(m, ticket, 0, due_at(m, ticket).response_s)
        moves.warns_of(m, ticket, 1, t.due_resolution_s)
        _is_put(m, ticket, returns[ticket], referred[ticket])
        if leaves_s[ticket] >= 0:
            lines.push(m, leaves_s[ticket], LEAVE, ticket)


@entry
def go_on(desk: Any, until_s: int, budget: int) -> Any:
    """Let everything happen that lies before an instant, and be settled.

    Parameters
    ----------
    desk
        Record of the desk, shape (1,); it and all arrays that it leads to are changed.
    until_s
        Second to reach.
    budget
        Events after which to come back, so that somebody can look or interrupt.
    """
    m = desk[0]
    tickets, duties = m.coming, m.n_duties
    no_event = np.int64(2**63 - 1)
    while True:
        key = event_at(m, 0).key if m.heap > 0 else no_event
        source = 0
        if m.next_ticket < tickets:
            created = lines.event(ticket_at(m, m.next_ticket).created_s, CREATED, m.next_ticket)
            if created < key:
                key, source = created, 1
        if m.next_duty < duties and duty_at(m, m.next_duty).key < key:
            key, source = duty_at(m, m.next_duty).key, 2
        at_s = key >> (NUMBER_BITS + KIND_BITS)
        settles = m.unsettled and at_s > m.now_s
        if not settles and at_s >= until_s:
            return REACHED
        if _is_full(m, settles):
            return FULL
        if settles:
            settle(m)
            continue
        if budget <= 0:
            return MORE
        budget -= 1
        m.now_s = at_s
        if source == 1:
            m.next_ticket += 1
            _created(m, m.next_ticket - 1)
        else:
            if source == 2:
                m.next_duty += 1
            else:
                lines.pop(m)
            _happens(m, (key >> NUMBER_BITS) & (2**KIND_BITS - 1), key & (2**NUMBER_BITS - 1))
            if m.fault >= 0:
                return FAULT
