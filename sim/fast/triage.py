"""Mistakes in sorting: a ticket that is sent to the wrong department bounces once that finds out (R000-11, R001-19)."""

from typing import Any

from sim import rules
from sim.fast import lines, moves
from sim.fast.memory import HANDED, READY, compiled, kind_at, step_at, ticket_at
from sim.layout import TRIAGE
from sim.record import HANDED_ON, MISROUTED


@compiled
def sorts(m: Any, ticket: int) -> None:
    """A ticket comes: it enters its first stage, or the queue of a department that it does not belong to."""
    t = ticket_at(m, ticket)
    kind, u = kind_at(m, t.kind), moves.drawn(m, TRIAGE, ticket)
    for stage in range(kind.wrong, kind.steps):
        step = step_at(m, t.kind, stage)
        if rules.happens(u, step.mistaken):
            t.stage, t.rest_ms = stage, -1
            t.left_ms = moves.drawn_ms(m, step.work_row, step.work_purpose, ticket)
            moves.queues(m, ticket, m.now_s)
            return
    moves.enters_stage(m, ticket, 0)


@compiled
def bounces(m: Any, ticket: int, person: int) -> None:
    """The wrong department has found out: after a delay the ticket enters its first stage."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    t.place = HANDED
    moves.note(m, ticket, HANDED_ON, person, MISROUTED)
    delay_s = moves.drawn_s(m, step.handoff_row, step.handoff_purpose, ticket)
    if delay_s > 0:
        lines.push(m, m.now_s + delay_s, READY, ticket)
    else:
        moves.enters_stage(m, ticket, 0)


@compiled
def next_stage(m: Any, ticket: int) -> Any:
    """Return the stage that follows a hand-off: the first after a mistake in sorting."""
    t = ticket_at(m, ticket)
    return 0 if t.stage >= kind_at(m, t.kind).wrong else t.stage + 1
