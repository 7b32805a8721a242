"""What people hold: how many tickets each, and how many that count against a cap."""

from typing import Any

from sim import rules
from sim.fast.memory import cap_at, compiled, counted_at, inlined, person_at, ticket_at


@compiled
def counts(m: Any, ticket: int, person: int, by: int) -> None:
    """A ticket counts against a person's caps (1), or no more (-1): then something that waits may be given to them."""
    kind = ticket_at(m, ticket).kind
    for cap in range(m.caps):
        if counted_at(m, kind, cap).counts:
            cap_at(m, person, cap).held += by
    if by < 0 and m.waiting > 0:
        m.unsettled = 1


@inlined
def holds(m: Any, ticket: int, person: int, by: int) -> None:
    """A person holds one ticket more (1), or fewer (-1)."""
    person_at(m, person).holds += by
    if m.caps > 0:
        counts(m, ticket, person, by)


@compiled
def may_hold(m: Any, ticket: int, person: int) -> Any:
    """Return whether no cap keeps a person from one more ticket of this kind."""
    kind = ticket_at(m, ticket).kind
    for cap in range(m.caps):
        c = cap_at(m, person, cap)
        if counted_at(m, kind, cap).counts and not rules.may_hold_more(c.held, c.most):
            return False
    return True
