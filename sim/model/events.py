"""What happens: one function for each kind of event."""

from __future__ import annotations

from typing import Final

from sim import rules
from sim.chance import VISITS, quantile
from sim.layout import REOPEN, SOLVED
from sim.model import caps
from sim.model.assists import asks_colleague, is_help, is_helped
from sim.model.attention import reminds
from sim.model.branches import enters_stage, is_joined, parks, splits, tells_all
from sim.model.call_backs import books, calls, withdraws
from sim.model.changes import changes, comes_under, will_change
from sim.model.escalation import comes_down, escalates, overdue
from sim.model.history import busied
from sim.model.moves import (
    gives,
    goes,
    hands_back,
    idles,
    is_due_anew,
    looks_again,
    orphans,
    prepares,
    queues,
    repaces,
    replies,
    resumes,
    returns,
    suspends,
    uncounts_idle,
    unqueues,
    warns_of,
    writes_again,
    writes_touch,
)
from sim.model.pull import looked
from sim.model.state import (
    ANSWERED,
    APART,
    ASKING,
    BUSY,
    CREATED,
    GONE,
    HANDED,
    IDLE,
    IN_WORK,
    LEAVE,
    NOWHERE,
    OFF,
    OFF_DUTY,
    ON,
    PENDING,
    READY,
    REFERRED,
    REOPENS,
    REPLIED,
    RESTING,
    UNANSWERED,
    Act,
    State,
)
from sim.model.triage import bounces, sorts
from sim.model.waits import refers
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


def opens_with(state: State, ticket: int) -> None:
    """A ticket is open when the run begins: it is put where a ticket that comes back would be put."""
    layout = state.layout
    state.visit[ticket] = int(layout.opening_visit[ticket])
    state.replied[ticket] = REPLIED if layout.opening_replied_s[ticket] < 0 else UNANSWERED
    warns_of(state, ticket, 0, state.due_response_s[ticket])
    warns_of(state, ticket, 1, state.due_resolution_s[ticket])
    ready_s, owner = int(layout.opening_ready_s[ticket]), int(layout.opening_owner[ticket])
    state.owner[ticket], state.stage[ticket] = owner, int(layout.opening_stage[ticket])
    _is_put(state, ticket, ready_s, owner)
    leaves_s = int(layout.opening_leaves_s[ticket])
    if leaves_s >= 0:
        state.at(leaves_s, LEAVE, ticket)


def _is_put(state: State, ticket: int, ready_s: int, owner: int) -> None:
    """Put an open ticket, or the branches of its stage, into its owner's list or the pool."""
    layout = state.layout
    if state.step_of(ticket).branches:
        splits(state, ticket, ready_s)
        return
    prepares(state, ticket, state.stage[ticket])
    if layout.opening_referred[ticket]:
        state.left_ms[ticket] = state.work_ms[ticket][state.stage[ticket]]
        state.refers[ticket] = False
    if layout.opening_returns[ticket] and rules.waits_for_owner(0, state.next_on_s(owner), layout.orphan_s):
        state.assigned_s[ticket] = state.accepted_s[ticket] = 0
        gives(state, ticket, owner, ready_s)
    else:
        queues(state, ticket, ready_s)


def created(state: State, ticket: int) -> None:
    """A ticket comes; the next one is waited for."""
    kind = state.kind[ticket]
    if ticket + 1 < len(state.layout.world):
        state.at(state.created_s[ticket + 1], CREATED, ticket + 1)
    if state.layout.lead_s or state.layout.escalates_overdue:
        warns_of(state, ticket, 0, state.due_response_s[ticket])
        warns_of(state, ticket, 1, state.due_resolution_s[ticket])
    will_change(state, ticket)
    if state.layout.wrong[kind] < len(state.layout.routes[kind]):
        sorts(state, ticket)
    else:
        enters_stage(state, ticket, 0)
    state.fresh.append(ticket)


def leaves(state: State, ticket: int) -> None:
    """A learner's patience ends before any work began."""
    if state.owner[ticket] < 0 and state.place[ticket] != GONE:
        goes(state, ticket, LEFT)


def answered(state: State, ticket: int, began_s: int) -> None:
    """Somebody has answered: a ticket, or a branch, comes back; a branch's answer ends a wait of the whole ticket."""
    if state.capped:
        caps.counts(state, ticket, state.owner[ticket], -1)
    whole = state.ticket_of(ticket)
    place = state.place[whole]
    if whole != ticket:
        state.place[whole] = APART
    if place != APART:
        _wait_ends(state, whole, place, began_s if whole == ticket else state.asked_s[whole])
        if whole != ticket:
            tells_all(state, whole)
    returns(state, ticket)


def _wait_ends(state: State, ticket: int, place: int, began_s: int) -> None:
    """The requester's answer ends a pause and moves the due instant; a third party's moves nothing."""
    if place == REFERRED:
        state.note(ticket, WAIT_ENDS, value=THIRD_PARTY)
        return
    state.note(ticket, WAIT_ENDS)
    state.waits.setdefault(ticket, []).append((began_s, state.now))
    writes_again(state, ticket)
    is_due_anew(state, ticket, began_s)


