"""How tickets come into queues and into lists, and out of them."""

from typing import Any

from sim import rules
from sim.fast import caps, chats, draws, lines, supervision, written
from sim.fast.forms import ASSIGNED, ESCALATES, IDLE, IN_OWN, NOWHERE, OWED, OWN, REPLIED, WARNS
from sim.fast.memory import (
    asks_at,
    change_at,
    child_at,
    compiled,
    delay_at,
    inlined,
    kind_at,
    look_at,
    numbers,
    opened_at,
    parent_at,
    person_at,
    queue_at,
    room_at,
    skill_at,
    span_at,
    step_at,
    ticket_at,
    waiting_at,
    work_at,
)
from sim.layout import NEVER
from sim.record import REPLY


@inlined
def is_branch(m: Any, number: int) -> Any:
    """Return whether a number is that of a branch."""
    return number >= m.coming and parent_at(m, number - m.coming).part >= 0


@inlined
def ticket_of(m: Any, branch: int) -> Any:
    """Return the ticket that a branch belongs to."""
    return parent_at(m, branch - m.coming).ticket


@inlined
def first_branch(m: Any, ticket: int) -> Any:
    """Return the number of a ticket's first branch."""
    return child_at(m, ticket).first + (kind_at(m, ticket_at(m, ticket).kind).calls_back > 0.0)


@compiled
def _of_branch(m: Any, branch: int) -> None:
    """The reply of a branch is one of its ticket, and so of all branches."""
    ticket = ticket_of(m, branch)
    t, first = ticket_at(m, ticket), first_branch(m, ticket)
    t.replied = REPLIED
    for other in range(first, first + step_at(m, t.kind, t.stage).branches):
        ticket_at(m, other).replied = REPLIED


@inlined
def replies(m: Any, ticket: int, person: int) -> None:
    """Give a human reply."""
    ticket_at(m, ticket).replied = REPLIED
    written.note(m, ticket, REPLY, person, -1)
    if m.parallel and is_branch(m, ticket):
        _of_branch(m, ticket)


@compiled
def _dispatches(m: Any, ticket: int) -> None:
    """A ticket has come into the pool: from now on a dispatcher, while on duty, takes some time to come to it."""
    t = ticket_at(m, ticket)
    delay_s = draws.drawn_s(m, m.dispatch_row, step_at(m, t.kind, t.stage).dispatch_purpose, ticket)
    on_s = numbers(m.at_dispatch_on, 0, m.n_dispatch_on)
    off_s = numbers(m.at_dispatch_off, 0, m.n_dispatch_off)
    delay_at(m, ticket).sorts_s = rules.after_duty_s(on_s, off_s, m.now_s, delay_s)


@inlined
def sorted_out(m: Any, ticket: int) -> None:
    """Somebody has a ticket: no dispatcher needs to come to it any more."""
    if m.dispatch_row >= 0:
        delay_at(m, ticket).sorts_s = -1


@compiled
def _will_escalate(m: Any, ticket: int, ready_s: int) -> None:
    """A ticket is ready: unless work begins in time, it will be escalated. Open tickets count from the run's begin."""
    t, at_s = ticket_at(m, ticket), max(ready_s, 0) + m.escalates_s
    if at_s > m.now_s and at_s != t.escalates_s and (ticket < m.coming or is_branch(m, ticket)):
        t.escalates_s = at_s
        lines.push(m, at_s, ESCALATES, ticket)


@inlined
def skill_of(m: Any, ticket: int) -> Any:
    """Return the skill that a ticket's present stage needs."""
    t = ticket_at(m, ticket)
    return step_at(m, t.kind, t.stage).skill


@compiled
def next_on_s(m: Any, person: int) -> Any:
    """Return when a person is next on duty: now if on duty, `NEVER` after the last span."""
    p = person_at(m, person)
    if p.on_duty:
        return m.now_s
    return span_at(m, p.next_span).on_s if p.next_span < p.last_span else NEVER


@compiled
def _opens(m: Any, queue: int, skill: int) -> None:
    """A queue is no longer empty: list it with its skill, and the skill, if it is the first."""
    q, k = queue_at(m, queue), skill_at(m, skill)
    q.skill, q.position = skill, k.queues
    waiting_at(m, skill, k.queues).queue = queue
    k.queues += 1
    if k.queues == 1:
        k.position = m.opened
        opened_at(m, m.opened).skill = skill
        m.opened += 1


@compiled
def queues(m: Any, ticket: int, ready_s: int) -> None:
    """Put a ticket into the pool."""
    t = ticket_at(m, ticket)
    queue = ((t.kind * m.stages + t.stage) * m.ranks + t.priority) * 2 + t.warned
    t.ready_s, t.place, t.holder, t.assigned_s, t.accepted_s = ready_s, queue, -1, -1, -1
    if m.dispatch_row >= 0 and delay_at(m, ticket).sorts_s < 0:
        _dispatches(m, ticket)
    if m.escalates_s > 0:
        _will_escalate(m, ticket, ready_s)
    lines.ticket_in(m, queue, ticket)
    q = queue_at(m, queue)
    q.length += 1
    m.waiting += 1
    if q.length == 1:
        _opens(m, queue, step_at(m, t.kind, t.stage).skill)
    kind = kind_at(m, t.kind)
    if kind.room >= 0 and (t.stage == 0 or t.stage >= kind.wrong):
        room_at(m, kind.room).inside += 1
    m.unsettled = 1


@compiled
def whole_ms(m: Any, ticket: int) -> Any:
    """Return the work of the present stage, or of a branch beside one, at the first visit."""
    t = ticket_at(m, ticket)
    if t.stage < kind_at(m, t.kind).stages:
        return work_at(m, ticket if ticket < m.coming else ticket_of(m, ticket), t.stage).ms
    step = step_at(m, t.kind, t.stage)
    return draws.drawn_ms(m, step.work_row, step.work_purpose, ticket)


