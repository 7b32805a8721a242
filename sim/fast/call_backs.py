"""Call-backs: some time after a resolution somebody calls the learner; the ticket stays as it is (R001-21)."""

from typing import Any

from sim import rules
from sim.fast import draws, lines, moves
from sim.fast.forms import CALLS, IN_OWN, NOWHERE, PENDING, RESTING
from sim.fast.memory import child_at, compiled, kind_at, parent_at, step_at, ticket_at
from sim.layout import CALLS_BACK


@compiled
def books(m: Any, ticket: int) -> None:
    """A ticket is resolved: let its call-back fall due, if it has one."""
    t = ticket_at(m, ticket)
    kind = kind_at(m, t.kind)
    if not rules.happens(draws.drawn(m, CALLS_BACK, ticket), kind.calls_back):
        return
    step, errand = step_at(m, t.kind, kind.stages), child_at(m, ticket).first
    at_s = m.now_s + max(draws.drawn_s(m, step.handoff_row, step.handoff_purpose, ticket), m.clock_s)
    if at_s < m.until_s:
        ticket_at(m, errand).warns_s = at_s
        lines.push(m, at_s, CALLS, errand)


@compiled
def calls(m: Any, errand: int) -> None:
    """A call-back falls due: the last resolver's list if they are not away for long, else the pool.

    After a stage with branches the first of them is meant, whose skill it needs.
    It is dropped if the ticket was reopened, or an earlier call-back is still under way.
    """
    e, t = ticket_at(m, errand), ticket_at(m, parent_at(m, errand - m.coming).ticket)
    if t.place != RESTING or e.warns_s != m.now_s or e.place != NOWHERE:
        return
    e.visit, e.owner, e.priority, e.rest_ms = t.visit, t.owner, t.priority, -1
    if m.parallel and step_at(m, t.kind, t.stage).branches > 0:
        e.owner = ticket_at(m, errand + 1).owner
    step = step_at(m, e.kind, e.stage)
    e.left_ms = draws.drawn_ms(m, step.work_row, step.work_purpose, errand)
    moves.returns(m, errand)


@compiled
def withdraws(m: Any, ticket: int) -> None:
    """A ticket is reopened: a call-back that nobody has begun is not made."""
    errand = child_at(m, ticket).first
    e = ticket_at(m, errand)
    e.warns_s = -1
    if not e.front_s and (e.place >= 0 or e.place == IN_OWN or e.place == PENDING):
        moves.takes_back(m, errand)