def handed_on(state: State, ticket: int) -> None:
    """A hand-off's delay is over: the next stage is ready, or the first after a mistake in sorting."""
    stage = state.stage[ticket]
    enters_stage(state, ticket, 0 if stage >= state.layout.wrong[state.kind[ticket]] else stage + 1)


def reopens(state: State, ticket: int) -> None:
    """An unsolved ticket comes back, to its owner first."""
    layout = state.layout
    state.visit[ticket] += 1
    if state.visit[ticket] == VISITS:
        raise ValueError(
            f"demand.kinds.{layout.world.kinds[state.kind[ticket]]}: a ticket was reopened {VISITS} times, which is "
            "beyond this model; raise outcome.solved_logit or outcome.reopen_after"
        )
    state.note(ticket, REOPENED)
    writes_again(state, ticket)
    if layout.calls_back[state.kind[ticket]]:
        withdraws(state, ticket)
    step = layout.routes[state.kind[ticket]][state.stage[ticket]]
    work = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, ticket)))
    state.left_ms[ticket], state.rest_ms[ticket] = int(rules.part_ms(work, layout.reopen_ppm)), -1
    state.reopenings.setdefault(ticket, []).append((state.resolved_s[ticket], state.now))
    is_due_anew(state, ticket, state.resolved_s[ticket])
    if step.branches:
        splits(state, ticket, state.now)
    else:
        returns(state, ticket)


def warns(state: State, number: int) -> None:
    """A due instant is near: the ticket's index rises (R003-70). Of a ticket's two that of the response is first."""
    ticket, clause = divmod(number, 2)
    place = state.place[ticket]
    if state.warns_s[clause][ticket] != state.now or (clause == 0 and state.replied[ticket] != UNANSWERED):
        return
    state.warns_s[clause][ticket] = -1
    if place in (ASKING, RESTING, GONE):
        return
    state.note(ticket, WARNED, state.holder[ticket], clause)
    if state.warned[ticket]:
        return
    if place >= 0:
        unqueues(state, ticket)
        state.warned[ticket] = 1
        queues(state, ticket, state.ready_s[ticket])
    state.warned[ticket] = 1
    if state.layout.parallel:
        tells_all(state, ticket)


def accepted(state: State, ticket: int, person: int, assigned_s: int) -> None:
    """Inbox: the person has taken note of the ticket and may begin."""
    if state.place[ticket] != PENDING or state.holder[ticket] != person or state.assigned_s[ticket] != assigned_s:
        return
    state.accepted_s[ticket] = state.now
    state.pending[person].discard(ticket)
    caps.holds(state, ticket, person, -1)
    gives(state, ticket, person, state.ready_s[ticket])


def finishes(state: State, ticket: int) -> None:
    """A touch ends: the ticket waits for its requester, goes on to the next stage, or is resolved."""
    if state.place[ticket] != IN_WORK or state.ends_s[ticket] != state.now:
        return
    now, person = state.now, state.holder[ticket]
    ended = _ends(state, ticket, person)
    if state.replied[ticket] != REPLIED and ended not in (BOUNCED, ENDED_ESCALATED):
        replies(state, ticket, person)
    if state.worked_s[ticket]:
        state.segments.extend((person, state.segment_s[ticket], now))
    writes_touch(state, ticket, person, state.worked_s[ticket] + now - state.segment_s[ticket], ended)
    state.in_hand[person].remove(ticket)
    if not state.in_hand[person]:
        busied(state, person, state.busy_since_s[person])
    state.assigned_s[ticket] = state.accepted_s[ticket] = state.ends_s[ticket] = -1
    state.front_s[ticket] = 0
    caps.holds(state, ticket, person, -1)
    if state.capped and ended == PARKED:
        caps.counts(state, ticket, person, 1)
    state.holder[ticket] = -1
    _follows(state, ticket, person, ended)
    if state.in_hand[person]:
        repaces(state, person, state.in_hand[person], len(state.in_hand[person]) + 1)
        looks_again(state, person)
    elif state.on_duty[person]:
        if state.listed[person]:
            uncounts_idle(state, person)
        idles(state, person)
    else:
        state.status[person] = OFF_DUTY


def _ends(state: State, ticket: int, person: int) -> int:
    if ticket in state.put_by:
        return ENDED_ESCALATED
    if state.layout.helping and is_help(state, ticket):
        return ASSISTED
    if state.merges and state.merges[ticket]:
        return ENDED_MERGED
    if state.rest_ms[ticket] >= 0 or state.refers[ticket]:
        return PARKED
    kind, stage = state.kind[ticket], state.stage[state.ticket_of(ticket)]
    if stage >= state.layout.wrong[kind]:
        return BOUNCED
    return DONE if stage >= state.layout.last[kind] else TRANSFERRED


