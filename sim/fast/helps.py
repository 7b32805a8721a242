"""Who needs the help of a colleague, and who does not."""

from typing import Any

from sim import rules
from sim.fast.memory import ability_at, compiled, step_at, ticket_at, work_at


@compiled
def needs_none(m: Any, ticket: int, person: int) -> None:
    """Whoever begins to work and takes the skill of the colleague who would be asked goes on alone."""
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    if not t.refers or step.assist < 0 or not ability_at(m, person, step_at(m, t.kind, step.assist).skill).may:
        return
    work = work_at(m, ticket, t.stage).ms
    after_ms = work - rules.part_ms(work, step.refers_after_ppm)
    t.refers = 0
    if t.rest_ms >= 0:
        t.rest_ms += after_ms
    else:
        t.left_ms += after_ms
