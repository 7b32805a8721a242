"""What people hold: how many tickets each, and how many that count against a cap."""

from __future__ import annotations

from sim import rules
from sim.model.state import State


def holds(state: State, ticket: int, person: int, by: int) -> None:
    """A person holds one ticket more (1), or fewer (-1)."""
    state.holds[person] += by
    if state.capped:
        counts(state, ticket, person, by)


def counts(state: State, ticket: int, person: int, by: int) -> None:
    """A ticket counts against a person's caps (1), or no more (-1): then something that waits may be given to them."""
    for cap in state.caps_of[state.kind[ticket]]:
        state.capped_held[person][cap] += by
    state.unsettled |= by < 0 and bool(state.waiting)


def may_hold(state: State, ticket: int, person: int) -> bool:
    """Return whether no cap keeps a person from one more ticket of this kind."""
    held, most = state.capped_held[person], state.most_held[person]
    return all(rules.may_hold_more(held[cap], most[cap]) for cap in state.caps_of[state.kind[ticket]])
