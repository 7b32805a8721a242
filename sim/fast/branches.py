"""Parallel stages: the branches of a ticket are ready at the same time, for different people (R000-29, R000-30).

A branch is numbered after the tickets and waits, is worked on, asks and refers as a ticket does. Its ticket stands
apart until all branches are done; as a whole it waits for somebody only while all open branches wait.
"""

from typing import Any

import numpy as np

from sim import rules
from sim.fast import draws, lines, moves, written
from sim.fast.forms import ANSWERED, APART, ASKING, NOWHERE, REFERRED
from sim.fast.memory import ability_at, asks_at, barred_at, compiled, step_at, ticket_at
from sim.record import ENDED_LEFT, THIRD_PARTY, WAIT_BEGINS


@compiled
def _prepares(m: Any, ticket: int, branch: int, number: int) -> None:
    """Bring its work to a branch; that of a reopened ticket is neither asked about nor referred."""
    t, b = ticket_at(m, ticket), ticket_at(m, branch)
    own = step_at(m, t.kind, t.stage)
    b.stage = t.stage if number == 0 else own.beside + number - 1
    step = step_at(m, b.kind, b.stage)
    b.rest_ms, b.refers = -1, 0
    if t.visit > 0:
        b.left_ms = rules.part_ms(draws.drawn_ms(m, step.work_row, step.work_purpose, branch), m.reopen_ppm)
        return
    work = moves.whole_ms(m, branch)
    b.left_ms = work
    asks: Any = np.int64(0)
    if number == 0:
        asks = np.int64(asks_at(m, ticket, t.stage).asks)
    elif step.asks > 0.0:
        asks = np.int64(rules.happens(draws.drawn(m, step.asks_purpose, branch), step.asks))
    if asks:
        first = rules.part_ms(work, step.asks_after_ppm)
        b.left_ms, b.rest_ms = first, work - first
    if step.refers > 0.0 and rules.happens(draws.drawn(m, step.refers_purpose, branch), step.refers):
        moves.will_refer(m, branch)


@compiled
def _tells(m: Any, ticket: int, branch: int) -> None:
    """Let a branch be as urgent as its ticket."""
    t, b = ticket_at(m, ticket), ticket_at(m, branch)
    b.priority, b.replied, b.warned = t.priority, t.replied, max(b.warned, t.warned)
    b.due_resolution_s, b.due_first_s = t.due_resolution_s, t.due_first_s


@compiled
def splits(m: Any, ticket: int, ready_s: int) -> None:
    """All branches of a ticket's stage are ready; those of a reopened ticket go back to who did them."""
    t, first = ticket_at(m, ticket), moves.first_branch(m, ticket)
    t.place, t.ready_s, t.holder, t.rest_ms, t.refers = APART, ready_s, -1, -1, 0
    for number in range(step_at(m, t.kind, t.stage).branches):
        branch = first + number
        b = ticket_at(m, branch)
        b.visit, b.warned = t.visit, 0
        _tells(m, ticket, branch)
        _prepares(m, ticket, branch, number)
        if b.owner < 0:
            moves.queues(m, branch, ready_s)
        else:
            moves.returns(m, branch)


@compiled
def enters_stage(m: Any, ticket: int, stage: int) -> None:
    """Bring a ticket to a stage, and it, or its branches, into the pool."""
    t = ticket_at(m, ticket)
    if not m.parallel or step_at(m, t.kind, stage).branches == 0:
        moves.prepares(m, ticket, stage)
        moves.queues(m, ticket, m.now_s)
        return
    t.stage = stage
    first = moves.first_branch(m, ticket)
    for number in range(step_at(m, t.kind, stage).branches):
        ticket_at(m, first + number).owner = -1
    splits(m, ticket, m.now_s)