@compiled
def after_ms(m: Any, ticket: int) -> Any:
    """Return the work of the present stage that comes after the wait for a third party."""
    t, work = ticket_at(m, ticket), whole_ms(m, ticket)
    return work - rules.part_ms(work, step_at(m, t.kind, t.stage).refers_after_ppm)


@compiled
def will_refer(m: Any, ticket: int) -> None:
    """Let a ticket wait for a third party at its stage: what comes after the wait is no part of what is left now."""
    t = ticket_at(m, ticket)
    t.refers = 1
    if t.rest_ms >= 0:
        t.rest_ms -= after_ms(m, ticket)
    else:
        t.left_ms -= after_ms(m, ticket)


@compiled
def prepares(m: Any, ticket: int, stage: int) -> None:
    """Bring the work of a stage, its question and its wait for a third party to a ticket."""
    t, work = ticket_at(m, ticket), work_at(m, ticket, stage).ms
    step = step_at(m, t.kind, stage)
    t.stage = stage
    if asks_at(m, ticket, stage).asks:
        first = rules.part_ms(work, step.asks_after_ppm)
        t.left_ms, t.rest_ms = first, work - first
    else:
        t.left_ms, t.rest_ms = work, -1
    if step.refers > 0.0 and rules.happens(draws.drawn(m, step.refers_purpose, ticket), step.refers):
        will_refer(m, ticket)


@compiled
def _shuts(m: Any, queue: int) -> None:
    """A queue is empty: strike it off the list of its skill, and the skill, if it was the last."""
    q = queue_at(m, queue)
    k = skill_at(m, q.skill)
    k.queues -= 1
    last = waiting_at(m, q.skill, k.queues).queue
    waiting_at(m, q.skill, q.position).queue = last
    queue_at(m, last).position = q.position
    if k.queues == 0:
        m.opened -= 1
        other = opened_at(m, m.opened).skill
        opened_at(m, k.position).skill = other
        skill_at(m, other).position = k.position


@compiled
def unqueues(m: Any, ticket: int) -> None:
    """Take a ticket out of the pool."""
    t = ticket_at(m, ticket)
    queue = t.place
    lines.ticket_out(m, queue, ticket)
    q = queue_at(m, queue)
    q.length -= 1
    m.waiting -= 1
    if q.length == 0:
        _shuts(m, queue)
    kind = kind_at(m, t.kind)
    if kind.room >= 0 and (t.stage == 0 or t.stage >= kind.wrong):
        room_at(m, kind.room).inside -= 1
    t.place = NOWHERE


@compiled
def takes_back(m: Any, ticket: int) -> None:
    """Take a ticket that waits for work out of the pool, or from the person who has it."""
    t = ticket_at(m, ticket)
    if t.place >= 0:
        unqueues(m, ticket)
        return
    lines.held_out(m, t.holder, OWN if t.place == IN_OWN else ASSIGNED, ticket)
    caps.holds(m, ticket, t.holder, -1)
    t.place = NOWHERE


@compiled
def looks(m: Any, person: int) -> None:
    """Let a person look into the own list at the settle step."""
    p = person_at(m, person)
    if not p.looks:
        p.looks = 1
        look_at(m, m.looks).person = person
        m.looks += 1


@compiled
def gives(m: Any, ticket: int, person: int, ready_s: int) -> None:
    """Put a ticket into a person's own list."""
    t, p = ticket_at(m, ticket), person_at(m, person)
    t.ready_s, t.place, t.holder = ready_s, IN_OWN, person
    sorted_out(m, ticket)
    if m.escalates_s > 0:
        _will_escalate(m, ticket, ready_s)
    lines.held_in(m, person, OWN, ticket)
    caps.holds(m, ticket, person, 1)
    if p.status == IDLE or (m.chatting and chats.has_room(m, person)):
        looks(m, person)
    m.unsettled = 1


@inlined
def writes_again(m: Any, ticket: int) -> None:
    """The requester has written again: if the next reply is promised, it is owed from now on."""
    if m.next_replies:
        ticket_at(m, ticket).replied = OWED


@compiled
def returns(m: Any, ticket: int) -> None:
    """A ticket comes back: its owner's list if the owner is not away for long, else the pool."""
    t = ticket_at(m, ticket)
    owner = t.owner
    if owner >= 0 and rules.waits_for_owner(m.now_s, next_on_s(m, owner), m.orphan_s):
        t.assigned_s, t.accepted_s = m.now_s, m.now_s
        gives(m, ticket, owner, m.now_s)
    else:
        queues(m, ticket, m.now_s)


@compiled
def _warns_of(m: Any, ticket: int, clause: int, due_s: int) -> None:
    at_s = rules.warns_at_s(due_s, m.lead_s, m.now_s)
    if at_s < m.until_s:
        at_s = max(at_s // m.clock_s * m.clock_s, m.now_s)
        if clause == 1:
            ticket_at(m, ticket).warns_s = at_s
        elif m.changing:
            change_at(m, ticket).warns_s = at_s
        lines.push(m, at_s, WARNS, ticket * 2 + clause)


@inlined
def warns_of(m: Any, ticket: int, clause: int, due_s: int) -> None:
    """Let a ticket be warned of a due instant (clause 0: response, 1: resolution), and escalated at it."""
    if m.escalates_overdue:
        supervision.will_be_overdue(m, ticket, clause, due_s)
    if due_s != NEVER and m.lead_s > 0:
        _warns_of(m, ticket, clause, due_s)
