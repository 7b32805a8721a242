"""Tickets that come back: waits that end, and reopenings."""

from __future__ import annotations

from sim import rules
from sim.chance import VISITS, quantile
from sim.model import caps
from sim.model.branches import splits, tells_all
from sim.model.call_backs import withdraws
from sim.model.moves import is_due_anew, returns, writes_again
from sim.model.state import (
    APART,
    REFERRED,
    State,
)
from sim.record import (
    REOPENED,
    THIRD_PARTY,
    WAIT_ENDS,
)


def answered(state: State, ticket: int, began_s: int) -> None:
    """Somebody has answered: a ticket, or a branch, comes back; a branch's answer ends a wait of the whole ticket."""
    if state.capped:
        caps.counts(state, ticket, state.owner[ticket], -1)
    whole = state.ticket_of(ticket)
    place = state.place[whole]
    if whole != ticket:
        state.place[whole] = APART
    if place != APART:
        wait_ends(state, whole, place, began_s if whole == ticket else state.asked_s[whole])
        if whole != ticket:
            tells_all(state, whole)
    returns(state, ticket)


def wait_ends(state: State, ticket: int, place: int, began_s: int) -> None:
    """The requester's answer ends a pause and moves the due instant; a third party's moves nothing."""
    if place == REFERRED:
        state.note(ticket, WAIT_ENDS, value=THIRD_PARTY)
        return
    state.note(ticket, WAIT_ENDS)
    state.waits.setdefault(ticket, []).append((began_s, state.now))
    writes_again(state, ticket)
    is_due_anew(state, ticket, began_s)


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
