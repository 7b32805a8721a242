"""Tickets that come back: waits that end, and reopenings."""

from typing import Any

from sim import rules
from sim.chance import VISITS
from sim.fast import (
    branches,
    call_backs,
    caps,
    changes,
    draws,
    dues,
    moves,
    supervision,
    written,
)
from sim.fast.forms import APART, REFERRED, UNSET
from sim.fast.memory import change_at, compiled, kind_at, overdue_at, run_at, step_at, ticket_at
from sim.layout import NEVER
from sim.record import (
    REOPENED,
    THIRD_PARTY,
    WAIT_ENDS,
)


@compiled
def is_due_anew(m: Any, ticket: int, since_s: int) -> None:
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
def wait_ends(m: Any, ticket: int, place: int) -> None:
    """The requester's answer ends a pause and moves the due instant; a third party's moves nothing."""
    t = ticket_at(m, ticket)
    if place == REFERRED:
        written.note(m, ticket, WAIT_ENDS, -1, THIRD_PARTY)
        return
    written.note(m, ticket, WAIT_ENDS, -1, -1)
    moves.writes_again(m, ticket)
    if m.changing:
        changes.paused(m, ticket, t.asked_s, m.now_s)
    if t.due_resolution_s != NEVER:
        if run_at(m, ticket).due_s == UNSET:
            dues.begin_run(m, ticket, t.created_s)
        dues.pause(m, ticket, t.asked_s, m.now_s)
        is_due_anew(m, ticket, t.asked_s)


@compiled
def answered(m: Any, ticket: int) -> None:
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
        wait_ends(m, whole, place)
        if whole != ticket:
            branches.tells_all(m, whole)
    moves.returns(m, ticket)


@compiled
def reopens(m: Any, ticket: int) -> None:
    """An unsolved ticket comes back, to its owner first."""
    t = ticket_at(m, ticket)
    t.visit += 1
    if t.visit == VISITS:
        m.fault = ticket
        return
    written.note(m, ticket, REOPENED, -1, -1)
    moves.writes_again(m, ticket)
    if kind_at(m, t.kind).calls_back > 0.0:
        call_backs.withdraws(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.left_ms = rules.part_ms(draws.drawn_ms(m, step.work_row, step.work_purpose, ticket), m.reopen_ppm)
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
        is_due_anew(m, ticket, t.resolved_s)
    if step.branches > 0:
        branches.splits(m, ticket, m.now_s)
    else:
        moves.returns(m, ticket)
