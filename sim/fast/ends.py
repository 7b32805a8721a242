"""How a touch ends: the ticket asks, is referred, handed on or resolved."""

from typing import Any

from sim import rules
from sim.conduct import CUT_SHORT, HONEST, PASSED_ON
from sim.fast import (
    assists,
    branches,
    call_backs,
    caps,
    draws,
    duplicates,
    escalation,
    history,
    learning,
    lines,
    moves,
    shortcuts,
    triage,
    work,
    written,
)
from sim.fast.forms import (
    ANSWERED,
    ASKING,
    GONE,
    HANDED,
    IN_WORK,
    NOWHERE,
    OFF_DUTY,
    READY,
    REFERRED,
    REOPENS,
    REPLIED,
    RESTING,
)
from sim.fast.memory import compiled, inlined, kind_at, person_at, slot_at, step_at, ticket_at
from sim.layout import REOPEN, SOLVED
from sim.record import (
    ASSISTED,
    BOUNCED,
    DONE,
    ENDED_ESCALATED,
    ENDED_MERGED,
    HANDED_ON,
    MERGED,
    PARKED,
    RESOLVED,
    THIRD_PARTY,
    TRANSFERRED,
    WAIT_BEGINS,
)


@compiled
def _asks(m: Any, ticket: int, person: int) -> None:
    """The ticket waits for its requester's answer."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.place, t.asked_s = ASKING, m.now_s
    written.note(m, ticket, WAIT_BEGINS, person, -1)
    t.left_ms, t.rest_ms = t.rest_ms, -1
    delay_s = draws.drawn_s(m, step.answer_row, step.answer_purpose, ticket)
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
    written.note(m, ticket, WAIT_BEGINS, person, THIRD_PARTY)
    t.left_ms = moves.after_ms(m, ticket)
    delay_s = draws.drawn_s(m, step.third_row, step.third_purpose, ticket)
    lines.push(m, m.now_s + max(delay_s, m.clock_s), ANSWERED, ticket)


@compiled
def _hands_on(m: Any, ticket: int, person: int) -> None:
    """The ticket goes on to its next stage."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage + 1)
    t.place = HANDED
    written.note(m, ticket, HANDED_ON, person, -1)
    delay_s = draws.drawn_s(m, step.handoff_row, step.handoff_purpose, ticket)
    if delay_s > 0:
        lines.push(m, m.now_s + delay_s, READY, ticket)
    else:
        branches.enters_stage(m, ticket, t.stage + 1)


@inlined
def _resolves(m: Any, ticket: int, person: int, skill: int) -> None:
    """The ticket is resolved, by work in a skill; if it is not solved, it comes back, or its learner gives up."""
    t = ticket_at(m, ticket)
    t.place, t.resolved_s = RESTING, m.now_s
    written.note(m, ticket, RESOLVED, person, -1)
    if kind_at(m, t.kind).calls_back > 0.0:
        call_backs.books(m, ticket)
    quality = learning.quality_now(m, person, skill)
    if not shortcuts.closed_early(m, ticket) and rules.solves(
        draws.drawn(m, SOLVED, ticket), m.solved_logit, quality, t.difficulty
    ):
        t.solved = 1
        return
    t.solved = 0
    delay_s = max(draws.drawn_s(m, m.reopen_row, REOPEN, ticket), m.clock_s)
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
        written.segment(m, person, s.segment_s, m.now_s)
    written.touch(m, ticket, person, s.started_s, m.now_s, s.worked_s + m.now_s - s.segment_s, ended)
    if p.in_hand == 0:
        history.busied(m, person, p.busy_since_s)
    elif slot < p.in_hand:
        z = slot_at(m, person, p.in_hand)
        s.ticket, s.begun_ms, s.started_s = z.ticket, z.begun_ms, z.started_s
        s.worked_s, s.segment_s, s.paced_s = z.worked_s, z.segment_s, z.paced_s


@inlined
def finishes(m: Any, ticket: int) -> None:
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
    shortcut = shortcuts.taken(m, ticket)
    if shortcut != HONEST:
        ended = DONE if shortcut == CUT_SHORT else BOUNCED
    if m.merging and duplicates.merges(m, ticket) >= 0:
        ended = ENDED_MERGED
    if t.stage >= kind.assists:
        ended = BOUNCED if t.stage >= kind.wrong else ENDED_ESCALATED if t.stage >= kind.looks else ASSISTED
    elif t.replied != REPLIED and ended != BOUNCED:
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
        written.note(m, ticket, MERGED, person, duplicates.merges(m, ticket))
    elif ended == DONE:
        _resolves(m, whole, person, moves.skill_of(m, ticket))
    elif ended == ENDED_ESCALATED:
        escalation.comes_down(m, ticket)
    elif shortcut == PASSED_ON:
        shortcuts.passes(m, ticket, person)
    elif ended == BOUNCED:
        triage.bounces(m, ticket, person)
    elif ended == PARKED and t.rest_ms < 0:
        _refers(m, ticket, person)
    elif ended == PARKED:
        _asks(m, ticket, person)
    else:
        _hands_on(m, whole, person)
    if p.in_hand > 0:
        work.repaces(m, person, p.in_hand, p.in_hand + 1)
        work.looks_again(m, person)
    elif p.on_duty:
        if m.chatting and p.listed and not m.inbox:
            lines.person_out(m, person)
        work.idles(m, person)
    else:
        p.status = OFF_DUTY
