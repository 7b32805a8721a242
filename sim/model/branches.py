"""Parallel stages: the branches of a ticket are ready at the same time, for different people (R000-29, R000-30).

A branch is numbered after the tickets and waits, is worked on, asks and refers as a ticket does. Its ticket stands
apart until all branches are done; as a whole it waits for somebody only while all open branches wait.
"""

from __future__ import annotations

from sim import rules
from sim.chance import quantile
from sim.model.moves import prepares, queues, returns, unqueues
from sim.model.state import ANSWERED, APART, ASKING, REFERRED, State
from sim.model.waits import after_ms, whole_ms, will_refer
from sim.record import THIRD_PARTY, WAIT_BEGINS


def enters_stage(state: State, ticket: int, stage: int) -> None:
    """Bring a ticket to a stage, and it, or its branches, into the pool."""
    if not state.layout.routes[state.kind[ticket]][stage].branches:
        prepares(state, ticket, stage)
        queues(state, ticket, state.now)
        return
    state.stage[ticket] = stage
    for branch in state.branches_of(ticket):
        state.owner[branch] = -1
    splits(state, ticket, state.now)


def splits(state: State, ticket: int, ready_s: int) -> None:
    """All branches of a ticket's stage are ready; those of a reopened ticket go back to who did them."""
    state.place[ticket], state.ready_s[ticket], state.holder[ticket] = APART, ready_s, -1
    state.rest_ms[ticket], state.refers[ticket] = -1, False
    for number, branch in enumerate(state.branches_of(ticket)):
        state.visit[branch], state.warned[branch] = state.visit[ticket], 0
        _tells(state, ticket, branch)
        _prepares(state, ticket, branch, number)
        if state.owner[branch] < 0:
            queues(state, branch, ready_s)
        else:
            returns(state, branch)


def _prepares(state: State, ticket: int, branch: int, number: int) -> None:
    """Bring its work to a branch; that of a reopened ticket is neither asked about nor referred."""
    stage = state.stage[ticket]
    own = state.layout.routes[state.kind[ticket]][stage]
    state.stage[branch] = stage if number == 0 else own.beside + number - 1
    step = state.step_of(branch)
    state.rest_ms[branch], state.refers[branch] = -1, False
    if state.visit[ticket]:
        work = round(quantile(state.layout.tables, step.work_row, state.u(step.work_purpose, branch)))
        state.left_ms[branch] = int(rules.part_ms(work, state.layout.reopen_ppm))
        return
    work = whole_ms(state, branch)
    state.left_ms[branch] = work
    asks = state.asks[ticket][stage] if number == 0 else False
    if number and step.asks > 0:
        asks = rules.happens(state.u(step.asks_purpose, branch), step.asks)
    if asks:
        first = int(rules.part_ms(work, step.asks_after_ppm))
        state.left_ms[branch], state.rest_ms[branch] = first, work - first
    if step.refers > 0 and rules.happens(state.u(step.refers_purpose, branch), step.refers):
        will_refer(state, branch)


def _tells(state: State, ticket: int, branch: int) -> None:
    """Let a branch be as urgent as its ticket."""
    state.priority[branch], state.replied[branch] = state.priority[ticket], state.replied[ticket]
    state.due_resolution_s[branch] = state.due_resolution_s[ticket]
    state.due_first_s[branch] = state.due_first_s[ticket]
    state.warned[branch] = max(state.warned[branch], state.warned[ticket])


def tells_all(state: State, ticket: int) -> None:
    """A ticket has become more, or less, urgent: its open branches have, too, and change queues."""
    if state.place[ticket] not in (APART, ASKING, REFERRED) or not state.step_of(ticket).branches:
        return
    for branch in state.open_branches(ticket):
        before = state.priority[branch], state.warned[branch]
        after = state.priority[ticket], max(state.warned[ticket], state.warned[branch])
        moves = state.place[branch] >= 0 and before != after
        if moves:
            unqueues(state, branch)
        _tells(state, ticket, branch)
        if moves:
            queues(state, branch, state.ready_s[branch])


def parks(state: State, branch: int) -> None:
    """A branch waits for its requester, or for a third party."""
    step, asks = state.step_of(branch), state.rest_ms[branch] >= 0
    if asks:
        state.place[branch] = ASKING
        state.left_ms[branch], state.rest_ms[branch] = state.rest_ms[branch], -1
        delay = state.drawn_s(step.answer_row, step.answer_purpose, branch)
    else:
        state.place[branch], state.refers[branch] = REFERRED, False
        state.left_ms[branch] = after_ms(state, branch)
        delay = state.drawn_s(step.third_row, step.third_purpose, branch)
    state.at(state.now + max(delay, state.layout.clock_s), ANSWERED, branch, state.now)


def is_joined(state: State, ticket: int, person: int) -> bool:
    """Return whether all branches of a ticket are done; if not, see whether it now waits as a whole."""
    places = {state.place[branch] for branch in state.open_branches(ticket)}
    if not places:
        return True
    if places <= {ASKING, REFERRED}:
        asks = places == {ASKING}
        state.place[ticket], state.asked_s[ticket] = ASKING if asks else REFERRED, state.now
        state.note(ticket, WAIT_BEGINS, person, -1 if asks else THIRD_PARTY)
    return False


def may_take(state: State, ticket: int, person: int) -> bool:
    """Return whether a person has no other branch of the ticket, or nobody else will come to do this one."""
    if not state.is_branch(ticket):
        return True
    others = [branch for branch in state.branches_of(state.ticket_of(ticket)) if branch != ticket]
    taken = {state.owner[branch] for branch in others} | {state.holder[branch] for branch in others}
    if person not in taken:
        return True
    layout, skill, kind = state.layout, state.skill_of(ticket), state.kind[ticket]
    free = [p for p, may in enumerate(state.may) if skill in may and kind not in layout.crew.barred[p]]
    return not any(
        p not in taken and rules.waits_for_owner(state.now, state.next_on_s(p), layout.orphan_s) for p in free
    )
