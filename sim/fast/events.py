"""What happens: one function for each kind of event, and the loop that lets them happen."""

from typing import Any

import numpy as np

from sim import rules
from sim.chance import VISITS
from sim.fast import (
    assists,
    attention,
    branches,
    call_backs,
    caps,
    changes,
    dues,
    duplicates,
    escalation,
    history,
    lines,
    moves,
    pull,
    supervision,
    triage,
)
from sim.fast.memory import (
    ACCEPTED,
    ANSWERED,
    APART,
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
    HANDED,
    IDLE,
    IN_WORK,
    KIND_BITS,
    LEAVE,
    LOOKED,
    NOWHERE,
    NUMBER_BITS,
    OFF,
    OFF_DUTY,
    ON,
    OPENS,
    OVERDUE,
    PENDING,
    READY,
    REFERRED,
    REMINDS,
    REOPENS,
    REPLIED,
    RESTING,
    UNSET,
    WARNS,
    ability_at,
    change_at,
    compiled,
    delay_at,
    due_at,
    duty_at,
    entry,
    event_at,
    inlined,
    kind_at,
    overdue_at,
    person_at,
    run_at,
    slot_at,
    step_at,
    ticket_at,
    work_at,
)
from sim.fast.settle import goes, settle
from sim.layout import NEVER, REOPEN, SOLVED
from sim.record import (
    ASSISTED,
    BOUNCED,
    DONE,
    ENDED_ESCALATED,
    ENDED_MERGED,
    HANDED_ON,
    LEFT,
    MERGED,
    PARKED,
    REOPENED,
    RESOLVED,
    THIRD_PARTY,
    TRANSFERRED,
    WAIT_BEGINS,
    WAIT_ENDS,
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
def _is_due_anew(m: Any, ticket: int, since_s: int) -> None:
    """Take over the due instant after a pause that began at `since_s`.

    A warning that fell into that pause was not given; if the due instant stays, it is given now. So is an escalation.
    """
    t = ticket_at(m, ticket)
    due_s = run_at(m, ticket).moved_due_s // m.clock_s * m.clock_s
    if m.changing:
        due_s = rules.due_after_change_s(due_s, change_at(m, ticket).changed_s)
    warning_s = (due_s - m.lead_s) // m.clock_s * m.clock_s
    if due_s != t.due_resolution_s or (since_s <= warning_s and warning_s < m.now_s):
        t.due_resolution_s = due_s
        t.warns_s = -1
        moves.warns_of(m, ticket, 1, due_s)
    elif m.escalates_overdue and overdue_at(m, ticket).resolution_s < m.now_s:
        supervision.will_be_overdue(m, ticket, 1, due_s)


@compiled
def _wait_ends(m: Any, ticket: int, place: int) -> None:
    """The requester's answer ends a pause and moves the due instant; a third party's moves nothing."""
    t = ticket_at(m, ticket)
    if place == REFERRED:
        moves.note(m, ticket, WAIT_ENDS, -1, THIRD_PARTY)
        return
    moves.note(m, ticket, WAIT_ENDS, -1, -1)
    moves.writes_again(m, ticket)
    if m.changing:
        changes.paused(m, ticket, t.asked_s, m.now_s)
    if t.due_resolution_s != NEVER:
        if run_at(m, ticket).due_s == UNSET:
            dues.begin_run(m, ticket, t.created_s)
        dues.pause(m, ticket, t.asked_s, m.now_s)
        _is_due_anew(m, ticket, t.asked_s)


@compiled
def _answered(m: Any, ticket: int) -> None:
    """Somebody has answered: a ticket, or a branch, comes back; a branch's answer ends a wait of the whole ticket."""
    t, whole = ticket_at(m, ticket), ticket
    if m.caps > 0:
        caps.counts(m, ticket, t.owner, -1)
    if m.parallel and moves.is_branch(m, ticket):
        whole = moves.ticket_of(m, ticket)
    place = ticket_at(m, whole).place
    if whole != ticket:
        ticket_at(m, whole).place = APART
    if place != APART:
        _wait_ends(m, whole, place)
        if whole != ticket:
            branches.tells_all(m, whole)
    moves.returns(m, ticket)


@compiled
def _reopens(m: Any, ticket: int) -> None:
    """An unsolved ticket comes back, to its owner first."""
    t = ticket_at(m, ticket)
    t.visit += 1
    if t.visit == VISITS:
        m.fault = ticket
        return
    moves.note(m, ticket, REOPENED, -1, -1)
    moves.writes_again(m, ticket)
    if kind_at(m, t.kind).calls_back > 0.0:
        call_backs.withdraws(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.left_ms = rules.part_ms(moves.drawn_ms(m, step.work_row, step.work_purpose, ticket), m.reopen_ppm)
    t.rest_ms = -1
    if m.changing and m.restarts:
        changes.restarts(m, ticket)
    elif m.changing:
        changes.paused(m, ticket, t.resolved_s, m.now_s)
    if t.due_resolution_s != NEVER:
        if m.restarts:
            dues.begin_run(m, ticket, m.now_s)
        else:
            if run_at(m, ticket).due_s == UNSET:
                dues.begin_run(m, ticket, t.created_s)
            dues.pause(m, ticket, t.resolved_s, m.now_s)
        _is_due_anew(m, ticket, t.resolved_s)
    if step.branches > 0:
        branches.splits(m, ticket, m.now_s)
    else:
        moves.returns(m, ticket)


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
    moves.note(m, ticket, WARNED, t.holder, clause)
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
    lines.held_out(m, person, ASSIGNED, ticket)
    caps.holds(m, ticket, person, -1)
    moves.gives(m, ticket, person, t.ready_s)


@compiled
def _asks(m: Any, ticket: int, person: int) -> None:
    """The ticket waits for its requester's answer."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.place, t.asked_s = ASKING, m.now_s
    moves.note(m, ticket, WAIT_BEGINS, person, -1)
    t.left_ms, t.rest_ms = t.rest_ms, -1
    delay_s = moves.drawn_s(m, step.answer_row, step.answer_purpose, ticket)
    lines.push(m, m.now_s + max(delay_s, m.clock_s), ANSWERED, ticket)


@compiled
def _refers(m: Any, ticket: int, person: int) -> None:
    """The ticket waits for a third party, or for a colleague; its resolution clock runs on."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    if step.assist >= 0:
        assists.asks_colleague(m, ticket, person)
        return
    t.place, t.refers = REFERRED, 0
    moves.note(m, ticket, WAIT_BEGINS, person, THIRD_PARTY)
    t.left_ms = moves.after_ms(m, ticket)
    delay_s = moves.drawn_s(m, step.third_row, step.third_purpose, ticket)
    lines.push(m, m.now_s + max(delay_s, m.clock_s), ANSWERED, ticket)


@compiled
def _hands_on(m: Any, ticket: int, person: int) -> None:
    """The ticket goes on to its next stage."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage + 1)
    t.place = HANDED
    moves.note(m, ticket, HANDED_ON, person, -1)
    delay_s = moves.drawn_s(m, step.handoff_row, step.handoff_purpose, ticket)
    if delay_s > 0:
        lines.push(m, m.now_s + delay_s, READY, ticket)
    else:
        branches.enters_stage(m, ticket, t.stage + 1)


@inlined
def _resolves(m: Any, ticket: int, person: int, skill: int) -> None:
    """The ticket is resolved, by work in a skill; if it is not solved, it comes back, or its learner gives up."""
    t = ticket_at(m, ticket)
    t.place, t.resolved_s = RESTING, m.now_s
    moves.note(m, ticket, RESOLVED, person, -1)
    if kind_at(m, t.kind).calls_back > 0.0:
        call_backs.books(m, ticket)
    quality = ability_at(m, person, skill).quality
    if rules.solves(moves.drawn(m, SOLVED, ticket), m.solved_logit, quality, t.difficulty):
        t.solved = 1
        return
    t.solved = 0
    delay_s = max(moves.drawn_s(m, m.reopen_row, REOPEN, ticket), m.clock_s)
    if rules.reopens_in_time(delay_s, m.close_after_s):
        lines.push(m, m.now_s + delay_s, REOPENS, ticket)


@inlined
def _lays_down(m: Any, ticket: int, person: int, ended: int) -> None:
    """Write down the touch of a ticket in a person's hand, and take it out of the hand."""
    p = person_at(m, person)
    p.in_hand -= 1
    slot = p.in_hand
    while slot_at(m, person, slot).ticket != ticket:
        slot -= 1
    s = slot_at(m, person, slot)
    if s.worked_s > 0:
        moves.segment(m, person, s.segment_s, m.now_s)
    moves.touch(m, ticket, person, s.started_s, m.now_s, s.worked_s + m.now_s - s.segment_s, ended)
    if p.in_hand == 0:
        history.busied(m, person, p.busy_since_s)
    elif slot < p.in_hand:
        z = slot_at(m, person, p.in_hand)
        s.ticket, s.begun_ms, s.started_s = z.ticket, z.begun_ms, z.started_s
        s.worked_s, s.segment_s, s.paced_s = z.worked_s, z.segment_s, z.paced_s


@inlined
def _finishes(m: Any, ticket: int) -> None:
    """A touch ends: the ticket waits for its requester, goes on to the next stage, or is resolved."""
    t = ticket_at(m, ticket)
    if t.place != IN_WORK or t.ends_s != m.now_s:
        return
    person = t.holder
    p = person_at(m, person)
    t.ends_s = -1
    kind, whole = kind_at(m, t.kind), ticket
    if m.parallel and moves.is_branch(m, ticket):
        whole = moves.ticket_of(m, ticket)
    last = ticket_at(m, whole).stage >= kind.stages - 1
    ended = PARKED if t.rest_ms >= 0 or t.refers else DONE if last else TRANSFERRED
    if m.merging and duplicates.merges(m, ticket) >= 0:
        ended = ENDED_MERGED
    if t.stage >= kind.assists:
        ended = BOUNCED if t.stage >= kind.wrong else ENDED_ESCALATED if t.stage >= kind.looks else ASSISTED
    elif t.replied != REPLIED:
        moves.replies(m, ticket, person)
    _lays_down(m, ticket, person, ended)
    t.assigned_s, t.accepted_s, t.front_s = -1, -1, 0
    caps.holds(m, ticket, person, -1)
    if m.caps > 0 and ended == PARKED:
        caps.counts(m, ticket, person, 1)
    t.holder = -1
    joined: Any = True
    if whole != ticket:
        branches.ends(m, ticket, person, ended == PARKED)
        joined = branches.is_joined(m, whole, person)
    if not joined:
        pass
    elif whole >= m.coming:
        t.place = NOWHERE
        if ended == ASSISTED:
            assists.is_helped(m, ticket)
    elif ended == ENDED_MERGED:
        t.place = GONE
        moves.note(m, ticket, MERGED, person, duplicates.merges(m, ticket))
    elif ended == DONE:
        _resolves(m, whole, person, moves.skill_of(m, ticket))
    elif ended == ENDED_ESCALATED:
        escalation.comes_down(m, ticket)
    elif ended == BOUNCED:
        triage.bounces(m, ticket, person)
    elif ended == PARKED and t.rest_ms < 0:
        _refers(m, ticket, person)
    elif ended == PARKED:
        _asks(m, ticket, person)
    else:
        _hands_on(m, whole, person)
    if p.in_hand > 0:
        moves.repaces(m, person, p.in_hand, p.in_hand + 1)
        moves.looks_again(m, person)
    elif p.on_duty:
        if m.chatting and p.listed and not m.inbox:
            lines.person_out(m, person)
        moves.idles(m, person)
    else:
        p.status = OFF_DUTY


@compiled
def _comes_on(m: Any, person: int) -> None:
    """A span on duty begins: suspended work goes on before anything new."""
    p = person_at(m, person)
    p.next_span += 1
    p.on_duty = 1
    if m.inbox:
        lines.person_in(m, person)
    if p.suspended:
        moves.resumes(m, person)
        if m.chatting:
            moves.looks_again(m, person)
    elif p.status != BUSY:
        moves.idles(m, person)
    elif m.chatting:
        moves.looks_again(m, person)
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
        moves.suspends(m, person)
    elif p.status == BUSY and m.hands_back:
        moves.hands_back(m, person)
    if not rules.waits_for_owner(m.now_s, moves.next_on_s(m, person), m.orphan_s):
        moves.orphans(m, person)
    if m.parallel and m.waiting > 0:
        m.unsettled = 1


@inlined
def _happens(m: Any, kind: int, number: int) -> None:
    if kind == FINISH:
        _finishes(m, number)
    elif kind == LEAVE:
        _leaves(m, number)
    elif kind == READY:
        branches.enters_stage(m, number, triage.next_stage(m, number))
    elif kind == ANSWERED:
        _answered(m, number)
    elif kind == REOPENS:
        _reopens(m, number)
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
    if m.lead_s > 0 or m.escalates_overdue:
        moves.warns_of(m, ticket, 0, due_at(m, ticket).response_s)
        moves.warns_of(m, ticket, 1, t.due_resolution_s)
    if m.changing:
        changes.will_change(m, ticket)
    kind = kind_at(m, t.kind)
    if kind.wrong < kind.steps:
        triage.sorts(m, ticket)
    else:
        branches.enters_stage(m, ticket, 0)


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
        owner, ready_s = t.owner, t.ready_s
        moves.warns_of(m, ticket, 0, due_at(m, ticket).response_s)
        moves.warns_of(m, ticket, 1, t.due_resolution_s)
        if step_at(m, t.kind, t.stage).branches > 0:
            branches.splits(m, ticket, ready_s)
        else:
            moves.prepares(m, ticket, t.stage)
        if referred[ticket] and t.place != APART:
            t.left_ms = work_at(m, ticket, t.stage).ms
            t.refers = 0
        if t.place == APART:
            pass
        elif returns[ticket] and rules.waits_for_owner(0, moves.next_on_s(m, owner), m.orphan_s):
            t.assigned_s, t.accepted_s = 0, 0
            moves.gives(m, ticket, owner, ready_s)
        else:
            moves.queues(m, ticket, ready_s)
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