@compiled
def tells_all(m: Any, ticket: int) -> None:
    """A ticket has become more, or less, urgent: its open branches have, too, and change queues."""
    t = ticket_at(m, ticket)
    if t.place != APART and t.place != ASKING and t.place != REFERRED:
        return
    first = moves.first_branch(m, ticket)
    for branch in range(first, first + step_at(m, t.kind, t.stage).branches):
        b = ticket_at(m, branch)
        if b.place == NOWHERE:
            continue
        turns = b.place >= 0 and (b.priority != t.priority or b.warned < t.warned)
        if turns:
            moves.unqueues(m, branch)
        _tells(m, ticket, branch)
        if turns:
            moves.queues(m, branch, b.ready_s)


@compiled
def ends(m: Any, branch: int, person: int, parks: int) -> None:
    """A touch of a branch has ended: it is done, or waits for its requester or a third party."""
    b = ticket_at(m, branch)
    ticket_at(m, moves.ticket_of(m, branch)).owner = person
    step = step_at(m, b.kind, b.stage)
    if not parks:
        b.place = NOWHERE
        return
    if b.rest_ms >= 0:
        b.place, b.left_ms, b.rest_ms = ASKING, b.rest_ms, -1
        delay_s = draws.drawn_s(m, step.answer_row, step.answer_purpose, branch)
    else:
        b.place, b.refers, b.left_ms = REFERRED, 0, moves.after_ms(m, branch)
        delay_s = draws.drawn_s(m, step.third_row, step.third_purpose, branch)
    lines.push(m, m.now_s + max(delay_s, m.clock_s), ANSWERED, branch)


@compiled
def is_joined(m: Any, ticket: int, person: int) -> Any:
    """Return whether all branches of a ticket are done; if not, see whether it now waits as a whole."""
    t, first = ticket_at(m, ticket), moves.first_branch(m, ticket)
    asking, referred, others = 0, 0, 0
    for branch in range(first, first + step_at(m, t.kind, t.stage).branches):
        place = ticket_at(m, branch).place
        asking += place == ASKING
        referred += place == REFERRED
        others += place != ASKING and place != REFERRED and place != NOWHERE
    if others == 0 and asking + referred > 0:
        t.place, t.asked_s = ASKING if referred == 0 else REFERRED, m.now_s
        written.note(m, ticket, WAIT_BEGINS, person, -1 if referred == 0 else THIRD_PARTY)
    return others + asking + referred == 0


@compiled
def withdraws(m: Any, ticket: int) -> None:
    """The learner leaves: no branch is done any more."""
    first = moves.first_branch(m, ticket)
    t = ticket_at(m, ticket)
    for branch in range(first, first + step_at(m, t.kind, t.stage).branches):
        b = ticket_at(m, branch)
        moves.takes_back(m, branch)
        b.assigned_s, b.accepted_s = -1, -1
        written.touch(m, branch, -1, -1, m.now_s, 0, ENDED_LEFT)


@compiled
def _has_another(m: Any, branch: int, person: int) -> Any:
    """Return whether somebody holds another branch of the same ticket, or was the last to work on it."""
    ticket = moves.ticket_of(m, branch)
    t, first = ticket_at(m, ticket), moves.first_branch(m, ticket)
    for other in range(first, first + step_at(m, t.kind, t.stage).branches):
        b = ticket_at(m, other)
        if other != branch and (b.owner == person or b.holder == person):
            return True
    return False


@compiled
def may_take(m: Any, ticket: int, person: int, skill: int) -> Any:
    """Return whether a person has no other branch of the ticket, or nobody else will come to do this one."""
    if not moves.is_branch(m, ticket) or not _has_another(m, ticket, person):
        return True
    kind = ticket_at(m, ticket).kind
    for other in range(m.n_people):
        if ability_at(m, other, skill).may and not barred_at(m, other, kind).barred:  # noqa: SIM102
            if not _has_another(m, ticket, other) and rules.waits_for_owner(
                m.now_s, moves.next_on_s(m, other), m.orphan_s
            ):
                return False
    return True
