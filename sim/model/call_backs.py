"""Call-backs: some time after a resolution somebody calls the learner; the ticket stays as it is (R001-21)."""

from __future__ import annotations

from sim import rules
from sim.chance import quantile
from sim.layout import CALLS_BACK
from sim.model.moves import returns, takes_back
from sim.model.state import CALLS, IN_OWN, NOWHERE, PENDING, RESTING, State


def books(state: State, ticket: int) -> None:
    """A ticket is resolved: let its call-back fall due, if it has one."""
    kind = state.kind[ticket]
    if not rules.happens(state.u(CALLS_BACK, ticket), state.layout.calls_back[kind]):
        return
    step = state.layout.routes[kind][state.layout.last[kind] + 1]
    delay = state.drawn_s(step.handoff_row, step.handoff_purpose, ticket)
    errand = int(state.layout.first_child[ticket])
    state.at(state.now + max(delay, state.layout.clock_s), CALLS, errand, state.visit[ticket])


def calls(state: State, errand: int, visit: int) -> None:
    """A call-back falls due: the last resolver's list if they are not away for long, else the pool.

    After a stage with branches the first of them is meant, whose skill it needs.
    It is dropped if the ticket was reopened, or an earlier call-back is still under way.
    """
    layout = state.layout
    ticket = int(layout.parent[errand - len(layout.world)])
    if state.place[ticket] != RESTING or state.visit[ticket] != visit or state.place[errand] != NOWHERE:
        return
    branches = state.branches_of(ticket)
    state.visit[errand], state.priority[errand] = visit, state.priority[ticket]
    state.owner[errand] = state.owner[branches[0] if branches else ticket]
    step = layout.routes[state.kind[errand]][state.stage[errand]]
    state.left_ms[errand] = round(quantile(layout.tables, step.work_row, state.u(step.work_purpose, errand)))
    state.rest_ms[errand] = -1
    returns(state, errand)


def withdraws(state: State, ticket: int) -> None:
    """A ticket is reopened: a call-back that nobody has begun is not made."""
    errand = int(state.layout.first_child[ticket])
    waits = state.place[errand] >= 0 or state.place[errand] in (IN_OWN, PENDING)
    if waits and not state.front_s[errand]:
        takes_back(state, errand)
