"""How a touch ends: the ticket asks, is referred, handed on or resolved."""

from __future__ import annotations

from sim import rules
from sim.conduct import PASSED_ON
from sim.layout import REOPEN, SOLVED
from sim.model import caps
from sim.model.assists import asks_colleague, is_help, is_helped
from sim.model.branches import enters_stage, is_joined, parks
from sim.model.call_backs import books
from sim.model.escalation import comes_down
from sim.model.history import busied
from sim.model.learning import quality_now
from sim.model.shortcuts import closed_early, passes, taken
from sim.model.state import (
    ANSWERED,
    ASKING,
    GONE,
    HANDED,
    IN_WORK,
    NOWHERE,
    OFF_DUTY,
    READY,
    REOPENS,
    REPLIED,
    RESTING,
    State,
)
from sim.model.triage import bounces
from sim.model.waits import refers
from sim.model.work import (
    idles,
    looks_again,
    repaces,
    replies,
    uncounts_idle,
    writes_touch,
)
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
    TRANSFERRED,
    WAIT_BEGINS,
)


def finishes(state: State, ticket: int) -> None:
    """A touch ends: the ticket waits for its requester, goes on to the next stage, or is resolved."""
    if state.place[ticket] != IN_WORK or state.ends_s[ticket] != state.now:
        return
    now, person = state.now, state.holder[ticket]
    ended = _ends(state, ticket)
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


def _ends(state: State, ticket: int) -> int:
    if ticket in state.put_by:
        return ENDED_ESCALATED
    if state.layout.helping and is_help(state, ticket):
        return ASSISTED
    if state.merges and state.merges[ticket]:
        return ENDED_MERGED
    if ticket in state.undone:
        return BOUNCED if taken(state, ticket) == PASSED_ON else DONE
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
        (passes if ticket in state.undone else bounces)(state, ticket, person)
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
    quality = quality_now(state, person, skill)
    solved = not closed_early(state, ticket) and rules.solves(
        u, layout.desk.outcome.solved_logit, quality, state.difficulty[ticket]
    )
    state.solved[ticket] = int(solved)
    if solved:
        return
    delay = max(state.drawn_s(layout.reopen_row, REOPEN, ticket), layout.clock_s)
    if rules.reopens_in_time(delay, layout.close_after_s):
        state.at(now + delay, REOPENS, ticket)
