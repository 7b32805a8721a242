"""How people come to a ticket: the delay until it is accepted, and what reminds them."""

from typing import Any

from sim import rules
from sim.fast import draws, lines, written
from sim.fast.forms import PENDING, REMINDS
from sim.fast.memory import compiled, delay_at, step_at, ticket_at
from sim.layout import PICKUP
from sim.record import REMINDED


@compiled
def _noticed_s(m: Any, ticket: int, delay_s: int) -> Any:
    t = ticket_at(m, ticket)
    step = step_at(m, t.kind, t.stage)
    if draws.drawn(m, step.neglect_purpose, ticket) > m.neglect:
        return delay_s
    forgotten_s = draws.drawn_s(m, m.forgotten_row, step.forgotten_purpose, ticket)
    reminder: Any = 0
    if m.remind_s > 0:
        reminder = rules.heeded(draws.drawn(m, step.heeded_purpose, ticket), m.heeds)
    return rules.noticed_s(delay_s, forgotten_s, reminder * m.remind_s)


@compiled
def pickup_s(m: Any, ticket: int) -> Any:
    """Return the seconds from the assignment of a ticket to its acceptance."""
    delay_s = draws.drawn_s(m, m.pickup_row, PICKUP, ticket)
    if m.forgotten_row < 0:
        return delay_s
    return _noticed_s(m, ticket, delay_s)


@compiled
def will_remind(m: Any, ticket: int, at_s: int) -> None:
    """Let a reminder come, unless the ticket is accepted before."""
    d = delay_at(m, ticket)
    if at_s <= d.accepts_s:
        d.reminds_s = at_s
        lines.push(m, at_s, REMINDS, ticket)


@compiled
def reminds(m: Any, ticket: int) -> None:
    """Somebody is reminded of a ticket that was not accepted yet."""
    t = ticket_at(m, ticket)
    if t.place != PENDING or delay_at(m, ticket).reminds_s != m.now_s:
        return
    written.note(m, ticket, REMINDED, t.holder, (m.now_s - t.assigned_s) // m.remind_s)
    will_remind(m, ticket, m.now_s + m.remind_s)
