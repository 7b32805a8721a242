"""Mistakes in sorting and assigning: who gets a ticket wrongly finds that out, and it bounces (R000-11, R001-19)."""

from typing import Any

from sim import rules
from sim.fast import branches, draws, lines, moves, written
from sim.fast.forms import HANDED, READY
from sim.fast.memory import compiled, kind_at, step_at, ticket_at
from sim.layout import MISGIVEN, TRIAGE
from sim.record import HANDED_ON, MISROUTED


@compiled
def _mistaken(m: Any, ticket: int, purpose: int, first: int, end: int) -> Any:
    """Return the wrong step at which a ticket comes to stand, -1 for none."""
    kind = ticket_at(m, ticket).kind
    u = draws.drawn(m, purpose, ticket) if first < end else 0.0
    for stage in range(first, end):
        if rules.happens(u, step_at(m, kind, stage).mistaken):
            return stage
    return -1


@compiled
def sorts(m: Any, ticket: int) -> None:
    """A ticket comes: it enters its first stage, or a queue that it does not belong to, as it was sorted or given."""
    t = ticket_at(m, ticket)
    kind = kind_at(m, t.kind)
    stage = _mistaken(m, ticket, TRIAGE, kind.wrong, kind.misgiven)
    if stage < 0:
        stage = _mistaken(m, ticket, MISGIVEN, kind.misgiven, kind.steps)
    if stage < 0:
        branches.enters_stage(m, ticket, 0)
        return
    step = step_at(m, t.kind, stage)
    t.stage, t.rest_ms = stage, -1
    t.left_ms = draws.drawn_ms(m, step.work_row, step.work_purpose, ticket)
    moves.queues(m, ticket, m.now_s)


@compiled
def bounces(m: Any, ticket: int, person: int) -> None:
    """The wrong department has found out: after a delay the ticket enters its first stage."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.place = HANDED
    written.note(m, ticket, HANDED_ON, person, MISROUTED)
    delay_s = draws.drawn_s(m, step.handoff_row, step.handoff_purpose, ticket)
    if delay_s > 0:
        lines.push(m, m.now_s + delay_s, READY, ticket)
    else:
        branches.enters_stage(m, ticket, 0)


@compiled
def next_stage(m: Any, ticket: int) -> Any:
    """Return the stage that follows a hand-off: the first after a mistake in sorting."""
    t = ticket_at(m, ticket)
    return 0 if t.stage >= kind_at(m, t.kind).wrong else t.stage + 1