def _follows(state: State, ticket: int, person: int, ended: int) -> None:
    """What a finished touch leads to; that of a branch, if it is the last to be done, for its ticket."""
    layout, skill = state.layout, state.skill_of(ticket)
    if layout.parallel and state.is_branch(ticket):
        if ended == PARKED:
            parks(state, ticket)
        else:
            state.place[ticket] = NOWHERE
        ticket = state.ticket_of(ticket)
        state.owner[ticket] = person
        if not is_joined(state, ticket, person):
            return
    now, stage = state.now, state.stage[ticket]
    route = layout.routes[state.kind[ticket]]
    if ended == ENDED_ESCALATED:
        comes_down(state, ticket)
    elif ended == ENDED_MERGED:
        state.place[ticket] = GONE
        state.note(ticket, MERGED, person, state.duplicate_of[ticket])
    elif ended == PARKED and state.rest_ms[ticket] < 0:
        (refers if route[stage].assist < 0 else asks_colleague)(state, ticket, person)
    elif ended == PARKED:
        state.place[ticket] = ASKING
        state.note(ticket, WAIT_BEGINS, person)
        state.left_ms[ticket], state.rest_ms[ticket] = state.rest_ms[ticket], -1
        delay = state.drawn_s(route[stage].answer_row, route[stage].answer_purpose, ticket)
        state.at(now + max(delay, layout.clock_s), ANSWERED, ticket, now)
    elif ended == TRANSFERRED:
        state.place[ticket] = HANDED
        state.note(ticket, HANDED_ON, person)
        step = route[stage + 1]
        delay = 0 if step.handoff_row < 0 else state.drawn_s(step.handoff_row, step.handoff_purpose, ticket)
        if delay:
            state.at(now + delay, READY, ticket)
        else:
            enters_stage(state, ticket, stage + 1)
    elif ended == BOUNCED:
        bounces(state, ticket, person)
    elif ticket >= len(layout.world):
        state.place[ticket] = NOWHERE
        if ended == ASSISTED:
            is_helped(state, ticket)
    else:
        _resolves(state, ticket, person, skill)


def _resolves(state: State, ticket: int, person: int, skill: int) -> None:
    layout, now = state.layout, state.now
    state.place[ticket], state.resolved_s[ticket] = RESTING, now
    state.note(ticket, RESOLVED, person)
    if layout.calls_back[state.kind[ticket]]:
        books(state, ticket)
    u = state.u(SOLVED, ticket) if state.visit[ticket] else state.solves_u[ticket]
    quality = state.quality[person][skill]
    solved = rules.solves(u, layout.desk.outcome.solved_logit, quality, state.difficulty[ticket])
    state.solved[ticket] = int(solved)
    if solved:
        return
    delay = max(state.drawn_s(layout.reopen_row, REOPEN, ticket), layout.clock_s)
    if rules.reopens_in_time(delay, layout.close_after_s):
        state.at(now + delay, REOPENS, ticket)


def comes_on(state: State, person: int) -> None:
    """A span on duty begins: suspended work goes on before anything new."""
    span = state.next_span[person]
    state.next_span[person] += 1
    state.on_duty[person] = True
    state.at(state.layout.crew.off_s[person][span], OFF, person)
    if state.suspended[person]:
        resumes(state, person)
        looks_again(state, person)
    elif state.status[person] != BUSY:
        idles(state, person)
    elif state.chatting:
        looks_again(state, person)
    if state.inbox and state.waiting:
        state.unsettled = True


def goes_off(state: State, person: int) -> None:
    """A span on duty ends: work in hand is finished, carried over or handed back, lists of the long absent go back."""
    now = state.now
    state.on_duty[person] = False
    spans = state.layout.crew.on_s[person]
    if state.next_span[person] < len(spans):
        state.at(spans[state.next_span[person]], ON, person)
    if state.listed[person]:
        uncounts_idle(state, person)
    if state.status[person] == IDLE:
        state.status[person] = OFF_DUTY
    elif state.status[person] == BUSY and state.carries_over:
        suspends(state, person)
    elif state.status[person] == BUSY and state.hands_back:
        hands_back(state, person)
    if not rules.waits_for_owner(now, state.next_on_s(person), state.layout.orphan_s):
        orphans(state, person)
    if state.layout.parallel and state.waiting:
        state.unsettled = True


def opens(state: State, number: int) -> None:
    """A ticket of the pool was kept for long enough: the desk decides anew."""
    state.unsettled |= state.opens_s == state.now


ACTS: Final[tuple[Act, ...]] = (
    finishes,
    leaves,
    created,
    handed_on,
    answered,
    reopens,
    calls,
    changes,
    comes_under,
    reminds,
    accepted,
    warns,
    looked,
    goes_off,
    comes_on,
    opens,
    escalates,
    overdue,
)
"""What is done, by kind of event up to STEER, in the order in which things happen within a second."""
